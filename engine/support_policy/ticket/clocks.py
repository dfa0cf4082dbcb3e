"""What an accepted fact does to the clocks: start, stop, pause, resume, re-aim, reopen, withdraw."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from support_policy.model.calendars import LOCAL
from support_policy.model.event import Event, micros
from support_policy.model.promise import Metric, Target, chosen
from support_policy.policy.names import LIFECYCLE, REOPENED
from support_policy.source.words import Duration, parse_instant
from support_policy.ticket.agenda import Asked, calendar_name, elsewhere, pausing, target_due
from support_policy.ticket.draft import Draft, iso
from support_policy.ticket.promise import Promise
from support_policy.ticket.reasons import target_reason
from support_policy.ticket.state import OPEN_VERDICT, Clock, key_of


def live(draft: Draft) -> Iterator[tuple[Metric, Clock]]:
    """The clocks that have not ended, with their metrics, as they stand when each is reached."""
    for metric in draft.policy.text.metrics.values():
        for clock in draft.state.clocks_of(metric.name):
            if not clock.ended:
                yield metric, clock


def of(clock: Clock) -> dict[str, str]:
    """How records name a clock."""
    return {"metric": clock.metric, "team": clock.team} if clock.team else {"metric": clock.metric}


def start_clocks(draft: Draft, fact: Event, promise: Promise) -> frozenset[str]:
    """The keys of the clocks that this fact starts: for the first time, or for another run."""
    started = set()
    for metric in draft.policy.text.metrics.values():
        team = draft.state.team if metric.per_team else ""
        old = draft.state.clocks.get(key_of(metric.name, team))
        if (old is not None and not (metric.recurs and old.ended)) or (metric.per_team and not team):
            continue
        if not (draft.happens(metric.start, fact) or _taken_over(draft, metric)):
            continue
        more: dict[str, object] = {"team": team} if team else {}
        if old is not None:
            more["run"] = old.run + 1
        earlier = split_from(draft, fact)
        if earlier is not None and earlier < fact.at:
            more["started"] = earlier.isoformat()
        draft.emit("clock_started", metric=metric.name, calendar=draft.state.office, **more)
        key = key_of(metric.name, team)
        aim(draft, draft.state.clocks[key], promise.target(metric.name, team))
        started.add(key)
    return frozenset(started)


def _taken_over(draft: Draft, metric: Metric) -> bool:
    """Whether a team takes over a ticket on which another team's clock of the metric has started, and goes on."""
    clocks = draft.state.clocks_of(metric.name) if metric.per_team else ()
    return any(not clock.ended for clock in clocks)


def split_from(draft: Draft, fact: Event) -> datetime | None:
    """When the ticket was submitted that this one was split off, where that counts."""
    earlier = other_submitted(fact)
    begins = LIFECYCLE in draft.state.machines and draft.state.begun == micros(fact.at)
    return earlier if earlier and begins and draft.setting("split_clock") == "earliest" else None


def other_submitted(fact: Event) -> datetime | None:
    """When the other ticket that a fact speaks of was submitted."""
    said = fact.data.get("from_submitted_at")
    read = parse_instant(said) if isinstance(said, str) else None
    return read if isinstance(read, datetime) else None


def absorb(draft: Draft, fact: Event) -> bool:
    """Another ticket is merged into this one: open clocks count from the earlier submission. Whether any does."""
    earlier = other_submitted(fact)
    if earlier is None or draft.state.begun == micros(fact.at) or draft.setting("merged_clock") != "earliest":
        return False
    moved = {}
    for _, clock in live(draft):
        if clock.started == draft.state.begun and micros(earlier) < clock.started and clock.running:
            draft.emit("clock_moved", **of(clock), started=iso(micros(earlier)))
            moved[clock.key] = clock.started
    for run in list(draft.state.chains.values()):
        key = key_of(draft.policy.text.chains[run.chain].counts, run.team)
        if moved.get(key) == run.since:
            team = {"team": run.team} if run.team else {}
            draft.emit("chain_moved", chain=run.chain, since=iso(micros(earlier)), **team)
    return bool(moved)


def aim(draft: Draft, clock: Clock, target: Target | None, since: int | None = None) -> None:
    """Set a clock's target, counted from `since` (default: as before)."""
    state = draft.state
    metric = draft.policy.text.metrics[clock.metric]
    named = (target.calendar if target else "") or chosen(metric.calendar, state.priority) or LOCAL
    draft.emit(
        "target_set",
        **of(clock),
        seconds=target.seconds if target else None,
        business=target.business if target else True,
        calendar=calendar_name(state, named),
        **({} if named == LOCAL else {"local": False}),
        since=iso(clock.since if since is None else since),
        priority=state.priority,
    )
    target_reason(draft, draft.state.clocks[clock.key])


def stop_clocks(draft: Draft, fact: Event) -> None:
    """Clocks that this fact stops: in time, late, or merely measured."""
    for metric, clock in live(draft):
        occasion = draft.happens(metric.stop, fact)
        if occasion is None or (occasion.own_team and clock.team != draft.state.team):
            continue
        if clock.status == "breached":
            draft.emit("target_met_late", **of(clock), event=fact.type)
        elif clock.target is None:
            draft.emit("clock_stopped", **of(clock), event=fact.type)
        else:
            draft.emit("target_met", **of(clock), event=fact.type)


