"""What the parts of a transaction share: the connection, its dialect, what statements have in common."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from support_policy.adapters.sql.texts import Words

MOST_NAMED = 500
"""So many values one statement names; more are asked for in turns."""


class Part:
    """A part of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.postgres = connection.dialect.name == "postgresql"

    def insert_or_ignore(self, table: Table, rows: Sequence[Mapping[str, Any]], *keys: str) -> int:
        """Insert rows whose key is not taken; how many that were."""
        dialect = postgresql if self.postgres else sqlite
        statement: Any = dialect.insert(table).on_conflict_do_nothing(index_elements=list(keys))
        # Of inserts the count is kept only when asked for; PostgreSQL's would be -1.
        return self.connection.execute(statement, list(rows), execution_options={"preserve_rowcount": True}).rowcount

    def put(self, table: Table, rows: Sequence[Mapping[str, Any]], *keys: str) -> None:
        """Insert rows, or put them in the place of those with their keys."""
        self.connection.execute(putting(self.connection.dialect.name, table, list(rows[0]), *keys), list(rows))

    def locked(self, query: Select[Any], table: Table, *, skip: bool = False) -> Select[Any]:
        """The rows of `table` locked; in SQLite the whole transaction is."""
        return on_rows(self.connection.dialect.name, query, table, skip=skip)


def on_rows(dialect: str, query: Select[Any], table: Table, *, skip: bool = False) -> Select[Any]:
    """See `Part.locked`."""
    return query.with_for_update(of=table, skip_locked=skip) if dialect == "postgresql" else query


def putting(dialect: str, table: Table, names: Sequence[str], *keys: str, at_once: bool = False) -> Any:
    """What inserts a row of these columns, or puts it in the place of the one with its keys; `at_once`: see `lists`."""
    statement: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    others = {name: statement.excluded[name] for name in names if name not in keys}
    return _given(statement, names, at_once=at_once).on_conflict_do_update(index_elements=list(keys), set_=others)


def unless_taken(dialect: str, table: Table, names: Sequence[str], *keys: str, at_once: bool = False) -> Any:
    """What inserts a row of these columns unless its keys are taken; `at_once`: see `lists`."""
    statement: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    return _given(statement, names, at_once=at_once).on_conflict_do_nothing(index_elements=list(keys))


def adding(table: Table, names: Sequence[str], *, at_once: bool = False) -> Any:
    """What inserts a row of these columns; `at_once`: see `lists`."""
    return _given(insert(table), names, at_once=at_once)


def _given(statement: Any, names: Sequence[str], *, at_once: bool) -> Any:
    if not at_once:
        return statement.values(bound(names))
    columns = {name: statement.table.c[name] for name in names}
    return statement.from_select(list(names), select(*lists(columns)), include_defaults=False)


def lists(columns: Mapping[str, Column[Any]]) -> list[ColumnElement[Any]]:
    """The rows that lists of values make, one list for each name; in PostgreSQL alone."""
    return [
        func.unnest(cast(bindparam(name), ARRAY(Text() if isinstance(column.type, Words) else column.type))).label(name)
        for name, column in columns.items()
    ]


def bound(names: Sequence[str]) -> dict[str, Any]:
    """Columns and the parameters of the same names."""
    return {name: bindparam(name) for name in names}


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=str)


def dumped(data: Any) -> str:
    """JSON in ASCII: whatever the text, every database holds it as it was."""
    return _ENCODER.encode(data)


def matching(table: Table, where: Mapping[str, Any]) -> ColumnElement[bool]:
    """Rows whose columns have these values; a list means one of them. Raises KeyError for no column."""
    terms: list[ColumnElement[bool]] = []
    for name, value in where.items():
        column = table.c[name]
        if value is True:
            # Said as the partial indexes say it, or they would not serve.
            terms.append(literal_column(f"{table.name}.{name}"))
        else:
            terms.append(column.in_(value) if isinstance(value, list | tuple) else column == value)
    return and_(True, *terms)


def in_turns(values: Iterable[str]) -> Iterable[list[str]]:
    """Values in lists that one statement can name."""
    every = list(values)
    for start in range(0, len(every), MOST_NAMED):
        yield every[start : start + MOST_NAMED]
