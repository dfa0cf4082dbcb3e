"""What a manager gets to read of slips in what a mail becomes."""

# ruff: noqa: E501 - a row of the table is a line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.mailing import MAIL, mailing
from tests.policy.test_fuzz import outcome, spoilt_lines
from tests.policy.wide import found_in

P, D, N, T = "policy.yaml", "rules/directory.yaml", "rules/intake.yaml", "rules/templates.yaml"

MISTAKES = [
    # file, what is replaced, by what, code, where: the text that begins there, part of the help
    (P, "new_ticket: submitted", "new_ticket: submited", "P310", "submited", "did you mean `submitted`?"),
    (P, "new_ticket: submitted", "new_ticket: responded", "P393", "responded", "it begins with `submitted`"),
    (P, "  customer_reply: updated\n", "", "S206", "new_ticket", "a customer's mail about a ticket"),
    (P, "customer_reply: updated", "customer_repy: updated", "S205", "customer_repy", "did you mean `customer_reply`?"),
    (P, "staff_reply: responded", "staff_reply: respond", "P310", "respond", "did you mean `responded`?"),
    (P, "receipt: receipt", "receipt: reciept", "P310", "reciept", "did you mean `receipt`?"),
    (P, "tickets: T-", "tickets: T-1", "S201", "T-1", ""),
    (P, "tickets: T-", "tickets: A B", "S201", "A B", ""),
    (P, "manager: manager", "manager: manger", "P315", "manger", "did you mean `manager`?"),
    (P, "manager: manager", "manger: manager", "S205", "manger", "did you mean `manager`?"),
    (P, "manager: manager", "manager: [m@acme.example, two words]", "S201", "two words", ""),
    (D, "[acme.example, Acme.Test]", "[acme.example, a@b.example]", "S201", "a@b.example", ""),
    (D, "addresses: ann@private.example", "addresses: private.example", "S201", "private.example", ""),
    (D, "domains: [shop.acme.example]", "domains: [ACME.example]", "P391", "ACME.example", "a longer domain"),
    (D, "addresses: bob@acme.example", "addresses: Ann@private.example", "P391", "Ann@private", "single `addresses`"),
    (D, "domains: [shop.acme.example]", "domain: [shop.acme.example]", "S205", "domain:", "did you mean `domains`?"),
    (D, "to: d3@acme.example", "to: d3.acme.example", "P392", "d3.acme.example", "`channel:NAME`"),
    (D, "otherwise: night@x.example", "otherwise: chanel:night", "P392", "chanel:night", "`channel:NAME`"),
    (D, "to: d3@acme.example", "to: '@acme.example'", "P392", "'@acme.example", "`name@host`"),
    (N, "fact: site, value: down", "fact: sit, value: down", "P310", "sit,", "did you mean `site`?"),
    (N, "fact: site, value: down", "fact: site, value: dwon", "E405", "dwon", "did you mean `down`?"),
    (N, "fact: site, value: down", "fact: site, value: mail.subject", "E405", "mail.subject", "a rule of its own"),
    (N, "fact: users, value: 12", "fact: users, value: many", "E405", "many", ""),
    (N, "fact: users, value: 12", "fact: users, value: mail.body", "E405", "mail.body", "`mail.attachments`, `mail.size`"),
    (N, "fact: note, value: mail.body", "fact: note, value: mail.bdy", "E405", "mail.bdy", "did you mean `mail.body`?"),
    (N, "fact: stated_priority, value: P1", "fact: stated_priority, value: p1", "E405", "p1", "did you mean `P1`?"),
    (N, "fact: stated_priority, value: P1", "fact: organization, value: acne", "P310", "acne", "did you mean `acme`?"),
    (N, "fact: stated_priority, value: P1", "fact: stated_priority", "S206", "{name: set_fact", "`params: {value: ...}`"),
    (N, "fact: stated_priority, value: P1", "fact: stated_priority, valeu: P1", "P310", "valeu", "did you mean `value`?"),
    (N, "name: set_fact, params: {fact: stated_priority", "name: setfact, params: {fact: stated_priority", "P310", "setfact", "did you mean `set_fact`?"),
    (N, "event: asked", "event: askd", "P310", "askd", "did you mean `asked`?"),
    (N, "via: email", "viaa: email", "P310", "viaa", "did you mean `via`?"),
    (N, "reason: mail.body", "reason: mail.text", "E405", "mail.text", ""),
    (N, "instead: yes", "instead: maybe", "S202", "maybe", ""),
    (N, "{why: a newsletter}", "{}", "S206", "{name: ignore", "`params: {why: ...}`"),
    (N, "name: mail.subject, operator: starts_with", "name: mail.subjet, operator: starts_with", "R101", "{name: mail.subjet", "did you mean `mail.subject`?"),
    (N, "name: mail.reply, operator: is_true", "name: site, operator: is_missing", "R101", "{name: site", ""),
    (N, "'(?i)down'", "'(?i)(down'", "R107", "{name: mail.subject", ""),
    (T, "{{ priority }}", "{{ prioritty }}", "N602", "prioritty", "did you mean `priority`?"),
]  # fmt: skip


