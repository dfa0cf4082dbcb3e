"""How due times add up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.model.event import micros
from support_policy.policy.calendars import OfficeTime
from support_policy.ticket.evaluate import Run
from support_policy.ticket.explain import explain
from support_policy.ticket.explain_sum import SECOND, Row, Sum, fold
from support_policy.ticket.explain_words import LevelWhy, TargetWhy
from tests.render.explained import EVERY, QUESTION, decided, submitted, utc

HOURS = {
    "mon": [("09:00", "12:00"), ("13:00", "17:30")],
    "tue": [("22:00", "06:00")],
    "wed": [("09:00", "17:00")],
    "fri": [("00:00", "24:00")],
    "sat": [("01:30", "03:30")],
}
SPECIAL = {date(2026, 3, 4): "Stocktaking", date(2026, 10, 25): "Clocks", date(2026, 3, 9): "Assembly"}
HOLIDAYS = {date(2026, 3, 11): "Founders' Day", date(2026, 3, 13): "Feast"}


def office(zone: str) -> OfficeTime:
    """An office with split shifts, nights, breaks, holidays and special days."""
    parts = {
        "hours": HOURS,
        "shifts": {date(2026, 3, 4): [("10:00", "11:00")], date(2026, 10, 25): [("00:00", "05:00")]},
        "breaks": {date(2026, 3, 9): [("10:00", "10:45")]},
    }
    return OfficeTime(zone, parts, HOLIDAYS, SPECIAL, None)


ZONES = ("Europe/London", "America/Los_Angeles", "Asia/Shanghai", "Australia/Lord_Howe")
STARTS = st.datetimes(datetime(2026, 2, 20), datetime(2026, 11, 20), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@given(st.sampled_from(ZONES), STARTS, st.integers(1, 60 * 3600), st.booleans())
def test_sum_comes_to_the_target(zone: str, start: datetime, seconds: int, business: bool) -> None:
    """The seconds counted come to the target exactly, and the last of them is the due time."""
    place = office(zone)
    calendar = place.business if business else place.always
    due = calendar.due_us(micros(start), seconds * SECOND)
    assert due is not None
    rows = Sum(place, business=business, gaps={}).add(((micros(start), None),), due)
    counted = [row for row in rows if row.kind == "counted"]
    assert sum(row.seconds for row in counted) == pytest.approx(seconds, abs=1e-6)
    assert counted[-1].total == pytest.approx(seconds, abs=1e-6)
    assert micros(rows[-1].end) == due


@given(st.sampled_from(ZONES), STARTS, st.integers(1, 60 * 3600))
def test_every_stretch_is_accounted_for(zone: str, start: datetime, seconds: int) -> None:
    """The rows follow one another without a gap, and the parts of a closed one tile it, each with a kind."""
    place = office(zone)
    due = place.business.due_us(micros(start), seconds * SECOND)
    assert due is not None
    rows = Sum(place, business=True, gaps={}).add(((micros(start), None),), due)
    assert [micros(row.end) for row in rows] == [micros(row.begin) for row in rows[1:]] + [due]
    for row in rows:
        if row.kind == "closed":
            ends = [micros(row.begin), *(micros(part.end) for part in row.parts)]
            assert [micros(part.begin) for part in row.parts] == ends[:-1]
            assert ends[-1] == micros(row.end)
            assert all(part.name for part in row.parts if part.kind in ("holiday", "special", "weekday"))


@given(STARTS, st.lists(st.integers(600, 40 * 3600), min_size=1, max_size=5), st.integers(1, 30 * 3600))
def test_pauses_stand_apart(start: datetime, lengths: list[int], seconds: int) -> None:
    """A pause between two stretches is a row with the state's name, whatever the office's hours, and counts nothing."""
    place = office("Europe/London")
    segments: list[tuple[int, int | None]] = []
    at = micros(start)
    for length in lengths:
        segments.append((at, at + length * SECOND))
        at += 2 * length * SECOND
    segments.append((at, None))
    gaps = {end: ("paused", "waiting") for _, end in segments if end is not None}
    rows = Sum(place, business=True, gaps=gaps).add(tuple(segments), at + seconds * SECOND)  # type: ignore[arg-type]
    paused = [row for row in rows if row.kind == "paused"]
    assert [micros(row.begin) for row in paused] == [end for _, end in segments if end is not None]
    assert all(row.name == "waiting" and row.seconds == 0 for row in paused)
    worked = sum(place.business.worked_us(a, at + seconds * SECOND if b is None else b) for a, b in segments)
    assert round(sum(row.seconds for row in rows) * SECOND) == worked


CLOSED = [
    ("2026-03-02T11:59:00Z", "break"),
    ("2026-03-03T01:00:00Z", "before_opening"),
    ("2026-03-04T12:00:00Z", "after_hours"),
    ("2026-03-09T09:59:00Z", "break"),
    ("2026-03-11T12:00:00Z", "holiday"),
    ("2026-03-01T12:00:00Z", "weekday"),
]


@pytest.mark.parametrize(("start", "kind"), CLOSED)
def test_closed_stretch_is_named_for_its_day(start: str, kind: str) -> None:
    """A stretch is closed for the reason that its day and its hours give."""
    place = office("Europe/London")
    begin = micros(datetime.fromisoformat(start))
    due = place.business.due_us(begin, 3600 * SECOND)
    assert due is not None
    rows = Sum(place, business=True, gaps={}).add(((begin, None),), due)
    closed = next(row for row in rows if row.kind == "closed")
    assert closed.parts[0].kind == kind


def test_special_day_keeps_its_name() -> None:
    """A day with hours of its own is named where it counts and where it is closed."""
    place = office("Europe/London")
    begin = micros(datetime(2026, 3, 4, 9, 30, tzinfo=UTC))
    due = place.business.due_us(begin, 2 * 3600 * SECOND)
    assert due is not None
    rows = Sum(place, business=True, gaps={}).add(((begin, None),), due)
    assert [part.name for row in rows[:3] for part in row.parts][:3] == ["Stocktaking"] * 3


def _many(count: int) -> tuple[Row, ...]:
    place = office("Europe/London")
    begin = micros(datetime(2026, 2, 23, 9, tzinfo=UTC))
    due = place.business.due_us(begin, count * 3600 * SECOND)
    assert due is not None
    return Sum(place, business=True, gaps={}).add(((begin, None),), due)


@given(st.integers(1, 600))
def test_fold_loses_no_second(count: int) -> None:
    """A folded sum is short, comes to the same total, and still names the holidays it leaves out."""
    rows = _many(count)
    kept = fold(rows)
    assert sum(row.seconds for row in kept) == pytest.approx(sum(row.seconds for row in rows))
    assert kept[-1] == rows[-1]
    assert len(kept) <= 16
    named = {part.name for row in rows for part in row.parts if part.kind == "holiday"}
    assert named == {part.name for row in kept for part in row.parts if part.kind == "holiday"}


def test_fold_leaves_short_sums_alone() -> None:
    """What fits is not folded."""
    rows = _many(12)
    assert fold(rows) == rows


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case.__name__)
def test_explained_sums_are_exact(case: Callable[[], Run]) -> None:
    """Every target and level of a decided ticket adds up to what the policy promises, and ends when it is due."""
    why = explain(case())
    every: list[TargetWhy | LevelWhy] = [*why.targets, *why.levels]
    for clocked in every:
        assert clocked.adds_up
        if clocked.promise and clocked.due_at and clocked.rows:
            assert sum(row.seconds for row in clocked.rows) == clocked.promise.seconds
            assert utc(clocked.rows[-1].end) == utc(clocked.due_at)


def test_horizon_of_holidays_is_told() -> None:
    """A sum that reaches years whose holidays are not known says so."""
    made = decided("2101-03-03T01:00:00Z", submitted("2101-03-02T10:00:00-08:00", "acme", "P3", QUESTION))
    assert "holidays_unknown" in [note.kind for note in explain(made).notes]
