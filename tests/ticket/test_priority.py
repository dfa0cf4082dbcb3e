"""Stated, assessed, in force: how a ticket's priority comes about and changes."""

from __future__ import annotations

import pytest

from tests.ticket.histories import P1, P3, P4, Ticket, ticket

ASSESSED = [
    ({"environment": "production", "site_status": "down"}, "P1"),
    ({"emergency": True, "launch_affected": True}, "P1"),  # no production site, up or live
    ({"emergency": True, "launch_affected": True, "environment": "development"}, "P1"),
    ({"emergency": True}, "P3"),
    ({"launch_affected": True}, "P3"),
    ({"emergency": False, "launch_affected": True}, "P3"),
    ({"environment": "production", "site_status": "degraded"}, "P2"),
    ({"environment": "development", "schedule_affected": True}, "P2"),
    ({"environment": "development", "site_status": "down"}, "P3"),
    ({"environment": "production", "schedule_affected": True}, "P3"),
    ({"kind": "enhancement"}, "P4"),
    ({"kind": "enhancement", "environment": "production"}, "P4"),
    # the order of assessment: P1, P2, P4, P3
    ({"kind": "enhancement", "environment": "production", "site_status": "down"}, "P1"),
    ({"kind": "enhancement", "environment": "production", "site_status": "degraded"}, "P2"),
    ({"kind": "question"}, "P3"),
    ({"subject": "Help!"}, None),  # words are nothing to assess by
]


@pytest.mark.parametrize(("facts", "priority"), ASSESSED)
def test_assessment(facts: dict[str, object], priority: str | None) -> None:
    """Degraded production is critical; a launch emergency needs no site; the first rule that holds decides."""
    assert ticket("acme", "03-02 10:00", facts).seen("+1m").data["assessed_priority"] == priority


def test_the_stated_priority_is_in_force() -> None:
    """When stated and assessed priority differ, the stated one is in force and clarification is advised."""
    seen = ticket("acme", "03-02 10:00", {**P1, "stated_priority": "P3"}).seen("+1m")
    assert (seen.data["priority"], seen.data["assessed_priority"]) == ("P3", "P1")
    assert seen.data["clarification_advised"]
    (advice,) = seen.commands("advise_clarification")
    assert advice["notify"] == [{"role": "support_engineer", "to": "engineers.americas@vmoso.example"}]
    assert "assumptions.priority_in_force" in seen.reasons


def test_no_advice_where_they_agree() -> None:
    """When stated and assessed priority agree, nothing is advised."""
    seen = ticket("acme", "03-02 10:00", P1).seen("+1m")
    assert not seen.data["clarification_advised"]
    assert seen.commands("advise_clarification", "flag") == []


def test_none_stated() -> None:
    """None stated: the assessed one is in force, and there is no doubt about it."""
    seen = ticket("acme", "03-02 10:00", {"environment": "production", "site_status": "degraded"}).seen("+1m")
    assert (seen.data["stated_priority"], seen.data["assessed_priority"], seen.data["priority"]) == (None, "P2", "P2")
    assert not seen.data["clarification_advised"]
    assert seen.records("priority_set")[0]["cause"] == "assessed"


def test_nothing_to_assess_by() -> None:
    """Nothing stated and nothing to assess by: P3, flagged."""
    seen = ticket("acme", "03-02 10:00").seen("+1m")
    assert (seen.data["stated_priority"], seen.data["assessed_priority"], seen.data["priority"]) == (None, None, "P3")
    assert [flag["rule"] for flag in seen.commands("flag")] == ["nothing-to-go-by"]
    assert seen.records("priority_set")[0]["cause"] == "nothing_to_assess"


def test_stated_without_facts() -> None:
    """A stated priority without any facts is in force; nothing is flagged and nothing advised."""
    seen = ticket("acme", "03-02 10:00", {"stated_priority": "P2"}).seen("+1m")
    assert (seen.data["priority"], seen.data["assessed_priority"]) == ("P2", None)
    assert seen.commands("flag", "advise_clarification") == []


def differing() -> Ticket:
    """A ticket stated P1 whose facts call for P3."""
    return ticket("acme", "03-02 10:00", {"stated_priority": "P1", "kind": "problem"})


@pytest.mark.parametrize("to", ["P1", "P3"])
def test_engineer_settles_the_difference(to: str) -> None:
    """The engineer and the customer settle the difference with a reason: either way nothing is advised any more."""
    seen = differing().then("+1h", "priority_changed", "engineer", to=to, reason="agreed").seen("+2h")
    assert (seen.data["priority"], seen.data["clarification_advised"]) == (to, False)


def test_settling_needs_a_reason() -> None:
    """A change of priority without a reason is refused, and changes nothing."""
    seen = differing().then("+1h", "priority_changed", "engineer", to="P3").seen("+2h")
    assert seen.refused == [("priority_changed", "`priority_changed` needs `reason`")]
    assert (seen.data["priority"], seen.data["clarification_advised"]) == ("P1", True)


