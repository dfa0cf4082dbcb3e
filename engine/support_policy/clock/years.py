"""The years of an interval table: built when an instant falls in them, summed in closed form when not.

Instants and durations are integer microseconds (UTC, since 1970). Blocks never change once they can be seen, and all
sums count from one anchor: threads may do the same work twice but never see it half done or count differently.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from support_policy.clock.hours import Hours, Stretch, clipped, without
from support_policy.clock.zone import DAY, EPOCH_DAY, FIRST_YEAR, LAST_YEAR, ZoneYear, first_day, zone_year


@dataclass(frozen=True, slots=True)
class Block:
    """The intervals of one local year; item 0 of the first four lists is an empty interval at its start."""

    year: int
    opens: list[int]
    closes: list[int]
    sums: list[int]
    """Open time before each interval, counted from the anchor of the table."""
    shifts: list[int]
    """`opens[i] - sums[i]`: added to a sum that is reached within interval i, it gives the instant."""
    top: int
    """Open time at the end of the year, counted from the anchor."""
    openings: list[int]
    closings: list[int]
    """The boundaries within the year, its start included, its end not; none where two years are one opening."""


@dataclass(frozen=True, slots=True)
class Years:
    """Consecutive years: for n of them n + 1 starts and sums, and n + 2 blocks (the outer two are never built)."""

    first: int
    starts: list[int]
    sums: list[int]
    blocks: list[Block | None]

    @property
    def last(self) -> int:
        """The last year covered."""
        return self.first + len(self.starts) - 2


class YearTable:
    """The intervals of a calendar by local year. Raises OverflowError outside the years 1 to 9999 of its zone."""

    __slots__ = ("_anchors", "_excluded", "_hours", "_years", "_zone", "changes", "even")

    def __init__(self, zone: ZoneInfo, hours: Hours, excluded: list[Stretch]) -> None:
        self._zone = zone
        self._hours = hours
        self._excluded = excluded
        self._years = Years(0, [], [], [None])
        self._anchors: list[int] = []
        self.even = len(set(hours.plain)) == 1 and hours.plain[0] in {0, DAY}
        """Without exceptions the calendar would be always open or never: only exceptions make boundaries."""
        self.changes = self._change_years()
        """The years within which all exceptions lie, with a year to spare; (10000, 0) when there are none."""

    def _change_years(self) -> tuple[int, int]:
        years = set(self._hours.changed)
        for stretch in self._excluded:
            years |= {_year_of(instant) for instant in stretch}
        return (max(min(years) - 1, FIRST_YEAR), min(max(years) + 1, LAST_YEAR)) if years else (LAST_YEAR + 1, 0)

    @property
    def built(self) -> list[int]:
        """The years whose intervals have been built, in order."""
        return [block.year for block in self._years.blocks if block]

    def block_at(self, instant: int) -> Block:
        """The year that holds an instant."""
        years = self._years
        return years.blocks[bisect_right(years.starts, instant)] or self._built_at(instant)

    def block_of(self, year: int) -> Block:
        """A year by its number."""
        years = self._cover(year, year)
        return self._block(years, year - years.first + 1)

    def _built_at(self, instant: int) -> Block:
        year = _year_of(instant)
        years = self._cover(year, year)
        if instant < years.starts[0]:
            years = self._cover(year - 1, year)
        elif instant >= years.starts[-1]:
            years = self._cover(year, year + 1)
        return self._block(years, bisect_right(years.starts, instant))

    def _block(self, years: Years, index: int) -> Block:
        """The block at an index of `years.blocks`; only there is one ever put in place."""
        block = years.blocks[index]
        if block is None:
            block = self._build(years.first + index - 1, years.starts[index - 1], years.sums[index - 1])
            years.blocks[index] = block
        return block

    def _build(self, year: int, start: int, base: int) -> Block:
        opens, closes, sums, top = [start], [start], [base], base
        for a, b in self._intervals(year):
            opens.append(a)
            closes.append(b)
            sums.append(top)
            top += b - a
        openings, closings = opens[1:], closes[1:]
        end = zone_year(self._zone, year + 1).start
        if closings and closings[-1] == end:
            closings.pop()
        if self._open_before(year, start):
            if openings and openings[0] == start:
                openings.pop(0)
            else:
                closings.insert(0, start)
        shifts = [a - s for a, s in zip(opens, sums, strict=True)]
        return Block(year, opens, closes, sums, shifts, top, openings, closings)

    def _open_before(self, year: int, start: int) -> bool:
        """Whether an interval runs right up to the start of a year."""
        if year == FIRST_YEAR or any(a < start <= b for a, b in self._excluded):
            return False
        eve = first_day(year) - 1
        last = _on_time_line(self._hours.walls(eve, eve), zone_year(self._zone, year - 1))
        return bool(last) and last[-1][1] == start

    def _intervals(self, year: int) -> list[Stretch]:
        zone = zone_year(self._zone, year)
        if self.even and year not in self._hours.changed:
            found = [(zone.start, zone_year(self._zone, year + 1).start)] if self._hours.plain[0] else []
        else:
            found = _on_time_line(self._hours.walls(first_day(year), first_day(year + 1) - 1), zone)
        return without(found, self._excluded) if self._excluded else found

    def _total(self, year: int) -> int:
        """The open time of a year: fifty-two plain weeks and a rest, corrected on the days that may differ."""
        zone, hours = zone_year(self._zone, year), self._hours
        end = zone_year(self._zone, year + 1).start
        if clipped(self._excluded, zone.start, end):
            return sum(b - a for a, b in self._intervals(year))
        if self.even and year not in hours.changed:
            return end - zone.start if hours.plain[0] else 0
        first, beyond = first_day(year), first_day(year + 1)
        total = 52 * sum(hours.plain) + sum(hours.plain[(day - 1) % 7] for day in range(first + 364, beyond))
        for day in {*hours.changed.get(year, ()), *zone.odd_days}:
            found = _on_time_line(hours.walls(day, day), zone)
            total += sum(b - a for a, b in found) - hours.plain[(day - 1) % 7]
        return total

    def _cover(self, first: int, last: int) -> Years:
        """Years that hold at least `first` to `last`, their intervals not built."""
        if first < FIRST_YEAR or last > LAST_YEAR:
            raise OverflowError("a business calendar reaches from the year 1 to the year 9999 of its zone, no further")
        years = self._years
        if not years.starts:
            self._anchors.append(first)  # whichever thread comes first, all count from item 0
            anchor = self._anchors[0]
            years = Years(anchor, [zone_year(self._zone, anchor).start], [0], [None, None])
        if years.first <= first and last <= years.last:
            return years
        before = range(years.first - 1, first - 1, -1)
        after = range(years.last + 1, last + 1)
        starts, sums = years.starts.copy(), years.sums.copy()
        for year in after:
            sums.append(sums[-1] + self._total(year))
            starts.append(zone_year(self._zone, year + 1).start)
        low = sums[0]
        earlier: list[tuple[int, int]] = []
        for year in before:
            low -= self._total(year)
            earlier.append((zone_year(self._zone, year).start, low))
        earlier.reverse()
        blocks = [*years.blocks[:1], *[None] * len(before), *years.blocks[1:-1], *[None] * len(after), None]
        years = Years(
            years.first - len(before),
            [start for start, _ in earlier] + starts,
            [low for _, low in earlier] + sums,
            blocks,
        )
        self._years = years
        return years


def _year_of(instant: int) -> int:
    """The year of an instant in UTC, give or take what a date can hold."""
    day = instant // DAY + EPOCH_DAY
    return date.fromordinal(min(max(day, 1), date.max.toordinal())).year


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
