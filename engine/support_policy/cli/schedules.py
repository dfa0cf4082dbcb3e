"""List when a policy's schedules fire next, in the zone of their office."""

from __future__ import annotations

import argparse
from itertools import islice

from support_policy.bootstrap import load_policy
from support_policy.cli.common import add_json, add_policy, instant_given, print_json
from support_policy.cli.terminal import printable
from support_policy.clock.schedule import upcoming

HELP = "list when the policy's schedules fire next"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("--from", dest="start", metavar="INSTANT", help="after this instant (default: now)")
    parser.add_argument("--count", type=int, default=5, metavar="N", help="how many of each (default: 5)")
    add_policy(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0 when listed."""
    policy = load_policy(args.policy)
    start = instant_given(args.start, "--from")
    rows = []
    for schedule in policy.text.schedules.values():
        office = schedule.office or policy.text.default_office
        calendar = policy.calendar(office, business=True)
        instants = upcoming(schedule.cron, calendar, start, only_when_open=schedule.only_when_open)
        fires = list(islice(instants, max(0, min(args.count, 1000))))
        told = {"office": office, "notify": list(schedule.notify), "says": schedule.says}
        rows.append({"schedule": schedule.name, "cron": schedule.cron, **told, "at": [at.isoformat() for at in fires]})
        if not args.json:
            print(printable(f"{schedule.name} ({schedule.cron}, {office}): {schedule.says}".rstrip(": ")))
            print("\n".join(f"  {at:%a %d %b %Y %H:%M %z}" for at in fires) or "  never")
    if args.json:
        print_json(rows)
    elif not rows:
        print("the policy has no `schedules:`")
    return 0
