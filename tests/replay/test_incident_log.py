"""A real incident log, kept beside the project and never in it: every row of it is accounted for."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from support_policy.adapters.tables import load_mapping, open_table
from support_policy.batch.replay import Options, replay
from support_policy.batch.replay_rows import Reading, RowReader
from support_policy.bootstrap import load_policy
from tests.replay.desk import balanced, reasons

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "incidents"
LOG = ROOT.parent / "shared" / "data" / "servicenow-incidents"
CSV, PARQUET = LOG / "incident_event_log.csv.gz", LOG / "events.parquet"


@pytest.fixture(scope="module", autouse=True)
def log() -> None:
    """The log itself; without it these tests are skipped, except where they must not be."""
    if not CSV.exists():
        if os.environ.get("CI"):
            pytest.fail(f"the incident log is not at {LOG}")
        pytest.skip(f"the incident log is not at {LOG}")


def test_the_whole_log_is_accounted_for() -> None:
    """All rows and tickets add up, and the log's known oddities are the rejected rows."""
    mapping = load_mapping(EXAMPLE / "mapping.yaml")
    table = open_table(CSV, mapping)
    made = replay(load_policy(EXAMPLE), mapping, table, CSV.name, Options(now=datetime(2026, 1, 1, tzinfo=UTC)))
    assert balanced(made)
    assert made.report["rows"]["read"] == 141_712
    tickets = made.report["tickets"]
    assert (tickets["read"], tickets["evaluated"], tickets["unknown_organization"]) == (24_918, 24_918, 0)
    assert reasons(made) == {"unknown_value": 5, "duplicate": 1, "before_submission": 5}
    remarks = {found["remark"]: found["count"] for found in made.report["rows"]["remarks"]}
    # Five numbers stand twice: one row repeats a good one, four stand in for a row that was rejected.
    assert remarks["repeated_key"] == 4
    assert made.report["at"] == "2017-02-18T15:00:00+00:00"
    assert made.report["events"]["refused"] == 0
    assert {p["priority"]: p["tickets"] for p in made.report["priorities"]} == {
        "P1": 270,
        "P2": 408,
        "P3": 23_466,
        "P4": 774,
    }


def test_both_forms_of_the_log_read_alike() -> None:
    """The typed Parquet form and the CSV form hold the same readings, though not in the same order."""
    policy, mapping = load_policy(EXAMPLE), load_mapping(EXAMPLE / "mapping.yaml")
    forms = []
    for path in (CSV, PARQUET):
        reader = RowReader(mapping, policy.facts)
        read = [reader.read(row) for row in islice(open_table(path, mapping).rows(), 3000)]
        found = [r for r in read if isinstance(r, Reading)]
        forms.append(sorted((r.ticket, r.at, r.key, r.state, r.seen, r.opened, sorted(r.facts.items())) for r in found))
    assert len(forms[0]) == 3000
    assert forms[0] == forms[1]
