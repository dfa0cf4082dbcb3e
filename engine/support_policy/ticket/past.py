"""What a ticket's log has recorded already: firings, breaches and runs of chains, which are never computed again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from support_policy.model.event import Event, micros
from support_policy.ticket.state import key_of

Key = tuple[str, int, int]
"""A firing: (chain, level, cycle)."""


@dataclass(frozen=True, slots=True)
class Past:
    """The engine's records of a log; empty while a ticket is told for the first time.

    `fired` by (chain, level, cycle), `breached` by (key of the clock, due_at as recorded), `timed` by (timer, due_at),
    `runs` of chains as (chain, counted since, cycle, team), and the firings a correction has `voided`.
    """

    fired: Mapping[Key, Event] = field(default_factory=dict)
    breached: Mapping[tuple[str, str], Event] = field(default_factory=dict)
    timed: Mapping[tuple[str, str], Event] = field(default_factory=dict)
    runs: frozenset[tuple[str, int, int, str]] = frozenset()
    voided: frozenset[Key] = frozenset()


def past_of(log: Iterable[Event]) -> Past:
    """Everything that a log records, retellings included."""
    records = list(_records(log))
    fired = {_key(e): e for e in records if e.type == "level_fired"}
    breached = {
        (key_of(e.data["metric"], e.data.get("team", "")), e.data["due_at"]): e
        for e in records
        if e.type == "target_breached"
    }
    timed = {(e.data["timer"], e.data["due_at"]): e for e in records if e.type == "timer_fired"}
    return Past(fired, breached, timed, runs_of(log), frozenset(_key(e) for e in records if e.type == "level_voided"))


def runs_of(log: Iterable[Event]) -> frozenset[tuple[str, int, int, str]]:
    """The runs of chains in a log, as (chain, counted since, cycle, team)."""
    return frozenset(
        (e.data["chain"], micros(datetime.fromisoformat(e.data["since"])), e.data["cycle"], e.data.get("team", ""))
        for e in _records(log)
        if e.type == "chain_started"
    )


def next_cycle(past: Past, log: Iterable[Event], chain: str, since: int, team: str = "") -> int:
    """The number of a chain's next run, which begins at `since` (microseconds since 1970).

    While the ticket is told anew a run keeps the number it had, because stable keys hang on it; a run that now begins
    earlier takes over the number of the one it forestalls, but never that of another team's. No other number is ever
    used again.
    """
    used = {cycle for name, _, cycle, _ in runs_of(log) if name == chain}
    before = sorted((begun, cycle, whose) for name, begun, cycle, whose in past.runs if name == chain)
    for begun, cycle, whose in before:
        if whose == team and begun >= since and cycle not in used:
            return cycle
    return max(used | {cycle for _, cycle, _ in before}, default=0) + 1


def _records(log: Iterable[Event]) -> Iterable[Event]:
    for event in log:
        if event.engine and event.type == "refolded":
            yield from (e for e in event.data["events"] if e.engine and not e.outcome)
        elif event.engine and not event.outcome:
            yield event


def _key(event: Event) -> Key:
    return event.data["chain"], event.data["level"], event.data["cycle"]
