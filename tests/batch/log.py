"""The real incident log as a table of events, read row by row as `replay` reads it; it is never part of the project."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from support_policy.adapters.tables import load_mapping, open_table
from support_policy.batch.replay_events import Teller
from support_policy.batch.replay_rows import Reading, RowReader
from tests.batch.histories import happened
from tests.batch.stories import Happened
from tests.batch.varied import ROOT, named

EXAMPLE = ROOT / "examples" / "incidents"
LOG: Path = ROOT.parent / "shared" / "data" / "servicenow-incidents" / "incident_event_log.csv.gz"
UNTIL = 1_487_430_000_000_000
"""The last instant in the log, 2017-02-18 15:00 UTC."""


@cache
def stories() -> dict[str, list[Happened]]:
    """The events of every incident. Skips the test where the log is not, unless it must be there."""
    if not LOG.exists():
        if os.environ.get("CI"):
            pytest.fail(f"the incident log is not at {LOG}")
        pytest.skip(f"the incident log is not at {LOG}")
    policy, mapping = named("incidents"), load_mapping(EXAMPLE / "mapping.yaml")
    reader = RowReader(mapping, policy.facts)
    readings: dict[str, list[Reading]] = {}
    for row in open_table(LOG, mapping).rows():
        read = reader.read(row)
        if isinstance(read, Reading):
            readings.setdefault(read.ticket, []).append(read)
    teller = Teller(policy, reader, UNTIL)
    return {ticket: [happened(e) for e in teller.tell(ticket, rows).events] for ticket, rows in readings.items()}
