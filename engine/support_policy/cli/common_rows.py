"""What the verbs that read another help desk's rows share: rows that are rejected, and who shares the work."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from support_policy.cli.common import print_json
from support_policy.cli.files import written

if TYPE_CHECKING:
    from support_policy.batch.replay_rows import Reject

REJECT_COLUMNS = ("row", "line", "ticket", "reason", "detail")


def add_rejects(parser: argparse.ArgumentParser) -> None:
    """`--on-error` and `--rejects`."""
    parser.add_argument(
        "--on-error",
        choices=("reject", "stop"),
        default="reject",
        help="a bad row: count and name it, or stop with exit 1",
    )
    parser.add_argument("--rejects", metavar="FILE.csv", help="write every rejected row's number and reason")


def add_workers(parser: argparse.ArgumentParser) -> None:
    """`--workers`."""
    parser.add_argument(
        "--workers", metavar="N", type=_workers, default=1, help="processes to share the work (default: 1)"
    )


def count(text: str, least: int = 0) -> int:
    """A whole number from 0 (or `least`) to 1000, as the type of an argument."""
    if not text.isdecimal() or not least <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"expected a whole number from {least} to 1000, found `{text[:40]}`")
    return int(text)


def _workers(text: str) -> int:
    return count(text, 1)


def stopped_at(file: str, reject: Reject, *, as_json: bool) -> int:
    """Say which row ended a run that was to stop at the first bad one; the exit code for that."""
    if as_json:
        row = {"row": reject.number, "line": reject.line or None, "ticket": reject.ticket or None}
        print_json({"ok": False, "stopped": {**row, "reason": reject.reason, "detail": reject.detail}})
        return 1
    from support_policy.batch.mapping_values import shown
    from support_policy.batch.replay_rows import REASONS

    detail = f": {reject.detail}" if reject.detail else ""
    where = f"{file}:{reject.line}:1" if reject.line else f"{file}:1:1"
    said = f"{where}: error[{reject.reason}]: row {reject.number}: {REASONS[reject.reason]}{detail}"
    sys.stderr.write(shown(said) + "\n")
    return 1


@contextmanager
def rejects_written(path: str | None) -> Iterator[Callable[[Iterable[Reject]], None]]:
    """What writes rejected rows to a CSV file, header and all; nothing where there is no path."""
    with written(path, "") as file:

        def write(rejects: Iterable[Reject]) -> None:
            if file is not None:
                made = csv.writer(file)
                made.writerow(REJECT_COLUMNS)
                made.writerows([r.number, r.line or "", r.ticket, r.reason, r.detail] for r in rejects)

        yield write
