"""Every clause of the published policy, as a ticket lives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from support_policy.policy.citations import clause_uses
from tests.ticket.histories import P1, P2, P3, P4, PRIORITIES, policy, ticket

LEVELS = [("automatic", 1, "03-02 12:00", "due"), ("automatic", 2, "03-02 13:00", "due")]


def preamble() -> None:
    """Quality and timeliness are no rule: the clause is known, and binds nothing."""
    clause = policy().text.clauses["preamble"]
    assert not clause.binds
    assert not clause_uses(policy().text, policy().workflows).get("preamble")


def services() -> None:
    """Installing, configuring, developing and operating are all helped with; none is refused."""
    for kind in ("installation", "configuration", "problem", "question", "enhancement"):
        for environment in ("development", "production"):
            seen = ticket("acme", "03-02 10:00", {"kind": kind, "environment": environment}).seen("+1m")
            assert seen.data["state"] == "open"
            assert seen.refused == []


def channel() -> None:
    """Support is reached by e-mail at the support address, and a request may come that way."""
    contact = policy().text.contact
    assert contact is not None
    assert contact.email == "support@vmoso.com"
    seen = ticket("acme", "03-02 10:00", {**P3, "channel": "email"}).seen("+1m")
    assert seen.refused == []


def hours() -> None:
    """Hours are those of the office that serves the organization: the same words, other instants."""
    for organization, zone in (("acme", "-08:00"), ("globex", "+00:00"), ("initech", "+08:00")):
        seen = ticket(organization, "03-02 16:00", P1).seen("+5m")
        assert seen.data["targets"][0]["due_at"] == f"2026-03-03T10:00:00{zone}"


def response_by_priority() -> None:
    """The target of the first response follows the priority, in business hours only."""
    due = {"P1": "03-02 12:00", "P2": "03-02 14:00", "P3": "03-03 10:00", "P4": "03-04 10:00"}
    for name, facts in PRIORITIES.items():
        seen = ticket("acme", "03-02 10:00", facts).seen("+1m")
        assert seen.target()["due_at"] == due[name]
        assert "response.by-priority" in seen.clauses


def priority_stated() -> None:
    """The customer states the priority when submitting, and that one is in force."""
    seen = ticket("acme", "03-02 10:00", P2).seen("+1m")
    assert (seen.data["stated_priority"], seen.data["priority"]) == ("P2", "P2")
    assert "priority.stated" in seen.clauses


def priority_clarification() -> None:
    """Support may ask for clarification of any stated priority, even when the facts call for the very same."""
    seen = ticket("acme", "03-02 10:00", P2).then("+1h", "clarification_requested", "engineer").seen("+2h")
    assert seen.data["state"] == "clarifying"
    assert not seen.data["clarification_advised"]
    assert "priority.clarification" in seen.clauses


def p1_scope() -> None:
    """A complete failure of a production site is P1, and so is an emergency that affects its launch schedule."""
    down = ticket("acme", "03-02 10:00", {"environment": "production", "site_status": "down"}).seen("+1m")
    launch = ticket("acme", "03-02 10:00", {"emergency": True, "launch_affected": True}).seen("+1m")
    for seen in (down, launch):
        assert seen.data["assessed_priority"] == "P1"
        assert "p1.scope" in seen.clauses


def p1_target() -> None:
    """A P1 is to be answered within 2 business hours."""
    row = ticket("acme", "03-02 10:00", P1).seen("+1m").target()
    assert (row["target_seconds"], row["due_at"]) == (2 * 3600, "03-02 12:00")


def p1_level_1() -> None:
    """Not resolved within 2 business hours, answered or not: the organization's manager is notified."""
    seen = ticket("acme", "03-02 10:00", P1).then("+1h", "responded", "engineer").seen("+2h")
    assert seen.fired == LEVELS[:1]
    told = [{"role": "support_manager", "to": "support-manager.acme@vmoso.example"}]
    assert seen.level("automatic", 1)["notify"] == told
    assert seen.commands("notify")[0]["notify"] == told


def p1_action_plan() -> None:
    """The manager is asked for an action plan, and recording it moves the escalation, not the ticket."""
    seen = ticket("acme", "03-02 10:00", P1).then("+130m", "action_plan_recorded", "manager").seen("+150m")
    assert seen.commands("notify")[0]["then"] == "action_plan_recorded"
    assert seen.data["state"] == "open"
    assert [(r["workflow"], r["to"]) for r in seen.records("state_changed")] == [
        ("request", "open"),
        ("escalation", "with_manager"),
        ("escalation", "plan_agreed"),
    ]


