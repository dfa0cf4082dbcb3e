"""Questions in SQL to what a backtest read and found: DuckDB over Parquet files. An extra, imported only here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

Found = TypeVar("Found")
BATCH = 2048
_SETTINGS: Mapping[str, Any] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,  # a name in a question is a table, never a variable of this program
}
_NOTIFICATIONS = "CREATE VIEW notifications AS SELECT ticket, unnest(notifications, recursive := true) FROM tickets"


class SqlFault(Exception):
    """A question that cannot be answered; its text says why, with the place where it is wrong."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one statement: the names of its columns and its rows, which are fetched as they are read."""

    columns: Sequence[str]
    rows: Iterator[tuple[Any, ...]]


class Questions:
    """An open database in memory. `files` are Parquet files, each a view under its name.

    `tickets` has a view `notifications` beside it: a row for each, with the ticket's name. Questions may read and write
    files (`COPY ... TO`), but nothing is fetched from a network: no extension is installed or loaded.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        import duckdb

        self._duckdb = duckdb
        self._thread = ThreadPoolExecutor(1)
        self._database = duckdb.connect(":memory:", config=dict(_SETTINGS))
        self.views: list[str] = []
        for name, path in files.items():
            self._database.read_parquet(str(path)).create_view(name)
            self.views.append(name)
        if "tickets" in files:
            self._database.execute(_NOTIFICATIONS)
            self.views.append("notifications")
        self._database.execute("SET TimeZone = 'UTC'")  # the machine's own changes no answer
        self._database.execute("SET enable_progress_bar = false")  # it would be printed amid the answers
        self._database.execute("SET lock_configuration = true")

    def close(self) -> None:
        """Forget everything."""
        self._thread.shutdown()
        self._database.close()

    def ask(self, text: str) -> Iterator[Answer]:
        """The answers to the statements of a text, one after another. Raises `SqlFault`."""
        with self._told():
            statements = self._database.extract_statements(text)
        for statement in statements:
            if statement.type == self._duckdb.StatementType.LOAD:
                raise SqlFault("extensions are neither installed nor loaded here")
            with self._told():
                self._until_ended(partial(self._database.execute, statement))
                columns = [column[0] for column in self._database.description or ()]
            yield Answer(columns, self._rows() if columns else iter(()))

    def tables(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Every table and view that can be asked, with its columns and their types."""
        columns = "SELECT table_name, column_name, data_type FROM information_schema.columns"
        self._database.execute(f"{columns} ORDER BY table_name, ordinal_position")
        found: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in self._database.fetchall():
            found.setdefault(table, []).append((column, kind))
        return list(found.items())

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        while True:
            with self._told():
                rows = self._until_ended(partial(self._database.fetchmany, BATCH))
            if not rows:
                return
            yield from rows

    def _until_ended(self, work: Callable[[], Found]) -> Found:
        """Work of the database, in a thread of its own: a signal can then end it, however long it would take."""
        doing = self._thread.submit(work)
        try:
            return doing.result()
        finally:
            if not doing.done():
                self._database.interrupt()
                wait([doing])

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (self._duckdb.Error, OSError) as problem:
            raise SqlFault(str(problem).strip()) from None


@contextmanager
def questions(files: Mapping[str, Path]) -> Iterator[Questions]:
    """The files opened for questions."""
    made = Questions(files)
    try:
        yield made
    finally:
        made.close()
