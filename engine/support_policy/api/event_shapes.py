"""The shapes of events as callers send them, out of the policy in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from support_policy.model.condition import Variable
from support_policy.policy.compiled import Policy
from support_policy.policy.names import ACTORS, CARRIED
from support_policy.service.watch.receive import TICKET, beginnings
from support_policy.ticket.history import carried_keys

Schema = dict[str, Any]
TEXT: Schema = {"type": "string", "pattern": "^[^\\u0000]*$"}
MAYBE: Schema = {**TEXT, "type": ["string", "null"]}
YEARS = "^(19|20|21)[0-9]{2}-"
"""Instants are understood from 1900 on; nothing here plans for 2200."""
AT: Schema = {
    "type": ["string", "null"],
    "format": "date-time",
    "pattern": YEARS,
    "examples": ["2026-03-02T10:00:00-08:00"],
}
NAME: Schema = {"type": "string", "pattern": f"^{TICKET.pattern}$", "examples": ["VS-1001"]}


def event_shapes(policy: Policy) -> Mapping[str, Schema]:
    """`Event` (of a ticket that the address names), `EventOfTicket`, `FirstEvent`."""
    happened = _event(policy)
    properties = happened["properties"]
    named = {
        **happened,
        "properties": {
            "ticket": {**NAME, "type": ["string", "null"], "description": "a new one without"},
            **properties,
        },
    }
    first: Schema = {**named, "required": []}
    if len(beginnings(policy)) != 1:
        first["required"] = ["type"]
    begins = {**properties["type"], "enum": beginnings(policy)}
    first["properties"] = {**named["properties"], "type": begins}
    return {"Event": happened, "EventOfTicket": named, "FirstEvent": first}


def _event(policy: Policy) -> Schema:
    carried = {}
    for name, text in carried_keys(policy).items():
        says = {"description": CARRIED[name]} if name in CARRIED else {}
        carried[name] = {**(MAYBE if text else {}), **says}
    facts = {name: _fact(variable) for name, variable in policy.facts.items()}
    return {
        "type": "object",
        "required": ["type"],
        "additionalProperties": False,
        "properties": {
            "type": {"type": "string", "enum": list(policy.event_types)},
            "at": {**AT, "description": "when it happened, with its offset from UTC; now without it"},
            "by": {"enum": [*ACTORS, None], "description": "the role; else the first the token may use"},
            "on_behalf_of": {**MAYBE, "description": "whom the caller acts for, such as a customer's address"},
            "id": {**MAYBE, "description": "makes sending it twice harmless; `at` must be given with it"},
            "fields": {
                "type": ["object", "null"],
                "additionalProperties": False,
                "properties": facts,
                "description": "facts of the ticket that it sets",
            },
            **carried,
        },
    }


def _fact(variable: Variable) -> Schema:
    match variable.type:
        case "boolean":
            return {"type": ["boolean", "null"]}
        case "numeric":
            return {"type": ["number", "null"], "minimum": -(2**53), "maximum": 2**53}
        case "string":
            if variable.options:
                return {"enum": [*variable.options, None]}
            return {**TEXT, "type": ["string", "null"]}
        case _:
            items: Schema = {"enum": list(variable.options)} if variable.options else TEXT
            return {"type": ["array", "null"], "items": items}
