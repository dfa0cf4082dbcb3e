"""The values of an Arrow column as Python has them; needs pyarrow alone."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def as_values(column: pa.Array) -> list[Any]:
    """The values of a column as Python has them; those it cannot hold as a text that no mapping takes for one."""
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        # Python's datetimes hold microseconds.
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):
        return [_one(value) for value in column]


def _one(value: Any) -> Any:
    try:
        return value.as_py()
    except UnicodeDecodeError:
        return "\ufffd"
    except (ValueError, OverflowError):
        return "a value out of range"
