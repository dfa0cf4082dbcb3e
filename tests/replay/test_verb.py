"""The verb `replay`: its exit codes, its files, its report."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from support_policy.batch.replay_text import text_of
from support_policy.cli import main
from tests.replay.desk import FIXTURES

HARBOUR = FIXTURES / "harbour"
AT = "2026-03-10T00:00:00Z"


def command(*more: str, file: str = "tickets.csv") -> list[str]:
    """The verb for the desk `harbour`."""
    mapping = str(HARBOUR / "mapping.yaml")
    return ["replay", str(HARBOUR / file), "--mapping", mapping, "--policy", str(HARBOUR), "--at", AT, *more]


def test_rejected_rows_do_not_fail_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    """It ran: the exit code is 0, and the report tells every rejected row by reason."""
    assert main(command()) == 0
    out = capsys.readouterr()
    assert "= 5 used + 8 rejected" in out.out
    assert "before_submission" in out.out
    assert out.err == ""


def test_the_report_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With `--json` the whole report is one JSON object, with ISO 8601 instants and whole numbers."""
    assert main(command("--json", "--slowest", "1")) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["rows"]["read"] == 13
    assert report["policy"]["name"] == "Hafen"
    assert report["at"] == "2026-03-10T00:00:00+00:00"
    assert [row["ticket"] for row in report["priorities"][0]["slowest"]] == ["H-2", "H-2"]


def test_rejects_and_tickets_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--rejects` has a line for every rejected row, `--out` one for every evaluated ticket."""
    rejects, out = tmp_path / "rejects.csv", tmp_path / "tickets.ndjson"
    assert main(command("--rejects", str(rejects), "--out", str(out))) == 0
    capsys.readouterr()
    with rejects.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["row"] for row in rows] == ["6", "7", "8", "9", "10", "11", "12", "13"]
    assert {"row": "13", "line": "14", "ticket": "", "reason": "ragged"}.items() <= rows[-1].items()
    tickets = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [ticket["ticket"] for ticket in tickets] == ["H-1", "H-2", "H-3", "H-4"]
    assert tickets[0]["targets"][0]["due_at"] == "2026-03-02T08:30:00+01:00"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rejects.csv", "tickets.ndjson"]


def test_stopping_at_a_bad_row_is_exit_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--on-error stop` names the row on standard error, writes no tickets, and says no."""
    rejects = tmp_path / "rejects.csv"
    assert main(command("--on-error", "stop", "--rejects", str(rejects))) == 1
    out = capsys.readouterr()
    assert "tickets.csv:7:1: error[before_submission]: row 6" in out.err
    assert out.out == ""
    assert rejects.read_text(encoding="utf-8").splitlines()[1].startswith("6,7,H-6,before_submission")


@pytest.mark.parametrize(
    ("more", "file", "word"),
    [
        ((), "none.csv", "does not exist"),
        (("--at", "yesterday"), "tickets.csv", "no instant"),
        (("--mapping", "none.yaml"), "tickets.csv", "cannot be read"),
        (("--out", "/nonexistent/x.ndjson"), "tickets.csv", "cannot be written"),
        (("--mapping", str(FIXTURES / "orchard" / "mapping.yaml")), "tickets.csv", "M520"),
    ],
)
def test_what_cannot_run_is_exit_2(
    more: tuple[str, ...], file: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault of the command line, the mapping or the whole file is said on standard error."""
    assert main(command(*more, file=file)) == 2
    out = capsys.readouterr()
    assert word in out.err
    assert out.out == ""


def test_foreign_text_cannot_move_the_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters of an export are shown, not sent to the terminal."""
    path = tmp_path / "x.csv"
    text = (HARBOUR / "tickets.csv").read_text(encoding="latin-1").replace("H-6", "H\x1b[2J")
    path.write_text(text, encoding="latin-1", newline="")
    assert main(["replay", str(path), *command()[2:]]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "H\\x1b[2J" in out


@pytest.mark.skipif(not Path("/dev/null").is_char_device(), reason="there is no /dev/null here")
def test_a_device_is_written_to_and_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--out` may be a link to a device or to a file: what it leads to is written, and both stay what they are."""
    device, link, real = tmp_path / "device", tmp_path / "link", tmp_path / "real"
    device.symlink_to("/dev/null")
    link.symlink_to(real)
    assert main(command("--out", str(device), "--rejects", str(link))) == 0
    capsys.readouterr()
    assert device.is_char_device()
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8").startswith("row,line,ticket")


@pytest.mark.parametrize("option", ["--out", "--rejects"])
def test_what_is_read_is_not_written_over(option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An output that names the export itself is refused before anything is read."""
    path = tmp_path / "x.csv"
    path.write_bytes((HARBOUR / "tickets.csv").read_bytes())
    assert main(["replay", str(path), *command()[2:], option, str(path)]) == 2
    assert f"`{option}` names the same file as `FILE`" in capsys.readouterr().err
    assert path.read_bytes() == (HARBOUR / "tickets.csv").read_bytes()


def test_a_pipe_says_what_to_do_instead(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An export is read more than once: neither `-` nor a named pipe can be."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for file in ("-", str(fifo)):
        assert main(["replay", file, *command()[2:]]) == 2
        assert "save it to a file" in capsys.readouterr().err


def test_a_bad_at_is_a_fault_of_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    """An instant without an offset is said to stand at `--at`."""
    assert main(command("--at", "2026-03-10")) == 2
    assert capsys.readouterr().err.startswith("--at:1:1: error")


def test_the_report_fits_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """The tables are narrow by themselves; for a terminal, longer lines are broken under their beginning."""
    assert main(command()) == 0
    plain = capsys.readouterr().out
    table = plain[plain.index("Tickets by") : plain.index("Slowest")]
    assert max(map(len, table.splitlines())) <= 80
    assert main(command("--json")) == 0
    report = json.loads(capsys.readouterr().out) | {"file": "tickets.csv"}
    plain, folded = text_of(report), text_of(report, 80)
    assert max(map(len, plain.splitlines())) > 80 >= max(map(len, folded.splitlines()))
    assert folded.split() == plain.split()


def test_verdicts_add_up_to_the_tickets(capsys: pytest.CaptureFixture[str]) -> None:
    """Every ticket of a priority is met, missed, open, withdrawn or measured, and no column that counts is left out."""
    assert main(command("--json")) == 0
    report = json.loads(capsys.readouterr().out)
    for found in report["priorities"]:
        for target in found["targets"]:
            assert found["tickets"] == sum(target[v] for v in ("met", "missed", "open", "withdrawn", "measured"))
    assert "measured" not in text_of(report)
    report["priorities"][0]["targets"][0]["measured"] = 1
    assert "  open  measured  % met" in text_of(report)
