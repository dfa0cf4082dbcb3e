"""Columns of instants: numbers and timestamps by arithmetic where that is what the row reader does, else one by one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from support_policy.batch.mapping import TableMapping
from support_policy.batch.mapping_values import LATEST, Unusable, Values
from support_policy.batch.read_raw import Column, Numbers
from support_policy.batch.read_texts import pattern_of, taken_apart
from support_policy.batch.read_values import as_values
from support_policy.clock.reading import zone_named
from support_policy.model.event import micros

NEVER, WRONG = np.iinfo(np.int64).min, np.iinfo(np.int64).min + 1
"""In the place of an instant: there is none; it cannot be used."""
_PER_SECOND = {"seconds": 1_000_000, "milliseconds": 1_000, "microseconds": 1}
_HOUR = 3_600_000_000
_MARK = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time


class Placing:
    """Reads columns of instants. Gives microseconds since 1970 by row, `NEVER` or `WRONG`."""

    def __init__(self, mapping: TableMapping, values: Values) -> None:
        self.instants_of, self.values = mapping.instants, values
        self.zone: Any = zone_named(mapping.instants.zone) if mapping.instants.zone else None
        self.earliest = micros(datetime.combine(mapping.instants.earliest, time(0), UTC))
        # A timestamp is read as the text of ISO 8601 that it is, once the formats of the mapping have not fitted it.
        # That text has a T between digits: only a format with such a letter of its own can fit.
        self._timestamps = not any("t" in re.sub("%.", "", text).casefold() for text in mapping.instants.formats)
        self._timestamps &= not any("-" in text and ":" in text for text in values.missing)
        # What means that there is no instant may look like one, or not; it is not worth a second look.
        self._pattern = "" if any(map(str.isdigit, "".join(values.missing))) else pattern_of(mapping.instants)
        self._numbers = bool(mapping.instants.epoch) and not mapping.instants.formats
        self._numbers &= not any(text.lstrip("-").isdecimal() for text in values.missing)

    def one_by_one(self, column: Column, name: str) -> Numbers:
        """The instants of a column, each distinct value read as that of a row."""
        distinct = column.distinct
        once = self.at_once(pa.chunked_array([distinct])) if column.mixed is None else None
        if once is not None:
            return np.append(once, NEVER)[column.codes]
        given = np.full(len(distinct) + 1, NEVER)
        left = np.arange(len(distinct))
        texts = pa.types.is_string(distinct.type) or pa.types.is_large_string(distinct.type)
        if self._pattern and texts and column.mixed is None:
            places, wall, utc = taken_apart(distinct, self._pattern)
            given[places] = self._within(np.where(utc, wall, self._naive(wall)))
            left = np.setdiff1d(left, places, assume_unique=True)
        values = as_values(distinct.take(pa.array(left))) if column.mixed is None else column.mixed
        for at, value in zip(left.tolist(), values, strict=True):
            try:
                found = self.values.instant({name: value}, name)
            except Unusable:
                given[at] = WRONG
                continue
            given[at] = NEVER if found is None else found
        return given[column.codes]

    def at_once(self, column: pa.ChunkedArray) -> Numbers | None:
        """The instants of a column of timestamps or numbers, or None where its values must be read one by one."""
        kind = column.type
        if pa.types.is_timestamp(kind) and self._timestamps and _known(kind):
            try:
                whole = column.cast(pa.timestamp("us", kind.tz), safe=kind.unit != "ns").cast(pa.int64())
            except pa.ArrowInvalid:  # seconds too far away to be counted in microseconds
                return None
            us = whole.fill_null(0).to_numpy()
            made = self._within(us if kind.tz is not None else self._naive(us))
        elif pa.types.is_integer(kind) and self._numbers:
            made = self._counted(column.fill_null(0).to_numpy())
        else:
            return None
        return np.where(column.is_null().to_numpy(), NEVER, made) if column.null_count else made

    def _counted(self, numbers: Numbers) -> Numbers:
        each = _PER_SECOND[self.instants_of.epoch]
        # Compared before they are multiplied: what is out of range must not come round to the other side.
        sound = (numbers >= -(-self.earliest // each)) & (numbers <= (LATEST - 1) // each)
        return np.where(sound, np.where(sound, numbers, 0).astype(np.int64) * each, WRONG)

    def _naive(self, us: Numbers) -> Numbers:
        """Wall times that name no offset from UTC."""
        if self.zone is None:
            return np.full(len(us), WRONG)
        return us if self.instants_of.zone == "UTC" else self._placed(us)

    def _within(self, us: Numbers) -> Numbers:
        return np.where((us >= self.earliest) & (us < LATEST), us, WRONG)

    def _placed(self, us: Numbers) -> Numbers:
        """Wall times of the mapping's zone. Within an hour that begins and ends with one offset, it is that offset."""
        sane = (us > self.earliest - 48 * _HOUR) & (us < LATEST)
        made = np.full(len(us), WRONG)
        hours, which = np.unique(us[sane] // _HOUR, return_inverse=True)
        first = [self._offset(int(hour) * _HOUR) for hour in hours]
        last = [self._offset(int(hour) * _HOUR + _HOUR - 1) for hour in hours]
        offsets, steady = np.array(first, np.int64), np.equal(first, last)
        inside = us[sane]
        local = inside - offsets[which]
        for at in np.flatnonzero(~steady[which]):
            local[at] = inside[at] - self._offset(int(inside[at]))
        made[sane] = local
        return made

    def _offset(self, us: int) -> int:
        """How far the zone's wall time is ahead of UTC, in microseconds, at a wall time."""
        read = (_MARK + timedelta(microseconds=us)).replace(tzinfo=self.zone)
        return us - micros(read.astimezone(UTC))


def _known(kind: pa.DataType) -> bool:
    """Whether Python has the zone of a column, if it has one."""
    try:
        pa.scalar(0, kind).as_py()
    except ValueError:
        return False
    return True
