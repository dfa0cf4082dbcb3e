"""Two policies on the same tickets: what changes, how often and for whom, in parts and in any order."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.batch.changes import CHANGED
from support_policy.batch.difference import Difference
from tests.batch.compared import DESK, FIRST, TIGHTER, aimed, difference, line_of
from tests.batch.results import Row, at, clock, edited, incidents, level, shipped, table, ticket, told


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
        "former": False,
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
