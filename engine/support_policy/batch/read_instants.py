"""Columns of instants: numbers and timestamps by arithmetic where that is what the row reader does, else one by one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from support_policy.batch.mapping import TableMapping
from support_policy.batch.mapping_values import LATEST, Unusable, Values
from support_policy.batch.read_raw import Column, Numbers
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

    def instants(self, column: Column, name: str) -> Numbers:
        """The instants of a column."""
        kind = column.distinct.type
        if pa.types.is_timestamp(kind) and self._timestamps:
            given = self._of_timestamps(column.distinct, name)
        elif pa.types.is_integer(kind) and self.instants_of.epoch and not self.instants_of.formats:
            given = self._of_numbers(column.distinct)
        else:
            given = self._one_by_one(column.values()[:-1], name)
        return np.append(given, NEVER)[column.codes]

    def _one_by_one(self, values: list[Any], name: str) -> Numbers:
        given = np.empty(len(values), np.int64)
        for at, value in enumerate(values):
            try:
                found = self.values.instant({name: value}, name)
            except Unusable:
                given[at] = WRONG
                continue
            given[at] = NEVER if found is None else found
        return given

    def _of_numbers(self, distinct: pa.Array) -> Numbers:
        each = _PER_SECOND[self.instants_of.epoch]
        absent = pc.is_in(distinct.cast(pa.string()), pa.array(sorted(self.values.missing), pa.string()))
        # Compared before they are multiplied: what is out of range must not come round to the other side.
        numbers = distinct.to_numpy(zero_copy_only=False)
        sound = (numbers >= -(-self.earliest // each)) & (numbers <= (LATEST - 1) // each)
        made = np.where(sound, np.where(sound, numbers, 0).astype(np.int64) * each, WRONG)
        return np.where(absent.to_numpy(zero_copy_only=False), NEVER, made)

    def _of_timestamps(self, distinct: pa.Array, name: str) -> Numbers:
        try:
            whole = distinct.cast(pa.timestamp("us", distinct.type.tz), safe=distinct.type.unit != "ns")
        except pa.ArrowInvalid:  # seconds too far away to be counted in microseconds
            return self._one_by_one(Column(np.empty(0, np.int32), distinct).values()[:-1], name)
        us = whole.cast(pa.int64()).to_numpy(zero_copy_only=False)
        if distinct.type.tz is not None:
            return self._within(us)
        if self.zone is None:
            return np.full(len(us), WRONG)
        return self._within(us if self.instants_of.zone == "UTC" else self._placed(us))

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
