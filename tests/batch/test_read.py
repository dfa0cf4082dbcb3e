"""Foreign histories read by column say what they say row by row."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.adapters.tables import load_mapping, open_table
from support_policy.batch.mapping_text import read_mapping
from support_policy.batch.read import read_table
from support_policy.batch.replay_rows import Row
from support_policy.bootstrap import load_policy
from support_policy.model.event import micros
from tests.batch.reading import assert_alike, raw_of
from tests.replay.desk import AT, EVENTS, FIXTURES, policy
from tests.replay.test_shapes import SHAPES, SNAPSHOTS, TICKETS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "incidents"
LOG = ROOT.parent / "shared" / "data" / "servicenow-incidents"
UNTIL = micros(AT)


@pytest.mark.parametrize("file", ["incident_event_log.csv.gz", "events.parquet"])
def test_a_real_log_reads_alike_both_ways(file: str) -> None:
    """Every event, rejected row and remark of the real log is the same by column and row by row, in either form."""
    if not (LOG / file).exists():
        if os.environ.get("CI"):
            pytest.fail(f"the incident log is not at {LOG}")
        pytest.skip(f"the incident log is not at {LOG}")
    mapping = load_mapping(EXAMPLE / "mapping.yaml")
    columns = mapping.columns()
    rows = [
        Row(row.number, row.line, {name: row.values.get(name) for name in columns}, row.problem)
        for row in open_table(LOG / file, mapping).rows()
    ]
    read = assert_alike(load_policy(EXAMPLE), mapping, raw_of(rows), rows, micros(datetime(2017, 2, 1, tzinfo=UTC)))
    assert read.rows == 141_712
    assert read.by_rows < 20


@pytest.mark.parametrize("desk", ["harbour", "orchard"])
@pytest.mark.parametrize("typed", [False, True])
def test_the_invented_desks_read_alike_both_ways(desk: str, typed: bool) -> None:
    """The desks' files, with all that is wrong in them, are the same by column and row by row."""
    path = FIXTURES / desk / {"harbour": "tickets.csv", "orchard": "events.ndjson"}[desk]
    mapping = load_mapping(FIXTURES / desk / "mapping.yaml")
    rows = list(open_table(path, mapping).rows())
    if not typed:
        rows = [Row(r.number, r.line, _flat(r.values, list(mapping.columns())), r.problem) for r in rows]
    elif desk == "orchard":
        rows = [row for row in rows if not isinstance(row.values.get("occurred"), str)]
    assert_alike(policy(desk), mapping, raw_of(rows), rows, UNTIL)


def _flat(values: Any, columns: list[str]) -> dict[str, Any]:
    from support_policy.batch.mapping_values import lookup

    return {name: None if (v := lookup(values, name)) is None else str(v) for name in columns}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_reads_alike_both_ways(shape: str) -> None:
    """Sound rows of every shape need no reading row by row, and say the same."""
    text, rows = SHAPES[shape]
    mapping = read_mapping(text, "mapping.yaml")
    lines = [Row(n, n + 1, row) for n, row in enumerate(rows, 1)]
    assert assert_alike(policy(), mapping, raw_of(lines), lines, UNTIL).by_rows == 0
