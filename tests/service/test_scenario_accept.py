"""Accepting what is found: afterwards it passes, and nothing but the values of failing keys has changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.policy.compiled import Policy
from support_policy.service.scenario_accept import propose
from support_policy.service.scenario_edit import Page, yaml_text
from support_policy.service.scenario_text import read_scenarios
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Scalar
from support_policy.source.nodes import Sequence as SequenceNode
from support_policy.source.yaml import read_yaml
from tests.service.stories import EMERGENCY, FILE, FOLDER, ran, spoilt, story
from tests.ticket.histories import edited, policy

CHANGES = (
    ("policy.yaml", "first_response: 2bh", "first_response: 1bh"),
    ("policy.yaml", "first_response: 8bh", "first_response: 10bh"),
    ("policy.yaml", "- after: 2bh\n        notify: support_manager", "- after: 90bm\n        notify: directors"),
    ("policy.yaml", "      - after: 3bh", "      - after: 5bh"),
    ("policy.yaml", "remind: 1bh", "remind: 30bm"),
    ("policy.yaml", "workaround_is_resolution: no", "workaround_is_resolution: yes"),
    ("policy.yaml", "clarification_pauses: no", "clarification_pauses: yes"),
    ("policy.yaml", "waiting_for_customer_pauses: no", "waiting_for_customer_pauses: yes"),
    ("policy.yaml", "nothing_assessable: P3", "nothing_assessable: P2"),
    ("policy.yaml", "reopened_told_before: tell_again", "reopened_told_before: tell_nobody"),
    ("policy.yaml", "priority_change_open_target: from_submission", "priority_change_open_target: from_change"),
    ("policy.yaml", "zone: Europe/London", "zone: Europe/Lisbon"),
    ("rules/priority.yaml", "operator: equal_to, value: degraded", "operator: equal_to, value: down"),
    ("rules/directory.yaml", "support-manager.acme@vmoso.example", "desk@vmoso.example"),
)  # fmt: skip
LAYOUTS = """\
# A comment at the top.
scenarios:
  - scenario: "Every layout"   # of values
    start: 2026-03-02 10:00
    events:
      - at: start
        type: submitted
        {organization}: acme
        stated_priority: P1
        environment: production
        site_status: down
    expect:
      - at: 2026-03-02 12:00   # the first level
        # a comment between
        state:   open
        targets:
          first_response: breached
          resolution: running
        due: {
          automatic.2: 2026-03-02 13:00,   # the second
        }
        fired:
          - automatic.1
        notified:
        - support_manager

        rules: [ production-down ]   # one
        refused: []
      - {at: +3h, fired: [automatic.1,
           automatic.2], notified: directors, because: [ 'production-down', automatic ], due: {}}