def test_the_customer_is_told_of_a_change() -> None:
    """The customer is told of a change, and not of a confirmation."""
    confirmed = differing().then("+1h", "priority_changed", "engineer", to="P1", reason="agreed")
    assert confirmed.seen("+2h").commands("tell_customer") == []
    changed = confirmed.then("+2h", "priority_changed", "engineer", to="P3", reason="it works")
    (told,) = changed.seen("+3h").commands("tell_customer")
    assert (told["about"], told["from"], told["to"], told["reason"]) == ("priority_changed", "P1", "P3", "it works")


def test_two_changes_at_one_instant_are_both_told() -> None:
    """The customer is told of each of two changes at one instant, under keys of their own."""
    made = ticket("acme", "03-02 10:00", P1).then("+1h", "priority_changed", to="P2", reason="r")
    told = made.then("+1h", "priority_changed", to="P1", reason="r").seen("+2h").commands("tell_customer")
    assert [command["to"] for command in told] == ["P2", "P1"]
    assert len({command["key"] for command in told}) == 2


def test_new_facts_reassess_without_changing_the_priority() -> None:
    """New facts re-assess the priority, never the one in force; a new difference is advised on."""
    seen = ticket("acme", "03-02 10:00", P3).then("+1h", "updated", environment="production", site_status="down")
    data = seen.seen("+2h").data
    assert (data["priority"], data["assessed_priority"], data["clarification_advised"]) == ("P3", "P1", True)


def test_clarified_facts_end_the_advice() -> None:
    """Clarified facts that call for the stated priority leave nothing to advise."""
    asked = ticket("acme", "03-02 10:00", {"stated_priority": "P1", "environment": "production"})
    assert asked.seen("+1m").data["clarification_advised"]
    told = asked.then("+1h", "clarification_requested", "engineer").then("+2h", "clarified", site_status="down")
    seen = told.seen("+3h")
    assert (seen.data["assessed_priority"], seen.data["clarification_advised"]) == ("P1", False)


def test_settled_until_assessed_anew() -> None:
    """Once settled, only another assessment that differs from the priority in force is advised on again."""
    settled = differing().then("+1h", "priority_changed", "engineer", to="P2", reason="agreed")
    same = settled.then("+2h", "updated", subject="still broken").seen("+3h")
    assert not same.data["clarification_advised"]
    agreeing = settled.then("+2h", "updated", environment="production", site_status="degraded").seen("+3h")
    assert (agreeing.data["assessed_priority"], agreeing.data["clarification_advised"]) == ("P2", False)
    other = settled.then("+2h", "updated", kind="enhancement").seen("+3h")
    assert (other.data["assessed_priority"], other.data["clarification_advised"]) == ("P4", True)
    assert len(other.commands("advise_clarification")) == 2


def test_stated_anew_is_in_doubt_anew() -> None:
    """A customer who states another priority after it was settled does not change it, but reopens the question."""
    settled = differing().then("+1h", "priority_changed", "engineer", to="P3", reason="agreed")
    seen = settled.then("+2h", "updated", "customer", stated_priority="P2").seen("+3h")
    assert (seen.data["stated_priority"], seen.data["priority"], seen.data["clarification_advised"]) == (
        "P2",
        "P3",
        True,
    )


# -- a change of priority: targets ---------------------------------------------------------------------------------

DUE_AFTER = [
    # stated, changed after, to, due_at, status at +30m after the change
    (P3, "+1h", "P1", "03-02 12:00", "running"),  # re-aimed from the original submission; time worked counts
    (P3, "+1h", "P4", "03-04 10:00", "running"),
    (P1, "+1h", "P3", "03-03 10:00", "running"),
    (P3, "+2h", "P1", "03-02 12:00", "breached"),  # due at the very change is missed then, not before
    (P3, "+3h", "P1", "03-02 12:00", "breached"),
]


@pytest.mark.parametrize(("facts", "after", "to", "due", "status"), DUE_AFTER)
def test_an_open_target_is_re_aimed(facts: dict[str, str], after: str, to: str, due: str, status: str) -> None:
    """An open target is re-aimed from the original submission, time worked counts."""
    changed = ticket("acme", "03-02 10:00", facts).then(after, "priority_changed", "engineer", to=to, reason="r")
    row = changed.seen(f"+{int(after[1]) * 60 + 30}m").target()
    assert (row["due_at"], row["status"], row["started_at"]) == (due, status, "03-02 10:00")


def test_due_at_the_very_change_is_not_past() -> None:
    """A target that the change makes due at that very instant is still met by an answer at that instant."""
    raised = ticket("acme", "03-02 10:00", P3).then("+2h", "priority_changed", to="P1", reason="r")
    assert raised.then("+2h", "responded").seen("+3h").response == "met"


