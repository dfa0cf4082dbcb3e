"""Arrow columns as numbers: values by number, instants in microseconds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from support_policy.batch.columns.rules import Column
from support_policy.batch.histories.codes import NONE
from support_policy.batch.schema import INSTANT


def column_of(column: pa.ChunkedArray) -> Column:
    """An Arrow column as numbers and distinct values; lists become tuples."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.unify_dictionaries()
        array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    elif pa.types.is_nested(kind):
        return _listed(column)
    else:
        array = column.combine_chunks()
        array = (array.chunk(0) if isinstance(array, pa.ChunkedArray) else array).dictionary_encode()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], kind)
    values = array.dictionary.to_pylist()
    codes = _numbers(array.indices)
    if None in values:
        codes = np.where(codes == values.index(None), np.int32(NONE), codes)
    return Column(codes, tuple(values))


def _numbers(indices: pa.Array) -> NDArray[np.int32]:
    """The indices of a dictionary, those that are null as NONE; quicker than to fill them in."""
    kind, size = indices.type.to_pandas_dtype(), len(indices)
    valid, data = indices.buffers()
    codes = np.frombuffer(data, kind, size, indices.offset * np.dtype(kind).itemsize) if size else np.zeros(0, kind)
    if not indices.null_count or valid is None:
        return codes.astype(np.int32)
    bits = np.unpackbits(np.frombuffer(valid, np.uint8), bitorder="little")[indices.offset : indices.offset + size]
    return np.where(bits.view(np.bool_), codes, NONE).astype(np.int32)


def _listed(column: pa.ChunkedArray) -> Column:
    numbers: dict[tuple[Any, ...], int] = {}
    codes = [NONE if v is None else numbers.setdefault(tuple(v), len(numbers)) for v in column.to_pylist()]
    return Column(np.array(codes, np.int32), tuple(numbers))


def instants(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """A column of instants in microseconds since 1970."""
    found = column.cast(INSTANT).cast(pa.int64()).combine_chunks()
    if isinstance(found, pa.ChunkedArray):
        found = found.chunk(0) if found.num_chunks else pa.array([], pa.int64())
    return np.asarray(found.to_numpy(zero_copy_only=False))
