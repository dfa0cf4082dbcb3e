"""Tickets to explain and to draw: histories in a few words, decided under the shipped policy or an edited one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from support_policy.adapters.files import read_files
from support_policy.bootstrap import compile_files
from support_policy.policy.compiled import Policy
from support_policy.ticket.evaluate import Run, as_of, run
from support_policy.ticket.history import read_history

ROOT = Path(__file__).resolve().parents[2]
DOWN = {"environment": "production", "site_status": "down", "kind": "problem"}
DEGRADED = {"environment": "production", "site_status": "degraded", "kind": "problem"}
QUESTION = {"kind": "question"}
PAUSES = (
    ("waiting_for_customer_pauses: no", "waiting_for_customer_pauses: yes"),
    ("    reopen: ignore ", "    pause: {while: waiting, if: waiting_for_customer_pauses} #"),
)
"""Waiting for the customer pauses both clocks."""
WALL_CLOCK = (("first_response: 4bh", "first_response: 30h"),)
"""A P2 is to be answered within 30 hours on the wall clock."""


@cache
def policy(changes: tuple[tuple[str, str], ...] = ()) -> Policy:
    """The shipped policy, with pieces of policy.yaml replaced; each stands there once."""
    files: dict[str, bytes] = dict(read_files(ROOT))
    text = files["policy.yaml"].decode()
    for old, new in changes:
        assert text.count(old) == 1, f"`{old}` stands {text.count(old)} times in policy.yaml"
        text = text.replace(old, new)
    return compile_files({**files, "policy.yaml": text.encode()})


def submitted(at: str, organization: str, priority: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The event that begins a ticket."""
    fields = {"organization": organization, "stated_priority": priority, **facts}
    return {"at": at, "type": "submitted", "by": "customer", "fields": fields}


def event(at: str, type: str, by: str = "engineer", **more: Any) -> dict[str, Any]:
    """Any other event."""
    return {"at": at, "type": type, "by": by, **more}


def decided(at: str, *events: dict[str, Any], ticket: str = "VS-1", under: Policy | None = None) -> Run:
    """The events decided as of an instant."""
    known = under or policy()
    return run(known, read_history(known, {"ticket": ticket, "events": list(events)}), as_of(at))


def emergency() -> Run:
    """A P1 in London on Christmas Eve, answered, not solved: both levels fire after the holidays."""
    return decided(
        "2026-12-29T12:00:00Z",
        submitted("2026-12-24T12:15:00Z", "globex", "P1", DOWN),
        event("2026-12-24T12:40:00Z", "responded"),
    )


def answered_late() -> Run:
    """A P3 answered an hour and ten minutes after its target."""
    return decided(
        "2026-03-06T12:00:00-08:00",
        submitted("2026-03-02T15:00:00-08:00", "acme", "P3", QUESTION),
        event("2026-03-03T16:10:00-08:00", "responded"),
    )


def requested() -> Run:
    """A P3 whose customer asks twice for escalation; accepted, then declined by mistake."""
    return decided(
        "2026-03-06T12:00:00-08:00",
        submitted("2026-03-02T10:00:00-08:00", "acme", "P3", QUESTION),
        event("2026-03-02T11:00:00-08:00", "responded"),
        event("2026-03-03T13:00:00-08:00", "escalation_requested", "customer", via="email", reason="No progress"),
        event("2026-03-03T13:20:00-08:00", "escalation_requested", "customer", via="engineer"),
        event("2026-03-03T15:00:00-08:00", "escalation_accepted", "manager", reason="Agreed"),
        event("2026-03-03T15:05:00-08:00", "escalation_declined", "manager", reason="Oops"),
        event("2026-03-04T12:00:00-08:00", "resolved"),
    )


def reopened() -> Run:
    """A P1 resolved between its levels, reopened two days later."""
    return decided(
        "2026-03-05T12:00:00-08:00",
        submitted("2026-03-02T10:00:00-08:00", "acme", "P1", DOWN),
        event("2026-03-02T12:30:00-08:00", "resolved"),
        event("2026-03-04T09:15:00-08:00", "reopened", "customer"),
        event("2026-03-04T16:00:00-08:00", "resolved"),
    )


def waiting(at: str = "2026-03-06T12:00:00-08:00") -> Run:
    """A P3 that waits for its customer, where waiting pauses."""
    return decided(
        at,
        submitted("2026-03-02T15:00:00-08:00", "acme", "P3", QUESTION),
        event("2026-03-03T10:00:00-08:00", "waiting_on_customer"),
        under=policy(PAUSES),
    )


def missed_then_waiting() -> Run:
    """A P3 that waits for its customer only after its target was missed."""
    return decided(
        "2026-03-06T12:00:00-08:00",
        submitted("2026-03-02T09:00:00-08:00", "acme", "P3", QUESTION),
        event("2026-03-03T10:00:00-08:00", "waiting_on_customer"),
        under=policy(PAUSES),
    )


def clocks_forward() -> Run:
    """A P2 over the night in which Los Angeles moves its clocks forward, on a target by the wall clock."""
    return decided(
        "2026-03-10T12:00:00-07:00",
        submitted("2026-03-07T18:00:00-08:00", "acme", "P2", DEGRADED),
        under=policy(WALL_CLOCK),
    )


def new_year() -> Run:
    """A P4 in Shanghai just before the Chinese New Year."""
    return decided(
        "2026-02-26T12:00:00+08:00",
        submitted("2026-02-12T15:00:00+08:00", "initech", "P4", {"kind": "enhancement"}),
    )


def months() -> Run:
    """A P4 that takes three months."""
    return decided(
        "2026-05-20T12:00:00-07:00",
        submitted("2026-02-17T10:00:00-08:00", "acme", "P4", {"kind": "enhancement"}),
        event("2026-02-18T16:00:00-08:00", "responded"),
        event("2026-05-11T16:00:00-07:00", "resolved"),
    )


def upgraded() -> Run:
    """A P3 that becomes a P1 when its new target is already past."""
    return decided(
        "2026-03-03T16:30:00-08:00",
        submitted("2026-03-02T10:00:00-08:00", "acme", "P3", DEGRADED),
        event(
            "2026-03-02T15:30:00-08:00",
            "priority_changed",
            to="P1",
            reason="It is down",
            fields={"site_status": "down"},
        ),
        event("2026-03-03T11:40:00-08:00", "responded"),
    )


def learned_late() -> Run:
    """A P1 whose solution is learned only after the manager was told."""
    return decided(
        "2026-03-02T16:00:00-08:00",
        submitted("2026-03-02T10:00:00-08:00", "acme", "P1", DOWN),
        event("2026-03-02T11:50:00-08:00", "resolved", recorded_at="2026-03-02T12:30:00-08:00"),
    )


def hostile() -> Run:
    """A ticket whose names try to break out of every format."""
    return decided(
        "2026-03-02T16:00:00-08:00",
        submitted("2026-03-02T10:00:00-08:00", "<b>&\"'\u202e\x07\n\x1b[31m\u4f1a\u793e", "P2", DEGRADED),
        ticket="<script>alert(1)</script>]]>\x00\x1b[2J",
    )


EVERY = (
    emergency, answered_late, requested, reopened, waiting, missed_then_waiting, clocks_forward, new_year, months,
    upgraded, learned_late, hostile,
)  # fmt: skip
"""All of them."""


def utc(at: datetime) -> float:
    """An instant as a number, to compare across zones and changes of the clocks."""
    return at.timestamp()
