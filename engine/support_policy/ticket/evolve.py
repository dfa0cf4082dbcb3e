"""`evolve`: what each record does to the state. Needs no policy: every record says all that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from support_policy.model.event import Event, micros
from support_policy.ticket.state import ChainState, Clock, LevelState, TicketState

Change = dict[str, Any]


def evolve(state: TicketState, event: Event) -> TicketState:
    """The state after `event`, a fact as a decision recorded it or one of the engine's own records. Pure.

    A log is folded once, in the order it was decided: an event given twice is folded twice. What keeps a crash between
    two writes harmless is to store a decision's events in one transaction; what makes sending a fact again harmless
    is its `id`, which `decide` looks at.
    """
    change: Change = {"log": (*state.log, event)}
    if event.id and not event.engine:
        change["ids"] = {**state.ids, event.id: event}
    if event.engine:
        handler = _RECORDS.get(event.type)
        change.update(handler(state, event) if handler else {})
    elif event.outcome != "late":
        change.update(_fact(state, event))
    return replace(state, **change)


def _fact(state: TicketState, event: Event) -> Change:
    # Nothing happened after it was recorded, whatever a refused fact may claim.
    at = micros(min(event.at, event.recorded_at or event.at))
    change: Change = {"last_fact": at if state.last_fact is None else max(at, state.last_fact)}
    if event.outcome != "refused" and event.fields:
        change["facts"] = {**state.facts, **event.fields}
        stated = change["facts"].get("stated_priority") or ""
        if stated != state.stated:
            change |= {"stated": stated, "decided": False, "settled": False}
    return change


def _moved(state: TicketState, event: Event) -> Change:
    return {"machines": {**state.machines, event.data["workflow"]: event.data["to"]}}


def _served(_state: TicketState, event: Event) -> Change:
    return {"office": event.data["office"], "known_organization": event.data["known"]}


def _assessed(state: TicketState, event: Event) -> Change:
    assessed = event.data["assessed"] or ""
    return {"assessed": assessed, "settled": state.settled and assessed == state.assessed}


def _priority(state: TicketState, event: Event) -> Change:
    changed = event.data["cause"] == "changed"
    return {"priority": event.data["to"], "decided": state.decided or changed, "settled": state.settled or changed}


def _advice(_state: TicketState, event: Event) -> Change:
    return {"advice": tuple(event.data["rules"])}


def _clock(state: TicketState, event: Event, **change: Any) -> Change:
    metric = event.data["metric"]
    return {"clocks": {**state.clocks, metric: replace(state.clocks[metric], **change)}}


def _clock_started(state: TicketState, event: Event) -> Change:
    at = micros(event.at)
    clock = Clock(event.data["metric"], event.data["calendar"], at, ((at, None),), "running", since=at)
    return {"clocks": {**state.clocks, clock.metric: clock}}


def _halt(clock: Clock, at: int) -> Change:
    if not clock.ticking:
        return {}
    return {"running": (*clock.running[:-1], (clock.running[-1][0], at))}


def _clock_paused(state: TicketState, event: Event) -> Change:
    clock = state.clocks[event.data["metric"]]
    status = "paused" if clock.status == "running" else clock.status
    return _clock(state, event, status=status, **_halt(clock, micros(event.at)))


def _clock_resumed(state: TicketState, event: Event) -> Change:
    clock, at = state.clocks[event.data["metric"]], micros(event.at)
    status = "running" if clock.status in ("paused", "stopped", "met", "withdrawn") else clock.status
    status = "breached" if status == "missed_then_met" else status
    return _clock(state, event, status=status, running=(*clock.running, (at, None)), stopped=None)


def _clock_restarted(state: TicketState, event: Event) -> Change:
    at = micros(event.at)
    return _clock(state, event, status="running", running=((at, None),), since=at, stopped=None)


def _ended(status: str) -> Callable[[TicketState, Event], Change]:
    def change(state: TicketState, event: Event) -> Change:
        clock, at = state.clocks[event.data["metric"]], micros(event.at)
        return _clock(state, event, status=status or clock.status, stopped=at, **_halt(clock, at))

    return change


def _clock_stopped(state: TicketState, event: Event) -> Change:
    keeps = state.clocks[event.data["metric"]].status in ("breached", "missed_then_met", "met")
    return _ended("" if keeps else "stopped")(state, event)


def _target_set(state: TicketState, event: Event) -> Change:
    data = event.data
    return _clock(
        state,
        event,
        target=data["seconds"],
        business=data["business"],
        calendar=data["calendar"],
        since=micros(datetime.fromisoformat(data["since"])),
    )


def _judged(state: TicketState, event: Event) -> Change:
    return _clock(state, event, status=event.data["status"])


def _breached(state: TicketState, event: Event) -> Change:
    return {**_clock(state, event, status="breached"), **_timer(state, event)}


def _timer(state: TicketState, event: Event) -> Change:
    if event.data["cause"] in ("changed", "requested"):
        # A fact had it happen: the clock has not passed that instant, and other facts may still come at it.
        return {}
    reached = max(micros(event.at), micros(datetime.fromisoformat(event.data["due_at"])))
    return {"last_timer": reached if state.last_timer is None else max(reached, state.last_timer)}


def _chain_started(state: TicketState, event: Event) -> Change:
    data = event.data
    old = state.chains.get(data["chain"])
    levels = old.levels if old and old.cycle == data["cycle"] else {}
    since = micros(datetime.fromisoformat(data["since"]))
    return {"chains": {**state.chains, data["chain"]: ChainState(data["chain"], data["cycle"], since, levels)}}


def _level(state: TicketState, event: Event, level: LevelState) -> Change:
    chain = state.chains[event.data["chain"]]
    levels: Mapping[int, LevelState] = {**chain.levels, event.data["level"]: level}
    return {"chains": {**state.chains, chain.chain: replace(chain, levels=dict(sorted(levels.items())))}}


def _level_planned(state: TicketState, event: Event) -> Change:
    return _level(state, event, LevelState("planned"))


def _fired(event: Event, at: datetime, *, voided: bool = False) -> LevelState:
    data = event.data
    told = tuple((told["role"], told["to"] or "") for told in data["notify"])
    due = micros(datetime.fromisoformat(data["due_at"]))
    return LevelState("fired", due, micros(at), data["cause"], told, voided)


def _level_fired(state: TicketState, event: Event) -> Change:
    change = _timer(state, event)
    if state.chains[event.data["chain"]].cycle == event.data["cycle"]:
        change |= _level(state, event, _fired(event, event.at))
    return change


def _level_withdrawn(state: TicketState, event: Event) -> Change:
    return _level(state, event, LevelState("withdrawn"))


def _level_voided(state: TicketState, event: Event) -> Change:
    """The firing stays; in a chain that the ticket, told anew, never had, it is all there is."""
    data = event.data
    level = _fired(event, datetime.fromisoformat(data["fired_at"]), voided=True)
    chain = state.chains.get(data["chain"])
    if chain is None:
        chain = ChainState(data["chain"], data["cycle"], level.due or 0, {})
        state = replace(state, chains={**state.chains, chain.chain: chain})
    return _level(state, event, level) if chain.cycle == data["cycle"] else {}


def _requested(_state: TicketState, event: Event) -> Change:
    return {"request": event.data["chain"], "answer": "open"}


def _answered(state: TicketState, event: Event) -> Change:
    answer = event.data["answer"]
    return {"answer": answer, "accepted": state.accepted or answer == "accepted"}


def _told_again(_state: TicketState, event: Event) -> Change:
    return {"reopened": event.data["reopened"]}


def _refolded(state: TicketState, event: Event) -> Change:
    """A late fact: the ticket is told anew from its facts in order; the log and the ids stay what they are."""
    fresh = TicketState(ticket=state.ticket)
    for past in event.data["events"]:
        fresh = evolve(fresh, past)
    kept = {"log": (*state.log, event), "ids": state.ids, "ticket": state.ticket}
    made = {name: getattr(fresh, name) for name in TicketState.__slots__ if name not in kept}
    if state.last_timer is not None:
        made["last_timer"] = max(state.last_timer, made["last_timer"] or state.last_timer)
    return {**made, **kept}


_RECORDS: Mapping[str, Callable[[TicketState, Event], Change]] = {
    "state_changed": _moved,
    "office_set": _served,
    "priority_assessed": _assessed,
    "priority_set": _priority,
    "advice_changed": _advice,
    "clock_started": _clock_started,
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
    "chain_started": _chain_started,
    "level_planned": _level_planned,
    "level_fired": _level_fired,
    "level_withdrawn": _level_withdrawn,
    "level_voided": _level_voided,
    "request_opened": _requested,
    "request_answered": _answered,
    "ticket_reopened": _told_again,
    "refolded": _refolded,
}
"""What the engine records, and what each record does. Records not listed here (`request_joined`) only say something."""
