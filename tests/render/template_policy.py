"""The small policy with templates, checked as a loaded policy's are."""

from __future__ import annotations

import json

from support_policy.policy.compiled import Policy, compile_policy
from support_policy.policy.read import Draft
from support_policy.render.template_check import check_templates
from support_policy.source.diagnostics import Diagnostic, Findings, PolicyError
from tests.policy.small import SMALL, bank_holidays

FILE = "rules/templates.yaml"
INDENT = "      "


def written(body: str, *, name: str = "triage", subject: str = "About {{ ticket }}") -> str:
    """A file with one template, its body a block of text from line 5 on, six columns in."""
    lines = "\n".join(f"{INDENT}{line}".rstrip() for line in body.split("\n"))
    return f"templates:\n  {name}:\n    subject: {json.dumps(subject)}\n    body: |\n{lines}\n"


def compiled(text: str, **edits: str) -> Policy:
    """The small policy with a file of templates, and with `policy` replaced if given; raises `PolicyError`."""
    files = {**SMALL, FILE: text, **({"policy.yaml": edits["policy"]} if "policy" in edits else {})}
    return compile_policy({n: t.encode() for n, t in files.items()}, bank_holidays, "test", (_check,))


def _check(draft: Draft, findings: Findings) -> None:
    check_templates(draft.text, draft.declared, findings)


def found(text: str, **edits: str) -> list[Diagnostic]:
    """What is found in it, notes aside."""
    try:
        made = compiled(text, **edits).findings
    except PolicyError as problem:
        made = problem.diagnostics
    return [d for d in made if d.severity != "note"]
