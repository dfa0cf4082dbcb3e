"""Recurring instants by cron expression: the only home of `croniter`, imported where it is used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support_policy.clock.calendar import BusinessCalendar

_START = datetime(2000, 1, 1)  # noqa: DTZ001 - wall time, by which cron expressions are read
_LONGEST_GAP = timedelta(hours=25)
"""Somewhat longer than what clocks ever left out at once: Samoa, a day."""
_MAX_SKIPPED = 3_000
"""Openings without a single firing after which a schedule is taken never to fire while open."""
_WORD = re.compile(r"[a-z]+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORDS = frozenset((*_MONTHS, "sun", "mon", "tue", "wed", "thu", "fri", "sat", "l"))


def cron_problem(expression: str) -> str | None:
    """What is wrong with a cron expression (minute, hour, day of month, month, day of week), or None."""
    fields = expression.lower().split()
    if len(fields) != 5:
        return f"it has {len(fields)} fields; expected five: minute hour day-of-month month day-of-week"
    # The library also reads `r` (a random minute) and `h` (a hash): a policy means the same every time it is read.
    strange = [word for field in fields for word in _WORD.findall(field) if word not in _WORDS]
    if strange:
        return f"`{strange[0]}` is no month or weekday"
    from croniter import croniter

    try:
        croniter(expression.lower(), _START).get_next(datetime)
    except ValueError as problem:
        return str(problem).replace(f"[{expression.lower()}]", "it").strip()
    return None


def upcoming(
    expression: str, calendar: BusinessCalendar, start: datetime, *, only_when_open: bool = False
) -> Iterator[datetime]:
    """The instants strictly after `start` (aware) at which a checked expression fires, in the calendar's zone.

    They never end, unless there is none (or none while open, in some ten years). Wall times are those of the zone: one
    inside a DST gap is moved on by the gap, one that happens twice fires the first time only. With `only_when_open`,
    instants at which the calendar is closed are left out.
    """
    zone = calendar.zone
    instants = _instants(expression.lower(), zone, start.astimezone(UTC))
    skipped = 0
    while skipped < _MAX_SKIPPED:
        at = next(instants, None)
        if at is None:
            return
        if not only_when_open or calendar.is_open(at):
            skipped = 0
            yield at.astimezone(zone)
            continue
        opening = calendar.next_open(at)
        if opening is None:
            return
        skipped += 1
        instants = _instants(expression.lower(), zone, opening.astimezone(UTC) - timedelta(microseconds=1))


def _instants(expression: str, zone: tzinfo, start: datetime) -> Iterator[datetime]:
    """The instants after `start`, in UTC and in order."""
    from croniter import croniter

    # Just after a gap, wall times inside it are still to come: they were moved on by its length.
    jump = start.astimezone(zone).utcoffset() - (start - _LONGEST_GAP).astimezone(zone).utcoffset()  # type: ignore[operator]
    wall_before = start.astimezone(zone).replace(tzinfo=None, fold=0) - max(jump, timedelta(0))
    walls, last = croniter(expression, wall_before), start
    moved: list[datetime] = []
    while True:
        try:
            wall: datetime = walls.get_next(datetime)
        except ValueError:
            yield from (at for at in moved if at > last)
            return
        at = wall.replace(tzinfo=zone).astimezone(UTC)
        if at.astimezone(zone).replace(tzinfo=None, fold=0) != wall:
            moved.append(at)  # later, perhaps, than what the clocks show after the gap
            continue
        while moved and moved[0] <= at:
            first = moved.pop(0)
            if first > last:
                last = first
                yield first
        if at > last:
            last = at
            yield at


def latest(
    expression: str, calendar: BusinessCalendar, after: datetime, until: datetime, *, only_when_open: bool = False
) -> datetime | None:
    """The last instant after `after`, at or before `until`, at which a checked expression fires; see `upcoming`.

    How long a time lies between the two does not matter.
    """
    reach = timedelta(hours=1)
    while True:
        # Looked for near the end first: an expression of every minute fires half a million times a year.
        start = max(after, until - reach)
        found = None
        for at in upcoming(expression, calendar, start, only_when_open=only_when_open):
            if at > until:
                break
            found = at
        if found is not None or start <= after:
            return found
        reach *= 24


def earlier(at: datetime, by: str) -> datetime:
    """The same time of day a `day`, a `week` or a `month` earlier, by the clocks of the zone that `at` is in.

    A month before a day that the month before does not have is its last day.
    """
    wall = at.replace(tzinfo=None, fold=0)
    if by == "month":
        first = wall.replace(day=1)
        last = first - timedelta(days=1)
        wall = last.replace(day=min(wall.day, last.day))
    else:
        wall -= timedelta(days=7 if by == "week" else 1)
    return wall.replace(tzinfo=at.tzinfo).astimezone(UTC).astimezone(at.tzinfo)
