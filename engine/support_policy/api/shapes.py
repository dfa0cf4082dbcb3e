"""The shapes of what is answered, as JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from support_policy.service.watch.refused import KINDS
from support_policy.service.watch.rows import LetterStatus, MailStatus

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
MAYBE: Schema = {"type": ["string", "null"]}
AT: Schema = {"type": "string", "format": "date-time"}
MAYBE_AT: Schema = {"type": ["string", "null"], "format": "date-time"}
WHOLE: Schema = {"type": "integer"}
MAYBE_WHOLE: Schema = {"type": ["integer", "null"]}
YES: Schema = {"type": "boolean"}
ANY: Schema = {"type": "object"}
OUTCOMES = ("accepted", "refused", "late", "known")
TARGETS = ("running", "paused", "met", "breached", "missed_then_met", "withdrawn", "stopped")


def ref(name: str) -> Schema:
    """A shape by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def many(shape: Schema) -> Schema:
    """A list of one shape."""
    return {"type": "array", "items": shape}


def thing(*, more: bool = False, optional: Mapping[str, Schema] | None = None, **parts: Schema) -> Schema:
    """An object that has these parts, perhaps the `optional` ones, and others where there may be `more`."""
    every = {name.removesuffix("_"): shape for name, shape in parts.items()}
    made: Schema = {"type": "object", "required": list(every), "properties": {**every, **(optional or {})}}
    return made if more else {**made, "additionalProperties": False}


