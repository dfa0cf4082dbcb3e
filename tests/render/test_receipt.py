"""The receipt of a mail, in the words of the shipped policy."""

from __future__ import annotations

from datetime import timedelta

import pytest

from support_policy.bootstrap import compile_files
from support_policy.model.event import Command
from support_policy.render.messages import Message, message_of
from support_policy.source.diagnostics import PolicyError
from support_policy.ticket.evaluate import run
from support_policy.ticket.history import read_history
from tests.ticket.histories import Ticket, policy, shipped, ticket

NAME = "mail_receipt"


def receipt(of: Ticket) -> Message:
    """The receipt of a ticket, as it is made when it has begun."""
    by, at = policy(), of.instant("+0s") + timedelta(seconds=1)
    assert by.text.mail is not None
    assert by.text.mail.receipt == NAME
    command = Command("receipt", "VS-1/receipt", at, (), {"message": by.text.mail.receipt})
    made = message_of(by, run(by, read_history(by, of.history()), at), command)
    assert made is not None
    return made


def test_a_receipt_names_ticket_priority_and_aim() -> None:
    """It says that the mail has come in, the ticket's name, its priority, and by when an answer is aimed for."""
    made = receipt(ticket("acme", "03-02 10:00", {"stated_priority": "P1", "subject": "Site down"}))
    assert (made.template, made.problem) == (NAME, "")
    assert made.subject == "VS-1: we have received your request"
    assert "The priority is P1 (Emergency)." in made.body
    assert "We aim to answer by Mon 2 Mar 2026, 12:00" in made.body
    assert "Subject: Site down" in made.body
    assert "guarantee" not in made.body


def test_a_receipt_says_when_no_priority_was_stated() -> None:
    """Whoever stated none is told which one is taken meanwhile."""
    made = receipt(ticket("acme", "03-02 10:00", {}))
    assert "You have stated no priority; we treat it as P3 (Normal) for now." in made.body


@pytest.mark.parametrize("name", [NAME, "escalation_manager"])
def test_a_receipt_speaks_of_no_promise_within_the_house(name: str) -> None:
    """Metrics that are never published may not stand in the receipt, though they may in messages to the house."""
    files = shipped()
    policy_yaml = (
        files["policy.yaml"]
        .decode()
        .replace("    says: The first message", "    kind: ola\n    says: The first message")
    )
    files = {**files, "policy.yaml": policy_yaml.encode()}
    with pytest.raises(PolicyError) as problem:
        compile_files(files)
    templates = files["rules/templates.yaml"].decode().split("\n")
    begin = templates.index(f"  {name}:")
    end = next(
        (n for n in range(begin + 1, len(templates)) if templates[n].startswith("  ") and templates[n][2] != " "), None
    )
    lines = range(begin + 1, (end or len(templates)) + 1)
    told = [d for d in problem.value.diagnostics if d.code == "N606" and d.span.line in lines]
    assert bool(told) == (name == NAME)
