"""`support-policy render`: what a ticket's history tells whom, before anybody is told."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import ROOT, Command, run_process

AT = "2026-03-02T14:00:00-08:00"
EMERGENCY = str(ROOT / "examples" / "tickets" / "emergency.json")
_RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line, in this process."""
    return Command(capsys)


def written(folder: Path, *events: dict[str, Any], ticket: str = "VS-1") -> str:
    """The path of a history."""
    path = folder / "history.json"
    path.write_text(json.dumps({"ticket": ticket, "events": list(events)}), encoding="utf-8")
    return str(path)


def submitted(**fields: Any) -> dict[str, Any]:
    """A ticket's first event."""
    given = {"organization": "acme", "stated_priority": "P1", **fields}
    return {"at": "2026-03-02T10:00:00-08:00", "type": "submitted", "fields": given}


def test_every_message_is_shown_in_order(command: Command) -> None:
    """When, under which key, to whom, by which template, and the text, one message after another."""
    done = command("render", EMERGENCY, "--policy", str(ROOT), "--at", AT)
    assert (done.code, done.err) == (0, "")
    first, second = done.out.split("\n\n\n")
    assert first.startswith("""\
VS-1001/automatic/1/1  Mon 02 Mar 2026 12:00 (-0800)  notify
  to       support manager <support-manager.acme@vmoso.example>
  text     escalation_manager
  subject  VS-1001 (P1): not resolved in time, please agree on an action plan

    Ticket VS-1001 of Acme Corporation has not been resolved by Mon 2 Mar 2026, 12:00 PST.
    Its state is: open.
""")
    assert second.startswith("VS-1001/automatic/2/1  Mon 02 Mar 2026 13:00 (-0800)  notify\n")


def test_messages_are_data_too(command: Command) -> None:
    """`--json` gives a row a message, the text as it is sent."""
    done = command("render", EMERGENCY, "--policy", str(ROOT), "--at", AT, "--json")
    rows = json.loads(done.out)
    assert [(row["at"], row["key"], row["template"]) for row in rows] == [
        ("2026-03-02T12:00:00-08:00", "VS-1001/automatic/1/1", "escalation_manager"),
        ("2026-03-02T13:00:00-08:00", "VS-1001/automatic/2/1", "escalation_directors"),
    ]
    assert set(rows[0]) == {"at", "key", "command", "recipients", "template", "subject", "body"}
    assert rows[0]["recipients"] == [{"role": "support_manager", "to": "support-manager.acme@vmoso.example"}]
    assert rows[0]["body"].endswith("carry out an action plan.\n")


def test_a_message_is_shown_as_it_was_when_sent(tmp_path: Path, command: Command) -> None:
    """What happened to the ticket later does not change a message that went out before."""
    changed = {"at": "2026-03-02T12:30:00-08:00", "type": "priority_changed", "to": "P3", "reason": "agreed"}
    done = command("render", written(tmp_path, submitted(), changed), "--policy", str(ROOT), "--at", AT, "--json")
    rows = {row["template"]: row for row in json.loads(done.out)}
    assert rows["escalation_manager"]["subject"].startswith("VS-1 (P1):")
    assert rows["priority_changed"]["subject"] == "VS-1: the priority is now P3 (Normal)"


def test_one_template_is_shown_for_the_ticket_as_it_stands(command: Command) -> None:
    """`--template` previews a text before anything fires."""
    early = "2026-03-02T10:30:00-08:00"
    done = command("render", EMERGENCY, "--policy", str(ROOT), "--at", early, "--template", "escalation_directors")
    assert done.code == 0
    assert done.out.startswith("VS-1001/preview  Mon 02 Mar 2026 10:30 (-0800)  notify\n  to       directors <")
    assert "still not resolved, as of Mon 2 Mar 2026, 10:30 PST" in done.out


PREVIEWS = {
    "priority_changed": "its priority has not been changed",
    "request_accepted": "no request of its has been accepted",
    "request_declined": "no request of its has been declined",
    "escalation_manager": "",
}


@pytest.mark.parametrize(("template", "missing"), PREVIEWS.items(), ids=list(PREVIEWS))
def test_a_preview_says_what_the_ticket_has_not_had(template: str, missing: str, command: Command) -> None:
    """A template about something that the ticket has not had says so, for people and as data; others do not."""
    words = ("render", EMERGENCY, "--policy", str(ROOT), "--at", AT, "--template", template)
    note = "  note     this template is about what the ticket has not had: "
    told = command(*words)
    assert (told.code, [line for line in told.out.splitlines() if line.startswith("  note")]) == (
        0,
        [note + missing] if missing else [],
    )
    (row,) = json.loads(command(*words, "--json").out)
    assert row.get("not_had", "") == missing


