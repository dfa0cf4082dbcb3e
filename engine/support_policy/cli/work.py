"""Run a worker: it decides what falls due and sends messages, and takes nothing in. Stops on SIGTERM or Ctrl-C.

Any number of them, on any number of machines, may work on one PostgreSQL beside `serve`; the policy is the store's.
"""

from __future__ import annotations

import argparse
import sys

from support_policy.cli.common import print_json
from support_policy.cli.common_service import add_service, on_ground

HELP = "decide what falls due and send messages, beside `serve`"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    add_service(parser)
    parser.add_argument("--shadow", action="store_true", help="decide and record everything, send nothing")
    parser.add_argument("--quiet", action="store_true", help="log warnings and errors alone")


def run(args: argparse.Namespace) -> int:
    """0 when it was told to stop; 2 when it could not run."""
    from support_policy.bootstrap.extras import extra

    with extra():
        from support_policy.bootstrap.service import Process, told
        from support_policy.cli.serving import live, signals
    with signals() as heard, on_ground(args, runs=True, makes=True) as on:
        saying = told(on, "work")
        try:
            process = Process(on, saying, on.shelf_with_policy(), shadow=args.shadow)
            try:
                process.start()
                policy = process.shelf.policy
                if args.json:
                    named = {"name": str(policy.name), "version": str(policy.version), "digest": policy.digest}
                    print_json({"worker": process.name, "policy": named, "shadow": args.shadow})
                sys.stdout.flush()
                saying.journal.say("info", "working", worker=process.name, version=str(policy.version))
                # The policy is taken from the store as soon as it changes there: there is nothing to reload.
                return live(process, heard, process.wake)
            finally:
                if not process.stop():
                    saying.journal.say("error", "a step did not end in time; what it had claimed comes free by itself")
        finally:
            saying.close()
