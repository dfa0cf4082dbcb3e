"""What each record does to a ticket's escalation chains and requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from support_policy.model.event import Event, micros
from support_policy.ticket.altered import altered
from support_policy.ticket.state import ChainState, Change, LevelState, TicketState, key_of


def _run(state: TicketState, event: Event) -> ChainState | None:
    """The run of a chain that a record is about, if it is known."""
    return state.chains.get(key_of(event.data["chain"], event.data.get("team", "")))


def _chain(state: TicketState, run: ChainState, **change: Any) -> Change:
    return {"chains": {**state.chains, run.key: altered(run, change)}}


def _chain_started(state: TicketState, event: Event) -> Change:
    data, old = event.data, _run(state, event)
    same = old is not None and old.cycle == data["cycle"]
    run = ChainState(
        data["chain"],
        data["cycle"],
        micros(datetime.fromisoformat(data["since"])),
        old.levels if old and same else {},
        data.get("team", ""),
        data.get("round") or (old.round if old and same else 1),
        old.reached if old else 0,
        old.acknowledged if old and same else None,
        over=old.over if old and same else False,
        of_run=data.get("run", 1),
    )
    return {"chains": {**state.chains, run.key: run}}


def _chain_moved(state: TicketState, event: Event) -> Change:
    run = _run(state, event)
    return _chain(state, run, since=micros(datetime.fromisoformat(event.data["since"]))) if run else {}


def _acknowledged(state: TicketState, event: Event) -> Change:
    run = _run(state, event)
    return _chain(state, run, acknowledged=micros(event.at)) if run else {}


def _chain_ended(state: TicketState, event: Event) -> Change:
    run = _run(state, event)
    return _chain(state, run, over=True, acknowledged=None) if run else {}


def _acknowledgement_over(state: TicketState, event: Event) -> Change:
    run = _run(state, event)
    return _chain(state, run, acknowledged=None) if run else {}


def _level(state: TicketState, event: Event, level: LevelState) -> Change:
    run, number = _run(state, event), event.data["level"]
    if run is None:
        return {}
    levels: Mapping[int, LevelState] = {**run.levels, number: level}
    reached = max(run.reached, number) if level.status == "fired" else run.reached
    return _chain(state, run, levels=dict(sorted(levels.items())), reached=reached)


def _level_planned(state: TicketState, event: Event) -> Change:
    return _level(state, event, LevelState("planned"))


def _fired(event: Event, at: datetime, *, voided: bool = False) -> LevelState:
    data = event.data
    told = tuple((told["role"], told["to"] or "") for told in data["notify"])
    due = micros(datetime.fromisoformat(data["due_at"]))
    return LevelState("fired", due, micros(at), data["cause"], told, voided)


def _level_fired(state: TicketState, event: Event) -> Change:
    run = _run(state, event)
    if run is not None and run.cycle != event.data["cycle"]:
        return _chain(state, run, reached=max(run.reached, event.data["level"]))
    return _level(state, event, _fired(event, event.at))


def _level_withdrawn(state: TicketState, event: Event) -> Change:
    return _level(state, event, LevelState("withdrawn"))


def _level_voided(state: TicketState, event: Event) -> Change:
    """The firing stays; in a chain that the ticket, told anew, never had, it is all there is."""
    data = event.data
    level = _fired(event, datetime.fromisoformat(data["fired_at"]), voided=True)
    run = _run(state, event)
    if run is None:
        run = ChainState(data["chain"], data["cycle"], level.due or 0, {}, data.get("team", ""))
        state = replace(state, chains={**state.chains, run.key: run})
    return _level(state, event, level) if run.cycle == data["cycle"] else {}


def _requested(state: TicketState, event: Event) -> Change:
    return {"requests": {**state.requests, event.data["chain"]: "open"}}


def _answered(state: TicketState, event: Event) -> Change:
    answer, chain = event.data["answer"], event.data["chain"]
    return {"requests": {**state.requests, chain: answer}, "accepted": state.accepted or answer == "accepted"}


CHAINS: Mapping[str, Callable[[TicketState, Event], Change]] = {
    "chain_started": _chain_started,
    "chain_moved": _chain_moved,
    "chain_acknowledged": _acknowledged,
    "acknowledgement_over": _acknowledgement_over,
    "chain_ended": _chain_ended,
    "level_planned": _level_planned,
    "level_fired": _level_fired,
    "level_withdrawn": _level_withdrawn,
    "level_voided": _level_voided,
    "request_opened": _requested,
    "request_answered": _answered,
}
"""The records about chains, levels and requests."""
