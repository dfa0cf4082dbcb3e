"""A worker written by hand: it decides what it is given, folds the records and keeps the commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from support_policy.model.event import Command, Decision, Due, Event, instant, micros
from support_policy.policy.compiled import Policy
from support_policy.ticket.agenda import agenda
from support_policy.ticket.decide import decide
from support_policy.ticket.evolve import evolve
from support_policy.ticket.state import TicketState, new_ticket
from tests.ticket.histories import Ticket, policy


@dataclass
class Worker:
    """Drives one ticket through `decide` and `evolve` alone."""

    under: Policy = field(default_factory=policy)
    state: TicketState = field(default_factory=lambda: new_ticket("VS-1"))
    commands: list[Command] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def give(self, event: Event | Due, now: datetime) -> Decision:
        """Decide and fold; the state given to `decide` is checked to be what it was."""
        before = self.state
        held = (before.log, dict(before.clocks), dict(before.chains), dict(before.facts), dict(before.ids))
        made = decide(self.under, before, event, now)
        assert held == (before.log, before.clocks, before.chains, before.facts, before.ids)
        for record in made.events:
            self.state = evolve(self.state, record)
        self.events += made.events
        self.commands += made.commands
        return made

    def pass_time(self, until: datetime) -> None:
        """Wake at every instant of the agenda up to `until`, at that instant."""
        while True:
            due = [timer.due for timer in agenda(self.under, self.state) if timer.due <= micros(until)]
            if not due:
                return
            at = instant(due[0])
            reached = [e.recorded_at for e in self.state.log[-1:] if e.recorded_at]
            self.give(Due(at), max([at, *reached]))

    @property
    def fired(self) -> list[tuple[str, int, int]]:
        """(chain, level, cycle) of every firing given, in order."""
        return [
            (e.data["chain"], e.data["level"], e.data["cycle"])
            for e in self.events
            if e.engine and e.type == "level_fired"
        ]


def facts_of(ticket: Ticket) -> list[Event]:
    """The events of a history as `decide` takes them."""
    return [fact(event) for event in ticket.events]


def fact(data: dict[str, Any]) -> Event:
    """One event from its JSON form."""
    known = {key: data[key] for key in ("by", "actor", "on_behalf_of", "id") if key in data}
    carried: dict[str, Any] = {key: data[key] for key in ("to", "reason", "via", "team", "into") if key in data}
    recorded = datetime.fromisoformat(data["recorded_at"]) if "recorded_at" in data else None
    at = datetime.fromisoformat(data["at"])
    return Event(data["type"], at, recorded, fields=data.get("fields", {}), data=carried, **known)
