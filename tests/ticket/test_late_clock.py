"""Metrics that start later than the ticket does."""

from __future__ import annotations

from support_policy.ticket.evaluate import evaluate
from tests.ticket.histories import P1, P3, edited, ticket

ASSIGNED_STARTS_RESOLUTION = (
    "policy.yaml",
    "says: From submission until the problem is resolved.\n    start: submitted",
    "start: assigned",
)


def test_a_chain_begins_when_the_clock_it_counts_starts() -> None:
    """A chain whose metric starts with a later event begins with that event, and counts from it."""
    desk = edited(ASSIGNED_STARTS_RESOLUTION)
    seen = ticket("acme", "03-02 10:00", P1).then("+1h", "assigned", to="someone").seen("+6h", desk)
    assert [row[1:3] for row in seen.fired] == [(1, "03-02 13:00"), (2, "03-02 14:00")]


def test_a_chain_that_a_priority_brings_waits_for_its_clock() -> None:
    """A priority changed before the metric starts brings a chain that begins with the metric."""
    desk = edited(ASSIGNED_STARTS_RESOLUTION)
    raised = ticket("acme", "03-02 09:00", P3).then("+1h", "priority_changed", to="P1", reason="r")
    seen = raised.then("+2h", "assigned", to="someone").seen("+6h", desk)
    assert [row[1:3] for row in seen.fired] == [(1, "03-02 13:00"), (2, "03-02 14:00")]


def test_a_ticket_may_begin_with_a_change_of_priority() -> None:
    """Where a workflow lets a ticket begin with `priority_changed`, the priority it names is in force."""
    begins = (
        "workflows/request.yaml",
        "trigger: priority_changed, source: [open,",
        "trigger: priority_changed, source: [new, open,",
    )
    desk = edited(begins)
    history = {
        "ticket": "A",
        "events": [{"at": "2026-03-02T18:00:00Z", "type": "priority_changed", "to": "P1", "reason": "by phone"}],
    }
    assert evaluate(desk, history, "2026-03-02T19:00:00Z")["priority"] == "P1"
