"""What stands for a ticket at an instant, part by part, so that two versions of the policy can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from support_policy.policy.compiled import Policy
from support_policy.render.sentences import length
from support_policy.ticket.evaluate import Local, escalation_rows, in_order, shown_due, timer_rows
from support_policy.ticket.state import Clock, TicketState

Kind = Literal["priority", "office", "advice", "target", "calendar", "due", "status", "level", "recipients", "timer"]
"""What a part of a ticket is about."""
Part = tuple[Kind, str]
"""A kind, and of what: `("due", "first_response")`, `("level", "automatic/2")`."""


@dataclass(frozen=True, slots=True)
class Change:
    """A part of a ticket that is another under another version; None where there is nothing.

    `missed`: a target that was open is missed with it.
    """

    ticket: str
    kind: Kind
    what: str
    old: str | None
    new: str | None
    missed: bool = False

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON data."""
        named = {"ticket": self.ticket, "kind": self.kind, "what": self.what, "old": self.old, "new": self.new}
        return {**named, "missed": True} if self.missed else named


def changes(before: tuple[Policy, TicketState], after: tuple[Policy, TicketState], at: datetime) -> Iterator[Change]:
    """What differs between a ticket under one policy and the same under another, both as of `at`."""
    # One zone for both: an office that moves is no reason to show every instant as another.
    local = Local(*after)
    old, new = standing(*before, at, local), standing(*after, at, local)
    for part in dict.fromkeys((*old, *new)):
        was, becomes = old.get(part), new.get(part)
        if was != becomes:
            missed = part[0] == "status" and becomes == "breached" and was in ("running", "paused")
            yield Change(after[1].ticket, *part, was, becomes, missed)


def standing(policy: Policy, state: TicketState, at: datetime, local: Local) -> Mapping[Part, str | None]:
    """Every part of a ticket as it stands; instants as texts, in the zone that `local` has."""
    parts: dict[Part, str | None] = {
        ("priority", "priority"): state.priority or None,
        ("office", "office"): state.office or None,
        ("advice", "advice"): ", ".join(state.advice) or None,
    }
    for clock in in_order(policy, state.clocks.values()):
        parts |= _clock(policy, clock, local)
    for row in escalation_rows(policy, state, at, local):
        name = f"{row['chain']}/{row['level']}" + (f" of {row['team']}" if "team" in row else "")
        when = row["fired_at"] if row["status"] == "fired" else row["due_at"]
        parts["level", name] = " ".join(filter(None, (row["status"], when)))
        if row["status"] == "planned":
            told = (f"{one['role']} {one['to'] or '(nobody)'}" for one in row["notify"])
            parts["recipients", name] = ", ".join(told) or None
    for row in timer_rows(policy, state, local):
        if row["status"] == "planned":
            parts["timer", row["timer"]] = row["due_at"]
    return parts


def _clock(policy: Policy, clock: Clock, local: Local) -> dict[Part, str | None]:
    target = None if clock.target is None else length(clock.target, business=clock.business)
    return {
        ("target", clock.key): target,
        ("calendar", clock.key): clock.calendar if clock.business else "always",
        ("due", clock.key): local(shown_due(policy, clock)),
        ("status", clock.key): clock.status,
    }
