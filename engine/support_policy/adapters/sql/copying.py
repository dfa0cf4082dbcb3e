"""Backup and restore: everything that is kept, as one file that any database here can be made from.

The file is gzipped lines of JSON: a head, then for each table its columns and its rows, then a tail with the number of
rows of each table and a SHA-256 of all lines before it. It is read in one transaction while the service goes on.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, func, insert, select, text

from support_policy.adapters.sql.faults import in_our_words
from support_policy.adapters.sql.migrations import NEWEST
from support_policy.adapters.sql.store import SqlStore
from support_policy.adapters.sql.tables import events, metadata, tickets

FORMAT = 1
MARK = "support-policy backup"
LEFT_OUT = ("workers",)
"""Who lives is not kept: they say so themselves."""
BATCH = 500
Counts = Mapping[str, int]
Progress = Callable[[int], None]
"""Called with how many more rows are done."""


class CopyError(Exception):
    """A backup that cannot be used, or a store that cannot be restored into; the message says why."""


def _tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


def backup(store: SqlStore, path: Path, made_at: str, progress: Progress) -> Counts:
    """Write everything into a file, whole or not at all, readable by its owner alone; the rows of each table.

    `made_at` is kept in its head. Raises OSError, and what a store raises.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0, filename="") as packed:
                counts = _write(store, packed, made_at, progress)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        with suppress(OSError):  # not every folder can be synced
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    finally:
        part.unlink(missing_ok=True)
    return counts


def _write(store: SqlStore, file: gzip.GzipFile, made_at: str, progress: Progress) -> Counts:
    digest, counts = sha256(), {}

    def line(data: Any) -> None:
        packed = json.dumps(data, separators=(",", ":")).encode() + b"\n"
        digest.update(packed)
        file.write(packed)

    line({"is": MARK, "format": FORMAT, "schema": NEWEST, "made": made_at})
    with in_our_words(), store.engine.connect() as found:
        # One snapshot for all tables: a reader's transaction is one in SQLite, PostgreSQL has to be asked.
        snapshot = {"isolation_level": "REPEATABLE READ"} if found.dialect.name == "postgresql" else {}
        connection = found.execution_options(stream_results=True, **snapshot)
        for table in _tables():
            line({"table": table.name, "columns": [column.name for column in table.columns]})
            binary = [isinstance(column.type, LargeBinary) for column in table.columns]
            counts[table.name] = 0
            # In the order of their keys: the same store gives the same file.
            for rows in connection.execute(select(table).order_by(*table.primary_key)).partitions(BATCH):
                for row in rows:
                    line([_packed(value) if packed else value for value, packed in zip(row, binary, strict=True)])
                counts[table.name] += len(rows)
                progress(len(rows))
    file.write(json.dumps({"rows": counts, "sha256": digest.hexdigest()}).encode() + b"\n")
    return counts


def _packed(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def restore(store: SqlStore, path: Path, progress: Progress) -> Counts:
    """Put everything a file holds into an empty store, whole or not at all; the rows of each table.

    The file is read to its end and its checksum compared before anything is written. Raises `CopyError`, OSError, and
    what a store raises.
    """
    told = _checked(path)
    with in_our_words(), store.engine.connect() as connection:
        connection.execution_options(writes=True)
        with connection.begin():
            _refuse_full(connection)
            for table, rows in _batches(path):
                if rows:
                    connection.execute(insert(table), rows)
                progress(len(rows))
            for table in _tables():
                counted = connection.execute(select(func.count()).select_from(table)).scalar_one()
                if counted != told.get(table.name, 0):
                    raise CopyError(
                        f"{counted} rows of `{table.name}` were stored, and the file has {told[table.name]}"
                    )
            _refuse_torn(connection)
            _count_on(connection)
    return told


def _refuse_torn(connection: Connection) -> None:
    """Every log is as long as its ticket's row says, and there is none without a ticket."""
    logs = select(events.c.ticket, func.count().label("length")).group_by(events.c.ticket).subquery()
    other = (
        select(tickets.c.ticket)
        .outerjoin(logs, tickets.c.ticket == logs.c.ticket)
        .where(tickets.c.length != func.coalesce(logs.c.length, 0))
        .limit(1)
    )
    torn = connection.execute(other).scalar()
    if torn is None:
        lost = select(events.c.ticket).where(events.c.ticket.not_in(select(tickets.c.ticket))).limit(1)
        torn = connection.execute(lost).scalar()
    if torn is not None:
        raise CopyError(f"the log of {torn} is not as long as the backup says of the ticket")


def _refuse_full(connection: Connection) -> None:
    full = [table.name for table in _tables() if connection.execute(select(table).limit(1)).first() is not None]
    if full:
        raise CopyError(f"the database is not empty (`{full[0]}` has rows): restore into a new one")


def _count_on(connection: Connection) -> None:
    """Have PostgreSQL count its ids on from the highest; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in _tables():
        for column in table.primary_key:
            name = connection.execute(
                text("select pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
            ).scalar()
            if name is not None:
                highest = connection.execute(select(func.max(column))).scalar()
                if highest is not None:
                    connection.execute(text("select setval(:name, :highest)"), {"name": name, "highest": highest})


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            yield from file
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        why = "it is not compressed as one" if isinstance(problem, gzip.BadGzipFile) else "it is cut short"
        raise CopyError(f"this is no whole backup: {why}") from None


def _checked(path: Path) -> Counts:
    """The rows that the tail of a file tells of, everything before it being as it was written."""
    digest, last = sha256(), b""
    for line in _lines(path):
        if last:
            digest.update(last)
        elif _loaded(line).get("is") != MARK:
            raise CopyError("this is no backup of support-policy")
        elif _loaded(line).get("format") != FORMAT:
            raise CopyError(f"the backup has the format {_loaded(line).get('format')}, and this program reads {FORMAT}")
        elif _loaded(line).get("schema") != NEWEST:
            made = _loaded(line).get("schema")
            raise CopyError(
                f"the backup has the schema {made}, and this program {NEWEST}: restore it with the program that made it"
            )
        last = line
    tail = _loaded(last)
    if tail.get("sha256") != digest.hexdigest() or not isinstance(tail.get("rows"), dict):
        raise CopyError("the backup is damaged or cut off: its checksum is another")
    counts: Counts = tail["rows"]
    return counts


def _loaded(line: bytes) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _batches(path: Path) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """The rows of a file by table, as they are inserted. Raises `CopyError` for tables this program does not have."""
    table: Table | None = None
    columns: list[str] = []
    rows: list[dict[str, Any]] = []
    for line in _lines(path):
        data = json.loads(line)
        if isinstance(data, list) and table is not None:
            row = dict(zip(columns, data, strict=True))
            for name, value in row.items():
                if value is not None and isinstance(table.c[name].type, LargeBinary):
                    row[name] = base64.b64decode(value)
            rows.append(row)
            if len(rows) == BATCH:
                yield table, rows
                rows = []
        elif "table" in data:
            if table is not None and rows:
                yield table, rows
            rows, columns, table = [], data["columns"], metadata.tables.get(data["table"])
            if table is None or not set(columns) <= set(table.c.keys()):
                raise CopyError(f"the backup has a table `{data['table']}` that this program does not know so")
    if table is not None and rows:
        yield table, rows
