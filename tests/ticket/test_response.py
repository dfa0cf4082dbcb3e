"""Initial response, resolution, and what stops which clock."""

from __future__ import annotations

import pytest

from tests.ticket.histories import P1, P2, P3, ticket

ANSWERS = [
    # event, by, status of the first response
    ("responded", "engineer", "met"),
    ("responded", "manager", "met"),
    ("responded", "director", "met"),
    ("responded", "", "met"),
    ("responded", "automatic", "running"),  # an automatic receipt is no answer
    ("responded", "customer", "running"),  # nor does the customer answer themselves
    ("clarification_requested", "engineer", "met"),
    ("clarification_requested", "automatic", "running"),
    ("resolved", "engineer", "met"),  # resolved by a person without an earlier reply
    ("resolved", "automatic", "running"),
    ("workaround_given", "engineer", "running"),
    ("acknowledged", "manager", "running"),  # reading a notification is no message to the customer
    ("updated", "engineer", "running"),
    ("waiting_on_customer", "engineer", "running"),
]


@pytest.mark.parametrize(("event", "by", "status"), ANSWERS)
def test_what_counts_as_the_first_response(event: str, by: str, status: str) -> None:
    """The initial response is the first message of a person to the customer; a clarification request counts."""
    assert ticket("acme", "03-02 10:00", P2).then("+1h", event, by).seen("+2h").response == status


def test_assigning_is_no_response() -> None:
    """To assign a ticket is not to answer it."""
    seen = ticket("acme", "03-02 10:00", P2).then("+1h", "assigned", to="kim", team="core").seen("+2h")
    assert seen.response == "running"


def test_a_receipt_before_the_answer_changes_nothing() -> None:
    """After an automatic receipt the first message of a person is the response."""
    receipt = ticket("acme", "03-02 10:00", P1).then("+1s", "responded", "automatic")
    row = receipt.then("+30m", "responded", "engineer").seen("+1h").target()
    assert (row["status"], row["stopped_at"], row["worked_seconds"]) == ("met", "03-02 10:30", 1800)


def test_a_clarification_that_counts_is_reported_apart() -> None:
    """The record of a first response says that it was a request for clarification."""
    seen = ticket("acme", "03-02 10:00", P2).then("+1h", "clarification_requested", "engineer").seen("+2h")
    assert [record["event"] for record in seen.records("target_met")] == ["clarification_requested"]


def test_a_response_exactly_at_due_at_is_in_time() -> None:
    """A thing done exactly at due_at is in time."""
    seen = ticket("acme", "03-02 10:00", P1).then("+2h", "responded", "engineer").seen("+3h")
    assert seen.response == "met"
    assert seen.records("target_breached") == []


def test_a_response_a_second_after_due_at_is_late() -> None:
    """A thing done after due_at is missed, and then met."""
    seen = ticket("acme", "03-02 10:00", P1).then("+7201s", "responded", "engineer").seen("+3h")
    assert seen.response == "missed_then_met"
    assert seen.target()["stopped_at"] == "03-02 12:00:01"
    assert [record["at"] for record in seen.records("target_breached")] == ["2026-03-02T12:00:00-08:00"]


def test_at_due_at_without_an_answer_the_target_is_breached() -> None:
    """At due_at with no fact the target is breached; a second before it is still running."""
    asked = ticket("acme", "03-02 10:00", P1)
    assert [asked.seen(at).response for at in ("+7199s", "+2h", "+7201s")] == ["running", "breached", "breached"]


def test_a_response_at_the_closing_it_is_due_at_is_in_time() -> None:
    """A duration that ends exactly at closing is due at that closing; done then, it is in time."""
    seen = ticket("acme", "03-02 15:00", P1).then("03-02 17:00", "responded", "engineer").seen("03-03 12:00")
    assert seen.response == "met"
    late = ticket("acme", "03-02 15:00", P1).then("03-02 17:01", "responded", "engineer").seen("03-03 12:00")
    assert late.response == "missed_then_met"


