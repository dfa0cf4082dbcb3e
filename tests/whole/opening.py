"""When a described calendar is open, looked up on the wall second by second. The wall never turns back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tests.whole.described import ALWAYS, Calendar, Policy, Stretches

HORIZON = 6 * 3600
"""How far after its beginning a story is looked at, in seconds."""


@lru_cache(maxsize=256)
def openings(calendar: Calendar, day: date, begins: int) -> tuple[bool, ...]:
    """For every second from `begins` (seconds after `day` began in UTC) to the horizon: whether it is open."""
    zone, special = ZoneInfo(calendar.zone), dict(calendar.special)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    highest, found = datetime.min, []  # noqa: DTZ901 - what a wall shows has no zone
    for half in range(begins // 30 - 360, (begins + HORIZON) // 30):
        # An offset from UTC changes at a whole minute only, and every opening here begins and ends at half a one.
        wall = (midnight + timedelta(seconds=half * 30)).astimezone(zone).replace(tzinfo=None, fold=0)
        behind, highest = wall < highest, max(highest, wall)
        if half * 30 >= begins:
            # What the wall showed last, before it was turned back, was the end of half a minute.
            shown = highest + timedelta(seconds=29) if behind else highest
            found += [shows_open(shown, calendar.hours, special)] * 30
    return tuple(found)


def shows_open(wall: datetime, hours: Stretches, special: dict[date, Stretches]) -> bool:
    """Whether the hours of the date on the wall hold its time."""
    second = wall.hour * 3600 + wall.minute * 60 + wall.second
    return any(a <= second < b for a, b in special.get(wall.date(), hours))


def open_seconds(policy: Policy) -> dict[str, tuple[bool, ...]]:
    """The openings of every calendar of a policy, by name, from the beginning of its stories."""
    made = {c.name: openings(c, policy.day, policy.begins) for c in policy.calendars if not c.any_of}
    made[ALWAYS] = (True,) * HORIZON
    for calendar in policy.calendars:
        if calendar.any_of:
            made[calendar.name] = tuple(map(any, zip(*(made[name] for name in calendar.any_of), strict=True)))
    return made
