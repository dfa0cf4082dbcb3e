"""`evolve`: what each record does to the state. Needs no policy: every record says all that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from support_policy.model.event import Event, micros
from support_policy.policy.names import LIFECYCLE
from support_policy.ticket.altered import alter, altered
from support_policy.ticket.evolve_chains import CHAINS
from support_policy.ticket.evolve_clocks import CLOCKS
from support_policy.ticket.state import Change, Stay, TicketState


def evolve(state: TicketState, event: Event) -> TicketState:
    """The state after `event`, a fact as a decision recorded it or one of the engine's own records. Pure.

    A log is folded once, in the order it was decided: an event given twice is folded twice. What keeps a crash between
    two writes harmless is to store a decision's events in one transaction; what makes sending a fact again harmless
    is its `id`, which `decide` looks at.
    """
    return altered(state, _change(state, event))


def evolve_all(state: TicketState, events: Iterable[Event]) -> TicketState:
    """The state after all of `events`, one after the other; quicker than `evolve` for each."""
    after = altered(state, {})
    for event in events:
        alter(after, _change(after, event))
    return after


def _change(state: TicketState, event: Event) -> Change:
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
    return change


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


def _timer(state: TicketState, event: Event) -> Change:
    if "due_at" not in event.data or event.data.get("cause") in ("changed", "requested"):
        # A fact had it happen: the clock has not passed that instant, and other facts may still come at it.
        return {}
    reached = max(micros(event.at), micros(datetime.fromisoformat(event.data["due_at"])))
    return {"last_timer": reached if state.last_timer is None else max(reached, state.last_timer)}


def _told_again(_state: TicketState, event: Event) -> Change:
    return {"reopened": event.data["reopened"]}


def _refolded(state: TicketState, event: Event) -> Change:
    """A late fact: the ticket is told anew from its facts in order; the log and the ids stay what they are."""
    fresh = evolve_all(TicketState(ticket=state.ticket), event.data["events"])
    kept = {"log": (*state.log, event), "ids": state.ids, "ticket": state.ticket}
    made = {name: getattr(fresh, name) for name in TicketState.__slots__ if name not in kept}
    if state.last_timer is not None:
        made["last_timer"] = max(state.last_timer, made["last_timer"] or state.last_timer)
    return {**made, **kept}


_RECORDS: Mapping[str, Callable[[TicketState, Event], Change]] = {
    **CLOCKS,
    **CHAINS,
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