def test_an_answer_does_not_stop_escalation() -> None:
    """Not *resolved*: neither an answer, nor a workaround, nor an acknowledgement stops the automatic chain."""
    seen = (
        ticket("acme", "03-02 10:00", P1)
        .then("+10m", "responded", "engineer")
        .then("+20m", "workaround_given", "engineer")
        .then("+30m", "acknowledged", "manager")
        .then("+40m", "clarification_requested", "engineer")
        .then("+50m", "waiting_on_customer", "engineer")
        .seen("+3h")
    )
    assert [row[1:] for row in seen.fired] == [(1, "03-02 12:00", "due"), (2, "03-02 13:00", "due")]
    assert (seen.resolution, seen.target("resolution")["worked_seconds"]) == ("running", 3 * 3600)


@pytest.mark.parametrize("event", ["waiting_on_customer", "clarification_requested"])
def test_no_clock_pauses(event: str) -> None:
    """No clock pauses: while the customer is waited for, both clocks count."""
    seen = ticket("acme", "03-02 10:00", P3).then("+1h", event, "automatic").seen("+3h")
    for metric in ("first_response", "resolution"):
        row = seen.target(metric)
        assert (row["status"], row["worked_seconds"]) == ("running", 3 * 3600)


def test_resolution_has_no_target() -> None:
    """The resolution is measured, not judged: no target and no due_at, running and then stopped."""
    asked = ticket("acme", "03-02 10:00", P1)
    row = asked.seen("+1h").target("resolution")
    assert (row["target_seconds"], row["due_at"], row["stopped_at"], row["status"]) == (None, None, None, "running")
    row = asked.then("+90m", "resolved", "engineer").seen("+3h").target("resolution")
    assert (row["target_seconds"], row["due_at"], row["stopped_at"], row["status"]) == (
        None,
        None,
        "03-02 11:30",
        "stopped",
    )
    assert row["worked_seconds"] == 5400


def test_resolved_in_time_withdraws_the_chain() -> None:
    """Resolved at the very instant a level falls due, the level does not fire."""
    seen = ticket("acme", "03-02 10:00", P1).then("+2h", "resolved", "engineer").seen("+5h")
    assert seen.fired == []
    assert seen.levels == {("automatic", 1): "withdrawn", ("automatic", 2): "withdrawn"}


def test_resolved_between_the_levels() -> None:
    """Resolved after the first level: it stays fired, the second is withdrawn."""
    seen = ticket("acme", "03-02 10:00", P1).then("+150m", "resolved", "engineer").seen("+5h")
    assert seen.levels == {("automatic", 1): "fired", ("automatic", 2): "withdrawn"}
    assert seen.data["escalation_level"] == 1


@pytest.mark.parametrize("end", ["closed", "withdrawn", "merged"])
def test_the_end_of_a_ticket_withdraws_what_runs(end: str) -> None:
    """Closed without resolution, or withdrawn: every running target and pending level is withdrawn."""
    asked = ticket("acme", "03-02 10:00", P1).then("+10m", "escalation_requested", "customer")
    seen = asked.then("+1h", end, into="VS-2").seen("03-04 10:00")
    assert (seen.data["state"], seen.response, seen.resolution) == (end, "withdrawn", "stopped")
    assert seen.levels == {
        ("automatic", 1): "withdrawn",
        ("automatic", 2): "withdrawn",
        ("requested", 1): "fired",
        ("requested", 2): "withdrawn",
    }
    assert seen.target()["stopped_at"] == "03-02 11:00"


def test_the_end_of_a_ticket_keeps_verdicts() -> None:
    """A target missed before the ticket was closed stays missed."""
    seen = ticket("acme", "03-02 10:00", P1).then("+150m", "closed").seen("+5h")
    assert seen.response == "breached"


def test_closed_after_resolution_keeps_everything() -> None:
    """To close a resolved ticket changes no verdict."""
    seen = ticket("acme", "03-02 10:00", P1).then("+1h", "resolved", "engineer").then("+5h", "closed").seen("+6h")
    assert (seen.response, seen.resolution, seen.target()["stopped_at"]) == ("met", "stopped", "03-02 11:00")
