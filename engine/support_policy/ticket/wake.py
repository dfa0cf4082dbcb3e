"""What happens when the clock reaches a pending instant: a target is missed, a level fires, a timer goes off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from support_policy.model.event import Because, Event, instant, micros
from support_policy.model.workflow import StateTimer, Table
from support_policy.policy.names import LIFECYCLE
from support_policy.ticket import chains, clocks
from support_policy.ticket.agenda import SECOND, Kind, Timer
from support_policy.ticket.apply import adopt, settle
from support_policy.ticket.draft import Draft, iso
from support_policy.ticket.firing import fire_level, of
from support_policy.ticket.reasons import target_reason
from support_policy.ticket.take import take


def fire_due(draft: Draft, until: int, *, inclusive: bool) -> None:
    """Everything due before `until` (microseconds), or at it too when `inclusive`, happens: once, in order."""
    while True:
        timers = draft.timers()
        if not timers or timers[0].due > until or (timers[0].due == until and not inclusive):
            return
        fire(draft, timers[0])


def happen(draft: Draft, fact: Event) -> Event:
    """A fact happens, and what it makes overdue with it; the fact with what became of it."""
    made = take(draft, fact)
    fire_overdue(draft)
    return made


def fire_overdue(draft: Draft) -> None:
    """After a change: what is already past happens at the change, in order; it is not back-dated."""
    at, anew = draft.at, set()
    while True:
        timers = draft.timers()
        if not timers or timers[0].due >= micros(at):
            return
        draft.at = at
        fire(draft, timers[0], changed=True, anew=timers[0].kind is Kind.LEVEL and timers[0].name in anew)
        if timers[0].kind is Kind.ACKNOWLEDGED:
            anew.add(timers[0].name)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A timer that happens, `at` an instant, for a `cause`: due, changed or caught_up."""

    timer: Timer
    at: datetime
    cause: str

    @property
    def record(self) -> dict[str, Any]:
        """What every record of it says."""
        return {"due_at": iso(self.timer.due), "cause": self.cause}


def fire(draft: Draft, timer: Timer, *, changed: bool = False, anew: bool = False) -> None:
    """One timer happens: now, or at the change that made it overdue; `anew`: in a cycle that began by that change."""
    # What is counted from the target and long past is due when a new cycle begins, whatever made that begin.
    cause = _cause(draft, timer, changed=changed and not anew)
    draft.at = draft.at if changed else instant(timer.due)
    _HAPPEN[timer.kind](draft, Occurrence(timer, draft.at, cause))
    if timer.kind in (Kind.STATE, Kind.VERSION) and not changed:
        fire_overdue(draft)


def _cause(draft: Draft, timer: Timer, *, changed: bool) -> str:
    if changed:
        return "changed"
    due = timer.due
    if timer.kind is Kind.LEVEL:
        # What is counted from the target may have been due before the run of the chain began.
        due = max(due, draft.state.chains[timer.name].since)
    if micros(draft.now) - due <= draft.policy.setting("caught_up_after").seconds * SECOND:
        return "due"
    draft.setting("caught_up_after")
    return "caught_up"


def _target(draft: Draft, made: Occurrence) -> None:
    timer, clock = made.timer, draft.state.clocks[made.timer.name]
    target_reason(draft, clock)
    before = draft.past.breached.get((clock.key, iso(timer.due)))
    if before is not None and before.at == draft.at:
        draft.emit(before.type, before.at, **before.data)
        return
    draft.emit("target_breached", **clocks.of(clock), seconds=clock.target, **made.record)


def _level(draft: Draft, made: Occurrence) -> None:
    timer, run = made.timer, draft.state.chains[made.timer.name]
    fired = made.at if made.cause == "changed" else max(draft.now, instant(timer.due))
    fire_level(draft, run, timer.level, timer.due, fired, made.cause)
    settle(draft, f"{run.chain}.{timer.level}")
    level = draft.policy.level(run.chain, timer.level)
    if level.do:
        # Told late or in time, what it has happen happens when it fell due.
        draft.at = made.at
        _act(draft, level.do, {**level.carries, "level": f"{run.chain}.{timer.level}"})
        if made.cause != "changed":
            fire_overdue(draft)
    since = micros(made.at) if made.cause == "changed" else timer.due
    chains.next_round(draft, draft.state.chains[timer.name], since)


def _pause_limit(draft: Draft, made: Occurrence) -> None:
    clock, stay = draft.state.clocks[made.timer.name], draft.state.stay(LIFECYCLE)
    if stay is not None:
        draft.emit("clock_resumed", **clocks.of(clock), stay=iso(stay.since), **made.record)


def _acknowledged(draft: Draft, made: Occurrence) -> None:
    run = draft.state.chains[made.timer.name]
    draft.emit("acknowledgement_over", **of(run), **made.record)
    chains.begin_anew(draft, run, micros(made.at))


def _state(draft: Draft, made: Occurrence) -> None:
    table, timer = draft.policy.timer(made.timer.name)
    stay = draft.state.stay(table.name)
    count = (stay.fired.get(timer.id, 0) if stay else 0) + 1
    says = timer.says or _timer_says(table, timer)
    draft.because(Because(f"{table.name}.{timer.id}", timer.span, timer.clause, says))
    draft.emit("timer_fired", workflow=table.name, timer=timer.id, count=count, **made.record)
    if timer.notify:
        more = {"message": str(timer.message)} if timer.message else {}
        draft.command(
            "notify",
            f"timer/{timer.id}/{iso(made.timer.due)}",
            timer.notify,
            timer=timer.id,
            priority=draft.state.priority,
            says=str(says),
            **made.record,
            **more,
        )
    if timer.do:
        _act(draft, timer.do, {**timer.carries, "timer": timer.id})


def _act(draft: Draft, do: str, carries: Mapping[str, str]) -> None:
    """An event happens by itself, at the instant being decided."""
    data = {str(name): str(value) for name, value in carries.items()}
    take(draft, Event(str(do), draft.at, draft.now, by="automatic", data=data, engine=True))


def _timer_says(table: Table, timer: StateTimer) -> str:
    state = table.states[timer.state]
    return f"In the state {state.label or state.name} for {timer.after}."


def _version(draft: Draft, made: Occurrence) -> None:
    adopt(draft, made.record)


_HAPPEN: Mapping[Kind, Callable[[Draft, Occurrence], None]] = {
    Kind.PAUSE_LIMIT: _pause_limit,
    Kind.TARGET: _target,
    Kind.LEVEL: _level,
    Kind.ACKNOWLEDGED: _acknowledged,
    Kind.STATE: _state,
    Kind.VERSION: _version,
}
