"""What several benchmarks stand on: a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sql.databases import Server, server


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL server, as durable as it comes."""
    with server(tmp_path_factory.mktemp("postgres")) as made:
        yield made
