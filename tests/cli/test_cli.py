"""The command line: exit codes, JSON, errors that name the place, and no traceback whatever is given."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.command import ROOT, Command, run_process

AT = "2026-03-02T14:00:00-08:00"
_BEGUN = '{"ticket": "A", "events": [\n{"at": "2026-03-02T10:00:00Z", "type": "submitted"'
EMERGENCY = str(ROOT / "examples" / "tickets" / "emergency.json")


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line, in this process."""
    return Command(capsys)


@pytest.fixture
def folder(tmp_path: Path, command: Command) -> Path:
    """A fresh policy folder made by `init`."""
    made = tmp_path / "desk"
    assert command("init", str(made)).code == 0
    return made


def test_init_makes_a_folder_that_checks(folder: Path, command: Command) -> None:
    """A folder made by `init` passes `check`, and the example ticket in it is decided."""
    assert command("check", "--policy", str(folder)).code == 0
    done = command("evaluate", str(folder / "ticket.json"), "--policy", str(folder), "--at", AT, "--json")
    assert json.loads(done.out)["escalation_level"] == 2


def test_init_overwrites_nothing(folder: Path, command: Command) -> None:
    """`init` refuses a folder with something in it."""
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    done = command("init", str(folder))
    assert (done.code, "already" in done.err) == (2, True)
    assert before == {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_copy_of_policy_rules_and_workflows_alone_passes_check(tmp_path: Path, command: Command) -> None:
    """A policy is policy.yaml, rules/ and workflows/: a copy of that alone passes `check`."""
    shutil.copy(ROOT / "policy.yaml", tmp_path)
    for part in ("rules", "workflows"):
        shutil.copytree(ROOT / part, tmp_path / part)
    assert command("check", "--policy", str(tmp_path)).code == 0
    assert command("check", "--policy", str(tmp_path / "policy.yaml")).code == 0


def test_one_number_changes_the_outcome(folder: Path, command: Command) -> None:
    """Editing one number in policy.yaml changes what is decided."""
    text = (folder / "policy.yaml").read_text()
    (folder / "policy.yaml").write_text(text.replace("first_response: 2bh,", "first_response: 0.5bh,"))
    done = command("evaluate", str(folder / "ticket.json"), "--policy", str(folder), "--at", AT, "--json")
    assert json.loads(done.out)["targets"][0]["status"] == "missed_then_met"


def test_a_broken_file_is_told_where(folder: Path, command: Command) -> None:
    """A broken policy is told with file, line and column, the nearest right name, and exit 1 from `check`."""
    text = (folder / "policy.yaml").read_text()
    line = next(n for n, words in enumerate(text.splitlines(), 1) if "first_response: 4bh" in words)
    (folder / "policy.yaml").write_text(text.replace("first_response: 4bh", "first_respnse: 4bh"))
    done = command("check", "--policy", str(folder))
    assert done.code == 1
    assert f"{folder}/policy.yaml:{line}:" in done.out
    assert "did you mean `first_response`?" in done.out
    used = command("evaluate", str(folder / "ticket.json"), "--policy", str(folder))
    assert (used.code, f"policy.yaml:{line}:" in used.err) == (2, True)


def test_a_warning_is_an_answer_of_no(folder: Path, command: Command) -> None:
    """`check` says no (1) to a policy whose P1 is slower than its P2, although it can be used."""
    text = (folder / "policy.yaml").read_text()
    (folder / "policy.yaml").write_text(text.replace("first_response: 2bh,", "first_response: 5bh,"))
    done = command("check", "--policy", str(folder), "--json")
    found = json.loads(done.out)
    assert (done.code, [d["code"] for d in found["diagnostics"] if d["severity"] == "warning"]) == (1, ["P312"])
    assert command("evaluate", str(folder / "ticket.json"), "--policy", str(folder)).code == 0


@pytest.mark.parametrize(
    ("history", "place", "help"),
    [
        ('{"ticket": "A",\n "events": [{"at": "2026-03-02T10:00:00Z",\n  "type": "submited"}]}', "3:11", "`submitted`"),
        ('{"ticket": "A",\n "events": [{"at": "2026-03-02T10:00:00", "type": "submitted"}]}', "2:20", "offset"),
        (_BEGUN + ',\n "fields": {"site_staus": "up"}}]}', "3:13", "`site_status`"),
        (_BEGUN + ',\n "fields": {"site_status": "dwn"}}]}', "3:28", "`down`"),
        (_BEGUN + ', "resaon": "x"}]}', "2:53", "`reason`"),
        ('{"ticket": "A"}', "1:1", ""),
        ("[]", "1:1", ""),
        ("{", "1:2", ""),
        ("", "1:1", ""),
        ('{"ticket": "A", "ticket": "B", "events": []}', "1:1", "twice"),
        ('{"ticket": "A", "events": NaN}', "1:1", "NaN"),
        ("[" * 100_000, "1:1", "deeply"),
        ("1" * 10_000, "1:1", "digits"),
        ("\ufeff[]", "1:1", ""),
    ],
)
def test_a_history_that_cannot_be_read_is_told_where(
    history: str, place: str, help: str, tmp_path: Path, command: Command
) -> None:
    """A faulty history ends with exit 2 and file:line:col, with the nearest right name."""
    path = tmp_path / "h.json"
    path.write_text(history, encoding="utf-8")
    done = command("evaluate", str(path), "--policy", str(ROOT))
    assert done.code == 2, done.out
    assert f"{path}:{place}: error" in done.err
    assert help in done.err


def test_errors_are_json_when_json_is_asked_for(tmp_path: Path, command: Command) -> None:
    """With `--json`, a failure prints its diagnostics as JSON."""
    path = tmp_path / "h.json"
    path.write_text("{}")
    done = command("evaluate", str(path), "--policy", str(ROOT), "--json")
    assert (done.code, json.loads(done.out)["ok"]) == (2, False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["chek"], "did you mean `check`?"),
        (["check", "--polcy", "x"], "--polcy"),
        (["check", "--policy", "/nowhere"], "does not exist"),
        (["evaluate", "/nowhere.json"], "cannot be read"),
        (["evaluate", EMERGENCY, "--at", "yesterday"], "no instant"),
        (["evaluate", EMERGENCY, "--at", "2026-03-02T10:00:00"], "offset"),
        (["diagram", "requst"], "did you mean `request`?"),
        (["schedules", "--count", "x"], "invalid int"),
    ],
)
def test_wrong_words_are_told(words: list[str], said: str, command: Command) -> None:
    """A wrong command line ends with exit 2 and says what is wrong."""
    done = command(*words)
    assert (done.code, said in done.err) == (2, True), done.err


