"""The years of an interval table: built when an instant falls in them, summed in closed form when not.

Instants and durations are integer microseconds (UTC, since 1970). Blocks never change once they can be seen, and all
sums count from one anchor: threads may do the same work twice but never see it half done or count differently.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from support_policy.clock.sources import Source, year_of
from support_policy.clock.zone import FIRST_YEAR, LAST_YEAR


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

    __slots__ = ("_anchors", "_years", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self._years = Years(0, [], [], [None])
        self._anchors: list[int] = []

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
        year = year_of(instant)
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
        for a, b in self.source.intervals(year):
            opens.append(a)
            closes.append(b)
            sums.append(top)
            top += b - a
        openings, closings = opens[1:], closes[1:]
        end = self.source.start(year + 1)
        if closings and closings[-1] == end:
            closings.pop()
        if self.source.open_before(year):
            if openings and openings[0] == start:
                openings.pop(0)
            else:
                closings.insert(0, start)
        shifts = [a - s for a, s in zip(opens, sums, strict=True)]
        return Block(year, opens, closes, sums, shifts, top, openings, closings)

    def _cover(self, first: int, last: int) -> Years:
        """Years that hold at least `first` to `last`, their intervals not built."""
        if first < FIRST_YEAR or last > LAST_YEAR:
            raise OverflowError("a business calendar reaches from the year 1 to the year 9999 of its zone, no further")
        years = self._years
        if not years.starts:
            self._anchors.append(first)  # whichever thread comes first, all count from item 0
            anchor = self._anchors[0]
            years = Years(anchor, [self.source.start(anchor)], [0], [None, None])
        if years.first <= first and last <= years.last:
            return years
        before = range(years.first - 1, first - 1, -1)
        after = range(years.last + 1, last + 1)
        starts, sums = years.starts.copy(), years.sums.copy()
        for year in after:
            sums.append(sums[-1] + self.source.total(year))
            starts.append(self.source.start(year + 1))
        low = sums[0]
        earlier: list[tuple[int, int]] = []
        for year in before:
            low -= self.source.total(year)
            earlier.append((self.source.start(year), low))
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
