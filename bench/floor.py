"""The bare-database floor: the rows that the service stored, written again by plain INSERTs in the same batching."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[tuple[Any, ...]]
TABLES = ("events", "decisions", "tickets", "agenda", "firings", "letters")
"""What one decision touches."""


def rows_of(connection: Any, table: str) -> tuple[tuple[str, ...], Rows]:
    """The columns and rows of a table as they are stored."""
    cursor = connection.cursor()
    cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - the names above
    return tuple(column[0] for column in cursor.description), cursor.fetchall()


def batches(stored: Mapping[str, tuple[tuple[str, ...], Rows]], commits: int) -> Iterator[Mapping[str, Rows]]:
    """The rows of every table, dealt out evenly over so many commits."""
    for number in range(commits):
        yield {
            table: rows[len(rows) * number // commits : len(rows) * (number + 1) // commits]
            for table, (_, rows) in stored.items()
        }


def write_sqlite(path: Path, schema: Sequence[str], stored: Mapping[str, Any], commits: int) -> None:
    """Plain INSERTs by the driver alone, with the settings of the service (WAL, synchronous FULL)."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=20000")
    for statement in schema:
        connection.execute(statement)
    inserts = {table: _insert(table, columns, "?") for table, (columns, _) in stored.items()}
    for batch in batches(stored, commits):
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in batch.items():
            if rows:
                connection.executemany(inserts[table], rows)
        connection.execute("COMMIT")
    connection.close()


def write_postgres(url: str, stored: Mapping[str, Any], commits: int) -> None:
    """The same into the (emptied) tables of a PostgreSQL database, synchronous."""
    import psycopg

    inserts = {table: _insert(table, columns, "%s") for table, (columns, _) in stored.items()}
    with psycopg.connect(url) as connection:
        for batch in batches(stored, commits):
            with connection.transaction(), connection.cursor() as cursor:
                for table, rows in batch.items():
                    if len(rows) == 1:
                        cursor.execute(inserts[table], rows[0])
                    elif rows:
                        cursor.executemany(inserts[table], rows)


def _insert(table: str, columns: Sequence[str], mark: str) -> str:
    named = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {table} ({named}) VALUES ({', '.join([mark] * len(columns))})"  # noqa: S608 - the names above
