"""A late fact: the ticket is told anew from its facts in order. What fired stays fired; what follows is corrected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from support_policy.model.event import Event, micros
from support_policy.ticket import clocks
from support_policy.ticket.agenda import Kind, agenda
from support_policy.ticket.draft import Draft
from support_policy.ticket.past import past_of
from support_policy.ticket.state import TicketState
from support_policy.ticket.take import disbelief
from support_policy.ticket.wake import fire, fire_due, happen


def tell_anew(draft: Draft, fact: Event) -> None:
    """Tell the ticket of `draft` anew with a late `fact`, and record the fact, the retelling and the corrections.

    What is then overdue fires now. A late fact that the workflows would not have allowed changes nothing.
    """
    old = draft.state
    past = past_of(old.log)
    others = list(_believed(draft, old.log))
    first = min([*others, fact], key=lambda event: event.at)
    retold = Draft(draft.policy.governing("", None, first), TicketState(ticket=old.ticket), draft.now, past)
    taken = list(_tell(retold, [*others, fact]))
    mine = next(now for was, now in taken if was is fact)
    if mine.outcome == "refused":
        draft.fact(mine)
        return
    _catch_up(retold, old)
    fired_again = past_of(retold.events).fired
    voided = [key for key in retold.past.fired if key not in fired_again]
    for key in voided:
        retold.emit("level_voided", draft.now, **_voided(retold.past.fired[key], fact))
    draft.fact(replace(fact, outcome="late"))
    draft.emit(
        "refolded",
        draft.now,
        late=fact.type,
        happened=fact.at.isoformat(),
        refused=[_told(now) for was, now in taken if was.outcome != "refused" and now.outcome == "refused"],
        accepted=[_told(now) for was, now in taken if was.outcome == "refused" and now.outcome != "refused"],
        events=tuple(retold.events),
    )
    draft.reasons |= retold.reasons
    for key in voided:
        if key not in retold.past.voided:
            draft.emit("level_voided", draft.now, **_voided(retold.past.fired[key], fact))
    for key, firing in fired_again.items():
        if key not in retold.past.fired:
            draft.emit(firing.type, firing.at, **firing.data)
    timed_again = past_of(retold.events).timed
    unsaid = {_timer_key(e) for e in old.log if e.engine and e.type == "timer_voided"}
    for timer, went_off in past.timed.items():
        if timer not in timed_again and timer not in unsaid:
            draft.emit("timer_voided", draft.now, **_voided(went_off, fact))
    for name, clock in draft.state.clocks.items():
        was = old.clocks.get(name)
        if was is not None and was.status != clock.status:
            change = {"from": was.status, "to": clock.status}
            draft.emit("target_corrected", draft.now, **clocks.of(clock), **change)
    draft.commands += _new_commands(retold, old, others)


def _believed(draft: Draft, log: Iterable[Event]) -> Iterator[Event]:
    """The facts of a log that have a place in the story."""
    return (event for event in log if not event.engine and not disbelief(draft, event))


def _tell(draft: Draft, facts: list[Event], *, as_known: bool = False) -> Iterator[tuple[Event, Event]]:
    """Tell facts in the order they happened; (the fact as recorded, the fact as it now turned out) for each."""
    for past in sorted(facts, key=lambda event: event.at):
        if as_known:
            draft.now = past.recorded_at or past.at
        draft.at = past.at
        fire_due(draft, micros(past.at), inclusive=False)
        yield past, happen(draft, replace(past, outcome="", why=""))


def _catch_up(retold: Draft, old: TicketState) -> None:
    """The retelling reaches as far as the ticket had been decided: its last fact, and its last timer."""
    if old.last_fact is not None:
        fire_due(retold, old.last_fact, inclusive=False)
    if old.last_timer is not None:
        fire_due(retold, old.last_timer, inclusive=True)
    for timer in agenda(retold.policy, retold.state):
        # What fired, and would have by now in any case, was not wrong.
        run = retold.state.chains.get(timer.name) if timer.kind is Kind.LEVEL else None
        if run and timer.due < micros(retold.now) and (run.chain, timer.level, run.cycle) in retold.past.fired:
            fire(retold, timer)


def _voided(firing: Event, fact: Event) -> dict[str, Any]:
    why = f"voided by `{fact.type}`, learned late"
    return {**firing.data, "fired_at": firing.at.isoformat(), "why": why}


def _timer_key(record: Event) -> tuple[str, str]:
    return record.data["timer"], record.data["due_at"]


def _told(fact: Event) -> dict[str, str]:
    told = {"type": fact.type, "at": fact.at.isoformat()}
    return {**told, "why": fact.why} if fact.why else told


def _new_commands(retold: Draft, old: TicketState, facts: list[Event]) -> list[Any]:
    """The commands of a retelling that were not asked for before."""
    sent = {f"{old.ticket}/{chain}/{level}/{cycle}" for chain, level, cycle in retold.past.fired}
    asked = [command for command in retold.commands if command.key not in sent]
    if not asked or not facts:
        return asked
    # What was asked for follows from the facts as they were known until now.
    first = min(facts, key=lambda event: event.at)
    policy = retold.policy.governing("", None, first)
    known = Draft(policy, TicketState(ticket=old.ticket), retold.now, retold.past)
    for _ in _tell(known, facts, as_known=True):
        pass
    keys = {command.key for command in known.commands}
    return [command for command in asked if command.key not in keys]
