"""The calendar as an object: what it refuses, what it keeps to itself, how far it reaches, how little it builds."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta, timezone
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from support_policy.clock.calendar import BusinessCalendar, Day

HOURS = {day: [("09:00", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)


def office(**changes: Any) -> BusinessCalendar:
    return BusinessCalendar(**{"timezone": "Europe/London", "hours": HOURS, **changes})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"timezone": "Europe/Lodnon"}, ["'Europe/Lodnon'", "did you mean `Europe/London`"]),
        ({"timezone": "../etc/passwd"}, ["'../etc/passwd'", "expected an IANA name"]),
        ({"timezone": ""}, ["''", "expected an IANA name"]),
        ({"timezone": "Europe"}, ["'Europe'", "expected an IANA name"]),
        ({"timezone": None}, ["None", "expected an IANA name"]),
        ({"hours": {"monday": []}}, ["'monday'", "did you mean `mon`"]),
        ({"hours": {"wedensday": []}}, ["'wedensday'", "`wed`"]),
        ({"hours": {0: []}}, ["unknown weekday 0", "`mon`"]),
        ({"hours": [("09:00", "17:00")]}, ["bad hours", "expected a mapping"]),
        ({"hours": {"mon": [("09:00", "25:00")]}}, ["'25:00'", "hours of mon", "00:00 to 24:00"]),
        ({"hours": {"mon": [("9am", "17:00")]}}, ["'9am'", "hours of mon", "'09:30'"]),
        ({"hours": {"mon": [("09:60", "17:00")]}}, ["'09:60'"]),
        ({"hours": {"mon": [("09:00", "24:01")]}}, ["'24:01'"]),
        ({"hours": {"mon": [("\u0669:00", "17:00")]}}, ["bad time of day"]),
        ({"hours": {"mon": [(540, 1020)]}}, ["540", "hours of mon"]),
        ({"hours": {"mon": [("24:00", "02:00")]}}, ["'24:00'", "can only close"]),
        ({"hours": {"mon": ["09:00-17:00"]}}, ["'09:00-17:00'", "expected a pair"]),
        ({"hours": {"mon": "09:00-17:00"}}, ["'09:00-17:00'", "expected a pair"]),
        ({"hours": {"mon": ("09:00", "17:00")}}, ["'09:00'", "expected a pair"]),
        ({"hours": {"mon": [("09:00", "12:00", "17:00")]}}, ["expected a pair"]),
        ({"hours": {"mon": 9}}, ["9", "expected a pair"]),
        ({"holidays": ["2026-02-30"]}, ["'2026-02-30'", "holidays", "expected a date"]),
        ({"holidays": [MONDAY]}, ["datetime", "expected a date"]),
        ({"holidays": "2026-12-25"}, ["'2026-12-25'", "expected dates"]),
        ({"holidays": 2026}, ["2026", "expected dates"]),
        ({"shifts": {"christmas": []}}, ["'christmas'", "shifts"]),
        ({"shifts": {"2026-12-24": [("09:00", "noon")]}}, ["'noon'", "shifts of 2026-12-24"]),
        ({"shifts": [1]}, ["bad shifts", "expected a mapping"]),
        ({"breaks": {date(2026, 12, 24): [("12:00",)]}}, ["breaks of 2026-12-24"]),
        ({"exclusions": [(MONDAY, MONDAY - timedelta(hours=1))]}, ["ends at", "before it starts"]),
        ({"exclusions": [(MONDAY, datetime(2026, 3, 3))]}, ["not an instant", "time zone"]),  # noqa: DTZ001
        ({"exclusions": [MONDAY]}, ["bad exclusion", "pair"]),
        ({"exact_fit": "opening"}, ["exact_fit", "'opening'", "next_opening"]),
        ({"overnight_holiday": "mask"}, ["overnight_holiday", "'mask'", "did you mean `masked`"]),
    ],
)
def test_what_cannot_be_read_is_named(changes: dict[str, Any], said: list[str]) -> None:
    """A bad value is a ValueError that names the value, its place and what was expected."""
    with pytest.raises(ValueError, match=r".") as caught:
        office(**changes)
    for words in said:
        assert words in str(caught.value)


@pytest.mark.parametrize("t", [datetime(2026, 3, 2, 10), date(2026, 3, 2), "2026-03-02T10:00Z", 0, None])  # noqa: DTZ001
@pytest.mark.parametrize(
    "ask",
    ["is_open", "next_open", "next_close", "previous_open", "previous_close", "roll_forward", "roll_back"],
)
def test_an_instant_must_be_aware(ask: str, t: Any) -> None:
    """A naive datetime, or anything else that is no instant, is a ValueError that says so."""
    with pytest.raises(ValueError, match="expected a datetime with a time zone"):
        getattr(office(), ask)(t)
    for call in (lambda: office().due(t, 1), lambda: office().before(t, 1), lambda: office().worked(MONDAY, t)):
        with pytest.raises(ValueError, match="expected a datetime with a time zone"):
            call()


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), float("-inf"), "7200", None, timedelta(hours=2)])
def test_a_duration_must_be_a_finite_number(seconds: Any) -> None:
    """What is no finite number of seconds is a ValueError."""
    with pytest.raises(ValueError, match="bad duration"):
        office().due(MONDAY, seconds)


def test_times_and_dates_may_be_objects() -> None:
    """`datetime.time` and `datetime.date` say the same as their text."""
    plain = office(hours={"mon": [("09:30", "17:00:30")]}, holidays=["2026-03-09"])
    objects = office(hours={"mon": [(time(9, 30), time(17, 0, 30))]}, holidays=[date(2026, 3, 9)])
    end = MONDAY + timedelta(days=30)
    assert list(plain.intervals(MONDAY, end)) == list(objects.intervals(MONDAY, end))


def test_an_instant_may_come_from_any_zone() -> None:
    """The same instant gives the same answer however it is written, inside a repeated hour too."""
    calendar = office(hours={"sun": [("00:00", "24:00")]})
    second_pass = datetime(2026, 10, 25, 1, 30, fold=1, tzinfo=ZoneInfo("Europe/London"))
    for t in (second_pass, second_pass.astimezone(UTC), second_pass.astimezone(timezone(timedelta(hours=9)))):
        due = calendar.due(t, 1800)
        assert due is not None
        assert due.isoformat() == "2026-10-25T02:00:00+00:00"
        assert calendar.worked(t, due.astimezone(UTC)) == 1800


def test_worked_is_whole_where_it_can_be() -> None:
    """Whole seconds are an int, parts of seconds a float."""
    assert type(office().worked(MONDAY, MONDAY + timedelta(seconds=90))) is int
    assert office().worked(MONDAY, MONDAY + timedelta(seconds=1.5)) == 1.5


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-03-02", Day(date(2026, 3, 2), "hours", (("09:00", "17:00"),), ())),
        ("2026-03-07", Day(date(2026, 3, 7), "closed", (), ())),
        ("2026-12-25", Day(date(2026, 12, 25), "holiday", (), (), "Christmas Day")),
        ("2026-12-24", Day(date(2026, 12, 24), "special", (("09:00", "12:00"),), (("10:00", "10:15"),))),
        ("2026-12-28", Day(date(2026, 12, 28), "special", (), ())),
        ("2026-12-29", Day(date(2026, 12, 29), "special", (("22:00", "06:30"),), ())),
        ("2026-12-30", Day(date(2026, 12, 30), "special", (("00:00", "24:00"),), ())),
        ("2026-12-31", Day(date(2026, 12, 31), "special", (("09:00:05", "10:00:00.500000"),), ())),
    ],
)
def test_a_day_says_what_it_holds(day: str, expected: Day) -> None:
    """A local date is hours, holiday, special or closed, with its intervals and breaks in wall time."""
    calendar = office(
        holidays={"2026-12-25": "Christmas Day"},
        shifts={
            "2026-12-24": [("09:00", "12:00")],
            "2026-12-28": [],
            "2026-12-29": [("22:00", "06:30")],
            "2026-12-30": [("00:00", "24:00")],
            "2026-12-31": [("09:00:05", "10:00:00.5")],
        },
        breaks={"2026-12-24": [("10:00", "10:15")]},
    )
    assert calendar.day(day) == expected
    assert calendar.day(date.fromisoformat(day)) == expected


def test_intervals_are_clipped_and_local() -> None:
    """Intervals come in order, in the calendar's zone, clipped to the range; a reversed range has none."""
    found = list(office().intervals(MONDAY, MONDAY + timedelta(days=1)))
    assert [(a.isoformat(), b.isoformat()) for a, b in found] == [
        ("2026-03-02T10:00:00+00:00", "2026-03-02T17:00:00+00:00"),
        ("2026-03-03T09:00:00+00:00", "2026-03-03T10:00:00+00:00"),
    ]
    assert list(office().intervals(MONDAY, MONDAY - timedelta(days=1))) == []


