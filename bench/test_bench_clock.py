"""A due time by the business calendar against pandas and businesstimedelta, interleaved, as ratios.

Nothing here fails for being slow; it fails when the contestants do not agree on the answer.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import businesstimedelta
import pandas as pd
import pytest
import pytz

from bench.interleave import compare
from support_policy.clock.calendar import BusinessCalendar

ZONE = ZoneInfo("America/New_York")
START = datetime(2026, 7, 2, 15, 30, tzinfo=ZONE)
DAYS_OFF = [date(2026, 1, 1), date(2026, 7, 3), date(2026, 9, 7), date(2026, 11, 26), date(2026, 12, 25)]
WEEK = {day: [("09:00", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
CALENDAR = BusinessCalendar(timezone="America/New_York", hours=WEEK, holidays=DAYS_OFF)
HOURS = [2, 4, 8, 16]  # the targets of the shipped policy
SECOND = 1_000_000


def microseconds(t: datetime) -> int:
    return int(t.timestamp()) * SECOND


def by_pandas(hours: int) -> Any:
    offset = pd.offsets.CustomBusinessHour(n=hours, start="09:00", end="17:00", holidays=DAYS_OFF)
    start = pd.Timestamp(START)
    return lambda: start + offset


def by_businesstimedelta(hours: int) -> Any:
    zone = pytz.timezone("America/New_York")
    work = businesstimedelta.WorkDayRule(start_time=time(9), end_time=time(17), working_days=[0, 1, 2, 3, 4], tz=zone)
    rules = businesstimedelta.Rules([work, businesstimedelta.HolidayRule(DAYS_OFF, tz=zone)])
    delta = businesstimedelta.BusinessTimeDelta(rules, hours=hours)
    return lambda: START + delta


@pytest.mark.parametrize("hours", HOURS)
def test_one_due_time(hours: int) -> None:
    """Datetimes in, datetimes out, over a holiday and a weekend."""
    peers = {"pandas": by_pandas(hours), "businesstimedelta": by_businesstimedelta(hours)}
    seconds = hours * 3600
    due = CALENDAR.due(START, seconds)
    assert all(call() == due for call in peers.values())
    compare(f"due, {hours} h, datetimes", lambda: CALENDAR.due(START, seconds), peers)


@pytest.mark.parametrize("hours", HOURS)
def test_one_due_time_in_integers(hours: int) -> None:
    """The table alone: microseconds in, microseconds out."""
    peers = {"pandas": by_pandas(hours), "businesstimedelta": by_businesstimedelta(hours)}
    start, duration = microseconds(START), hours * 3600 * SECOND
    assert all(microseconds(call()) == CALENDAR.due_us(start, duration) for call in peers.values())
    compare(f"due, {hours} h, integers", lambda: CALENDAR.due_us(start, duration), peers)


def test_a_hundred_years_ahead() -> None:
    """A far due time costs a look-up too: compared with a near one."""
    start, near, far = microseconds(START), 3600 * SECOND, 100 * 250 * 8 * 3600 * SECOND
    compare(
        "due, 1 h against 100 years", lambda: CALENDAR.due_us(start, near), {"far": lambda: CALENDAR.due_us(start, far)}
    )


def test_a_first_question() -> None:
    """A new calendar answers its first question by building one year."""

    def first() -> datetime | None:
        return BusinessCalendar(timezone="America/New_York", hours=WEEK, holidays=DAYS_OFF).due(START, 3600)

    compare("due, 1 h, against a new calendar", lambda: CALENDAR.due(START, 3600), {"new": first})
