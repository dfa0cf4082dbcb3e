"""Raw rows of a foreign export as Arrow columns: what `adapters/bulk_in.py` gives and a mapping is then read from.

A table of raw rows has a column for each column of the mapping that the file has, under the mapping's own name for it
(`fields.status.name` is one column, already looked up), and four of its own:

    __row       int64           the row's number from 1, the header aside
    __line      int64           its line in a text file, else 0
    __problem   text or null    why the row itself cannot be read: one of `replay_rows.REASONS`
    __detail    text or null    more about that

The others have the file's own types (all text in CSV); where a type cannot be told, as in JSON, they are texts of
JSON, one value each, and the field's metadata says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from json.encoder import encode_basestring_ascii
from typing import Any

import pyarrow as pa

from support_policy.batch.read_values import as_values
from support_policy.batch.replay_rows import Row

ROW, LINE, PROBLEM, DETAIL = "__row", "__line", "__problem", "__detail"
OWN = pa.schema([(ROW, pa.int64()), (LINE, pa.int64()), (PROBLEM, pa.string()), (DETAIL, pa.string())])
"""The columns that every table of raw rows begins with."""
_INSTANT, _DAY = "\0instant", "\0day"
_JSON = {b"values": b"json"}


def json_field(name: str) -> pa.Field:
    """A column whose texts are JSON."""
    return pa.field(name, pa.string(), metadata=_JSON)


def is_json(field: pa.Field) -> bool:
    """Whether a column's texts are JSON."""
    return (field.metadata or {}).get(b"values") == b"json"


def values_of(column: Any, field: pa.Field) -> list[Any]:
    """The values of a raw column as the rows of its file have them."""
    values = as_values(column)
    return [None if value is None else from_json(value) for value in values] if is_json(field) else values


def to_json(value: Any) -> str | None:
    """A value of a row as a text of JSON; None for none."""
    if value is None:
        return None
    return encode_basestring_ascii(value) if type(value) is str else json.dumps(value, default=_plain)


def from_json(text: str) -> Any:
    """The value that `to_json` made a text of."""
    return json.loads(text, object_hook=_instants)


def _plain(value: Any) -> Any:
    """What JSON has no word for: only an instant and a day are read in other ways than their text is."""
    if isinstance(value, date):  # a datetime is one
        return {_INSTANT if isinstance(value, datetime) else _DAY: value.isoformat()}
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def _instants(found: dict[str, Any]) -> Any:
    if _INSTANT in found:
        return datetime.fromisoformat(found[_INSTANT])
    return date.fromisoformat(found[_DAY]) if _DAY in found else found


def raw_batch(rows: Sequence[Row], columns: Mapping[str, Sequence[Any]], fields: Iterable[pa.Field]) -> pa.RecordBatch:
    """Rows as a raw batch; `columns` are the values of each of `fields`, null in a row that cannot be read."""
    fields = list(fields)
    arrays = [
        pa.array([row.number for row in rows], pa.int64()),
        pa.array([row.line for row in rows], pa.int64()),
        pa.array([row.problem[0] or None for row in rows], pa.string()),
        pa.array([_sound(row.problem[1]) if row.problem[0] else None for row in rows], pa.string()),
        *(_array(columns[field.name], field.type) for field in fields),
    ]
    return pa.record_batch(arrays, schema=raw_schema(fields))


def raw_schema(fields: Iterable[pa.Field]) -> pa.Schema:
    """The schema of raw tables with these columns."""
    return pa.schema([*OWN, *fields])


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        return pa.array([None if value is None else _sound(value) for value in values], kind)


def _sound(text: str) -> str:
    """A text without halves of characters: bytes that were not in the file's encoding stay marked as such."""
    if text.isascii():
        return text
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def plain_batch(
    arrays: Sequence[pa.Array], fields: Iterable[pa.Field], numbers: range, lines: Any = None
) -> pa.RecordBatch:
    """Columns whose rows can all be read, and are numbered so; `lines` as int64 (None: 0)."""
    import numpy as np

    size = len(numbers)
    own = [
        pa.array(np.arange(numbers.start, numbers.stop, dtype=np.int64)),
        pa.array(np.zeros(size, np.int64) if lines is None else lines),
        pa.nulls(size, pa.string()),
        pa.nulls(size, pa.string()),
    ]
    return pa.record_batch([*own, *arrays], schema=raw_schema(fields))


def lost_batch(first: int, count: int, detail: str, fields: Sequence[pa.Field]) -> pa.RecordBatch:
    """Rows that the file holds and that cannot be read any more."""
    rows = [Row(number, 0, {}, ("unreadable", detail)) for number in range(first, first + count)]
    return raw_batch(rows, {field.name: [None] * count for field in fields}, fields)
