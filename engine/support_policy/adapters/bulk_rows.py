"""Rows that are read one by one as raw batches: JSON, and Parquet whose values a mapping looks into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa

from support_policy.batch.mapping import TableMapping
from support_policy.batch.mapping_values import lookup
from support_policy.batch.raw import json_field, raw_batch, raw_schema, to_json
from support_policy.batch.replay_columns import ColumnsSeen, checked
from support_policy.batch.replay_parts import parted
from support_policy.batch.replay_rows import Row, Table

CHUNK = 8192


class RowBatches:
    """A table's rows; every column of the mapping is looked up here, whatever path it is."""

    def __init__(self, table: Table, mapping: TableMapping, file: str) -> None:
        self._table, self._mapping, self._file = table, mapping, file
        self.notes = table.notes
        self._columns = [str(c) for c in mapping.columns() if _there(c, table.columns)]
        self._fields = [json_field(column) for column in self._columns]
        self.schema = raw_schema(self._fields)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """See `Bulk`."""
        mapping, table = self._mapping, self._table
        seen = ColumnsSeen(mapping, table.columns)
        rows = iter(checked(parted(table.rows(), mapping.each), mapping, table.columns, self._file))
        while chunk := list(islice(rows, CHUNK)):
            for row in chunk:
                seen.add(row)
            yield self._batch(chunk)
        self.notes = [*table.notes, *seen.notes()]

    def _batch(self, rows: list[Row]) -> pa.RecordBatch:
        values = {c: [to_json(None if r.problem[0] else lookup(r.values, c)) for r in rows] for c in self._columns}
        return raw_batch(rows, values, self._fields)


def _there(column: str, columns: Iterable[str] | None) -> bool:
    return columns is None or column in columns or column.partition(".")[0] in columns