def p1_level_2() -> None:
    """Still not resolved within 3 business hours, plan or no plan: the organization's directors are notified."""
    seen = ticket("acme", "03-02 10:00", P1).then("+130m", "action_plan_recorded", "manager").seen("+3h")
    assert seen.fired == LEVELS
    told = ["director.services@vmoso.example", "director.americas@vmoso.example"]
    assert seen.level("automatic", 2)["notify"] == [{"role": "directors", "to": to} for to in told]


def p1_case_review() -> None:
    """The directors are asked to review the case, and their review is recorded."""
    seen = ticket("acme", "03-02 10:00", P1).then("+200m", "case_reviewed", "director").seen("+4h")
    assert seen.commands("notify")[1]["then"] == "case_reviewed"
    assert seen.records("state_changed")[-1]["to"] == "reviewed"


def p1_automatic() -> None:
    """The escalation of a P1 happens by itself; no other priority has that chain."""
    assert ticket("acme", "03-02 10:00", P1).seen("+3h").fired == LEVELS
    for facts in (P2, P3, P4):
        assert ticket("acme", "03-02 10:00", facts).seen("03-31 10:00").levels == {}


def p2_scope() -> None:
    """Critical on a production site without total failure, or a problem that impacts a development schedule."""
    for facts in (
        {"environment": "production", "site_status": "degraded"},
        {"environment": "development", "schedule_affected": True},
    ):
        seen = ticket("acme", "03-02 10:00", facts).seen("+1m")
        assert seen.data["assessed_priority"] == "P2"
        assert "p2.scope" in seen.clauses


def target_of(name: str, hours: int) -> Callable[[], None]:
    """The target of a priority is so many business hours."""

    def scenario() -> None:
        assert ticket("acme", "03-02 10:00", PRIORITIES[name]).seen("+1m").target()["target_seconds"] == hours * 3600

    return scenario


def requested_of(name: str) -> Callable[[], None]:
    """A customer may request escalation at any time, through the engineer and/or by e-mail: both are one request."""

    def scenario() -> None:
        asked = ticket("acme", "03-02 10:00", PRIORITIES[name]).then(
            "+1m", "escalation_requested", "customer", via="engineer", reason="too slow"
        )
        seen = asked.then("+5m", "escalation_requested", "customer", via="email").seen("+10m")
        assert seen.fired == [("requested", 1, "03-02 10:01", "requested")]
        assert seen.level("requested", 1)["notify"][0]["role"] == "support_manager"
        assert len(seen.records("request_joined")) == 1
        assert f"{name.lower()}.requested" in seen.clauses

    return scenario


def p3_scope() -> None:
    """Every other case is P3."""
    for facts in ({"kind": "question"}, {"environment": "production", "site_status": "up"}, {"emergency": True}):
        seen = ticket("acme", "03-02 10:00", facts).seen("+1m")
        assert seen.data["assessed_priority"] == "P3"
        assert "p3.scope" in seen.clauses


def p4_scope() -> None:
    """A request for an enhancement is P4."""
    seen = ticket("acme", "03-02 10:00", {"kind": "enhancement"}).seen("+1m")
    assert seen.data["assessed_priority"] == "P4"
    assert "p4.scope" in seen.clauses


SCENARIOS: Mapping[str, Callable[[], None]] = {
    "preamble": preamble,
    "services": services,
    "channel": channel,
    "hours": hours,
    "response.by-priority": response_by_priority,
    "priority.stated": priority_stated,
    "priority.clarification": priority_clarification,
    "p1.scope": p1_scope,
    "p1.target": p1_target,
    "p1.level-1": p1_level_1,
    "p1.action-plan": p1_action_plan,
    "p1.level-2": p1_level_2,
    "p1.case-review": p1_case_review,
    "p1.automatic": p1_automatic,
    "p2.scope": p2_scope,
    "p2.target": target_of("P2", 4),
    "p2.requested": requested_of("P2"),
    "p3.scope": p3_scope,
    "p3.target": target_of("P3", 8),
    "p3.requested": requested_of("P3"),
    "p4.scope": p4_scope,
    "p4.target": target_of("P4", 16),
    "p4.requested": requested_of("P4"),
}


@pytest.mark.parametrize("clause", SCENARIOS)
def test_the_clause_holds(clause: str) -> None:
    """The scenario of every clause of the published policy comes true."""
    SCENARIOS[clause]()


def test_every_clause_has_a_scenario() -> None:
    """The scenarios are those of the policy's clauses, none missing and none beside them."""
    assert set(SCENARIOS) == set(policy().text.clauses)


def test_every_binding_clause_is_cited() -> None:
    """At least one rule, target or transition cites every clause that binds."""
    assert {str(clause) for clause, uses in clause_uses(policy().text, policy().workflows).items() if uses} == {
        name for name, clause in policy().text.clauses.items() if clause.binds
    }
