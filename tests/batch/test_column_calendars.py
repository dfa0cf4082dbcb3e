"""Business time over columns is that of the calendar, element by element."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.batch.columns.bisection import Bisection
from support_policy.batch.columns.calendar import NEVER, CalendarColumns
from support_policy.clock.calendar import BusinessCalendar
from support_policy.clock.union import UnionCalendar
from tests.clock.test_laws import HOUR, SECOND, YEAR, calendars, instants
from tests.clock.test_union import exclusions, unions
from tests.clock.test_walk import calendar_of, walkers
from tests.clock.walk import Walker, utc

ALL_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE = BusinessCalendar(timezone="Europe/London", hours={day: [("09:00", "17:30")] for day in ALL_WEEK[:5]})
durations = st.one_of(
    st.integers(-40 * HOUR, 40 * HOUR),
    st.integers(-200, 2000).map(lambda hours: hours * HOUR // 2),
    st.just(0),
)


@st.composite
def excluding(draw: st.DrawFn) -> UnionCalendar:
    """Calendars with maintenance cut out, under both readings of an exact fit."""
    members = dict(enumerate(draw(st.lists(calendars(), min_size=1, max_size=2))))
    fit = draw(st.sampled_from(["closing", "next_opening"]))
    return UnionCalendar(members, exclusions=draw(exclusions()), exact_fit=fit)  # type: ignore[arg-type]


any_calendar = st.one_of(calendars(), excluding(), unions())


def us(text: str) -> int:
    return round(datetime.fromisoformat(text).astimezone(UTC).timestamp()) * SECOND


def check_due(calendar: BusinessCalendar, columns: CalendarColumns, starts: list[int], lasting: list[int]) -> None:
    wanted = [calendar.due_us(t, d) for t, d in zip(starts, lasting, strict=True)]
    found = columns.due(np.array(starts, np.int64), np.array(lasting, np.int64))
    assert found.tolist() == [NEVER if end is None else end for end in wanted]


def check_worked(calendar: BusinessCalendar, columns: CalendarColumns, starts: list[int], ends: list[int]) -> None:
    wanted = [calendar.worked_us(a, b) for a, b in zip(starts, ends, strict=True)]
    assert columns.worked(np.array(starts, np.int64), np.array(ends, np.int64)).tolist() == wanted


@given(any_calendar, st.lists(st.lists(st.tuples(instants, durations, instants), max_size=12), min_size=1, max_size=3))
def test_columns_answer_as_the_calendar(c: BusinessCalendar, chunks: list[list[tuple[int, int, int]]]) -> None:
    """Due times, open time and state of many tickets are those of each, in any order, chunk by chunk."""
    columns = CalendarColumns(c)
    for chunk in chunks:
        starts, lasting, ends = [t for t, _, _ in chunk], [d for _, d, _ in chunk], [e for _, _, e in chunk]
        check_due(c, columns, starts, lasting)
        check_worked(c, columns, starts, ends)
        assert columns.is_open(np.array(starts, np.int64)).tolist() == [c._table.is_open(t) for t in starts]


@given(any_calendar, st.lists(instants, max_size=8), durations)
def test_one_duration_may_serve_for_all(c: BusinessCalendar, starts: list[int], lasting: int) -> None:
    """A duration for all tickets gives what as many equal ones give."""
    found = CalendarColumns(c).due(np.array(starts, np.int64), lasting)
    each = [c.due_us(t, lasting) for t in starts]
    assert found.tolist() == [NEVER if end is None else end for end in each]


@given(excluding(), st.data())
def test_boundaries_are_where_the_calendar_has_them(c: UnionCalendar, data: st.DataObject) -> None:
    """From and up to openings and closings, to the microsecond, an exact fit included."""
    start = data.draw(instants)
    edges = [edge for pair in c._table.intervals(start, start + 30 * 24 * HOUR) for edge in pair][:12]
    near = [edge + step for edge in edges for step in (-1, 0, 1)] or [start]
    pairs = [(a, b) for a in near[:9] for b in near]
    starts, ends = [a for a, _ in pairs], [b for _, b in pairs]
    columns = CalendarColumns(c)
    check_worked(c, columns, starts, ends)
    check_due(c, columns, starts, [c.worked_us(a, b) for a, b in pairs])


@given(walkers(), st.lists(st.tuples(st.integers(0, 8 * 288 - 1), st.integers(-600, 600)), max_size=20))
def test_odd_days_are_counted_as_the_calendar_counts_them(
    made: tuple[Walker, date], asked: list[tuple[int, int]]
) -> None:
    """Round hours that happen twice or never, and days that never were, columns and calendar agree."""
    walker, odd = made
    calendar = calendar_of(walker)
    begin = round(utc(odd).timestamp()) * SECOND - 96 * HOUR
    starts = [begin + step * 300 * SECOND for step, _ in asked]
    check_due(calendar, CalendarColumns(calendar), starts, [minutes * 60 * SECOND for _, minutes in asked])
    check_worked(calendar, CalendarColumns(calendar), starts, starts[::-1])


def test_the_hour_that_happens_twice_is_worked_once() -> None:
    """A shift over the end of summer time is as long as its wall says, from both passes of the hour alike."""
    night = BusinessCalendar(timezone="Europe/London", hours={day: [("00:00", "06:00")] for day in ALL_WEEK})
    columns = CalendarColumns(night)
    first, second = us("2024-10-27T01:30+01:00"), us("2024-10-27T01:30+00:00")
    starts = [first, second, first + HOUR // 4]
    check_due(night, columns, starts, [4 * HOUR] * 3)
    check_worked(night, columns, starts, [us("2024-10-27T06:00+00:00")] * 3)


SELDOM = {
    "never": BusinessCalendar(timezone="UTC", hours={}),
    "always": BusinessCalendar.always("Europe/London"),
    "once": BusinessCalendar(timezone="UTC", hours={}, shifts={"2031-05-05": [("09:00", "10:00")]}),
    "office": OFFICE,
    "moved": BusinessCalendar(timezone="UTC", hours={"mon": [("09:00", "10:00")]}, exact_fit="next_opening"),
}


@pytest.mark.parametrize("calendar", SELDOM.values(), ids=SELDOM)
def test_answers_may_lie_far_from_the_questions(calendar: BusinessCalendar) -> None:
    """Decades later, never, or in centuries that the arrays do not reach: the calendar's own answers."""
    now = us("2020-06-01T12:00+00:00")
    years = [-500, -130, -119, -40, -1, 0, 1, 40, 179, 181, 700]
    starts = [now + y * YEAR for y in years]
    columns = CalendarColumns(calendar)
    for lasting in (1, HOUR, -HOUR, 0, 3000 * HOUR, 100_000 * HOUR):
        check_due(calendar, columns, starts, [lasting] * len(starts))
    check_worked(calendar, columns, starts, [now] * len(starts))
    check_worked(calendar, columns, [now] * len(starts), starts)
    assert columns.is_open(np.array(starts)).tolist() == [calendar._table.is_open(t) for t in starts]


