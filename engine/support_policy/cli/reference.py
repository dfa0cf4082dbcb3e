"""Write the reference: every key, word, code and option, from what the engine itself reads by."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from support_policy.batch.backtest_codes import CODES as BACKTEST_CODES
from support_policy.batch.mapping_codes import CODES as MAPPING_CODES
from support_policy.batch.mapping_text import FIELDS as MAPPING_FIELDS
from support_policy.cli import VERBS, module_of
from support_policy.cli.common import add_json, print_json
from support_policy.policy.all_codes import CODES
from support_policy.policy.rules_text import RULES_FIELDS
from support_policy.policy.text import POLICY_FIELDS
from support_policy.policy.workflow_text import WORKFLOW_FIELDS
from support_policy.render import reference_words as words
from support_policy.render.reference import Page, Section, code, markdown
from support_policy.render.reference_keys import file_sections
from support_policy.render.reference_templates import templates
from support_policy.service.scenario_codes import CODES as SCENARIO_CODES
from support_policy.service.scenario_text import FIELDS as SCENARIO_FIELDS
from support_policy.service.watch.settings_codes import CODES as SETTINGS_CODES
from support_policy.service.watch.settings_text import FIELDS as SETTINGS_FIELDS
from support_policy.service.zendesk_codes import CODES as ZENDESK_CODES

HELP = "write the reference of every key, word, code and option"
EVERY_CODE: Mapping[str, tuple[str, str]] = {
    **CODES,
    **MAPPING_CODES,
    **BACKTEST_CODES,
    **SCENARIO_CODES,
    **ZENDESK_CODES,
    **SETTINGS_CODES,
}
"""The codes of every table. Title and explanation."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("--out", metavar="DIR", help="write the pages to this folder (default: print them)")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0: written, or printed."""
    made = pages()
    if args.json:
        print_json([page.as_json() for page in made])
    elif args.out:
        print("\n".join(write_pages(Path(args.out), made)))
    else:
        print("\n".join(markdown(page) for page in made), end="")
    return 0


def write_pages(folder: Path, made: tuple[Page, ...]) -> list[str]:
    """Write the pages to `folder`; gives their paths."""
    written = []
    for page in made:
        path = folder / f"{page.name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(markdown(page), encoding="utf-8")
        written.append(path.as_posix())
    return written


def pages() -> tuple[Page, ...]:
    """Every page: the table of contents first."""
    made = tuple(_pages())
    rows = tuple((f"[{page.title}]({page.name}.md)", page.says) for page in made)
    says = (
        "Every key, word, code and option. These pages are written by `support-policy reference --out docs`, from the "
        "tables that the engine itself reads by; editors get the same from `support-policy schema`."
    )
    return (Page("reference", "Reference", says, (Section("Pages", "", ("page", "holds"), rows),)), *made)


def _pages() -> Iterator[Page]:
    yield Page(
        "reference/policy",
        "policy.yaml",
        "Hours, offices, priorities with their targets, metrics, escalation chains, schedules, assumptions.",
        (*file_sections("Keys", POLICY_FIELDS), words.assumptions(), words.notations()),
    )
    yield Page(
        "reference/rules",
        "Files under rules/",
        "Facts, events, rules, the directory, clauses. Any of these may stand in any file; their names are free.",
        (*file_sections("Keys", RULES_FIELDS), words.rule_sets(), words.conditions(), words.variables()),
    )
    yield Page(
        "reference/templates",
        "Templates of messages",
        "The texts of messages, in the grammar of Jinja: what they may name, and with which filters.",
        templates(),
    )
    yield Page(
        "reference/workflows",
        "Files under workflows/",
        "State machines, one a file: states, transitions, timers. `request` is the life of a ticket.",
        file_sections("Keys", WORKFLOW_FIELDS),
    )
    yield Page(
        "reference/events",
        "Histories, evaluations, logs, commands",
        "What comes in, what is decided, what the engine writes into a ticket's log, and the effects it asks for.",
        (*words.events(), *words.evaluation(), *words.log()),
    )
    yield Page(
        "reference/scenarios",
        "Scenario files",
        "What is expected of a policy, ticket by ticket: tests/scenarios/*.yaml, which `test` runs.",
        file_sections("Keys", SCENARIO_FIELDS),
    )
    yield Page(
        "reference/mapping",
        "Mapping files",
        "How `replay` reads the export of another help desk.",
        file_sections("Keys", MAPPING_FIELDS),
    )
    yield Page(
        "reference/service",
        "service.yaml",
        "What an operator decides: where everything is kept, where tickets come in, where messages go out.",
        file_sections("Keys", SETTINGS_FIELDS),
    )
    yield Page(
        "reference/commands",
        "The command line",
        "`support-policy VERB`: every verb with its options and what its exit code says.",
        tuple(verb_sections()),
    )
    yield Page(
        "reference/codes",
        "Diagnostic codes",
        "What each finding is about. A code never gets another meaning.",
        words.codes(EVERY_CODE),
    )


EXITS = (
    "Exit 0: yes; 1: the answer is no (findings, a failed test); 2: it could not run, and says why on standard error; "
    "130: interrupted. With `--json` standard output is JSON, problems included."
)


def verb_sections() -> Iterator[Section]:
    """A section for each verb, from its own parser."""
    rows = tuple((f"[{code(verb)}](#{verb})", module_of(verb).HELP) for verb in VERBS)
    yield Section("Verbs", EXITS, ("verb", "does"), rows)
    for verb in VERBS:
        module = module_of(verb)
        parser = argparse.ArgumentParser(prog=f"support-policy {verb}", add_help=False)
        module.arguments(parser)
        says = " ".join(str(module.__doc__).split())
        exits = " ".join(str(module.run.__doc__).split())
        # Where help says it too, the page says it once.
        says = says.partition(" Exit 0")[0]
        # argparse has no other way to list what a parser takes.
        options = tuple(_option(action) for action in parser._actions)  # noqa: SLF001
        yield Section(verb, f"{says} Exit code {exits}", ("argument", "means", "default"), options)


def _option(action: argparse.Action) -> tuple[str, str, str]:
    value = str(action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper())
    takes_none = action.nargs == 0
    named = ", ".join(action.option_strings)
    shown = f"{named} {value}" if named and not takes_none else named or value
    told = takes_none or "(default" in str(action.help)
    default = action.default if isinstance(action.default, str | int) and not told else ""
    required = "required" if action.required and action.nargs not in ("?", "*") else ""
    return code(shown), str(action.help), code(str(default)) if default else required
