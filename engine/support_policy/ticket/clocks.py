"""What an accepted fact does to the clocks: start, stop, pause, resume, re-aim, reopen, withdraw."""

from __future__ import annotations

from support_policy.model.event import Event, micros
from support_policy.model.policy import Metric
from support_policy.policy.names import LIFECYCLE, REOPENED
from support_policy.ticket.agenda import target_due
from support_policy.ticket.draft import Draft, iso
from support_policy.ticket.state import OPEN_VERDICT, Clock
from support_policy.ticket.timers import target_reason


def start_clocks(draft: Draft, fact: Event) -> bool:
    """Clocks that this fact starts; whether there was any."""
    started = False
    for metric in draft.policy.text.metrics.values():
        if fact.type == metric.start and metric.name not in draft.state.clocks:
            draft.emit("clock_started", metric=metric.name, calendar=draft.state.office)
            aim(draft, metric.name, draft.state.clocks[metric.name].started)
            started = True
    return started


def aim(draft: Draft, metric: str, since: int) -> None:
    """Set a clock's target from the priority in force, counted from `since`."""
    state = draft.state
    target = draft.policy.target(state.priority, metric)
    draft.emit(
        "target_set",
        metric=metric,
        seconds=target.seconds if target else None,
        business=target.business if target else True,
        calendar=state.office,
        since=iso(since),
        priority=state.priority,
    )
    target_reason(draft, metric)


def stop_clocks(draft: Draft, fact: Event) -> None:
    """Clocks that this fact stops: in time, late, or merely measured."""
    for metric in draft.policy.text.metrics.values():
        clock = draft.state.clocks.get(metric.name)
        if clock is None or clock.ended or not stops(draft, metric, fact):
            continue
        if clock.status == "breached":
            draft.emit("target_met_late", metric=metric.name, event=fact.type)
        elif clock.target is None:
            draft.emit("clock_stopped", metric=metric.name, event=fact.type)
        else:
            draft.emit("target_met", metric=metric.name, event=fact.type)


def stops(draft: Draft, metric: Metric, fact: Event) -> bool:
    """Whether a fact stops a metric's clock; the assumption that lets it is named as a reason."""
    for stop in metric.stop:
        if stop.event == fact.type and (not stop.by or not fact.by or fact.by in stop.by):
            if not stop.when:
                return True
            draft.setting(stop.when)
            if draft.policy.holds(stop.when):
                return True
    return False


def reopen_clocks(draft: Draft, fact: Event) -> None:
    """Clocks that a reopening sets going again."""
    if fact.type != REOPENED:
        return
    for metric in draft.policy.text.metrics.values():
        clock = draft.state.clocks.get(metric.name)
        if clock is None or not clock.ended:
            continue
        how = metric.reopen or draft.setting("reopened_clock")
        if how == "resume":
            draft.emit("clock_resumed", metric=metric.name)
        elif how == "restart":
            draft.emit("clock_restarted", metric=metric.name)
            aim(draft, metric.name, draft.state.clocks[metric.name].started)


def pause_clocks(draft: Draft) -> None:
    """Clocks that the present state pauses, and those that it no longer does."""
    state = draft.state.machines.get(LIFECYCLE)
    for metric in draft.policy.text.metrics.values():
        clock = draft.state.clocks.get(metric.name)
        if clock is None or clock.ended:
            continue
        paused = any(p.state == state and draft.policy.holds(p.when) for p in metric.pause)
        if paused and clock.ticking:
            draft.emit("clock_paused", metric=metric.name)
        elif not paused and not clock.ticking:
            draft.emit("clock_resumed", metric=metric.name)


def withdraw_clocks(draft: Draft, reason: str) -> None:
    """The ticket is over: what still runs is withdrawn; a verdict that fell stays."""
    for metric, clock in draft.state.clocks.items():
        if clock.ended:
            continue
        if clock.status in OPEN_VERDICT and clock.target is not None:
            draft.emit("target_withdrawn", metric=metric, reason=reason)
        else:
            draft.emit("clock_stopped", metric=metric, event=reason)


def reaim(draft: Draft, *, priority_changed: bool) -> None:
    """A change of priority or of office re-aims open targets; verdicts that fell stay, unless the policy says not."""
    policy = draft.policy
    for metric, clock in list(draft.state.clocks.items()):
        if clock.status in OPEN_VERDICT and not clock.ended:
            since = clock.since
            if priority_changed and policy.target(draft.state.priority, metric) is not None:
                how = draft.setting("priority_change_open_target")
                since = micros(draft.at) if how == "from_change" else clock.started
            aim(draft, metric, since)
        elif (
            priority_changed
            and clock.status in ("met", "missed_then_met", "breached")
            and draft.setting("priority_change_past_result") == "judge_again"
        ):
            _judge_again(draft, metric, clock)


def _judge_again(draft: Draft, metric: str, clock: Clock) -> None:
    aim(draft, metric, clock.since)
    aimed = draft.state.clocks[metric]
    due = target_due(draft.policy, aimed)
    end = clock.stopped if clock.stopped is not None else micros(draft.at)
    missed = due is not None and due < end
    status = ("missed_then_met" if missed else "met") if clock.ended else ("breached" if missed else "running")
    if status == "running" and not aimed.ticking:
        status = "paused"
    if status != clock.status:
        draft.emit("target_judged", metric=metric, status=status)
