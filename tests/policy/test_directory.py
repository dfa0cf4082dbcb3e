"""Who is told, and under which plan: dated entries, stand-ins and rotas, asked at an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.small import compiled
from tests.policy.wide import policy_of, wide

D = "rules/directory.yaml"
POLICY = policy_of()


def told(organization: str | None, role: str, at: str | None) -> list[str]:
    """The addresses that fill a role, at an instant of UTC."""
    instant = datetime.fromisoformat(f"{at}+00:00") if at else None
    found = POLICY.recipients(organization, (role,), instant)
    assert {name for name, _ in found} == {role}
    return [address for _, address in found]


TOLD = [
    # organization, role, instant of UTC, addresses
    ("acme", "manager", "2026-03-01T00:00", ["m@acme.example"]),
    ("globex", "manager", "2026-03-01T00:00", ["m@globex.example", "n@globex.example"]),
    ("nobody", "manager", "2026-03-01T00:00", ["m@example.org"]),
    (None, "manager", "2026-03-01T00:00", ["m@example.org"]),
    ("acme", "engineer", "2026-03-01T00:00", [""]),
    # The last day of March ends in London an hour before midnight of UTC.
    ("acme", "directors", "2026-03-31T22:59", ["d1@acme.example", "d2@acme.example"]),
    ("acme", "directors", "2026-03-31T23:00", ["d3@acme.example"]),
    # Away from 1 to 14 July, the stand-in away in turn from the 10th to the 20th; d1 stands in beside c.
    ("acme", "manager", "2026-06-30T22:59", ["m@acme.example"]),
    ("acme", "manager", "2026-06-30T23:00", ["b@acme.example"]),
    ("acme", "manager", "2026-07-10T12:00", ["c@acme.example", "d1@acme.example"]),
    ("acme", "manager", "2026-07-14T22:59", ["c@acme.example", "d1@acme.example"]),
    ("acme", "manager", "2026-07-14T23:00", ["m@acme.example"]),
    # globex has no directors of its own: the rota fills the role, the override beats it.
    ("globex", "directors", "2026-01-05T08:59", [""]),
    ("globex", "directors", "2026-01-05T09:00", ["first@x.example"]),
    ("globex", "directors", "2026-01-12T09:00", ["second@x.example", "third@x.example"]),
    ("globex", "directors", "2026-02-02T08:59", ["second@x.example", "third@x.example"]),
    ("globex", "directors", "2026-02-02T09:00", ["fourth@x.example"]),
    ("globex", "directors", "2026-02-03T09:00", ["first@x.example"]),
    ("acme", "shift", "2026-03-02T08:00", ["early@x.example"]),
    ("acme", "shift", "2026-03-02T16:00", ["late@x.example"]),
    ("acme", "shift", "2026-03-02T23:00", ["night@x.example"]),
    # The calendar file: floating times are read in the zone of the default office.
    ("acme", "duty", "2026-01-05T07:59", [""]),
    ("acme", "duty", "2026-01-05T08:00", ["a@x.example"]),
    ("acme", "duty", "2026-07-06T07:00", ["a@x.example"]),
    ("acme", "duty", "2026-01-06T15:00", ["b@x.example"]),
    # Without an instant: everyone who fills it at some time.
    ("acme", "directors", None, ["d1@acme.example", "d2@acme.example", "d3@acme.example"]),
    ("globex", "directors", None, ["first@x.example", "second@x.example", "third@x.example", "fourth@x.example"]),
    ("acme", "duty", None, ["a@x.example", "b@x.example"]),
    ("acme", "manager", None, ["m@acme.example"]),
]


@pytest.mark.parametrize(("organization", "role", "at", "addresses"), TOLD)
def test_who_is_told_depends_on_the_instant(
    organization: str | None, role: str, at: str | None, addresses: list[str]
) -> None:
    """Dates are those of the office, stand-ins are followed, a rota fills what an organization does not."""
    assert told(organization, role, at) == addresses


def test_roles_come_in_the_order_asked() -> None:
    """Every role asked for is answered, in order, and one without people by an empty address."""
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert POLICY.recipients("acme", ("shift", "engineer", "manager"), at) == (
        ("shift", "early@x.example"),
        ("engineer", ""),
        ("manager", "m@acme.example"),
    )


@pytest.mark.parametrize(
    ("organization", "at", "plan", "under_contract"),
    [
        ("acme", "2025-12-31T23:59", None, False),
        ("acme", "2026-01-01T00:00", "business", True),
        ("acme", "2026-03-31T22:59", "business", True),
        ("acme", "2026-03-31T23:00", None, False),
        ("acme", "2026-04-30T23:00", "basic", True),
        ("acme", "2036-04-30T23:00", "basic", True),
        ("globex", "2026-03-01T00:00", "gold", True),
        ("nobody", "2026-03-01T00:00", None, False),
        (None, "2026-03-01T00:00", None, False),
    ],
)
def test_contracts_have_dates(organization: str | None, at: str, plan: str | None, under_contract: bool) -> None:
    """A contract holds on its dates, both included, by the calendar of the office; without contracts the plan does."""
    instant = datetime.fromisoformat(f"{at}+00:00")
    assert (POLICY.plan_of(organization, instant), POLICY.under_contract(organization, instant)) == (
        plan,
        under_contract,
    )


PEOPLE = ["a", "b", "c", "d"]
days = st.dates(date(2026, 1, 1), date(2026, 1, 20))
absences = st.lists(st.tuples(st.integers(0, 2), days, st.integers(0, 10), st.integers(1, 3)), max_size=5)


@given(absences, days)
def test_nobody_who_is_away_is_told(made: list[tuple[int, date, int, int]], day: date) -> None:
    """Where everyone away has a stand-in further down a list, whoever is told is there, and somebody is told."""
    lines = [
        f"  - {{for: {PEOPLE[who]}@x, by: {PEOPLE[min(who + step, 3)]}@x, from: {first}, "
        f"until: {first + timedelta(days=length)}}}\n"
        for who, first, length, step in made
    ]
    away = {PEOPLE[who] for who, first, length, _ in made if first <= day <= first + timedelta(days=length)}
    policy = policy_of((D, "stand_ins:\n", "stand_ins:\n" + "".join(lines)), (D, "m@globex.example", "a@x"))
    found = policy.recipients("globex", ("manager",), datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    present = [address.removesuffix("@x") for _, address in found if address != "n@globex.example"]
    assert present
    assert not away.intersection(present)
    assert len(set(present)) == len(present)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (D, "until: 2026-07-14", "until: 2026-07-15"),
        (D, "handover: mon 09:00", "handover: mon 10:00"),
        (D, "plan: basic", "plan: best"),
        (D, "otherwise: night@x.example", "otherwise: dusk@x.example"),
        (D, "from: 2026-04-01}", "from: 2026-04-02}"),
        (D, "who: fourth@x.example", "who: fifth@x.example"),
        ("policy.yaml", "why: Upgrade", "why: Upgrades"),
        ("policy.yaml", "notice: 72h", "notice: 73h"),
        ("policy.yaml", "[sydney, london, denver]", "[london, sydney, denver]"),
        ("policy.yaml", "mon-sun: 07:00-22:00", "mon-sun: 07:00-21:00"),
        ("rules/closed.ics", "20260805", "20260804"),
        ("rules/closed.ics", "SUMMARY:Company days", "SUMMARY:Company weeks"),
        ("rules/duty.ics", "DTEND:20260105T180000", "DTEND:20260105T190000"),
        ("rules/duty.ics", "mailto:b@x.example", "mailto:c@x.example"),
    ],
)
def test_any_change_of_meaning_changes_the_digest(file: str, old: str, new: str) -> None:
    """Dates, people, windows, and what calendar files say, are part of what a policy says."""
    assert policy_of((file, old, new)).digest != POLICY.digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("rules/closed.ics", "UID:1\n", "UID:7\n"),
        (
            "rules/closed.ics",
            "DTEND;VALUE=DATE:20260807\nSUMMARY:Company days",
            "SUMMARY:Company\n  days\nDURATION:P2D",
        ),
        ("rules/duty.ics", "DTEND:20260105T180000", "DURATION:PT10H"),
        (D, "manager: [m@globex.example, n@globex.example]", "manager: [m@globex.example, {to: n@globex.example}]"),
    ],
)
def test_what_says_the_same_has_the_same_digest(file: str, old: str, new: str) -> None:
    """How a calendar file says it does not matter."""
    assert policy_of((file, old, new)).digest == POLICY.digest


def test_where_a_calendar_file_lies_says_nothing() -> None:
    """A file of another name that says the same makes the same policy."""
    files = wide(
        (D, "ics: rules/duty.ics", "ics: rules/rotas/on-call.ICS"), ("policy.yaml", "rules/closed.ics", "rules/c.ics")
    )
    files["rules/rotas/on-call.ICS"] = files.pop("rules/duty.ics")
    files["rules/c.ics"] = files.pop("rules/closed.ics")
    assert compiled(files).digest == POLICY.digest


def test_a_calendar_file_nobody_names_says_nothing() -> None:
    """Only what is named is read."""
    assert compiled({**wide(), "rules/other.ics": b"nothing"}).digest == POLICY.digest
