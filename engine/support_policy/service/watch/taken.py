"""What became of an event, and decisions as they are kept, as plain JSON data in the words of `evaluate`."""

from __future__ import annotations

from typing import Any

from support_policy.model.event import instant
from support_policy.policy.compiled import Policy
from support_policy.service.watch.desk import Taken
from support_policy.service.watch.kept import command_of, reason_of
from support_policy.service.watch.rows import DecisionRow, Head
from support_policy.ticket.evaluate import Local, why_not_row
from support_policy.ticket.state import TicketState


def local_of(policy: Policy, head: Head) -> Local:
    """Instants in the zone of the office that serves a ticket."""
    return Local(policy.governing(head.digest, head.begun), TicketState(ticket=head.ticket, office=head.office))


def told(policy: Policy, taken: Taken, head: Head | None, *, whole: bool) -> dict[str, Any]:
    """What became of an event; `head` is its ticket after it. `whole`: with what was recorded, asked for, and why."""
    made = taken.made
    answer: dict[str, Any] = {
        "ticket": taken.ticket,
        "outcome": taken.outcome,
        "why": taken.why or None,
        "decision": taken.decision or None,
        "state": head.state if head else None,
        "priority": (head.priority or None) if head else None,
    }
    if whole:
        answer |= {"events": [], "commands": [], "because": []}
    if whole and made is not None:
        local = local_of(policy, made.head)
        answer["events"] = [local.record(event.as_json()) for event in made.records]
        answer["commands"] = [local.record(command_of(row).as_json()) for row in made.decision.commands]
        answer["because"] = [row for data in made.decision.because for row in reason_of(data).as_json()]
    return answer


def decision_told(row: DecisionRow, local: Local) -> dict[str, Any]:
    """A decision as it was kept: why, why not, and by which version of the policy."""
    return {
        "decision": row.id,
        "ticket": row.ticket,
        "at": local(row.at),
        "trigger": row.trigger,
        "first": row.first,
        "records": row.records,
        "digest": row.digest,
        "versions": dict(row.versions),
        "because": [told for data in row.because for told in reason_of(data).as_json()],
        "why_not": [why_not_row(reason_of(data)) for data in row.why_not],
        "commands": [local.record(command_of(data).as_json()) for data in row.commands],
    }


def utc(us: int | None) -> str | None:
    """Microseconds since 1970 as ISO 8601 in UTC, for what has no office."""
    return None if us is None else instant(us).isoformat()
