"""What each record does to a ticket's clocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from support_policy.model.event import Event, micros
from support_policy.ticket.altered import altered
from support_policy.ticket.state import Change, Clock, TicketState, key_of


def _key(event: Event) -> str:
    """The clock that a record is about."""
    return key_of(event.data["metric"], event.data.get("team", ""))


def _clock(state: TicketState, event: Event, **change: Any) -> Change:
    key = _key(event)
    return {"clocks": {**state.clocks, key: altered(state.clocks[key], change)}}


def _clock_started(state: TicketState, event: Event) -> Change:
    data = event.data
    at = micros(datetime.fromisoformat(data["started"])) if "started" in data else micros(event.at)
    clock = Clock(
        data["metric"],
        data["calendar"],
        at,
        ((at, None),),
        "running",
        since=at,
        team=data.get("team", ""),
        run=data.get("run", 1),
    )
    return {"clocks": {**state.clocks, clock.key: clock}}


def _clock_moved(state: TicketState, event: Event) -> Change:
    """The clock began earlier than was thought: another ticket that this one now stands for was first."""
    clock, to = state.clocks[_key(event)], micros(datetime.fromisoformat(event.data["started"]))
    running = ((to, clock.running[0][1]), *clock.running[1:])
    counted = to if clock.since == clock.started else clock.since
    return _clock(state, event, started=to, since=counted, running=running)


def _halt(clock: Clock, at: int) -> Change:
    if not clock.ticking:
        return {}
    return {"running": (*clock.running[:-1], (clock.running[-1][0], at))}


def _clock_paused(state: TicketState, event: Event) -> Change:
    clock = state.clocks[_key(event)]
    status = "paused" if clock.status == "running" else clock.status
    return _clock(state, event, status=status, **_halt(clock, micros(event.at)))


def _clock_resumed(state: TicketState, event: Event) -> Change:
    clock, at = state.clocks[_key(event)], micros(event.at)
    status = "running" if clock.status in ("paused", "stopped", "met", "withdrawn") else clock.status
    status = "breached" if status == "missed_then_met" else status
    change: Change = {"status": status, "running": (*clock.running, (at, None)), "stopped": None}
    if event.data.get("stay"):
        change["overstayed"] = micros(datetime.fromisoformat(event.data["stay"]))
    return _clock(state, event, **change)


def _clock_restarted(state: TicketState, event: Event) -> Change:
    at = micros(event.at)
    return _clock(state, event, status="running", running=((at, None),), since=at, stopped=None)


def _ended(status: str) -> Callable[[TicketState, Event], Change]:
    def change(state: TicketState, event: Event) -> Change:
        clock, at = state.clocks[_key(event)], micros(event.at)
        return _clock(state, event, status=status or clock.status, stopped=at, **_halt(clock, at))

    return change


def _clock_stopped(state: TicketState, event: Event) -> Change:
    keeps = state.clocks[_key(event)].status in ("breached", "missed_then_met", "met")
    return _ended("" if keeps else "stopped")(state, event)


def _target_set(state: TicketState, event: Event) -> Change:
    data = event.data
    return _clock(
        state,
        event,
        target=data["seconds"],
        business=data["business"],
        calendar=data["calendar"],
        local=data.get("local", True),
        since=micros(datetime.fromisoformat(data["since"])),
    )


def _judged(state: TicketState, event: Event) -> Change:
    return _clock(state, event, status=event.data["status"])


def _breached(state: TicketState, event: Event) -> Change:
    return _clock(state, event, status="breached")


CLOCKS: Mapping[str, Callable[[TicketState, Event], Change]] = {
    "clock_started": _clock_started,
    "clock_moved": _clock_moved,
    "clock_paused": _clock_paused,
    "clock_resumed": _clock_resumed,
    "clock_restarted": _clock_restarted,
    "clock_stopped": _clock_stopped,
    "target_set": _target_set,
    "target_judged": _judged,
    "target_met": _ended("met"),
    "target_met_late": _ended("missed_then_met"),
    "target_withdrawn": _ended("withdrawn"),
    "target_breached": _breached,
}
"""The records about clocks and targets."""
