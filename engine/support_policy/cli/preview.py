"""Show what a new version of the policy would change for the open tickets of the service; nothing is changed."""

from __future__ import annotations

import argparse

from support_policy.cli.common import print_json
from support_policy.cli.common_service import add_service, on_ground, progress
from support_policy.cli.terminal import printable
from support_policy.source.diagnostics import PolicyError

HELP = "what a new version would change for open tickets"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("new", metavar="NEW", help="the folder of the new policy, or its policy.yaml")
    add_service(parser)
    parser.add_argument("--rows", metavar="N", type=int, default=20, help="so many changes are listed")


def run(args: argparse.Namespace) -> int:
    """0 when it could be adopted, whatever it changes; 1 when it would be refused; 2 when it could not be looked at."""
    from support_policy.adapters.files import located, read_files
    from support_policy.adapters.machine import cached_holidays
    from support_policy.cli.common import print_problem

    files = read_files(args.new)
    with on_ground(args) as on:
        from support_policy.service.watch.preview import Options, preview

        shelf = on.shelf_with_policy()
        options = Options(max(0, args.rows), progress=progress(args))
        try:
            made = preview(shelf, on.sql, files, cached_holidays, on.clock.now(), options)
        except PolicyError as problem:
            print_problem(PolicyError(located(problem.diagnostics, args.new)), as_json=args.json)
            return 1
    if args.json:
        print_json(made.as_json())
    else:
        from support_policy.service.watch.preview_text import preview_text

        print("\n".join(map(printable, preview_text(made, options.rows).splitlines())))
    return 0
