"""Managers' mistakes in scenario files: each is found where it stands, with what to write instead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import support_policy
from support_policy.service.scenario_codes import CODES
from tests.service.stories import EMERGENCY, findings, spoilt, story

SUBMITTED = "at: start, type: submitted, organization: acme, stated_priority: P1"
MISTAKES = [
    # what is written, what is written instead, code, what is blamed, what is said
    ("clauses: [p1.level-1,", "clauses: [p1.level1,", "T606", "p1.level1", "`p1.level-1`"),
    ("type: responded", "type: respond", "E401", "respond, by", "`responded`"),
    ("by: engineer", "by: enginer", "E403", "enginer", "`engineer`"),
    ("site_status: down", "site_status: dwn", "E405", "dwn", "`down`"),
    ("site_status: down", "site_staus: down", "T609", "site_staus", "`site_status`"),
    ("site_status: down", "stated_priority: P5", "E405", "P5", "`P4`"),
    ("state: open", "state: opne", "T606", "opne", "`open`"),
    ("state: open", "priority: P9", "T606", "P9", "`P9`"),
    ("fired: [automatic.1]", "fired: [automatic.3]", "T606", "automatic.3", "automatic."),
    ("fired: [automatic.1]", "fired: [automatic.1, automatic.1]", "T608", "automatic.1", "already"),
    ("{automatic.1: +2h,", "{automatc.1: +2h,", "T606", "automatc.1:", "`automatic.1`"),
    ("at: automatic.1.due -1s", "at: automatic.9.due -1s", "T606", "automatic.9.due", "`automatic.9`"),
    ("{first_response: met,", "{first_respons: met,", "T606", "first_respons:", "`first_response`"),
    ("{first_response: met,", "{first_response: done,", "S202", "done", "`met`"),
    ("[support_manager]", "[support_manger]", "T606", "support_manger", "`support_manager`"),
    ("[support_manager]", "[{role: support_manager, mesage: x}]", "S205", "mesage", "`message`"),
    ("because: [production-down]", "because: [production-dwn]", "T606", "production-dwn", "`production-down`"),
    ("because: [production-down]", "because: []", "S204", "[]", "expected"),
    ("rules: [production-down]", "rules: [request-is-open]", "T606", "request-is-open", "request-is-open"),
    ("refused: []", "refused: [resolve]", "T606", "resolve", "`resolved`"),
    ("escalation_level: 1", "escalation_level: one", "S201", "one", "whole number"),
    ("clarification_advised: no", "clarification_advised: maybe", "S201", "maybe", "`yes` or `no`"),
    ("        state: open\n", "        sate: open\n", "S205", "sate:", "`state`"),
    ("start: 2026-03-02 10:00", "start: 2026-03-02", "T601", "2026-03-02", "10:00"),
    ("start: 2026-03-02 10:00", "start: +2h", "T601", "+2h", "date and time"),
    ("start: 2026-03-02 10:00", "start: 2026-02-30 10:00", "T601", "2026-02-30 10:00", "no such date"),
    ("at: +1h, type", "at: 1h, type", "T601", "1h", "`+1h`"),
    ("at: +1h, type", "at: 11:00, type", "T601", "11:00", "name the day too"),
    ("at: +1h, type", "at: +1d, type", "T601", "+1d", "`24h`"),
    ("at: +1h, type", "at: -1h, type", "T604", "-1h", "before the start"),
    ("at: +1h, type", "at: +1h, recorded: +30m, type", "T605", "+30m", "before it happens"),
    ("at: +1h, type: responded", "type: responded", "S206", "{type: responded, by: en", "`at`"),
    ("type: responded, by: engineer}", "type: updated, body: It works, mostly}", "T609", "mostly", "quotes"),
    ("type: responded, by: engineer}", "type: updated, fields: {knd: problem}}", "T606", "knd", "`kind`"),
    ("    start: 2026", "    zone: Europe/Lodon\n    start: 2026", "T615", "Europe/Lodon", "Europe/London"),
    ("scenario: An emergency", "scenario: [An, emergency]", "S201", "[An,", "a text"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "blamed", "said"), MISTAKES, ids=[m[1][:40] for m in MISTAKES])
def test_a_mistake_is_found_where_it_stands(old: str, new: str, code: str, blamed: str, said: str) -> None:
    """One slip is one finding, at its place, with the author's word or the right one."""
    text = spoilt(old, new)
    (found,) = findings(text)
    assert found.code == code
    assert text.splitlines()[found.span.line - 1][found.span.column - 1 :].startswith(blamed)
    assert found.span.line >= EMERGENCY[: EMERGENCY.index(old)].count("\n") + 1
    assert said in f"{found.message} {found.help}"