""".replace("{organization}", "organization")
TEXTS = {**{path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yaml")}, "layouts": LAYOUTS}


def skeleton(text: str) -> str:
    """A text with the value of every claim cut out."""
    page, pieces = Page(text), []
    for scenario in read_scenarios(text, FILE).scenarios:
        for expectation in scenario.expect:
            for claim in expectation.claims.values():
                begin, end = page._begin(claim.node.span), page._last(claim.node)
                if isinstance(claim.node, SequenceNode) and text[begin] not in "[{":
                    begin = text.rindex("-", 0, begin) if text[begin] != "-" else begin
                pieces.append((begin, end))
    for begin, end in sorted(pieces, reverse=True):
        text = f"{text[:begin]}@{text[end:]}"
    return re.sub(r":\s+@", ": @", text)


@cache
def by_changes(*changes: tuple[str, str, str]) -> Policy:
    """The shipped policy with some of `CHANGES` made."""
    return edited(*changes)


def accepted(text: str, by: Policy) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The text after accepting all that can be accepted, and what is left."""
    made = propose(by, text.encode(), ran(text, by))
    return (made.data.decode() if made.data is not None else text), made.left


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=max(10, settings().max_examples // 10))
@given(changes=st.sets(st.sampled_from(CHANGES), max_size=6))
def test_what_is_accepted_passes_and_only_values_change(name: str, changes: Iterable[tuple[str, str, str]]) -> None:
    """Under any other policy: after accepting, all but what is left passes, and the rest of the file is as it was."""
    text, by = TEXTS[name], by_changes(*sorted(changes))
    new, left = accepted(text, by)
    assert {outcome.scenario.name for outcome in ran(new, by).failed} == {scenario for scenario, _ in left}
    assert skeleton(new) == skeleton(text)
    assert accepted(new, by)[0] == new


SAYS = policy().level("automatic", 1).says
EDITS = [
    # a claim as it is written, and as it is after accepting
    ("        fired: [automatic.1]\n", "        fired: []   # nobody\n", "        fired: [automatic.1]   # nobody\n"),
    ("        fired: [automatic.1]\n", "        fired: [automatic.2]\n", "        fired: [automatic.1]\n"),
    ("        fired: [automatic.1]\n", "        fired: [automatic.2, automatic.1, requested.1]\n",
     "        fired: [automatic.1]\n"),
    ("        fired: [automatic.1]\n", "        fired: automatic.2\n", "        fired: automatic.1\n"),
    ("        fired: [automatic.1]\n",
     "        fired:\n          - automatic.2   # goes\n          # stays\n          - automatic.1   # stays too\n",
     "        fired:\n          # stays\n          - automatic.1   # stays too\n"),
    ("        refused: []\n", "        refused:\n        - resolved\n", "        refused: []\n"),
    ("        refused: []\n", "        refused: # none\n          - resolved\n", "        refused: [] # none\n"),
    ("        state: open\n", "        state: 'resolved'   # why\n", "        state: open   # why\n"),
    ("        escalation_level: 1\n", "        escalation_level: 2\n", "        escalation_level: 1\n"),
    ("clarification_advised: no\n", "clarification_advised: yes\n", "clarification_advised: no\n"),
    ("{first_response: met, resolution: running}", "{resolution: stopped}",
     "{resolution: running, first_response: met}"),
    ("{first_response: met, resolution: running}", "\n          resolution: stopped # a\n          first_response: met",
     "\n          resolution: running # a\n          first_response: met"),
    ("{first_response: met, resolution: running}", "\n          resolution: running",
     "\n          resolution: running\n          first_response: met"),
    ("automatic.1: +2h,", "automatic.1: +90m,", "automatic.1: +2h,"),
    ("automatic.2: 2026-03-02 13:00", "automatic.2: 2026-03-02 14:00", "automatic.2: 2026-03-02 13:00"),
    ("automatic.1: +2h, automatic.2: 2026-03-02 13:00", "automatic.2: +4h, first_response: +2h",
     "automatic.2: +3h, automatic.1: 2026-03-02 12:00"),
    ("[support_manager]", "[{role: support_manager, to: someone@x.example}]",
     "[{role: support_manager, to: support-manager.acme@vmoso.example}]"),
    ("[support_manager]", "{role: support_manager, to: someone@x.example}",
     "[{role: support_manager, to: support-manager.acme@vmoso.example}]"),
    ("[support_manager]", "[{role: support_manager, message: hurry}]",
     f"[{{role: support_manager, message: {yaml_text(SAYS)}}}]"),
    ("[support_manager]", "\n        - directors\n        - role: customer\n          to: x",
     "\n        - support_manager"),
    ("because: [production-down]", "because: [production-down, enhancement]", "because: [production-down]"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "after"), EDITS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_edit_is_as_small_as_can_be(right: str, wrong: str, after: str, newline: str) -> None:
    """What is right already stays as it is written, in its place, with its comments; so do the ends of lines."""
    text = spoilt(right, wrong).replace("\n", newline)
    assert accepted(text, policy())[0] == spoilt(right, after).replace("\n", newline)


STUCK = [
    ("because: [production-down]", "because: [enhancement]", "take it out by hand"),
    ("because: [production-down]", "not_because: [production-down]", "take it out by hand"),
    ("at: automatic.1.due\n", "at: requested.2.due\n", "never falls due"),
]


@pytest.mark.parametrize(("right", "wrong", "why"), STUCK)
def test_what_would_expect_nothing_is_not_accepted(right: str, wrong: str, why: str) -> None:
    """An expectation that nothing that may be written would make true stays, and the reason is told."""
    text = spoilt(right, wrong)
    new, [(name, told)] = accepted(text, policy())
    assert new == text
    assert name == "An emergency"
    assert why in told


def test_one_scenario_does_not_hold_up_another() -> None:
    """Of two that fail, the one that can be accepted is."""
    other = spoilt("An emergency", "Another", spoilt("state: open", "state: closed")).partition("\n")[2]
    text = spoilt("because: [production-down]", "because: [enhancement]") + other
    new, left = accepted(text, policy())
    assert [name for name, _ in left] == ["An emergency"]
    assert new == text.replace("state: closed", "state: open")


SHARED = [
    ("fired: &none []", "fired: *none", "fired: &none []", "fired: [automatic.1]"),
    ("rules: &r [everything-else]", "rules: *r", "rules: &r [everything-else]", "rules: [production-down]"),
    ("state: &s open", "state: *s", "state: &s open", "state: *s"),
    ("state: &s closed", "state: open", "state: &s open", "state: open"),
    ("fired: &x [automatic.1]", "fired: *x", "fired: &x []", "fired: [automatic.1]"),
]


@pytest.mark.parametrize(("first", "second", "first_after", "second_after"), SHARED)
def test_what_others_share_is_not_spoilt_for_them(first: str, second: str, first_after: str, second_after: str) -> None:
    """A value repeated by an alias is written out where it must differ; an anchor keeps its name."""
    submitted = "at: start, type: submitted, organization: acme"
    question = story("2026-03-02 10:00", f"{submitted}, kind: question", expect=f"{{at: start, {first}}}")
    down = f"{submitted}, stated_priority: P1, environment: production, site_status: down"
    emergency = story("2026-03-02 10:00", down, expect=f"{{at: automatic.1.due, {second}}}").partition("\n")[2]
    text = question + emergency.replace("A story", "Another")
    new, left = accepted(text, policy())
    if first_after == "fired: &x []":
        # The anchor's own value changes with what stands for it: that is told, not done.
        assert (new, len(left)) == (text, 1)
    else:
        assert new == text.replace(f"{first}}}", f"{first_after}}}").replace(f"{second}}}", f"{second_after}}}")
        assert left == ()


def test_a_byte_order_mark_stays() -> None:
    """A file that begins with a mark begins with it afterwards."""
    data = b"\xef\xbb\xbf" + spoilt("state: open", "state: closed").encode()
    made = propose(policy(), data, ran(data.decode()))
    assert made.data == b"\xef\xbb\xbf" + EMERGENCY.encode()
    assert made.changes == ("s.yaml:10", "  - state: closed", "  + state: open")


@given(st.text())
def test_a_text_written_is_the_text_read(text: str) -> None:
    """Whatever a message says, it can be written within brackets and read again."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return
    findings = Findings()
    node = read_yaml(f"[{yaml_text(text)}]", FILE, findings)
    assert findings.items == []
    assert isinstance(node, SequenceNode)
    (item,) = node.items
    assert isinstance(item, Scalar)
    assert item.text == text
    assert not item.empty
