"""What verbs share: arguments, reading a policy and a history, printing."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from support_policy.bootstrap import load_policy
from support_policy.cli.terminal import printable, printable_json
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

if TYPE_CHECKING:
    from support_policy.ticket.evaluate import Run
    from support_policy.ticket.explain_words import Explanation

_COLORS = {"error": "31", "warning": "33", "note": "36", "good": "32", "bold": "1", "dim": "2"}


def add_policy(parser: argparse.ArgumentParser) -> None:
    """`--policy PATH`."""
    parser.add_argument(
        "--policy", metavar="PATH", default=".", help="the policy's folder, or its policy.yaml (default: ./policy.yaml)"
    )


def add_previous(parser: argparse.ArgumentParser) -> None:
    """`--previous PATH`, for each version before."""
    parser.add_argument(
        "--previous",
        metavar="PATH",
        action="append",
        default=[],
        help="the version of the policy before; once for each, the oldest first",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_history(parser: argparse.ArgumentParser) -> None:
    """`HISTORY.json` and `--at`."""
    parser.add_argument("history", metavar="HISTORY.json", help="a ticket and its events; `-` reads standard input")
    add_previous(parser)
    parser.add_argument(
        "--at", metavar="INSTANT", help="as of this instant, such as 2026-03-02T12:00:00-08:00 (default: now)"
    )


def add_published(parser: argparse.ArgumentParser) -> None:
    """`--published`."""
    parser.add_argument(
        "--published",
        action="store_true",
        help="leave out what customers never see: what is promised between teams or by suppliers",
    )


def explained(args: argparse.Namespace, made: Run) -> Explanation:
    """The explanation of a decided history, without what customers never see where that was asked for."""
    from support_policy.ticket.explain import explain
    from support_policy.ticket.explain_published import published

    why = explain(made)
    return published(why, made.governing) if args.published else why


def load_run(args: argparse.Namespace) -> Run:
    """The policy and history named on the command line, decided as of `--at`. Raises `PolicyError`."""
    # Deciding is imported by the verbs that decide, not by those that only check.
    from support_policy.adapters.histories import load_history
    from support_policy.ticket.evaluate import run

    policy = load_policy(args.policy, args.previous)
    return run(policy, load_history(policy, args.history), instant_given(args.at, "--at"))


def instant_given(text: str | None, option: str) -> datetime:
    """The instant given as an option, or now. Raises `PolicyError` that names the option."""
    if text is None:
        return datetime.now(UTC)
    from support_policy.ticket.evaluate import as_of

    try:
        return as_of(text)
    except PolicyError as problem:
        raise PolicyError(replace(d, span=Span(option)) for d in problem.diagnostics) from None


def print_json(data: Any) -> None:
    """Print `data` as JSON, readable."""
    ascii_only = not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    print(printable_json(json.dumps(data, indent=2, ensure_ascii=ascii_only, default=str)))


def colored() -> bool:
    """Whether standard output is a terminal that takes colours."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def paint(text: str, color: str, *, on: bool | None = None) -> str:
    """`text` in a colour, where colours are wanted."""
    wanted = colored() if on is None else on
    return f"\x1b[{_COLORS[color]}m{text}\x1b[0m" if wanted else text


def told(finding: Diagnostic, *, on: bool) -> str:
    """A finding as people read it."""
    head = f"{paint(_place(finding.span), 'bold', on=on)}: {paint(finding.severity, finding.severity, on=on)}"
    lines = [f"{head}[{finding.code}]: {printable(finding.message)}"]
    lines += [f"  {printable(what)}: {_place(span)}" for what, span in finding.related]
    return "\n".join([*lines, f"  help: {printable(finding.help)}"] if finding.help else lines)


def _place(span: Span) -> str:
    return printable(str(span))


def print_problem(problem: PolicyError, *, as_json: bool) -> None:
    """Say why a verb could not run: on standard error, or as JSON on standard output."""
    if as_json:
        print_json({"ok": False, "diagnostics": [d.as_json() for d in problem.diagnostics]})
        return
    on = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    for finding in problem.diagnostics:
        sys.stderr.write(told(finding, on=on) + "\n")
    count = len(problem.diagnostics)
    if count > 1:
        sys.stderr.write(f"{count} problems\n")
