"""List the tickets of the service, or show what was decided about one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from support_policy.cli.common import print_json
from support_policy.cli.common_service import add_service, on_ground
from support_policy.cli.terminal import printable

if TYPE_CHECKING:
    from support_policy.bootstrap.ground import Ground
    from support_policy.service.watch.rows import Head

HELP = "the tickets of the service: a list, or one as decided"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("ticket", nargs="?", metavar="TICKET", help="this ticket, as `evaluate` shows it")
    add_service(parser)
    parser.add_argument("--all", action="store_true", help="those whose life has ended too")
    parser.add_argument("--priority", default="", help="only those of this priority")
    parser.add_argument("--organization", default="", help="only those of this organization")
    parser.add_argument("--after", default="", metavar="TICKET", help="go on after this one")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="so many at most")


def run(args: argparse.Namespace) -> int:
    """0 when listed or shown; 1 when there is no such ticket; 2 when it could not be read."""
    with on_ground(args) as on:
        if args.ticket:
            return _one(args, on)
        where: dict[str, Any] = {} if args.all else {"open": True}
        where |= {name: getattr(args, name) for name in ("priority", "organization") if getattr(args, name)}
        with on.sql.look() as work:
            found = list(work.tickets.page(where, args.after, max(1, args.limit)))
    if args.json:
        print_json([_told(head) for head in found])
    else:
        print("\n".join(map(_line, found)) or "there are none")
    return 0


def _one(args: argparse.Namespace, on: Ground) -> int:
    from support_policy.cli.evaluate import summary
    from support_policy.service.watch.desk import Desk
    from support_policy.ticket.evaluate import report

    desk = Desk(on.shelf_with_policy())
    with on.sql.look() as work:
        run = desk.run(work, args.ticket, on.clock.now())
    if run is None:
        print_json(None) if args.json else print(printable(f"there is no ticket `{args.ticket}`"))
        return 1
    made = report(run)
    print_json(made) if args.json else print("\n".join(summary(made)))
    return 0


def _told(head: Head) -> dict[str, Any]:
    from support_policy.model.event import instant

    return {
        "ticket": head.ticket,
        "state": head.state,
        "open": head.open,
        "priority": head.priority or None,
        "organization": head.organization or None,
        "subject": head.subject or None,
        "escalation_level": head.escalation_level,
        "breaches": head.breaches,
        "begun": instant(head.begun).isoformat(),
        "due_at": instant(head.due_at).isoformat() if head.due_at is not None else None,
    }


def _line(head: Head) -> str:
    told = _told(head)
    due = f"due {told['due_at'][:16].replace('T', ' ')} UTC" if told["due_at"] else "nothing due"
    missed = f", {head.breaches} missed" if head.breaches else ""
    level = f", level {head.escalation_level}" if head.escalation_level else ""
    about = f"{head.organization or 'unknown'}: {head.subject or '(no subject)'}"
    return printable(f"{head.ticket:<10} {head.priority or '-':<4} {head.state:<12} {due}{level}{missed}  {about}")
