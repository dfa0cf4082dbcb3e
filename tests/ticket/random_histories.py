"""Random histories of the shipped policy, for Hypothesis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.ticket.histories import LOS_ANGELES, PRIORITIES, local

START = local("03-02 09:00", LOS_ANGELES)
END = local("03-09 09:00", LOS_ANGELES)
TYPES = (
    "responded",
    "clarification_requested",
    "clarified",
    "updated",
    "priority_changed",
    "priority_changed",
    "escalation_requested",
    "escalation_requested",
    "escalation_accepted",
    "escalation_declined",
    "waiting_on_customer",
    "customer_replied",
    "workaround_given",
    "resolved",
    "resolved",
    "reopened",
    "reopened",
    "closed",
    "withdrawn",
)
GAPS = (0, 0, 1, 15, 30, 60, 60, 120, 180, 480, 1440)


@dataclass(frozen=True)
class Happened:
    """One event: minutes after `START`, what, and what it carries; `late` is how many minutes later it is learned."""

    minute: int
    data: tuple[tuple[str, Any], ...]
    late: int = 0

    @property
    def at(self) -> datetime:
        """When it happened."""
        return START + timedelta(minutes=self.minute)

    def json(self) -> dict[str, Any]:
        """The event as a history has it."""
        made = {"at": self.at.isoformat(), **dict(self.data)}
        if self.late:
            made["recorded_at"] = (self.at + timedelta(minutes=self.late)).isoformat()
        return made


def carried(type: str, by: str, to: str) -> tuple[tuple[str, Any], ...]:
    """What an event of a type carries."""
    data: dict[str, Any] = {"type": type, "by": by}
    if type == "priority_changed":
        data |= {"to": to, "reason": "agreed"}
    elif type == "escalation_declined":
        data |= {"reason": "soon"}
    elif type == "updated":
        data |= {"fields": {"subject": "again"}}
    return tuple(data.items())


@st.composite
def histories(draw: st.DrawFn, *, late: bool = False, submitted_first: bool = True) -> list[Happened]:
    """A ticket's events in the order they happened, at whole minutes, mostly at round distances."""
    minute = draw(st.sampled_from((0, 60, 421, 480)))
    first = draw(st.sampled_from(tuple(PRIORITIES)))
    fields = {"organization": "acme", **PRIORITIES[first]}
    made = [Happened(minute, (("type", "submitted"), ("fields", fields)))]
    for _ in range(draw(st.integers(0, 9))):
        minute += draw(st.sampled_from(GAPS))
        by = draw(st.sampled_from(("engineer", "engineer", "customer", "automatic")))
        data = carried(draw(st.sampled_from(TYPES)), by, draw(st.sampled_from(tuple(PRIORITIES))))
        delay = draw(st.sampled_from((0, 0, 1, 30, 90, 300, 1500))) if late else 0
        made.append(Happened(minute, data, delay))
    if not submitted_first:
        made = draw(st.permutations(made))
    return made


def history(events: list[Happened]) -> dict[str, Any]:
    """Events as `evaluate` reads them."""
    return {"ticket": "VS-1", "events": [event.json() for event in events]}
