"""What a policy may say of its schedules, and what is found in them."""

from __future__ import annotations

import pytest

from support_policy.model.policy import Schedule, Selection
from support_policy.source.words import Duration
from tests.policy.small import compiled, findings, spoilt

DIGEST = "digest: {cron: 0 9 * * mon-fri, notify: manager, only_when_open: yes}"


def _digest(says: str, cron: str = "0 9 * * mon-fri") -> dict[str, bytes]:
    return spoilt("policy.yaml", DIGEST, f"digest: {{cron: '{cron}', notify: manager{says}}}")


def test_a_schedule_says_what_it_tells_whom_and_when() -> None:
    """Every word is read as what it is; nothing needs to be said."""
    says = (
        ", lists: {priority: [P1], state: waiting, organization: acme, breached: yes, for: 8bh, age: 2h}, "
        "reports: month, per: recipient, empty: skip, missed: each, within: 24h, office: paris"
    )
    lists = Selection(("P1",), ("waiting",), ("acme",), (), True, Duration(28800, True), Duration(7200, False))
    assert compiled(_digest(says)).text.schedules["digest"] == Schedule(
        "digest",
        "0 9 * * mon-fri",
        ("manager",),
        "paris",
        lists=lists,
        reports="month",
        per="recipient",
        empty="skip",
        missed="each",
        within=Duration(86400, False),
    )
    plain = compiled(_digest("")).text.schedules["digest"]
    assert (plain.lists, plain.reports, plain.per, plain.missed, plain.within) == (None, "", "", "once", None)
    assert compiled(_digest(", lists: open")).text.schedules["digest"].lists == Selection()


@pytest.mark.parametrize(
    ("says", "code", "at", "help"),
    [
        (", lists: {priority: P9}", "P310", "P9", "expected one of `P1`, `P2`"),
        (", lists: {state: waitng}", "P310", "waitng", "did you mean `waiting`?"),
        (", lists: {state: resolved}", "P327", "resolved", "not final"),
        (", lists: {organization: acne}", "P310", "acne", "did you mean `acme`?"),
        (", lists: {team: blue}", "P310", "blue", ""),
        (", lists: {prority: P1}", "S205", "prority", "did you mean `priority`?"),
        (", lists: {for: 8 hours}", "S203", "8 hours", "`8bh`"),
        (", lists: {breached: often}", "S201", "often", "`yes` or `no`"),
        (", lists: {priority: []}", "S204", "[]", ""),
        (", lists: opne", "S202", "opne", "open"),
        (", reports: weekly", "S202", "weekly", "week"),
        (", missed: twice", "S202", "twice", "once"),
        (", per: organisation", "S202", "organisation", "organization"),
        (", empty: send", "P325", "empty", "lists: open"),
    ],
)
def test_a_mistake_is_one_finding_at_its_place(says: str, code: str, at: str, help: str) -> None:
    """What cannot be meant is told with its place and the nearest right name."""
    files = _digest(says)
    (found,) = findings(files)
    line = files["policy.yaml"].decode().split("\n")[found.span.line - 1]
    assert (found.code, line[found.span.column - 1 :].startswith(at)) == (code, True), found
    assert help in f"{found.message} {found.help}"


@pytest.mark.parametrize(
    ("cron", "happens"),
    [("0 9 * * mon-fri", True), ("0 9 * * sat,sun", False), ("0 3 * * *", False), ("30 16 1 1 *", True)],
)
def test_a_schedule_that_never_happens_is_found(cron: str, happens: bool) -> None:
    """Told only while the office is open, at hours at which it never is: nobody would ever hear of it."""
    found = findings(_digest(", only_when_open: yes", cron))
    assert [d.code for d in found] == ([] if happens else ["P324"])
    assert findings(_digest("", cron)) == ()


def test_one_message_for_all_needs_somebody_for_all() -> None:
    """A role that each organization fills by itself is told per organization."""
    files = _digest(", lists: open")
    unknown = b"unknown_organization: {roles: {manager: m@example.org, directors: d@example.org}}"
    files["rules/directory.yaml"] = files["rules/directory.yaml"].replace(unknown, b"")
    assert [d.code for d in findings(files)] == ["P326"]
    files["policy.yaml"] = files["policy.yaml"].replace(b"lists: open", b"lists: open, per: organization")
    assert findings(files) == ()
