"""The interval table: every question of business time as a bisection, in integer microseconds.

Instants are microseconds of UTC since 1970-01-01T00:00, durations microseconds of elapsed time; None means never
(again). Running sums of open time turn "when is it due" into "where does the sum reach this value".
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from operator import attrgetter

from support_policy.clock.hours import Stretch
from support_policy.clock.sources import Source
from support_policy.clock.years import Block, YearTable
from support_policy.clock.zone import FIRST_YEAR, LAST_YEAR

_OPENINGS = attrgetter("openings")
_CLOSINGS = attrgetter("closings")


class IntervalTable(YearTable):
    """Open time by bisection. Raises OverflowError where question or answer lies outside the years 1 to 9999."""

    __slots__ = ("_closing_fits",)

    def __init__(self, source: Source, *, closing_fits: bool) -> None:
        super().__init__(source)
        self._closing_fits = closing_fits

    def due(self, start: int, duration: int) -> int | None:
        """The earliest instant with `duration` open after `start`; 0 rolls forward, less than 0 looks back."""
        if duration <= 0:
            return self.before(start, -duration) if duration else self.roll_forward(start)
        years = self._years
        block = years.blocks[bisect_right(years.starts, start)] or self._built_at(start)
        i = bisect_right(block.opens, start) - 1
        close = block.closes[i]
        target = (start if start < close else close) - block.shifts[i] + duration
        if target <= block.top:
            end = target + block.shifts[bisect_left(block.sums, target, i) - 1]
            return end if self._closing_fits else self.roll_forward(end)
        later = self._due_later(target, block.year)
        return later if self._closing_fits or later is None else self.roll_forward(later)

    def before(self, end: int, duration: int) -> int | None:
        """The latest instant with `duration` open before `end`; 0 rolls back, less than 0 looks ahead."""
        if duration <= 0:
            return self.due(end, -duration) if duration else self.roll_back(end)
        start = self._begun_earlier(self.sum_at(end) - duration, self.block_at(end).year)
        return start if self._closing_fits or start is None else self.roll_back(start)

    def worked(self, start: int, end: int) -> int:
        """Open time from `start` to `end`; negative when they are reversed."""
        return self.sum_at(end) - self.sum_at(start)

    def sum_at(self, instant: int) -> int:
        """Open time up to an instant, counted from an anchor of the table's own: only differences mean anything."""
        years = self._years
        block = years.blocks[bisect_right(years.starts, instant)] or self._built_at(instant)
        i = bisect_right(block.opens, instant) - 1
        close = block.closes[i]
        return (instant if instant < close else close) - block.shifts[i]

    def _due_later(self, target: int, asked: int) -> int | None:
        """Where the sum reaches `target`, in a year after the one asked from."""
        years = self._cover(asked, asked)
        yearly, changes = self.source.yearly, self.source.changes
        while target > years.sums[-1]:
            if yearly:
                year = min(years.last + 1 + (target - years.sums[-1]) // yearly, max(years.last + 1, LAST_YEAR))
            elif years.last >= changes[1]:
                return None
            else:
                year = changes[1]
            years = self._cover(years.first, year)
        block = self._block(years, bisect_left(years.sums, target))
        return target + block.shifts[bisect_left(block.sums, target) - 1]

    def _begun_earlier(self, target: int, asked: int) -> int | None:
        """Where the sum leaves `target`, in the year asked from or before it."""
        years = self._cover(asked, asked)
        yearly, changes = self.source.yearly, self.source.changes
        while target < years.sums[0]:
            if yearly:
                year = max(years.first - 1 - (years.sums[0] - target) // yearly, min(years.first - 1, FIRST_YEAR))
            elif years.first <= changes[0]:
                return None
            else:
                year = changes[0]
            years = self._cover(year, years.last)
        block = self._block(years, bisect_right(years.sums, target))
        return target + block.shifts[bisect_right(block.sums, target) - 1]

    def is_open(self, instant: int) -> bool:
        """Whether an instant lies in an interval: openings do, closings do not."""
        block = self.block_at(instant)
        return instant < block.closes[bisect_right(block.opens, instant) - 1]

    def roll_forward(self, instant: int) -> int | None:
        """The instant itself when open, else the next opening."""
        return instant if self.is_open(instant) else self.next_open(instant)

    def roll_back(self, instant: int) -> int | None:
        """The instant itself when open time runs right up to it, else the closing before it."""
        return instant if self.is_open(instant - 1) else self.previous_close(instant)

    def next_open(self, instant: int) -> int | None:
        """The first opening strictly after an instant."""
        block = self.block_at(instant)
        i = bisect_right(block.openings, instant)
        return block.openings[i] if i < len(block.openings) else self._boundary(block, 1, _OPENINGS)

    def next_close(self, instant: int) -> int | None:
        """The first closing strictly after an instant."""
        block = self.block_at(instant)
        i = bisect_right(block.closings, instant)
        return block.closings[i] if i < len(block.closings) else self._boundary(block, 1, _CLOSINGS)

    def previous_open(self, instant: int) -> int | None:
        """The last opening at or before an instant."""
        block = self.block_at(instant)
        i = bisect_right(block.openings, instant)
        return block.openings[i - 1] if i else self._boundary(block, -1, _OPENINGS)

    def previous_close(self, instant: int) -> int | None:
        """The last closing at or before an instant."""
        block = self.block_at(instant)
        i = bisect_right(block.closings, instant)
        return block.closings[i - 1] if i else self._boundary(block, -1, _CLOSINGS)

    def _boundary(self, block: Block, step: int, boundaries: attrgetter[list[int]]) -> int | None:
        """The nearest boundary in the years after (`step` 1) or before (-1) a block."""
        year = block.year
        even, (first, last) = self.source.even, self.source.reach
        while True:
            year += step
            if even:
                year = max(year, first) if step > 0 else min(year, last)
            if not first <= year <= last:
                return None
            found = boundaries(self.block_of(year))
            if found:
                return found[0 if step > 0 else -1]

    def columns(self, start: int, end: int) -> tuple[list[int], list[int], list[int]]:
        """Openings, closings and running sums of the whole years that hold two instants, for vectorised bisection.

        With i = bisect_right(opens, t) - 1 the sum at t is min(t, closes[i]) - opens[i] + sums[i]; a sum s > 0 is
        reached with i = bisect_left(sums, s) - 1 at opens[i] + s - sums[i]. Some intervals are empty or touch.
        """
        first, last = self.block_at(start).year, self.block_at(end).year
        blocks = [self.block_of(year) for year in range(first, last + 1)]
        opens = [a for block in blocks for a in block.opens]
        closes = [b for block in blocks for b in block.closes]
        base = blocks[0].sums[0]
        return opens, closes, [s - base for block in blocks for s in block.sums]

    def intervals(self, start: int, end: int) -> Iterator[Stretch]:
        """The intervals between two instants, in order, clipped to them."""
        while start < end:
            opening = self.roll_forward(start)
            if opening is None or opening >= end:
                return
            closing = self.next_close(opening)
            start = end if closing is None else min(closing, end)
            yield opening, start
