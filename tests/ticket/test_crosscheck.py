"""The second opinion of the business-rules library on a ticket's rules."""

from __future__ import annotations

from datetime import UTC, datetime

from support_policy.ticket.crosscheck import Opinion, opinions
from support_policy.ticket.evaluate import run
from support_policy.ticket.history import read_history
from tests.ticket.histories import P1, P2, policy, ticket

END = datetime(2026, 3, 9, tzinfo=UTC)


def test_opinions_name_the_rules_that_hold() -> None:
    """Both opinions name the rules by id, for the facts as they stand at the end."""
    moved = ticket("acme", "03-02 10:00", P1).then("+1h", "updated", site_status="degraded")
    made = run(policy(), read_history(policy(), moved.history()), END)
    told = {opinion.rule_set: opinion for opinion in opinions(made)}
    assert told["priority"].reference == told["priority"].ours == ("production-degraded",)
    assert told["advice"].reference == ("ask-about-priority",)


def test_a_request_that_waits_is_seen_by_both() -> None:
    """Derived variables, such as an open request, reach the library too."""
    asked = ticket("acme", "03-06 16:50", P2).then("+1m", "escalation_requested", via="email", reason="r")
    made = run(policy(), read_history(policy(), asked.history()), END)
    assert {o.rule_set: o.reference for o in opinions(made)}["guards"] == ("request-is-open",)


def test_opinions_that_differ_do_not_agree() -> None:
    """An opinion agrees only when both name the same rules."""
    assert Opinion("priority", ("a",), ("a",)).agrees
    assert not Opinion("priority", ("a",), ("b",)).agrees
