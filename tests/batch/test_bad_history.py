"""Bad input of a backtest: each fault is counted and named, and the run goes on or ends as was asked."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from support_policy.cli import main
from tests.batch.histories_told import FAULTS, ROWS, UNREADABLE, written
from tests.replay.desk import EVENTS, as_csv


def found(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """The summary of a run, as JSON."""
    assert main([*words, "--json"]) == 0
    out = capsys.readouterr()
    assert out.err == ""
    made: dict[str, Any] = json.loads(out.out)
    return made


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_counted_and_named(fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every row is used or rejected for the reason that fits, `--rejects` names each, and `replay` says the same."""
    mapping, name, data, reasons = FAULTS[fault]
    words, rejects = written(tmp_path, mapping, name, data), tmp_path / "rejects.csv"
    made = found(capsys, *words, "--rejects", str(rejects))
    rows, tickets = made["rows"], made["tickets"]
    assert {row["reason"]: row["count"] for row in rows["reasons"]} == reasons
    assert rows["read"] == rows["used"] + rows["rejected"]
    assert tickets["read"] == tickets["evaluated"] + tickets["rejected"]
    with rejects.open(encoding="utf-8", newline="") as file:
        named = list(csv.DictReader(file))
    assert sorted(row["reason"] for row in named) == sorted(r for r, count in reasons.items() for _ in range(count))
    assert [int(row["row"]) for row in named] == sorted(int(row["row"]) for row in named)
    replayed = found(capsys, "replay", *words[1:])
    assert rows == replayed["rows"]
    assert [tickets[key] for key in ("read", "evaluated", "reasons")] == [
        replayed["tickets"][key] for key in ("read", "evaluated", "reasons")
    ]


@pytest.mark.parametrize("fault", [name for name, (_, _, _, reasons) in FAULTS.items() if reasons])
def test_a_run_that_is_to_stop_does(fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With `--on-error stop` the first bad row ends the run: exit 1, the row by number, and no results."""
    mapping, name, data, reasons = FAULTS[fault]
    words, out = written(tmp_path, mapping, name, data), tmp_path / "out.parquet"
    assert main([*words, "--on-error", "stop", "--out", str(out), "--rejects", str(tmp_path / "r.csv")]) == 1
    told = capsys.readouterr()
    assert any(f"error[{reason}]: row " in told.err for reason in reasons)
    assert told.out == ""
    assert (tmp_path / "r.csv").read_text(encoding="utf-8").count("\n") == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "mapping.yaml", "r.csv"])


@pytest.mark.parametrize("fault", UNREADABLE)
def test_a_file_that_cannot_be_read_says_why(fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is wrong as a whole is exit 2 with its name and what is the matter, and leaves nothing behind."""
    name, data, word = UNREADABLE[fault]
    words = written(tmp_path, EVENTS, name, data())
    assert main([*words, "--out", str(tmp_path / "out.parquet")]) == 2
    told = capsys.readouterr()
    assert f"{name}:1:1: error" in told.err or "mapping.yaml:" in told.err
    assert word in told.err
    assert told.out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "mapping.yaml"])


def test_a_damaged_file_is_told_before_the_answer_is_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a file that ends too early what is there is decided; right below the answer it says that some is missing."""
    made = as_csv([{**ROWS[0], "ticket": f"T{i}", "subject": str(i * 7919 % 10007)} for i in range(5000)])
    whole = gzip.compress(made)
    words = written(tmp_path, EVENTS, "cut.csv.gz", whole[: len(whole) // 2])
    assert main(words) == 0
    head = capsys.readouterr().out.split("\n\n")[1]
    assert "The file is damaged: 1 row or more could not be read." in head
