"""The verb `test`, and what other verbs do with scenarios: exit codes, files, output."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.command import ROOT, Command, Result, run_process
from tests.service.stories import EMERGENCY, spoilt

WRONG = spoilt("escalation_level: 1", "escalation_level: 2   # the directors")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command in this process."""
    return Command(capsys)


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped policy with one scenario of its own, in the present folder."""
    for name in ("policy.yaml", "rules", "workflows"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    folder = tmp_path / "tests" / "scenarios"
    folder.mkdir(parents=True)
    (folder / "s.yaml").write_text(EMERGENCY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def spoil(mine: Path, text: str = WRONG) -> Path:
    """Put another text into the scenario file."""
    path = mine / "tests" / "scenarios" / "s.yaml"
    path.write_text(text)
    return path


def test_the_shipped_scenarios_pass(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """`support-policy test` beside the shipped policy says that all pass, file by file."""
    monkeypatch.chdir(ROOT)
    done = run("test")
    assert done.code == 0
    assert "tests/scenarios/emergency.yaml: 10 scenarios passed\n" in done.out
    assert done.out.endswith(" scenarios passed\n")


def test_a_failure_is_told_and_exits_1(run: Command, mine: Path) -> None:
    """Name, place, expected, found, the nearest miss, the story; and the sum."""
    spoil(mine)
    done = run("test")
    assert done.code == 1
    assert (
        done.out
        == """\
tests/scenarios/s.yaml: 1 failed

FAILED  An emergency
  tests/scenarios/s.yaml:14:9: escalation_level at 2026-03-02 12:00
    expected  2
    found     1
    it becomes so on Mon 2 Mar, 13:00, 1 h later than expected
  what happens
       Mon 2 Mar, 10:00  submitted; state open; priority P1
       Mon 2 Mar, 11:00  responded by engineer; first_response is met
    -> Mon 2 Mar, 12:00  automatic.1 fires, support_manager told
       Mon 2 Mar, 13:00  automatic.2 fires, directors told

