"""The interval table against a slow walk along the wall clock, on random calendars round the days that go wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from support_policy.clock.calendar import BusinessCalendar
from tests.clock.walk import DAY, STEP, WEEKDAYS, Minutes, Walker, text, utc

ODD_DAYS = [
    ("America/Los_Angeles", date(2024, 3, 10)),
    ("America/New_York", date(2024, 11, 3)),
    ("Europe/London", date(2024, 3, 31)),
    ("Europe/Berlin", date(2024, 10, 27)),
    ("Australia/Lord_Howe", date(2024, 4, 7)),
    ("Australia/Lord_Howe", date(2024, 10, 6)),
    ("America/Havana", date(2024, 3, 10)),
    ("America/Havana", date(2024, 11, 3)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("Asia/Beirut", date(2024, 3, 31)),
    ("Africa/Casablanca", date(2024, 4, 14)),
    ("Antarctica/Troll", date(2024, 10, 27)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Pyongyang", date(2018, 5, 5)),
    ("Asia/Kathmandu", date(2024, 1, 1)),
    ("America/St_Johns", date(2025, 1, 1)),
    ("UTC", date(2024, 2, 29)),
]

clock_times = st.integers(0, 287).map(lambda step: step * 5)
pairs = st.tuples(clock_times, st.one_of(clock_times, st.just(1440)))
day_hours = st.one_of(st.just([(0, 1440)]), st.just([(540, 1020)]), st.lists(pairs, max_size=3))


@st.composite
def walkers(draw: st.DrawFn) -> tuple[Walker, date]:
    zone, odd = draw(st.sampled_from(ODD_DAYS))
    near = [odd + n * DAY for n in range(-2, 3)]
    some = st.lists(st.sampled_from(near), max_size=2, unique=True)
    hours: dict[str, Minutes] = draw(st.dictionaries(st.sampled_from(WEEKDAYS), day_hours, max_size=7))
    walker = Walker(
        timezone=zone,
        hours=hours,
        holidays=draw(some),
        shifts=draw(st.dictionaries(st.sampled_from(near), day_hours, max_size=2)),
        breaks=draw(st.dictionaries(st.sampled_from(near), st.lists(pairs, max_size=2), max_size=2)),
        owned=draw(st.booleans()),
    )
    return walker, odd


def calendar_of(walker: Walker) -> BusinessCalendar:
    return BusinessCalendar(
        timezone=walker.timezone,
        hours={day: text(minutes) for day, minutes in walker.hours.items()},
        holidays=walker.holidays,
        shifts={day: text(minutes) for day, minutes in walker.shifts.items()},
        breaks={day: text(minutes) for day, minutes in walker.breaks.items()},
        overnight_holiday="owned" if walker.owned else "masked",
    )


@given(walkers())
def test_intervals_are_what_a_walk_finds(made: tuple[Walker, date]) -> None:
    """The intervals of a week round an odd day are the open stretches that a walk along the clock meets."""
    walker, odd = made
    start, end = utc(odd) - 4 * DAY, utc(odd) + 4 * DAY
    found = [(a.astimezone(UTC), b.astimezone(UTC)) for a, b in calendar_of(walker).intervals(start, end)]
    assert found == walker.intervals(start, end)


@given(walkers(), st.integers(0, 8 * 288 - 1), st.integers(0, 8 * 288 - 1))
def test_questions_are_answered_as_a_walk_answers(made: tuple[Walker, date], first: int, second: int) -> None:
    """State, open time, due times and boundaries agree with counting the steps of a walk."""
    walker, odd = made
    calendar = calendar_of(walker)
    start, end = utc(odd) - 4 * DAY, utc(odd) + 4 * DAY
    steps = walker.steps(start, end)
    low, high = sorted((start + first * STEP, start + second * STEP))
    opened = [at for at, is_open in steps if is_open and low <= at < high]
    seconds = len(opened) * 300
    assert calendar.worked(low, high) == seconds
    assert calendar.is_open(low) == (low in opened if low < high else calendar.is_open(high))
    if opened:
        assert same(calendar.due(low, seconds), opened[-1] + STEP)
        assert same(calendar.before(high, seconds), opened[0])
    edges = [(at, now) for (_, then), (at, now) in pairwise(steps) if then != now]
    assert expected(calendar.next_open(low), [at for at, now in edges if now and at > low][:1], end)
    assert expected(calendar.next_close(low), [at for at, now in edges if not now and at > low][:1], end)
    assert expected_back(calendar.previous_open(high), [at for at, now in edges if now and at <= high][-1:], start)
    assert expected_back(calendar.previous_close(high), [at for at, now in edges if not now and at <= high][-1:], start)


def same(found: datetime | None, wanted: datetime) -> bool:
    """Compared in UTC: inside one zone Python compares wall clocks."""
    return found is not None and found.astimezone(UTC) == wanted


def expected(found: datetime | None, walked: list[datetime], end: datetime) -> bool:
    """The walk found it in its window, or it lies beyond."""
    return same(found, walked[0]) if walked else found is None or found.astimezone(UTC) >= end


def expected_back(found: datetime | None, walked: list[datetime], start: datetime) -> bool:
    return same(found, walked[0]) if walked else found is None or found.astimezone(UTC) <= start
