"""Decide the example tickets by a policy: what it does, on a page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from support_policy.adapters.histories import load_history
from support_policy.adapters.shipped import shipped_folder
from support_policy.bootstrap import load_policy
from support_policy.cli.common import add_json, add_policy, paint, print_json
from support_policy.cli.evaluate import summary
from support_policy.cli.terminal import printable
from support_policy.source.diagnostics import Findings
from support_policy.source.shape import TEXT, Field, Instant, ListOf, Record
from support_policy.source.span import Span
from support_policy.source.yaml import read_yaml
from support_policy.ticket.evaluate import report
from support_policy.ticket.evaluate import run as decide_all

HELP = "decide the example tickets"


def _plain(span: Span, **values: Any) -> dict[str, Any]:  # noqa: ARG001 - a record is built with its place
    return values


_TICKET = Record(
    _plain,
    {
        "title": Field(TEXT, "what the example shows", required=True),
        "history": Field(TEXT, "the history, beside this file", required=True),
        "at": Field(Instant(), "as of when", required=True),
    },
    title="an example",
)
_DEMO = Record(_plain, {"tickets": Field(ListOf(_TICKET, single=False), "the examples", required=True)})


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    add_policy(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0 when decided."""
    policy = load_policy(args.policy)
    results = []
    for example in _examples(shipped_folder() / "examples"):
        history = load_history(policy, example["path"])
        result = report(decide_all(policy, history, example["at"]))
        results.append(result)
        if not args.json:
            print(paint(example["title"], "bold"))
            print("\n".join(summary(result)) + "\n")
    if args.json:
        print_json(results)
    else:
        print(
            f"{len(results)} tickets decided by {printable(f'{policy.name} {policy.version}')}. "
            "Change a number in policy.yaml and run this again."
        )
        print("Why, interval by interval: support-policy explain examples/tickets/emergency.json")
    return 0


def _examples(folder: Path) -> list[dict[str, Any]]:
    findings = Findings()
    path = folder / "demo.yaml"
    node = read_yaml(path.read_bytes(), str(path), findings)
    demo = _DEMO.read(node, findings) if node else None
    findings.raise_errors()
    return [{**example, "path": str(folder / example["history"])} for example in demo["tickets"]] if demo else []
