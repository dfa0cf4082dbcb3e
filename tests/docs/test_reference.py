"""The reference is what the engine reads by: complete, explained, and as its pages stand in the repository."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast, get_args

import pytest

from support_policy import evaluate, load_policy
from support_policy.cli import VERBS, module_of
from support_policy.cli.reference import EVERY_CODE, pages
from support_policy.cli.schema import every_schema
from support_policy.kernel.catalogue import OPERATORS
from support_policy.model.condition import FactType
from support_policy.policy import names
from support_policy.policy.settings import KNOWN
from support_policy.policy.templates_use import BY_NAME
from support_policy.render.reference import Page, anchor, markdown, plain
from support_policy.render.template_words import FILTERS, WORDS
from support_policy.ticket import evaluation_words as told
from support_policy.ticket.evaluate import Evaluation
from support_policy.ticket.state import LevelStatus, TargetStatus
from tests.cli.command import ROOT, Command

ENGINE = ROOT / "engine" / "support_policy"
PAGES: Mapping[str, Page] = {page.name: page for page in pages()}
FILES = {
    "policy": "policy",
    "rules": "rules",
    "workflow": "workflows",
    "mapping": "mapping",
    "scenario": "scenarios",
    "service": "service",
}
"""Which page tells of the file that a schema is for."""


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def cells(page: str, title: str) -> list[tuple[str, ...]]:
    """The rows of a section, without marks."""
    section = next(s for s in PAGES[page].sections if s.title == title)
    return [tuple(map(plain, row)) for row in section.rows]


def keys_of(page: str) -> set[tuple[str, str]]:
    """Every key of a page about a file, with what it means."""
    return {
        (plain(row[0]), row[1]) for s in PAGES[page].sections if s.columns[:2] == ("key", "means") for row in s.rows
    }


def described(schema: Any) -> Iterator[tuple[str, str]]:
    """Every key that a JSON Schema describes, with its description."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            for name, inner in properties.items():
                if isinstance(inner, dict) and "description" in inner:
                    yield name, inner["description"]
        for inner in schema.values():
            yield from described(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from described(inner)


def calls(method: str) -> set[str]:
    """The first argument of every call of a method of this name in `ticket/`, where it is written out."""
    found = set()
    for path in sorted((ENGINE / "ticket").glob("*.py")):
        for node in ast.walk(ast.parse(text_of(path))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method
            if named and isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
    return found


def test_the_pages_are_what_the_engine_makes() -> None:
    """The pages in docs/ are those that `support-policy reference --out docs` writes, and there are no others."""
    kept = {path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert {name for name in kept if name.startswith("reference")} == set(PAGES)
    for name, page in PAGES.items():
        assert text_of(ROOT / "docs" / f"{name}.md") == markdown(page), "run: support-policy reference --out docs"


@pytest.mark.parametrize("file", every_schema())
def test_every_key_of_every_file_is_there(file: str) -> None:
    """Each key that the schema of a file describes stands on the page about that file, with the same meaning."""
    # The parts of a condition and the assumptions have tables of their own.
    apart = {"name", "operator", "value", *KNOWN}
    schema = every_schema()[file]
    wanted = {(name, says) for name, says in described(schema) if name not in apart}
    assert wanted
    assert wanted <= keys_of(f"reference/{FILES[file]}")


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda p: p.name)
def test_nothing_is_left_unsaid(page: Page) -> None:
    """Every page and row says what it is about: the first two cells of a row are never empty, nor is a text of two."""
    assert page.title
    assert page.says.endswith(".")
    for section in page.sections:
        for row in section.rows:
            assert len(row) == len(section.columns), (section.title, row)
            meaning = row[3] if section.title == "Conditions" else row[1]
            repeated = section.title == "Rule sets" and row[2]
            assert row[0], (section.title, row)
            assert meaning.strip() or repeated, (section.title, row)


def test_every_link_leads_somewhere() -> None:
    """A link of a page leads to a heading that is there."""
    headings = {name: {anchor(section.title) for section in page.sections} for name, page in PAGES.items()}
    for name, page in PAGES.items():
        for file, place in re.findall(r"\]\(([a-z/]*)(?:\.md)?(#[^)]*)?\)", markdown(page)):
            goal = (Path(name).parent / file).as_posix() if file else name
            assert goal in headings, (name, file)
            assert not place or place in headings[goal], (name, place)


def test_every_operator_is_there() -> None:
    """Each operator of each type of fact stands in the table of conditions with when it holds."""
    rows = cells("reference/rules", "Conditions")
    assert len(rows) == sum(map(len, OPERATORS.values()))
    assert set(OPERATORS) == set(get_args(FactType))
    assert all(operator.says and operator.label for table in OPERATORS.values() for operator in table.values())


def test_every_assumption_has_its_values() -> None:
    """Each assumption names all its values with their meanings, and its default is one of them."""
    for name, (row, known) in zip(
        KNOWN, zip(cells("reference/policy", "Assumptions"), KNOWN.values(), strict=True), strict=True
    ):
        assert row[0] == name
        assert all(meaning and meaning in row[2] for meaning in known.values.values())
        assert known.duration or known.default in ("", *known.values)


def test_rule_sets_and_their_actions_are_explained() -> None:
    """Each rule set says when it is asked, each action what it does."""
    assert set(names.SETS_SAY) == set(names.RULE_SETS)
    assert set(names.ACTIONS_SAY) == {action for actions in names.RULE_SETS.values() for action in actions}


def test_every_record_is_told_of() -> None:
    """What the engine writes into a log stands in the table of records, and nothing else does."""
    # Which of the firings is void is said by what fired.
    assert calls("emit") | {"timer_voided", "level_voided", "refolded"} == set(names.RECORDED)


def test_every_command_is_told_of() -> None:
    """What a decision may ask for stands in the table of commands, and nothing else does."""
    assert calls("command") | set(names.RULE_SETS["advice"]) == set(names.COMMANDS)


def test_statuses_are_those_of_the_state() -> None:
    """The tables of statuses have the very words that states have."""
    assert set(names.STATUSES) == set(get_args(TargetStatus))
    assert set(names.LEVEL_STATUSES) == set(get_args(LevelStatus))


def test_evaluations_have_the_keys_that_are_told() -> None:
    """The tables of an evaluation's keys have those of its type, and rows have no others."""
    assert set(told.EVALUATION) == set(Evaluation.__annotations__)
    rows: dict[str, set[str]] = {"targets": set(), "escalations": set(), "timers": set()}
    policy = load_policy(ROOT)
    for path in sorted((ROOT / "examples" / "tickets").glob("*.json")):
        made = evaluate(policy, json.loads(text_of(path)), "2026-12-29T12:00:00+00:00")
        for name, found in rows.items():
            for row in cast("dict[str, Any]", made)[name]:
                found |= set(row)
    assert rows["targets"] == set(told.TARGET) - {"kind", "team", "run", "earlier"}
    assert rows["escalations"] == set(told.ESCALATION) - {"team", "cycle", "run", "round"}


def test_every_word_of_templates_is_there() -> None:
    """Each word, filter and test that templates know stands in its table."""
    assert {row[0] for row in cells("reference/templates", "Words")} == {*WORDS, "facts.NAME", "targets.METRIC"}
    assert {row[0] for row in cells("reference/templates", "Filters")} == set(FILTERS)
    assert {row[0] for row in cells("reference/templates", "Templates with a meaning by their name")} == set(BY_NAME)


def test_every_code_is_explained() -> None:
    """A code that the engine writes anywhere has a title and an explanation, and no two tables give one code."""
    written: dict[str, set[str]] = {}
    tables: list[str] = []
    for path in sorted(ENGINE.rglob("*.py")):
        found = re.findall(r'"([A-Z][1-9][0-9]{2})"', text_of(path))
        if "codes" in path.stem:
            tables += re.findall(r'^    "([A-Z][1-9][0-9]{2})": ', text_of(path), re.MULTILINE)
        else:
            written |= {code: written.get(code, set()) | {path.name} for code in found}
    unknown = {code: files for code, files in written.items() if code not in EVERY_CODE and not code.startswith("PLR")}
    assert not unknown
    assert sorted(tables) == sorted(EVERY_CODE)
    assert all(title and says.endswith((".", "?")) for title, says in EVERY_CODE.values())


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_is_there(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each verb has a section with every option that its help shows, and what its exit code says."""
    shown = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", Command(capsys)(verb, "--help").out)) - {"--help"}
    section = next(s for s in PAGES["reference/commands"].sections if s.title == verb)
    assert "Exit code 0" in section.says
    assert module_of(verb).HELP
    told = " ".join(" ".join(row) for row in section.rows) + section.says
    assert {option for option in shown if option not in told} == set()


def test_the_verb_writes_prints_and_gives_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`reference` prints the pages, writes them with `--out`, and gives the same as data with `--json`."""
    run = Command(capsys)
    printed = run("reference")
    assert printed.code == 0
    assert printed.out.startswith("# Reference\n")
    written = run("reference", "--out", str(tmp_path))
    assert [Path(line).is_file() for line in written.out.splitlines()] == [True] * len(PAGES)
    assert text_of(tmp_path / "reference" / "codes.md") == markdown(PAGES["reference/codes"])
    data = {page["page"]: page for page in json.loads(run("reference", "--json").out)}
    assert set(data) == set(PAGES)
    rows = {
        row["operator"]: row
        for s in data["reference/rules"]["sections"]
        if s["title"] == "Conditions"
        for row in s["rows"]
    }
    assert rows["matches_regex"] == {
        "type": "text",
        "operator": "matches_regex",
        "value": "a regular expression (RE2)",
        "holds when": "the regular expression, in RE2's syntax, is found anywhere in it",
    }
