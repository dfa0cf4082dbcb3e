"""What would this policy have done to a history? Decide every ticket of it, under one policy or under two.

HISTORY is an export that a mapping reads (CSV, NDJSON, JSON or Parquet, also compressed by gzip, also in an object
store: s3://... and the like), or the service's own store: sqlite:///FILE, postgresql://USER@HOST/NAME, or its
service.yaml.

Exit 0: it ran, rejected rows and missed targets included; 1: `--on-error stop` met a row it had to reject; 2: it could
not run (a policy, the mapping or the history as a whole is wrong).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from support_policy.adapters.files import policy_folder, read_files
from support_policy.bootstrap.extras import extra
from support_policy.cli.common import add_json, add_policy, instant_given, print_json
from support_policy.cli.common_rows import add_rejects, add_workers, stopped_at
from support_policy.cli.files import distinct, none_left, writable
from support_policy.cli.signals import ended_tidily
from support_policy.cli.terminal import printable
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

if TYPE_CHECKING:
    from support_policy.render.backtest_answer import Opens

HELP = "what a policy, or a change of it, would have done to a history"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("history", metavar="HISTORY", help="an export of tickets, or the store of the service")
    parser.add_argument("--mapping", metavar="M.yaml", help="what the columns of an export mean")
    add_policy(parser)
    parser.add_argument("--against", metavar="PATH", help="the policy before the change: its folder or policy.yaml")
    parser.add_argument("--at", metavar="INSTANT", help="as of this instant (default: the last one in the history)")
    parser.add_argument(
        "--sweep",
        metavar="METRIC.PRIORITY=T,T,...",
        help="what each of these targets would have done, as in first_response.P1=1h,2h,4h",
    )
    add_rejects(parser)
    parser.add_argument("--out", metavar="FILE.parquet", help="write what was found of each ticket")
    parser.add_argument("--changes", metavar="FILE.parquet", help="write every change of every ticket (with --against)")
    parser.add_argument("--report", metavar="FILE.html", help="write a report with charts: one file, works offline")
    parser.add_argument("--charts", metavar="DIR", help="write the charts, each as SVG and PNG, light and dark")
    parser.add_argument("--examples", metavar="DIR", help="write the histories of example tickets, for `explain`")
    add_workers(parser)
    parser.add_argument("--cluster", metavar="tcp://...", help="share the work over this Dask cluster")
    parser.add_argument(
        "--sql",
        nargs="?",
        const="",
        metavar="QUERY",
        help="ask the history and the results in SQL: one query, or those of standard input or of a terminal",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0: it ran; 1: `--on-error stop` met a row it had to reject; 2: it could not run."""
    _possible(args)
    at = instant_given(args.at, "--at") if args.at else None
    with extra():
        _installed(args)
        from support_policy.cli.backtest_out import written
        from support_policy.cli.backtest_run import asked, run_parts, summary
        from support_policy.cli.backtest_sql import answered

        outputs = (args.out, args.changes, args.rejects, args.report)
        with ended_tidily(), none_left(outputs), asked(args, at) as given:
            stopped = run_parts(given)
            if stopped is not None:
                return stopped_at(args.history, stopped, as_json=args.json)
            found = summary(given)
            opens = written(given, found)
            if args.sql is not None:
                return answered(given.files, args.sql, as_json=args.json)
    _told(args, found, opens)
    return 0


def _installed(args: argparse.Namespace) -> None:
    """Raises `ModuleNotFoundError` for a library that the end of the run would need: better before it than after it."""
    needed = {
        "duckdb": args.sql is not None,
        "distributed": args.cluster is not None,
        "vl_convert": args.report is not None or args.charts is not None,
    }
    for library in (name for name, wanted in needed.items() if wanted):
        if find_spec(library) is None:
            raise ModuleNotFoundError(name=library)


def _possible(args: argparse.Namespace) -> None:
    """Raises `PolicyError` for arguments that do not go together."""
    findings = []
    for name in [name for name, given in vars(args).items() if given == "" and name != "sql"]:
        said, help = "nothing is named", "leave it out, or give it a value: is a variable of the shell empty?"
        where = "HISTORY" if name == "history" else f"--{name}"
        findings.append(Diagnostic("M530", "error", said, Span(where), help))
    if args.changes and not args.against:
        said = "there is nothing to compare with"
        findings.append(Diagnostic("M530", "error", said, Span("--changes"), "name the policy before: --against PATH"))
    if args.cluster and args.workers != 1:
        said = "the cluster has workers of its own"
        findings.append(Diagnostic("M530", "error", said, Span("--workers"), "leave out one of --workers, --cluster"))
    if findings:
        raise PolicyError(findings)
    distinct({
        "HISTORY": args.history,
        "--mapping": args.mapping,
        "--out": args.out,
        "--changes": args.changes,
        "--report": args.report,
        "--rejects": args.rejects,
    }, _policies(args))  # fmt: skip
    writable((args.report,), (args.charts, args.examples))


def _policies(args: argparse.Namespace) -> dict[str, str]:
    """The files of the policies, by real path, and the option that names them; nothing where nothing is written."""
    if not any((args.out, args.changes, args.report, args.rejects)):
        return {}
    policies = {"--against": args.against, "--policy": args.policy}
    return {
        os.path.realpath(policy_folder(path) / name): option
        for option, path in policies.items()
        if path
        for name in read_files(path)
    }


def _told(args: argparse.Namespace, found: Mapping[str, Any], opens: Opens | None) -> None:
    if args.json:
        print_json(found)
        return
    from support_policy.render.backtest_text import backtest_text

    print(backtest_text(found, opens, get_terminal_size().columns if sys.stdout.isatty() else 0))
    written = {"report": args.report, "charts": args.charts, "tickets": args.out, "changes": args.changes}
    told = [f"{what:<8} {printable(path)}" for what, path in written.items() if path]
    if told:
        print("\n" + "\n".join(told))
