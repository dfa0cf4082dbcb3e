"""Machines' mails count as nothing, are not answered, and end nowhere in a loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mail.making import PLAIN, REPORT, mail, many
from tests.mail.post import ANN, ENGINEER, OURS, Post, post
from tests.ticket.histories import edited


@pytest.fixture
def door() -> Iterator[Post]:
    """A house that mail comes to."""
    with post() as made:
        yield made


def bounce(of: str, status: str = "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n") -> bytes:
    """A report that gives back a mail."""
    body = many(
        (PLAIN, "It failed."),
        ("Content-Type: message/delivery-status", f"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; {ANN}\n{status}"),
        ("Content-Type: message/rfc822", f"Message-ID: {of}\nSubject: x\n\nx"),
    )
    return mail("bounce", body, Content_Type=REPORT, From="postmaster@acme.example")


def test_a_letter_that_comes_back_is_a_dead_letter(door: Post) -> None:
    """A bounce changes nothing on the ticket; the letter that failed is among the dead ones, with the diagnosis."""
    ticket = door.ticket()
    before = door.house.types(ticket)
    _, name = next(sent for sent in door.send() if sent[0].command == "receipt")
    taken = door.take(bounce(name), "<>")
    assert (taken.status, taken.ticket) == ("ignored", ticket)
    assert "could not be delivered" in taken.problem
    assert door.house.types(ticket) == before
    (dead,) = door.house.letters(status="dead")
    assert (dead.command, dead.error) == ("receipt", "it came back: 5.1.1; smtp; 550 no such user")
    assert [row.subject for row in door.audit("mail.bounced")] == [ticket]


def test_a_delay_is_no_failure(door: Post) -> None:
    """A warning that a letter is late leaves it as sent."""
    door.ticket()
    _, name = next(sent for sent in door.send() if sent[0].command == "receipt")
    taken = door.take(bounce(name, "Action: delayed\nStatus: 4.4.1\n"), "<>")
    assert (taken.status, door.house.letters(status="dead")) == ("ignored", [])


@pytest.mark.parametrize(
    "extra", ["Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes", "List-Id: <x>"]
)
def test_a_machine_on_a_ticket_is_noted(door: Post, extra: str) -> None:
    """An automatic answer is noted on its ticket's mails, and is no event, whoever it is of."""
    ticket = door.ticket()
    for sender in (ANN, ENGINEER):
        taken = door.write(f"away-{sender}", "I am away.\n", extra, From=sender, In_Reply_To="<first@acme.example>")
        assert (taken.status, taken.ticket) == ("ignored", ticket)
    assert door.facts(ticket) == ["submitted by customer"]
    assert len(door.house.letters(command="receipt")) == 1
    assert [row.ticket for row in door.rows(status="ignored")] == [ticket, ticket]


def test_two_machines_never_go_on_and_on() -> None:
    """A machine that does not say it is one, and answers every letter with a new mail, is answered no more soon."""
    with post(receipts=5) as door:
        mails = 0
        door.write("robot-0", From="robot@acme.example")
        while letters := [letter for letter, _ in door.send() if letter.recipient == "robot@acme.example"]:
            for _ in letters:
                mails += 1
                door.house.clock.tick(seconds=1)
                door.write(
                    f"robot-{mails}", f"Thank you, number {mails}.\n", From="robot@acme.example", Subject="Thanks"
                )
            assert mails < 20
        assert mails == 5
        assert len(door.audit("mail.no_receipt")) == 1
        door.house.clock.tick(hours=2)
        door.write("later", From="robot@acme.example")
        assert any(letter.recipient == "robot@acme.example" for letter, _ in door.send())


GIVE = "{name: give, params: {event: submitted, instead: yes}}"
ALERTS = f"""rules:
  - id: alerts-begin-tickets
    says: What the monitoring tells is a ticket.
    conditions:
      all:
        - {{name: mail.automatic, operator: is_true}}
        - {{name: mail.from, operator: equal_to, value: no-reply@monitor.example}}
    actions: [{GIVE}]
"""


def test_a_rule_lets_a_machine_begin_a_ticket() -> None:
    """Where a rule says so a machine's mail begins a ticket, and is not answered; other machines' mails do not."""
    with post(policy=edited(("rules/intake.yaml", "\nrules:\n", f"\n{ALERTS}"))) as door:
        alert = door.write("alert", "Disk full.\n", "Auto-Submitted: auto-generated", From="no-reply@monitor.example")
        assert (alert.status, door.facts(alert.ticket)) == ("taken", ["submitted by automatic"])
        assert door.house.letters(command="receipt") == []
        other = door.write("other", "x\n", "Auto-Submitted: auto-generated", From="no-reply@other.example")
        assert other.status == "ignored"


def test_a_rule_may_ignore_a_mail() -> None:
    """What a rule ignores is kept with the rule's reason."""
    ignore = "{name: ignore, params: {why: advertising}}"
    spam = ALERTS.replace("is_true", "is_false").replace("no-reply@", "news@").replace(GIVE, ignore)
    with post(policy=edited(("rules/intake.yaml", "\nrules:\n", f"\n{spam}"))) as door:
        taken = door.write("x", From="news@monitor.example")
        assert (taken.status, taken.problem) == ("ignored", "advertising")


def test_our_own_letter_that_comes_back_is_no_mail_of_anybody(door: Post) -> None:
    """A letter of ours that is handed back to us, as it is or on a way round, is a loop and nothing else."""
    ticket = door.ticket()
    (_, name) = door.send()[0]
    taken = door.write("x", "Receipt\n", f"X-Support-Policy: {OURS.domain}", From=ANN, Message_ID=name, Subject=ticket)
    assert (taken.status, taken.problem) == ("ignored", "it is a mail of our own that came back")
