"""`evolve`: what each record does to the state. Needs no policy: every record says all that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from support_policy.model.event import Event, micros
from support_policy.policy.names import LIFECYCLE
from support_policy.ticket.state import ChainState, Clock, LevelState, Stay, TicketState, key_of

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
        # What a timer had happen by itself has an outcome, as facts have; what follows from it is recorded after it.
        handler = None if event.outcome else _RECORDS.get(event.type)
        change.update(handler(state, event) if handler else {})
        if event.type in _TIMED:
            change.update(_timer(state, event))
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
    workflow, at = event.data["workflow"], micros(event.at)
    change: Change = {"machines": {**state.machines, workflow: event.data["to"]}}
    if workflow == LIFECYCLE and LIFECYCLE not in state.machines:
        change["begun"] = at
    return {**change, "stays": {**state.stays, workflow: Stay(at)}}


def _adopted(_state: TicketState, event: Event) -> Change:
    return {"digest": event.data["digest"]}


def _stay(state: TicketState, event: Event, change: Callable[[Stay], Stay]) -> Change:
    workflow = event.data["workflow"]
    return {"stays": {**state.stays, workflow: change(state.stay(workflow) or Stay(micros(event.at)))}}


def _timer_fired(state: TicketState, event: Event) -> Change:
    fired = {event.data["timer"]: event.data["count"]}
    return {
        **_stay(state, event, lambda stay: replace(stay, fired={**stay.fired, **fired})),
        "timed": state.timed + 1,
    }


def _timer_reset(state: TicketState, event: Event) -> Change:
    timer, at = event.data["timer"], micros(event.at)

    def change(stay: Stay) -> Stay:
        fired = {name: count for name, count in stay.fired.items() if name != timer}
        return replace(stay, fired=fired, reset={**stay.reset, timer: at})

    return _stay(state, event, change)


def _team(_state: TicketState, event: Event) -> Change:
    return {"team": event.data["team"]}


def _escalation(_state: TicketState, event: Event) -> Change:
    return {"escalation": tuple(event.data["chains"])}


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


def _key(event: Event) -> str:
    """The clock that a record is about."""
    return key_of(event.data["metric"], event.data.get("team", ""))


def _clock(state: TicketState, event: Event, **change: Any) -> Change:
    key = _key(event)
    return {"clocks": {**state.clocks, key: replace(state.clocks[key], **change)}}


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
        since=micros(datetime.fromisoformat(data["since"])),
    )


def _judged(state: TicketState, event: Event) -> Change:
    return _clock(state, event, status=event.data["status"])


def _breached(state: TicketState, event: Event) -> Change:
    return _clock(state, event, status="breached")


def _timer(state: TicketState, event: Event) -> Change:
    if "due_at" not in event.data or event.data.get("cause") in ("changed", "requested"):
        # A fact had it happen: the clock has not passed that instant, and other facts may still come at it.
        return {}
    reached = max(micros(event.at), micros(datetime.fromisoformat(event.data["due_at"])))
    return {"last_timer": reached if state.last_timer is None else max(reached, state.last_timer)}


def _run(state: TicketState, event: Event) -> ChainState | None:
    """The run of a chain that a record is about, if it is known."""
    return state.chains.get(key_of(event.data["chain"], event.data.get("team", "")))


def _chain(state: TicketState, run: ChainState, **change: Any) -> Change:
    return {"chains": {**state.chains, run.key: replace(run, **change)}}


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
    )
    return {"chains": {**state.chains, run.key: run}}


def _chain_moved(state: TicketState, event: Event) -> Change:
    run = _run(state, event)
    return _chain(state, run, since=micros(datetime.fromisoformat(event.data["since"]))) if run else {}


def _acknowledged(state: TicketState, event: Event) -> Change:
    run = _run(state, event)
    return _chain(state, run, acknowledged=micros(event.at)) if run else {}


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
    "policy_adopted": _adopted,
    "state_changed": _moved,
    "timer_fired": _timer_fired,
    "timer_reset": _timer_reset,
    "team_set": _team,
    "escalation_set": _escalation,
    "office_set": _served,
    "priority_assessed": _assessed,
    "priority_set": _priority,
    "advice_changed": _advice,
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
    "chain_started": _chain_started,
    "chain_moved": _chain_moved,
    "chain_acknowledged": _acknowledged,
    "acknowledgement_over": _acknowledgement_over,
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

_TIMED = (
    "target_breached",
    "level_fired",
    "timer_fired",
    "clock_resumed",
    "acknowledgement_over",
    "policy_adopted",
)
"""The records of what falls due: the clock has passed the instant at which they do."""
