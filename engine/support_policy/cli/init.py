"""Make a new policy folder that works: the shipped policy to start from, its schemas, an example ticket."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from shlex import quote

from support_policy.adapters.files import read_files
from support_policy.adapters.foreign import claim_folder
from support_policy.adapters.scenarios import FOLDER, read_scenario, scenario_files
from support_policy.adapters.shipped import shipped_folder
from support_policy.cli.common import add_json, print_json
from support_policy.cli.schema import write_schemas

HELP = "make a new policy folder that works"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("folder", metavar="DIR", help="a new or empty folder")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0 when made; nothing is ever overwritten."""
    folder = claim_folder(args.folder)
    source = shipped_folder()
    written = []
    for name, data in read_files(source).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        written.append(path.as_posix())
    written += _copy_scenarios(source, folder)
    written += write_schemas(folder / ".schema")
    example = source / "examples" / "tickets" / "emergency.json"
    if example.is_file():
        shutil.copy(example, folder / "ticket.json")
        written.append((folder / "ticket.json").as_posix())
    if args.json:
        print_json({"written": written})
        return 0
    print("\n".join(written))
    print(f"\nnow: cd {quote(str(folder))} && support-policy check && support-policy explain ticket.json")
    return 0


def _copy_scenarios(source: Path, folder: Path) -> list[str]:
    """Copy the scenarios that show the policy; gives the paths."""
    written = []
    for file in scenario_files(source / FOLDER) if (source / FOLDER).is_dir() else ():
        path = folder / FOLDER / file.relative_to(source / FOLDER)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(read_scenario(file))
        written.append(path.as_posix())
    return written
