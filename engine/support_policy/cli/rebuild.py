"""Make everything that is stored beside the tickets' logs anew from them, and compare; the service may go on."""

from __future__ import annotations

import argparse

from support_policy.cli.common import print_json
from support_policy.cli.common_service import add_service, on_ground, progress
from support_policy.cli.terminal import printable

HELP = "compare what is stored with what the logs say"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    add_service(parser)
    parser.add_argument("--write", action="store_true", help="put right what differs")
    parser.add_argument("--decisions", action="store_true", help="decide every decision again too, and compare")


def run(args: argparse.Namespace) -> int:
    """0 when everything is as the logs say; 1 when something differs (or did: `--write`); 2 when it could not run."""
    with on_ground(args) as on:
        from support_policy.service.watch.rebuild import rebuild, verify

        shelf = on.shelf_with_policy()
        found = [rebuild(on.sql, shelf, write_back=args.write, progress=progress(args))]
        if args.decisions:
            found.append(verify(on.sql, shelf, progress=progress(args)))
    names = ("projections", "decisions")
    if args.json:
        print_json({name: one.as_json() for name, one in zip(names, found, strict=False)})
        return int(not all(one.equal for one in found))
    for one in found:
        for difference in one.differences:
            told = f"{difference.ticket}  {difference.what}: stored {difference.stored}, found {difference.found}"
            print(printable(told))
        if one.left_out:
            print(f"... and {one.left_out} more")
    print(f"{found[0].tickets} tickets: " + _verdict(found[0].equal, sum(found[0].counts.values())))
    if args.write and found[0].written:
        print(f"{found[0].written} tickets put right")
    if args.decisions:
        print(f"{found[1].decisions} decisions: " + _verdict(found[1].equal, sum(found[1].counts.values())))
    return int(not all(one.equal for one in found))


def _verdict(equal: bool, count: int) -> str:
    return "all as their logs say" if equal else f"{count} differences"
