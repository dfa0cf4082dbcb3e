"""Cron expressions by the clocks of a zone: in order, complete, the same wherever one begins to ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.clock.calendar import BusinessCalendar
from support_policy.clock.schedule import earlier, latest, upcoming

ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata")
CHANGES = {
    "Europe/London": ("2026-03-29T01:00", "2026-10-25T01:00"),
    "America/New_York": ("2026-03-08T07:00", "2026-11-01T06:00"),
    "Australia/Lord_Howe": ("2026-10-03T15:30", "2026-04-04T15:00"),
    "Pacific/Apia": ("2011-12-30T10:00", "2011-04-02T14:00"),
    "Asia/Kolkata": ("2026-01-01T00:00", "2026-01-01T00:00"),
}
EXPRESSIONS = ("30 1 * * *", "0 * * * *", "*/30 * * * *", "15,40 2 * * *", "0 9 * * *", "30 1,2 * * *", "0 12 30 12 *")


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(
    st.sampled_from(ZONES), st.booleans(), st.sampled_from(EXPRESSIONS), st.integers(-1800, 1800), st.integers(0, 2000)
)
def test_it_does_not_matter_where_one_begins_to_ask(zone: str, back: bool, cron: str, minutes: int, more: int) -> None:
    """Around every change of the clocks, what comes after an instant is the rest of what comes after an earlier one."""
    calendar = BusinessCalendar.always(zone)
    start = _utc(CHANGES[zone][back]) + timedelta(minutes=minutes)
    later = start + timedelta(minutes=more)
    end = later + timedelta(days=3)
    every = list(takewhile(lambda at: at <= end, upcoming(cron, calendar, start)))
    rest = list(takewhile(lambda at: at <= end, upcoming(cron, calendar, later)))
    assert every == sorted(set(every))
    assert [at for at in every if at > later] == rest
    assert latest(cron, calendar, start, later) == max((at for at in every if at <= later), default=None)


def test_a_time_that_the_clocks_leave_out_comes_after_the_gap() -> None:
    """It is moved on by the gap, and keeps its place among the others."""
    calendar = BusinessCalendar.always("Australia/Lord_Howe")
    got = islice(upcoming("15,40 2 * * *", calendar, _utc("2026-10-03T00:00")), 3)
    assert [f"{at:%d %H:%M}" for at in got] == ["04 02:40", "04 02:45", "05 02:15"]


@pytest.mark.parametrize(
    ("at", "by", "expected"),
    [
        ("2026-03-31T08:00", "day", "2026-03-30T08:00+01:00"),
        ("2026-03-30T08:00", "week", "2026-03-23T08:00+00:00"),
        ("2026-03-31T08:00", "month", "2026-02-28T08:00+00:00"),
        ("2026-01-01T08:00", "month", "2025-12-01T08:00+00:00"),
        ("2026-03-30T01:30", "day", "2026-03-29T02:30+01:00"),
    ],
)
def test_a_period_goes_back_by_the_clocks(at: str, by: str, expected: str) -> None:
    """A day, a week or a month before is the same time of day, whatever the clocks did meanwhile."""
    zone = BusinessCalendar.always("Europe/London").zone
    found = earlier(datetime.fromisoformat(at).replace(tzinfo=zone), by)
    assert found.isoformat(timespec="minutes") == expected
