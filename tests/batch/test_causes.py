"""Every change that a policy makes is laid to the line that did it."""

from __future__ import annotations

from typing import Any

import pytest

from support_policy.batch.causes_parts import Former, assumptions_that_differ
from support_policy.batch.decide import decide_table
from support_policy.batch.difference import Difference
from tests.batch.compared import DESK, FIRST, TIGHTER, aimed, difference, line_of, only
from tests.batch.histories import invented
from tests.batch.results import Row, at, clock, edited, incidents, level, shipped, ticket, told
from tests.batch.varied import VARIANTS, named


def test_a_ticket_that_was_late_before_its_priority_changed_is_laid_to_the_line_that_changed() -> None:
    """Under 8bh it was aimed anew by P1; under 6bh it had been late by then: the line of P3 did it, not that of P1."""
    late = aimed("T", "missed_then_met", "2026-03-03 15:00", 21600, target_seconds=21600)
    again = aimed("T", "met", "2026-03-03 18:00", 7200, set_by=f"priorities.P1.{FIRST}")
    for before, after, kind in ((again, late, "2bh"), (late, again, "6bh")):
        old, new = (shipped(), edited(".", TIGHTER)) if kind == "2bh" else (edited(".", TIGHTER), shipped())
        found = only(difference(old, new, [(before, after)]), "due")
        says = "8bh -> 6bh" if kind == "2bh" else "6bh -> 8bh"
        assert (found[0], found[2], found[5]) == (kind, f"priorities.P3.{FIRST}", says)


@pytest.mark.parametrize("name", list(VARIANTS)[::3])
def test_whatever_line_of_a_policy_changes_every_change_is_laid_to_a_line(name: str) -> None:
    """Nothing that a ticket finds changed comes from nowhere, and what is found adds up."""
    old, new = named("shipped"), VARIANTS[name]()
    events, until = invented(old, 40, len(name))
    made = Difference(old, new)
    listed = made.changed(decide_table(old, events, until), decide_table(new, events, until))
    found = made.data()
    assert all(group["rule"] for group in found["groups"])
    assert found["changed"] == len(set(listed["ticket"].to_pylist()))
    same = Difference(old, old)
    same.add(decide_table(old, events, until), decide_table(old, events, until))
    assert (same.data()["changed"], same.data()["groups"]) == (0, [])


LATER = {"due_at": at("2026-03-04 15:00")}


@pytest.mark.parametrize(
    ("edits", "more", "rule", "file", "text", "says"),
    [
        (
            (("mon-fri: 09:00-17:00,", "mon-fri: 09:00-15:00,"),),
            {},
            "business_hours",
            "policy.yaml",
            "los_angeles: {zone",
            "mon-fri 09:00-17:00 -> mon-fri 09:00-15:00",
        ),
        (
            (("America/Los_Angeles, holidays: US/CA", "America/Los_Angeles, holidays: none"),),
            {},
            "offices.los_angeles",
            "policy.yaml",
            "los_angeles: {zone",
            "US/CA -> -",
        ),
        (
            (("date: 2026-12-24, office: london", "date: 2026-03-03, office: los_angeles"),),
            {},
            "special_days",
            "policy.yaml",
            "date: 2026-12-24",
            "",
        ),
        (
            (("    reopen: ignore ", "    reopen: resume "),),
            {},
            f"metrics.{FIRST}",
            "policy.yaml",
            "says: The first message",
            "",
        ),
        (
            (("clarification_is_response: yes", "clarification_is_response: no"),),
            {},
            "assumptions.clarification_is_response",
            "policy.yaml",
            "clarification_is_response: yes",
            "yes -> no",
        ),
        (
            (("office: los_angeles\n", "office: london\n"),),
            {"calendar": "london"},
            "offices.london",
            "policy.yaml",
            "london:      {zone",
            "los_angeles -> london",
        ),
    ],
    ids=["hours", "office", "special day", "metric", "assumption", "another office"],
)
def test_a_due_time_under_the_same_target_moves_for_another_reason(
    edits: tuple[tuple[str, str], ...], more: Row, rule: str, file: str, text: str, says: str
) -> None:
    """Hours, an office, a special day, the metric or an assumption is named when the target says what it said."""
    before = aimed("T", "met", "2026-03-03 17:00", 28800)
    after = before | {f"{FIRST}.{name}": value for name, value in (LATER | more).items()}
    found = only(difference(shipped(), edited(".", *edits), [(before, after)]), "due")
    assert found == ("8bh", "8bh", rule, file, line_of(file, text), says)


