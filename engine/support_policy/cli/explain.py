"""Explain one ticket: why it has its priority, how each due time adds up, who was told, and why not otherwise."""

from __future__ import annotations

import argparse
import shutil
import sys

from support_policy.cli.common import (
    add_history,
    add_json,
    add_policy,
    add_published,
    colored,
    explained,
    load_run,
    print_json,
)
from support_policy.render.explain_text import explanation

HELP = "explain one ticket: why, why not, and how its due times add up"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    add_history(parser)
    add_published(parser)
    add_policy(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0: explained."""
    why = explained(args, load_run(args))
    if args.json:
        print_json(why.as_json())
        return 0
    width = shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else 80
    sys.stdout.write(explanation(why, width=min(width, 120), color=colored()))
    return 0
