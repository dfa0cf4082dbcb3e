"""`import zendesk-sla`: what it prints and writes, what it refuses, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import Command, run_process
from tests.zendesk.test_golden import export_of


def files(case: str) -> list[str]:
    """The export of a case."""
    return sorted(str(path) for path in export_of(case).iterdir())


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line, in this process."""
    return Command(capsys)


def test_an_imported_folder_is_a_policy(tmp_path: Path, command: Command) -> None:
    """What is written passes `check`, schemas for the editor and the report with it."""
    out = tmp_path / "desk"
    done = command("import", "zendesk-sla", *files("simple"), "--out", str(out))
    assert (done.code, done.err) == (0, "")
    assert "everything was carried over" in done.out
    assert (out / "IMPORTED.md").is_file()
    assert (out / ".schema" / "policy.json").is_file()
    assert command("check", "--policy", str(out)).code == 0


def test_without_a_folder_the_policy_is_printed(command: Command) -> None:
    """Every file stands below its name, the report last."""
    done = command("import", "zendesk-sla", *files("simple"))
    assert done.code == 0
    heads = [line.strip("# =") for line in done.out.splitlines() if line.startswith("# =====")]
    assert (heads[0], heads[-1]) == ("policy.yaml", "IMPORTED.md")
    assert "  urgent: {name: Urgent, first_reply_time: 2bh}" in done.out


def test_what_was_not_carried_over_is_printed_with_its_path(tmp_path: Path, command: Command) -> None:
    """Exit 1, and each entry says where, why, and what to do instead; the report in the folder says the same."""
    done = command("import", "zendesk-sla", *files("gaps"), "--out", str(tmp_path / "desk"))
    assert done.code == 1
    for text in (done.out, (tmp_path / "desk" / "IMPORTED.md").read_text()):
        assert "$.sla_policies[0].filter.all[0]" in text
        assert text.count("   - why: ") == text.count("   - instead: ") > 5
    printed = command("import", "zendesk-sla", *files("gaps"))
    assert (printed.code, "not carried over: see IMPORTED.md above" in printed.err) == (1, True)


def test_json_holds_the_texts_and_the_list(tmp_path: Path, command: Command) -> None:
    """With `--json` a program gets the files and every entry of the list, by its parts."""
    out = tmp_path / "desk"
    done = command("import", "zendesk-sla", *files("gaps"), "--out", str(out), "--json")
    told = json.loads(done.out)
    assert (done.code, told["ok"]) == (1, False)
    assert told["files"]["policy.yaml"] == (out / "policy.yaml").read_text()
    assert f"{out.as_posix()}/policy.yaml" in told["written"]
    assert all(set(entry) == {"file", "path", "what", "why", "instead"} for entry in told["not_carried_over"])
    assert json.loads(command("import", "zendesk-sla", *files("plans"), "--json").out)["not_carried_over"] == []


@pytest.mark.parametrize("name", ["there.txt", ""])
def test_nothing_is_overwritten(name: str, tmp_path: Path, command: Command) -> None:
    """A folder with something in it, and a file in the folder's place, are refused before anything is read."""
    (tmp_path / "there.txt").write_text("mine")
    target = tmp_path / name if name else tmp_path
    done = command("import", "zendesk-sla", "nowhere.json", "--out", str(target))
    assert (done.code, "P343" in done.err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["there.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path, command: Command) -> None:
    """A folder that is there and empty will do."""
    assert command("import", "zendesk-sla", *files("simple"), "--out", str(tmp_path)).code == 0
    assert (tmp_path / "policy.yaml").is_file()


def test_faults_leave_nothing_behind(tmp_path: Path, command: Command) -> None:
    """An export that cannot be used exits with 2, names every fault's place, and writes no folder."""
    bad = tmp_path / "bad.json"
    bad.write_text('{"sla_policies": [\n {"id": 1, "title": "x", "filter": {"all": []}}\n]}')
    done = command("import", "zendesk-sla", str(bad), str(tmp_path), "--out", str(tmp_path / "out"))
    assert (done.code, (tmp_path / "out").exists()) == (2, False)
    assert "error[J104]: cannot be read" in done.err
    done = command("import", "zendesk-sla", str(bad), "--json")
    (finding,) = json.loads(done.out)["diagnostics"]
    assert (done.code, finding["code"], finding["line"], finding["column"]) == (2, "Z603", 2, 2)


@pytest.mark.parametrize("words", [[], ["zendesk-sla"], ["another-desk", "x.json"]])
def test_the_wrong_words_are_told(words: list[str], command: Command) -> None:
    """Without a kind that is known, and a file, there is nothing to do."""
    assert command("import", *words).code == 2


def test_standard_input_is_a_file_too() -> None:
    """`-` reads what another command prints, and is named so in a finding."""
    policies, schedules = (Path(name).read_bytes() for name in files("simple"))
    data = policies.rstrip()[:-1] + b"," + schedules.lstrip()[1:]
    done = run_process("import", "zendesk-sla", "-", stdin=data)
    assert (done.code, "america/los_angeles" in done.out.lower()) == (0, True)
    done = run_process("import", "zendesk-sla", "-", stdin=b"[")
    assert (done.code, done.err.startswith("<stdin>:1:")) == (2, True)


def test_the_verb_works_without_a_terminal() -> None:
    """In a process of its own the verb is found by its name, a word that Python reserves."""
    done = run_process("import", "zendesk-sla", *files("simple"))
    assert (done.code, done.err) == (0, "")
