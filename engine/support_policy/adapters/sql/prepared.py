"""Statements that every decision runs: compiled once, and then handed to the database's driver as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError

from support_policy.adapters.sql.texts import Words

Row = Mapping[str, Any]
Process = Callable[[Any], Any] | None


class Prepared:
    """A statement whose parameters are rows with these names; `make` gives it for a dialect.

    On the way of a single event this is several times faster than what the library does for each execution. `at_once`
    says the same for PostgreSQL with a list for each name: there, every execution is a message to another process.
    """

    def __init__(self, make: Callable[[str], Executable], at_once: Callable[[], Executable] | None = None) -> None:
        self._make, self._at_once = make, at_once
        self._compiled: dict[str, _Compiled] = {}
        self._listed: _Compiled | None = None

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Run it for every row; how many rows of the table that touched. Raises what the library raises."""
        one = self._for(connection.dialect)
        if len(rows) > 1 and self._at_once is not None and connection.dialect.name == "postgresql":
            if self._listed is None:
                self._listed = _Compiled(self._at_once(), connection.dialect, listed=True)
            return self._listed.run(connection, [one.lists(rows)])
        return one.run(connection, rows)

    def fetch(self, connection: Connection, row: Row) -> list[tuple[Any, ...]]:
        """Run it once; what it gives. Raises what the library raises."""
        return self._for(connection.dialect).fetch(connection, row)

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _Compiled(self._make(dialect.name), dialect)
        return found


class _Compiled:
    """A statement as one dialect says it, with what its values go through on their way in and out."""

    def __init__(self, statement: Executable, dialect: Dialect, *, listed: bool = False) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self.sql = str(compiled)
        if listed:
            # As bytes: in a list that goes as text the driver escapes every quotation mark by itself.
            self.sql = re.sub(r"(%\(\w+\))s", r"\1b", self.sql)
        self.positional = bool(compiled.positional)
        names = compiled.positiontup if self.positional else list(compiled.binds)
        self.fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self.ways_in = [(name, _way_in(compiled.binds[name].type, dialect)) for name in names]
        columns = getattr(statement, "selected_columns", ())
        self.ways_out: list[Process] = [_way_out(column.type, dialect) for column in columns]
        self.dialect = dialect

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """See `Prepared`."""
        cursor = self._cursor(connection)
        try:
            if len(rows) == 1:
                cursor.execute(self.sql, self._values(rows[0]))
            else:
                cursor.executemany(self.sql, list(map(self._values, rows)))
            return int(cursor.rowcount)
        except self.dialect.loaded_dbapi.Error as problem:
            raise self._told(connection, cursor, problem) from problem
        finally:
            cursor.close()

    def fetch(self, connection: Connection, row: Row) -> list[tuple[Any, ...]]:
        """See `Prepared`."""
        cursor = self._cursor(connection)
        try:
            cursor.execute(self.sql, self._values(row))
            found = cursor.fetchall()
        except self.dialect.loaded_dbapi.Error as problem:
            raise self._told(connection, cursor, problem) from problem
        finally:
            cursor.close()
        return [
            tuple(way(value) if way else value for way, value in zip(self.ways_out, values, strict=True))
            for values in found
        ]

    def lists(self, rows: Sequence[Row]) -> Row:
        """The values of rows, name by name."""
        given = [(name, way) for name, way in self.ways_in if name not in self.fixed]
        return {name: [way(row[name]) if way else row[name] for row in rows] for name, way in given}

    def _cursor(self, connection: Connection) -> Any:
        return connection.connection.cursor()

    def _values(self, row: Row) -> Any:
        given = {**self.fixed, **row} if self.fixed else row
        if self.positional:
            return [way(given[name]) if way else given[name] for name, way in self.ways_in]
        return {name: way(given[name]) if way else given[name] for name, way in self.ways_in}

    def _told(self, connection: Connection, cursor: Any, problem: Any) -> BaseException:
        gone = self.dialect.is_disconnect(problem, connection.connection.dbapi_connection, cursor)
        if gone:
            connection.invalidate(problem)
        made: BaseException = DBAPIError.instance(
            self.sql, None, problem, self.dialect.loaded_dbapi.Error, connection_invalidated=gone, dialect=self.dialect
        )
        return made


def _way_in(kind: Any, dialect: Dialect) -> Process:
    if isinstance(kind, Words):
        return kind.stored
    process: Process = kind.dialect_impl(dialect).bind_processor(dialect)
    return process


def _way_out(kind: Any, dialect: Dialect) -> Process:
    process: Process = kind.dialect_impl(dialect).result_processor(dialect, None)
    return process