def test_standard_input_is_read_as_a_history() -> None:
    """`-` reads the history from standard input."""
    done = run_process("evaluate", "-", "--at", AT, "--json", stdin=Path(EMERGENCY).read_bytes())
    assert json.loads(done.out)["ticket"] == "VS-1001"


def test_the_rules_can_be_decided_by_the_library_too(command: Command) -> None:
    """`--reference` has business-rules decide the rules of the same facts, and says whether it agrees."""
    for example in sorted((ROOT / "examples" / "tickets").glob("*.json")):
        done = command(
            "evaluate", str(example), "--policy", str(ROOT), "--at", "2027-01-01T00:00:00Z", "--reference", "--json"
        )
        told = json.loads(done.out)["reference"]
        assert done.code == 0
        assert {row["rule_set"] for row in told} == {"priority", "advice", "guards"}
        assert all(row["ours"] == row["reference"] for row in told)
        assert next(row["reference"] for row in told if row["rule_set"] == "priority")


def test_the_demo_decides_every_example() -> None:
    """`demo` decides the example tickets and says why."""
    done = run_process("demo")
    assert (done.code, done.err) == (0, "")
    assert all(f"VS-100{n}" in done.out for n in (1, 2, 3, 4))
    assert "policy.yaml:" in done.out


def test_diagrams_are_drawn(tmp_path: Path, command: Command) -> None:
    """`diagram` prints Mermaid, and writes an SVG file for each workflow."""
    assert "stateDiagram-v2" in command("diagram", "--policy", str(ROOT)).out
    assert command("diagram", "--policy", str(ROOT), "--svg", str(tmp_path)).code == 0
    assert {p.name for p in tmp_path.iterdir()} == {"request.svg", "escalation.svg"}


def test_schedules_are_listed(command: Command) -> None:
    """`schedules` lists the next firings in the office's zone, closed days left out where the policy says so."""
    done = command("schedules", "--policy", str(ROOT), "--from", "2026-03-30T12:00:00-07:00", "--count", "2", "--json")
    rows = {row["schedule"]: row["at"] for row in json.loads(done.out)}
    assert rows["open-emergencies"] == ["2026-04-01T09:00:00-07:00", "2026-04-02T09:00:00-07:00"]


def test_a_schedule_is_previewed(command: Command) -> None:
    """`schedules --tell` shows the letters of the next run, word by word, about the tickets of given histories."""
    told = ("schedules", "--policy", str(ROOT), "--tell", "weekly-report", "--from", "2026-03-03T09:00:00-08:00")
    done = command(*told, "--history", str(ROOT / "examples" / "tickets" / "emergency.json"), "--json")
    rows = json.loads(done.out)
    assert [row["recipient"].partition("@")[0] for row in rows] == [
        f"support-manager.{name}" for name in ("acme", "globex", "initech")
    ]
    assert "first response  P1          1       0       100%" in rows[0]["body"]
    assert "No target was met or missed." in rows[1]["body"]
    assert command(*told).out.count("  subject  Vmoso Support: weekly report, ") == 3
    nothing = command("schedules", "--policy", str(ROOT), "--tell", "open-emergencies")
    assert (nothing.code, "nothing is sent" in nothing.out) == (0, True)
    wrong = command("schedules", "--policy", str(ROOT), "--tell", "weekly-reprot")
    assert (wrong.code, "did you mean `weekly-report`?" in wrong.err) == (2, True)


def test_every_verb_has_help() -> None:
    """`--help` lists every verb, and each verb has a help of its own."""
    from support_policy.cli import VERBS

    listed = run_process("--help")
    assert listed.code == 0
    for verb in VERBS:
        assert f"\n  {verb} " in listed.out
        assert run_process(verb, "--help").code == 0


def test_a_closed_pipe_is_no_error() -> None:
    """Output into a pipe that closes early ends quietly."""
    import subprocess
    import sys

    line = f"{sys.executable} -m support_policy demo | head -1"
    done = subprocess.run(["/bin/bash", "-c", line], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_check_counts_what_there_is(folder: Path, command: Command) -> None:
    """The sum of `check` counts calendars, plans and templates where there are some."""
    before = command("check", "--policy", str(folder)).out
    with (folder / "policy.yaml").open("a") as file:
        file.write("calendars: {late: {zone: Europe/Paris}}\nplans: {standard: {}, gold: {}}\n")
    after = command("check", "--policy", str(folder)).out
    assert (" calendars" in before, " plans" in before) == (False, False)
    assert " 1 calendars, 2 plans, " in after
