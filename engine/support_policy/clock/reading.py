"""What a calendar is made of, read and checked: times of day, dates, weekdays, zones. Errors name value and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from support_policy.clock.hours import Stretches, merged
from support_policy.clock.zone import DAY, SECOND
from support_policy.source.diagnostics import did_you_mean

Zone = ZoneInfo
"""A time zone, as `zone_named` gives it."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?", re.ASCII)


def zone_named(name: str | ZoneInfo) -> ZoneInfo:
    """The zone of an IANA name. Raises ValueError with the nearest name."""
    if isinstance(name, ZoneInfo):
        return name
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):
        help_ = did_you_mean(str(name), sorted(available_timezones()))
        raise ValueError(
            f"unknown time zone {name!r}: expected an IANA name such as 'Europe/London'; {help_}"
        ) from None


def time_of_day(value: Any, where: str) -> int:
    """Microseconds since midnight of "HH:MM", "HH:MM:SS" or a `datetime.time`; "24:00" is the end of the day."""
    text = value.isoformat() if isinstance(value, time) else value
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found:
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        instant = (hour * 3600 + minute * 60 + second) * SECOND + int((found[4] or "0").ljust(6, "0"))
        if minute < 60 and second < 60 and instant <= DAY:
            return instant
    raise ValueError(f"bad time of day {value!r} in {where}: expected HH:MM from 00:00 to 24:00, such as '09:30'")


def stretches(value: Any, where: str) -> Stretches:
    """The stretches of one day, merged; one that closes at or before its opening ends on the next day."""
    pairs = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    found = []
    for pair in pairs:
        if isinstance(pair, str) or not isinstance(pair, Iterable) or len(ends := list(pair)) != 2:
            raise ValueError(f"bad interval {pair!r} in {where}: expected a pair such as ('09:00', '17:00')")
        a, b = (time_of_day(end, where) for end in ends)
        if a == DAY:
            raise ValueError(f"bad opening {ends[0]!r} in {where}: '24:00' can only close; expected '00:00' to '23:59'")
        found.append((a, b if b > a else b + DAY))
    return tuple(merged(found))


def week(hours: Mapping[str, Any]) -> tuple[Stretches, ...]:
    """The stretches of the seven weekdays, Monday first; a weekday not named is closed."""
    if not isinstance(hours, Mapping):
        raise ValueError(  # noqa: TRY004 - one error for every bad value
            f"bad hours {hours!r}: expected a mapping such as {{'mon': [('09:00', '17:00')]}}"
        )
    for name in hours:
        if name not in WEEKDAYS:
            raise ValueError(f"unknown weekday {name!r} in hours: {did_you_mean(str(name), WEEKDAYS)}")
    return tuple(stretches(hours.get(name, ()), f"hours of {name}") for name in WEEKDAYS)


def day_number(value: Any, where: str) -> int:
    """The ordinal of a date, given as `datetime.date` or "YYYY-MM-DD"."""
    try:
        if isinstance(value, str):
            return date.fromisoformat(value).toordinal()
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.toordinal()
    except ValueError:
        pass
    raise ValueError(f"bad date {value!r} in {where}: expected a date such as '2026-12-25'")


def by_day(days: Mapping[Any, Any], where: str) -> dict[int, Stretches]:
    """Stretches keyed by the ordinal of their date."""
    if not isinstance(days, Mapping):
        raise ValueError(  # noqa: TRY004 - one error for every bad value
            f"bad {where} {days!r}: expected a mapping such as {{'2026-12-24': [('09:00', '12:00')]}}"
        )
    return {day_number(day, where): stretches(value, f"{where} of {day}") for day, value in days.items()}


def shown(stretch: tuple[int, int]) -> tuple[str, str]:
    """A stretch of wall time as it would be written, such as ('22:00', '06:00')."""
    a, b = stretch
    return _clock_text(a), _clock_text(b if b <= DAY else b - DAY)


def _clock_text(wall: int) -> str:
    seconds, fraction = divmod(wall, SECOND)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    if seconds % 60 or fraction:
        text += f":{seconds % 60:02}"
    return f"{text}.{fraction:06}" if fraction else text