def test_a_template_of_an_escalation_that_did_not_happen_says_so(command: Command) -> None:
    """The preview of a level's template says when the ticket has not had that escalation."""
    requested = str(ROOT / "examples" / "tickets" / "requested.json")
    done = command("render", requested, "--policy", str(ROOT), "--at", AT, "--template", "escalation_manager")
    assert "the ticket has not had: the escalation automatic has not begun" in done.out


def test_a_misspelt_template_gets_the_nearest_name(command: Command) -> None:
    """What cannot be run says what was meant, with exit code 2."""
    done = command("render", EMERGENCY, "--policy", str(ROOT), "--at", AT, "--template", "escalation_manger")
    assert (done.code, done.out) == (2, "")
    assert "--template:1:1: error[P310]: there is no template `escalation_manger`" in done.err
    assert "did you mean `escalation_manager`?" in done.err


def test_a_history_that_tells_nobody(tmp_path: Path, command: Command) -> None:
    """No message is an answer too."""
    done = command("render", written(tmp_path, submitted()), "--policy", str(ROOT), "--at", "2026-03-02T10:30:00-08:00")
    assert (done.code, done.out) == (0, "this history sends no message\n")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The shipped policy with a template that a ticket can make run too long."""
    for name in ("rules", "workflows"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "policy.yaml", tmp_path)
    loop = "".join(f"{{% for {name} in facts.kinds %}}" for name in "abc") + "x" + "{% endfor %}" * 3
    text = f"facts: {{kinds: list}}\ntemplates:\n  triage: {{subject: a, body: '{loop}'}}\n"
    (tmp_path / "rules" / "more.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_template_that_cannot_be_used_is_told(broken: Path, command: Command) -> None:
    """The built-in text is shown with the reason, and the exit code says that something is to be done."""
    path = written(broken, submitted(organization="nobody", kinds=[str(n) for n in range(40)]))
    words = (path, "--policy", str(broken), "--at", "2026-03-02T10:30:00-08:00")
    done = command("render", *words)
    assert done.code == 1
    assert "  problem  the template `triage` cannot be used: its loops have more than 10,000 rounds\n" in done.out
    assert "Please find out who the customer is" in done.out
    (row,) = json.loads(command("render", *words, "--json").out)
    assert row["problem"].endswith("10,000 rounds")
    assert row["template"] is None


@pytest.mark.parametrize("more", [(), ("--json",), ("--template", "priority_changed")], ids=" ".join)
def test_no_message_reaches_a_terminal_raw(more: tuple[str, ...], tmp_path: Path, command: Command) -> None:
    """Whatever a ticket says, nothing that a terminal obeys is printed."""
    hostile = "\x1b[31mRED\x1b]0;title\x07\r\nnew\u202eRTL\u2066x\x9b1mz\x08\x7f\u2028end"
    changed = {"at": "2026-03-02T12:30:00-08:00", "type": "priority_changed", "to": "P3", "reason": hostile}
    assigned = submitted(subject=hostile, organization=hostile)
    path = written(tmp_path, assigned, changed, ticket=hostile)
    done = command("render", path, "--policy", str(ROOT), "--at", AT, *more)
    assert done.code == 0
    assert not _RAW.search(done.out + done.err)
    if "--json" in more:
        assert len(json.loads(done.out)) == 3


def test_a_check_tells_of_broken_templates(broken: Path, command: Command) -> None:
    """`check` shows a mistake in a template like any other, and the policy cannot be used."""
    text = "templates:\n  triage:\n    subject: Whose is {{ tiket }}?\n    body: |\n      {% if ticket %}\n"
    (broken / "rules" / "more.yaml").write_text(text, encoding="utf-8")
    done = command("check", "--policy", str(broken))
    assert done.code == 1
    assert "rules/more.yaml:3:26: error[N602]: messages know no `tiket`\n  help: did you mean `ticket`?" in done.out
    assert "rules/more.yaml:5:10: error[N601]: `{% if %}` is never closed" in done.out
    assert command("render", EMERGENCY, "--policy", str(broken)).code == 2


@pytest.mark.parametrize(("folder", "loaded"), [("examples/incidents", False), (".", True)])
def test_a_policy_without_templates_does_without_the_library(folder: str, loaded: bool) -> None:
    """Jinja is loaded only where there is a template to read."""
    done = run_process("check", "--policy", folder, env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert bool(re.search(r"\| +jinja2$", done.err, re.MULTILINE)) is loaded
