"""The SLA clock: business time over the stretches during which a clock ran.

A segment is (from, to) in integer microseconds of UTC since 1970; `to` is None while the clock still runs. Segments are
in order and do not overlap; between them the clock was paused or stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

Segment = tuple[int, int | None]


class WorkingTime(Protocol):
    """What a clock asks of a calendar (`BusinessCalendar` answers)."""

    def due_us(self, start_us: int, duration_us: int) -> int | None:
        """The earliest instant with `duration_us` open after `start_us`."""

    def worked_us(self, start_us: int, end_us: int) -> int:
        """Open time between two instants."""


def worked(calendar: WorkingTime, segments: Sequence[Segment], at_us: int) -> int:
    """Business time, in microseconds, over the segments up to `at_us`."""
    return sum(
        calendar.worked_us(begin, at_us if end is None else min(end, at_us)) for begin, end in segments if begin < at_us
    )


def due(calendar: WorkingTime, segments: Sequence[Segment], target_us: int) -> int | None:
    """The earliest instant at which the time worked over the segments reaches `target_us`.

    None when the segments end before (the clock is paused or stopped), or the calendar does not open that long again.
    A target of zero or less is reached where the first segment begins.
    """
    if segments and target_us <= 0:
        return segments[0][0]
    for begin, end in segments:
        instant = calendar.due_us(begin, target_us)
        if end is None or (instant is not None and instant <= end):
            return instant
        target_us -= calendar.worked_us(begin, end)
    return None
