"""List the messages that could not be delivered, or others, and have them sent again."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from support_policy.cli.common import print_json
from support_policy.cli.common_service import add_service, on_ground
from support_policy.cli.terminal import printable

if TYPE_CHECKING:
    from support_policy.service.watch.rows import Letter

HELP = "messages that were given up: list, send again"
STATUSES = ("dead", "waiting", "sent", "listed", "shadow", "all")


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("id", nargs="*", type=int, metavar="ID", help="these messages, whole")
    add_service(parser)
    parser.add_argument("--status", choices=STATUSES, default="dead", help="which are listed")
    parser.add_argument("--ticket", default="", metavar="TICKET", help="only those about this ticket")
    parser.add_argument("--after", type=int, default=0, metavar="ID", help="go on after this one")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="so many at most")
    parser.add_argument(
        "--resend", action="store_true", help="those named, or all that were given up, wait to be sent again"
    )


def run(args: argparse.Namespace) -> int:
    """0 when listed, or sent again; 1 when none of those named could be; 2 when it could not be done."""
    with on_ground(args) as on:
        if args.resend:
            from support_policy.service.watch.dead_letters import resend

            again = resend(on.sql, args.id or None, "cli", on.clock.now())
            if args.json:
                print_json({"again": list(again)})
            else:
                print(f"{len(again)} message{' waits' if len(again) == 1 else 's wait'} to be sent again")
            return int(bool(args.id) and not again)
        with on.sql.look() as work:
            if args.id:
                found = [letter for id in args.id if (letter := work.letters.get(id)) is not None]
            else:
                where: dict[str, Any] = {} if args.status == "all" else {"status": args.status}
                where |= {"ticket": args.ticket} if args.ticket else {}
                found = list(work.letters.page(where, args.after, max(1, args.limit)))
    if args.json:
        print_json([_told(letter) for letter in found])
    elif args.id:
        missing = [f"there is no message {id}" for id in args.id if id not in {letter.id for letter in found}]
        print("\n\n".join([*map(_whole, found), *missing]))
    else:
        print("\n".join(map(_line, found)) or "there are none")
    return int(bool(args.id) and not found)


def _told(letter: Letter) -> dict[str, Any]:
    from support_policy.model.event import instant

    return {
        "id": letter.id,
        "status": letter.status,
        "ticket": letter.ticket,
        "decision": letter.decision,
        "role": letter.role,
        "to": letter.recipient or None,
        "subject": letter.subject,
        "body": letter.body,
        "created": instant(letter.created).isoformat(),
        "sent_at": instant(letter.sent_at).isoformat() if letter.sent_at else None,
        "attempts": letter.attempts,
        "error": letter.error or letter.problem or None,
    }


def _line(letter: Letter) -> str:
    from support_policy.model.event import instant

    when = instant(letter.created).strftime("%Y-%m-%d %H:%M")
    why = f"  ({letter.error})" if letter.error else ""
    to = letter.recipient or f"nobody ({letter.role})"
    return printable(f"{letter.id:>6}  {when}  {letter.status:<8} {letter.ticket:<10} {to}: {letter.subject}{why}")


def _whole(letter: Letter) -> str:
    body = "\n".join(map(printable, letter.body.splitlines()))
    return f"{_line(letter)}\n\n{body}"
