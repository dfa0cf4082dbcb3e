"""List when a policy's schedules fire next, in the zone of their office, or preview what one of them would tell."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from support_policy.bootstrap import load_policy
from support_policy.cli.common import add_json, add_policy, instant_given, paint, print_json
from support_policy.cli.terminal import printable
from support_policy.clock.calendar import BusinessCalendar
from support_policy.clock.schedule import latest, upcoming
from support_policy.model.event import micros
from support_policy.model.policy import Schedule, Selection
from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import Diagnostic, PolicyError, did_you_mean
from support_policy.source.span import Span
from support_policy.source.words import Duration

HELP = "list when the policy's schedules fire next, or preview what one tells"
_KEYS = {"lasting": "for"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("--from", dest="start", metavar="INSTANT", help="after this instant (default: now)")
    parser.add_argument("--count", type=int, default=5, metavar="N", help="how many of each (default: 5)")
    parser.add_argument(
        "--tell", metavar="NAME", help="what this schedule would tell at its next run, about the tickets of --history"
    )
    parser.add_argument(
        "--history",
        metavar="HISTORY.json",
        action="append",
        default=[],
        help="a ticket that is told about, by its events; once for each",
    )
    add_policy(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0: listed, or told; 1: a template cannot be used, and a built-in text stands in."""
    policy = load_policy(args.policy)
    start = instant_given(args.start, "--from")
    if args.tell:
        return _tell(args, policy, start)
    rows = []
    for schedule in policy.text.schedules.values():
        office = schedule.office or policy.text.default_office
        instants = upcoming(schedule.cron, _calendar(policy, schedule), start, only_when_open=schedule.only_when_open)
        fires = list(islice(instants, max(0, min(args.count, 1000))))
        rows.append({"schedule": schedule.name, "cron": schedule.cron, "office": office, **_about(schedule)})
        rows[-1]["at"] = [at.isoformat() for at in fires]
        if not args.json:
            print(printable(f"{schedule.name} ({schedule.cron}, {office}): {schedule.says}".rstrip(": ")))
            print(printable(f"  {_said(schedule)}"))
            print("\n".join(f"  {at:%a %d %b %Y %H:%M %z}" for at in fires) or "  never")
    if args.json:
        print_json(rows)
    elif not rows:
        print("the policy has no `schedules:`")
    return 0


def _calendar(policy: Policy, schedule: Schedule) -> BusinessCalendar:
    return policy.calendar(schedule.office or policy.text.default_office, business=True)


def _about(schedule: Schedule) -> dict[str, Any]:
    """What a schedule says, as plain JSON data."""
    within = {"within": str(schedule.within)} if schedule.within else {}
    return {
        "notify": list(schedule.notify),
        "per": schedule.per or None,
        "lists": dict(_chosen(schedule.lists)) if schedule.lists is not None else None,
        "reports": schedule.reports or None,
        "missed": schedule.missed,
        **within,
        "says": schedule.says,
    }


def _chosen(lists: Selection) -> Iterator[tuple[str, Any]]:
    for name in ("priority", "state", "organization", "team", "breached", "lasting", "age"):
        value = getattr(lists, name)
        if value not in ((), None):
            yield _KEYS.get(name, name), str(value) if isinstance(value, Duration) else value


def _said(schedule: Schedule) -> str:
    """What a schedule says, on a line."""
    parts = [f"to {', '.join(schedule.notify)}" + (f" per {schedule.per}" if schedule.per else "")]
    if schedule.lists is not None:
        words = (f"{name} {_word(value)}" for name, value in _chosen(schedule.lists))
        parts.append(f"lists open tickets{': ' if any(_chosen(schedule.lists)) else ''}{', '.join(words)}")
    if schedule.reports:
        parts.append(f"reports on the {schedule.reports}".replace("the last_run", "time since the last run"))
    parts.append(f"missed runs: {schedule.missed}" + (f", within {schedule.within}" if schedule.within else ""))
    return "; ".join(parts)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " or ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _tell(args: argparse.Namespace, policy: Policy, start: datetime) -> int:
    """Print the letters that the next run of a schedule would have, if it knew of these tickets only."""
    from support_policy.adapters.histories import load_history
    from support_policy.service.watch.histories import Decided
    from support_policy.service.watch.schedule_letters import Planned, letters_of_schedule
    from support_policy.ticket.evaluate import run as decide_all

    schedule = policy.text.schedules.get(args.tell)
    if schedule is None:
        help = did_you_mean(args.tell, policy.text.schedules) or "the policy has no `schedules:`"
        raise PolicyError([Diagnostic("P310", "error", f"there is no schedule `{args.tell}`", Span("--tell"), help)])
    calendar, open_only = _calendar(policy, schedule), schedule.only_when_open
    at = next(upcoming(schedule.cron, calendar, start, only_when_open=open_only), None)
    if at is None:
        print_json([]) if args.json else print("it never fires")
        return 0
    before = latest(schedule.cron, calendar, datetime(2000, 1, 1, tzinfo=UTC), start, only_when_open=open_only)
    tickets = Decided(decide_all(policy, load_history(policy, path), at) for path in args.history)
    last = micros(before) if before else None
    letters = list(letters_of_schedule(tickets, Planned(policy, schedule, micros(start)), at, at, last))
    if args.json:
        keys = ("key", "recipient", "role", "subject", "body", "template", "problem")
        print_json([{"at": at.isoformat(), **{name: getattr(one, name) for name in keys}} for one in letters])
    else:
        shown = "\n\n\n".join(_shown(one.key, f"{one.role} <{one.recipient or 'nobody'}>", one) for one in letters)
        print(shown or f"{at:%a %d %b %Y %H:%M (%z)}: there is nothing to tell, and nothing is sent")
    return 1 if any(one.problem for one in letters) else 0


def _shown(key: str, to: str, letter: Any) -> str:
    head = [
        paint(printable(key), "bold"),
        printable(f"  to       {to.replace('_', ' ', 1)}"),
        *([paint(printable(f"  problem  {letter.problem}"), "error")] if letter.problem else []),
        printable(f"  subject  {letter.subject}"),
    ]
    return "\n".join([*head, "", *(printable(f"    {line}".rstrip()) for line in letter.body.rstrip("\n").split("\n"))])
