"""Run the service: tickets come in by HTTP and mail, their clocks are kept, messages go out. Stops on SIGTERM.

SIGHUP takes in the policy anew; one that cannot be used is refused, and the one before stays in force.
"""

from __future__ import annotations

import argparse
import sys
from queue import SimpleQueue
from socket import socket
from typing import TYPE_CHECKING, Any

from support_policy.cli.common import add_policy, print_json
from support_policy.cli.common_service import add_service, on_ground, place_of
from support_policy.cli.terminal import printable
from support_policy.source.diagnostics import PolicyError

if TYPE_CHECKING:
    from support_policy.bootstrap.changes import PolicyChanges
    from support_policy.bootstrap.ground import Ground
    from support_policy.bootstrap.service import Process, Told
    from support_policy.cli.serving import Doors
    from support_policy.service.watch.settings import Listen, Settings

HELP = "take tickets in, keep their clocks, escalate on time"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    add_policy(parser)
    add_service(parser)
    parser.add_argument("--http", metavar="ADDRESS:PORT", help="where the API listens (default: 127.0.0.1:8080)")
    parser.add_argument(
        "--mail", metavar="ADDRESS:PORT", help="where mail is taken (default: 127.0.0.1:8025); `no`: none is taken"
    )
    parser.add_argument("--shadow", action="store_true", help="decide and record everything, send nothing")
    parser.add_argument("--quiet", action="store_true", help="log warnings and errors alone")
    parser.add_argument(
        "--demo",
        action="store_true",
        help="for a first look: take the next free ports, make a token, say where to click and what to send",
    )


def run(args: argparse.Namespace) -> int:
    """0 when it was told to stop; 2 when it could not run, or a part of it ended by itself."""
    from support_policy.bootstrap.extras import extra

    with extra():
        from support_policy.bootstrap.service import told
        from support_policy.cli.serving import signals
    with signals() as heard, on_ground(args, runs=True, makes=True) as on:
        saying = told(on, "serve")
        try:
            return _serve(args, on, saying, heard)
        finally:
            saying.close()


def _serve(args: argparse.Namespace, on: Ground, told: Told, heard: SimpleQueue[str]) -> int:
    from support_policy.api.serving import bind
    from support_policy.cli.serving import first_free

    http, mail = _places(args, on.settings)
    # Who cannot listen, as beside a service that runs, is not to change the policy of the store first.
    with first_free(http, lambda place: bind(place.host, place.port), any_port=args.demo) as taken:
        return _served(args, on, told, heard, taken, mail)


def _served(
    args: argparse.Namespace, on: Ground, told: Told, heard: SimpleQueue[str], http: socket, mail: Listen | None
) -> int:
    from support_policy.bootstrap.changes import PolicyChanges
    from support_policy.bootstrap.service import Process
    from support_policy.cli.serving import ENDED, Doors, live

    shelf = on.shelf()
    changes = PolicyChanges(on.adopting(shelf), told.journal, args.policy)
    first = changes.reloaded("serve", again=False)
    if first.outcome == "refused" and not shelf.number:
        raise PolicyError(changes.located(first))
    process = Process(on, told, shelf, shadow=args.shadow)
    doors = Doors()
    try:
        _open(args, process, changes, doors, http, mail)
        process.start()
        if doors.http is not None:
            doors.http.start(lambda: heard.put(ENDED))
        _say(args, process, doors)
        return live(process, heard, lambda: changes.reloaded("SIGHUP"))
    finally:
        doors.close()
        if not process.stop():
            told.journal.say("error", "a step did not end in time; what it had claimed comes free by itself")


def _open(
    args: argparse.Namespace,
    process: Process,
    changes: PolicyChanges,
    doors: Doors,
    http: socket,
    mail: Listen | None,
) -> None:
    from support_policy.adapters.hashing import Argon2
    from support_policy.bootstrap.mailing import listen_for_mail, takes_mail
    from support_policy.cli.serving import first_free, open_http
    from support_policy.service.watch.access import Tokens

    tokens = Tokens(process.store, Argon2())
    doors.http = open_http(process, tokens, changes, http)
    if mail is None:
        return
    if not takes_mail(process):
        why = "the policy says nothing of mail (`mail:`), or no address of ours is known (`contact:`)"
        process.told.journal.say("warning", "no mail is taken", why=why)
        return
    doors.mail = first_free(mail, lambda place: listen_for_mail(process, tokens, place), any_port=args.demo)


def _places(args: argparse.Namespace, settings: Settings) -> tuple[Listen, Listen | None]:
    """Where HTTP and mail are to be taken."""
    http = place_of(args.http, "--http") if args.http else settings.http.listen
    if args.mail:
        return http, None if args.mail == "no" else place_of(args.mail, "--mail")
    return http, settings.mail.listen


def _say(args: argparse.Namespace, process: Process, doors: Doors) -> None:
    places = doors.places()
    policy = process.shelf.policy
    named = {"name": str(policy.name), "version": str(policy.version), "digest": policy.digest}
    if args.json:
        said: dict[str, Any] = {**places, "policy": named, "shadow": args.shadow, "worker": process.name}
        print_json(said)
    else:
        from support_policy.cli.serving import lines

        print(f"{printable(f'{policy.name} {policy.version}')} is served" + (" in the shadow" if args.shadow else ""))
        print("\n".join(lines(places)))
        if args.demo:
            for asked, got in zip(_places(args, process.ground.settings), (doors.http, doors.mail), strict=True):
                if asked and got and asked.port not in (0, got.port):
                    print(f"       (something else listens on port {asked.port}: this is {got.port})")
            from support_policy.cli.first_look import first_look

            print("\n".join(first_look(process, places)))
    sys.stdout.flush()
