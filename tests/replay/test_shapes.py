"""One history told in three shapes and many formats is one history."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.replay.desk import EVENTS, WRITERS, balanced, reasons, replayed, written

EVENT_ROWS: list[dict[str, Any]] = [
    {"ticket": "A", "at": "2/3/2026 09:00", "what": "Opened", "who": "client", "subject": "Pears"},
    {"ticket": "B", "at": "2/3/2026 09:30", "what": "Opened", "who": "client", "subject": "Plums"},
    {"ticket": "A", "at": "2/3/2026 10:00", "what": "Answered", "who": "agent", "subject": ""},
    {"ticket": "A", "at": "2/3/2026 10:30", "what": "Waiting", "who": "agent", "subject": ""},
    {"ticket": "A", "at": "3/3/2026 12:00", "what": "Solved", "who": "agent", "subject": ""},
    {"ticket": "B", "at": "4/3/2026 16:00", "what": "Answered", "who": "agent", "subject": ""},
]
SNAPSHOTS = """
shape: snapshots
ticket: ticket
at: changed
instants: {formats: "%d/%m/%Y %H:%M", zone: UTC}
submitted: {at: opened, by: customer}
by: engineer
facts: {organization: {constant: north}, stated_priority: {constant: plain}}
state:
  column: status
  enter: {New: ~, Answered: responded, Waiting: waiting_on_customer, Solved: resolved}
"""
SNAPSHOT_ROWS: list[dict[str, Any]] = [
    {"ticket": "A", "opened": "2/3/2026 09:00", "changed": "2/3/2026 09:00", "status": "New"},
    {"ticket": "A", "opened": "2/3/2026 09:00", "changed": "2/3/2026 10:00", "status": "Answered"},
    {"ticket": "B", "opened": "2/3/2026 09:30", "changed": "4/3/2026 16:00", "status": "Answered"},
    {"ticket": "A", "opened": "2/3/2026 09:00", "changed": "2/3/2026 10:30", "status": "Waiting"},
    {"ticket": "A", "opened": "2/3/2026 09:00", "changed": "2/3/2026 10:40", "status": "Waiting"},
    {"ticket": "A", "opened": "2/3/2026 09:00", "changed": "3/3/2026 12:00", "status": "Solved"},
]
TICKETS = """
shape: tickets
ticket: ticket
instants: {formats: "%d/%m/%Y %H:%M", zone: UTC}
submitted: {at: opened, by: customer}
by: engineer
facts: {organization: {constant: north}, stated_priority: {constant: plain}}
milestones:
  - {at: answered, event: responded}
  - {at: waiting, event: waiting_on_customer}
  - {at: solved, event: resolved}
"""
TICKET_ROWS: list[dict[str, Any]] = [
    {"ticket": "A", "opened": "2/3/2026 09:00", "answered": "2/3/2026 10:00", "waiting": "2/3/2026 10:30",
     "solved": "3/3/2026 12:00"},
    {"ticket": "B", "opened": "2/3/2026 09:30", "answered": "4/3/2026 16:00", "waiting": "", "solved": ""},
]  # fmt: skip
BEFORE_DUE = datetime(2026, 3, 5, 8, tzinfo=UTC)
SHAPES = {"events": (EVENTS, EVENT_ROWS), "snapshots": (SNAPSHOTS, SNAPSHOT_ROWS), "tickets": (TICKETS, TICKET_ROWS)}


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_in_every_format_tells_the_same(tmp_path: Path, shape: str, ending: str) -> None:
    """What is told of the tickets does not depend on how their history was exported."""
    mapping, rows = SHAPES[shape]
    made = replayed(written(tmp_path, f"export.{ending}", WRITERS[ending](rows)), mapping, at=BEFORE_DUE)
    assert balanced(made)
    assert made.rejects == []
    plain = made.report["priorities"][1]
    assert plain["tickets"] == 2
    first, resolution = plain["targets"]
    assert (first["met"], first["missed"]) == (1, 1)
    # 09:00 to 10:30 was worked; from then on the ticket waited until it was solved.
    assert (resolution["met"], resolution["open"], resolution["median_seconds"]) == (1, 1, 5400)


@pytest.mark.parametrize("shape", SHAPES)
def test_two_processes_tell_what_one_tells(tmp_path: Path, shape: str) -> None:
    """The report is the same however many processes share the work."""
    mapping, rows = SHAPES[shape]
    many = [{**row, "ticket": f"{row['ticket']}{n}"} for n in range(150) for row in rows]
    path = written(tmp_path, "export.csv", WRITERS["csv"](many))
    assert replayed(path, mapping, workers=2).report == replayed(path, mapping).report


def test_a_sequence_tells_gaps_and_repetitions(tmp_path: Path) -> None:
    """A second row with the same number is a duplicate, a number left out is reported."""
    rows = [{**row, "n": n} for row, n in zip(SNAPSHOT_ROWS, [1, 2, 1, 5, 5, 6], strict=True)]
    made = replayed(written(tmp_path, "x.csv", WRITERS["csv"](rows)), SNAPSHOTS + "sequence: n\n")
    assert reasons(made) == {"duplicate": 1}
    remarks = {found["remark"]: (found["count"], found["tickets"]) for found in made.report["rows"]["remarks"]}
    assert remarks["gap"] == (1, 1)


@pytest.mark.parametrize(("order", "rejected"), [("at", {}), ("file", {"out_of_order": 1})])
def test_rows_out_of_order_are_sorted_or_refused(tmp_path: Path, order: str, rejected: dict[str, int]) -> None:
    """By default rows go by their instant; where the file's order counts, an older row is rejected."""
    rows = [SNAPSHOT_ROWS[index] for index in (0, 3, 1)]
    made = replayed(written(tmp_path, "x.csv", WRITERS["csv"](rows)), f"{SNAPSHOTS}order: {order}\n")
    assert reasons(made) == rejected
    assert balanced(made)


