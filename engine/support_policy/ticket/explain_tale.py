"""A ticket's log as it is told now: a late fact has the whole of it told anew, and only the last telling counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from support_policy.model.event import Event, micros
from support_policy.policy.compiled import Policy
from support_policy.policy.names import LIFECYCLE
from support_policy.ticket.explain_sum import Gaps


def told(log: Sequence[Event]) -> tuple[Event, ...]:
    """The events and records of the last telling, in order; facts carry what became of them.

    A firing that is still void is voided once, when that was first learned, however often it was told since.
    """
    tale: list[Event] = []
    voided: dict[tuple[str, int, int], Event] = {}
    for event in log:
        if event.engine and event.type == "refolded":
            tale = list(event.data["events"])
        elif event.outcome != "late":
            tale.append(event)
        for record in _voids(event.data["events"] if event.engine and event.type == "refolded" else [event]):
            voided.setdefault(_firing(record), record)
    still = {_firing(record) for record in _voids(tale)}
    kept = [record for record in tale if not (record.engine and record.type == "level_voided")]
    return (*kept, *(record for key, record in voided.items() if key in still))


def _voids(events: Iterable[Event]) -> Iterator[Event]:
    return (event for event in events if event.engine and event.type == "level_voided")


def _firing(record: Event) -> tuple[str, int, int]:
    return record.data["chain"], record.data["level"], record.data["cycle"]


class Tale:
    """Asks a telling what it says. Instants are microseconds since 1970."""

    def __init__(self, policy: Policy, log: Sequence[Event]) -> None:
        self.policy = policy
        self.events = told(log)

    def records(self, *types: str, **data: Any) -> list[Event]:
        """The engine's records of these types whose data holds these values."""
        return [
            event
            for event in self.events
            if event.engine and event.type in types and all(event.data.get(k) == v for k, v in data.items())
        ]

    def last(self, *types: str, **data: Any) -> Event | None:
        """The last such record."""
        found = self.records(*types, **data)
        return found[-1] if found else None

    def facts(self) -> Iterator[Event]:
        """What happened, as opposed to what the engine made of it."""
        return (event for event in self.events if not event.engine)

    def cause(self, record: Event | None) -> Event | None:
        """The accepted fact that a record stands behind, if one happened at its instant."""
        found = None
        for event in self.events:
            if event is record:
                return found if found is not None and found.at == event.at else None
            if event.outcome in ("accepted", "late"):
                found = event
        return None

    def office_at(self, us: int) -> str:
        """The office that served the ticket at an instant."""
        office = ""
        for record in self.records("office_set"):
            if not office or micros(record.at) <= us:
                office = record.data["office"]
        return office

    def gaps(self, metric: str, team: str = "") -> Gaps:
        """Where a clock stands still, and why: in which state the ticket is meanwhile, or which team has it."""
        gaps: dict[int, tuple[Literal["paused", "stopped"], str]] = {}
        key = {"metric": metric, "team": team} if team else {"metric": metric}
        for record in self.records("clock_paused", "clock_stopped", "target_met", "target_met_late", **key):
            paused = record.type == "clock_paused"
            why = self._elsewhere(team, record) if paused and team else ""
            gaps[micros(record.at)] = ("paused" if paused else "stopped", why or self._state(record))
        return gaps

    def _elsewhere(self, team: str, until: Event) -> str:
        """Which other team has the ticket after an instant's moves, in words; empty: none."""
        mine = ""
        for record in self.records("team_set"):
            if record.at <= until.at:
                mine = record.data["team"]
        return has_it(mine) if mine != team else ""

    def _state(self, until: Event) -> str:
        """The state of the ticket's life after an instant's moves, as people call it."""
        name = self.policy.life.initial
        for record in self.records("state_changed", workflow=LIFECYCLE):
            if record.at <= until.at:
                name = record.data["to"]
        return self.label(name)

    def label(self, state: str) -> str:
        """What people call a state of the ticket's life."""
        known = self.policy.life.states.get(state)
        return (known.label if known else "") or state


def has_it(team: str) -> str:
    """Why another team's clock stands still."""
    return f"{team or 'nobody'} has the ticket"


def instant_of(record: Event, key: str) -> datetime:
    """An instant that a record carries as text."""
    return datetime.fromisoformat(record.data[key])
