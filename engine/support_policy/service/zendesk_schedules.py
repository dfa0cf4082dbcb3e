"""Schedules and holidays of an export: minutes of the week to hours by weekday, dates to days off."""

from __future__ import annotations

from datetime import date

from support_policy.service.zendesk_json import At
from support_policy.service.zendesk_model import Holiday, Schedule, Week
from support_policy.service.zendesk_zones import ZONES, iana_name
from support_policy.source.diagnostics import did_you_mean
from support_policy.source.values import MAX_PAIRS
from support_policy.source.words import parse_date

DAY = 24 * 60
WEEK = 7 * DAY
MAX_DAYS = 3_660
_PLAUSIBLE = range(1900, 2201)


def read_schedule(at: At) -> Schedule | None:
    """The schedule at `at`, or None after diagnostics."""
    name_at = at.need("name", "the schedule's name")
    name = name_at.text() if name_at else None
    zone_at = at.need("time_zone", "such as `Eastern Time (US & Canada)`")
    said = zone_at.text() if zone_at else None
    zone = iana_name(said) if said else None
    if zone_at and said and zone is None:
        zone_at.wrong("Z608", f"there is no time zone `{said[:60]}`", did_you_mean(said, ZONES))
    intervals = at.need("intervals", "the hours of the week, which may be an empty list")
    week = read_week(intervals) if intervals else None
    id_at = at.get("id")
    id = id_at.id() if id_at else f"{at.place.file}{at.place}"
    if not name or not zone or said is None or week is None or id is None:
        return None
    return Schedule(id, name, zone, said, week, at.place)


def read_week(at: At) -> Week | None:
    """The hours of Monday to Sunday from intervals in minutes since Sunday 00:00; None after diagnostics."""
    kept: list[tuple[int, int, At]] = []
    bad = not isinstance(at.value, list)
    for item in at.items():
        pair = _interval(item) if item.object() else None
        if pair is None:
            bad = True
        else:
            kept.append((*pair, item))
    kept.sort(key=lambda entry: entry[:2])
    open_until, last = 0, None
    for start, end, item in kept:
        if last is not None and start < open_until:
            said = f"{shown(start)} to {shown(end)} overlaps another interval"
            related = (("the other one", last.span),)
            item.wrong("Z607", said, "intervals stand apart, or touch", related=related)
            bad = True
        if end > open_until:
            open_until, last = end, item
    if bad:
        return None
    days = _by_day([(start, end) for start, end, _ in kept])
    crowded = next((day for day in days if len(day) > MAX_PAIRS), None)
    if crowded:
        at.wrong(
            "Z607", f"one day opens {len(crowded)} times; at most {MAX_PAIRS} are read", "join what belongs together"
        )
        return None
    return tuple(tuple(day) for day in days)


def _interval(at: At) -> tuple[int, int] | None:
    ends = []
    for key in ("start_time", "end_time"):
        value = at.need(key, "minutes since Sunday 00:00")
        ends.append(value.whole() if value else None)
    start, end = ends
    if start is None or end is None:
        return None
    if not 0 <= start < WEEK or not 0 <= end <= WEEK:
        said = f"{_number(start)} to {_number(end)} runs over the week, which has the minutes 0 to {WEEK:,}"
        at.wrong("Z607", said, "an interval over the end of the week is two: until 10080, and from 0")
        return None
    if end <= start:
        at.wrong("Z607", f"{start} to {end} ends before it begins", "`start_time` comes before `end_time`")
        return None
    return start, end


def _number(value: int) -> str:
    text = str(value)
    return text if len(text) <= 20 else f"{text[:17]}..."


def shown(minute: int) -> str:
    """A minute of Zendesk's week as `Mon 09:00`."""
    day = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sat")[minute // DAY]
    within = DAY if minute == WEEK else minute % DAY
    return f"{day} {clock(within)}"


def clock(minute: int) -> str:
    """A minute of the day as `09:00`; the end of the day is `24:00`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _by_day(intervals: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Sorted intervals, cut at midnight and joined where they touch, for Monday to Sunday."""
    days: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for start, end in intervals:
        at = start
        while at < end:
            midnight = (at // DAY + 1) * DAY
            until = min(end, midnight)
            stretches = days[(at // DAY - 1) % 7]
            opening, closing = at % DAY, until - (midnight - DAY)
            if stretches and stretches[-1][1] == opening:
                opening = stretches.pop()[0]
            stretches.append((opening, closing))
            at = until
    return days


def read_holiday(at: At, schedule: str) -> Holiday | None:
    """The holiday at `at`, of the schedule with this id (empty: not known); None after diagnostics."""
    name_at = at.need("name", "the holiday's name")
    name = name_at.text() if name_at else None
    first, last = (_date(at, key) for key in ("start_date", "end_date"))
    if name is None or first is None or last is None:
        return None
    if last < first or (last - first).days > MAX_DAYS:
        at.wrong("Z609", f"{first} to {last} is no holiday", "`start_date` comes first, and ten years are the most")
        return None
    return Holiday(name, first, last, schedule, at.place)


def _date(at: At, key: str) -> date | None:
    value = at.need(key, "a date such as `2026-12-25`")
    text = value.text() if value else None
    if value is None or text is None:
        return None
    # The API's reference calls it ISO 8601: a time of day may follow, and says nothing.
    day = parse_date(text[:10]) if len(text) == 10 or text[10:11] == "T" else None
    if day is None or day.year not in _PLAUSIBLE:
        value.wrong("Z609", f"`{text[:60]}` is no date", "write it as `2026-12-25`")
        return None
    return day