def test_a_calendar_that_never_closes_is_one_interval() -> None:
    """Between two instants far apart there is no boundary, New Year included."""
    end = MONDAY + timedelta(days=10_000)
    always = BusinessCalendar.always("Europe/London")
    assert [(a.astimezone(UTC), b.astimezone(UTC)) for a, b in always.intervals(MONDAY, end)] == [(MONDAY, end)]
    assert always.timezone == "Europe/London"
    assert always.worked(MONDAY, end) == 10_000 * 86_400


def test_a_far_deadline_builds_only_the_years_it_names() -> None:
    """A hundred years ahead, with holidays in each, only the first and the last year are built."""
    calendar = office(holidays=[date(year, month, 25) for year in range(2000, 2150) for month in (5, 12)])
    due = calendar.due(MONDAY, 100 * 250 * 8 * 3600)
    assert due is not None
    assert calendar._table.built == [2026, due.year]
    assert due.year > 2120
    assert calendar.worked(MONDAY, due) == 100 * 250 * 8 * 3600
    assert calendar._table.built == [2026, due.year]


def test_a_calendar_that_never_opens_builds_nothing_more() -> None:
    """Without hours and shifts every answer is None, and no year but the one asked for is built."""
    never = office(hours={}, holidays=["2026-12-25"])
    assert never.due(MONDAY, 10**9) is None
    assert never.next_open(MONDAY) is None
    assert never.previous_close(MONDAY) is None
    assert set(never._table.built) <= {2025, 2026, 2027}


