"""Write everything that the service keeps into one file, while it runs. `restore` makes a store of it again."""

from __future__ import annotations

import argparse
from pathlib import Path

from support_policy.adapters.files import shown
from support_policy.cli.common import print_json
from support_policy.cli.common_service import add_service, counting, on_ground
from support_policy.cli.terminal import printable
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

HELP = "write everything that is kept into a file"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("file", metavar="FILE", help="the file to write; the owner alone may read it")
    add_service(parser)


def run(args: argparse.Namespace) -> int:
    """0 when the file is written whole; 2 when it could not be, and then there is none."""
    with on_ground(args) as on:
        from support_policy.adapters.sql.copying import backup

        try:
            with counting(args, "rows") as done:
                counts = backup(on.sql, Path(args.file), on.clock.now().isoformat(), done)
        except OSError as problem:
            # The library names the half-made file beside it, which nobody has asked for.
            why = (problem.strerror or type(problem).__name__).lower()
            told = Diagnostic("C113", "error", f"the backup cannot be written: {why}", Span(shown(args.file)))
            raise PolicyError([told]) from None
    if args.json:
        print_json({"file": args.file, "rows": counts})
    else:
        print(printable(f"{args.file}: {counts['tickets']} tickets, {sum(counts.values())} rows"))
    return 0
