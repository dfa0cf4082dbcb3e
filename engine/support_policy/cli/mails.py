"""List mails that came in and were not understood, or others, and show one: as text, or with --raw as it came."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from support_policy.cli.common import print_json
from support_policy.cli.common_service import add_service, on_ground
from support_policy.cli.terminal import printable

if TYPE_CHECKING:
    from support_policy.service.watch.rows import MailRow

HELP = "mails that came in: those kept, or one of them"
STATUSES = ("kept", "taken", "ignored", "all")


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("id", nargs="?", type=int, metavar="ID", help="this mail, as text that can do nothing")
    add_service(parser)
    parser.add_argument("--raw", action="store_true", help="with ID: byte by byte as it came, for a file")
    parser.add_argument("--status", choices=STATUSES, default="kept", help="which are listed")
    parser.add_argument("--after", type=int, default=0, metavar="ID", help="go on after this one")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="so many at most")


def run(args: argparse.Namespace) -> int:
    """0 when listed or shown; 1 when there is no such mail; 2 when it could not be read."""
    with on_ground(args) as on, on.sql.look() as work:
        if args.id is not None:
            row = work.mails.get(args.id)
            if row is not None and not args.json:
                _show(row, raw=args.raw)
            found = [row] if row is not None else []
        else:
            where = {} if args.status == "all" else {"status": args.status}
            found = list(work.mails.page(where, args.after, max(1, args.limit)))
    if args.json:
        print_json([_told(row, whole=args.id is not None) for row in found])
    elif args.id is None:
        print("\n".join(map(_line, found)) or "there are none")
    elif not found:
        print(f"there is no mail {args.id}")
    return int(args.id is not None and not found)


def _show(row: MailRow, *, raw: bool) -> None:
    if raw:
        sys.stdout.flush()
        sys.stdout.buffer.write(row.raw)
        return
    from support_policy.service.watch.mail_show import show_mail

    print(printable(show_mail(row)), end="")


def _told(row: MailRow, *, whole: bool) -> dict[str, Any]:
    from support_policy.model.event import instant

    return {
        "id": row.id,
        "received": instant(row.received).isoformat(),
        "status": row.status,
        "sender": row.sender,
        "recipients": list(row.recipients),
        "message_id": row.message_id,
        "subject": row.subject,
        "ticket": row.ticket or None,
        "problem": row.problem or None,
        "size": row.size,
        **({"raw": row.raw.decode("latin-1")} if whole else {}),
    }


def _line(row: MailRow) -> str:
    from support_policy.model.event import instant

    when = instant(row.received).strftime("%Y-%m-%d %H:%M")
    why = f"  ({row.problem})" if row.problem else ""
    return printable(f"{row.id:>6}  {when}  {row.status:<8} {row.ticket:<10} {row.sender}: {row.subject}{why}")
