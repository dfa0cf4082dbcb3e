"""Parquet files as raw batches: columns as they are, and what a damaged file loses counted row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from support_policy.adapters.tables import READ_ERRORS
from support_policy.adapters.tables_parquet import BATCH, ParquetTable, in_short
from support_policy.batch.raw import lost_batch, plain_batch, raw_schema

LARGE = 64 * 1024
"""Rows of a batch."""
FEW = 16
"""Rows for each byte that the distinct texts of a column take in the file."""
DAMAGE = (pa.ArrowException, *READ_ERRORS)
"""What a damaged file raises."""


class ParquetBatches:
    """A Parquet file whose columns the mapping names as they are."""

    def __init__(self, table: ParquetTable) -> None:
        self._table, self.notes = table, table.notes
        self._file = table.opened([name for name in table.names if _few_texts(table.file, name)])
        fields = map(self._file.schema_arrow.field, table.names)
        self._fields = [pa.field(field.name, _kept(field.type)) for field in fields]
        self.schema = raw_schema(self._fields)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """See `Bulk`."""
        done = 0
        try:
            for batch in self._read(LARGE):
                yield self._made(batch, done)
                done += batch.num_rows
        except DAMAGE:
            yield from self._rest(done)

    def column(self, name: str) -> Iterator[pa.RecordBatch]:
        """One column alone. Raises what a damaged file raises."""
        for batch in self._file.iter_batches(LARGE, columns=[name]):
            yield batch.select([name])

    def _rest(self, done: int) -> Iterator[pa.RecordBatch]:
        """What follows `done` rows, in batches so small that no more is lost than by reading row by row."""
        total, seen = self._table.total or 0, 0
        try:
            for batch in self._read(BATCH):
                seen += batch.num_rows
                if seen > done:
                    yield self._made(batch.slice(batch.num_rows - (seen - done)), done)
                    done = seen
        except DAMAGE as problem:
            while done < total:
                count = min(LARGE, total - done)
                yield lost_batch(done + 1, count, in_short(problem), self._fields)
                done += count

    def _read(self, size: int) -> Iterator[pa.RecordBatch]:
        names = self._table.names
        for batch in self._file.iter_batches(size, columns=names):
            yield batch.select(names) if names else batch

    def _made(self, batch: pa.RecordBatch, done: int) -> pa.RecordBatch:
        arrays = [
            _sound(column.cast(f.type, safe=False)) for column, f in zip(batch.columns, self._fields, strict=True)
        ]
        return plain_batch(arrays, self._fields, range(done + 1, done + batch.num_rows + 1))


def _few_texts(file: Any, name: str) -> bool:
    """Whether a column holds few texts again and again: then they come as codes, which costs nothing to begin with."""
    kind = file.schema_arrow.field(name).type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return False
    at = [index for index in range(file.metadata.num_columns) if file.schema.column(index).path == name]
    found = [file.metadata.row_group(group).column(at[0]) for group in range(file.metadata.num_row_groups) if at]
    return bool(found) and all(
        one.has_dictionary_page and FEW * (one.data_page_offset - one.dictionary_page_offset) < one.num_values
        for one in found
    )


def _kept(kind: pa.DataType) -> pa.DataType:
    """The type that a column is handed on with: Python's datetimes hold microseconds."""
    return pa.timestamp("us", kind.tz) if pa.types.is_timestamp(kind) and kind.unit == "ns" else kind


def _sound(column: pa.Array) -> pa.Array:
    """Texts that are no text (bytes in another encoding) become the mark that no sound text holds."""
    kind = column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind)):
        return column
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        from support_policy.batch.raw import values_of

        plain = column.dictionary_decode() if pa.types.is_dictionary(kind) else column
        made = pa.array(values_of(plain, pa.field("", plain.type)), plain.type)
        return made.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else made
    return column
