"""Public holidays as plain JSON data that gives them back whole: what is kept of them between runs, and for good."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import Any

from support_policy.clock.holidays import Holidays


def kept_holidays(found: Holidays) -> dict[str, Any]:
    """Holidays as they are kept."""
    return {
        "country": found.country,
        "subdivision": found.subdivision,
        "dates": {day.isoformat(): name for day, name in found.dates.items()},
        "workdays": [day.isoformat() for day in found.workdays],
        "library": found.library,
        "horizon": list(found.horizon),
        "substituted_until": found.substituted_until,
    }


def holidays_of(data: Any, years: range) -> Holidays:
    """The holidays that were kept. Raises KeyError, TypeError or ValueError for other data, or days of other years."""
    dates, until, (first, last) = data["dates"], data["substituted_until"], data["horizon"]
    if not isinstance(dates, dict) or not all(isinstance(name, str) for name in dates.values()):
        raise TypeError
    if type(first) is not int or type(last) is not int or type(until) not in (int, type(None)):
        raise TypeError
    days = {date.fromisoformat(day): name for day, name in dates.items()}
    if not all(day.year in years for day in days):
        raise ValueError
    workdays = tuple(map(date.fromisoformat, data["workdays"]))
    library = data["library"]
    return Holidays(
        data["country"], data["subdivision"], MappingProxyType(days), workdays, library, (first, last), until
    )