0 scenarios passed, 1 failed
"""
    )


@pytest.mark.parametrize(
    "words",
    [
        ("tests/scenarios/s.yaml",),
        ("tests/scenarios/s.yaml", "tests"),
        ("--policy", "policy.yaml"),
        ("tests", "--policy", "."),
        ("--run", "emerg"),
    ],
)
def test_paths_and_policies(run: Command, mine: Path, words: tuple[str, ...]) -> None:
    """A file, a folder, both, none; with and without a policy: each file is run once."""
    done = run("test", *words)
    assert (done.code, done.out.splitlines()[-1]) == (0, "1 scenario passed")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere",), "T610"),
        (("rules",), "S205"),
        (("--run", "calm"), "no scenario's name contains `calm`"),
        (("--policy", "rules"), "P340"),
        (("--junit", "nowhere/x.xml"), "T612"),
    ],
)
def test_what_cannot_run_exits_2(run: Command, mine: Path, words: tuple[str, ...], said: str) -> None:
    """Nothing to run, nothing to run by, nowhere to write to: 2, and the reason."""
    done = run("test", *words)
    assert done.code == 2
    assert said in done.err


def test_mistakes_of_all_files_are_told_together(run: Command, mine: Path) -> None:
    """Two files, a slip in each: both are told, as data too, and nothing is run."""
    spoil(mine, spoilt("state: open", "state: opne"))
    (mine / "tests" / "scenarios" / "t.yaml").write_text("scenarios: 3\n")
    done = run("test", "--json")
    assert done.code == 2
    assert [found["code"] for found in json.loads(done.out)["diagnostics"]] == ["T606", "S201"]


def test_results_as_data_and_as_xml(run: Command, mine: Path) -> None:
    """`--json` and `--junit` hold what failed, where and why; letters that XML forbids do no harm."""
    spoil(mine, WRONG + EMERGENCY.partition("\n")[2].replace("An emergency", '"Be\\ell & <tag>"'))
    done = run("test", "--json", "--junit", "results.xml")
    assert done.code == 1
    data = json.loads(done.out)
    assert (data["ok"], data["passed"], data["failed"]) == (False, 1, 1)
    (file,) = data["files"]
    failed, passed = file["scenarios"]
    assert passed["passed"]
    assert passed["failures"] == []
    (failure,) = failed["failures"]
    assert (failure["line"], failure["column"], failure["key"]) == (14, 9, "escalation_level")
    assert (failure["expected"], failure["found"]) == ("2", "1")
    root = ET.parse("results.xml").getroot()  # noqa: S314 - our own file
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "2", "1")
    cases = list(root.iter("testcase"))
    assert [case.get("name") for case in cases] == ["An emergency", "Be\ufffdll & <tag>"]
    (told,) = cases[0]
    assert told.tag == "failure"
    assert "1 h later than expected" in (told.text or "")
    assert list(cases[1]) == []


def test_accepting_with_yes_writes(run: Command, mine: Path) -> None:
    """The change is shown with its place, written, and passes from then on; the comment stays."""
    path = spoil(mine)
    done = run("test", "--accept", "--yes")
    assert done.code == 0
    assert "tests/scenarios/s.yaml:14\n  - escalation_level: 2   # the directors\n" in done.out
    assert "  + escalation_level: 1   # the directors\n" in done.out
    assert path.read_text() == WRONG.replace("level: 2 ", "level: 1 ")
    assert run("test").code == 0


def test_accepting_without_a_terminal_only_shows(mine: Path) -> None:
    """Nobody is there to agree: the change is shown, nothing is written, and it is still a failure."""
    path = spoil(mine)
    done = run_process("test", "--accept", cwd=mine)
    assert done.code == 1
    assert "  + escalation_level: 1" in done.out
    assert "accept?" not in done.out
    assert path.read_text() == WRONG


@pytest.mark.parametrize(("answer", "code", "written"), [("y", 0, True), ("", 1, False), ("n", 1, False)])
def test_accepting_at_a_terminal_asks(mine: Path, answer: str, code: int, written: bool) -> None:
    """At a terminal the file is written after `y`, and after nothing else."""
    path = spoil(mine)
    done = at_terminal("test", "--accept", cwd=mine, answer=answer)
    assert "accept? [y/N]" in done.out
    assert done.code == code
    assert (path.read_text() != WRONG) == written


def at_terminal(*words: str, cwd: Path, answer: str) -> Result:
    """Run the command at a terminal of its own, where somebody answers."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "support_policy", *words], cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode())
        out = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:
                break
            if not part:
                break
            out += part
        process.wait(60)
    os.close(ours)
    return Result(process.returncode, out.decode(), "")


def test_mistakes_are_never_accepted_away(run: Command, mine: Path) -> None:
    """An unknown name stays an error, and the file as it is."""
    text = spoilt("state: open", "state: opne", WRONG)
    path = spoil(mine, text)
    assert run("test", "--accept", "--yes").code == 2
    assert path.read_text() == text


@pytest.mark.parametrize("name", ["disputed", "emergency", "requested", "unstated"])
def test_a_history_becomes_a_scenario_that_passes(run: Command, mine: Path, name: str) -> None:
    """Every example, as of the end of the year, is a scenario that passes at once; it is never overwritten."""
    history = str(ROOT / "examples" / "tickets" / f"{name}.json")
    words = ("evaluate", history, "--at", "2026-12-31T00:00:00Z", "--scenario", "tests/scenarios/new.yaml")
    assert run(*words).code == 0
    done = run("test", "tests/scenarios/new.yaml")
    assert (done.code, done.out) == (0, "tests/scenarios/new.yaml: 1 scenario passed\n1 scenario passed\n")
    assert run(*words).code == 2


def test_a_history_of_nothing_is_no_scenario(run: Command, mine: Path) -> None:
    """Before the first event there is nothing to tell."""
    history = str(ROOT / "examples" / "tickets" / "emergency.json")
    done = run("evaluate", history, "--at", "2020-01-01T00:00:00Z", "--scenario", "new.yaml")
    assert done.code == 2
    assert "nothing has happened to this ticket yet" in done.err
    assert not Path("new.yaml").exists()


