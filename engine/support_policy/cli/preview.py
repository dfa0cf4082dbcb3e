"""Show what a new version of the policy would change for the open tickets of the service; nothing is changed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from support_policy.cli.common import print_json
from support_policy.cli.common_service import add_service, on_ground, progress
from support_policy.cli.terminal import printable
from support_policy.source.diagnostics import PolicyError

if TYPE_CHECKING:
    from support_policy.service.watch.preview import Preview

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
        print("\n".join(map(printable, _told(made))))
    return 0


def _told(made: Preview) -> Iterator[str]:
    if made.same:
        yield "this is the policy in force: nothing changes"
        return
    yield f"{made.old['version']} -> {made.new['version']}, in force from {made.begins.isoformat()} if adopted now"
    for row in made.promises:
        if row.changed:
            yield f"  {row.what}: {row.old or 'nothing'} -> {row.new or 'nothing'}"
    if made.open_tickets == "keep":
        yield "open tickets stay with the version they began under (`open_tickets: keep`)"
        return
    yield f"{made.looked} open tickets; {made.taken_over} would be taken over, {made.changed} would change"
    for kind, count in made.kinds.most_common():
        yield f"  {kind}: {count}"
    if made.missed:
        yield f"  {made.missed} targets would be missed at once"
    for (role, to), count in made.told.most_common(10):
        yield f"  {role} <{to or 'nobody'}> would be told {count} times"
    for change in made.rows:
        yield f"  {change.ticket}  {change.kind} {change.what}: {change.old or 'nothing'} -> {change.new or 'nothing'}"
    if made.left_out:
        yield f"  ... and {made.left_out} more (--rows)"
    for ticket, problem in made.failed:
        yield f"  {ticket}  could not be decided: {problem}"
