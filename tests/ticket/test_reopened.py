"""Reopened tickets."""

from __future__ import annotations

from tests.ticket.histories import P1, P2, Ticket, ticket


def reopened(facts: dict[str, str] = P1) -> Ticket:
    """Submitted at 10:00, resolved at 12:30, reopened at 14:00."""
    resolved = ticket("acme", "03-02 10:00", facts).then("+150m", "resolved", "engineer")
    return resolved.then("+4h", "reopened", "customer")


def test_the_resolution_clock_goes_on_where_it_stopped() -> None:
    """The resolution clock goes on where it stopped: the time between is not worked."""
    row = reopened().seen("+5h").target("resolution")
    assert (row["status"], row["worked_seconds"], row["stopped_at"]) == ("running", 150 * 60 + 3600, None)


def test_the_response_is_not_asked_for_again() -> None:
    """The initial response is not asked for again."""
    row = reopened(P2).seen("03-05 10:00").target()
    assert (row["status"], row["stopped_at"]) == ("met", "03-02 12:30")


def test_a_withdrawn_response_stays_withdrawn() -> None:
    """Closed without an answer and reopened: the initial response is not asked for again either."""
    closed = ticket("acme", "03-02 10:00", P2).then("+1h", "closed").then("+2h", "reopened")
    assert closed.seen("03-05 10:00").response == "withdrawn"


def test_levels_reached_stay_reached() -> None:
    """Levels reached stay reached; the next one fires when the worked time reaches it."""
    seen = reopened().seen("03-03 10:00")
    assert seen.fired == [("automatic", 1, "03-02 12:00", "due"), ("automatic", 2, "03-02 14:30", "due")]
    assert [record["cycle"] for record in seen.records("level_fired")] == [1, 1]


def test_those_told_are_told_again() -> None:
    """Those already told are told again, at the reopening, under a key of its own."""
    (again,) = reopened().seen("+270m").commands("notify_again")
    assert (again["chain"], again["level"], again["notify"][0]["role"]) == ("automatic", 1, "support_manager")
    twice = reopened().then("+5h", "resolved").then("+6h", "reopened").seen("+7h").commands("notify_again")
    assert [command["level"] for command in twice] == [1, 1, 2]
    assert len({command["key"] for command in twice}) == 3


def test_reopened_before_any_level() -> None:
    """Reopened before any level was reached, nobody is told again; both levels are still to come."""
    seen = ticket("acme", "03-02 10:00", P1).then("+1h", "resolved").then("+2h", "reopened").seen("+4h")
    assert seen.commands("notify_again") == []
    assert [row[1:] for row in seen.fired] == [(1, "03-02 13:00", "due"), (2, "03-02 14:00", "due")]


def test_a_closed_ticket_may_be_reopened() -> None:
    """A closed ticket is reopened like a resolved one: its pending levels are planned again."""
    seen = ticket("acme", "03-02 10:00", P1).then("+1h", "closed").then("+2h", "reopened").seen("+4h")
    assert seen.data["state"] == "open"
    assert [row[1:] for row in seen.fired] == [(1, "03-02 13:00", "due"), (2, "03-02 14:00", "due")]
    assert seen.resolution == "running"


def test_only_what_was_over_is_reopened() -> None:
    """An open, a withdrawn or a merged ticket is not reopened; the refusal says from where it could be."""
    for events in ([], ["withdrawn"], ["merged"]):
        made = ticket("acme", "03-02 10:00", P1)
        for event in events:
            made = made.then("+1h", event)
        ((type, why),) = made.then("+2h", "reopened").seen("+3h").refused
        assert type == "reopened"
        assert "resolved, closed" in why


def test_a_declined_request_is_not_told_again() -> None:
    """A request that was declined is settled: reopening tells its manager nothing."""
    declined = ticket("acme", "03-02 10:00", P2).then("+1h", "escalation_requested")
    declined = declined.then("+70m", "escalation_declined", reason="r").then("+2h", "resolved").then("+3h", "reopened")
    assert declined.seen("+4h").commands("notify_again") == []


def test_an_accepted_request_is_told_again() -> None:
    """The manager who accepted a request is told again when the ticket is reopened, and not reminded."""
    accepted = ticket("acme", "03-02 10:00", P2).then("+1h", "escalation_requested")
    accepted = accepted.then("+70m", "escalation_accepted").then("+2h", "resolved").then("+3h", "reopened")
    seen = accepted.seen("03-04 10:00")
    assert [(command["chain"], command["level"]) for command in seen.commands("notify_again")] == [("requested", 1)]
    assert len(seen.fired) == 1


def test_a_request_on_a_reopened_ticket_is_a_new_cycle() -> None:
    """A request that ended with the resolution does not come back; a new one is a new cycle."""
    made = ticket("acme", "03-02 10:00", P2).then("+1h", "escalation_requested").then("+70m", "resolved")
    made = made.then("+2h", "reopened").then("+3h", "escalation_requested")
    seen = made.seen("03-04 10:00")
    assert [(record["level"], record["cycle"]) for record in seen.records("level_fired")] == [(1, 1), (1, 2), (2, 2)]


def test_a_late_answer_stays_late() -> None:
    """A response that was missed and then met stays so when the ticket is reopened."""
    seen = ticket("acme", "03-02 10:00", P1).then("+3h", "resolved").then("+4h", "reopened").seen("+5h")
    assert seen.response == "missed_then_met"


def test_reopened_after_the_priority_changed() -> None:
    """Lowered while resolved: reopening plans no level of the chain that the ticket no longer has."""
    lowered = (
        ticket("acme", "03-02 10:00", P1).then("+1h", "resolved").then("+2h", "priority_changed", to="P3", reason="r")
    )
    seen = lowered.then("+3h", "reopened").seen("03-04 10:00")
    assert set(seen.levels.values()) == {"withdrawn"}


def test_reopened_where_a_level_was_just_not_reached() -> None:
    """Resolved at the very instant a level fell due, and reopened: the level fires at the reopening."""
    made = ticket("acme", "03-02 10:00", P1).then("+2h", "resolved").then("+4h", "reopened")
    seen = made.then("+4h", "updated", subject="s").seen("03-04 10:00")
    assert seen.fired == [("automatic", 1, "03-02 14:00", "changed"), ("automatic", 2, "03-02 15:00", "due")]
    assert seen.records("refolded") == []
