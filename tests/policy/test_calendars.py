"""The calendars of a policy, asked by name: offices, calendars of their own, unions, maintenance, the wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from support_policy.clock.calendar import BusinessCalendar
from support_policy.policy.compiled import Policy
from tests.policy.wide import policy_of

P = "policy.yaml"
POLICY = policy_of()
MEMBERS = {"sun": ["sydney", "london", "denver"], "both": ["sun", "extended"]}


def at(text: str) -> datetime:
    """An instant of UTC in 2026, as "03-07 22:00"."""
    return datetime.fromisoformat(f"2026-{text}+00:00")


def opened(calendar: BusinessCalendar, first: str, last: str) -> list[tuple[str, str]]:
    """The intervals between two instants, in UTC."""
    found = calendar.intervals(at(first), at(last))
    return [(f"{a.astimezone(UTC):%m-%d %H:%M}", f"{b.astimezone(UTC):%m-%d %H:%M}") for a, b in found]


def test_every_calendar_has_a_name() -> None:
    """Offices and calendars share one namespace, with `always` beside them; only offices are offices."""
    assert set(POLICY.calendars) == {"london", "paris", "sydney", "denver", "sun", "both", "extended", "always"}
    assert set(POLICY.offices) == {"london", "paris", "sydney", "denver"}
    zones = {name: POLICY.calendar(name, business=True).timezone for name in POLICY.calendars}
    assert zones["sun"] == "UTC"
    assert zones["both"] == "UTC"
    assert zones["always"] == zones["extended"] == "Europe/London"
    assert POLICY.calendar("", business=True) is POLICY.calendar("london", business=True)


@pytest.mark.parametrize("name", MEMBERS)
def test_a_union_is_open_when_a_member_is(name: str) -> None:
    """By the half hour through a year, but for maintenance of its own."""
    union = POLICY.calendar(name, business=True)
    members = [POLICY.calendar(member, business=True) for member in MEMBERS[name]]
    own = [(at("03-07 22:00"), at("03-08 04:00"))] if name == "sun" else []
    instant = at("01-01 00:00")
    while instant < at("12-31 00:00"):
        expected = any(m.is_open(instant) for m in members) and not any(a <= instant < b for a, b in own)
        assert union.is_open(instant) == expected, instant
        instant += timedelta(minutes=30)


def test_a_calendar_has_hours_and_days_off_of_its_own() -> None:
    """A plain calendar keeps its hours, and the all-day entries of its calendar file, recurrences and all."""
    extended = POLICY.calendar("extended", business=True)
    assert opened(extended, "08-04 00:00", "08-08 00:00") == [
        ("08-04 06:00", "08-04 21:00"),
        ("08-07 06:00", "08-07 21:00"),
    ]
    founders = [datetime(year, 6, 6, 12, tzinfo=UTC) for year in (2026, 2027, 2028, 2029)]
    assert [extended.is_open(day) for day in founders] == [False, False, False, True]
    assert extended.day("2026-08-06").name == "Company days"


def test_maintenance_counts_in_the_calendars_it_names() -> None:
    """A window that names calendars closes those, one that names none all of them, and neither the wall clock."""
    # Sunday 22:00 UTC is Monday 09:00 in Sydney: open in the office, though not in the union.
    assert not POLICY.calendar("sun", business=True).is_open(at("03-08 03:00"))
    assert opened(POLICY.calendar("london", business=True), "03-10 09:00", "03-10 13:00") == [
        ("03-10 09:00", "03-10 10:00"),
        ("03-10 12:00", "03-10 13:00"),
    ]
    assert opened(POLICY.calendar("sun", business=True), "03-10 09:00", "03-10 13:00") == [
        ("03-10 09:00", "03-10 10:00"),
        ("03-10 12:00", "03-10 13:00"),
    ]
    for name in ("london", "sun", "always"):
        assert POLICY.calendar(name, business=False).is_open(at("03-10 11:00"))
    assert POLICY.calendar("always", business=True).is_open(at("03-10 11:00"))


WINDOW = "calendars: [sun], why: Upgrade"


def test_maintenance_of_always_stops_the_wall_clock() -> None:
    """A window that names `always` stops it, and targets on the wall clock of every calendar."""
    policy = policy_of((P, WINDOW, "calendars: [always], why: Upgrade"))
    for name, business in (("always", True), ("always", False), ("london", False), ("sun", False)):
        calendar = policy.calendar(name, business=business)
        assert calendar.due(at("03-07 21:00"), 7200) == at("03-08 05:00"), name
    assert policy.calendar("sun", business=True).due(at("03-06 10:00"), 60) == at("03-06 10:01")


@pytest.mark.parametrize(
    ("announced", "void"),
    [("2026-03-04T22:00:00Z", False), ("2026-03-04T22:00:01Z", True), ("2026-03-08T22:00:00Z", True)],
)
def test_maintenance_announced_too_late_is_void(announced: str, void: bool) -> None:
    """Seventy-two hours before it begins are in time; a second later is not, and the time counts after all."""
    policy = policy_of(
        (P, "announced: 2026-03-01T09:00:00Z", f"announced: {announced}"), (P, WINDOW, "calendars: [extended]")
    )
    # 22:00 is closing time; what remains is Sunday's opening at 07:00, after the window.
    assert [d.code for d in policy.findings] == (["P373"] if void else [])
    policy = policy_of(
        (P, "announced: 2026-03-01T09:00:00Z", f"announced: {announced}"), (P, WINDOW, "calendars: [always]")
    )
    assert policy.calendar("always", business=False).is_open(at("03-07 23:00")) == void


def test_special_days_may_be_those_of_a_calendar() -> None:
    """A special day holds everywhere, or in the office or calendar it names."""
    policy = policy_of((P, "office: london, hours: 09:00-13:00", "office: extended, hours: 09:00-13:00"))
    assert opened(policy.calendar("extended", business=True), "12-24 00:00", "12-25 00:00") == [
        ("12-24 09:00", "12-24 13:00")
    ]
    assert opened(policy.calendar("london", business=True), "12-24 00:00", "12-25 00:00") == [
        ("12-24 09:00", "12-24 17:00")
    ]


def test_a_closing_may_be_due_at_the_next_opening_in_every_calendar() -> None:
    """The assumption on closing times holds for unions too."""
    policy = policy_of((P, "caught_up_after: 60s", "caught_up_after: 60s\n  due_at_closing_time: next_opening"))

    def due(policy: Policy) -> datetime | None:
        return policy.calendar("sun", business=True).due(at("03-06 10:00"), 14 * 3600)

    assert due(POLICY) == at("03-07 00:00")
    assert due(policy) == at("03-08 22:00")
