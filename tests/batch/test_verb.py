"""The verb `backtest`: what it reads, writes and says, and how it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from support_policy.cli import main
from tests.batch.histories_told import AT, HARBOUR, ORCHARD, SOUND, harbour, written
from tests.cli.command import ROOT
from tests.replay.desk import EVENTS, WRITERS
from tests.watch.house import NINE, P1, P3, house


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """What a run prints."""
    assert main(list(words)) == code
    out = capsys.readouterr()
    assert out.err == ""
    return out.out


def found(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """The summary of a run."""
    made: dict[str, Any] = json.loads(told(capsys, *words, "--json"))
    return made


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    """The harbour's policy with a first response due earlier."""
    folder = tmp_path / "stricter"
    shutil.copytree(HARBOUR, folder)
    text = (folder / "policy.yaml").read_text(encoding="utf-8")
    changed = re.sub(r"first_response: \S+?([,}])", r"first_response: 1m\1", text)
    assert changed != text
    (folder / "policy.yaml").write_text(changed, encoding="utf-8")
    return folder


@pytest.mark.parametrize("desk", ["harbour", "orchard"])
def test_what_is_counted_is_what_replay_counts(desk: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows, tickets, verdicts and escalations by priority are those of `replay`, whatever the mapping's shape."""
    folder = {"harbour": HARBOUR, "orchard": ORCHARD}[desk]
    file = str(folder / {"harbour": "tickets.csv", "orchard": "events.ndjson"}[desk])
    words = [file, "--mapping", str(folder / "mapping.yaml"), "--policy", str(folder)]
    ours, theirs = found(capsys, "backtest", *words), found(capsys, "replay", *words)
    assert ours["rows"] == theirs["rows"]
    assert ours["at"] == theirs["at"]
    for key in ("read", "evaluated", "rejected", "unknown_organization"):
        assert ours["tickets"][key] == theirs["tickets"][key]
    for mine, other in zip(ours["tickets"]["reasons"], theirs["tickets"]["reasons"], strict=True):
        assert mine == other | {"tickets": sorted(other["tickets"])}
    for mine, other in zip(ours["new"]["priorities"], theirs["priorities"], strict=True):
        assert (mine["priority"], mine["tickets"]) == (other["priority"], other["tickets"])
        assert mine["escalations"] == other["escalations"]
        for target, row in zip(mine["targets"], other["targets"], strict=True):
            keys = (
                "metric",
                "met",
                "missed",
                "open",
                "withdrawn",
                "measured",
                "ended",
                "median_seconds",
                "p90_seconds",
            )
            assert {key: target[key] for key in keys} == {key: row[key] for key in keys}


@pytest.mark.parametrize("format", WRITERS)
def test_every_format_tells_the_same(format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CSV, NDJSON, JSON and Parquet, plain and compressed, give the same summary."""
    rows = [
        {"ticket": "A", "at": "2/3/2026 09:00", "what": "Opened", "who": "client", "subject": "Pears"},
        {"ticket": "A", "at": "2/3/2026 10:00", "what": "Answered", "who": "agent", "subject": ""},
        {"ticket": "B", "at": "3/3/2026 09:00", "what": "Opened", "who": "client", "subject": "Plums"},
    ]
    made = found(capsys, *written(tmp_path, EVENTS, f"x.{format}", WRITERS[format](rows)))
    plain = found(capsys, *written(tmp_path, EVENTS, "plain.csv", SOUND))
    assert made | {"file": ""} == plain | {"file": ""}
    assert made["tickets"]["evaluated"] == 2


def test_one_policy_against_another(stricter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The text answers first how many targets would newly be missed, then which tickets and by which line."""
    words = harbour("--policy", str(stricter), "--against", str(HARBOUR), "--examples", str(tmp_path / "examples"))
    made = found(capsys, *words)
    newly = sum(row["newly"] for row in made["difference"]["missed"])
    assert newly > 0
    text = told(capsys, *words).split("\n\n")
    assert f"{newly} more t" in text[1]
    row = next(row for row in made["difference"]["missed"] if row["newly"])
    assert text[2].startswith("Newly missed\n")
    assert (
        f"{row['priority']} {row['metric'].replace('_', ' ')}: {row['new']} missed in all, was {row['old']}" in text[2]
    )
    assert row["examples"][0] in text[2]
    assert "policy.yaml:" in text[3]


def test_examples_open_in_explain(stricter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command that the text shows for an example runs as it stands, and explains the ticket that it names."""
    folder = tmp_path / "the examples"
    text = told(capsys, *harbour("--policy", str(stricter), "--against", str(HARBOUR), "--examples", str(folder)))
    line = next(line.strip().removeprefix("$ ") for line in text.splitlines() if line.strip().startswith("$ "))
    script = f'support-policy() {{ "{sys.executable}" -m support_policy "$@"; }}\n{line}'
    done = subprocess.run(["/bin/bash", "-c", script], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert next(path.stem for path in sorted(folder.iterdir()) if path.stem in line) in done.stdout.decode()


def test_tables_are_written(stricter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--out` has a row for each ticket evaluated, `--changes` one for each change, and nothing else is left."""
    out, changes = tmp_path / "out.parquet", tmp_path / "changes.parquet"
    words = harbour("--policy", str(stricter), "--against", str(HARBOUR), "--out", str(out), "--changes", str(changes))
    made = found(capsys, *words)
    tickets = pq.read_table(out)
    assert tickets["ticket"].to_pylist() == ["H-1", "H-2", "H-3", "H-4"]
    assert set(tickets["decided_by"].to_pylist()) <= {"columns", "rows"}
    assert len(set(pq.read_table(changes)["ticket"].to_pylist())) == made["difference"]["changed"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["changes.parquet", "out.parquet", "stricter"]


def test_the_report_and_its_charts(stricter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--report` is one page with the answer of the text; `--charts` has each chart as SVG and PNG, light and dark."""
    page, charts = tmp_path / "report.html", tmp_path / "charts"
    words = harbour(
        "--policy", str(stricter), "--against", str(HARBOUR), "--report", str(page), "--charts", str(charts)
    )
    text = told(capsys, *words)
    lead = text.split("\n\n")[1].splitlines()[0]
    assert lead in page.read_text(encoding="utf-8")
    endings = {path.name.partition(".")[2] for path in charts.iterdir()}
    assert endings == {"light.svg", "dark.svg", "light.png", "dark.png"}
    assert f"report   {page}" in text


def test_policies_that_know_different_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A policy before the change that lacks a fact and an event type of the mapping is compared all the same."""
    old = tmp_path / "old"
    shutil.copytree(ORCHARD, old)
    for file, line in (("workflows", "waiting_on_customer"), ("rules", "subject: text")):
        for path in (old / file).iterdir():
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            path.write_text("".join(one for one in lines if line not in one), encoding="utf-8")
    words = ["backtest", str(ORCHARD / "events.ndjson"), "--mapping", str(ORCHARD / "mapping.yaml")]
    made = found(capsys, *words, "--policy", str(ORCHARD), "--against", str(old))
    assert made["rows"]["reasons"] == found(capsys, *words, "--policy", str(ORCHARD))["rows"]["reasons"]
    assert "rows that only the policy before the change does not take: 1" in made["notes"]
    assert made["difference"]["changed"] == 1


def test_the_same_policy_twice_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A policy compared with itself changes nothing, and the text says that it is the same."""
    text = told(capsys, *harbour("--against", str(HARBOUR / "policy.yaml")))
    assert "against  the same policy" in text
    assert "would have changed nothing" in text


def test_a_sweep_tabulates_a_target(capsys: pytest.CaptureFixture[str]) -> None:
    """Every target of a sweep has a row; the present one's row says what the summary says."""
    policy = found(capsys, *harbour())
    row = next(p for p in policy["new"]["priorities"] if any(t["metric"] == "first_response" for t in p["targets"]))
    made = found(capsys, *harbour("--sweep", f"first_response.{row['priority']}=1m,1bh,9bh"))
    rows = made["sweep"]["rows"]
    assert [found["target"] for found in rows] == ["1m", "1bh", "9bh"]
    assert [found["missed"] for found in rows] == sorted((found["missed"] for found in rows), reverse=True)


def test_processes_share_the_work_and_change_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two processes find what one finds, to the last number and row."""
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    assert found(capsys, *harbour("--out", str(one))) == found(capsys, *harbour("--workers", "2", "--out", str(two)))
    assert pq.read_table(one).sort_by("ticket").equals(pq.read_table(two).sort_by("ticket"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (harbour("--changes", "x.parquet"), "--changes:1:1: error[M530]"),
        (harbour("--cluster", "tcp://127.0.0.1:1", "--workers", "2"), "--workers:1:1: error[M530]"),
        (["backtest", str(HARBOUR / "tickets.csv"), "--policy", str(HARBOUR)], "--mapping M.yaml"),
        (["backtest", "sqlite:///none.db", "--mapping", "m.yaml", "--policy", str(HARBOUR)], "needs no mapping"),
        (["backtest", "sqlite:///none.db", "--policy", str(HARBOUR)], "there is no `none.db`"),
        (["backtest", "sqlite:////dev/null", "--policy", str(HARBOUR)], "error[C111]"),
        (["backtest", "sqlite://none.db", "--policy", str(HARBOUR)], "after three slashes"),
        (["backtest", "mysql://none", "--mapping", str(HARBOUR / "mapping.yaml"), "--policy", str(HARBOUR)], "mysql"),
        (harbour("--at", "yesterday"), "--at:1:1: error"),
        (harbour("--against", "/none"), "/none"),
        (harbour("--sweep", "first_respons.P1=1h"), "--sweep:1:1: error"),
        (harbour("--out", "/nonexistent/x.parquet"), "cannot be written"),
        (harbour("--report", str(HARBOUR / "policy.yaml" / "x.html")), "cannot be written"),
        (harbour("--out", str(HARBOUR / "tickets.csv")), "`--out` names the same file as `HISTORY`"),
        (harbour("--out", f"file://{HARBOUR}/tickets.csv"), "`--out` names the same file as `HISTORY`"),
        (harbour("--out", str(HARBOUR / "policy.yaml")), "`--out` names the same file as `--policy`"),
        (harbour("--report", str(HARBOUR / "policy.yaml")), "`--report` names the same file as `--policy`"),
        (harbour("--charts", str(HARBOUR / "tickets.csv")), "is no folder"),
        (harbour("--at", ""), "--at:1:1: error[M530]: nothing is named"),
        (harbour("--sweep", ""), "--sweep:1:1: error[M530]: nothing is named"),
        (harbour("--cluster", ""), "--cluster:1:1: error[M530]: nothing is named"),
        (["backtest", "", *harbour()[2:]], "HISTORY:1:1: error[M530]: nothing is named"),
        (harbour("--sql", "SELEC 1"), "--sql:1:1: error[M531]"),
    ],
)
def test_what_cannot_run_is_exit_2(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the command line, of a policy, the mapping or the whole history is said on standard error."""
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    out = capsys.readouterr()
    assert said in out.err
    assert out.out == ""
    assert list(tmp_path.iterdir()) == []


# -- questions -----------------------------------------------------------------------------------------------------


def test_a_query_is_answered_as_a_table_or_as_json(stricter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--sql QUERY` prints its answer alone; with `--json` the rows as objects."""
    query = "SELECT ticket, \"first_response.status\" AS status FROM tickets WHERE ticket < 'H-3' ORDER BY 1"
    words = harbour("--policy", str(stricter), "--against", str(HARBOUR), "--sql", query)
    lines = told(capsys, *words).splitlines()
    assert [line.split() for line in lines[:1]] == [["ticket", "status"]]
    rows = json.loads(told(capsys, *words, "--json"))
    assert [row["ticket"] for row in rows] == ["H-1", "H-2"]
    counts = "SELECT count(*) AS n FROM {}"
    for table in ("tickets", "old_tickets", "changes", "history", "notifications"):
        (row,) = json.loads(told(capsys, *words[:-1], counts.format(table), "--json"))
        assert row["n"] > 0, table


def test_statements_are_read_from_standard_input() -> None:
    """Without a terminal the statements of standard input are answered, one after another."""
    words = [sys.executable, "-m", "support_policy", *harbour("--sql")]
    text = b"SELECT count(*) AS n\nFROM tickets; SELECT 'a;b' AS said;"
    done = subprocess.run(words, input=text, cwd=ROOT, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().split() == ["n", "-", "4", "said", "----", "a;b"]


# -- the service's own store ---------------------------------------------------------------------------------------


def test_the_service_s_own_store_is_a_history(
    shared_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The store of a service needs no mapping, by its URL or by the service's settings, on either kind of database."""
    with house(shared_url) as at:
        first, second = at.submit(P1), at.submit(P3)
        at.clock.at = NINE.replace(hour=NINE.hour + 1)
        at.event(second, "responded", by="engineer")
    made = found(capsys, "backtest", shared_url, "--policy", str(ROOT), "--against", str(ROOT))
    assert (made["tickets"]["evaluated"], made["rows"]["read"]) == (2, 3)
    assert (made["mapping"], made["shape"]) == (None, "store")
    assert {p["priority"]: p["tickets"] for p in made["new"]["priorities"] if p["tickets"]} == {"P1": 1, "P3": 1}
    settings = tmp_path / "service.yaml"
    settings.write_text(f'database: "{shared_url}"\n', encoding="utf-8")
    again = found(capsys, "backtest", str(settings), "--policy", str(ROOT), "--against", str(ROOT))
    assert again | {"file": ""} == made | {"file": ""}
    assert first != second


# -- how it ends ---------------------------------------------------------------------------------------------------


@pytest.fixture
def long_history(tmp_path: Path) -> list[str]:
    """A run that takes a while: 200,000 rows, and outputs in a folder of their own."""
    rows = ["ticket,at,what,who,subject"]
    for n in range(100_000):
        rows += [f"T{n},{1 + n % 28}/1/2026 09:{n % 60:02},Opened,client,s", f"T{n},1/2/2026 10:00,Answered,agent,"]
    (tmp_path / "out").mkdir()
    words = written(tmp_path, EVENTS, "long.csv", "\n".join(rows).encode())
    return [*words, "--out", str(tmp_path / "out/out.parquet"), "--rejects", str(tmp_path / "out/rejects.csv")]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_run_that_is_ended_leaves_nothing(
    number: signal.Signals, code: int, long_history: list[str], tmp_path: Path
) -> None:
    """Ended by SIGTERM or Ctrl-C in mid-run, it removes what it wrote so far, temporary files included, in silence."""
    out, kept = tmp_path / "out", tmp_path / "tmp"
    kept.mkdir()
    words = [sys.executable, "-m", "support_policy", *long_history]
    environment = {**os.environ, "TMPDIR": str(kept)}
    # Begun by one that ignores interrupts (as a shell's background job does), it would ignore them, too.
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        signal.signal(signal.SIGINT, ours)
        while run.poll() is None and not list(out.iterdir()):
            time.sleep(0.01)
        run.send_signal(number)
        _, err = run.communicate(timeout=60)
    assert (run.returncode, err) == (code, b"")
    assert (list(out.iterdir()), list(kept.iterdir())) == ([], [])


def test_a_reader_that_goes_away_is_no_fault() -> None:
    """`| head` ends the output early, without a word and with exit 0."""
    words = " ".join(harbour())
    script = f'set -o pipefail\n"{sys.executable}" -m support_policy {words} | head -n 1'
    done = subprocess.run(["/bin/bash", "-c", script], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().endswith(f"as of {AT.replace('Z', '+00:00')}\n")


def test_foreign_text_cannot_move_the_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters of an export are shown, not sent to the terminal, in the text and in answers in SQL."""
    data = SOUND.replace(b"B,", b"../B\x1b[2J,")
    words = written(tmp_path, EVENTS, "x.csv", data + b"../B\x1b[2J,3/3/2026 09:00,Nonsense,client,\r\n")
    assert main(words) == 0
    assert main([*words, "--sql", "SELECT ticket FROM tickets"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "[2J" in out


def test_a_person_asks_at_a_terminal(tmp_path: Path) -> None:
    """On a terminal `--sql` prompts: statements over several lines, errors without an end, `.tables`, `.quit`."""
    typed = ["SELECT count(*)", "AS n FROM tickets;", "SELEC 1;", ".tables", ".nonsense", ".quit"]
    words = [sys.executable, "-m", "support_policy", *harbour("--sql")]
    screen = on_terminal(words, [f"{line}\n".encode() for line in typed], tmp_path)
    assert "tables: " in screen
    assert re.search(r"n\r\n-\r\n4\r\n", screen)
    assert 'syntax error at or near "SELEC"' in screen
    assert "notifications: ticket VARCHAR" in screen
    assert "there is no .nonsense" in screen
    assert "Traceback" not in screen


def on_terminal(words: list[str], typed: list[bytes], cwd: Path) -> str:
    """What a command shows on a terminal of 100 columns; each line is typed at a prompt."""
    mine, its = os.openpty()
    termios.tcsetwinsize(its, (40, 100))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "dumb"}
    with subprocess.Popen(words, cwd=cwd, env=environment, stdin=its, stdout=its, stderr=its) as run:
        os.close(its)
        shown = b""
        with suppress(OSError):  # which is how a terminal ends
            while read := os.read(mine, 65536):
                shown += read
                if shown.endswith(b"> ") and typed:
                    os.write(mine, typed.pop(0))
        assert run.wait(timeout=60) == 0
    os.close(mine)
    return shown.decode()
