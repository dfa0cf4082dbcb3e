"""The summary of results says what `replay` says of the same histories, and the difference what two summaries say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.batch.difference import Difference
from support_policy.batch.mapping_text import read_mapping
from support_policy.batch.replay import Options, replay
from support_policy.batch.replay_rows import Row
from support_policy.batch.rowwise import decide_rows
from support_policy.batch.schema import INSTANT
from support_policy.batch.summary import Summary
from support_policy.model.event import micros
from support_policy.policy.compiled import Policy
from tests.batch.results import edited

DESK = "tests/fixtures/replay/orchard"
AT = datetime(2026, 3, 20, tzinfo=UTC)
TYPES = (
    "responded", "customer_replied", "waiting_on_customer", "resolved", "reopened", "closed", "escalation_requested",
    "escalation_accepted",
)  # fmt: skip
MAPPING = f"""
shape: events
ticket: ticket
at: at
by: {{column: by, values: {{engineer: engineer, customer: customer}}}}
facts: {{organization: organization, frost_night: {{column: frost, otherwise: missing}}}}
events:
  - {{when: {{type: submitted}}, event: submitted}}
  - {{when: {{type: priority_changed}}, event: priority_changed, to: to, reason: {{constant: so it is}}}}
  {"".join(f"- {{when: {{type: {name}}}, event: {name}}}{chr(10)}  " for name in TYPES)}
"""
Told = dict[str, Any]


class Rows:
    """A table of rows in memory."""

    columns: tuple[str, ...] | None = ("ticket", "at", "type", "by", "organization", "frost", "to")

    def __init__(self, rows: list[Told]) -> None:
        self.total: int | None = len(rows)
        self.notes: list[str] = []
        self._rows = rows

    def rows(self) -> Iterator[Row]:
        """The rows, as a file would give them."""
        for number, row in enumerate(self._rows, 1):
            given: Told = row | {"at": row["at"].isoformat(), "frost": str(row["frost"]).lower()}
            yield Row(number, number + 1, {name: given.get(name) or "" for name in self.columns or ()})


@st.composite
def history(draw: st.DrawFn, name: str) -> list[Told]:
    """The events of a ticket, in order."""
    begun = datetime(2026, 2, 26, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 10_000)))
    first: Told = {
        "type": "submitted",
        "by": "customer",
        "organization": draw(st.sampled_from(["north", "west", "else"])),
    }
    first["frost"] = draw(st.booleans())
    found = [first | {"ticket": name, "at": begun}]
    for minutes in sorted(draw(st.sets(st.integers(1, 5000), max_size=6))):
        kind = draw(st.sampled_from([*TYPES, "priority_changed"]))
        more = {"to": draw(st.sampled_from(["frost", "plain"]))} if kind == "priority_changed" else {}
        by = "customer" if kind in ("customer_replied", "escalation_requested") else "engineer"
        at = begun + timedelta(minutes=minutes)
        found.append({"ticket": name, "at": at, "type": kind, "by": by, "organization": "", "frost": "", **more})
    return found


HISTORIES = st.integers(1, 5).flatmap(lambda n: st.tuples(*(history(f"T{i}") for i in range(n)))).map(
    lambda some: [row for one in some for row in one]
)  # fmt: skip


def events_of(rows: list[Told]) -> pa.Table:
    """The same as a table of events."""
    text = pa.string()
    return pa.table({
        "ticket": pa.array([row["ticket"] for row in rows], text),
        "at": pa.array([row["at"] for row in rows], INSTANT),
        "type": pa.array([row["type"] for row in rows], text),
        "by": pa.array([row["by"] for row in rows], text),
        "fact.organization": pa.array([row["organization"] or None for row in rows], text),
        "fact.frost_night": pa.array([row["frost"] if row["frost"] != "" else None for row in rows], pa.bool_()),
        "data.to": pa.array([row.get("to") for row in rows], text),
        "data.reason": pa.array(["so it is" if row.get("to") else None for row in rows], text),
    })  # fmt: skip


def decided(policy: Policy, rows: list[Told]) -> pa.Table:
    """What a policy finds."""
    return decide_rows(policy, events_of(rows), micros(AT))


@settings(max_examples=25)
@given(HISTORIES)
def test_a_summary_says_what_replay_says_of_the_same_histories(rows: list[Told]) -> None:
    """Tickets, verdicts, medians, ninetieths of a hundred and firings by priority are the same."""
    policy = edited(DESK)
    made = replay(policy, read_mapping(MAPPING, "mapping.yaml"), Rows(rows), "rows", Options(now=AT, at=AT))
    assert made.report["rows"]["rejected"] == 0
    summary = Summary(policy)
    summary.add(decided(policy, rows))
    found = summary.data()["priorities"]
    for row in found:
        for target in row["targets"]:
            target.pop("worked_seconds")
    assert [(r["priority"], r["label"], r["tickets"], r["escalations"]) for r in found] == [
        (r["priority"], r["label"], r["tickets"], r["escalations"]) for r in made.report["priorities"]
    ]
    for ours, theirs in zip(found, made.report["priorities"], strict=True):
        assert _named(ours["targets"], without="target") == _named(theirs["targets"], without="target")
    assert summary.unknown_organizations.total() == made.report["tickets"]["unknown_organization"]


def _named(rows: list[dict[str, Any]], without: str) -> list[dict[str, Any]]:
    # A target that was kept when the priority changed is not the priority's: a replay names that all the same.
    return [{name: value for name, value in row.items() if name != without} for row in rows]


@settings(max_examples=25)
@given(HISTORIES)
def test_a_difference_says_what_two_summaries_say(rows: list[Told]) -> None:
    """Misses and mail of before and after are those that each policy's own summary counts."""
    old = edited(DESK)
    new = edited(DESK, ("first_response: 4bh", "first_response: 2bh"), ("{after: 4h,", "{after: 3h,"))
    results = decided(old, rows), decided(new, rows)
    summaries = [Summary(old), Summary(new)]
    for summary, result in zip(summaries, results, strict=True):
        summary.add(result)
    before, after = (summary.data() for summary in summaries)
    difference = Difference(old, new)
    listed = difference.changed(*results)
    found = difference.data()
    assert (found["tickets"], found["not_compared"]) == (after["tickets"], 0)
    for side, data in (("old", before), ("new", after)):
        missed = [t["missed"] for row in data["priorities"] for t in row["targets"]]
        assert sum(row[side] for row in found["missed"]) == sum(missed)
        told = {row["role"]: row["told"] for row in data["notifications"]}
        assert {row["role"]: row[side] for row in found["notifications"] if row[side]} == told
    fewer = [group for group in found["groups"] if group["what"] == "due"]
    assert {(g["rule"], g["says"]) for g in fewer} <= {("priorities.plain.first_response", "4bh -> 2bh")}
    assert all(group["rule"] for group in found["groups"])
    assert set(listed["ticket"].to_pylist()) <= {row["ticket"] for row in rows}
