"""What an auditor reads in an explanation is so, in the cases where it is easily not."""

from __future__ import annotations

import re

import pytest

from support_policy.render.explain_text import explanation
from support_policy.ticket.evaluate import Run, report
from support_policy.ticket.explain import explain
from tests.render.explained import DEGRADED, DOWN, ROOT, decided, event, learned_late, submitted


def text(made: Run) -> str:
    """The explanation on one line, blanks folded."""
    return " ".join(explanation(explain(made), width=120).split())


def closed() -> Run:
    """A P1 closed half an hour after its target was missed, never answered."""
    return decided(
        "2026-03-03T10:00:00-08:00",
        submitted("2026-03-02T10:00:00-08:00", "acme", "P1", DOWN),
        event("2026-03-02T12:30:00-08:00", "closed"),
    )


def back_and_forth() -> Run:
    """A P1 whose manager was told, lowered to P3, and made a P1 again."""
    return decided(
        "2026-03-02T17:30:00-08:00",
        submitted("2026-03-02T10:00:00-08:00", "acme", "P1", DOWN),
        event("2026-03-02T12:20:00-08:00", "priority_changed", "manager", to="P3", reason="a test site"),
        event("2026-03-02T15:00:00-08:00", "priority_changed", "manager", to="P1", reason="it was not"),
    )


def learned_late_twice() -> Run:
    """A P1 whose solution is learned after the manager was told, and its first answer later still."""
    return decided(
        "2026-03-02T16:00:00-08:00",
        submitted("2026-03-02T10:00:00-08:00", "acme", "P1", DOWN),
        event("2026-03-02T11:50:00-08:00", "resolved", recorded_at="2026-03-02T12:30:00-08:00"),
        event("2026-03-02T11:00:00-08:00", "responded", recorded_at="2026-03-02T14:00:00-08:00"),
    )


def test_a_closed_ticket_is_not_open() -> None:
    """A target that was missed and then withdrawn with its ticket is not called open."""
    told = text(closed())
    assert "First response: missed, and never done: overdue by 30 min of business time when it ended" in told
    assert "still open" not in told


def test_a_firing_is_summed_from_where_it_was_counted() -> None:
    """A level that fired before its chain began anew is counted from where it was counted then."""
    told = text(back_and_forth())
    first, second = told.split("Escalation, automatic level 2")
    assert "of resolution, from Mon 2 Mar 2026, 10:00" in first
    assert "Mon 2 Mar 10:00 - 12:00 2:00 2:00 = due" in first.split("Escalation, automatic level 1")[1]
    assert "of resolution, from Mon 2 Mar 2026, 15:00" in second


@pytest.mark.parametrize("made", [learned_late, learned_late_twice], ids=lambda made: made.__name__)
def test_a_voided_firing_is_told_once_and_undone_once(made: object) -> None:
    """What was sent in vain stands in the story when it was sent, and is undone once, when that was learned."""
    told = text(made())  # type: ignore[operator]
    assert told.count("Mon 2 Mar 12:00 -> escalation, automatic level 1: told support manager") == 1
    assert re.findall(r"(\S+) -> escalation, automatic level 1 undone", told) == ["12:30"]


def test_a_machine_answers_automatically() -> None:
    """What a machine does is done automatically, not by the automatic."""
    made = decided(
        "2026-03-02T12:00:00-08:00",
        submitted("2026-03-02T10:00:00-08:00", "acme", "P2", DEGRADED),
        event("2026-03-02T10:10:00-08:00", "responded", "automatic"),
    )
    assert "Responded automatically" in text(made)


def test_a_change_of_office_is_an_aim() -> None:
    """A ticket that moves to another office's hours says so, with the target before and after."""
    made = decided(
        "2026-03-03T18:00:00+00:00",
        submitted("2026-03-02T10:00:00-08:00", "acme", "P2", DEGRADED),
        event("2026-03-02T11:00:00-08:00", "updated", fields={"organization": "globex"}),
    )
    told = text(made)
    assert "aimed Mon 2 Mar, 18:00: 4 business hours as P2 in los angeles, counted from Mon 2 Mar, 18:00" in told
    assert "aimed Mon 2 Mar, 19:00: 4 business hours as P2 in london, counted from Mon 2 Mar, 18:00" in told


def test_business_time_has_a_reason() -> None:
    """A due time in business hours follows from the hours of the office that serves: its line, and the clause."""
    rows = {row["rule"]: row for row in report(closed())["because"]}
    hours = rows["offices.los_angeles"]
    assert (hours["clause"], hours["file"]) == ("hours", "policy.yaml")
    line = (ROOT / "policy.yaml").read_text(encoding="utf-8").splitlines()[hours["line"] - 1]
    assert line[hours["column"] - 1 :].startswith("{zone: America/Los_Angeles") or "los_angeles" in line
