"""Put a policy in force in the store of the service: every process of it takes it in at once. See `preview` first."""

from __future__ import annotations

import argparse
from functools import partial

from support_policy.cli.common import add_policy, colored, print_json, told
from support_policy.cli.common_service import add_service, on_ground
from support_policy.cli.terminal import printable

HELP = "put a policy in force in a service that runs"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    add_policy(parser)
    add_service(parser)


def run(args: argparse.Namespace) -> int:
    """0 when it is in force, or was before; 1 when it is refused, and the one before stays; 2 when it could not run."""
    from support_policy.adapters.files import located, read_files

    with on_ground(args, makes=True) as on:
        adopted = on.adopting(on.shelf()).reload(partial(read_files, args.policy), "cli")
    findings = located(adopted.diagnostics, args.policy)
    if args.json:
        print_json({**adopted.as_json(), "findings": [d.as_json() for d in findings]})
        return int(adopted.outcome == "refused")
    for finding in findings:
        if finding.severity == "error":
            print(told(finding, on=colored()))
    number = adopted.number
    match adopted.outcome:
        case "adopted":
            print(printable(f"adopted as version {number}: {adopted.version}, digest {adopted.digest}"))
        case "unchanged":
            print(printable(f"version {number} ({adopted.version}) is this policy: nothing changes"))
        case _:
            print(f"refused; version {number} stays in force" if number else "refused; there is no policy in force")
    for note in adopted.notes:
        print(printable(f"  {note}"))
    return int(adopted.outcome == "refused")
