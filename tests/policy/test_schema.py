"""The JSON Schemas: whatever can be read is valid to an editor, and slips are underlined."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from support_policy.policy.schema import schemas
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Scalar
from support_policy.source.shape import Shape
from support_policy.source.span import NOWHERE
from support_policy.source.values import YES, Day, Hours, Instant, LengthOfTime, Whole, YesNo
from tests.policy.mailing import MAILING
from tests.policy.small import SMALL
from tests.policy.test_directory_findings import MISTAKES as DIRECTORY_MISTAKES
from tests.policy.test_findings import MISTAKES
from tests.policy.test_mail_findings import MISTAKES as MAIL_MISTAKES
from tests.policy.wide import WIDE

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = schemas()
VALIDATORS = {name: jsonschema.Draft202012Validator(schema) for name, schema in SCHEMAS.items()}


class Core(yaml.SafeLoader):
    """YAML as editors read it: the core schema of YAML 1.2, where `no` and dates are texts, and so is every key."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - it is the library's

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:  # noqa: ARG002
        """A mapping whose keys are what was written."""
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


class Old(Core):
    """The same, with the booleans of YAML 1.1."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - it is the library's


for loader, yes_no in ((Core, "true|True|TRUE|false|False|FALSE"), (Old, "(?i:true|false|yes|no|on|off|y|n)")):
    loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(rf"^(?:{yes_no})$"), None)
    loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), None)
    loader.add_implicit_resolver(
        "tag:yaml.org,2002:float", re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"), None
    )
    loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), None)
    loader.add_constructor("tag:yaml.org,2002:bool", lambda _, node: str(node.value).lower() in YES)
    loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))


def schema_of(name: str) -> str:
    """Which schema a file of a policy has."""
    return {"policy.yaml": "policy"}.get(name, "workflow" if name.startswith("workflows/") else "rules")


def errors(name: str, text: str, loader: type = Core) -> list[str]:
    """What an editor would underline."""
    data = yaml.load(text, loader)  # noqa: S506 - a safe loader
    return [error.message for error in VALIDATORS[schema_of(name)].iter_errors(data)]


FILES = {
    p.relative_to(ROOT).as_posix(): p for part in ("policy.yaml", "rules/*", "workflows/*") for p in ROOT.glob(part)
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_a_schema(name: str) -> None:
    """Each schema is valid by draft 2020-12."""
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("loader", [Core, Old])
@pytest.mark.parametrize("name", FILES)
def test_the_shipped_files_are_valid(name: str, loader: type) -> None:
    """An editor underlines nothing in the shipped policy, by either version of YAML."""
    assert errors(name, FILES[name].read_text(encoding="utf-8"), loader) == []


@pytest.mark.parametrize("loader", [Core, Old])
@pytest.mark.parametrize("name", SMALL)
def test_a_small_policy_is_valid(name: str, loader: type) -> None:
    """An editor underlines nothing in a policy that can be read."""
    assert errors(name, SMALL[name], loader) == []


# Sums and dependencies between keys are beyond a schema.
DEEPER = {"first_response: 0bh", "first_response: 2h2bh", "first_response: 2h2bm", "why"}
SLIPS = [
    m[:4]
    for m in MISTAKES
    if m[2] not in DEEPER and m[3] in {"S201", "S202", "S203", "S205", "S206", "P302", "P306", "P317"}
]


@pytest.mark.parametrize(("file", "old", "new", "code"), SLIPS)
def test_a_slip_that_needs_no_other_line_is_underlined(file: str, old: str, new: str, code: str) -> None:
    """What is wrong by itself is seen while typing: unknown and missing keys, wrong words, durations and hours."""
    assert errors(file, SMALL[file].replace(old, new)) != []


# A sum, a name, or a rule between keys.
WIDE_DEEPER = {"to: 2026-03-08T04:00", "handover: mon-tue 09:00", "notice: 72bh", "[sydney, london, denver], zone: UTC"}
WIDE_SLIPS = [
    m[:4]
    for m in DIRECTORY_MISTAKES
    if m[0].endswith(".yaml") and m[3] in {"S201", "S202", "S203", "S204", "S205", "P302"} and m[2] not in WIDE_DEEPER
]


@pytest.mark.parametrize(("file", "old", "new", "code"), WIDE_SLIPS)
def test_a_slip_in_calendars_or_the_directory_is_underlined(file: str, old: str, new: str, code: str) -> None:
    """The same holds for calendars, maintenance, contracts, roles, stand-ins and rotas."""
    assert errors(file, WIDE[file].replace(old, new)) != []


@pytest.mark.parametrize("loader", [Core, Old])
@pytest.mark.parametrize("name", [name for name in WIDE if name.endswith(".yaml")])
def test_a_wide_policy_is_valid(name: str, loader: type) -> None:
    """An editor underlines nothing in a policy with calendars, contracts and rotas."""
    assert errors(name, WIDE[name], loader) == []


@pytest.mark.parametrize("loader", [Core, Old])
@pytest.mark.parametrize("name", ["policy.yaml", "rules/directory.yaml", "rules/intake.yaml"])
def test_a_policy_that_takes_mail_is_valid(name: str, loader: type) -> None:
    """An editor underlines nothing in `mail:`, in rules of `intake`, in domains and addresses."""
    assert errors(name, MAILING[name], loader) == []


MAIL_SLIPS = [m[:4] for m in MAIL_MISTAKES if m[3] in {"S201", "S205", "S206"}]


@pytest.mark.parametrize(("file", "old", "new", "code"), MAIL_SLIPS)
def test_a_slip_about_mail_is_underlined(file: str, old: str, new: str, code: str) -> None:
    """The same holds for what a mail becomes."""
    assert errors(file, MAILING[file].replace(old, new)) != []


SPELLINGS: list[tuple[Shape, list[str]]] = [
    (LengthOfTime(), ["2bh", "2 bh", " 2bh ", "1h30m", "1h 30m", "1.5h", "90m", "30s", "8bh30bm", "1bh 30s"]),
    (
        Hours(),
        ["09:00-17:00", "9:00 - 17:00", "09:00\u201317:00", "closed", "Closed", "none", "22:00-06:00", "00:00-24:00"],
    ),
    (Hours(), ["09:00-12:00, 13:00-17:00", "09:00-12:00,13:00-17:00", "09:00:30-17:00"]),
    (YesNo(), ["yes", "no", "Yes", "NO", "true", "False", "on", "OFF", "y", "n"]),
    (Day(), ["2026-12-24"]),
    (Instant(), ["2026-04-01T00:00:00-07:00", "2026-04-01 00:00Z", "2026-04-01T00:00+01:00"]),
    (Whole(), ["0", "12"]),
]


@pytest.mark.parametrize("loader", [Core, Old])
@pytest.mark.parametrize(("shape", "text"), [(shape, text) for shape, texts in SPELLINGS for text in texts])
def test_every_spelling_that_is_read_is_valid(shape: Shape, text: str, loader: type) -> None:
    """The reader and the schema agree on every notation of a value, plain or in quotes."""
    findings = Findings()
    shape.read(Scalar(text, NOWHERE), findings)
    assert findings.items == []
    for written in (text, json.dumps(text)):
        jsonschema.validate(yaml.load(written, loader), shape.schema())  # noqa: S506 - a safe loader


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{mon-fri: 09:00-17:00}", "{'Mon-Fri, Saturday': 09:00-17:00}"),
        ("{mon-fri: 09:00-17:00}", "{monday: 9:00-17:00, tue - thu: [09:00-12:00, 13:00-17:00], clause: 4.1}"),
        ("holidays: GB/ENG", "holidays: NO"),
        ("version: 1", "version: 2026-04"),
        ("clause: c1", "clause: [c1, 4.2]"),
        ("priority_in_force: stated", "our_own: no"),
        ("name: Urgent", "name: 1"),
    ],
)
@pytest.mark.parametrize("loader", [Core, Old])
def test_looks_count_rather_than_types(old: str, new: str, loader: type) -> None:
    """Norway is a place, a clause may look like a number, a version like a date."""
    assert errors("policy.yaml", SMALL["policy.yaml"].replace(old, new), loader) == []


def test_operators_and_actions_are_offered() -> None:
    """Completion knows every operator with what it means, and what the rules of a set may do."""
    operators = {o["const"]: o["description"] for o in SCHEMAS["rules"]["$defs"]["operator"]["oneOf"]}
    assert operators["greater_than"] == "is more than (numbers)"
    assert operators["is_missing"] == "is missing (every fact)"
    rule = "  - {id: r, conditions: {name: x, operator: %s}, actions: [{name: %s, params: {priority: P1}}]}\n"
    text = "rule_set: priority\nhit_policy: first\nrules:\n" + rule
    assert errors("rules/r.yaml", text % ("is_missing", "assess")) == []
    assert errors("rules/r.yaml", text % ("is_mising", "assess")) != []
    assert errors("rules/r.yaml", text % ("is_missing", "asses")) != []
    assert errors("rules/r.yaml", text.replace("priority\n", "advice\n") % ("is_missing", "assess")) != []


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_in_the_repository_are_fresh(name: str) -> None:
    """The files that editors load are the ones that the shapes make (`support-policy schema` writes them)."""
    made = json.dumps(SCHEMAS[name], indent=1, ensure_ascii=False) + "\n"
    assert (ROOT / ".schema" / f"{name}.json").read_text(encoding="utf-8") == made
