"""Why a target or a level falls due when it does: what the policy promises, and how the time adds up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from support_policy.clock import sla
from support_policy.model.event import instant, micros
from support_policy.model.promise import Chain, Level, Target
from support_policy.policy.compiled import Policy
from support_policy.source.span import Span
from support_policy.source.words import spell
from support_policy.ticket import clocks
from support_policy.ticket.agenda import SECOND, Count, level_count, since
from support_policy.ticket.evaluate import Local, Run, shown_due
from support_policy.ticket.explain_sum import Row, Sum, in_seconds
from support_policy.ticket.explain_tale import Tale, instant_of
from support_policy.ticket.explain_words import Aim, LevelWhy, Promise, TargetWhy
from support_policy.ticket.firing import of
from support_policy.ticket.reasons import is_of
from support_policy.ticket.state import ChainState, Clock, LevelState, Segments

_ENDS = ("target_met", "target_met_late", "clock_stopped", "target_withdrawn")


def target_whys(made: Run, tale: Tale, local: Local) -> Iterator[TargetWhy]:
    """One for each metric whose clock has started."""
    for clock in made.state.clocks.values():
        yield _target(made, tale, local, clock)


def _target(made: Run, tale: Tale, local: Local, clock: Clock) -> TargetWhy:
    policy, at = made.governing, micros(made.at)
    key = clocks.of(clock)
    metric = policy.text.metrics[clock.metric]
    counted = since(clock.running, clock.since)
    due = shown_due(policy, clock)
    calendar = policy.calendar(clock.calendar, business=clock.business)
    end = at if clock.stopped is None else min(at, clock.stopped)
    worked = sla.worked(calendar, counted, end)
    target = None if clock.target is None else clock.target * SECOND
    sum_ = Sum(policy.time(clock.calendar), business=clock.business, gaps=tale.gaps(clock.metric, clock.team))
    hypothetical = clock.ended and due is not None
    rows = sum_.add(_open(counted) if hypothetical else counted, end if due is None else due)
    missed = tale.last("target_breached", **key) if clock.status in ("breached", "missed_then_met") else None
    ended = tale.last(*_ENDS, **key) if clock.ended else None
    paused = clock.running[-1][1] if clock.running and not clock.ticking and not clock.ended else None
    return TargetWhy(
        metric=clock.metric,
        says=str(metric.says),
        place=metric.span,
        clause=tuple(map(str, metric.clause)),
        status=clock.status,
        promise=_promise(policy, tale, clock),
        office=clock.calendar,
        started_at=local.time(clock.started),
        since=local.time(clock.since),
        due_at=_time(local, due),
        stopped_at=_time(local, clock.stopped),
        ended_by=tale.cause(ended) if ended else None,
        paused_since=_time(local, paused),
        paused_state=tale.gaps(clock.metric, clock.team).get(paused, ("", ""))[1] if paused is not None else "",
        missed_at=local.time(micros(missed.at)) if missed else None,
        worked=in_seconds(worked),
        left=None if target is None else in_seconds(target - worked),
        aims=tuple(_aims(tale, local, key)),
        rows=rows,
        adds_up=due is None or target is None or _counted(rows) == target,
        kind=str(metric.kind),
        team=clock.team,
        run=clock.run,
    )


def _promise(policy: Policy, tale: Tale, clock: Clock) -> Promise | None:
    """The line of the policy that set a clock's target; the priority it was set by need not be today's."""
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
    return Promise(clock.target, clock.business, text, place, tuple(map(str, clause)), str(words.name))


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


def _aims(tale: Tale, local: Local, key: dict[str, str]) -> Iterator[Aim]:
    for record in tale.records("target_set", **key):
        since_ = local.time(micros(datetime.fromisoformat(record.data["since"])))
        data = record.data
        at, office = local.time(micros(record.at)), data["calendar"]
        yield Aim(at, data["priority"], data["seconds"], data["business"], since_, office)


def level_whys(made: Run, tale: Tale, local: Local) -> Iterator[LevelWhy]:
    """One for each level that a chain of the ticket has planned, in its present cycle."""
    for run in made.state.chains.values():
        chain = made.governing.text.chains.get(run.chain)
        for number, state in run.levels.items():
            # A later version of the policy may have fewer levels than fired.
            if chain is not None and number <= len(chain.levels):
                counted = replace(run, since=_counted_from(tale, run, number))
                yield _level(made, tale, local, (chain, chain.levels[number - 1], counted, state))


def _counted_from(tale: Tale, run: ChainState, level: int) -> int:
    """Where the chain was counted from when a level fired, which it need not be any more."""
    since = run.since
    for record in tale.records("chain_started", "level_fired", **of(run), cycle=run.cycle):
        if record.type == "chain_started":
            since = micros(instant_of(record, "since"))
        elif record.data["level"] == level:
            return since
    return run.since


def _level(made: Run, tale: Tale, local: Local, found: tuple[Chain, Level, ChainState, LevelState]) -> LevelWhy:
    policy, at = made.governing, micros(made.at)
    chain, level, run, state = found
    key = {**of(run), "level": level.number}
    office = tale.office_at(state.fired) if state.fired is not None else made.state.office
    count, ended = _count(made, found, office)
    due = state.due if state.due is not None else _level_due(level, run, count, policy)
    rows: tuple[Row, ...] = ()
    left = None
    if count is not None:
        gaps = tale.gaps(chain.counts, run.team) if chain.counts else {}
        sum_ = Sum(policy.time(count.calendar), business=count.business, gaps=gaps)
        rows = sum_.add(count.segments, at if due is None else due)
        if state.status == "planned" and not ended:
            calendar = policy.calendar(count.calendar, business=count.business)
            left = in_seconds(count.worked - sla.worked(calendar, count.segments, at))
    withdrawn = tale.last("level_withdrawn", **key) if state.status == "withdrawn" else None
    voided = tale.last("level_voided", **key) if state.voided else None
    return LevelWhy(
        chain=str(chain.name),
        level=level.number,
        cycle=run.cycle,
        requested=chain.requested,
        status=state.status,
        says=str(level.says or chain.says),
        place=level.span,
        clause=tuple(map(str, level.clause)),
        promise=_waits(level, count),
        counts=str(chain.counts),
        since=local.time(run.since),
        due_at=_time(local, due),
        fired_at=_time(local, state.fired),
        cause=state.cause,
        roles=tuple(map(str, level.notify)),
        notify=state.notify
        or policy.recipients(
            made.state.facts.get("organization"),
            level.notify,
            made.at if due is None else instant(due),
            run.team or made.state.team,
        ),
        then=str(level.then),
        withdrawn_at=local.time(micros(withdrawn.at)) if withdrawn else None,
        withdrawn_because=str(withdrawn.data["reason"]) if withdrawn else "",
        voided=state.voided,
        voided_because=str(voided.data["why"]) if voided else "",
        voided_fired_at=local.time(micros(datetime.fromisoformat(voided.data["fired_at"]))) if voided else None,
        left=left,
        rows=rows,
        adds_up=due is None or count is None or _counted(rows) == count.worked,
        team=run.team,
    )


def _waits(level: Level, count: Count | None) -> Promise | None:
    """What a level waits for, as its line of the policy says it."""
    clause = tuple(map(str, level.clause))
    if level.after is not None:
        return Promise(level.after.seconds, level.after.business, str(level.after), level.after.span, clause)
    if count is None:
        return None
    span = level.length.span if level.length else level.span
    return Promise(count.worked // SECOND, count.business, level.when, span, clause)


def _count(made: Run, found: tuple[Chain, Level, ChainState, LevelState], office: str) -> tuple[Count | None, bool]:
    """What a level waits for, as though a clock that ended had gone on; and whether it did end."""
    chain, level, run, _ = found
    clock = made.state.counted(chain.counts, run.team) if chain.counts else None
    ended = clock.ended if clock else bool(chain.counts)
    running = _open(clock.running) if clock and ended else None
    then = replace(made.state, office=office)
    return level_count(made.governing, then, chain, level, run, running), ended


def _level_due(level: Level, run: ChainState, count: Count | None, policy: Policy) -> int | None:
    """When a level falls or would have fallen due."""
    if level.kind == "request":
        return run.since
    return count.due(policy) if count else None


def _open(segments: Segments) -> Segments:
    """The stretches as they would be had the last not ended."""
    return (*segments[:-1], (segments[-1][0], None)) if segments else ()


def _counted(rows: tuple[Row, ...]) -> int:
    return round(sum(row.seconds for row in rows if row.kind == "counted") * SECOND)


def _time(local: Local, us: int | None) -> datetime | None:
    return None if us is None else local.time(us)
