"""Why a level of escalation falls due when it does: what it waits for, whom it tells, and how the time adds up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from support_policy.clock import sla
from support_policy.model.event import Event, instant, micros
from support_policy.model.promise import Chain, Level
from support_policy.policy.compiled import Policy
from support_policy.ticket.agenda import SECOND, Count, level_count
from support_policy.ticket.evaluate import Local, Run, going_on
from support_policy.ticket.explain_clocks import named, sum_of, time_of, total_of
from support_policy.ticket.explain_past import Past
from support_policy.ticket.explain_runs import Begun, chain_runs
from support_policy.ticket.explain_sum import Row, in_seconds
from support_policy.ticket.explain_tale import Tale
from support_policy.ticket.explain_words import LevelWhy, Promise
from support_policy.ticket.firing import of
from support_policy.ticket.state import ChainState, Clock, LevelState, TicketState


@dataclass(frozen=True, slots=True)
class _Found:
    """A level of a run, in the words of the version of the policy (`policy`) and the ticket (`then`) it is judged by.

    For a level that fired or was withdrawn these are what they were then; `count` is what it waits for, `ended`
    whether the clock it counts had ended, and the count goes on as though it had not.
    """

    policy: Policy
    chain: Chain
    level: Level
    run: ChainState
    then: TicketState
    count: Count | None
    ended: bool


def level_whys(made: Run, tale: Tale, local: Local) -> Iterator[LevelWhy]:
    """One for each level that a chain of the ticket has planned, in its present cycle."""
    finder = _Finder(made, tale)
    runs = chain_runs(tale.events)
    for run in made.state.chains.values():
        for number, state in run.levels.items():
            found = finder.find(run, number)
            if found is not None:
                yield _level(made, tale, local, found, state, runs.get(run.key, Begun()))


class _Finder:
    """Finds levels as they were when it was decided about them."""

    def __init__(self, made: Run, tale: Tale) -> None:
        self.made, self.tale = made, tale
        self.past = Past(made.state.ticket, tale.events)

    def find(self, run: ChainState, number: int) -> _Found | None:
        """A level of a run; None where the policy has no such level (any more)."""
        state, record = run.levels[number], self._record(run, number)
        then = self._then(run, state, record)
        policy = self.made.policy.governing(then.digest, then.begun)
        chain = policy.text.chains.get(run.chain)
        # A later version of the policy may have fewer levels than fired.
        if chain is None or number > len(chain.levels):
            return None
        known = then.chains.get(run.key, run)
        counted = known if known.cycle == run.cycle else run
        clock = then.counted(chain.counts, run.team) if chain.counts else None
        running, ended = None, bool(chain.counts) and clock is None
        if clock is not None:
            stopped = self._stopped(clock, state, record)
            ended = stopped is not None
            # As though it had gone on.
            running = going_on(replace(clock, stopped=stopped)) if ended and not clock.ticking else None
        level = chain.levels[number - 1]
        count = level_count(policy, then, chain, level, counted, running)
        return _Found(policy, chain, level, counted, then, count, ended)

    def _record(self, run: ChainState, number: int) -> Event | None:
        """The record of what became of a level; None while it is planned, and where what became of it is void."""
        state, key = run.levels[number], {**of(run), "level": number}
        if state.status == "fired" and not state.voided:
            return self.tale.last("level_fired", **key, cycle=run.cycle)
        return self.tale.last("level_withdrawn", **key) if state.status == "withdrawn" else None

    def _then(self, run: ChainState, state: LevelState, record: Event | None) -> TicketState:
        """The ticket by which a level is judged: just before it fired, before the fact that withdrew it, else now."""
        if record is None:
            now = self.made.state
            return replace(now, office=now.office if state.fired is None else self.tale.office_at(state.fired))
        fact = self.tale.cause(record) if state.status == "withdrawn" else None
        if fact is not None and run.key in self.past.before(fact).chains:
            return self.past.before(fact)
        # What one fact both planned and withdrew was not there before it.
        return self.past.before(record)

    def _stopped(self, clock: Clock, state: LevelState, record: Event | None) -> int | None:
        """When the clock ended that a level counts, if it has; the fact that withdraws a level may end it, too."""
        if record is None or state.status != "withdrawn":
            return clock.stopped
        later = self.past.before(record).clocks.get(clock.key)
        return later.stopped if later is not None else clock.stopped


def _level(made: Run, tale: Tale, local: Local, found: _Found, state: LevelState, begun: Begun) -> LevelWhy:
    policy, at = found.policy, micros(made.at)
    chain, level, run, count = found.chain, found.level, found.run, found.count
    key = {**of(run), "level": level.number}
    due = state.due if state.due is not None else _due(found)
    rows: tuple[Row, ...] = ()
    left = None
    if count is not None:
        gaps = tale.gaps(chain.counts, run.team) if chain.counts else {}
        sum_ = sum_of(policy, count.calendar, local, business=count.business, gaps=gaps)
        rows = sum_.add(count.segments, at if due is None else due)
        if state.status == "planned" and not found.ended:
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
        promise=_waits(found),
        counts=str(chain.counts),
        since=local.time(run.since),
        due_at=time_of(local, due),
        fired_at=time_of(local, state.fired),
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
        adds_up=due is None or count is None or total_of(rows) == count.worked,
        team=run.team,
        round=run.round,
        rounds=chain.repeat,
        run=begun.run,
        acknowledged=local.time(micros(begun.acknowledged)) if begun.acknowledged else None,
    )


def _waits(found: _Found) -> Promise | None:
    """What a level waits for, as its line of the policy says it."""
    level, count = found.level, found.count
    clause = tuple(map(str, level.clause))
    calendar = named(count.calendar, found.then.office, business=count.business) if count else ""
    if level.after is not None:
        after = level.after
        return Promise(after.seconds, after.business, str(after), after.span, clause, calendar=calendar)
    if count is None:
        return None
    span = level.length.span if level.length else level.span
    return Promise(count.worked // SECOND, count.business, level.when, span, clause, calendar=calendar)


def _due(found: _Found) -> int | None:
    """When a level falls or would have fallen due."""
    if found.level.kind == "request":
        return found.run.since
    return found.count.due(found.policy) if found.count else None
