"""The columns of a part of a foreign file: as dictionaries of their distinct values, and as rows of Python values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from support_policy.batch.mapping import TableMapping
from support_policy.batch.raw import DETAIL, LINE, PROBLEM, ROW, from_json, is_json, values_of
from support_policy.batch.read_values import as_values
from support_policy.batch.replay_rows import Row

BATCH = 4096
WHOLE = 1 << 30
"""Columns of more bytes than this stay in pieces: Arrow cannot hold as many letters in one."""
Numbers = np.ndarray[Any, np.dtype[Any]]


class NotFlat(Exception):
    """A column holds lists or objects: its rows are read one by one."""


class Column:
    """A column as its distinct values and, by row, which of them it has; `len(distinct)` stands for null.

    `mixed` are the values themselves where no one type holds them all: `distinct` then only tells them apart.
    """

    def __init__(self, codes: Numbers, distinct: pa.Array, mixed: list[Any] | None = None) -> None:
        self.codes, self.distinct, self.mixed = codes, distinct, mixed

    def values(self) -> list[Any]:
        """The distinct values as Python has them, and None for null."""
        return [*(as_values(self.distinct) if self.mixed is None else self.mixed), None]


def array_of(raw: pa.Table, name: str) -> pa.ChunkedArray:
    """A column of a part, by its name or the path to it; one that the file lacks is all null. Raises `NotFlat`."""
    if name in raw.column_names:
        found = raw[name]
    elif "." in name:
        found = _inside(raw, name)
    else:
        found = None
    if found is None:
        return pa.chunked_array([pa.nulls(raw.num_rows)])
    if pa.types.is_nested(found.type):
        raise NotFlat(name)
    return found


def column_of(raw: pa.Table, name: str) -> Column:
    """A column of a part, as `raw.py` has it or named by a path; one that the file lacks is all null.

    Raises `NotFlat`.
    """
    found = array_of(raw, name)
    if pa.types.is_null(found.type):
        return Column(np.zeros(raw.num_rows, np.int32), pa.array([], pa.string()))
    # One piece first: that is much faster than one dictionary after another.
    if found.num_chunks > 1 and found.nbytes < WHOLE:
        found = pa.chunked_array([found.combine_chunks()])
    try:
        coded = _sound(found) if pa.types.is_dictionary(found.type) else found.dictionary_encode()
    except pa.ArrowNotImplementedError:
        raise NotFlat(name) from None
    if coded.num_chunks == 0:
        return Column(np.zeros(0, np.int32), pa.array([], pa.string()))
    chunks = coded.unify_dictionaries().chunks
    distinct = chunks[0].dictionary
    if pa.types.is_nested(distinct.type):
        raise NotFlat(name)
    nulls = pa.scalar(len(distinct), pa.int32())
    indices = [pc.fill_null(chunk.indices.cast(pa.int32()), nulls).to_numpy(zero_copy_only=False) for chunk in chunks]
    codes = indices[0] if len(indices) == 1 else np.concatenate(indices)
    column = _compact(codes, distinct)
    return _of_json(column) if name in raw.column_names and is_json(raw.schema.field(name)) else column


def _of_json(column: Column) -> Column:
    """A column whose texts are JSON: of one type where they all are texts, or all whole numbers."""
    texts = column.distinct
    if pc.all(pc.match_substring_regex(texts, r'^"[^"\\]*"$')).as_py() is not False:
        return Column(column.codes, pc.utf8_slice_codeunits(texts, 1, -1))
    values = [from_json(text) for text in texts.to_pylist()]
    kinds = set(map(type, values))
    try:
        if kinds == {str}:
            return Column(column.codes, pa.array(values, pa.string()))
        if kinds == {int}:
            return Column(column.codes, pa.array(values, pa.int64()))
    except (UnicodeEncodeError, OverflowError, pa.ArrowInvalid):
        pass  # halves of characters, or numbers of any length
    return Column(column.codes, texts, values)


def _sound(found: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of dictionaries in which no value is null and none stands twice."""
    for chunk in found.chunks:
        distinct = chunk.dictionary
        if distinct.null_count or len(distinct.unique()) < len(distinct):
            return found.cast(found.type.value_type).dictionary_encode()
    return found


def _compact(codes: Numbers, distinct: pa.Array) -> Column:
    """Without the values that no row has, where those are many: a dictionary may be that of a whole file."""
    if len(distinct) <= len(codes) + 64:
        return Column(codes, distinct)
    used = np.flatnonzero(np.bincount(codes, minlength=len(distinct) + 1)[: len(distinct)])
    renumbered = np.full(len(distinct) + 1, len(used), np.int32)
    renumbered[used] = np.arange(len(used), dtype=np.int32)
    return Column(renumbered[codes], distinct.take(pa.array(used)))


def _inside(raw: pa.Table, path: str) -> pa.ChunkedArray | None:
    """The column at a dotted path into objects; None where it leads nowhere. Raises `NotFlat` where it meets a list."""
    head, *parts = path.split(".")
    if head not in raw.column_names:
        return None
    found = raw[head]
    for part in parts:
        if not pa.types.is_struct(found.type):
            if pa.types.is_nested(found.type):
                raise NotFlat(path)
            return None
        if found.type.get_field_index(part) < 0:
            if part in [field.name for field in found.type]:
                raise NotFlat(path)
            return None
        found = pc.struct_field(found, part)
    return found


def rows_of(raw: pa.Table, mapping: TableMapping, wanted: Numbers) -> Iterator[Row]:
    """The rows at some places of a part, in that order, one by one, with the columns that the mapping names."""
    heads = {name for c in mapping.columns() for name in (str(c), str(c).partition(".")[0])}
    names = [name for name in raw.column_names if name in heads]
    picked = raw.select([*names, *(n for n in (ROW, LINE, PROBLEM, DETAIL) if n in raw.column_names)])
    picked = picked if np.array_equal(wanted, np.arange(raw.num_rows)) else picked.take(pa.array(wanted))
    for batch in picked.to_batches(BATCH):
        number, line = (_whole(batch, name) for name in (ROW, LINE))
        problem, detail = (_whole(batch, name) for name in (PROBLEM, DETAIL))
        columns = [values_of(batch[name], batch.schema.field(name)) for name in names]
        for at, values in enumerate(zip(*columns, strict=True) if columns else ((),) * batch.num_rows):
            wrong = (str(problem[at]), str(detail[at] or "")) if problem[at] else ("", "")
            yield Row(number[at] or 0, line[at] or 0, dict(zip(names, values, strict=True)), wrong)


def _whole(batch: pa.RecordBatch, name: str) -> Sequence[Any]:
    return batch[name].to_pylist() if name in batch.schema.names else [None] * batch.num_rows


def lists_of(raw: pa.Table, mapping: TableMapping) -> tuple[str, ...]:
    """The lists that `each` names, unless the part has their elements already."""
    if mapping.each and mapping.each[0] in raw.column_names:
        field = raw.schema.field(mapping.each[0])
        if is_json(field) or pa.types.is_struct(field.type):
            return ()
    return mapping.each
