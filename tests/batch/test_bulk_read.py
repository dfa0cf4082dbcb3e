"""Exports read in bulk say what they say row by row: events, rejects and rows used, whatever the format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from support_policy.adapters.bulk_in import open_bulk
from support_policy.adapters.tables import load_mapping, open_table
from support_policy.batch.mapping import TableMapping
from support_policy.batch.mapping_text import read_mapping
from support_policy.batch.read import read_table
from support_policy.batch.replay_events import Teller
from support_policy.batch.replay_parts import parted
from support_policy.batch.replay_rows import Reading, Reject, RowReader
from support_policy.model.event import micros
from tests.replay.desk import AT, EVENTS, FIXTURES, as_ndjson, policy, written

UNTIL = micros(AT)
Said = tuple[list[tuple[str, int, str]], list[Reject], list[int]]


def in_bulk(path: Path, mapping: TableMapping, desk: str) -> tuple[Said, int]:
    """What a file says by columns, and how many tickets were read by row all the same."""
    bulk = open_bulk(path, mapping)
    read = read_table(policy(desk), mapping, pa.Table.from_batches(bulk.batches(), bulk.schema), UNTIL)
    events = [(row["ticket"], micros(row["at"]), row["type"]) for row in read.events.to_pylist()]
    return (sorted(events), by_number(read.rejects), sorted(read.used["row"].to_pylist())), read.by_rows


def by_rows(path: Path, mapping: TableMapping, desk: str) -> Said:
    """What it says row by row."""
    reader = RowReader(mapping, policy(desk).facts)
    teller = Teller(policy(desk), reader, UNTIL)
    tickets: dict[str, list[Reading]] = {}
    rejects: list[Reject] = []
    for row in parted(open_table(path, mapping).rows(), mapping.each):
        read = reader.read(row)
        if isinstance(read, Reading):
            tickets.setdefault(read.ticket, []).append(read)
        elif isinstance(read, Reject):
            rejects.append(read)
    told = {ticket: teller.tell(ticket, readings) for ticket, readings in tickets.items()}
    rejects += [reject for one in told.values() for reject in one.rejects]
    events = [(ticket, micros(event.at), event.type) for ticket, one in told.items() for event in one.events]
    return sorted(events), by_number(rejects), sorted(reading.number for one in told.values() for reading in one.used)


def by_number(rejects: list[Reject]) -> list[Reject]:
    """In the file's order."""
    return sorted(rejects, key=lambda reject: reject.number)


@pytest.mark.parametrize(("desk", "name"), [("harbour", "tickets.csv"), ("orchard", "events.ndjson")])
def test_the_fixtures_say_the_same(desk: str, name: str) -> None:
    """The exports of invented desks, as they are."""
    path = FIXTURES / desk / name
    mapping = load_mapping(path.parent / "mapping.yaml")
    said, _ = in_bulk(path, mapping, desk)
    assert said == by_rows(path, mapping, desk)
    assert said[0]


ROWS: list[dict[str, Any]] = [
    {"ticket": 7, "at": 1772445600, "what": "Opened", "who": "client", "subject": "Pears"},
    {"ticket": "7", "at": 1772445700.5, "what": "Answered", "who": "agent"},
    {"ticket": 7.0, "at": "2/3/2026 12:00", "what": "Solved", "who": None, "subject": "Äpfel \ud800"},
    {"ticket": "8", "at": "1772445600", "what": "Opened", "who": "client", "subject": ["a", "b"]},
    {"ticket": "9", "at": True, "what": "Opened"},
    {"ticket": "9", "at": 1772445600, "what": "Opened", "subject": {"a": 1}},
    {"ticket": 10**30, "at": 1772445600, "what": "Opened", "subject": 10**30},
    {"ticket": "11", "at": 1772445600, "what": "Opened", "subject": "a\0b"},
    {"ticket": "12", "at": 1772445600, "what": "Opened", "subject": "Größe"},
    {"ticket": "12", "at": 1772445700, "what": "Anwsered"},
    {"at": 1772445700, "what": "Opened"},
]


@pytest.mark.parametrize(
    "rows",
    [ROWS, ROWS[:1], ROWS[:2], ROWS[3:4], ROWS[8:], [{**ROWS[0], "ticket": n, "subject": "ä"} for n in range(9)]],
)
def test_values_of_any_type_say_the_same(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    """In JSON a number, a text and a list may stand in one column: each is read as it would be alone."""
    path, mapping = written(tmp_path, "x.ndjson", as_ndjson(rows) + b"{\n"), read_mapping(EVENTS, "mapping.yaml")
    assert in_bulk(path, mapping, "orchard")[0] == by_rows(path, mapping, "orchard")


NESTED = """
shape: events
ticket: key
at: history.at
each: [history]
instants: {zone: UTC}
type: {column: history.what.name, values: {Opened: submitted, Answered: responded, Solved: resolved}}
facts: {organization: {constant: north}, subject: fields.title, stated_priority: {constant: plain}}
"""
ISSUES: list[dict[str, Any]] = [
    {
        "key": f"K-{n % 5}",
        "fields": {"title": f"Title {n % 3}"},
        "history": [
            {"at": f"2026-03-0{1 + n % 5}T0{n % 10}:00:00", "what": {"name": "Opened"}},
            {"at": f"2026-03-0{2 + n % 5}T0{n % 10}:00:00", "what": {"name": ("Answered", "Solved", "Lost")[n % 3]}},
        ][: n % 4],
    }
    for n in range(40)
]


@pytest.mark.parametrize("name", ["x.ndjson", "x.json", "x.parquet"])
def test_lists_inside_of_rows_say_the_same(tmp_path: Path, name: str) -> None:
    """Rows that hold lists of what happened are parted once, by whichever way they are read."""
    if name == "x.parquet":
        import pyarrow.parquet as pq

        path = tmp_path / name
        pq.write_table(pa.Table.from_pylist(ISSUES), path)
    else:
        path = written(tmp_path, name, as_ndjson(ISSUES) if "nd" in name else json.dumps(ISSUES).encode())
    mapping = read_mapping(NESTED, "mapping.yaml")
    said, _ = in_bulk(path, mapping, "orchard")
    assert said == by_rows(path, mapping, "orchard")
    assert said[0]


def test_plain_json_is_read_by_columns(tmp_path: Path) -> None:
    """Texts and whole numbers of JSON are columns like any other."""
    rows = [{**ROWS[0], "ticket": f"T{n}", "subject": ("Pears", "Äpfel")[n % 2]} for n in range(50)]
    path, mapping = written(tmp_path, "x.ndjson", as_ndjson(rows)), read_mapping(EVENTS, "mapping.yaml")
    said, rows_read = in_bulk(path, mapping, "orchard")
    assert said == by_rows(path, mapping, "orchard")
    assert rows_read == 0
