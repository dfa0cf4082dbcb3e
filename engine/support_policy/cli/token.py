"""Make, list and revoke the tokens by which programs and people may call the API. Only a hash of a token is kept."""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from support_policy.cli.common import instant_given, print_json
from support_policy.cli.common_service import add_service, on_ground
from support_policy.cli.terminal import printable
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span
from support_policy.source.words import parse_duration

if TYPE_CHECKING:
    from support_policy.bootstrap.ground import Ground
    from support_policy.service.watch.rows import TokenRow

HELP = "make, list and revoke tokens for the API"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("do", choices=("create", "list", "revoke"), help="what to do")
    parser.add_argument("id", nargs="?", default="", metavar="ID", help="revoke: the token, by its id")
    add_service(parser)
    parser.add_argument("--name", default="", help="create: whose it is, or what for")
    parser.add_argument(
        "--scope", action="append", default=[], metavar="SCOPE", help="create: intake, engineer, manager or auditor"
    )
    parser.add_argument(
        "--organization",
        action="append",
        default=[],
        metavar="NAME",
        help="create: for this one alone; may be repeated",
    )
    parser.add_argument(
        "--expires", metavar="WHEN", help="create: until when, such as 2027-01-01T00:00:00+00:00, or for how long: 720h"
    )


def run(args: argparse.Namespace) -> int:
    """0 when done; 1 when there is no such token; 2 when it could not be done."""
    with on_ground(args, makes=args.do == "create") as on:
        match args.do:
            case "create":
                return _create(args, on)
            case "revoke":
                return _revoke(args, on)
        with on.sql.look() as work:
            rows = sorted(work.register.tokens(), key=lambda row: row.created)
        told = [_told(row, on.clock.now()) for row in rows]
    if args.json:
        print_json(told)
        return 0
    for one in told:
        where = ", ".join(one["organizations"]) or "all organizations"
        until = f", until {one['expires']}" if one["expires"] else ""
        said = f"{one['id']}  {one['status']:<8} {one['name']}: {', '.join(one['scopes'])}; {where}{until}"
        print(printable(said))
    if not told:
        print("there are none: support-policy token create --name NAME --scope SCOPE")
    return 0


def _create(args: argparse.Namespace, on: Ground) -> int:
    from support_policy.adapters.hashing import Argon2
    from support_policy.service.watch.access import BadToken, new_token
    from support_policy.service.watch.writing import write

    now = on.clock.now()
    expires = _until(args.expires, now)
    try:
        row, text = write(
            on.sql,
            lambda work: new_token(
                work, Argon2(), args.name, args.scope, now, organizations=args.organization, expires=expires
            ),
        )
    except BadToken as problem:
        raise PolicyError([Diagnostic("C117", "error", str(problem), Span("token create"))]) from None
    if args.json:
        print_json({"token": text, **_told(row, now)})
    else:
        print(text)
    return 0


def _until(text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    length = parse_duration(text)
    if isinstance(length, str):
        return instant_given(text, "--expires")
    return now + timedelta(seconds=length.seconds)


def _revoke(args: argparse.Namespace, on: Ground) -> int:
    from support_policy.service.watch.access import revoke_token
    from support_policy.service.watch.writing import write

    now = on.clock.now()
    row = write(on.sql, lambda work: revoke_token(work, args.id, now))
    if args.json:
        print_json(_told(row, now) if row else None)
    else:
        print(printable(f"revoked: {row.name}" if row else f"there is no token `{args.id}`: support-policy token list"))
    return int(row is None)


def _told(row: TokenRow, now: datetime) -> dict[str, Any]:
    from support_policy.model.event import instant
    from support_policy.service.watch.access import standing

    return {
        "id": row.id,
        "name": row.name,
        "status": standing(row, now),
        "scopes": list(row.scopes),
        "organizations": list(row.organizations),
        "created": instant(row.created).isoformat(),
        "expires": instant(row.expires).isoformat() if row.expires else None,
    }
