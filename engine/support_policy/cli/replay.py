"""Replay the histories of another help desk, read by a declared mapping, against a policy.

Exit 0: it ran, rejected rows and missed targets included; 1: `--on-error stop` met a row it had to reject; 2: it could
not run (the policy, the mapping or the file as a whole is wrong).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, TypeVar

from support_policy.adapters.tables import load_mapping, open_table
from support_policy.batch.mapping_values import shown
from support_policy.batch.replay import Options, StoppedError, no_progress, replay
from support_policy.batch.replay_rows import REASONS, Reject
from support_policy.batch.replay_text import text_of
from support_policy.bootstrap import load_policy
from support_policy.cli.common import add_json, add_policy, instant_given, print_json
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

HELP = "evaluate another help desk's tickets, read by a mapping"
T = TypeVar("T")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("file", metavar="FILE", help="CSV, NDJSON, JSON or Parquet, also compressed by gzip")
    parser.add_argument("--mapping", metavar="M.yaml", required=True, help="what the columns mean")
    add_policy(parser)
    parser.add_argument("--at", metavar="INSTANT", help="as of this instant (default: the last one in the file)")
    parser.add_argument(
        "--on-error",
        choices=("reject", "stop"),
        default="reject",
        help="a bad row: count and name it, or stop with exit 1",
    )
    parser.add_argument("--rejects", metavar="FILE.csv", help="write every rejected row's number and reason")
    parser.add_argument("--out", metavar="FILE.ndjson", help="write one evaluated ticket a line")
    parser.add_argument(
        "--slowest", metavar="N", type=_count, default=3, help="how many to name per priority (default: 3)"
    )
    parser.add_argument(
        "--workers", metavar="N", type=_count, default=1, help="processes to share the work (default: 1)"
    )
    add_json(parser)


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 to 1000, found `{text[:40]}`")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """0: it ran, rejected rows and missed targets included; 1: `--on-error stop` met a row it had to reject."""
    policy = load_policy(args.policy)
    mapping = load_mapping(args.mapping)
    _distinct(args)
    table = open_table(args.file, mapping)
    options = Options(
        now=datetime.now(UTC),
        at=instant_given(args.at, "--at") if args.at else None,
        workers=args.workers,
        slowest=args.slowest,
        stop=args.on_error == "stop",
        full=bool(args.out),
        progress=_bar if sys.stderr.isatty() else no_progress,
    )
    with _rejects(args.rejects) as write:
        try:
            with _lines(args.out) as options.each:
                made = replay(policy, mapping, table, args.file, options)
        except StoppedError as stopped:
            write([stopped.reject])
            return _stopped(args, stopped.reject)
        write(made.rejects)
    if args.json:
        print_json(made.report)
    else:
        print(text_of(made.report, get_terminal_size().columns if sys.stdout.isatty() else 0))
    return 0


def _distinct(args: argparse.Namespace) -> None:
    """What is read must not be written over, nor one output by the other."""
    seen: dict[str, str] = {}
    for option, path in (
        ("FILE", args.file),
        ("--mapping", args.mapping),
        ("--rejects", args.rejects),
        ("--out", args.out),
    ):
        if path and Path(path).is_char_device():
            continue
        before = seen.setdefault(os.path.realpath(path), option) if path else option
        if before != option:
            said = f"`{option}` names the same file as `{before}`"
            raise PolicyError([Diagnostic("M528", "error", said, Span(path), "name another file")])


def _stopped(args: argparse.Namespace, reject: Reject) -> int:
    if args.json:
        row = {"row": reject.number, "line": reject.line or None, "ticket": reject.ticket or None}
        print_json({"ok": False, "stopped": {**row, "reason": reject.reason, "detail": reject.detail}})
    else:
        detail = f": {reject.detail}" if reject.detail else ""
        where = f"{args.file}:{reject.line}:1" if reject.line else f"{args.file}:1:1"
        said = f"{where}: error[{reject.reason}]: row {reject.number}: {REASONS[reject.reason]}{detail}"
        sys.stderr.write(shown(said) + "\n")
    return 1


def _bar(items: Iterable[T], what: str, total: int | None) -> Iterable[T]:
    from tqdm import tqdm

    bar: Iterable[T] = tqdm(items, total=total, unit=f" {what}", file=sys.stderr, leave=False, mininterval=0.2)
    return bar


@contextmanager
def _written(path: str | None, newline: str) -> Iterator[Any]:
    """A file to write to, beside its final name until all is written; None when nobody asked for one."""
    if path is None:
        yield None
        return
    # A device or a pipe is written to; a file put in the place of /dev/null would be everybody's trouble.
    special = Path(path).exists() and not Path(path).is_file()
    target = Path(path if special else os.path.realpath(path))  # what a link leads to is replaced, the link stays
    part = target if special else Path(f"{target}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline=newline) as file:
            yield file
        if not special:
            part.replace(target)
    except BrokenPipeError:
        raise
    except OSError as problem:
        said = f"cannot be written: {problem.strerror or problem}"
        raise PolicyError(
            [Diagnostic("M528", "error", said, Span(path), "name a file in a folder that exists")]
        ) from None
    finally:
        if not special:
            part.unlink(missing_ok=True)


@contextmanager
def _lines(path: str | None) -> Iterator[Callable[[Mapping[str, Any]], None] | None]:
    with _written(path, "\n") as file:
        yield None if file is None else lambda data: print(json.dumps(data, ensure_ascii=False, default=str), file=file)


@contextmanager
def _rejects(path: str | None) -> Iterator[Callable[[Iterable[Reject]], None]]:
    with _written(path, "") as file:

        def write(rejects: Iterable[Reject]) -> None:
            if file is not None:
                made = csv.writer(file)
                made.writerow(["row", "line", "ticket", "reason", "detail"])
                made.writerows([r.number, r.line or "", r.ticket, r.reason, r.detail] for r in rejects)

        yield write
