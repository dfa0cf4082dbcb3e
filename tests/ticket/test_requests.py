"""Escalation on request: asked by the customer, answered by the manager."""

from __future__ import annotations

import pytest

from tests.ticket.histories import P1, P2, P3, PRIORITIES, Ticket, edited, ticket

MANAGER = [{"role": "support_manager", "to": "support-manager.acme@vmoso.example"}]


def asked(facts: dict[str, str], at: str = "+1h") -> Ticket:
    """A ticket of `acme` submitted on a Monday at 10:00, whose customer asks for escalation."""
    return ticket("acme", "03-02 10:00", facts).then(at, "escalation_requested", "customer", via="email", reason="slow")


@pytest.mark.parametrize("facts", PRIORITIES.values(), ids=PRIORITIES)
def test_the_manager_is_told_at_once(facts: dict[str, str]) -> None:
    """A requested escalation goes to the Customer Support Manager at once; there is no waiting period before it."""
    seen = asked(facts, "+1s").seen("+2s")
    row = seen.level("requested", 1)
    assert (row["status"], row["due_at"], row["fired_at"], row["cause"], row["notify"]) == (
        "fired",
        "03-02 10:00:01",
        "03-02 10:00:01",
        "requested",
        MANAGER,
    )
    assert seen.commands("notify")[0]["key"] == "VS-1/requested/1/1"
    assert seen.data["escalation_level"] == 0


def test_a_request_is_recorded_with_how_and_why() -> None:
    """A request records by which way it came, and the customer's reason."""
    (record,) = asked(P2).seen("+2h").records("request_opened")
    assert (record["via"], record["reason"]) == ("email", "slow")


def test_an_unanswered_request_is_reminded_once() -> None:
    """Unanswered after 1 business hour, a reminder; only one."""
    seen = asked(P2).seen("03-06 10:00")
    assert seen.fired == [("requested", 1, "03-02 11:00", "requested"), ("requested", 2, "03-02 12:00", "due")]


@pytest.mark.parametrize("answer", ["escalation_accepted", "escalation_declined"])
@pytest.mark.parametrize(("after", "fired"), [("+119m", 1), ("+2h", 1), ("+121m", 2)])
def test_an_answer_within_an_hour_needs_no_reminder(answer: str, after: str, fired: int) -> None:
    """Answered within the hour, or exactly at its end, nobody is reminded."""
    seen = asked(P2).then(after, answer, "manager", reason="because").seen("+6h")
    assert len(seen.fired) == fired
    assert seen.level("requested", 2)["status"] == ("withdrawn" if fired == 1 else "fired")


def test_an_accepted_request_is_level_1() -> None:
    """Once a request is accepted the escalation level is 1, and the customer is told."""
    seen = asked(P2).then("+90m", "escalation_accepted", "manager").seen("+6h")
    assert seen.data["escalation_level"] == 1
    assert [command["about"] for command in seen.commands("tell_customer")] == ["accepted"]


def test_a_declined_request_is_not() -> None:
    """A declined request leaves the escalation level at 0; the customer is told the reason."""
    seen = asked(P2).then("+90m", "escalation_declined", "manager", reason="a fix ships today").seen("+6h")
    assert seen.data["escalation_level"] == 0
    (told,) = seen.commands("tell_customer")
    assert (told["about"], told["reason"]) == ("declined", "a fix ships today")


def test_a_decline_needs_a_reason() -> None:
    """A decline without a reason is refused; the request stays open and is reminded of."""
    seen = asked(P2).then("+90m", "escalation_declined", "manager").seen("+6h")
    assert seen.refused == [("escalation_declined", "`escalation_declined` needs `reason`")]
    assert seen.level("requested", 2)["status"] == "fired"


def test_an_answer_needs_a_request() -> None:
    """Nothing can be accepted that was not requested, nor twice."""
    early = ticket("acme", "03-02 10:00", P2).then("+1m", "escalation_accepted", "manager").seen("+2m")
    assert [type for type, _ in early.refused] == ["escalation_accepted"]
    twice = asked(P2).then("+70m", "escalation_accepted", "manager").then("+80m", "escalation_accepted", "manager")
    ((type, why),) = twice.seen("+2h").refused
    assert type == "escalation_accepted"
    assert "A requested escalation waits for an answer" in why


def test_a_second_open_request_joins_the_first() -> None:
    """Told to the engineer and by e-mail, both are one request: told once, reminded once."""
    seen = asked(P2).then("+70m", "escalation_requested", "customer", via="engineer").seen("+6h")
    assert [row[:3] for row in seen.fired] == [("requested", 1, "03-02 11:00"), ("requested", 2, "03-02 12:00")]
    assert [record["via"] for record in seen.records("request_joined")] == ["engineer"]
    assert len(seen.commands("notify")) == 2