WHOLE = [
    (EMERGENCY[: EMERGENCY.index("    events:")] + "    events: []\n    expect: [{at: start, state: open}]\n", "S204"),
    (EMERGENCY[: EMERGENCY.index("    expect:")] + "    expect: []\n", "S204"),
    (EMERGENCY[: EMERGENCY.index("    expect:")], "S206"),
    (EMERGENCY[: EMERGENCY.index("    expect:")] + "    expect: [{at: start}]\n", "T607"),
    ("scenarios: []\n", "S204"),
    (EMERGENCY + EMERGENCY.partition("\n")[2], "T608"),
    (story("2026-03-02 10:00", SUBMITTED, expect="{at: +2h, fired: []}, {at: +1h, fired: []}"), "T605"),
    (story("2026-03-02 10:00", SUBMITTED, "at: +2h, type: resolved", "at: +1h, type: closed",
           expect="{at: +3h, state: closed}"), "T605"),
    (story("2026-03-02 10:00", SUBMITTED, expect="{at: 2026-03-02 09:59, fired: []}"), "T604"),
    (story("2026-03-08 02:30", SUBMITTED, expect="{at: start, state: open}"), "T602"),
    (story("2026-11-01 01:30", SUBMITTED, expect="{at: start, state: open}"), "T603"),
    (story("2026-03-02 10:00", SUBMITTED, expect="{at: start, due: {first_response: 2026-03-08 02:30}}"), "T602"),
    (story("2026-03-02 10:00", f"{SUBMITTED}, id: a", "at: +1h, type: responded, id: a",
           expect="{at: +2h, state: open}"), "E407"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), WHOLE)
def test_what_could_not_fail_is_refused(text: str, code: str) -> None:
    """Nothing to run, nothing expected, expected too early or out of order, at no time: none of it passes."""
    assert [found.code for found in findings(text)] == [code]


def test_a_time_that_came_twice_can_be_told_apart() -> None:
    """The help offers both instants, each of which can be written."""
    text = story("2026-11-01 01:30", SUBMITTED, expect="{at: start, state: open}")
    (found,) = findings(text)
    offered = re.findall("`([^`]+)`", found.help)
    assert offered == ["2026-11-01T01:30:00-07:00", "2026-11-01T01:30:00-08:00"]
    for instant in offered:
        assert findings(text.replace("2026-11-01 01:30", instant)) == ()


def test_all_mistakes_are_told_at_once() -> None:
    """Three slips in one file are three findings."""
    text = spoilt(
        "state: open", "state: opne", spoilt("by: engineer", "by: enginer", spoilt("refused: []", "refused: [x]"))
    )
    assert [found.code for found in findings(text)] == ["E403", "T606", "T606"]


def test_every_code_is_described_and_used() -> None:
    """The table of codes holds the codes that scenarios use, and no other."""
    sources = [path for path in Path(support_policy.__file__).parent.rglob("*.py") if path.name != "scenario_codes.py"]
    used = {code for path in sources for code in re.findall(r'"(T6[0-9]{2})"', path.read_text("utf-8"))}
    assert used == set(CODES)
