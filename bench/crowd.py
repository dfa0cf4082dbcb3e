"""Many open tickets at once: copies of a few that were really decided, written as plain rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from support_policy.adapters.sql.store import SqlStore

TABLES = ("tickets", "agenda")
"""What is asked to find what is due."""
WHOLE = ("events", "decisions", "firings", *TABLES)
"""All that is known of a ticket."""
_SPREAD = ("wake", "due")


def crowd(store: SqlStore, like: Sequence[str], count: int, tables: Sequence[str] = WHOLE, spread: int = 0) -> None:
    """Copies of the tickets `like`, in turn, under names of their own; each waits `spread` microseconds longer."""
    raw = store.engine.raw_connection()
    try:
        for table in tables:
            columns, rows = _copies(raw, table, like, count, spread)
            if store.engine.dialect.name == "postgresql":
                _copy_in(raw, table, columns, rows)
            else:
                named, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
                cursor: Any = raw.cursor()
                cursor.execute("BEGIN IMMEDIATE")
                cursor.executemany(f"INSERT INTO {table} ({named}) VALUES ({marks})", rows)  # noqa: S608
            raw.commit()
    finally:
        raw.close()
    with store.engine.connect() as connection:
        # What a database does by itself within minutes: it learns how many rows there are.
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _copies(
    raw: Any, table: str, like: Sequence[str], count: int, spread: int
) -> tuple[Sequence[str], Iterator[list[Any]]]:
    cursor = raw.cursor()
    marks = ", ".join(f"'{name}'" for name in like)
    cursor.execute(f"SELECT * FROM {table} WHERE ticket IN ({marks})")  # noqa: S608 - our own names
    names = [column[0] for column in cursor.description]
    rows = [list(row) for row in cursor.fetchall()]
    at = names.index("ticket")
    known = {name: [row for row in rows if row[at] == name] for name in like}
    counted = names.index("position") if "position" in names else None
    waits = [names.index(name) for name in _SPREAD if name in names]

    def made() -> Iterator[list[Any]]:
        for number in range(count):
            old, new = like[number % len(like)], f"C-{number:07}"
            for row in known[old]:
                copied: list[Any] = [
                    value.replace(old, new) if isinstance(value, str) and old in value else value for value in row
                ]
                for place in waits:
                    copied[place] += spread * number
                if counted is not None:
                    del copied[counted]
                yield copied

    return [name for name in names if name != "position"], made()


def _copy_in(raw: Any, table: str, columns: Sequence[str], rows: Iterator[list[Any]]) -> None:
    named = ", ".join(f'"{name}"' for name in columns)
    with raw.cursor().copy(f"COPY {table} ({named}) FROM STDIN") as copying:
        for row in rows:
            copying.write_row(row)