def test_check_notes_the_clauses_without_a_scenario(run: Command, mine: Path) -> None:
    """Only a note, and only where scenarios are kept; `--clauses` names the scenarios of each."""
    done = run("check", "--clauses")
    assert done.code == 0
    assert "note[T613]: no scenario shows the clauses `services`, `channel`" in done.out
    assert "shown by: An emergency (tests/scenarios/s.yaml:2:15)" in done.out
    clauses = json.loads(run("check", "--json").out)["clauses"]
    assert clauses["p1.automatic"]["scenarios"] == ["An emergency (tests/scenarios/s.yaml:2:15)"]
    assert clauses["hours"]["scenarios"] == []
    spoil(mine, "scenarios: [\n")
    assert "tests/scenarios/s.yaml:1:1: note[T614]" in run("check").out
    shutil.rmtree(mine / "tests")
    assert "T613" not in run("check", "--clauses").out


def test_init_hands_out_the_scenarios(run: Command, tmp_path: Path) -> None:
    """A new policy comes with scenarios that pass, and with the schema that their first line names."""
    assert run("init", str(tmp_path / "new")).code == 0
    folder = tmp_path / "new" / "tests" / "scenarios"
    ours = {path.name: path.read_bytes() for path in (ROOT / "tests" / "scenarios").glob("*.yaml")}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == ours
    assert (folder / "../../.schema/scenario.json").is_file()
    assert run("test", str(folder)).code == 0


VERSIONS = """\
{previous}scenarios:
  - scenario: a ticket from before the change
    start: 2026-03-02 10:00
    events:
      - {{at: start, type: submitted, organization: acme, stated_priority: P1, site_status: down}}
    expect:
      - {{at: start, targets: {{first_response: running, resolution: running}}}}
      - {{at: 2026-03-02 12:30, due: {due}}}
"""
KEPT = "{automatic.2: 2026-03-02 13:00}"
MOVED = "{first_response: 2026-03-02 16:00, automatic.2: 2026-03-02 13:00}"


def changed(mine: Path, text: str, open_tickets: str) -> None:
    """A version with a slower first response begins at noon; the one before it is in `old`."""
    old = mine / "old"
    old.mkdir()
    for name in ("policy.yaml", "rules", "workflows"):
        (shutil.copytree if (mine / name).is_dir() else shutil.copy)(mine / name, old / name)
    policy = mine / "policy.yaml"
    new = policy.read_text().replace("2026-01-01T00:00:00-08:00", "2026-03-02T11:00:00-08:00")
    new = new.replace("first_response: 2bh", "first_response: 6bh").replace(
        "first_response: 4bh", "first_response: 7bh"
    )
    policy.write_text(new.replace("open_tickets: keep", f"open_tickets: {open_tickets}"))
    spoil(mine, text)


@pytest.mark.parametrize(("open_tickets", "due"), [("keep", KEPT), ("retarget", MOVED)])
@pytest.mark.parametrize("where", ["the file", "the option"])
def test_versions_can_be_tested(run: Command, mine: Path, open_tickets: str, due: str, where: str) -> None:
    """With the version before, named by the file or on the command line, tickets in flight stay or are re-aimed."""
    named = where == "the file"
    changed(mine, VERSIONS.format(previous="previous: [../../old]\n" if named else "", due=due), open_tickets)
    done = run("test", *([] if named else ["--previous", "old"]))
    assert (done.code, "1 scenario passed" in done.out) == (0, True), done.out


def test_a_version_that_is_not_there_is_told_at_its_place(run: Command, mine: Path) -> None:
    """A wrong folder in `previous` is a finding of the scenario file, not of the policy."""
    changed(mine, VERSIONS.format(previous="previous: [../old]\n", due=KEPT), "keep")
    done = run("test")
    assert done.code == 2
    assert "tests/scenarios/s.yaml:1:12: error[T617]: `../old` does not exist" in done.err
