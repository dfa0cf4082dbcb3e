"""A calendar that knows no intervals: it walks the clock in steps of five minutes and looks at the wall. Slow, plain.

The wall it looks at never turns back: inside a repeated hour it stands still until the clock has caught up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

STEP = timedelta(minutes=5)
DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Minutes = list[tuple[int, int]]
"""Intervals as minutes after midnight; one that ends at or before its beginning ends on the next day."""


@dataclass(frozen=True)
class Walker:
    """The same calendar as a `BusinessCalendar` of the same definition, for a window of time."""

    timezone: str
    hours: dict[str, Minutes]
    holidays: list[date] = field(default_factory=list)
    shifts: dict[date, Minutes] = field(default_factory=dict)
    breaks: dict[date, Minutes] = field(default_factory=dict)
    owned: bool = False

    def steps(self, start: datetime, end: datetime) -> list[tuple[datetime, bool]]:
        """Each step from `start` to `end` (in UTC) with whether it is open."""
        zone = ZoneInfo(self.timezone)
        at, high, found = start - 2 * DAY, datetime.min, []  # noqa: DTZ901 - a wall time has no zone
        while at < end:
            high = max(high, at.astimezone(zone).replace(tzinfo=None, fold=0))
            if at >= start:
                found.append((at, self.open_on_wall(high)))
            at += STEP
        return found

    def intervals(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The runs of open steps."""
        runs = [list(run) for opened, run in groupby(self.steps(start, end), lambda step: step[1]) if opened]
        return [(run[0][0], run[-1][0] + STEP) for run in runs]

    def open_on_wall(self, wall: datetime) -> bool:
        """What the calendar says of a reading of the wall clock."""
        today, minute = wall.date(), wall.hour * 60 + wall.minute
        opened = covers(self.own(today), minute)
        if not opened and (self.owned or today not in self.holidays):
            opened = covers(self.own(today - DAY), minute + 1440)
        broken = covers(self.breaks.get(today, []), minute) or covers(self.breaks.get(today - DAY, []), minute + 1440)
        return opened and not broken

    def own(self, day: date) -> Minutes:
        """The intervals that begin on a date."""
        if day in self.holidays:
            return []
        return self.shifts[day] if day in self.shifts else self.hours.get(WEEKDAYS[day.weekday()], [])


def covers(intervals: Minutes, minute: int) -> bool:
    return any(a <= minute < (b if b > a else b + 1440) for a, b in intervals)


def utc(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def text(minutes: Minutes) -> list[tuple[str, str]]:
    """The intervals as a `BusinessCalendar` reads them."""
    return [(f"{a // 60:02}:{a % 60:02}", f"{b // 60:02}:{b % 60:02}") for a, b in minutes]
