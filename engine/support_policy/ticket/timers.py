"""What happens when the clock reaches a pending instant: a target is missed, a level fires."""

from __future__ import annotations

from datetime import datetime

from support_policy.model.event import Because, instant, micros
from support_policy.model.workflow import Edge
from support_policy.ticket.agenda import SECOND, Timer, agenda
from support_policy.ticket.draft import Draft, iso


def fire_due(draft: Draft, until: int, *, inclusive: bool) -> None:
    """Everything due before `until` (microseconds), or at it too when `inclusive`, happens: once, in order."""
    while True:
        timers = agenda(draft.policy, draft.state)
        if not timers or timers[0].due > until or (timers[0].due == until and not inclusive):
            return
        fire(draft, timers[0])


def fire_overdue(draft: Draft) -> None:
    """After a change: what is already past happens at the change, in order; it is not back-dated."""
    at = micros(draft.at)
    for timer in agenda(draft.policy, draft.state):
        if timer.due < at:
            fire(draft, timer, changed=True)


def fire(draft: Draft, timer: Timer, *, changed: bool = False) -> None:
    """One timer happens: now, or at the change that made it overdue."""
    if not timer.chain:
        _breach(draft, timer, changed=changed)
        return
    fired = draft.at if changed else max(draft.now, instant(timer.due))
    fire_level(draft, timer, fired, _cause(draft, timer, changed=changed))


def _cause(draft: Draft, timer: Timer, *, changed: bool) -> str:
    if changed:
        return "changed"
    if micros(draft.now) - timer.due <= draft.policy.setting("caught_up_after").seconds * SECOND:
        return "due"
    draft.setting("caught_up_after")
    return "caught_up"


def fire_level(draft: Draft, timer: Timer, at: datetime, cause: str) -> None:
    """A level fires: its roles are told, and the machines that follow it move."""
    policy, state = draft.policy, draft.state
    level = policy.level(timer.chain, timer.level)
    cycle = state.chains[timer.chain].cycle
    before = draft.past.fired.get((timer.chain, timer.level, cycle))
    if before is not None:
        # A recorded firing is never computed again: the ticket is being told anew, and this has happened.
        draft.emit(before.type, before.at, **before.data)
        _step(draft, f"{timer.chain}.{timer.level}")
        return
    draft.at = at
    told = policy.recipients(state.facts.get("organization"), level.notify, at)
    draft.because(
        Because(f"escalation.{timer.chain}.{timer.level}", level.span, level.clause, level.says or level_says(timer))
    )
    draft.emit(
        "level_fired",
        at,
        chain=timer.chain,
        level=timer.level,
        cycle=cycle,
        due_at=iso(timer.due),
        cause=cause,
        notify=[{"role": role, "to": to or None} for role, to in told],
    )
    draft.command(
        "notify",
        f"{timer.chain}/{timer.level}/{cycle}",
        level.notify,
        chain=timer.chain,
        level=timer.level,
        cycle=cycle,
        due_at=iso(timer.due),
        cause=cause,
        priority=state.priority,
        then=str(level.then) or None,
        says=str(level.says) or level_says(timer),
    )
    _step(draft, f"{timer.chain}.{timer.level}")


def level_says(timer: Timer) -> str:
    """What a level says when the policy gives it no words."""
    return f"Level {timer.level} of the chain {timer.chain} is due."


def _step(draft: Draft, trigger: str) -> None:
    for table in draft.policy.tables.values():
        if trigger in table.triggers:
            edge = draft.try_step(table, trigger)
            if isinstance(edge, Edge):
                draft.move(table, edge, trigger)


def _breach(draft: Draft, timer: Timer, *, changed: bool) -> None:
    clock = draft.state.clocks[timer.metric]
    draft.at = draft.at if changed else instant(timer.due)
    target_reason(draft, timer.metric)
    before = draft.past.breached.get((timer.metric, iso(timer.due)))
    if before is not None and before.at == draft.at:
        draft.emit(before.type, before.at, **before.data)
        return
    cause = _cause(draft, timer, changed=changed)
    draft.emit("target_breached", metric=timer.metric, due_at=iso(timer.due), seconds=clock.target, cause=cause)


def target_reason(draft: Draft, metric: str) -> None:
    """The priority's line that sets a target becomes a reason, and the metric's too."""
    policy = draft.policy
    priority = policy.text.priorities.get(draft.state.priority)
    words = policy.text.metrics[metric]
    target = priority.targets.get(metric) if priority else None
    if priority and target:
        says = f"{priority.name} ({priority.label}): {metric} within {target}."
        draft.because(Because(f"priorities.{priority.name}.{metric}", target.span, priority.clause, says))
        name = draft.state.clocks[metric].calendar
        office = policy.text.offices.get(name)
        calendar = office or policy.text.calendars.get(name)
        if target.business and calendar:
            says = f"Business hours are those of {calendar.name}."
            where = f"{'offices' if office else 'calendars'}.{calendar.name}"
            draft.because(Because(where, calendar.span, policy.text.hours_clause, says))
    draft.because(Because(f"metrics.{metric}", words.span, words.clause, words.says or f"{metric} is measured."))
