"""The question that started it: first responses to P3 in six hours instead of eight, asked of a real incident log."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from support_policy.cli import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "incidents"
LOG = ROOT.parent / "shared" / "data" / "servicenow-incidents" / "events.parquet"


@pytest.fixture(autouse=True)
def log() -> None:
    """The log itself; without it these tests are skipped, except where they must not be."""
    if not LOG.exists():
        if os.environ.get("CI"):
            pytest.fail(f"the incident log is not at {LOG}")
        pytest.skip(f"the incident log is not at {LOG}")


def test_a_change_of_p3_on_the_real_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every row is accounted for, the mail is counted, and every ticket newly missed stands in `--changes`."""
    new = tmp_path / "new"
    shutil.copytree(EXAMPLE, new)
    text = (new / "policy.yaml").read_text(encoding="utf-8")
    changed = text.replace("P3: {name: Moderate, first_response: 8bh", "P3: {name: Moderate, first_response: 6bh")
    (new / "policy.yaml").write_text(changed, encoding="utf-8")
    changes = tmp_path / "changes.parquet"
    words = [str(LOG), "--mapping", str(new / "mapping.yaml"), "--policy", str(new), "--against", str(EXAMPLE)]
    assert main(["backtest", *words, "--changes", str(changes), "--json"]) == 0
    made: dict[str, Any] = json.loads(capsys.readouterr().out)
    rows, tickets = made["rows"], made["tickets"]
    assert (rows["read"], rows["used"], rows["rejected"]) == (141_712, 141_701, 11)
    assert (tickets["evaluated"], tickets["by_columns"] + tickets["by_rows"]) == (24_918, 24_918)
    (missed,) = (row for row in made["difference"]["missed"] if row["newly"])
    assert (missed["priority"], missed["metric"], missed["newly"], missed["no_longer"]) == (
        "P3",
        "first_response",
        658,
        0,
    )
    assert (missed["old"], missed["new"]) == (4_843, 5_501)
    told = {row["role"]: (row["old"], row["new"]) for row in made["difference"]["notifications"]}
    assert told["incident_manager"] == (5_621, 6_290)
    assert [(row["file"], row["line"], row["rule"]) for row in made["difference"]["groups"][:1]] == [
        ("policy.yaml", 17, "priorities.P3.first_response")
    ]
    found = pq.read_table(changes).to_pylist()
    late = {row["ticket"] for row in found if row["what"] == "missed"}
    assert len(late) == 658
    assert set(missed["examples"]) <= late