def reopen_clocks(draft: Draft, fact: Event, promise: Promise) -> frozenset[str]:
    """Clocks that a reopening sets going again; the keys of those that start anew."""
    restarted = set()
    if fact.type != REOPENED:
        return frozenset()
    for metric in draft.policy.text.metrics.values():
        for clock in draft.state.clocks_of(metric.name):
            if not clock.ended:
                continue
            how = metric.reopen or ("ignore" if metric.recurs else draft.setting("reopened_clock"))
            if how == "resume":
                draft.emit("clock_resumed", **of(clock))
            elif how == "restart":
                draft.emit("clock_restarted", **of(clock))
                aim(draft, draft.state.clocks[clock.key], promise.target(metric.name, clock.team), clock.started)
                restarted.add(clock.key)
    return frozenset(restarted)


def pause_clocks(draft: Draft) -> None:
    """Clocks that the present state pauses, and those that it no longer does; likewise those of other teams."""
    for _, clock in live(draft):
        asked = Asked(draft.policy, draft.state)
        stay = draft.state.stay(LIFECYCLE)
        pause = pausing(asked, clock)
        spent = pause is not None and pause.most is not None and stay is not None and clock.overstayed == stay.since
        still = (pause is not None and not spent) or elsewhere(asked, clock)
        if still and clock.ticking:
            draft.emit("clock_paused", **of(clock))
        elif not still and not clock.ticking:
            draft.emit("clock_resumed", **of(clock))


def withdraw_clocks(draft: Draft, reason: str) -> None:
    """The ticket is over: what still runs is withdrawn; a verdict that fell stays."""
    for clock in draft.state.clocks.values():
        if clock.ended:
            continue
        if clock.status in OPEN_VERDICT and clock.target is not None:
            draft.emit("target_withdrawn", **of(clock), reason=reason)
        else:
            draft.emit("clock_stopped", **of(clock), event=reason)


def reaim(draft: Draft, promise: Promise, *, priority_changed: bool = False, retarget: bool = False) -> None:
    """A change of priority, of office, of the promise or of the policy itself (`retarget`) re-aims open targets.

    Verdicts that fell stay, unless the policy has a change of priority judge them again.
    """
    for metric in draft.policy.text.metrics.values():
        for clock in draft.state.clocks_of(metric.name):
            target = promise.target(metric.name, clock.team)
            if clock.status in OPEN_VERDICT and not clock.ended and retarget:
                aim(draft, clock, target, clock.started)
            elif clock.status in OPEN_VERDICT and not clock.ended:
                _reaim_open(draft, metric, clock, target, priority_changed=priority_changed)
            elif (
                priority_changed
                and target is not None
                and metric.priority_change != "keep"
                # Missed and withdrawn, it was never met: there is nothing to judge by another target.
                and (clock.status in ("met", "missed_then_met") or (clock.status == "breached" and not clock.ended))
                and draft.setting("priority_change_past_result") == "judge_again"
            ):
                _judge_again(draft, clock, target)


def _reaim_open(draft: Draft, metric: Metric, clock: Clock, target: Target | None, *, priority_changed: bool) -> None:
    # By whose hours it counts is no other promise.
    changed = priority_changed or _longer_or_shorter(clock, target)
    how = metric.priority_change or draft.policy.setting("priority_change_open_target")
    if changed and how == "keep" and clock.target is not None:
        draft.setting("priority_change_open_target")
        # What it had is kept; by whose hours it counts follows the office that serves the ticket.
        if clock.local and clock.calendar != draft.state.office:
            aim(draft, clock, Target(Duration(clock.target, clock.business), LOCAL))
        return
    if not changed or target is None:
        aim(draft, clock, target)
        return
    draft.setting("priority_change_open_target")
    aim(draft, clock, target, micros(draft.at) if how == "from_change" else clock.started)


def _longer_or_shorter(clock: Clock, target: Target | None) -> bool:
    return (target.seconds, target.business) != (clock.target, clock.business) if target else clock.target is not None


def _differs(draft: Draft, metric: Metric, clock: Clock, target: Target | None) -> bool:
    if _longer_or_shorter(clock, target):
        return True
    if target is None:
        return False
    named = chosen(metric.calendar, draft.state.priority)
    calendar = calendar_name(draft.state, target.calendar, named) if target.business else clock.calendar
    return calendar != clock.calendar


def promise_differs(draft: Draft, promise: Promise) -> bool:
    """Whether an open target is not the one that is promised now."""
    for metric, clock in live(draft):
        target = promise.target(metric.name, clock.team)
        how = metric.priority_change or draft.policy.setting("priority_change_open_target")
        kept = how == "keep" and clock.target is not None
        if clock.status in OPEN_VERDICT and not kept and _differs(draft, metric, clock, target):
            return True
    return False


def _judge_again(draft: Draft, clock: Clock, target: Target | None) -> None:
    aim(draft, clock, target)
    aimed = draft.state.clocks[clock.key]
    due = target_due(draft.policy, aimed)
    end = clock.stopped if clock.stopped is not None else micros(draft.at)
    missed = due is not None and due < end
    status = ("missed_then_met" if missed else "met") if clock.ended else ("breached" if missed else "running")
    if status == "running" and not aimed.ticking:
        status = "paused"
    if status != clock.status:
        draft.emit("target_judged", **of(clock), status=status)
