"""Scenario files torn at random: whatever stands there, it is run, or every problem is told; nothing else happens."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.service.scenario_accept import propose
from support_policy.service.scenario_report import as_json, as_junit, lines
from support_policy.service.scenario_run import run_file
from support_policy.source.diagnostics import PolicyError
from tests.service.stories import EMERGENCY, FILE
from tests.ticket.histories import policy

PIECES = (
    "", "\n", " ", "  - ", "{", "}", "[", "]", ": ", ", ", "#", "*a", "&a ", "!x ", "'", '"', "|", ">", "-", "+", "\t",
    "~", "null", "none", "start", "+2h", "-1s", "+2bh", "+99999h", "first_response.due", "resolution.due",
    "automatic.1", "requested.2.due -9bh", "timer.x", "2026-03-08 02:30", "2199-12-31 23:00", "1900-01-01 00:00",
    "2026-03-02T10:00:00Z", "P1", "open", "met", "acme", "submitted", "{role: customer, to: x}", "yes", "9", "\u00e9",
    "\U0001f600", "\x07", "\ud800", "notified: []\n", "due: {}\n", "expect: []\n", "recorded: +3h, ",
    "fields: {kind: problem}, ", "id: a, ", "zone: UTC\n",
)  # fmt: skip
WORDS = sorted({word for word in re.split(r"[\s{,\[]+", EMERGENCY) if len(word) > 1})


@pytest.mark.fuzz
@given(
    st.lists(
        st.tuples(st.integers(0, len(EMERGENCY)), st.integers(0, 25), st.sampled_from(PIECES)), min_size=1, max_size=4
    )
)
def test_a_torn_file_does_no_harm(tears: list[tuple[int, int, str]]) -> None:
    """Pieces cut out and put in: a result that can be reported and accepted, or findings."""
    text = EMERGENCY
    for at, length, piece in tears:
        text = text[:at] + piece + text[at + length :]
    check(text)


@pytest.mark.fuzz
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from((*PIECES, *WORDS))), min_size=1, max_size=3))
def test_words_in_the_wrong_place_do_no_harm(swaps: list[tuple[str, str]]) -> None:
    """A word replaced by another one: the same."""
    text = EMERGENCY
    for old, new in swaps:
        text = text.replace(old, new, 1)
    check(text)


def check(text: str) -> None:
    """Run a text; what it comes to can be told in every form, and accepting it leaves nothing that fails unsaid."""
    try:
        outcome = run_file(policy(), text, FILE)
    except PolicyError:
        return
    assert len(as_json([outcome])["files"][0]["scenarios"]) == len(outcome.outcomes)
    assert list(lines(outcome))
    assert as_junit([outcome]).startswith(b"<?xml")
    if outcome.failed:
        made = propose(policy(), text.encode(), outcome)
        left = {name for name, _ in made.left}
        again = run_file(policy(), made.data, FILE) if made.data is not None else outcome
        assert {str(o.scenario.name) for o in again.failed} == left
