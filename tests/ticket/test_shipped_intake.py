"""What the shipped policy reads from mails: priorities, facts and requests for escalation, as people write them."""

from __future__ import annotations

from typing import Any

import pytest

from support_policy.ticket.intake import Intake, intake
from tests.ticket.histories import policy


def read(subject: str = "", body: str = "", **about: Any) -> Intake:
    """What the shipped rules make of a mail of a customer."""
    mail = {"mail.from": "ann@acme.example", "mail.subject": subject, "mail.body": body}
    return intake(policy(), mail | {f"mail.{name}": value for name, value in about.items()})


STATED = [
    ("[P1] Site down", "", "P1"),
    ("Site down [p 2]", "", "P2"),
    ("P3: a question", "", "P3"),
    ("p4 : an idea", "", "P4"),
    ("Fwd: [P1] Site down", "", "P1"),
    ("Site down", "Hello,\nPriority: 1\nThanks", "P1"),
    ("Site down", "priority: p2", "P2"),
    ("Site down", "Priority : Emergency", "P1"),
    ("Site down", "*Priority:* Normal", "P3"),
    ("Site down", "  Priority: enhancement request", "P4"),
    ("[P2] Slow", "Priority: 1", "P1"),  # the more urgent of two
    ("Urgent!!!", "This is critical, priority one!", None),
    ("AMP1 fails", "", None),
    ("About P1: what is it?", "", None),
    ("Numbers", "Priority: 12", None),
    ("Numbers", "The priority: 1 of our goals", None),
    ("", "> Priority: 1", None),  # a quote that was not cut
    ("", "", None),
]


@pytest.mark.parametrize(("subject", "body", "priority"), STATED)
def test_the_priority_that_a_mail_states(subject: str, body: str, priority: str | None) -> None:
    """A tag in the subject or a line of its own states the priority; anything else states none."""
    assert read(subject, body).facts.get("stated_priority") == priority


def test_the_subject_of_a_reply_states_nothing() -> None:
    """Replies repeat the first subject; a line in a reply counts, and what one of us writes states no priority."""
    assert "stated_priority" not in read("Re: [P1] Site down", reply=True).facts
    assert read("Re: [P1] Site down", "Priority: 2", reply=True).facts["stated_priority"] == "P2"
    assert "stated_priority" not in read("[P1] Site down", "Priority: 1", by="engineer").facts


FACTS: list[tuple[str, dict[str, Any]]] = [
    ("Environment: production\nSite: down", {"environment": "production", "site_status": "down"}),
    ("environment: Development.", {"environment": "development"}),
    ("Site status: degraded", {"site_status": "degraded"}),
    ("*Site:* up", {"site_status": "up"}),
    ("Kind: enhancement", {"kind": "enhancement"}),
    ("Kind: feature request", {"kind": "enhancement"}),
    ("Kind: bug", {"kind": "problem"}),
    ("Kind: question", {"kind": "question"}),
    ("Kind: installation", {"kind": "installation"}),
    ("Kind: configuration", {"kind": "configuration"}),
    ("Emergency: yes\nLaunch: affected", {"emergency": True, "launch_affected": True}),
    ("Launch schedule affected: yes", {"launch_affected": True}),
    ("Schedule affected: yes", {"schedule_affected": True}),
    ("Environment: production or development?", {}),
    ("Our production environment is down.", {}),
    ("Emergency: no", {}),
]


@pytest.mark.parametrize(("body", "facts"), FACTS)
def test_the_facts_that_a_mail_says(body: str, facts: dict[str, Any]) -> None:
    """A line `name: value` is a fact; running text is none."""
    assert read("x", body, reply=True).facts == facts


def test_a_bare_mail_keeps_its_subject_and_its_text() -> None:
    """What is not understood is kept all the same: subject, body, customer and channel."""
    kept = {"subject": "Help", "body": "It does not work.", "channel": "email", "organization": "acme"}
    assert read("Help", "It does not work.").facts == kept


ASKS = [
    ("Escalation request", "", True),
    ("Please escalate VS-1001", "", True),
    ("Escalation [VS-1001]", "", True),
    ("ESCALATE", "", True),
    ("Request for escalation of VS-1001", "", True),
    ("Re: Site down", "Nothing happens.\nPlease escalate this to your manager.", True),
    ("Re: Site down", "escalation request", True),
    ("Re: Site down", "We request escalation, as it takes too long.", True),
    ("Re: Site down", "I ask for an escalation", True),
    ("Re: Escalation request", "Thank you.", False),
    ("Escalation of privileges in the shop", "", False),
    ("Re: Site down", "Do not escalate this, please.", False),
    ("Re: Site down", "Escalation is not needed.", False),
    ("Re: Site down", "Escalate, or wait? What do you think?", False),
    ("Re: Site down", "> Please escalate this", False),
]


@pytest.mark.parametrize(("subject", "body", "asks"), ASKS)
def test_a_customer_asks_for_escalation(subject: str, body: str, asks: bool) -> None:
    """A subject or a line of its own that asks for escalation is a request, by e-mail, in the customer's words."""
    found = read(subject, body, reply=True)
    assert found.events[0].type == "customer_replied"
    asked = {"via": "email", **({"reason": body} if asks else {})}
    assert [event.carried for event in found.events[1:]] == [asked] * asks
    assert (("asks-for-escalation") in [why.rule for why in found.because]) == asks


def test_only_a_customer_asks_about_a_ticket_that_there_is() -> None:
    """What one of us writes is no request, nor is a mail that begins a ticket."""
    said = "Please escalate this."
    assert [event.type for event in read("x", said, reply=True, by="engineer").events] == ["responded"]
    assert [event.type for event in read("x", said).events] == ["submitted"]


def test_every_rule_cites_what_it_follows_from_or_is_about_facts() -> None:
    """Rules that state a priority or ask for escalation cite their clauses."""
    rules = {str(rule.id): rule for rule in policy().rules["intake"].words}
    assert all(rule.clause == ("priority.stated",) for name, rule in rules.items() if name.startswith("states-"))
    assert rules["asks-for-escalation"].clause == ("p2.requested", "p3.requested", "p4.requested")
    assert rules["mail-begins-ticket"].clause == ("channel",)
    assert all(rule.says for rule in rules.values())
