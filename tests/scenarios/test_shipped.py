"""The scenarios that ship with the policy: they hold, they show every clause, and each notices what it is about."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import jsonschema
import pytest
import yaml

from support_policy.cli.schema import every_schema
from support_policy.policy.compiled import Policy
from support_policy.service.scenario_clauses import clauses_shown
from support_policy.service.scenario_run import FileOutcome, run_file
from tests.cli.test_schema import _Editor
from tests.policy.test_schema import Core
from tests.service.stories import FOLDER
from tests.ticket.histories import ROOT, edited, policy

FILES = sorted(FOLDER.glob("*.yaml"))


@cache
def ran(by: Policy) -> tuple[FileOutcome, ...]:
    """Every shipped scenario, run."""
    return tuple(run_file(by, path.read_bytes(), path.name) for path in FILES)


def failing(by: Policy) -> set[str]:
    """The names of the scenarios that fail under a policy."""
    return {str(outcome.scenario.name) for file in ran(by) for outcome in file.failed}


def test_every_scenario_of_the_shipped_policy_passes() -> None:
    """What the policy's managers expect is what it does."""
    assert failing(policy()) == set()


def test_every_clause_has_a_scenario() -> None:
    """Each statement of the published policy is shown by at least one scenario, and no other is named."""
    shown = clauses_shown({path.name: path.read_bytes() for path in FILES})
    assert shown.unread == ()
    assert set(shown.scenarios) == set(policy().text.clauses)


SPOILT = {
    "an ordinary case gets nine hours": (
        ("policy.yaml", "first_response: 8bh", "first_response: 9bh"),
        {
            "A question is an ordinary case, answered within a working day",
            "A change of priority re-aims what is open, from the submission",
            "A request that nobody answers is brought to mind once",
            "Shanghai rests over the spring festival",
        },
    ),
    "an enhancement gets seventeen": (
        ("policy.yaml", "first_response: 16bh", "first_response: 17bh"),
        {"An enhancement is answered within two working days", "A request is declined, with a reason"},
    ),
    "the reminder comes later": (
        ("policy.yaml", "remind: 1bh", "remind: 2bh"),
        {"A request is accepted", "A request is declined, with a reason"},
    ),
    "Christmas Eve is a whole day": (
        ("policy.yaml", "hours: 09:00-13:00", "hours: 09:00-17:00"),
        {"London closes early on Christmas Eve"},
    ),
    "a receipt is an answer": (
        ("policy.yaml", "automatic_receipt_is_response: no", "automatic_receipt_is_response: yes"),
        {"An automatic receipt answers nothing"},
    ),
    "a workaround is a resolution": (
        ("policy.yaml", "workaround_is_resolution: no", "workaround_is_resolution: yes"),
        {"A workaround is no resolution"},
    ),
    "clarification pauses": (
        ("policy.yaml", "clarification_pauses: no", "clarification_pauses: yes"),
        {
            "Asking for clarification stops no clock",
            "A stated emergency that does not look like one stays in force until it is settled",
        },
    ),
    "nobody is told again": (
        ("policy.yaml", "reopened_told_before: tell_again", "reopened_told_before: tell_nobody"),
        {"A reopened emergency goes on where it stopped, and those already told are told again"},
    ),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_line_fails_exactly_its_scenarios(case: str) -> None:
    """A number or a word changed in the policy is noticed by the scenarios about it, and by no other."""
    change, names = SPOILT[case]
    assert failing(edited(change)) == names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_editors_know_the_files(path: Path) -> None:
    """Each file names its schema in its first line, and is valid by it; one with a key misspelt is not."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../../.schema/scenario.json\n")
    validator = jsonschema.Draft202012Validator(every_schema()["scenario"])
    for loader in (Core, _Editor):
        data = yaml.load(text, loader)  # noqa: S506 - a safe loader
        assert [error.message for error in validator.iter_errors(data)] == []
        assert list(validator.iter_errors({"scenarios": [{**data["scenarios"][0], "expct": []}]}))


def test_the_wheel_takes_every_scenario_along() -> None:
    """The scenarios that pyproject.toml names are those in the folder: `init` hands out all of them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    named = {source: target for source, target in included.items() if source.startswith("tests/")}
    assert named == {f"tests/scenarios/{p.name}": f"support_policy/shipped/tests/scenarios/{p.name}" for p in FILES}
