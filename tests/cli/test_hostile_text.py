"""Text from outside never reaches a terminal as it is: what could move its cursor, colour it or reorder its letters."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import ROOT, Command, run_process

AT = "2026-03-10T14:00:00-08:00"
HOSTILE = "\x1b[31mRED\x1b]0;title\x07\r\nnew\u202eRTL\u2066x\x9b1mz\x08\x7f\u2028end"
_RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line, in this process."""
    return Command(capsys)


def submitted(**parts: Any) -> dict[str, Any]:
    """A ticket's first event."""
    fields = {"organization": "acme", "stated_priority": "P1"}
    return {"at": "2026-03-02T10:00:00-08:00", "type": "submitted", "fields": fields, **parts}


def later(type: str, **parts: Any) -> dict[str, Any]:
    """An event an hour later."""
    return {"at": "2026-03-02T11:00:00-08:00", "type": type, **parts}


HISTORIES: dict[str, Any] = {
    "ticket": {"ticket": HOSTILE, "events": [submitted()]},
    "organization": {"ticket": "A", "events": [submitted(fields={"organization": HOSTILE, "subject": HOSTILE})]},
    "reason": {"ticket": "A", "events": [submitted(), later("priority_changed", to="P2", reason=HOSTILE)]},
    "assigned": {"ticket": "A", "events": [submitted(), later("assigned", to=HOSTILE, actor=HOSTILE, text=HOSTILE)]},
    "type": {"ticket": "A", "events": [submitted(type=HOSTILE)]},
    "by": {"ticket": "A", "events": [submitted(by=HOSTILE)]},
    "at": {"ticket": "A", "events": [submitted(at=HOSTILE)]},
    "key": {"ticket": "A", "events": [submitted()], HOSTILE: 1},
    "fact": {"ticket": "A", "events": [submitted(fields={HOSTILE: 1})]},
    "value": {"ticket": "A", "events": [submitted(fields={"environment": HOSTILE})]},
    "id": {"ticket": "A", "events": [submitted(id=HOSTILE), later("resolved", id=HOSTILE)]},
    "to": {"ticket": "A", "events": [submitted(), later("priority_changed", to=HOSTILE, reason="x")]},
    "half": {"ticket": "A\ud800", "events": [submitted()]},
    "half reason": {"ticket": "A", "events": [submitted(), later("priority_changed", to="P2", reason="\udc00")]},
    "half by": {"ticket": "A", "events": [submitted(by="\udc00")]},
    "half id": {"ticket": "A", "events": [submitted(id="\udc00", actor="\udc01")]},
}
VERBS = [
    ("evaluate",),
    ("evaluate", "--json"),
    ("explain",),
    ("explain", "--json"),
    ("timeline",),
    ("timeline", "--json"),
    ("timeline", "--svg", "-"),
]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("name", HISTORIES)
def test_no_verb_prints_a_history_raw(name: str, verb: tuple[str, ...], tmp_path: Path, command: Command) -> None:
    """Whatever stands in a history, output and errors hold no control character, and JSON stays JSON."""
    path = tmp_path / "h.json"
    path.write_text(json.dumps(HISTORIES[name]), encoding="utf-8")
    done = command(verb[0], str(path), *verb[1:], "--policy", str(ROOT), "--at", AT)
    assert done.code in (0, 2)
    assert not _RAW.search(done.out), repr(done.out)
    assert not _RAW.search(done.err), repr(done.err)
    if "--json" in verb:
        json.loads(done.out)


def test_json_keeps_what_it_escapes(tmp_path: Path, command: Command) -> None:
    """An escaped text is the same text to whoever reads the JSON."""
    path = tmp_path / "h.json"
    path.write_text(json.dumps(HISTORIES["ticket"]), encoding="utf-8")
    done = command("evaluate", str(path), "--policy", str(ROOT), "--at", AT, "--json")
    assert json.loads(done.out)["ticket"] == HOSTILE


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("check", "--clauses"),
        ("check", "--assumptions", "--json"),
        ("evaluate", "h.json", "--at", AT),
        ("schedules",),
        ("diagram",),
        ("demo",),
    ],
    ids=" ".join,
)
def test_no_verb_prints_a_policy_raw(words: tuple[str, ...], tmp_path: Path, command: Command) -> None:
    """YAML can spell a control character: no verb prints one that stands in a policy."""
    for part in ("rules", "workflows"):
        shutil.copytree(ROOT / part, tmp_path / part)
    text = (ROOT / "policy.yaml").read_text(encoding="utf-8")
    spelled = r'"\e[31m\r\n\u202e\a"'
    for old in (
        "Vmoso Support",
        "Emergency",
        "The emergencies that are open.",
        "From submission until the problem",
    ):
        assert old in text
    text = text.replace("policy: Vmoso Support", f"policy: {spelled}").replace("name: Emergency", f"name: {spelled}")
    text = text.replace("says: The emergencies that are open.", f"says: {spelled}")
    text = text.replace("says: From submission until the problem is resolved.", f"says: {spelled}")
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")
    clauses = tmp_path / "rules" / "clauses.yaml"
    told = clauses.read_text(encoding="utf-8").replace('says: "P3, Normal: every other case."', f"says: {spelled}")
    clauses.write_text(told, encoding="utf-8")
    (tmp_path / "h.json").write_text(json.dumps({"ticket": "A", "events": [submitted()]}))
    given = [str(tmp_path / "h.json") if word == "h.json" else word for word in words]
    done = command(*given, "--policy", str(tmp_path))
    assert not _RAW.search(done.out), repr(_RAW.search(done.out))
    assert not _RAW.search(done.err), repr(done.err)
    assert done.code == 0, done.err


@pytest.mark.parametrize("verb", [v for v in VERBS if "--svg" not in v], ids=" ".join)
def test_a_poor_terminal_gets_what_it_can_show(verb: tuple[str, ...], tmp_path: Path) -> None:
    """On a terminal of another encoding letters it lacks are replaced (in JSON: escaped), and nothing fails."""
    path = tmp_path / "h.json"
    history = {"ticket": "VS-é😀", "events": [submitted(fields={"organization": "Zürich", "subject": "日本語"})]}
    path.write_text(json.dumps(history), encoding="utf-8")
    done = run_process(verb[0], str(path), *verb[1:], "--at", AT, env={"PYTHONIOENCODING": "ascii"})
    assert (done.code, done.err) == (0, "")
    if "--json" in verb:
        assert json.loads(done.out)["ticket"] == "VS-é😀"
