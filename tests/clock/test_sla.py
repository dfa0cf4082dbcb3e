"""The SLA clock: business time over the stretches in which a clock ran."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.clock import sla
from support_policy.clock.calendar import BusinessCalendar

HOUR = 3_600_000_000
WEEK = {day: [("09:00", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
OFFICE = BusinessCalendar(timezone="UTC", hours=WEEK)
PATIENT = BusinessCalendar(timezone="UTC", hours=WEEK, exact_fit="next_opening")
ONCE = BusinessCalendar(timezone="UTC", hours={}, shifts={"2026-03-02": [("09:00", "12:00")]})


def at(day: int, hour: float) -> int:
    """An hour of a day of March 2026, which begins on a Sunday."""
    return int(datetime(2026, 3, day, tzinfo=UTC).timestamp()) * 1_000_000 + int(hour * HOUR)


@pytest.mark.parametrize(
    ("segments", "instant", "hours"),
    [
        ([], at(2, 12), 0),
        ([(at(2, 10), None)], at(2, 12), 2),
        ([(at(2, 10), None)], at(2, 9), 0),
        ([(at(2, 10), None)], at(2, 10), 0),
        ([(at(2, 10), None)], at(3, 10), 8),
        ([(at(2, 10), at(2, 11))], at(3, 10), 1),
        ([(at(2, 10), at(2, 14))], at(2, 11), 1),
        ([(at(2, 10), at(2, 11)), (at(2, 16), None)], at(3, 10), 3),
        ([(at(2, 10), at(2, 11)), (at(2, 16), None)], at(2, 12), 1),
        ([(at(1, 10), at(1, 20)), (at(2, 8), None)], at(2, 10), 1),
    ],
)
def test_worked_counts_only_while_the_clock_ran(segments: list[sla.Segment], instant: int, hours: float) -> None:
    """Open time counts within segments, up to the instant asked about."""
    assert sla.worked(OFFICE, segments, instant) == hours * HOUR


@pytest.mark.parametrize(
    ("calendar", "segments", "hours", "due"),
    [
        (OFFICE, [], 2, None),
        (OFFICE, [], 0, None),
        (OFFICE, [(at(2, 10), None)], 2, at(2, 12)),
        (OFFICE, [(at(2, 16), None)], 2, at(3, 10)),
        (OFFICE, [(at(2, 9), None)], 8, at(2, 17)),
        (OFFICE, [(at(1, 9), None)], 0, at(1, 9)),
        (OFFICE, [(at(1, 9), at(1, 10))], -1, at(1, 9)),
        (OFFICE, [(at(2, 10), at(2, 11))], 2, None),
        (OFFICE, [(at(2, 10), at(2, 12))], 2, at(2, 12)),
        (OFFICE, [(at(2, 10), at(2, 20))], 2, at(2, 12)),
        (OFFICE, [(at(2, 10), at(2, 11)), (at(2, 16), None)], 2, at(2, 17)),
        (OFFICE, [(at(2, 10), at(2, 11)), (at(2, 16), None)], 3, at(3, 10)),
        (OFFICE, [(at(2, 10), at(2, 11)), (at(2, 16), at(2, 17)), (at(4, 9), None)], 3, at(4, 10)),
        (PATIENT, [(at(2, 9), None)], 8, at(3, 9)),
        (PATIENT, [(at(2, 9), at(2, 20))], 8, None),
        (PATIENT, [(at(2, 9), at(2, 20)), (at(4, 12), None)], 8, at(4, 12)),
        (ONCE, [(at(2, 10), None)], 2, at(2, 12)),
        (ONCE, [(at(2, 10), None)], 3, None),
    ],
)
def test_due_is_when_the_time_worked_reaches_the_target(
    calendar: BusinessCalendar, segments: list[sla.Segment], hours: int, due: int | None
) -> None:
    """Due at the earliest instant with the target worked; None when the clock ends, or the calendar, before that."""
    assert sla.due(calendar, segments, hours * HOUR) == due


@given(st.lists(st.integers(0, 60 * 24 * 30), min_size=1, max_size=9, unique=True), st.integers(1, 60 * 60))
def test_the_time_worked_at_a_due_time_is_the_target(minutes: list[int], target: int) -> None:
    """Where a due time exists the time worked there is the target, and a microsecond before it is less."""
    ends: list[int | None] = [at(1, 0) + minute * HOUR // 60 for minute in sorted(minutes)]
    ends += [None] * (len(ends) % 2)
    segments = [(begin, end) for begin, end in zip(ends[::2], ends[1::2], strict=True) if begin is not None]
    due = sla.due(OFFICE, segments, target * HOUR // 60)
    if due is None:
        assert segments[-1][1] is not None
        assert sla.worked(OFFICE, segments, segments[-1][1]) < target * HOUR // 60
    else:
        assert sla.worked(OFFICE, segments, due) == target * HOUR // 60
        assert sla.worked(OFFICE, segments, due - 1) == target * HOUR // 60 - 1
