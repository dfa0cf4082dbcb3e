"""What several benchmarks stand on: a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sql.databases import Server, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, as durable as it comes."""
    with server() as made:
        yield made
