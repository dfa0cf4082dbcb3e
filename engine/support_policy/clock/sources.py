"""Where the intervals of a table come from, one local year at a time: the wall hours of a zone, or other sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from support_policy.clock.hours import Hours, Stretch, clipped, merged, without
from support_policy.clock.zone import DAY, EPOCH_DAY, FIRST_YEAR, LAST_YEAR, ZoneYear, first_day, zone_year

_CYCLE = 29
"""Among so many years that follow one rule is each kind of year beside each it can stand beside: what does not happen
in them never does."""
_SINGLE_CHANGES = (1850, 2101)
"""Outside of these years every zone follows one rule."""


class Source(Protocol):
    """Intervals by local year, in integer microseconds of UTC; years are those of one zone, from 1 to 9999."""

    yearly: int
    """Some measure of the open time of a year without exceptions; 0 when only exceptions open."""
    even: bool
    """Without exceptions the calendar would be always open or never: only exceptions make boundaries."""
    changes: tuple[int, int]
    """The years within which all exceptions lie, with a year to spare; (10000, 0) when there are none."""
    reach: tuple[int, int]
    """The years outside of which there are no boundaries that a search through every year within did not find."""

    def start(self, year: int) -> int:
        """The instant at which a local year (1 to 10000) begins."""
        ...

    def intervals(self, year: int) -> list[Stretch]:
        """The intervals of a year, merged and clipped to it."""
        ...

    def total(self, year: int) -> int:
        """The open time of a year."""
        ...

    def open_before(self, year: int) -> bool:
        """Whether an interval runs right up to the start of a year."""
        ...

    def plain(self) -> Source:
        """The same without exclusions."""
        ...


class WallSource:
    """Hours on the wall clock of one zone, less stretches excluded from them (merged and in order)."""

    __slots__ = ("_excluded", "_hours", "_zone", "changes", "even", "reach", "yearly")

    def __init__(self, zone: ZoneInfo, hours: Hours, excluded: list[Stretch]) -> None:
        self._zone, self._hours, self._excluded = zone, hours, excluded
        self.yearly = 53 * sum(hours.plain)
        self.even = len(set(hours.plain)) == 1 and hours.plain[0] in {0, DAY}
        self.changes = _year_range([*hours.changed, *_years_of(excluded)])
        # Where weekly hours make boundaries, the next is never far.
        self.reach = self.changes if self.even else (FIRST_YEAR - 1, LAST_YEAR + 1)

    def start(self, year: int) -> int:
        """See `Source.start`."""
        return zone_year(self._zone, year).start

    def open_before(self, year: int) -> bool:
        """See `Source.open_before`."""
        start = self.start(year)
        if year == FIRST_YEAR or any(a < start <= b for a, b in self._excluded):
            return False
        eve = first_day(year) - 1
        last = _on_time_line(self._hours.walls(eve, eve), zone_year(self._zone, year - 1))
        return bool(last) and last[-1][1] == start

    def plain(self) -> Source:
        """See `Source.plain`."""
        return WallSource(self._zone, self._hours, []) if self._excluded else self

    def intervals(self, year: int) -> list[Stretch]:
        """See `Source.intervals`."""
        zone = zone_year(self._zone, year)
        if self.even and year not in self._hours.changed:
            found = [(zone.start, self.start(year + 1))] if self._hours.plain[0] else []
        else:
            found = _on_time_line(self._hours.walls(first_day(year), first_day(year + 1) - 1), zone)
        return without(found, self._excluded) if self._excluded else found

    def total(self, year: int) -> int:
        """The open time of a year: fifty-two plain weeks and a rest, corrected on the days that may differ."""
        zone, hours = zone_year(self._zone, year), self._hours
        end = self.start(year + 1)
        if clipped(self._excluded, zone.start, end):
            return sum(b - a for a, b in self.intervals(year))
        if self.even and year not in hours.changed:
            return end - zone.start if hours.plain[0] else 0
        first, beyond = first_day(year), first_day(year + 1)
        total = 52 * sum(hours.plain) + sum(hours.plain[(day - 1) % 7] for day in range(first + 364, beyond))
        for day in {*hours.changed.get(year, ()), *zone.odd_days}:
            found = _on_time_line(hours.walls(day, day), zone)
            total += sum(b - a for a, b in found) - hours.plain[(day - 1) % 7]
        return total


class UnionSource:
    """Open when any of several sources is, less stretches excluded (merged and in order); years are those of `zone`.

    In the first and last hours of the years 1 to 9999 a member whose own years have not begun, or are over, is closed.
    """

    __slots__ = ("_excluded", "_member_year", "_members", "_plain", "_zone", "changes", "even", "reach", "yearly")

    def __init__(self, zone: ZoneInfo, members: Sequence[Source], excluded: list[Stretch]) -> None:
        self._zone, self._members, self._excluded = zone, tuple(members), excluded
        self._plain: Source | None = None
        # Two years of the table share a year of a member in another zone.
        self._member_year = lru_cache(maxsize=8 * max(len(members), 1))(_member_year)
        self.yearly = min(sum(member.yearly for member in members), 53 * 7 * DAY)
        always = any(member.even and member.yearly for member in members)
        self.even = always or all(member.even for member in members)
        ranges = [member.changes for member in members]
        own = _year_range(sorted(_years_of(excluded)))
        self.changes = (min(own[0], *(r[0] for r in ranges)), max(own[1], *(r[1] for r in ranges)))
        # Members may together close no gap in a century, or leave none: no search need look further than a cycle.
        low, high = min(self.changes[0], _SINGLE_CHANGES[0]), max(self.changes[1], _SINGLE_CHANGES[1])
        self.reach = self.changes if self.even else (low - _CYCLE, high + _CYCLE)

    def start(self, year: int) -> int:
        """See `Source.start`."""
        return zone_year(self._zone, year).start

    def open_before(self, year: int) -> bool:
        """See `Source.open_before`."""
        start = self.start(year)
        last = self._between(year - 1, start - DAY, start) if year > FIRST_YEAR else []
        return bool(last) and last[-1][1] == start

    def plain(self) -> Source:
        """See `Source.plain`."""
        if self._plain is None:
            self._plain = UnionSource(self._zone, [member.plain() for member in self._members], [])
        return self._plain

    def intervals(self, year: int) -> list[Stretch]:
        """See `Source.intervals`."""
        return self._between(year, self.start(year), self.start(year + 1))

    def total(self, year: int) -> int:
        """See `Source.total`; overlaps have no closed form."""
        return sum(b - a for a, b in self.intervals(year))

    def _between(self, year: int, low: int, high: int) -> list[Stretch]:
        """The intervals between two instants of a year."""
        found = merged(stretch for member in self._members for stretch in self._of(member, year, low, high))
        return without(found, self._excluded) if self._excluded else found

    def _of(self, member: Source, year: int, low: int, high: int) -> Iterator[Stretch]:
        """What a member holds there; its own year begins up to a day or so earlier or later."""
        for own in range(max(year - 1, FIRST_YEAR), min(year + 1, LAST_YEAR) + 1):
            if member.start(own) < high and member.start(own + 1) > low:
                yield from clipped(self._member_year(member, own), low, high)  # type: ignore[arg-type]


def _member_year(member: Source, year: int) -> list[Stretch]:
    return member.intervals(year)


def year_of(instant: int) -> int:
    """The year of an instant in UTC, give or take what a date can hold."""
    day = instant // DAY + EPOCH_DAY
    return date.fromordinal(min(max(day, 1), date.max.toordinal())).year


def _years_of(stretches: list[Stretch]) -> set[int]:
    return {year_of(instant) for stretch in stretches for instant in stretch}


def _year_range(years: Sequence[int]) -> tuple[int, int]:
    return (max(min(years) - 1, FIRST_YEAR), min(max(years) + 1, LAST_YEAR)) if years else (LAST_YEAR + 1, 0)


def _on_time_line(walls: list[Stretch], zone: ZoneYear) -> list[Stretch]:
    """Stretches of wall time as intervals of UTC: those lost in a gap vanish, those that meet there are one."""
    at = zone.at
    found: list[Stretch] = []
    end = zone.walls[0] - 10 * DAY
    for wall, until in walls:
        a, b = at(wall), at(until)
        if a < b:
            if a > end:
                found.append((a, b))
            else:
                found[-1] = (found[-1][0], b)
            end = b
    return found
