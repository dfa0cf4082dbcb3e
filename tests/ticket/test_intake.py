"""What a mail becomes: its event, the facts it states, the events it is beside, and why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.kernel.facts import check_fact
from support_policy.policy.names import INTAKE
from support_policy.ticket.intake import NO_MAIL, intake
from tests.policy.mailing import INTAKE as RULES
from tests.policy.mailing import MAIL, taking
from tests.ticket.histories import policy as shipped

P, N = "policy.yaml", "rules/intake.yaml"
POLICY = taking()
NEW = {"mail.from": "x@acme.example"}
REPLY = {**NEW, "mail.reply": True, "organization": "acme"}
OURS = {"organization": "acme"}

BECOMES: list[tuple[dict[str, Any], dict[str, Any], list[tuple[str, dict[str, Any]]]]] = [
    # the mail, the facts it states, its events with what they carry
    (NEW, OURS, [("submitted", {})]),
    ({**NEW, "mail.body": "Hello"}, OURS, [("submitted", {"text": "Hello"})]),
    ({"mail.from": "x@nowhere.example"}, {}, [("submitted", {})]),
    ({**NEW, "mail.by": "engineer"}, {}, [("submitted", {})]),  # begun by us, for whom nobody has said
    ({**NEW, "organization": "globex"}, {"organization": "globex"}, [("submitted", {})]),
    ({**NEW, "mail.subject": "Site DOWN"}, {**OURS, "site": "down"}, [("submitted", {})]),
    (REPLY, {}, [("updated", {})]),
    ({**REPLY, "mail.by": "customer", "mail.body": "Hm"}, {}, [("updated", {"text": "Hm"})]),
    ({**REPLY, "mail.by": "engineer"}, {}, [("responded", {})]),
    ({**REPLY, "mail.by": "director"}, {}, [("responded", {})]),
    (
        {**REPLY, "mail.body": "a\r\nSite: up\r\nb"},
        {"site": "up", "note": "a\nSite: up\nb", "users": 12},
        [("updated", {"text": "a\nSite: up\nb"})],
    ),
    # The first rule that sets a fact wins; the others of its actions count.
    (
        {**REPLY, "mail.subject": "down", "mail.body": "Site: up"},
        {"site": "down", "note": "Site: up", "users": 12},
        [("updated", {"text": "Site: up"})],
    ),
    ({**REPLY, "mail.subject": "URGENT"}, {"stated_priority": "P1"}, [("updated", {})]),
    (
        {**REPLY, "mail.body": "Please escalate"},
        {},
        [("updated", {"text": "Please escalate"}), ("asked", {"via": "email", "reason": "Please escalate"})],
    ),
    ({**NEW, "mail.body": "Please escalate"}, OURS, [("submitted", {"text": "Please escalate"})]),
    ({**REPLY, "mail.body": "It works again."}, {}, [("resolved", {"text": "It works again."})]),
]


@pytest.mark.parametrize(("mail", "facts", "events"), BECOMES)
def test_a_mail_becomes(mail: dict[str, Any], facts: dict[str, Any], events: list[tuple[str, dict[str, Any]]]) -> None:
    """A mail is the event of the block `mail:`, with the facts and events that the rules read from it."""
    found = intake(POLICY, mail)
    assert found.facts == facts
    assert [(event.type, event.carried) for event in found.events] == events
    assert found.ignored == ""


@pytest.mark.parametrize(
    "mail",
    [{"mail.from": "x@NEWS.example"}, {"mail.to": ["List@Desk.example"]}, {"mail.size": 1_000_001}],
)
def test_what_a_rule_ignores_changes_nothing(mail: dict[str, Any]) -> None:
    """A mail that a rule ignores states no facts and is no event, and says why."""
    found = intake(POLICY, {**mail, "mail.subject": "down"})
    assert (found.facts, found.events, found.ignored) == ({}, (), "a newsletter")
    assert [why.rule for why in found.because] == ["says-down", "newsletter"]


def test_the_reasons_are_rules_with_their_places() -> None:
    """Each rule that held is a reason: where it stands, and what it saw, cut where it is long."""
    (why,) = intake(POLICY, {**NEW, "mail.subject": "down " * 1000}).because
    assert (why.rule, why.held, why.says) == ("says-down", True, "The site is down.")
    line = RULES.split("\n").index("  - id: says-down") + 1
    assert (why.span.file, why.span.line, why.span.column) == (N, line, 5)
    assert [(one.name, len(one.seen)) for one in why.seen] == [("mail.subject", 203)]


def test_the_first_rule_alone_where_the_set_says_so() -> None:
    """With `hit_policy: first`, the first rule that holds is the only one."""
    policy = taking((N, "rule_set: intake\n", "rule_set: intake\nhit_policy: first\n"))
    found = intake(policy, {**REPLY, "mail.subject": "down", "mail.body": "Site: up"})
    assert found.facts == {"site": "down"}


def test_a_policy_may_have_no_rules_for_mails() -> None:
    """Without rules a mail is the event of the block, and states no more than whom it comes from."""
    policy = taking((N, RULES, "facts: {}\n"))
    assert intake(policy, {**NEW, "mail.subject": "down"}).facts == OURS


def test_a_policy_without_the_block_takes_no_mail() -> None:
    """Where the policy does not say what a mail becomes, it becomes nothing, and that is said."""
    found = intake(taking((P, MAIL, "")), NEW)
    assert (found.ignored, found.events) == (NO_MAIL, ())


texts = st.text(st.characters(), max_size=60)
anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), texts, st.lists(st.one_of(texts, st.integers()), max_size=4)
)
telling = st.sampled_from(
    ["[P1] x", "P2: y", "Priority: 3\nSite: down", "Please escalate this", "Environment: production"]
)


@pytest.mark.fuzz
@given(st.dictionaries(st.sampled_from(list(INTAKE)), st.one_of(anything, telling)))
def test_whatever_a_mail_says_it_becomes_something(mail: dict[str, Any]) -> None:
    """No mail makes the intake fail: it is ignored with a reason, or is an event, with facts that the policy knows."""
    for policy in (POLICY, shipped()):
        found = intake(policy, mail)
        assert bool(found.events) != bool(found.ignored)
        assert all(event.type in policy.event_types for event in found.events)
        for name, value in found.facts.items():
            assert check_fact(policy.facts[name], value) is None
        for event in found.events:
            "".join(map(str, event.carried.values())).encode()
