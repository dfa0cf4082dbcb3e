"""When we are there: business hours, public holidays and special days of the office that serves the organization."""

from __future__ import annotations

import pytest

from tests.ticket.histories import P1, P2, P3, P4, ticket

DUE = [
    # organization, submitted, facts, due
    ("acme", "03-02 09:00", P1, "03-02 11:00"),
    ("acme", "03-02 08:00", P1, "03-02 11:00"),  # before opening it waits for the opening
    ("acme", "03-02 17:00", P1, "03-03 11:00"),  # at closing there is no time left
    ("acme", "03-02 15:00", P1, "03-02 17:00"),  # an exact fit is due at that closing
    ("acme", "03-02 15:01", P1, "03-03 09:01"),
    ("acme", "03-06 16:00", P1, "03-09 10:00"),  # over a weekend, and a change to summer time
    ("acme", "03-07 12:00", P1, "03-09 11:00"),  # on a Saturday
    ("acme", "03-02 09:00", P3, "03-02 17:00"),  # 8bh are one full day
    ("acme", "03-02 09:00", P4, "03-03 17:00"),
    ("globex", "03-02 15:00", P1, "03-02 17:00"),
    ("initech", "03-02 15:00", P1, "03-02 17:00"),
    # public holidays
    ("acme", "03-30 16:00", P1, "04-01 10:00"),  # Cesar Chavez Day, 31 March, in California
    ("globex", "03-30 16:00", P1, "03-31 10:00"),  # no holiday in England
    ("acme", "12-24 16:00", P1, "12-28 10:00"),  # Christmas Day is a Friday
    ("globex", "12-24 12:00", P1, "12-29 10:00"),  # 09:00-13:00 that day; the 25th and the 28th (Boxing Day) are closed
    ("globex", "12-24 11:00", P1, "12-24 13:00"),  # an exact fit at the early closing
    ("globex", "12-24 13:00", P1, "12-29 11:00"),
    ("acme", "12-24 12:00", P1, "12-24 14:00"),  # the special day is London's alone
    ("globex", "04-02 16:00", P1, "04-07 10:00"),  # Good Friday and Easter Monday
    ("acme", "04-02 16:00", P1, "04-03 10:00"),
    ("initech", "02-13 16:00", P1, "02-24 10:00"),  # Chinese New Year; the make-up Saturday, the 14th, is not worked
    ("acme", "02-13 16:00", P1, "02-17 10:00"),  # Washington's Birthday
]


@pytest.mark.parametrize(("organization", "submitted", "facts", "due"), DUE)
def test_due_at(organization: str, submitted: str, facts: dict[str, str], due: str) -> None:
    """A clock starts at submission, and counts the hours of the office that serves the organization."""
    row = ticket(organization, submitted, facts).seen("+1s").target()
    assert row["due_at"] == due
    assert row["started_at"] == submitted


@pytest.mark.parametrize(
    ("organization", "office"), [("acme", "los_angeles"), ("globex", "london"), ("initech", "shanghai")]
)
def test_office(organization: str, office: str) -> None:
    """The calendar of a target is that of the office that serves the organization."""
    assert ticket(organization, "03-02 10:00", P2).seen("+1m").target()["calendar"] == office


@pytest.mark.parametrize(("at", "worked"), [("+1h", 3600), ("03-02 20:00", 7 * 3600), ("03-03 09:30", 7 * 3600 + 1800)])
def test_out_of_hours_is_running(at: str, worked: int) -> None:
    """Out of hours a target is running, not paused, while no time is worked."""
    row = ticket("acme", "03-02 10:00", P4).seen(at).target()
    assert (row["status"], row["worked_seconds"]) == ("running", worked)


def test_levels_count_business_hours() -> None:
    """Levels count business hours of the same office: a Friday's P1 escalates on Monday."""
    seen = ticket("globex", "03-06 16:00", P1).seen("03-10 00:00")
    assert [row[:3] for row in seen.fired] == [("automatic", 1, "03-09 10:00"), ("automatic", 2, "03-09 11:00")]


@pytest.mark.parametrize(
    ("submitted", "reminder"),
    [("03-02 10:00", "03-02 11:00"), ("03-02 16:30", "03-03 09:30"), ("03-07 10:00", "03-09 10:00")],
)
def test_reminder_counts_business_hours(submitted: str, reminder: str) -> None:
    """A request is passed on at once, whatever the hour; the reminder follows after one business hour."""
    asked = ticket("acme", "03-02 09:00", P3).then(submitted, "escalation_requested", "customer")
    seen = asked.seen("03-10 10:00")
    assert [row[1:3] for row in seen.fired] == [(1, submitted), (2, reminder)]
