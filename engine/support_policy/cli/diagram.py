"""Draw a policy's workflows: as Mermaid text, or as SVG files."""

from __future__ import annotations

import argparse
from pathlib import Path

from support_policy.bootstrap import load_policy
from support_policy.cli.common import add_json, add_policy, print_json
from support_policy.render.diagram import mermaid, svg
from support_policy.source.diagnostics import Diagnostic, PolicyError, did_you_mean
from support_policy.source.span import Span

HELP = "draw the workflows (Mermaid, SVG)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("workflow", nargs="?", help="one workflow (default: all of them)")
    parser.add_argument("--svg", metavar="DIR", help="write DIR/WORKFLOW.svg instead of printing Mermaid")
    add_policy(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0 when drawn."""
    policy = load_policy(args.policy)
    if args.workflow and args.workflow not in policy.tables:
        help = did_you_mean(args.workflow, policy.tables)
        said = f"there is no workflow `{args.workflow}`"
        raise PolicyError([Diagnostic("P310", "error", said, Span("<command line>"), help)])
    chosen = {n: t for n, t in policy.tables.items() if args.workflow in (None, n)}
    if args.svg:
        folder = Path(args.svg)
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name, table in chosen.items():
            path = folder / f"{name}.svg"
            path.write_text(svg(table, _title(policy.name, name)), encoding="utf-8")
            written.append(str(path))
        print_json({"written": written}) if args.json else print("\n".join(written))
        return 0
    drawn = {name: mermaid(table, _title(policy.name, name)) for name, table in chosen.items()}
    print_json(drawn) if args.json else print("\n".join(drawn.values()))
    return 0


def _title(policy: str, workflow: str) -> str:
    return f"{policy}: {workflow}"
