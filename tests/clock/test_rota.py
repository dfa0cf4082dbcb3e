"""Rotas: who is on duty, to the second, through changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.clock.rota import People, Roster, Rota, Rotation, WeekGrid

ZONES = ["UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo"]
ZERO = datetime(1970, 1, 1, tzinfo=UTC)
TEAM: list[People] = [("a",), ("b", "c"), ("d",)]
instants = st.datetimes(datetime(2010, 1, 1), datetime(2040, 1, 1)).map(lambda t: t.replace(tzinfo=UTC))  # noqa: DTZ001


def us(at: datetime) -> int:
    """Microseconds of UTC."""
    return (at - ZERO) // timedelta(microseconds=1)


@given(
    st.sampled_from(ZONES),
    st.lists(st.sampled_from(TEAM), min_size=1, max_size=5),
    st.integers(0, 6),
    st.integers(0, 86400),
    st.dates(date(2015, 1, 1), date(2025, 1, 1)),
    instants,
)
def test_turns_follow_one_another(
    zone: str, turns: list[People], weekday: int, seconds: int, starts: date, t: datetime
) -> None:
    """At any instant from the first handover on exactly one turn lasts; the next begins a week later."""
    rota = Rotation(ZoneInfo(zone), turns, weekday, seconds, starts)
    instant = us(t)
    number = 0
    first = rota.handover(0)
    if instant < first:
        assert rota.at(instant) == ()
        return
    while rota.handover(number + 1) <= instant:
        number += 1
    assert rota.at(instant) == turns[number % len(turns)]
    assert rota.at(rota.handover(number)) == turns[number % len(turns)]
    assert rota.at(rota.handover(number + 1) - 1) == turns[number % len(turns)]
    assert abs(rota.handover(number + 1) - rota.handover(number) - 7 * 86_400_000_000) <= 25 * 3_600_000_000
    local = (ZERO + timedelta(microseconds=rota.handover(0))).astimezone(ZoneInfo(zone))
    assert starts - timedelta(days=7) <= local.date() <= starts + timedelta(days=8)


WEEKS = [
    # instant, who: handover on Mondays 09:00 in London, first in the week of 7 January 2026 (a Wednesday)
    ("2026-01-05T08:59:59+00:00", ()),
    ("2026-01-05T09:00:00+00:00", ("a",)),
    ("2026-01-12T08:59:59+00:00", ("a",)),
    ("2026-01-12T09:00:00+00:00", ("b", "c")),
    ("2026-01-26T09:00:00+00:00", ("a",)),
    # Summer time begins on 29 March: the handover is an hour earlier in UTC.
    ("2026-03-30T07:59:59+00:00", ("d",)),
    ("2026-03-30T08:00:00+00:00", ("a",)),
]


@pytest.mark.parametrize(("at", "who"), WEEKS)
def test_a_week_each(at: str, who: People) -> None:
    """Everyone has a week, from the handover by the wall clock to the next."""
    rota = Rotation(ZoneInfo("Europe/London"), TEAM, 0, 9 * 3600, date(2026, 1, 7))
    assert rota.at(us(datetime.fromisoformat(at))) == who


WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
GRID = [
    ({day: [("07:00", "15:00")] for day in WORKDAYS}, ("early",)),
    ({day: [("15:00", "23:00")] for day in WORKDAYS}, ("late",)),
    ({"fri": [("22:00", "06:00")]}, ("night",)),
]


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("2026-03-02T06:59:59+00:00", ()),
        ("2026-03-02T07:00:00+00:00", ("early",)),
        ("2026-03-02T14:59:59+00:00", ("early",)),
        ("2026-03-02T15:00:00+00:00", ("late",)),
        ("2026-03-06T22:30:00+00:00", ("late", "night")),
        ("2026-03-07T05:59:59+00:00", ("night",)),
        ("2026-03-07T06:00:00+00:00", ()),
        ("2026-03-30T06:00:00+00:00", ("early",)),
    ],
)
def test_hours_of_the_week(at: str, who: People) -> None:
    """A grid is read by the wall clock of its zone; overlapping entries are all on duty."""
    assert WeekGrid(ZoneInfo("Europe/London"), GRID).at(us(datetime.fromisoformat(at))) == who


stretches = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.sampled_from(TEAM)).map(
        lambda s: (s[0], s[0] + s[1] - 5, s[2])
    ),
    max_size=8,
)


@given(stretches, st.integers(-2, 110))
def test_a_roster_is_who_is_in_a_stretch(made: list[tuple[int, int, People]], instant: int) -> None:
    """Everyone whose stretch is under way is on duty, those whose stretch began first coming first, nobody twice."""
    under_way = sorted((s for s in made if s[0] <= instant < s[1]), key=lambda s: s[0])
    assert Roster(made).at(instant) == tuple(dict.fromkeys(person for _, _, who in under_way for person in who))


def test_an_override_beats_the_duty() -> None:
    """Overrides come first, the duty second, `otherwise` last."""
    rota = Rota(Roster([(0, 10_000_000, ("duty",))]), Roster([(5_000_000, 15_000_000, ("override",))]), ("else",))
    found = [rota.on_duty(ZERO + timedelta(seconds=second)) for second in (-1, 0, 5, 12, 15)]
    assert found == [("else",), ("duty",), ("override",), ("override",), ("else",)]
    assert Rota(Roster([]), Roster([])).on_duty(ZERO) == ()