REASON = thing(rule=TEXT, file=TEXT, line=WHOLE, column=WHOLE, clause=MAYBE, says=TEXT)
SHAPES: dict[str, Schema] = {
    "Diagnostic": thing(
        code=TEXT,
        message=TEXT,
        help=TEXT,
        path=many({"type": ["string", "integer"]}),
    ),
    "Problem": thing(
        type=TEXT,
        title=TEXT,
        status=WHOLE,
        code={"type": "string", "enum": list(KINDS)},
        optional={"detail": TEXT, "instance": TEXT, "diagnostics": many(ref("Diagnostic"))},
    ),
    "Reason": REASON,
    "Missed": thing(more=True, rule=TEXT, says=TEXT, missed=many(ANY)),
    "Record": thing(
        more=True,
        type=TEXT,
        at=AT,
        optional={"number": WHOLE, "recorded_at": AT, "by": TEXT, "actor": TEXT, "fields": ANY, "engine": YES},
    ),
    "Command": thing(
        more=True,
        command=TEXT,
        key=TEXT,
        at=AT,
        notify=many(thing(role=TEXT, to=MAYBE)),
    ),
    "Outcome": thing(
        ticket=TEXT,
        outcome={"type": "string", "enum": list(OUTCOMES)},
        why=MAYBE,
        decision=MAYBE,
        state=MAYBE,
        priority=MAYBE,
        optional={"events": many(ref("Record")), "commands": many(ref("Command")), "because": many(ref("Reason"))},
    ),
    "NotTaken": thing(ticket=MAYBE, problem=ref("Problem")),
    "Outcomes": thing(results=many({"anyOf": [ref("Outcome"), ref("NotTaken")]}), taken=WHOLE),
    "Head": thing(
        ticket=TEXT,
        state=TEXT,
        open=YES,
        priority=MAYBE,
        stated_priority=MAYBE,
        assessed_priority=MAYBE,
        organization=MAYBE,
        office=MAYBE,
        team=MAYBE,
        subject=MAYBE,
        requester=MAYBE,
        escalation_level=WHOLE,
        open_requests=WHOLE,
        breaches=WHOLE,
        begun_at=AT,
        updated_at=AT,
        due_at=MAYBE_AT,
        events=WHOLE,
        digest=TEXT,
    ),
    "Target": thing(
        more=True,
        metric=TEXT,
        calendar=TEXT,
        target_seconds=MAYBE_WHOLE,
        started_at=MAYBE_AT,
        due_at=MAYBE_AT,
        stopped_at=MAYBE_AT,
        worked_seconds={"type": "number"},
        status={"type": "string", "enum": list(TARGETS)},
    ),
    "Escalation": thing(
        more=True,
        chain=TEXT,
        level=WHOLE,
        due_at=MAYBE_AT,
        fired_at=MAYBE_AT,
        cause=MAYBE,
        status={"type": "string", "enum": ["planned", "fired", "withdrawn"]},
        notify=many(thing(role=TEXT, to=MAYBE)),
    ),
    "Ticket": thing(
        ticket=TEXT,
        policy=thing(name=TEXT, version=TEXT, digest=TEXT),
        at=AT,
        state=TEXT,
        priority=MAYBE,
        stated_priority=MAYBE,
        assessed_priority=MAYBE,
        clarification_advised=YES,
        escalation_level=WHOLE,
        targets=many(ref("Target")),
        escalations=many(ref("Escalation")),
        timers=many(ANY),
        events=many(ref("Record")),
        events_left_out=WHOLE,
        commands=many(ref("Command")),
        because=many(ref("Reason")),
        why_not=many(ref("Missed")),
        versions=ANY,
    ),
    "Decision": thing(
        decision=TEXT,
        ticket=TEXT,
        at=AT,
        trigger=TEXT,
        first=WHOLE,
        records=WHOLE,
        digest=TEXT,
        versions=ANY,
        because=many(ref("Reason")),
        why_not=many(ref("Missed")),
        commands=many(ref("Command")),
    ),
    "Explanation": thing(more=True, ticket=TEXT, state=TEXT, priority=ANY),
    "Drawing": thing(more=True, ticket=TEXT, says=TEXT, zone=TEXT),
    "Pending": thing(ticket=TEXT, due_at=AT, kind=TEXT, name=TEXT, level=MAYBE_WHOLE),
    "Agenda": thing(items=many(ref("Pending")), until=AT, complete=YES),
    "Letter": thing(
        id=WHOLE,
        key=TEXT,
        ticket=MAYBE,
        decision=MAYBE,
        command=TEXT,
        role=TEXT,
        recipient=MAYBE,
        subject=TEXT,
        body=TEXT,
        status={"type": "string", "enum": list(get_args(LetterStatus))},
        attempts=WHOLE,
        error=MAYBE,
        problem=MAYBE,
        created_at=AT,
        next_at=MAYBE_AT,
        sent_at=MAYBE_AT,
        listed_in=MAYBE_WHOLE,
    ),
    "Mail": thing(
        id=WHOLE,
        received_at=AT,
        sender=TEXT,
        recipients=many(TEXT),
        message_id=TEXT,
        subject=TEXT,
        status={"type": "string", "enum": list(get_args(MailStatus))},
        ticket=MAYBE,
        problem=MAYBE,
        size=WHOLE,
    ),
    "Audit": thing(id=WHOLE, at=AT, what=TEXT, actor=MAYBE, subject=MAYBE, detail=ANY),
    "Policy": thing(
        name=TEXT,
        version=TEXT,
        digest=TEXT,
        versions=ANY,
        adopted=many(
            thing(
                number=WHOLE,
                name=TEXT,
                version=TEXT,
                digest=TEXT,
                in_force_from=MAYBE_AT,
                adopted_at=AT,
                adopted_by=TEXT,
                open_tickets={"type": "string", "enum": ["keep", "retarget"]},
            )
        ),
    ),
    "PolicyFiles": thing(
        number=WHOLE,
        digest=TEXT,
        files=many(thing(name=TEXT, optional={"text": TEXT, "base64": TEXT})),
    ),
    "Files": thing(files={"type": "object", "additionalProperties": TEXT}),
    "FilesOrNone": thing(optional={"files": {"type": "object", "additionalProperties": TEXT}}),
    "Ready": thing(ready=YES, checks=many(thing(name=TEXT, ok=YES, says=TEXT))),
}
"""Every shape by its name; those of events follow from the policy."""
