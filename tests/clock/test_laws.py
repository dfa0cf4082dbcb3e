"""Laws of business time that hold on any calendar, instant and duration."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from support_policy.clock.calendar import BusinessCalendar

SECOND = 1_000_000
HOUR = 3600 * SECOND
YEAR = 366 * 24 * HOUR
ZONES = ["UTC", "America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

clock_times = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
intervals = st.tuples(clock_times, st.one_of(clock_times, st.just("24:00")))
day_hours = st.one_of(st.just([("09:00", "17:00")]), st.just([("00:00", "24:00")]), st.lists(intervals, max_size=3))
dates = st.dates(date(2019, 12, 25), date(2022, 1, 10))
instants = st.integers(0, 3 * YEAR).map(lambda us: us + 1_560_000_000 * SECOND)
durations = st.one_of(st.integers(1, 40 * HOUR), st.integers(1, 2000).map(lambda hours: hours * HOUR // 2))


@st.composite
def calendars(draw: st.DrawFn) -> BusinessCalendar:
    return BusinessCalendar(
        timezone=draw(st.sampled_from(ZONES)),
        hours=draw(st.dictionaries(st.sampled_from(WEEKDAYS), day_hours, max_size=7)),
        holidays=draw(st.lists(dates, max_size=4)),
        shifts=draw(st.dictionaries(dates, st.lists(intervals, max_size=2), max_size=3)),
        breaks=draw(st.dictionaries(dates, st.lists(intervals, max_size=2), max_size=3)),
        overnight_holiday=draw(st.sampled_from(["masked", "owned"])),
    )


@given(calendars(), instants, durations)
def test_due_is_the_earliest_instant_with_that_much_worked(c: BusinessCalendar, t: int, d: int) -> None:
    """The time worked up to a due time is the duration, and a microsecond before it is less."""
    due = c.due_us(t, d)
    assume(due is not None)
    assert due is not None
    assert c.worked_us(t, due) == d
    assert c.worked_us(t, due - 1) == d - 1


@given(calendars(), instants, durations)
def test_before_is_the_latest_instant_with_that_much_worked(c: BusinessCalendar, t: int, d: int) -> None:
    """The time worked from the instant before is the duration, and from a microsecond later is less."""
    start = c.before_us(t, d)
    assume(start is not None)
    assert start is not None
    assert c.worked_us(start, t) == d
    assert c.worked_us(start + 1, t) == d - 1


@given(calendars(), instants, durations)
def test_due_and_before_undo_each_other(c: BusinessCalendar, t: int, d: int) -> None:
    """There and back again is the instant itself, rolled into open time."""
    due, start = c.due_us(t, d), c.before_us(t, d)
    assert due is None or c.before_us(due, d) == c.due_us(t, 0)
    assert start is None or c.due_us(start, d) == c.before_us(t, 0)
    assert c.due_us(t, -d) == start
    assert c.before_us(t, -d) == due


@given(calendars(), instants, durations, durations)
def test_a_duration_may_be_spent_in_two_parts(c: BusinessCalendar, t: int, d: int, more: int) -> None:
    """Due after a sum is due after its second part, counted from where the first is due."""
    first = c.due_us(t, d)
    assert c.due_us(t, d + more) == (None if first is None else c.due_us(first, more))


@given(calendars(), instants, instants, instants)
def test_worked_is_additive_and_antisymmetric(c: BusinessCalendar, a: int, b: int, d: int) -> None:
    """Open time adds up over any point between, and changes its sign when reversed."""
    assert c.worked_us(a, b) + c.worked_us(b, d) == c.worked_us(a, d)
    assert c.worked_us(a, b) == -c.worked_us(b, a)
    assert 0 <= c.worked_us(min(a, b), max(a, b)) <= abs(b - a)


@given(calendars(), instants, instants, durations, durations)
def test_due_is_monotone(c: BusinessCalendar, a: int, b: int, d: int, e: int) -> None:
    """What starts later or takes longer is not due earlier."""
    early, late = c.due_us(min(a, b), min(d, e)), c.due_us(max(a, b), max(d, e))
    assert late is None or (early is not None and early <= late)


@given(calendars(), instants, st.integers(0, 60 * 24).map(lambda hours: hours * HOUR))
def test_intervals_say_when_it_is_open(c: BusinessCalendar, t: int, span: int) -> None:
    """Intervals are apart and in order, open within and closed round about, and sum up to the time worked."""
    found = list(c._table.intervals(t, t + span))
    assert sum(b - a for a, b in found) == c.worked_us(t, t + span)
    assert all(b < a for (_, b), (a, _) in pairwise(found))
    for a, b in found:
        assert t <= a < b <= t + span
        assert c._table.is_open(a)
        assert c._table.is_open(b - 1)
        assert a == t or not c._table.is_open(a - 1)
        assert b == t + span or not c._table.is_open(b)


@given(calendars(), instants)
def test_boundaries_are_strictly_ordered(c: BusinessCalendar, t: int) -> None:
    """Next is after, previous is at or before, nothing lies between, and a boundary is its own previous one."""
    table = c._table
    for following, preceding, opens in (
        (table.next_open, table.previous_open, True),
        (table.next_close, table.previous_close, False),
    ):
        after, before = following(t), preceding(t)
        if after is not None:
            assert after > t
            assert preceding(after) == after
            assert preceding(after - 1) == before
            assert (table.is_open(after), table.is_open(after - 1)) == (opens, not opens)
        if before is not None:
            assert before <= t
            assert following(before) == after
            assert following(before - 1) == before
    if table.is_open(t):
        assert table.roll_forward(t) == t
    assert table.roll_back(t) == (t if table.is_open(t - 1) else table.previous_close(t))


@given(calendars(), instants, instants, durations)
def test_columns_give_the_same_answers(c: BusinessCalendar, a: int, b: int, d: int) -> None:
    """Two bisections in the flat columns are the table's answers."""
    opens, closes, sums = c.columns_us(min(a, b), max(a, b))

    def sum_at(t: int) -> int:
        i = bisect_right(opens, t) - 1
        return min(t, closes[i]) - opens[i] + sums[i]

    assert sum_at(b) - sum_at(a) == c.worked_us(a, b)
    target = sum_at(a) + d
    if target <= sums[-1]:
        i = bisect_left(sums, target) - 1
        assert opens[i] + target - sums[i] == c.due_us(a, d)


@given(calendars(), instants)
def test_years_sum_up_the_same_built_or_not(c: BusinessCalendar, t: int) -> None:
    """A span over years whose intervals were never built holds what those years hold once they are."""
    end = t + 12 * YEAR
    total = c.worked_us(t, end)
    assert len(c._table.built) == 2
    assert total == sum(b - a for a, b in c._table.intervals(t, end))
    years = [c._table.block_of(year) for year in c._table.built]
    # Of a calendar without exceptions only the outer years are ever built.
    assert all(year.top == after.sums[0] for year, after in pairwise(years) if after.year == year.year + 1)


@given(instants, st.floats(-1e6, 1e6))
def test_seconds_are_rounded_to_the_microsecond(t: int, seconds: float) -> None:
    """On a calendar that never closes a duration in float seconds is that long, to the nearest microsecond."""
    always = BusinessCalendar.always("UTC")
    start = always._local(t)
    due = always.due(start, seconds)
    assert due is not None
    assert abs((due - start) / timedelta(microseconds=1) - seconds * SECOND) <= 0.51
