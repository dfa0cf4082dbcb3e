"""The lines of the policy that a target follows from, as reasons of a decision."""

from __future__ import annotations

from support_policy.model.event import Because
from support_policy.model.promise import Target
from support_policy.ticket.draft import Draft
from support_policy.ticket.promise import plan_entry, plan_reason
from support_policy.ticket.state import Clock


def is_of(clock: Clock, target: Target) -> bool:
    """Whether a clock's target is this one."""
    return (target.seconds, target.business) == (clock.target, clock.business)


def target_reason(draft: Draft, clock: Clock) -> None:
    """The line that sets a clock's target becomes a reason, and so do its metric's and its office's."""
    policy, metric = draft.policy, clock.metric
    priority = policy.text.priorities.get(draft.state.priority)
    words = policy.text.metrics[metric]
    target = priority.targets.get(metric) if priority else None
    own = target is not None and is_of(clock, target)
    plan, entry = plan_entry(draft)
    sold = entry.targets.get(metric) if entry else None
    if plan and entry and sold is not None and is_of(clock, sold):
        draft.because(plan_reason(plan, entry, draft.state.priority))
    elif priority and target and own:
        says = f"{priority.name} ({priority.label}): {metric} within {target}."
        draft.because(Because(f"priorities.{priority.name}.{metric}", target.span, priority.clause, says))
    elif clock.target is not None:
        draft.ask("targets")
    office = policy.text.offices.get(clock.calendar)
    calendar = office or policy.text.calendars.get(clock.calendar)
    if clock.target is not None and clock.business and calendar:
        says = f"Business hours are those of {calendar.name}."
        where = f"{'offices' if office else 'calendars'}.{calendar.name}"
        draft.because(Because(where, calendar.span, policy.text.hours_clause, says))
    draft.because(Because(f"metrics.{metric}", words.span, words.clause, words.says or f"{metric} is measured."))
