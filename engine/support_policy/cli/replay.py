"""Replay the histories of another help desk, read by a declared mapping, against a policy.

Exit 0: it ran, rejected rows and missed targets included; 1: `--on-error stop` met a row it had to reject; 2: it could
not run (the policy, the mapping or the file as a whole is wrong).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from shutil import get_terminal_size
from typing import Any

from support_policy.adapters.tables import load_mapping, open_table
from support_policy.batch.replay import Options, StoppedError, replay
from support_policy.batch.replay_text import text_of
from support_policy.bootstrap import load_policy
from support_policy.cli.common import add_json, add_policy, instant_given, print_json
from support_policy.cli.common_rows import add_rejects, add_workers, count, rejects_written, stopped_at
from support_policy.cli.files import distinct, written
from support_policy.cli.progress import progress

HELP = "evaluate another help desk's tickets, read by a mapping"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("file", metavar="FILE", help="CSV, NDJSON, JSON or Parquet, also compressed by gzip")
    parser.add_argument("--mapping", metavar="M.yaml", required=True, help="what the columns mean")
    add_policy(parser)
    parser.add_argument("--at", metavar="INSTANT", help="as of this instant (default: the last one in the file)")
    add_rejects(parser)
    parser.add_argument("--out", metavar="FILE.ndjson", help="write one evaluated ticket a line")
    parser.add_argument(
        "--slowest", metavar="N", type=count, default=3, help="how many to name per priority (default: 3)"
    )
    add_workers(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0: it ran, rejected rows and missed targets included; 1: `--on-error stop` met a row it had to reject."""
    policy = load_policy(args.policy)
    mapping = load_mapping(args.mapping)
    distinct({"FILE": args.file, "--mapping": args.mapping, "--rejects": args.rejects, "--out": args.out})
    table = open_table(args.file, mapping)
    options = Options(
        now=datetime.now(UTC),
        at=instant_given(args.at, "--at") if args.at else None,
        workers=args.workers,
        slowest=args.slowest,
        stop=args.on_error == "stop",
        full=bool(args.out),
        progress=progress(),
    )
    with rejects_written(args.rejects) as write:
        try:
            with _lines(args.out) as options.each:
                made = replay(policy, mapping, table, args.file, options)
        except StoppedError as stopped:
            write([stopped.reject])
            return stopped_at(args.file, stopped.reject, as_json=args.json)
        write(made.rejects)
    if args.json:
        print_json(made.report)
    else:
        print(text_of(made.report, get_terminal_size().columns if sys.stdout.isatty() else 0))
    return 0


@contextmanager
def _lines(path: str | None) -> Iterator[Callable[[Mapping[str, Any]], None] | None]:
    with written(path, "\n") as file:
        yield None if file is None else lambda data: print(json.dumps(data, ensure_ascii=False, default=str), file=file)
