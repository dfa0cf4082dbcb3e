"""Write the JSON Schemas of policy files, for editors that complete and underline."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from support_policy.batch.mapping_text import MAPPING
from support_policy.cli.common import add_json, print_json
from support_policy.policy.schema import schemas
from support_policy.service.scenario_text import SCENARIO_FILE
from support_policy.service.watch.settings_text import SETTINGS

HELP = "write the JSON Schemas that editors complete by"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    parser.add_argument("--out", metavar="DIR", default=".schema", help="the folder to write to (default: .schema)")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0 when written."""
    if args.json:
        print_json(every_schema())
        return 0
    print("\n".join(write_schemas(Path(args.out))))
    return 0


def every_schema() -> dict[str, dict[str, Any]]:
    """The schemas of a policy's files, of a mapping for `replay`, of scenarios for `test`, of service.yaml."""
    made = schemas()
    draft = made["policy"]["$schema"]
    mapping = {"$schema": draft, "title": "A mapping", "description": "How to read a foreign log."}
    scenario = {
        "$schema": draft,
        "title": "Scenarios",
        "description": "What is expected of a policy, ticket by ticket.",
    }
    service = {"$schema": draft, "title": "The service", "description": "What an operator decides."}
    return {
        **made,
        "mapping": {**mapping, **MAPPING.schema()},
        "scenario": {**scenario, **SCENARIO_FILE.schema()},
        "service": {**service, **SETTINGS.schema()},
    }


def write_schemas(folder: Path) -> list[str]:
    """Write every schema to `folder`; gives the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in every_schema().items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path.as_posix())
    return written
