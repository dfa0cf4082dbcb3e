"""The verb `schema`, and the schema of mappings beside those of policies."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from support_policy.cli.schema import every_schema, write_schemas
from tests.cli.command import ROOT

MAPPINGS = sorted([*ROOT.glob("examples/*/mapping.yaml"), *ROOT.glob("tests/fixtures/replay/*/mapping.yaml")])


class _Editor(yaml.SafeLoader):
    """YAML as editors read it: every scalar is text, save `~`."""


_Editor.yaml_implicit_resolvers = {"~": [("tag:yaml.org,2002:null", re.compile(r"~$"))]}


def test_the_schemas_in_the_repository_are_those_that_are_written(tmp_path: Path) -> None:
    """What stands under .schema is what `support-policy schema` writes now."""
    for path in map(Path, write_schemas(tmp_path)):
        assert (ROOT / ".schema" / path.name).read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda p: p.parent.name)
def test_mappings_are_valid_by_their_schema(path: Path) -> None:
    """Every mapping that works is valid by the schema; one with a key misspelt is not."""
    validator = jsonschema.Draft202012Validator(every_schema()["mapping"])
    data: Any = yaml.load(path.read_text(encoding="utf-8"), _Editor)  # noqa: S506 - a safe loader
    assert [error.message for error in validator.iter_errors(data)] == []
    assert list(validator.iter_errors({**data, "tickt": "x"}))


def test_schemas_are_json() -> None:
    """The schemas are plain JSON data, valid by their own draft."""
    for schema in every_schema().values():
        jsonschema.Draft202012Validator.check_schema(json.loads(json.dumps(schema)))
