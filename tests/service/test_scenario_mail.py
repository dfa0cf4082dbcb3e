"""Mails in scenarios: which events they are, and what is said of slips."""

# ruff: noqa: E501 - a row of the table is a line

from __future__ import annotations

import pytest

from support_policy.bootstrap import compile_files
from tests.policy.mailing import mailing
from tests.service.stories import findings, only, story
from tests.ticket.histories import shipped

POLICY = compile_files(mailing())
DAY = "2026-03-02 10:00"
MAIL = "at: start, mail: {from: x@acme.example, subject: URGENT}"


@pytest.mark.parametrize(
    ("events", "expect"),
    [
        ([MAIL], "{at: start, state: open, stated_priority: P1, priority: P1}"),
        ([MAIL, "at: +1h, mail: {from: early@x.example, body: Hm}"], "{at: +1h, targets: {first_response: met, resolution: running}}"),
        ([MAIL, "at: +1h, mail: {from: x@acme.example, body: escalate}"], "{at: +1h, notified: [manager]}"),
        ([MAIL, "at: +1h, mail: {from: x@acme.example, body: It works again.}"], "{at: +1h, state: resolved}"),
        ([MAIL, "at: +1h, mail: {from: x@news.example, body: It works again.}"], "{at: +1h, state: open, refused: []}"),
        ([MAIL, "at: +1h, mail: {from: x@acme.example, to: list@desk.example, subject: down}"], "{at: +1h, assessed_priority: none}"),
        ([MAIL, "at: +1h, recorded: +2h, mail: {from: early@x.example, size: 9, attachments: 1}"],
         "{at: +90m, targets: {first_response: running, resolution: running}}, {at: +2h, targets: {first_response: met, resolution: running}}"),
        (["at: start, mail: {from: x@shop.acme.example}"], "{at: start, due: {first_response: 2026-03-03T10:00:00-07:00}}"),
    ],
)  # fmt: skip
def test_a_mail_is_what_the_policy_makes_of_it(events: list[str], expect: str) -> None:
    """A mail in a scenario is taken in by the rules `intake`, with its sender as the directory knows it."""
    outcome = only(story(DAY, *events, expect=expect), POLICY)
    assert outcome.passed, (outcome.failures, outcome.tale)


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("from: x@acme.example", "form: x@acme.example", "S205", "`form`"),
        ("from: x@acme.example, ", "", "S206", "`from` is missing"),
        ("from: x@acme.example", "from: acme.example", "S201", "an e-mail address"),
        ("subject: URGENT}", "size: big}", "S201", "whole number"),
        ("at: start, mail", "mail", "S206", "`at` is missing"),
        ("subject: URGENT}", "subject: URGENT}, by: customer", "S205", "`by`"),
        ("mail: {from: x@acme.example, subject: URGENT}", "mail: x@acme.example", "S206", "`type` is missing"),
    ],
)
def test_a_slip_in_a_mail_is_found(old: str, new: str, code: str, said: str) -> None:
    """One slip is one finding that names the author's word, or what is missing."""
    text = story(DAY, MAIL, expect="{at: start, state: open}")
    assert text.count(old) == 1
    found = [d for d in findings(text.replace(old, new), POLICY) if d.code == code]
    assert len(found) == 1
    assert said in found[0].message


def test_a_policy_that_takes_no_mail_says_so() -> None:
    """A mail in a scenario of a policy without `mail:` is a finding, with what to write."""
    files = {
        name: data for name, data in shipped().items() if name not in ("rules/intake.yaml", "rules/templates.yaml")
    }
    lines = files["policy.yaml"].decode().split("\n")
    begin = lines.index("mail:")
    end = next(n for n in range(begin + 1, len(lines)) if not lines[n].startswith(" "))
    kept = [
        line for line in lines[:begin] + lines[end:] if not line.strip().startswith(("message:", "remind_message:"))
    ]
    policy = compile_files({**files, "policy.yaml": "\n".join(kept).encode()})
    (found,) = findings(story(DAY, MAIL, expect="{at: start, state: open}"), policy)
    assert (found.code, found.span.line) == ("T618", 5)
    assert "new_ticket: EVENT" in found.help
