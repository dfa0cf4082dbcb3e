"""Wall clocks: where the times a local calendar shows fall on the time line of UTC.

Wall times and instants are integer microseconds since 1970-01-01T00:00, of the local calendar and of UTC; days are
proleptic ordinals. A wall time falls on the FIRST moment at which the local clock shows it or later: in a gap at the
jump, in an overlap on the first pass. That map never turns back, so what is ordered on the wall stays ordered in UTC.
"""

from __future__ import annotations

import zoneinfo
from bisect import bisect_right
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

SECOND = 1_000_000
DAY = 86_400 * SECOND
EPOCH_DAY = 719_163
"""The ordinal of 1970-01-01."""
FIRST_YEAR, LAST_YEAR = 1, 9999

_PROBE = 2 * DAY
"""No zone of tzdata changes its offset and changes back within so short a time (the shortest: four days, in 1939)."""
_RULES_ONLY = 2100
"""No zone of tzdata lists single changes after this year; from then on each follows a yearly rule."""
_EARLIEST = (2 - EPOCH_DAY) * DAY


class ZoneYear(NamedTuple):
    """One local year of a zone: piece i holds from wall time `walls[i]` on, shifted by `offsets[i]` until `ends[i]`."""

    start: int
    """The instant at which the local year begins."""
    walls: tuple[int, ...]
    offsets: tuple[int, ...]
    ends: tuple[int, ...]
    odd_days: tuple[int, ...]
    """The days near which the clock changes: only they can be longer or shorter than their wall times say."""

    def at(self, wall: int) -> int:
        """The first instant at which the local clock shows `wall` or later."""
        piece = bisect_right(self.walls, wall) - 1
        instant = wall - self.offsets[piece]
        end = self.ends[piece]
        return instant if instant < end else end

    def moved(self, days: int) -> ZoneYear:
        """The same year `days` later."""
        shift = days * DAY
        return ZoneYear(
            self.start + shift,
            tuple(wall + shift for wall in self.walls),
            self.offsets,
            tuple(end + shift for end in self.ends),
            tuple(day + days for day in self.odd_days),
        )


def zone_data_folders() -> tuple[str, ...]:
    """The folders in which zone data is sought, in order, before the tzdata package; read afresh each time."""
    return tuple(zoneinfo.TZPATH)


def first_day(year: int) -> int:
    """The ordinal of 1 January (also of year 10000, which `date` cannot hold)."""
    past = year - 1
    return past * 365 + past // 4 - past // 100 + past // 400 + 1


def zone_year(zone: ZoneInfo, year: int) -> ZoneYear:
    """How the wall times of one year (1 to 10000) in `zone` fall on the time line."""
    twin = _twin(year)
    found = _probed_year(zone, twin)
    return found if twin == year else found.moved(first_day(year) - first_day(twin))


@lru_cache(maxsize=4096)
def _probed_year(zone: ZoneInfo, year: int) -> ZoneYear:
    begin = (first_day(year) - EPOCH_DAY) * DAY
    until = (first_day(year + 1) - EPOCH_DAY) * DAY
    offset, changes = _changes(zone, begin - _PROBE, until + _PROBE)
    walls, offsets, ends, odd = [begin - 10 * DAY], [offset], [], set[int]()
    high = walls[0]
    for instant, after in changes:
        shown, shows = instant + offset, instant + after
        high = max(high, shown)
        odd.update(range(min(shown, shows) // DAY, max(shown, shows) // DAY + 1))
        ends.append(instant)
        walls.append(max(high, shows))
        offsets.append(after)
        offset = after
    ends.append(until + 10 * DAY)
    days = tuple(day + EPOCH_DAY for day in sorted(odd) if begin <= day * DAY < until)
    found = ZoneYear(0, tuple(walls), tuple(offsets), tuple(ends), days)
    return found._replace(start=found.at(begin))


def _twin(year: int) -> int:
    """The year itself or, where only rules are left, an early year with the same calendar."""
    if year <= _RULES_ONLY:
        return year
    first = first_day(year)
    length = first_day(year + 1) - first
    return next(
        twin
        for twin in range(_RULES_ONLY + 1, _RULES_ONLY + 29)
        if (first_day(twin) - first) % 7 == 0 and first_day(twin + 1) - first_day(twin) == length
    )


def _changes(zone: ZoneInfo, first: int, last: int) -> tuple[int, list[tuple[int, int]]]:
    """The offset at `first`, and each (instant, new offset) until `last`."""
    low = _utc(zone, max(first, _EARLIEST))
    end, step = _utc(zone, last), timedelta(microseconds=_PROBE)
    offset = zone.fromutc(low).utcoffset()
    begin, found = _whole(offset), []
    while low < end:
        high = low + step
        then = zone.fromutc(high).utcoffset()
        while offset != then:
            low = _first_change(zone, low, high, offset)
            offset = zone.fromutc(low).utcoffset()
            found.append((_whole(low - _utc(zone, 0)), _whole(offset)))
        low = high
    return begin, found


def _first_change(zone: ZoneInfo, low: datetime, high: datetime, offset: timedelta | None) -> datetime:
    """The instant, to the second, at which `offset` stops to hold between `low` and `high`."""
    near, far = 0, int((high - low).total_seconds())
    while far - near > 1:
        middle = (near + far) // 2
        if zone.fromutc(low + timedelta(seconds=middle)).utcoffset() == offset:
            near = middle
        else:
            far = middle
    return low + timedelta(seconds=far)


def _utc(zone: ZoneInfo, instant: int) -> datetime:
    """An instant as `ZoneInfo.fromutc` wants it: the fields of UTC under the name of the zone."""
    return datetime(1970, 1, 1, tzinfo=zone) + timedelta(instant // DAY, 0, instant % DAY)


def _whole(span: timedelta | None) -> int:
    return span // timedelta(microseconds=1) if span else 0
