"""Histories in bulk: any file of rows as a stream of raw Arrow batches (`batch/raw.py`), local or in a store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from support_policy.adapters.bulk_rows import RowBatches
from support_policy.adapters.places import placed, size_of
from support_policy.adapters.tables import open_table
from support_policy.adapters.tables_parquet import ParquetTable
from support_policy.adapters.tables_text import CsvTable
from support_policy.batch.mapping import TableMapping
from support_policy.batch.partition import Sizes, cuts_between


class Reader(Protocol):
    """Reads a file's rows as raw batches of one schema."""

    schema: pa.Schema
    notes: list[str]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, in the file's order."""


class Bulk:
    """A file of rows, opened.

    `columns` are the header's, or None where each row has its own; `total` is how many rows there are, if known, and
    `bytes` how large the file is; `schema` is that of every batch. `notes` is complete when all batches were read.
    """

    def __init__(self, reader: Reader, columns: tuple[str, ...] | None, total: int | None, bytes: int | None) -> None:
        self._reader, self.columns, self.total, self.bytes = reader, columns, total, bytes
        self.schema = reader.schema

    @property
    def notes(self) -> list[str]:
        """What is to be said of the file's columns."""
        return self._reader.notes

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, in the file's order; each call reads the file anew.

        Raises `PolicyError` when the columns without which no row can be used are in none of the first rows.
        """
        return self._reader.batches()

    def cuts(self, ticket: str, sizes: Sizes) -> list[int] | None:
        """Where the rows can be cut between tickets (see `cuts_between`), if one column can be read alone to see it."""
        from support_policy.adapters.bulk_parquet import DAMAGE, ParquetBatches

        if not isinstance(self._reader, ParquetBatches) or ticket not in self.schema.names:
            return None
        try:
            return cuts_between(self._reader.column(ticket), ticket, sizes)
        except DAMAGE:
            return None


def open_bulk(path: str | Path, mapping: TableMapping) -> Bulk:
    """Open a file, or an object of a store that a URL names. Raises `PolicyError` as `open_table` does."""
    table = open_table(path, mapping)
    reader: Reader
    if isinstance(table, CsvTable) and not mapping.each:
        from support_policy.adapters.bulk_csv import CsvBatches

        reader = CsvBatches(table, mapping)
    elif isinstance(table, ParquetTable) and not table.nested(mapping):
        from support_policy.adapters.bulk_parquet import ParquetBatches

        reader = ParquetBatches(table)
    else:
        reader = RowBatches(table, mapping, str(path))
    return Bulk(reader, table.columns, None if mapping.each else table.total, size_of(placed(path)))
