"""Draw one ticket on a time line: in the terminal with open hours shaded, or as an SVG file."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

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
from support_policy.render.timeline import timeline
from support_policy.render.timeline_svg import svg
from support_policy.render.timeline_text import UNICODE, drawing

HELP = "draw one ticket's clocks, targets and escalations on a time line"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    add_history(parser)
    add_published(parser)
    parser.add_argument(
        "--svg", metavar="FILE", help="write the drawing to FILE as SVG; `-` writes it to standard output"
    )
    add_policy(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0: drawn."""
    made = load_run(args)
    told = timeline(made, explained(args, made))
    if args.svg == "-":
        sys.stdout.write(svg(told).encode("ascii", "xmlcharrefreplace").decode("ascii"))
        return 0
    if args.svg:
        Path(args.svg).write_text(svg(told), encoding="utf-8")
    if args.json:
        print_json(told.as_json())
    elif args.svg:
        print(args.svg)
    else:
        width = shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else 80
        unicode = _can(sys.stdout.encoding or "utf-8")
        sys.stdout.write(drawing(told, width=min(width, 160), color=colored(), unicode=unicode))
    return 0


def _can(encoding: str) -> bool:
    """Whether an encoding has every sign of the drawing."""
    try:
        "".join(UNICODE.values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