@pytest.mark.parametrize("calendar", [office(), BusinessCalendar.always("Asia/Tokyo")], ids=["office", "always"])
def test_what_lies_beyond_the_calendar_of_years_is_an_overflow(calendar: BusinessCalendar) -> None:
    """An answer before the year 1 or after 9999 is an OverflowError, at once; near the limits there are answers."""
    with pytest.raises(OverflowError):
        calendar.due(MONDAY, 10**15)
    with pytest.raises(OverflowError):
        calendar.before(MONDAY, 10**15)
    last, first = datetime(9999, 12, 30, 10, tzinfo=UTC), datetime(1, 1, 3, 12, tzinfo=UTC)
    assert calendar.due(last, 3600) == last + timedelta(hours=1)
    assert calendar.worked(first - timedelta(days=1), first) > 0
    with pytest.raises(OverflowError):
        calendar.due(last, 10 * 86_400)
    with pytest.raises(OverflowError):
        calendar.before(first, 10 * 86_400)
    with pytest.raises(OverflowError):
        calendar.is_open(datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12))))


def test_a_calendar_cannot_be_changed() -> None:
    """Attributes cannot be set, deleted or added, and changing what it was made from changes nothing."""
    hours: dict[str, list[tuple[str, str]]] = {"mon": [("09:00", "17:00")]}
    calendar = office(hours=hours)
    hours["mon"].clear()
    assert calendar.is_open(MONDAY)
    for name in ("timezone", "_table", "other"):
        with pytest.raises(AttributeError):
            setattr(calendar, name, None)
    with pytest.raises(AttributeError):
        del calendar._table


def test_a_calendar_is_itself_alone() -> None:
    """Calendars are told apart by identity and can be keys; copies are the calendar itself."""
    one, other = office(), office()
    assert one != other
    assert len({one, other}) == 2
    assert copy.copy(one) is copy.deepcopy(one) is one


def test_a_calendar_survives_pickling() -> None:
    """A calendar read back from a pickle gives the same answers, whatever it had built before."""
    calendar = office(
        holidays={"2026-12-25": "Christmas Day"},
        shifts={"2026-03-07": [("10:00", "12:00")]},
        exclusions=[(MONDAY, MONDAY + timedelta(hours=1))],
        exact_fit="next_opening",
    )
    calendar.due(MONDAY, 7200)
    again = pickle.loads(pickle.dumps(calendar))  # noqa: S301 - made a line before
    assert again.day("2026-12-25") == calendar.day("2026-12-25")
    assert [again.due(MONDAY, n * 3600) for n in range(99)] == [calendar.due(MONDAY, n * 3600) for n in range(99)]
    assert again.timezone == calendar.timezone


def test_threads_may_share_a_new_calendar() -> None:
    """Eight threads that start on the same unbuilt calendar, in different years, all get the right answers."""
    starts = [datetime(2000 + 7 * n, 3, 3, 10, tzinfo=UTC) for n in range(8)]

    def answers(calendar: BusinessCalendar, start: datetime) -> list[Any]:
        asked = [start + timedelta(days=97 * n) for n in range(40)]
        return [(calendar.due(t, 10**7), calendar.before(t, 10**8), calendar.worked(MONDAY, t)) for t in asked]

    expected = [answers(office(), start) for start in starts]
    for _ in range(5):
        shared, barrier = office(), Barrier(len(starts))

        def together(start: datetime, shared: BusinessCalendar = shared, barrier: Barrier = barrier) -> list[Any]:
            barrier.wait()
            return answers(shared, start)

        with ThreadPoolExecutor(len(starts)) as threads:
            assert list(threads.map(together, starts)) == expected


def test_a_calendar_says_what_it_is() -> None:
    """Its representation names its zone and its weekdays."""
    assert repr(office()) == "BusinessCalendar(timezone='Europe/London', open on mon tue wed thu fri)"
    assert "no weekday" in repr(office(hours={}))
