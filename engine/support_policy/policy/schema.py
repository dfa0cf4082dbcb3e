"""JSON Schemas of policy files, built from the shapes they are read by, for editors that complete and underline.

Editors read YAML by the types of its core schema, so `2026-04` may be a text or a date and `no` a text or a boolean:
what the reader here accepts as text is accepted in every such guise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from support_policy.kernel.catalogue import OPERATORS
from support_policy.model.condition import FactType
from support_policy.policy.names import ACTORS, BASE, DERIVED, LATE, MAIL, RULE_SETS
from support_policy.policy.rules_text import CONDITION_DEFS, RULES_FIELDS
from support_policy.policy.text import POLICY_FIELDS
from support_policy.policy.workflow_text import WORKFLOW_FIELDS
from support_policy.source.shape import Field, Schema

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Mapping[FactType, str] = {
    "boolean": "yes/no facts",
    "numeric": "numbers",
    "string": "texts",
    "select": "tags",
    "select_multiple": "lists",
}


def schemas() -> dict[str, Schema]:
    """The schemas of policy.yaml (`policy`), of files under rules/ (`rules`) and under workflows/ (`workflow`)."""
    return {
        "policy": _policy(),
        "rules": _rules(),
        "workflow": _file("A workflow", "A state machine; `request` is the life of a ticket.", WORKFLOW_FIELDS),
    }


def _file(title: str, says: str, fields: Mapping[str, Field], **more: Any) -> Schema:
    required = [name for name, f in fields.items() if f.required]
    return {
        "$schema": DRAFT,
        "title": title,
        "description": says,
        "type": "object",
        "properties": {name: {"description": f.says, **f.shape.schema()} for name, f in fields.items()},
        **({"required": required} if required else {}),
        "additionalProperties": False,
        **more,
    }


def _policy() -> Schema:
    made = _file("A support policy", "Hours, priorities, clocks, escalation and assumptions.", POLICY_FIELDS)
    # Any other name may stand there too: only completion is helped, nothing is underlined.
    for stop in _records(made["properties"]["metrics"], "by"):
        stop["by"] = {**stop["by"], "examples": list(ACTORS)}
    return made


def _records(schema: Any, key: str) -> Iterable[Schema]:
    """Every `properties` within `schema` that has `key`."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and key in schema["properties"]:
            yield schema["properties"]
        for inner in schema.values():
            yield from _records(inner, key)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _records(inner, key)


def _rules() -> Schema:
    made = _file("Rules, facts, directory, clauses", "A file under rules/.", RULES_FIELDS)
    sets = made["properties"]["rule_set"]
    made["properties"]["rule_set"] = {"description": sets["description"], "enum": list(RULE_SETS)}
    made["allOf"] = [
        *(_for_set(name, actions) for name, actions in RULE_SETS.items()),
        {"if": {"required": ["rules"], "properties": {"rules": {"minItems": 1}}}, "then": {"required": ["rule_set"]}},
        {
            "if": {"required": ["rule_set"], "properties": {"rule_set": {"const": "priority"}}},
            "then": {"required": ["hit_policy"], "properties": {"hit_policy": {"const": "first"}}},
        },
    ]
    made["$defs"] = {**CONDITION_DEFS, "operator": _operators(), "fact": _facts()}
    leaf = made["$defs"]["condition"]["anyOf"][0]
    made["$defs"] = {
        **made["$defs"],
        "condition": {"anyOf": [_leaf(leaf), *CONDITION_DEFS["condition"]["anyOf"][1:]]},
    }
    return made


def _for_set(name: str, actions: Mapping[str, tuple[str, ...]]) -> Schema:
    """What the rules of one rule set may do."""
    one = [
        {
            "properties": {
                "name": {"const": action},
                "params": {
                    "properties": dict.fromkeys((name.rstrip("?") for name in params), True),
                    "required": [name for name in params if not name.endswith("?")],
                    # What an event carries may be declared by the policy.
                    **({} if action == "give" else {"additionalProperties": False}),
                },
            },
            "required": ["name", "params"],
        }
        for action, params in actions.items()
    ]
    allowed: Schema = {"items": {"anyOf": one}} if one else {"maxItems": 0}
    required: Schema = {"required": ["actions"]} if one else {}
    return {
        "if": {"required": ["rule_set"], "properties": {"rule_set": {"const": name}}},
        "then": {"properties": {"rules": {"items": {"properties": {"actions": allowed}, **required}}}},
    }


def _leaf(leaf: Schema) -> Schema:
    properties = {
        "name": {"description": "a fact", "$ref": "#/$defs/fact"},
        "operator": {"description": "how it is compared", "$ref": "#/$defs/operator"},
        "value": {
            "description": "with what: a text, a number or a list of texts",
            "type": ["string", "number", "boolean", "array"],
        },
    }
    return {**leaf, "properties": properties}


def _operators() -> Schema:
    offered: dict[str, list[str]] = {}
    labels: dict[str, str] = {}
    for kind, table in OPERATORS.items():
        for name, operator in table.items():
            offered.setdefault(name, []).append(_TYPES[kind])
            labels.setdefault(name, operator.label.strip(" ,"))
    every = len(OPERATORS)
    return {
        "oneOf": [
            {
                "const": name,
                "description": f"{labels[name]} ({'every fact' if len(kinds) == every else ', '.join(kinds)})",
            }
            for name, kinds in offered.items()
        ]
    }


def _facts() -> Schema:
    """Any name; those that every policy has are offered with what they mean."""
    known = {**BASE, **DERIVED, **LATE, **MAIL}
    return {
        "anyOf": [
            *({"const": name, "description": says} for name, (_, says) in known.items()),
            # `event.reason` is what the present event carries, `first_response.status` how a metric stands.
            {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}([.][A-Za-z0-9_-]{1,64})?$"},
        ]
    }