def test_watched_columns_become_events(tmp_path: Path) -> None:
    """A change of priority or of assignee, and a new value of a fact to follow, are told as the events they are."""
    facts = "stated_priority: {column: prio, values: {1: frost, 2: plain}}, frost_night: {column: frost, follow: yes}"
    mapping = (
        SNAPSHOTS.replace("stated_priority: {constant: plain}", facts)
        + """
changes:
  - {column: prio, event: priority_changed, values: {1: frost, 2: plain}, reason: {constant: seen}}
  - {column: owner, event: assigned, when: appears}
"""
    )
    rows = [
        {**SNAPSHOT_ROWS[0], "prio": "2", "owner": "", "frost": "no"},
        {**SNAPSHOT_ROWS[1], "prio": "1", "owner": "mo", "frost": "no"},
        {**SNAPSHOT_ROWS[3], "prio": "1", "owner": "jo", "frost": "yes"},
    ]
    told: list[Any] = []
    made = replayed(written(tmp_path, "x.csv", WRITERS["csv"](rows)), mapping, full=True, each=told.append)
    assert made.report["events"] == {"made": 5, "accepted": 5, "refused": 0, "left_out": 0, "refusals": []}
    assert (told[0]["priority"], told[0]["stated_priority"], told[0]["assessed_priority"]) == (
        "frost",
        "plain",
        "frost",
    )


def test_due_times_and_verdicts_of_others_are_compared(tmp_path: Path) -> None:
    """An export that brings due times and verdicts of its own is told where they agree with ours."""
    mapping = (
        TICKETS + "compare: {first_response: {due: due, verdict: {column: sla, values: {in: met, out: missed}}}}\n"
    )
    rows = [
        {**TICKET_ROWS[0], "due": "2/3/2026 13:00", "sla": "in"},
        {**TICKET_ROWS[1], "due": "2/3/2026 14:00", "sla": "in"},
    ]
    made = replayed(written(tmp_path, "x.csv", WRITERS["csv"](rows)), mapping)
    (compared,) = made.report["compare"]
    assert (compared["due"]["agree"], compared["due"]["ours_earlier"]) == (1, 1)
    assert (compared["verdict"]["agree"], compared["verdict"]["differ"]) == (1, 1)


NESTED = """
shape: tickets
records: data.issues
ticket: key
submitted: {at: fields.created, by: customer}
only: {fields.type.name: Incident}
facts:
  organization: {column: fields.labels.0, values: {Farm-North: north}, otherwise: missing}
  crop: {column: fields.crop, values: {APPLE: apple}, otherwise: missing}
  stated_priority: {column: fields.priority.name, values: {Highest: frost}, otherwise: plain}
milestones:
  - {after: fields.reply.minutes, event: responded, by: engineer}
  - {at: fields.resolutiondate, event: resolved}
"""


def test_nested_json_is_reached_by_paths(tmp_path: Path) -> None:
    """A list inside a JSON object, and values inside its objects and lists, are named by dotted paths."""
    fields = {
        "created": "2026-03-02T10:00:00.000+0000",
        "resolutiondate": None,
        "type": {"name": "Incident"},
        "labels": ["Farm-North", "cold"],
        "crop": "Apple",
        "priority": {"name": "Highest"},
        "reply": {"minutes": 30},
    }
    issues = [
        {"key": "GROW-1", "fields": fields},
        {"key": "GROW-2", "fields": {**fields, "priority": None, "resolutiondate": "2026-03-02T11:00:00.000+0100"}},
        {"key": "GROW-3", "fields": {**fields, "type": {"name": "Task"}}},
        {"key": "GROW-4", "fields": {**fields, "priority": {"name": "Low"}, "reply": None}},
    ]
    path = written(tmp_path, "issues.json", json.dumps({"data": {"issues": issues}}).encode())
    told: list[Any] = []
    made = replayed(path, NESTED, full=True, each=told.append)
    assert balanced(made)
    assert {t["ticket"]: t["stated_priority"] for t in told} == {"GROW-1": "frost", "GROW-2": None, "GROW-4": "plain"}
    assert reasons(made) == {}