@pytest.mark.parametrize("lasting", [2**61, -(2**61), 2**63 - 1, -(2**63), 2**70])
def test_what_lies_beyond_all_years_is_refused_as_the_calendar_refuses_it(lasting: int) -> None:
    """A due time after the year 9999 or before the year 1 is an OverflowError, of however large a duration."""
    start = np.array([us("2024-01-01T12:00+00:00")])
    with pytest.raises(OverflowError):
        CalendarColumns(OFFICE).due(start, lasting)
    if abs(lasting) < 2**64 // 2:
        with pytest.raises(OverflowError):
            CalendarColumns(OFFICE).due(start, np.array([lasting]))


@given(any_calendar, st.lists(st.tuples(instants, durations, instants), min_size=1, max_size=12))
def test_thousands_are_answered_as_each_is(c: BusinessCalendar, asked: list[tuple[int, int, int]]) -> None:
    """Where so many are asked that a grid is laid over the calendar, the answers stay the same."""
    few, many = CalendarColumns(c), CalendarColumns(c)
    start, lasting, end = (np.array(column, np.int64) for column in zip(*asked, strict=True))
    times = 600
    assert (many.due(np.tile(start, times), np.tile(lasting, times)) == np.tile(few.due(start, lasting), times)).all()
    assert (many.worked(np.tile(start, times), np.tile(end, times)) == np.tile(few.worked(start, end), times)).all()
    assert (many.is_open(np.tile(start, times)) == np.tile(few.is_open(start), times)).all()


@given(
    st.lists(st.integers(0, 50) | st.integers(0, 2**50), min_size=1, max_size=40),
    st.integers(-(2**55), 2**55),
    st.lists(st.integers(0, 2**50), min_size=1, max_size=40),
)
def test_a_grid_finds_what_a_search_finds(gaps: list[int], low: int, numbers: list[int]) -> None:
    """How many keys are no greater, of keys that repeat, lie close together or far apart, and of numbers on them."""
    keys = np.array(sorted(low + gap for gap in [0, *gaps]), np.int64)
    high = low + 2**50
    on_keys = [key + step for key in keys.tolist() for step in (-1, 0, 1)]
    asked = np.array(
        [n for n in [*(low + n for n in numbers), *on_keys, low, high] if low <= n <= high] * 300, np.int64
    )
    found = Bisection(keys, low, high).at_or_below(asked)
    assert (found == keys.searchsorted(asked, "right")).all()


def test_the_arrays_are_there_for_others() -> None:
    """Once covered, openings, closings and sums answer by the bisections they are described with."""
    columns = CalendarColumns(OFFICE)
    start = us("2024-03-28T16:30+00:00")
    columns.cover(start, start + YEAR)
    i = columns.opens.searchsorted(start, "right") - 1
    total = min(start, columns.closes[i]) - columns.shifts[i] + 2 * HOUR
    k = columns.sums.searchsorted(total) - 1
    assert total + columns.shifts[k] == OFFICE.due_us(start, 2 * HOUR)
    assert (columns.opens - columns.sums == columns.shifts).all()