def assessed(priority: str, rule: str | None, in_force: str = "", **more: Any) -> Row:
    """A ticket that was assessed."""
    said = {"assessed_priority": priority, "assessed_by": rule, "stated_priority": "P3"}
    return ticket("T", in_force or priority, **(said | more))


@pytest.mark.parametrize(
    ("edits", "before", "after", "rule", "file", "text", "says"),
    [
        (
            (),
            assessed("P3", None, stated_priority=None),
            assessed("P1", "production-down", stated_priority=None),
            "production-down",
            "rules/priority.yaml",
            "id: production-down",
            "- -> production-down",
        ),
        (
            (),
            assessed("P2", "production-down", stated_priority=None),
            assessed("P1", "production-down", stated_priority=None),
            "production-down",
            "rules/priority.yaml",
            "id: production-down",
            "P2 -> P1",
        ),
        (
            (("priority_in_force: stated", "priority_in_force: assessed"),),
            assessed("P1", "production-down", "P3"),
            assessed("P1", "production-down", "P1"),
            "assumptions.priority_in_force",
            "policy.yaml",
            "priority_in_force: stated",
            "stated -> assessed",
        ),
        (
            (("nothing_assessable: P3", "nothing_assessable: P4"),),
            assessed("P3", None, stated_priority=None),
            assessed("P4", None, stated_priority=None),
            "assumptions.nothing_assessable",
            "policy.yaml",
            "nothing_assessable: P3",
            "P3 -> P4",
        ),
    ],
    ids=["another rule", "the rule says another", "an assumption", "nothing to assess by"],
)
def test_another_priority_is_laid_to_what_made_it(
    edits: tuple[tuple[str, str], ...], before: Row, after: Row, rule: str, file: str, text: str, says: str
) -> None:
    """The rule that now assesses the ticket, or the assumption that lets another priority be in force."""
    made = difference(shipped(), edited(".", *edits), [(before, after)])
    expected = (before["priority"], after["priority"], rule, file, line_of(file, text), says)
    assert only(made, "priority") == expected


def test_what_follows_from_another_priority_is_laid_to_what_changed_the_priority() -> None:
    """Its target, verdict, escalation and mail change because of the rule, not because of their own lines."""
    before = assessed("P3", None, stated_priority=None) | clock(
        FIRST, "met", 3.0, target_seconds=28800, set_by=f"priorities.P3.{FIRST}", due_at=at("2026-03-03 17:00")
    )
    after = assessed("P1", "production-down", stated_priority=None)
    after |= clock(
        FIRST,
        "missed_then_met",
        3.0,
        target_seconds=7200,
        set_by=f"priorities.P1.{FIRST}",
        due_at=at("2026-03-02 19:00"),
    )
    after |= level("automatic", 1, "2026-03-02 19:00")
    after["notifications"] = [told("2026-03-02 19:00", "support_manager", "automatic", 1)]
    made = difference(shipped(), shipped(), [(before, after)])
    assert {(g["what"], g["from"], g["to"], g["rule"], g["says"]) for g in made["groups"]} == {
        ("priority", "P3", "P1", "production-down", "- -> production-down"),
        ("due", "8bh", "2bh", "production-down", "P3 8bh -> P1 2bh"),
        ("missed", "met", "missed", "production-down", "P3 8bh -> P1 2bh"),
        ("escalation", "not fired", "fired", "production-down", "P3 -> P1"),
        ("notification", "0", "1", "production-down", "P3 -> P1"),
    }
    assert made["notifications"] == [{"role": "support_manager", "old": 0, "new": 1, "change": 1}]


