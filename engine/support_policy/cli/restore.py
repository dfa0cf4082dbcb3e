"""Make a store of a backup, in an empty database of either kind, and compare it with the tickets' logs.

The backup may come from SQLite and go into PostgreSQL. What was still to be sent then is sent again, under the same
Message-ID: stop the service that has the old store first.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from support_policy.cli.common import print_json
from support_policy.cli.common_service import add_service, counting, on_ground, progress
from support_policy.cli.terminal import printable
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

HELP = "make a store of a backup, and verify it"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("file", metavar="FILE", help="what `backup` has written")
    add_service(parser)


def run(args: argparse.Namespace) -> int:
    """0 when everything is back and is as the logs say; 1 when something differs; 2 when nothing could be restored."""
    with on_ground(args, makes=True) as on:
        from support_policy.adapters.sql.copying import CopyError, restore
        from support_policy.service.watch.rebuild import rebuild

        try:
            with counting(args, "rows") as done:
                counts = restore(on.sql, Path(args.file), done)
        except CopyError as problem:
            raise PolicyError([Diagnostic("C116", "error", str(problem), Span(printable(args.file)))]) from None
        compared = None
        if counts["versions"]:
            compared = rebuild(on.sql, on.shelf(), progress=progress(args))
    equal = compared is None or compared.equal
    if args.json:
        print_json({"rows": counts, "verified": compared.as_json() if compared else None})
        return int(not equal)
    print(f"{counts['tickets']} tickets are back, {sum(counts.values())} rows")
    if compared is not None and not equal:
        sys.stderr.write("what was kept beside the logs differs from them: support-policy rebuild --write\n")
    elif compared is not None:
        print("verified: everything is as the logs say")
    return int(not equal)
