"""Why a target falls due when it does: what the policy promises, and how the time adds up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, tzinfo

from support_policy.clock import sla
from support_policy.model.event import micros
from support_policy.model.promise import Target
from support_policy.policy.calendars import CalendarTime, JointTime
from support_policy.policy.compiled import Policy
from support_policy.policy.names import LIFECYCLE
from support_policy.source.span import Span
from support_policy.source.words import spell
from support_policy.ticket import clocks
from support_policy.ticket.agenda import SECOND, since
from support_policy.ticket.evaluate import Local, Run, going_on, in_order, shown_due
from support_policy.ticket.explain_runs import Tally, earlier_runs
from support_policy.ticket.explain_sum import Gaps, Row, Sum, in_seconds
from support_policy.ticket.explain_tale import Tale, has_it
from support_policy.ticket.explain_words import Aim, Promise, TargetWhy
from support_policy.ticket.reasons import is_of
from support_policy.ticket.state import Clock

_ENDS = ("target_met", "target_met_late", "clock_stopped", "target_withdrawn")


def target_whys(made: Run, tale: Tale, local: Local) -> Iterator[TargetWhy]:
    """One for each metric whose clock has started, in the order of the policy."""
    earlier = earlier_runs(tale.events)
    for clock in in_order(made.governing, made.state.clocks.values()):
        yield _target(made, tale, local, clock, earlier.get(clock.key, {}))


def sum_of(policy: Policy, calendar: str, local: Local, *, business: bool, gaps: Gaps) -> Sum:
    """A sum by a calendar, told in the zone of the office that serves the ticket."""
    return Sum(_told_in(policy, calendar, local.calendar.timezone), business=business, gaps=gaps, zone=_zone(local))


def _zone(local: Local) -> tzinfo:
    return local.calendar.zone


def _told_in(policy: Policy, calendar: str, zone: str) -> CalendarTime:
    """A calendar, its days those of a zone where it has no zone of its own: offices together, and `always`."""
    time = policy.time(calendar)
    if isinstance(time, JointTime) or calendar == "always":
        return time if time.zone == zone else replace(time, zone=zone)
    return time


def _target(made: Run, tale: Tale, local: Local, clock: Clock, earlier: Tally) -> TargetWhy:
    policy, at = made.governing, micros(made.at)
    key = clocks.of(clock)
    metric = policy.text.metrics[clock.metric]
    counted = since(clock.running, clock.since)
    due = shown_due(policy, clock)
    calendar = policy.calendar(clock.calendar, business=clock.business)
    end = at if clock.stopped is None else min(at, clock.stopped)
    worked = sla.worked(calendar, counted, end)
    target = None if clock.target is None else clock.target * SECOND
    gaps = tale.gaps(clock.metric, clock.team)
    sum_ = sum_of(policy, clock.calendar, local, business=clock.business, gaps=gaps)
    hypothetical = clock.ended and due is not None
    shown = since(going_on(clock), clock.since) if hypothetical else counted
    rows = sum_.add(shown, end if due is None else due)
    missed = tale.last("target_breached", **key) if clock.status in ("breached", "missed_then_met") else None
    ended = tale.last(*_ENDS, **key) if clock.ended else None
    paused = clock.running[-1][1] if clock.running and not clock.ticking and not clock.ended else None
    return TargetWhy(
        metric=clock.metric,
        says=str(metric.says),
        place=metric.span,
        clause=tuple(map(str, metric.clause)),
        status=clock.status,
        promise=_promise(made, tale, clock),
        office=clock.calendar,
        started_at=local.time(clock.started),
        since=local.time(clock.since),
        due_at=time_of(local, due),
        stopped_at=time_of(local, clock.stopped),
        ended_by=tale.cause(ended) if ended else None,
        paused_since=time_of(local, paused),
        paused_state=_stands_still(made, tale, clock) if paused is not None else "",
        missed_at=local.time(micros(missed.at)) if missed else None,
        worked=in_seconds(worked),
        left=None if target is None else in_seconds(target - worked),
        aims=tuple(_aims(policy, tale, local, key)),
        rows=rows,
        adds_up=due is None or target is None or total_of(rows) == target,
        kind=str(metric.kind),
        team=clock.team,
        run=clock.run,
        earlier=earlier,
    )


def _stands_still(made: Run, tale: Tale, clock: Clock) -> str:
    """Why a clock is paused now."""
    state = made.state
    if clock.team and clock.team != state.team:
        return has_it(state.team)
    return tale.label(state.machines.get(LIFECYCLE, made.governing.life.initial))


def _promise(made: Run, tale: Tale, clock: Clock) -> Promise | None:
    """The line of the policy that set a clock's target; the priority it was set by need not be today's."""
    policy = made.governing
    record = tale.last("target_set", **clocks.of(clock))
    if clock.target is None or record is None:
        return None
    words = policy.text.priorities.get(record.data["priority"])
    target = words.targets.get(clock.metric) if words else None
    if words is None:
        return None
    if target is not None and is_of(clock, target):
        place, clause = target.span, words.clause
    else:
        place, clause = _by_rule(policy, clock, str(words.name)) or (words.span, ())
    said = spell(clock.target, business=clock.business)
    text = str(target.within) if target is not None and place == target.span else said
    calendar = named(clock.calendar, made.state.office, business=clock.business)
    return Promise(clock.target, clock.business, text, place, tuple(map(str, clause)), str(words.name), calendar)


def _by_rule(policy: Policy, clock: Clock, priority: str) -> tuple[Span, tuple[str, ...]] | None:
    """Where a plan, or a rule of the set `targets`, sets the target that a clock has."""
    found: list[tuple[Target | None, tuple[str, ...]]] = []
    for plan in policy.text.plans.values():
        entry = plan.entries.get(priority)
        if entry is not None:
            found.append((entry.targets.get(clock.metric), plan.clause))
    rules = policy.rules.get("targets")
    for rule, choices in zip(rules.words if rules else (), policy.choices, strict=False):
        found += [(chosen.target, rule.clause) for chosen in choices if chosen.metric == clock.metric]
    return next(
        ((target.span, clause) for target, clause in found if target is not None and is_of(clock, target)), None
    )


def _aims(policy: Policy, tale: Tale, local: Local, key: dict[str, str]) -> Iterator[Aim]:
    for record in tale.records("target_set", **key):
        since_ = local.time(micros(datetime.fromisoformat(record.data["since"])))
        data = record.data
        at, office = local.time(micros(record.at)), data["calendar"]
        known = office not in policy.text.offices
        yield Aim(at, data["priority"], data["seconds"], data["business"], since_, office, known)


def named(calendar: str, office: str, *, business: bool) -> str:
    """A calendar by its name where business time is counted by another than that of the office that serves."""
    return calendar if business and calendar != office else ""


def total_of(rows: tuple[Row, ...]) -> int:
    """What the rows of a sum come to, in microseconds."""
    return round(sum(row.seconds for row in rows if row.kind == "counted") * SECOND)


def time_of(local: Local, us: int | None) -> datetime | None:
    """An instant (microseconds since 1970) in the office's zone, if there is one."""
    return None if us is None else local.time(us)