def escalated(fired: str, *people: str, priority: str = "P2") -> Row:
    """An incident whose first urgent level fired at an instant (empty: it did not), and who was told."""
    mail = [told(fired, role, "urgent", 1) for role in people]
    aim: Row = {"target_seconds": 28800, "set_by": "priorities.P2.resolution"}
    return ticket("T", priority, clock("resolution", "running", **aim), level("urgent", 1, fired), notifications=mail)


@pytest.mark.parametrize(
    ("edits", "before", "after", "kinds", "rule", "text", "says"),
    [
        (
            (("{after: 4bh, notify", "{after: 3bh, notify"),),
            escalated("2016-03-07 12:00", "incident_manager"),
            escalated("2016-03-07 11:00", "incident_manager"),
            {("escalation", "fired", "fired at another time")},
            "escalation.urgent.1",
            "{after: 4bh",
            "after 4bh -> after 3bh",
        ),
        (
            (("{after: 4bh, notify: incident_manager", "{after: 4bh, notify: [incident_manager, head_of_operations]"),),
            escalated("2016-03-07 12:00", "incident_manager"),
            escalated("2016-03-07 12:00", "incident_manager", "head_of_operations"),
            {("notification", "0", "1")},
            "escalation.urgent.1",
            "{after: 4bh",
            "notify incident_manager -> notify incident_manager, head_of_operations",
        ),
        (
            (("escalation: urgent}", "escalation: major}"),),
            escalated("2016-03-07 12:00", "incident_manager"),
            escalated(""),
            {("escalation", "fired", "not fired"), ("notification", "1", "0")},
            "priorities.P2.escalation",
            "P2: {name: High",
            "urgent -> major",
        ),
        (
            (("mon-fri: 08:00-18:00", "mon-fri: 09:00-18:00"),),
            escalated("2016-03-07 12:00", "incident_manager"),
            escalated("2016-03-07 13:00", "incident_manager"),
            {("escalation", "fired", "fired at another time")},
            "business_hours",
            "desk: {zone",
            "mon-fri 08:00-18:00 -> mon-fri 09:00-18:00",
        ),
    ],
    ids=["level", "told", "chain of the priority", "hours"],
)
def test_an_escalation_is_laid_to_the_line_that_moved_it(
    edits: tuple[tuple[str, str], ...], before: Row, after: Row, kinds: set[Any], rule: str, text: str, says: str
) -> None:
    """The level's own line, the chains that the priority has, or the hours by which the clock counts."""
    made = difference(incidents(), edited(DESK, *edits), [(before, after)])
    assert {(g["what"], g["from"], g["to"]) for g in made["groups"]} == kinds
    for group in made["groups"]:
        assert (group["chain"], group["level"]) == ("urgent", 1)
        assert (group["rule"], group["line"], group["says"]) == (rule, line_of("policy.yaml", text, DESK), says)


def test_a_level_and_a_metric_that_only_one_policy_has_are_compared_with_nothing() -> None:
    """What a policy does not have counts as never there: it fires nowhere and nothing is due."""
    new = edited(DESK, ("      - {after: 7bh, notify: head_of_operations, says: An hour before the target.}\n", ""))
    before = escalated("2016-03-07 12:00") | level("urgent", 2, "2016-03-07 15:00")
    made = difference(incidents(), new, [(before, escalated("2016-03-07 12:00"))])
    found = [(g["level"], g["from"], g["to"], g["rule"], g["says"]) for g in made["groups"]]
    assert found == [(2, "fired", "not fired", "escalation.urgent.2", "after 7bh, notify head_of_operations -> -")]


def test_a_line_that_is_gone_is_told_as_that_of_the_policy_before() -> None:
    """What only the policy before had is named with its place there, and as former."""
    old, new = edited(DESK, ("reopened_told_before: tell_again", "reopened_told_before: tell_nobody")), incidents()
    (forth,) = assumptions_that_differ(old, new)
    gone = edited(DESK, ("  reopened_told_before: tell_again", "  # told again, as by default"))
    (back,) = assumptions_that_differ(old, gone)
    assert [isinstance(cause.span, Former) for cause in (forth, back)] == [False, True]
    assert back.span.line == line_of("policy.yaml", "reopened_told_before", DESK)
