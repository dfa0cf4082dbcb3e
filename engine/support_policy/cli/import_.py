"""Make a policy of another help desk's configuration: `import zendesk-sla FILE...`.

The files are answers of Zendesk's API: slas/policies, business_hours/schedules, business_hours/schedules/ID/holidays.
Exit 0: all of it was carried over; 1: something was not, and is listed; 2: it could not run.
"""

from __future__ import annotations

import argparse
import sys
from shlex import quote

from support_policy.adapters.foreign import claim_folder, read_exports, write_folder
from support_policy.cli.common import add_json, print_json
from support_policy.cli.schema import write_schemas
from support_policy.cli.terminal import printable, printable_json
from support_policy.service.zendesk import REPORT, Imported, import_zendesk
from support_policy.service.zendesk_model import Gap
from support_policy.service.zendesk_report import gap_lines

HELP = "make a policy of another help desk's configuration"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("kind", choices=("zendesk-sla",), help="whose configuration it is")
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="JSON as Zendesk's API gives it; `-` reads standard input"
    )
    parser.add_argument("--out", metavar="DIR", help="a new or empty folder (default: print the policy)")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0: all was carried over; 1: something was not. Nothing is ever overwritten."""
    folder = claim_folder(args.out) if args.out else None
    made = import_zendesk(read_exports(args.files))
    written: list[str] = []
    if folder is not None:
        written = [*write_folder(folder, made.files), *write_schemas(folder / ".schema")]
    if args.json:
        print_json(_as_json(made, written))
    elif folder is None:
        print(_whole(made))
    else:
        print("\n".join([*written, "", *_listed(made.gaps), ""]))
        print(f"now: cd {quote(str(folder))} && support-policy check    (the whole story: {REPORT})")
    if made.gaps and folder is None and not args.json:
        sys.stderr.write(f"{len(made.gaps)} not carried over: see {REPORT} above\n")
    return 1 if made.gaps else 0


def _as_json(made: Imported, written: list[str]) -> dict[str, object]:
    return {
        "ok": not made.gaps,
        "written": written,
        "files": dict(made.files),
        "not_carried_over": [
            {"file": g.place.file, "path": str(g.place), "what": g.what, "why": g.why, "instead": g.instead}
            for g in made.gaps
        ],
        "remarks": list(made.remarks),
    }


def _whole(made: Imported) -> str:
    """Every file below its name."""
    parts = [f"# ===== {name} =====\n{text}" for name, text in made.files.items()]
    return printable_json("\n".join(parts).rstrip("\n"))


def _listed(gaps: tuple[Gap, ...]) -> list[str]:
    if not gaps:
        return ["everything was carried over"]
    entries = [line for number, gap in enumerate(gaps, 1) for line in gap_lines(number, gap)]
    return [f"not carried over: {len(gaps)}", *map(printable, entries)]