def templates_too(files: dict[str, bytes]) -> list[tuple[str, str, str, int, int]]:
    """(code, help, file, line, column) of every finding but notes, those of templates among them."""
    from support_policy.bootstrap import compile_files
    from support_policy.source.diagnostics import PolicyError

    try:
        found = compile_files(files).findings
    except PolicyError as problem:
        found = problem.diagnostics
    return [(d.code, d.help, d.span.file, d.span.line, d.span.column) for d in found if d.severity != "note"]


@pytest.mark.parametrize(("file", "old", "new", "code", "place", "help"), MISTAKES)
def test_one_mistake_is_told_once(file: str, old: str, new: str, code: str, place: str, help: str) -> None:
    """A slip is one finding, at its line and column, with what to write instead."""
    files = mailing((file, old, new))
    found = templates_too(files)
    assert [one[0] for one in found] == [code], found
    ((_, helped, told, line, column),) = found
    assert told == file
    assert help in helped
    assert (files[file].decode().split("\n")[line - 1][column - 1 :] + "\n").startswith(place)


def test_the_policy_itself_is_clean() -> None:
    """Without a mistake nothing is found, and a channel is an address."""
    assert templates_too(mailing()) == []
    assert templates_too(mailing((D, "to: d3@acme.example", "to: channel:board"))) == []


def test_rules_that_read_no_mail_are_doubted() -> None:
    """Rules of `intake` in a policy that takes no mail are a warning."""
    (finding,) = [d for d in found_in(mailing((P, MAIL, ""))) if d.span.file == N]
    assert (finding.code, finding.severity, finding.span.line) == ("P394", "warning", 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("responded: {by: [manager, automatic]}", ""),
        ("updated: {by: engineer}", "`updated` is for engineer"),
        ("responded: {by: [customer]}", "`responded` is for customer"),
        ("updated: {requires: [reason]}", "`updated` needs `reason`, and a mail carries `text` alone"),
        ("updated: {requires: [text]}", ""),
    ],
)
def test_a_mail_can_be_the_event_it_is_said_to_be(words: str, said: str) -> None:
    """An event that is not open to who writes, or needs what no mail has, is no event for a mail."""
    files = {**mailing(), "rules/events.yaml": f"events:\n  {words}\n".encode()}
    found = [d for d in found_in(files) if d.severity == "error"]
    assert [d.code for d in found] == ["P393"] * bool(said)
    assert all(d.message.startswith(said) and d.span.file == P for d in found)


@given(st.data())
def test_a_spoilt_policy_is_told_of_or_used(data: st.DataObject) -> None:
    """However these files are spoilt, reading them ends in a policy or in diagnostics that point into them."""
    files = mailing()
    for _ in range(data.draw(st.integers(1, 2))):
        name = data.draw(st.sampled_from([P, D, N]))
        files[name] = data.draw(spoilt_lines(files[name]))
    outcome(files)
