"""Why a target or a level falls due when it does: what the policy promises, and how the time adds up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from support_policy.clock import sla
from support_policy.model.event import instant, micros
from support_policy.model.policy import Chain, Level
from support_policy.policy.compiled import Policy
from support_policy.ticket.agenda import SECOND, level_due, since
from support_policy.ticket.evaluate import Local, Run, shown_due
from support_policy.ticket.explain_sum import Row, Sum, in_seconds
from support_policy.ticket.explain_tale import Tale, instant_of
from support_policy.ticket.explain_words import Aim, LevelWhy, Promise, TargetWhy
from support_policy.ticket.state import ChainState, Clock, LevelState, Segments

_ENDS = ("target_met", "target_met_late", "clock_stopped", "target_withdrawn")


def target_whys(made: Run, tale: Tale, local: Local) -> Iterator[TargetWhy]:
    """One for each metric whose clock has started."""
    for clock in made.state.clocks.values():
        yield _target(made, tale, local, clock)


def _target(made: Run, tale: Tale, local: Local, clock: Clock) -> TargetWhy:
    policy, at = made.policy, micros(made.at)
    metric = policy.text.metrics[clock.metric]
    counted = since(clock.running, clock.since)
    due = shown_due(policy, clock)
    calendar = policy.calendar(clock.calendar, business=clock.business)
    end = at if clock.stopped is None else min(at, clock.stopped)
    worked = sla.worked(calendar, counted, end)
    target = None if clock.target is None else clock.target * SECOND
    sum_ = Sum(policy.time(clock.calendar), business=clock.business, gaps=tale.gaps(clock.metric))
    hypothetical = clock.ended and due is not None
    rows = sum_.add(_open(counted) if hypothetical else counted, end if due is None else due)
    missed = (
        tale.last("target_breached", metric=clock.metric) if clock.status in ("breached", "missed_then_met") else None
    )
    ended = tale.last(*_ENDS, metric=clock.metric) if clock.ended else None
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
        paused_state=tale.gaps(clock.metric).get(paused, ("", ""))[1] if paused is not None else "",
        missed_at=local.time(micros(missed.at)) if missed else None,
        worked=in_seconds(worked),
        left=None if target is None else in_seconds(target - worked),
        aims=tuple(_aims(tale, local, clock.metric)),
        rows=rows,
        adds_up=due is None or target is None or _counted(rows) == target,
    )


def _promise(policy: Policy, tale: Tale, clock: Clock) -> Promise | None:
    """The line of the policy that set a clock's target; the priority it was set by need not be today's."""
    record = tale.last("target_set", metric=clock.metric)
    if clock.target is None or record is None:
        return None
    words = policy.text.priorities.get(record.data["priority"])
    target = words.targets.get(clock.metric) if words else None
    if words is None or target is None:
        return None
    return Promise(
        target.seconds, target.business, str(target), target.span, tuple(map(str, words.clause)), str(words.name)
    )


def _aims(tale: Tale, local: Local, metric: str) -> Iterator[Aim]:
    for record in tale.records("target_set", metric=metric):
        since_ = local.time(micros(datetime.fromisoformat(record.data["since"])))
        data = record.data
        at, office = local.time(micros(record.at)), data["calendar"]
        yield Aim(at, data["priority"], data["seconds"], data["business"], since_, office)


def level_whys(made: Run, tale: Tale, local: Local) -> Iterator[LevelWhy]:
    """One for each level that a chain of the ticket has planned, in its present cycle."""
    for name, run in made.state.chains.items():
        chain = made.policy.text.chains[name]
        for number, state in run.levels.items():
            counted = replace(run, since=_counted_from(tale, run, number))
            yield _level(made, tale, local, (chain, chain.levels[number - 1], counted, state))


def _counted_from(tale: Tale, run: ChainState, level: int) -> int:
    """Where the chain was counted from when a level fired, which it need not be any more."""
    since = run.since
    for record in tale.records("chain_started", "level_fired", chain=run.chain, cycle=run.cycle):
        if record.type == "chain_started":
            since = micros(instant_of(record, "since"))
        elif record.data["level"] == level:
            return since
    return run.since


def _level(made: Run, tale: Tale, local: Local, found: tuple[Chain, Level, ChainState, LevelState]) -> LevelWhy:
    policy, at = made.policy, micros(made.at)
    chain, level, run, state = found
    key = {"chain": chain.name, "level": level.number}
    office = tale.office_at(state.fired) if state.fired is not None else made.state.office
    segments, ended = _counts(made, chain, run)
    due = _level_due(made, found, office, ended=ended)
    rows: tuple[Row, ...] = ()
    left = None
    if level.after is not None:
        gaps = tale.gaps(chain.counts) if chain.counts else {}
        sum_ = Sum(policy.time(office), business=level.after.business, gaps=gaps)
        rows = sum_.add(_open(segments) if ended else segments, at if due is None else due)
        if state.status == "planned":
            calendar = policy.calendar(office, business=level.after.business)
            left = in_seconds(level.after.seconds * SECOND - sla.worked(calendar, segments, at))
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
        promise=_after(level),
        counts=str(chain.counts),
        since=local.time(run.since),
        due_at=_time(local, due),
        fired_at=_time(local, state.fired),
        cause=state.cause,
        roles=tuple(map(str, level.notify)),
        notify=state.notify
        or policy.recipients(
            made.state.facts.get("organization"), level.notify, made.at if due is None else instant(due)
        ),
        then=str(level.then),
        withdrawn_at=local.time(micros(withdrawn.at)) if withdrawn else None,
        withdrawn_because=str(withdrawn.data["reason"]) if withdrawn else "",
        voided=state.voided,
        voided_because=str(voided.data["why"]) if voided else "",
        voided_fired_at=local.time(micros(datetime.fromisoformat(voided.data["fired_at"]))) if voided else None,
        left=left,
        rows=rows,
        adds_up=due is None or level.after is None or _counted(rows) == level.after.seconds * SECOND,
    )


def _after(level: Level) -> Promise | None:
    after = level.after
    return (
        None
        if after is None
        else Promise(after.seconds, after.business, str(after), after.span, tuple(map(str, level.clause)))
    )


def _counts(made: Run, chain: Chain, run: ChainState) -> tuple[Segments, bool]:
    """The stretches a chain counts, and whether they have come to an end."""
    if not chain.counts:
        return ((run.since, None),), False
    clock = made.state.clocks.get(chain.counts)
    return (since(clock.running, run.since), clock.ended) if clock else ((), True)


def _level_due(
    made: Run, found: tuple[Chain, Level, ChainState, LevelState], office: str, *, ended: bool
) -> int | None:
    """When a level fell, falls or would have fallen due."""
    chain, level, run, state = found
    if state.due is not None:
        return state.due
    if level.after is None or not ended:
        return level_due(made.policy, made.state, chain, level, run)
    segments, _ = _counts(made, chain, run)
    calendar = made.policy.calendar(office, business=level.after.business)
    return sla.due(calendar, _open(segments), level.after.seconds * SECOND)


def _open(segments: Segments) -> Segments:
    """The stretches as they would be had the last not ended."""
    return (*segments[:-1], (segments[-1][0], None)) if segments else ()


def _counted(rows: tuple[Row, ...]) -> int:
    return round(sum(row.seconds for row in rows if row.kind == "counted") * SECOND)


def _time(local: Local, us: int | None) -> datetime | None:
    return None if us is None else local.time(us)
