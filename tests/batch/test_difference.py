"""Two policies on the same tickets: what changes, for whom, and the line of the policy that did it."""

from __future__ import annotations

import pickle
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.batch.changes import CHANGED
from support_policy.batch.difference import Difference
from support_policy.policy.compiled import Policy
from tests.batch.results import Row, at, clock, edited, incidents, level, shipped, table, ticket, told

FIRST = "first_response"
DESK = "examples/incidents"


def line_of(policy_file: str, text: str, folder: str = ".") -> int:
    """The line on which a text stands in a file of the project."""
    from tests.batch.results import ROOT

    lines = (ROOT / folder / policy_file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def difference(old: Policy, new: Policy, rows: list[tuple[Row, Row]]) -> dict[str, Any]:
    """What is found of pairs of rows."""
    made = Difference(old, new)
    made.add(table(old, [row for row, _ in rows]), table(new, [row for _, row in rows]))
    return made.data()


def aimed(name: str, status: str, due: str, seconds: int, **more: Any) -> Row:
    """A P3 ticket with a first response due at an instant."""
    said = {"target_seconds": seconds, "due_at": at(due), "set_by": f"priorities.P3.{FIRST}", "calendar": "los_angeles"}
    return ticket(name, "P3", clock(FIRST, status, 7.0, **(said | more)))


TIGHTER = (f"{FIRST}: 8bh,", f"{FIRST}: 6bh,")


def test_a_shorter_target_is_named_with_its_line_and_the_tickets_it_makes_late() -> None:
    """The group says what the line said and says, where it stands, how many tickets it moves, and the first by name."""
    old, new = shipped(), edited(".", TIGHTER)
    rows = [
        (aimed(f"T{i}", "met", "2026-03-03 17:00", 28800), aimed(f"T{i}", status, "2026-03-03 15:00", 21600))
        for i, status in enumerate(["missed_then_met"] * 7 + ["met"] * 3)
    ]
    rows.append((ticket("same", "P1"), ticket("same", "P1")))
    made = difference(old, new, rows)
    by = {
        "rule": f"priorities.P3.{FIRST}",
        "file": "policy.yaml",
        "line": line_of("policy.yaml", "P3: {name"),
        "says": "8bh -> 6bh",
    }
    assert (made["tickets"], made["changed"], made["not_compared"]) == (11, 10, 0)
    assert made["groups"] == [
        {"what": "due", "metric": FIRST, "from": "8bh", "to": "6bh", **by, "tickets": 10}
        | {"examples": ["T0", "T1", "T2", "T3", "T4"]},
        {"what": "missed", "metric": FIRST, "from": "met", "to": "missed", **by, "tickets": 7}
        | {"examples": ["T0", "T1", "T2", "T3", "T4"]},
    ]
    assert made["missed"] == [
        {"metric": FIRST, "priority": "P3", "newly": 7, "no_longer": 0, "old": 0, "new": 7}
        | {"examples": ["T0", "T1", "T2", "T3", "T4"]}
    ]


def test_a_ticket_that_was_late_before_its_priority_changed_is_laid_to_the_line_that_changed() -> None:
    """Under 8bh it was aimed anew by P1; under 6bh it had been late by then: the line of P3 did it, not that of P1."""
    late = aimed("T", "missed_then_met", "2026-03-03 15:00", 21600, target_seconds=21600)
    again = aimed("T", "met", "2026-03-03 18:00", 7200, set_by=f"priorities.P1.{FIRST}")
    for before, after, kind in ((again, late, "2bh"), (late, again, "6bh")):
        old, new = (shipped(), edited(".", TIGHTER)) if kind == "2bh" else (edited(".", TIGHTER), shipped())
        found = only(difference(old, new, [(before, after)]), "due")
        says = "8bh -> 6bh" if kind == "2bh" else "6bh -> 8bh"
        assert (found[0], found[2], found[5]) == (kind, f"priorities.P3.{FIRST}", says)


def only(made: dict[str, Any], what: str) -> tuple[str | None, str | None, str, str | None, int | None, str]:
    """The one group of a kind: from, to, rule, file, line, says."""
    (group,) = [group for group in made["groups"] if group["what"] == what]
    return tuple(group[key] for key in ("from", "to", "rule", "file", "line", "says"))


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
            (TIGHTER,),
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
    # The office is another by the directory: the targets are as they were.
    new = edited(".", *edits) if rule != "offices.london" else shipped()
    found = only(difference(shipped(), new, [(before, after)]), "due")
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


def test_tickets_that_a_policy_could_not_decide_are_not_compared() -> None:
    """They are counted."""
    good, bad = ticket("A", "P1"), {"ticket": "B", "error": "not_decided"}
    made = difference(shipped(), shipped(), [(good, good), (ticket("B", "P1"), bad)])
    assert (made["tickets"], made["not_compared"], made["changed"]) == (1, 1, 0)


def test_results_of_other_tickets_are_refused() -> None:
    """Side by side stands the same ticket, or nothing is compared."""
    made = Difference(shipped(), shipped())
    with pytest.raises(ValueError, match="not of the same tickets"):
        made.add(table(shipped(), [ticket("A", "P1")]), table(shipped(), [ticket("B", "P1")]))


def test_every_changed_ticket_is_listed_with_what_changed() -> None:
    """The rows of a ticket stand together, with the lines of the policy and the instants of the ticket."""
    new = edited(".", TIGHTER)
    rows = [
        (aimed(name, "met", "2026-03-03 17:00", 28800), aimed(name, "missed_then_met", "2026-03-03 15:00", 21600))
        for name in ("B", "A")
    ]
    rows.insert(1, (ticket("same", "P1"), ticket("same", "P1")))
    made = Difference(shipped(), new).changed(
        table(shipped(), [old for old, _ in rows]), table(new, [row for _, row in rows])
    )
    assert made.schema == CHANGED
    assert [
        (r["ticket"], r["what"], r["of"], r["from"], r["to"], r["from_at"], r["to_at"]) for r in made.to_pylist()
    ] == [
        (name, *what)
        for name in ("B", "A")
        for what in (
            ("due", FIRST, "8bh", "6bh", at("2026-03-03 17:00"), at("2026-03-03 15:00")),
            ("missed", FIRST, "met", "missed", None, None),
        )
    ]
    assert {(r["rule"], r["says"]) for r in made.to_pylist()} == {(f"priorities.P3.{FIRST}", "8bh -> 6bh")}


@st.composite
def incident(draw: st.DrawFn, name: str) -> Row:
    """What one policy finds for an incident."""
    row = ticket(
        name,
        draw(st.sampled_from(["P1", "P2"])),
        clock(
            "resolution",
            draw(st.sampled_from(["met", "missed_then_met", "running"])),
            1.0,
            due_at=draw(st.sampled_from([None, at("2016-03-07 12:00"), at("2016-03-07 13:00")])),
            set_by=draw(st.sampled_from(["priorities.P1.resolution", "priorities.P2.resolution"])),
        ),
        level("urgent", 1, draw(st.sampled_from(["", "2016-03-07 12:00", "2016-03-07 13:00"]))),
        assessed_by=draw(st.sampled_from([None, "x", "y"])),
        error=draw(st.sampled_from([None, None, None, "not_decided"])),
    )
    people = draw(st.lists(st.sampled_from(["incident_manager", "head_of_operations"]), max_size=3))
    return row | {"notifications": [told("2016-03-07 12:00", role, "urgent", 1) for role in people]}


PAIRS = st.lists(st.text("abc", min_size=1), max_size=10).flatmap(
    lambda names: st.tuples(*(st.tuples(incident(name), incident(name)) for name in names))
)


@given(PAIRS, st.data())
def test_any_parts_merged_in_any_order_give_the_same_difference(
    rows: tuple[tuple[Row, Row], ...], data: st.DataObject
) -> None:
    """However the tickets are cut up, counts, groups and examples are the same."""
    policies = incidents(), edited(DESK, ("{after: 4bh, notify", "{after: 3bh, notify"))
    whole = [table(policy, [pair[side] for pair in rows]) for side, policy in enumerate(policies)]
    expected = Difference(*policies)
    expected.add(*whole)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    parts = list(zip([0, *cuts], [*cuts, len(rows)], strict=True))
    made = Difference(*policies)
    for begin, end in data.draw(st.permutations(parts)):
        one = Difference(*policies)
        one.add(*(side.slice(begin, end - begin) for side in whole))
        made.merge(pickle.loads(pickle.dumps(one)))  # noqa: S301 - our own bytes
    assert made.data() == expected.data()


@given(PAIRS)
def test_what_is_counted_agrees_with_what_is_listed(rows: tuple[tuple[Row, Row], ...]) -> None:
    """Changed tickets are the listed ones; old misses, less those no longer, plus the new ones, are the new misses."""
    policies = incidents(), edited(DESK, ("{after: 4bh, notify", "{after: 3bh, notify"))
    named = [tuple(row | {"ticket": f"{i}{row['ticket']}"} for row in pair) for i, pair in enumerate(rows)]
    whole = [table(policy, [pair[side] for pair in named]) for side, policy in enumerate(policies)]
    found = Difference(*policies)
    listed: pa.Table = found.changed(*whole)
    made = found.data()
    assert made["changed"] == len(set(listed["ticket"].to_pylist()))
    assert sum(group["tickets"] for group in made["groups"]) == listed.num_rows
    for row in made["missed"]:
        assert row["old"] - row["no_longer"] + row["newly"] == row["new"]
    for group in made["groups"]:
        assert group["from"] != group["to"] or group["what"] == "due"
