"""Due instants by looking them up: time cut into cells, in each of which they follow from the submission in one way.

By one calendar and one length, what is due moves with the submission (while the office is open) or stands still (while
it is closed). Where one becomes the other is known from the calendar's table: at its openings and closings, and so
long before each of these. Offices open at full hours, so these instants mostly fall on edges of cells; a cell in which
one lies is left out, and its tickets are asked of the table by bisection. Nothing is approximated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from support_policy.batch.columns.calendar import NEVER, CalendarColumns
from support_policy.clock.calendar import BusinessCalendar

Instants = npt.NDArray[np.int64]
Step = tuple[BusinessCalendar, int]

_MINUTE: Final = 60_000_000
_WIDTHS: Final = tuple(minutes * _MINUTE for minutes in (1440, 60, 30, 15, 5))
_FINEST: Final = 15 * _MINUTE
"""The width of cells where no width has every turning point on an edge."""
_MOST: Final = 4_000_000
"""The most cells that are kept, of eight bytes."""
_PAD: Final = 31 * 1440 * _MINUTE
_AHEAD: Final = 12 * _PAD
LEFT_OUT: Final = int(np.iinfo(np.int64).min)


class DueGrid:
    """Looks up what is due by each of some steps (a calendar and a length, more than 0).

    Row r of the grid is step r: a number >= 0 is added to the submission, one < 0 is what is due, negated, whenever it
    was submitted in the cell; `LEFT_OUT` stands where neither holds throughout.
    """

    def __init__(self, steps: Sequence[Step], tables: Sequence[CalendarColumns]) -> None:
        self._lengths = [length for _, length in steps]
        self._tables = tables
        self._fits = [calendar.closing_fits for calendar, _ in steps]
        # What fits exactly at a closing is still due then: cells hold their last instant rather than their first.
        self.late = int(bool(self._fits) and 2 * sum(self._fits) >= len(self._fits))
        self._low = self._high = 0
        self.width = 1
        self.cells = 0
        self.flat = np.empty(0, np.int64)
        self.whole = True
        """Whether no cell is left out."""

    @property
    def edges(self) -> Instants:
        """Where cells begin; with `late`, one microsecond after."""
        return self._low + self.width * np.arange(self.cells, dtype=np.int64)

    def cover(self, first: int, last: int) -> bool:
        """Have the cells reach from one instant to another, if that takes no more memory than they may; or whether."""
        if self._low < first and last < self._high:
            return True
        # What comes next mostly follows in time: as far again, so that filling takes no more time than looking up.
        low, high = first - _PAD, last + _AHEAD
        if self._high:
            more = self._high - self._low
            low = self._low if self._low < first else min(low, self._low - more)
            high = self._high if last < self._high else max(high, self._high + more)
        if not self._fits_in(high - low, _WIDTHS[1]):
            low, high = min(first - _PAD, self._low), max(last + _PAD, self._high)
        if not self._lengths or not self._fits_in(high - low, _WIDTHS[1]):
            return False
        self._fill(low, high)
        return True

    def _fits_in(self, span: int, width: int) -> bool:
        return span // width * len(self._lengths) <= _MOST

    def cell(self, at: Instants) -> Instants:
        """The cell of each instant that is covered."""
        found = at - (self._low + self.late)
        found //= self.width
        return found

    def _fill(self, low: int, high: int) -> None:
        turns = [self._turns(row, low, high) for row in range(len(self._lengths))]
        whole = next((w for w in _WIDTHS if all(not (some % w).any() for some in turns)), _FINEST)
        self.width = next(w for w in reversed(_WIDTHS) if w >= whole and self._fits_in(high - low, w))
        self._low = low // self.width * self.width
        self.cells = -(-(high - self._low) // self.width)
        self._high = self._low + self.cells * self.width
        edges = self.edges
        rows = [self._row(row, edges, some) for row, some in enumerate(turns)]
        self.flat = np.concatenate(rows)
        self.whole = not (self.flat == LEFT_OUT).any()

    def _turns(self, row: int, low: int, high: int) -> Instants:
        """Where what is due turns from moving to standing still, from standing still to moving, or leaps."""
        table, length = self._tables[row], self._lengths[row]
        ends = table.due(np.array([low, high], np.int64), length)
        table.cover(low, max(high, int(ends[ends != NEVER].max(initial=high))))
        some = table.closes > table.opens
        opens, closes, sums = table.opens[some], table.closes[some], table.sums[some]
        # Where two intervals touch, nothing turns.
        gap = opens[1:] > closes[:-1]
        opens, closes, sought = opens[1:][gap], closes[:-1][gap], sums[1:][gap] - length
        sought = sought[sought > 0]
        before = sought + table.shifts.take(table.sums.searchsorted(sought) - 1)
        turns = np.sort(np.concatenate((opens, closes, before)))
        found: Instants = turns[(low <= turns) & (turns <= high)]
        return found

    def _row(self, row: int, edges: Instants, turns: Instants) -> Instants:
        first = edges + self.late
        last = first + (self.width - 1)
        table, length = self._tables[row], self._lengths[row]
        one, two = table.due(first, length), table.due(last, length)
        moves = two - one == self.width - 1
        cells = np.where(moves, one - first, -one)
        # Turning points on an edge part cells; a turning point inside, or a calendar that never opens again, has none.
        inside = turns.searchsorted(edges + self.width) - turns.searchsorted(edges + 1)
        sound = (inside == 0) & (one != NEVER) & (two != NEVER) & (moves | (one == two)) & (one > 0)
        if self._fits[row] != bool(self.late) and turns.size:
            sound[:] = False
        cells[~sound] = LEFT_OUT
        return cells
