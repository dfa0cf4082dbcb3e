"""Columns as numbers: texts as codes, instants as microseconds, wall times of many offices at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from support_policy.clock.zone import DAY, SECOND, zone_year
from support_policy.model.event import instant
from support_policy.policy.compiled import Policy

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
NONE = np.iinfo(np.int64).min
"""Stands for null among numbers and instants."""
HOURS_A_WEEK = 168
_THURSDAY = 3 * 24
"""1970 began on a Thursday; weeks here begin on Monday."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of texts: `names[codes[row]]` is the text of a row; null is the empty text. Every name occurs."""

    codes: Ints
    names: tuple[str, ...]

    def take(self, rows: Ints | Flags) -> Coded:
        """Some of the rows."""
        used, codes = dense(self.codes[rows], len(self.names))
        return Coded(codes, tuple(self.names[code] for code in used.tolist()))

    def renamed(self, names: Mapping[str, int]) -> Ints:
        """The codes by another list of names; -1 for what is not in it."""
        return np.array([names.get(name, -1) for name in self.names], np.int64)[self.codes]


def coded(column: Any) -> Coded:
    """The codes of a column of texts, plain or of a dictionary."""
    whole = pa.chunked_array([column]) if isinstance(column, pa.Array) else column
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    found = whole.unify_dictionaries().combine_chunks()
    if isinstance(found, pa.ChunkedArray):
        found = found.chunk(0) if found.num_chunks else pa.array([], found.type)
    words: list[str | None] = found.dictionary.to_pylist()
    raw = np.asarray(found.indices.fill_null(len(words)), np.int64)
    used, codes = dense(raw, len(words) + 1)
    names = tuple([word or "" for word in (*words, None)][code] for code in used.tolist())
    if len(set(names)) < len(names):  # null and an empty text are one
        again = {name: code for code, name in enumerate(dict.fromkeys(names))}
        codes, names = np.array([again[name] for name in names], np.int64)[codes], tuple(again)
    return Coded(codes, names)


def dense(codes: Ints, size: int) -> tuple[Ints, Ints]:
    """Which of the codes below `size` occur, in order, and each row's place among them."""
    if size > 4 * len(codes) + 1000:
        used, places = np.unique(codes, return_inverse=True)
        return used, places.astype(np.int64)
    there = np.bincount(codes, minlength=size) > 0
    return np.flatnonzero(there).astype(np.int64), (np.cumsum(there) - 1)[codes]


def numbers(column: Any) -> Ints:
    """A column of whole numbers or instants (microseconds since 1970); `NONE` for null."""
    return np.asarray(_flat(column).cast(pa.int64()).fill_null(NONE), np.int64)


def micros_of(column: Any) -> Ints:
    """A column of seconds as whole microseconds; 0 for null."""
    return np.rint(np.asarray(_flat(column).fill_null(0.0), np.float64) * SECOND).astype(np.int64)


def _flat(column: Any) -> Any:
    found = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(found, pa.ChunkedArray):
        return found.chunk(0) if found.num_chunks else pa.array([], found.type)
    return found


def rows_within(lists: Any) -> tuple[Ints, Any]:
    """What the lists of a column hold, one after another: the row of each, and the structs."""
    flat = _flat(lists)
    return np.asarray(pc.list_parent_indices(flat), np.int64), pc.list_flatten(flat)


def distinct(values: Ints) -> Ints:
    """Every value once, in order."""
    ordered = np.sort(values)  # numpy's `unique` hashes, which takes ten times as long
    fresh = np.ones(len(ordered), np.bool_)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return ordered[fresh]


class Zones:
    """Wall times in the zones of a policy's offices."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def local(self, us: Ints, offices: Coded) -> Ints:
        """Instants (microseconds since 1970) as the clocks at each one's office show them, counted alike."""
        zones = [self.policy.calendar(name, business=False).zone for name in offices.names]
        places: dict[Any, list[int]] = {}
        for code, zone in enumerate(zones):
            places.setdefault(zone, []).append(code)
        shown = us.copy()
        for zone, codes in places.items():
            rows = slice(None) if len(places) == 1 else np.isin(offices.codes, codes)
            shown[rows] += _shifts(zone, us[rows])
        return shown


def _shifts(zone: Any, us: Ints) -> Ints:
    """How far the clock of a zone is ahead of UTC at instants, in microseconds."""
    if not len(us):
        return us
    first, last = (instant(int(end)).year for end in (us.min() - 2 * DAY, us.max() + 2 * DAY))
    begins: list[int] = []
    ahead: list[int] = []
    for year in range(first, last + 1):
        found, until = zone_year(zone, year), zone_year(zone, year + 1).start
        stretches = zip((found.start - DAY, *found.ends), found.ends, found.offsets, strict=False)
        for begin, end, offset in stretches:
            if end > found.start and begin < until:
                begins.append(max(begin, found.start))
                ahead.append(offset)
    return np.array(ahead, np.int64)[np.searchsorted(np.array(begins, np.int64), us, "right") - 1]


def hours_of_week(local: Ints) -> Ints:
    """The hours of the week (Monday 00:00 is 0) of wall times."""
    return (local // (3600 * SECOND) + _THURSDAY) % HOURS_A_WEEK


def months(local: Ints) -> Coded:
    """The months of wall times: `2016-05`."""
    if not len(local):
        return Coded(local, ())
    found = local.astype("datetime64[us]").astype("datetime64[M]")
    first = found.min()
    used, codes = dense((found - first).astype(np.int64), int((found.max() - first).astype(np.int64)) + 1)
    return Coded(codes, tuple(np.datetime_as_string(first + used.astype("timedelta64[M]")).tolist()))


def combined(columns: Sequence[tuple[Ints, int]]) -> tuple[Ints, Ints]:
    """Rows that agree in every column have one code: the code of each row, and a row of each code.

    A column is its codes, and a number that is larger than any of them.
    """
    codes, wide = np.zeros(len(columns[0][0]), np.int64), 1
    for column, size in columns:
        used, codes = dense(codes * size + column, wide * size)
        wide = len(used)
    rows = np.zeros(wide, np.int64)
    rows[codes] = np.arange(len(codes))
    return codes, rows