def test_already_past_is_missed_at_the_change() -> None:
    """If the re-aimed target is already past, it is missed at the change, not back-dated."""
    seen = ticket("acme", "03-02 10:00", P3).then("+3h", "priority_changed", to="P1", reason="r").seen("+4h")
    (record,) = seen.records("target_breached")
    assert (seen.short(record["at"]), seen.short(record["due_at"]), record["cause"]) == (
        "03-02 13:00",
        "03-02 12:00",
        "changed",
    )


@pytest.mark.parametrize(
    ("facts", "answered", "to", "status"),
    [(P3, "+3h", "P1", "met"), (P1, "+3h", "P4", "missed_then_met"), (P1, "+1h", "P4", "met")],
)
def test_a_verdict_is_kept(facts: dict[str, str], answered: str, to: str, status: str) -> None:
    """A target already met or missed keeps its verdict."""
    asked = ticket("acme", "03-02 10:00", facts).then(answered, "responded", "engineer")
    row = asked.then("+4h", "priority_changed", to=to, reason="r").seen("+5h").target()
    assert row["status"] == status


def test_a_missed_open_target_keeps_its_verdict() -> None:
    """A target missed and still open stays missed when the priority is lowered, and is then met late."""
    lowered = ticket("acme", "03-02 10:00", P1).then("+150m", "priority_changed", to="P4", reason="r")
    assert lowered.seen("+3h").response == "breached"
    assert lowered.then("+3h", "responded", "engineer").seen("+4h").response == "missed_then_met"


# -- a change of priority: chains ----------------------------------------------------------------------------------


def test_a_chain_counts_from_the_change() -> None:
    """A chain that begins by a change counts from the change."""
    raised = ticket("acme", "03-02 10:00", P3).then("+1h", "priority_changed", to="P1", reason="r")
    assert raised.seen("+5h").fired == [("automatic", 1, "03-02 13:00", "due"), ("automatic", 2, "03-02 14:00", "due")]


def test_the_old_chain_is_withdrawn() -> None:
    """A chain that the new priority lacks: pending levels are withdrawn, fired ones stay fired."""
    lowered = ticket("acme", "03-02 10:00", P1).then("+150m", "priority_changed", to="P3", reason="r")
    seen = lowered.seen("03-04 10:00")
    assert seen.levels == {("automatic", 1): "fired", ("automatic", 2): "withdrawn"}
    assert [row[:3] for row in seen.fired] == [("automatic", 1, "03-02 12:00")]
    assert seen.data["escalation_level"] == 1


def test_up_and_back_none_fires_twice() -> None:
    """P1, P3 and P1 again: a level that fired does not fire again, the other counts from the second change."""
    seen = (
        ticket("acme", "03-02 10:00", P1)
        .then("+150m", "priority_changed", to="P3", reason="r")
        .then("+180m", "priority_changed", to="P1", reason="r")
        .seen("03-04 10:00")
    )
    assert seen.fired == [("automatic", 1, "03-02 12:00", "due"), ("automatic", 2, "03-02 16:00", "due")]
    assert [command["key"] for command in seen.commands("notify")] == ["VS-1/automatic/1/1", "VS-1/automatic/2/1"]


def test_up_and_back_before_any_fired() -> None:
    """P1, P3 and P1 again before any level fired: both count from the second change."""
    seen = (
        ticket("acme", "03-02 09:00", P1)
        .then("+1h", "priority_changed", to="P3", reason="r")
        .then("+2h", "priority_changed", to="P1", reason="r")
        .seen("03-04 10:00")
    )
    assert [row[1:] for row in seen.fired] == [(1, "03-02 13:00", "due"), (2, "03-02 14:00", "due")]


def test_a_change_to_the_same_priority_moves_nothing() -> None:
    """To confirm a priority withdraws nothing and re-aims nothing."""
    seen = ticket("acme", "03-02 10:00", P1).then("+1h", "priority_changed", to="P1", reason="r").seen("+3h")
    assert [row[2] for row in seen.fired] == ["03-02 12:00", "03-02 13:00"]
    assert len(seen.records("target_set")) == 2


def test_changed_while_resolved_then_reopened() -> None:
    """Raised to P1 while resolved, then reopened: the chain counts what is worked from the reopening on."""
    raised = ticket("acme", "03-02 09:00", P4).then("+1h", "resolved", "engineer")
    raised = raised.then("+2h", "priority_changed", to="P1", reason="r")
    assert raised.seen("03-03 09:00").fired == []
    seen = raised.then("+3h", "reopened", "customer").seen("03-03 09:00")
    assert [row[1:] for row in seen.fired] == [(1, "03-02 14:00", "due"), (2, "03-02 15:00", "due")]
