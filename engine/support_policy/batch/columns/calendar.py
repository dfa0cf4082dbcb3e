"""Business time over columns: the calendar's interval table as arrays, its bisections as `searchsorted`.

Instants are int64 microseconds of UTC since 1970, durations int64 microseconds of open time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from support_policy.batch.columns.bisection import Bisection
from support_policy.clock.calendar import BusinessCalendar

Instants = npt.NDArray[np.int64]

NEVER: Final = int(np.iinfo(np.int64).max)
"""Stands where a calendar says None: it never opens (again)."""

_YEAR: Final = 366 * 86_400_000_000
_FIRST, _LAST = -2_208_988_800_000_000, 7_258_118_400_000_000
"""From 1900 to 2200: the arrays reach no further, what lies outside is asked of the calendar itself, one by one."""
_HUGE: Final = 2**62


class CalendarColumns:
    """A calendar's answers for many tickets, each equal to the calendar's own; None is `NEVER`.

    Raises OverflowError where the calendar does. The arrays grow with the questions: not to be shared between threads.
    """

    opens: Instants
    """The openings of the whole years covered so far. With i = opens.searchsorted(t, "right") - 1 the sum of open time
    at t is min(t, closes[i]) - shifts[i]; a sum s > 0 is reached with i = sums.searchsorted(s) - 1 at s + shifts[i].
    `cover` may put other arrays in place of these, with other sums."""
    closes: Instants
    sums: Instants
    shifts: Instants
    """`opens - sums`."""

    def __init__(self, calendar: BusinessCalendar) -> None:
        self.calendar = calendar
        self._fits = calendar.closing_fits
        self._low, self._high = _HUGE, -_HUGE
        self.opens = self.closes = self.sums = self.shifts = np.empty(0, np.int64)
        self._top = 0
        self._by_opening = self._by_sum = Bisection(self.opens, 0, 0)

    def cover(self, first: int, last: int) -> None:
        """Have the arrays hold at least the whole years of two instants. Raises OverflowError."""
        if self._low <= first and last <= self._high:
            return
        self._low, self._high = min(first, self._low), max(last, self._high)
        columns = self.calendar.columns_us(self._low, self._high)
        self.opens, self.closes, self.sums = (np.array(column, np.int64) for column in columns)
        self.shifts = self.opens - self.sums
        self._low = int(self.opens[0])
        self._top = int(self.sums[-1] + self.closes[-1] - self.opens[-1])
        self._by_opening = Bisection(self.opens, self._low, max(self._high, int(self.opens[-1])))
        self._by_sum = Bisection(self.sums, 0, self._top)

    def due(self, start: Instants, duration: int | Instants) -> Instants:
        """`BusinessCalendar.due_us` of each start; one duration for all, or one each."""
        if not isinstance(duration, np.ndarray):
            if abs(duration) >= _HUGE:
                return self._one_by_one(start, [duration] * start.size)
            return self._due(start, duration, (duration > 0) - (duration < 0))
        if not duration.size or duration.min() > 0:
            return self._due(start, duration, 1)
        found = np.empty_like(start)
        for sign in (1, 0, -1):
            mine = np.sign(duration) == sign
            found[mine] = self._due(start[mine], duration[mine], sign)
        return found

    def worked(self, start: Instants, end: Instants) -> Instants:
        """`BusinessCalendar.worked_us` of each start and end."""
        if not start.size:
            return start.copy()
        if self._within(start) and self._within(end):
            before = self._sums_at(start)
            return np.subtract(self._sums_at(end), before, out=before)
        near = _near(start) & _near(end)
        found = np.empty_like(start)
        found[near] = self.worked(start[near], end[near])
        pairs = zip(start[~near].tolist(), end[~near].tolist(), strict=True)
        found[~near] = [self.calendar.worked_us(a, b) for a, b in pairs]
        return found

    def is_open(self, t: Instants) -> npt.NDArray[np.bool_]:
        """Whether each instant lies in an interval: openings do, closings do not."""
        if not t.size or not self._within(t):
            return self.worked(t, t + 1).astype(np.bool_)
        return t < self.closes.take(self._by_opening.at_or_below(t) - 1)

    def _due(self, start: Instants, duration: int | Instants, sign: int) -> Instants:
        """`due` where all durations are of one sign: the sum of open time at the start, and where it reaches another.

        Where the sum stands still, from a closing to the next opening, `side` tells which of the two is meant.
        """
        if not start.size:
            return start.copy()
        if not self._within(start):
            near, durations = _near(start), np.broadcast_to(np.asarray(duration, np.int64), start.shape)
            found = np.empty_like(start)
            found[near] = self._due(start[near], durations[near], sign)
            found[~near] = self._one_by_one(start[~near], durations[~near].tolist())
            return found
        side: Literal["left", "right"] = "left" if sign and (sign > 0) is self._fits else "right"
        beyond = side == "left"
        target = self._sums_at(start) + duration
        lowest, highest = target.min(), target.max()
        while highest >= self._top + beyond and self._high < _LAST:
            # Only what is later is added: the sums stay what they are.
            self.cover(self._low, min(2 * self._high - self._low, _LAST))
        if beyond <= lowest and highest < self._top + beyond:
            i = self._by_sum.at_or_below(target - 1 if beyond else target)
            return target + self.shifts.take(i - 1)
        found = target + self.shifts.take(self.sums.searchsorted(target, side) - 1)
        outside = (target < beyond) | (target >= self._top + beyond)
        # Of one sign, the sum to be reached alone decides: years without an opening are searched once.
        _, example, again = np.unique(target[outside], return_index=True, return_inverse=True)
        durations = np.broadcast_to(np.asarray(duration, np.int64), start.shape)
        answers = self._one_by_one(start[outside][example], durations[outside][example].tolist())
        found[outside] = answers[again]
        return found

    def _sums_at(self, t: Instants) -> Instants:
        i = self._by_opening.at_or_below(t) - 1
        return np.minimum(t, self.closes.take(i)) - self.shifts.take(i)

    def _within(self, t: Instants) -> bool:
        """Whether the arrays reach, now at least, from the first to the last of some instants."""
        first, last = int(t.min()), int(t.max())
        if self._low <= first and last <= self._high:
            return True
        if first < _FIRST or last > _LAST:
            return False
        # A year to spare: answers lie around the questions.
        low = self._low if self._low <= first else max(first - _YEAR, _FIRST)
        high = self._high if last <= self._high else min(last + _YEAR, _LAST)
        self.cover(low, high)
        return True

    def _one_by_one(self, start: Instants, durations: Sequence[int]) -> Instants:
        found = (self.calendar.due_us(t, d) for t, d in zip(start.tolist(), durations, strict=True))
        return np.array([NEVER if end is None else end for end in found], np.int64)


def _near(t: Instants) -> npt.NDArray[np.bool_]:
    """Which instants the arrays may reach."""
    return (t >= _FIRST) & (t <= _LAST)