@pytest.mark.parametrize("answer", ["escalation_accepted", "escalation_declined"])
def test_a_request_after_an_answer_is_a_new_cycle(answer: str) -> None:
    """A request after an answer is another one: the manager is told under a new key, the rows show the new cycle."""
    again = asked(P2).then("+90m", answer, "manager", reason="r").then("+2h", "escalation_requested", "customer")
    seen = again.seen("+150m")
    assert [record["cycle"] for record in seen.records("level_fired")] == [1, 2]
    assert [command["key"] for command in seen.commands("notify")] == ["VS-1/requested/1/1", "VS-1/requested/1/2"]
    assert seen.level("requested", 1)["fired_at"] == "03-02 12:00"
    assert seen.level("requested", 2)["status"] == "planned"


def test_for_p1_the_automatic_chain_goes_on() -> None:
    """For a P1 the manager is told at once and the automatic chain goes on."""
    seen = asked(P1, "+10m").then("+20m", "escalation_accepted", "manager").seen("+3h")
    assert seen.fired == [
        ("requested", 1, "03-02 10:10", "requested"),
        ("automatic", 1, "03-02 12:00", "due"),
        ("automatic", 2, "03-02 13:00", "due"),
    ]
    assert seen.data["escalation_level"] == 2


@pytest.mark.parametrize("end", ["closed", "withdrawn", "merged"])
def test_no_request_when_it_is_over(end: str) -> None:
    """A request on a ticket that is over is refused with the reason, and nobody is told."""
    seen = (
        ticket("acme", "03-02 10:00", P2).then("+1h", end).then("+2h", "escalation_requested", "customer").seen("+4h")
    )
    assert seen.refused == [("escalation_requested", f"`escalation_requested` is not allowed: the ticket is {end}")]
    assert seen.fired == []


def test_a_request_before_the_ticket_is_refused() -> None:
    """A request for a ticket that was never submitted is refused."""
    before = ticket("acme", "03-02 10:00", P2).then("03-02 09:00", "escalation_requested", "customer")
    ((type, why),) = before.seen("+4h").refused
    assert type == "escalation_requested"
    assert "has not begun" in why


def test_resolution_ends_an_open_request() -> None:
    """A resolved ticket's open request has come to its end: nobody is reminded, and nothing is left to answer."""
    resolved = asked(P2).then("+90m", "resolved", "engineer")
    seen = resolved.then("+2h", "escalation_accepted", "manager").seen("+6h")
    assert seen.level("requested", 2)["status"] == "withdrawn"
    assert [record["answer"] for record in seen.records("request_answered")] == ["ended"]
    assert [type for type, _ in seen.refused] == ["escalation_accepted"]


def test_a_request_on_a_resolved_ticket_is_heard() -> None:
    """The customer alone judges dissatisfaction: a ticket said to be resolved can be escalated."""
    seen = ticket("acme", "03-02 10:00", P2).then("+1h", "resolved").then("+2h", "escalation_requested").seen("+4h")
    assert [row[1:3] for row in seen.fired] == [(1, "03-02 12:00"), (2, "03-02 13:00")]


def test_a_request_outlives_a_change_of_priority() -> None:
    """A request that is open when the priority changes stays open, and is reminded of."""
    changed = asked(P3).then("+70m", "priority_changed", to="P4", reason="r")
    assert changed.seen("+6h").level("requested", 2)["status"] == "fired"
    assert changed.then("+80m", "escalation_accepted", "manager").seen("+6h").data["escalation_level"] == 1


def test_a_second_chain_of_requests() -> None:
    """Where priorities have requested chains of their own, a request that is open is joined all the same."""
    complaint = """  complaint:
    on: escalation_requested
    accept: escalation_accepted
    decline: escalation_declined
    notify: directors
    remind: 2bh
    clause: p4.requested
"""
    two = edited(
        ("policy.yaml", "first_response: 16bh, escalation: requested", "first_response: 16bh, escalation: complaint"),
        ("policy.yaml", "  requested:  ", complaint + "  requested:  "),
    )
    changed = asked(P3).then("+70m", "priority_changed", to="P4", reason="r")
    joined = changed.then("+80m", "escalation_requested", "customer")
    assert [record["chain"] for record in joined.seen("+90m", two).records("request_joined")] == ["requested"]
    answered = joined.then("+90m", "escalation_accepted").then("+2h", "escalation_requested").seen("03-04 10:00", two)
    assert [row[:3] for row in answered.fired] == [
        ("requested", 1, "03-02 11:00"),
        ("complaint", 1, "03-02 12:00"),
        ("complaint", 2, "03-02 14:00"),
    ]


def test_escalation_is_no_state_of_the_ticket() -> None:
    """Lifecycle and escalation are two machines: a request does not move the ticket."""
    assert asked(P2).then("+2h", "escalation_accepted", "manager").seen("+3h").data["state"] == "open"
