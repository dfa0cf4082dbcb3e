"""Run the scenarios of a policy: what managers expect of it, and what it does."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from support_policy.adapters.files import policy_folder
from support_policy.adapters.scenarios import FOLDER, policy_of, read_scenario, replace_file, scenario_files
from support_policy.bootstrap import load_policy
from support_policy.cli.common import add_json, add_previous, colored, paint, print_json
from support_policy.cli.terminal import printable
from support_policy.policy.compiled import Policy
from support_policy.service.scenario_accept import propose
from support_policy.service.scenario_report import as_json, as_junit, lines, summary
from support_policy.service.scenario_run import FileOutcome, run_file
from support_policy.service.scenario_text import read_scenarios
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.nodes import shorten
from support_policy.source.span import Span

HELP = "run the scenarios that say what is expected of a policy"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("paths", metavar="PATH", nargs="*", help=f"scenario files or folders (default: {FOLDER}/)")
    parser.add_argument(
        "--policy",
        metavar="PATH",
        help="the policy's folder, or its policy.yaml (default: the nearest above each PATH, else ./policy.yaml)",
    )
    add_previous(parser)
    parser.add_argument("--run", metavar="NAME", default="", help="only the scenarios whose name contains NAME")
    parser.add_argument("--accept", action="store_true", help="take what is found for what is expected, where it fails")
    parser.add_argument("--yes", action="store_true", help="with --accept: write without asking")
    parser.add_argument("--junit", metavar="FILE", help="write the results to FILE as JUnit XML too")
    add_json(parser)


@dataclass(frozen=True, slots=True)
class _Ran:
    """A file that was run, with the policy it was run by."""

    path: Path
    policy: Policy
    data: bytes
    outcome: FileOutcome


def run(args: argparse.Namespace) -> int:
    """0 when every scenario passes, 1 when one fails, 2 when a policy or a scenario cannot be read."""
    ran = [one for one in _run(args) if one.outcome.outcomes]
    if not ran:
        said = f"no scenario's name contains `{args.run}`" if args.run else "there are no scenarios"
        raise PolicyError([Diagnostic("T610", "error", said, Span("--run"), "leave --run out to see them all")])
    outcomes = [one.outcome for one in ran]
    if args.junit:
        replace_file(Path(args.junit), as_junit(outcomes))
    failed = any(outcome.failed for outcome in outcomes)
    if args.json:
        print_json(as_json(outcomes) | ({"accepted": _accept(ran, args)} if args.accept else {}))
        return int(failed and not (args.accept and _all_pass(ran, args.run)))
    on = colored()
    for outcome in outcomes:
        for line in lines(outcome):
            print(paint(printable(line), "error", on=on) if line.startswith("FAILED") else printable(line))
    print(paint(summary(outcomes), "error" if failed else "good", on=on))
    if failed and args.accept:
        _accept(ran, args)
        return int(not _all_pass(ran, args.run))
    return int(failed)


def _run(args: argparse.Namespace) -> list[_Ran]:
    """Run every file named; all problems are raised together, whichever file they are in."""
    given = Path(args.policy or ".") if args.policy or not args.paths else None
    # Where a policy is named, that there is none comes before there being no scenarios beside it.
    usual = tuple(map(Path, args.previous))
    policies: dict[tuple[Path, ...], Policy] = {(given, *usual): load_policy(given, usual)} if given else {}
    named = [Path(path) for path in args.paths] or [policy_folder(args.policy or ".") / FOLDER]
    problems: list[Diagnostic] = []
    ran: list[_Ran] = []
    for path in dict.fromkeys(file for name in named for file in scenario_files(name)):
        home = given or policy_of(path)
        try:
            data = read_scenario(path)
            versions = (home, *(_previous(path, data) or usual))
            if versions not in policies:
                policies[versions] = load_policy(home, versions[1:])
            outcome = run_file(policies[versions], data, path.as_posix(), args.run)
            ran.append(_Ran(path, policies[versions], data, outcome))
        except PolicyError as problem:
            problems += problem.diagnostics
    if problems:
        raise PolicyError(problems)
    return ran


def _previous(path: Path, data: bytes) -> tuple[Path, ...]:
    """The versions that a scenario file names, by their place on disk. Raises `PolicyError`."""
    if b"previous" not in data:
        return ()
    words = read_scenarios(data, path.as_posix()).previous
    lost = [word for word in words if not (path.parent / word).exists()]
    help = "a folder with a policy.yaml, as seen from this file"
    if lost:
        raise PolicyError(
            Diagnostic("T617", "error", f"`{shorten(word)}` does not exist", word.span, help) for word in lost
        )
    return tuple(path.parent / word for word in words)


def _accept(ran: list[_Ran], args: argparse.Namespace) -> list[str]:
    """Show what accepting changes, file by file, and write what is agreed to; gives the files written."""
    written = []
    for one in ran:
        if not one.outcome.failed:
            continue
        made = propose(one.policy, one.data, one.outcome)
        if not args.json:
            print("\n" + "\n".join(map(printable, made.changes)) if made.changes else "")
            for name, why in made.left:
                print(printable(f"not accepted: {name}: {why}"))
        if made.data is not None and (args.yes or _agreed(args)):
            replace_file(one.path, made.data)
            written.append(made.file)
            if not args.json:
                print(printable(f"{made.file}: written"))
    return written


def _agreed(args: argparse.Namespace) -> bool:
    """Whether the person at the terminal agrees; where there is none, nobody does."""
    if args.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    print("accept? [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _all_pass(ran: list[_Ran], only: str) -> bool:
    """Whether every scenario passes, as the files are now."""
    return all(not run_file(one.policy, read_scenario(one.path), one.path.as_posix(), only).failed for one in ran)
