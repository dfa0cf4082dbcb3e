"""The agenda: a ticket's pending instants, derived from its state and the policy; never stored as truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from support_policy.clock import sla
from support_policy.model.calendars import LOCAL
from support_policy.model.event import instant, micros
from support_policy.model.promise import Chain, Level, Pause, chosen
from support_policy.model.workflow import StateTimer, Table
from support_policy.policy.compiled import Policy
from support_policy.policy.names import LIFECYCLE
from support_policy.source.words import Duration
from support_policy.ticket.known import holds, known
from support_policy.ticket.state import OPEN_VERDICT, ChainState, Clock, Segments, TicketState

SECOND = 1_000_000
MOST_TIMED = 1000
"""After so many firings of its workflow timers a ticket's timers rest: two of them keep each other going."""


class Kind(IntEnum):
    """What may fall due, in the order in which it happens at one instant."""

    PAUSE_LIMIT = 0
    TARGET = 1
    LEVEL = 2
    ACKNOWLEDGED = 3
    STATE = 4
    VERSION = 5


@dataclass(frozen=True, slots=True, order=True)
class Timer:
    """A pending instant (microseconds since 1970), in the order in which they happen.

    `name` is the key of the clock (PAUSE_LIMIT, TARGET) or of the chain (LEVEL, ACKNOWLEDGED), the id of the workflow's
    timer (STATE), the digest of the version that begins (VERSION); `level` the level's number.
    """

    due: int
    kind: Kind
    name: str
    level: int = 0


def since(segments: Segments, start: int) -> Segments:
    """The stretches from `start` on."""
    if not segments or segments[0][0] >= start:
        return segments
    return tuple((max(begin, start), end) for begin, end in segments if end is None or end > start)


def calendar_name(state: TicketState, *names: str) -> str:
    """The first calendar that is named; `local`, or none, is the office that serves the ticket."""
    name = next(filter(None, names), LOCAL)
    return state.office if name == LOCAL else name


def length_due(policy: Policy, calendar: str, length: Duration, start: int) -> int | None:
    """Where a length of time that begins at `start` ends."""
    return policy.calendar(calendar, business=length.business).due_us(start, length.seconds * SECOND)


def target_due(policy: Policy, clock: Clock) -> int | None:
    """The instant at which the clock's worked time reaches its target; None without a target, or while it cannot."""
    if clock.target is None:
        return None
    calendar = policy.calendar(clock.calendar, business=clock.business)
    return sla.due(calendar, since(clock.running, clock.since), clock.target * SECOND)


def level_calendar(policy: Policy, state: TicketState, chain: Chain, level: Level, clock: Clock | None) -> str:
    """The calendar by which a level's business time is counted: its own, its chain's, or that of what it counts."""
    metric = policy.text.metrics.get(chain.counts)
    own = chosen(metric.calendar, state.priority) if metric else ""
    if clock is not None and clock.target is not None and clock.business:
        own = clock.calendar
    return calendar_name(state, level.calendar, chosen(chain.calendar, state.priority), own)


@dataclass(frozen=True, slots=True)
class Count:
    """What a level waits for: `worked` (microseconds) over the `segments`, by a calendar's hours or the wall clock."""

    calendar: str
    business: bool
    segments: Segments
    worked: int

    def due(self, policy: Policy) -> int | None:
        """The instant at which so much has been worked; None while it cannot be."""
        return sla.due(policy.calendar(self.calendar, business=self.business), self.segments, self.worked)


def level_due(policy: Policy, state: TicketState, chain: Chain, level: Level, run: ChainState) -> int | None:
    """The instant at which a level falls due; None while the clock it counts is paused or stopped before."""
    if level.kind == "request":
        return run.since
    count = level_count(policy, state, chain, level, run)
    return count.due(policy) if count else None


def level_count(
    policy: Policy,
    state: TicketState,
    chain: Chain,
    level: Level,
    run: ChainState,
    running: Segments | None = None,
) -> Count | None:
    """What a level waits for, over the stretches `running` (default: those of the clock the chain counts).

    None where it waits for nothing: it was requested, or there is no clock, or no target to count from.
    """
    clock = state.counted(chain.counts, run.team) if chain.counts else None
    if chain.counts and clock is None:
        return None
    if running is None:
        running = clock.running if clock else ((run.since, None),)
    if level.of_target:
        calendar = level_calendar(policy, state, chain, level, clock)
        return _share(policy, clock, running, level, calendar) if clock else None
    length = level.length
    if length is None:
        return None
    calendar = level_calendar(policy, state, chain, level, clock)
    return Count(calendar, length.business, since(running, run.since), length.seconds * SECOND)


def _share(policy: Policy, clock: Clock, running: Segments, level: Level, calendar: str) -> Count | None:
    """What a level that is counted from the target waits for; `calendar` counts business time past another target."""
    if clock.target is None:
        return None
    segments, target = since(running, clock.since), clock.target * SECOND
    whole = Count(clock.calendar, clock.business, segments, target)
    length = level.length.seconds * SECOND if level.length else 0
    if level.kind == "at":
        return replace(whole, worked=target * level.share // 10_000)
    if level.kind == "before":
        return replace(whole, worked=max(target - length, 0))
    if level.length is None or level.length.business == clock.business:
        return replace(whole, worked=target + length)
    # Another kind of time than the target's: counted from where the target was due.
    due = whole.due(policy)
    return None if due is None else Count(calendar, level.length.business, since(segments, due), length)


class Asked:
    """What rules may ask, worked out once, and only where something hangs on a rule."""

    def __init__(self, policy: Policy, state: TicketState) -> None:
        self.policy, self.state = policy, state
        self._values: Mapping[str, Any] | None = None

    def holds(self, guard: str) -> bool:
        """Whether a rule of the set `guards` holds as things stand."""
        if not guard:
            return True
        if self._values is None:
            self._values = known(self.policy, self.state, instant(self.state.last_fact or 0))
        return holds(self.policy, guard, self._values)


def pausing(asked: Asked, clock: Clock) -> Pause | None:
    """The pause that the present state means for a clock, its limit aside."""
    policy, state = asked.policy, asked.state
    at = state.machines.get(LIFECYCLE)
    for pause in policy.text.metrics[clock.metric].pause:
        if pause.state == at and policy.holds(pause.assumption) and asked.holds(pause.guard):
            return pause
    return None


def elsewhere(asked: Asked, clock: Clock) -> bool:
    """Whether a clock is that of a team that does not have the ticket now."""
    return bool(clock.team) and clock.team != asked.state.team


def agenda(policy: Policy, state: TicketState) -> list[Timer]:
    """Every pending instant, in the order in which they happen."""
    asked = Asked(policy, state)
    timers = [*_targets(policy, state), *_levels(policy, state), *_acknowledged(policy, state)]
    timers += [*_pauses(asked), *_states(asked), *_versions(policy, state)]
    timers.sort()
    return timers


def _targets(policy: Policy, state: TicketState) -> Iterator[Timer]:
    for key, clock in state.clocks.items():
        if clock.status in OPEN_VERDICT and clock.target is not None:
            due = target_due(policy, clock)
            if due is not None:
                yield Timer(due, Kind.TARGET, key)


def _levels(policy: Policy, state: TicketState) -> Iterator[Timer]:
    for key, run in state.chains.items():
        chain = policy.text.chains.get(run.chain)
        for number, level in run.levels.items():
            if chain is not None and level.status == "planned":
                due = level_due(policy, state, chain, chain.levels[number - 1], run)
                if due is not None:
                    yield Timer(due, Kind.LEVEL, key, number)


def _acknowledged(policy: Policy, state: TicketState) -> Iterator[Timer]:
    for key, run in state.chains.items():
        chain = policy.text.chains.get(run.chain)
        lasts = chain.acknowledge.lasts if chain and chain.acknowledge else None
        if run.acknowledged is None or lasts is None or chain is None or chain.name not in state.escalation:
            continue
        clock, metric = state.counted(chain.counts, run.team), policy.text.metrics.get(chain.counts)
        if clock is not None and not clock.ended:
            own = chosen(metric.calendar, state.priority) if metric else ""
            calendar = calendar_name(state, chosen(chain.calendar, state.priority), own)
            due = length_due(policy, calendar, lasts, run.acknowledged)
            if due is not None:
                yield Timer(due, Kind.ACKNOWLEDGED, key)


def _pauses(asked: Asked) -> Iterator[Timer]:
    policy, state = asked.policy, asked.state
    for key, clock in state.clocks.items():
        stay = state.stay(LIFECYCLE)
        limits = any(pause.most for pause in policy.text.metrics[clock.metric].pause)
        if clock.ended or clock.ticking or stay is None or not limits:
            continue
        pause = None if elsewhere(asked, clock) else pausing(asked, clock)
        if pause is not None and pause.most is not None and clock.overstayed != stay.since:
            own = chosen(policy.text.metrics[clock.metric].calendar, state.priority)
            due = length_due(policy, calendar_name(state, own), pause.most, stay.since)
            if due is not None:
                yield Timer(due, Kind.PAUSE_LIMIT, key)


def _states(asked: Asked) -> Iterator[Timer]:
    policy, state = asked.policy, asked.state
    if state.timed >= MOST_TIMED:
        return
    for table in policy.tables.values():
        if not table.timers or (LIFECYCLE not in state.machines):
            continue
        for timer in table.timers.get(state.machines.get(table.name, table.initial), ()):
            due = state_due(asked, table, timer)
            if due is not None:
                yield Timer(due, Kind.STATE, timer.id)


def state_due(asked: Asked, table: Table, timer: StateTimer) -> int | None:
    """When a workflow's timer fires next; None when it does not in this stay, as things stand."""
    stay = asked.state.stay(table.name)
    if stay is None:
        return None
    fired = stay.fired.get(timer.id, 0)
    if fired >= timer.repeat or not asked.holds(timer.guard):
        return None
    calendar = calendar_name(asked.state, timer.calendar)
    clock = asked.policy.calendar(calendar, business=timer.after.business)
    return clock.due_us(max(stay.since, stay.reset.get(timer.id, 0)), (fired + 1) * timer.after.seconds * SECOND)


def _versions(policy: Policy, state: TicketState) -> Iterator[Timer]:
    """The next version of the policy, where it takes over the tickets in flight."""
    following = policy.successor
    if following is None or state.begun is None or following.text.effective_from is None:
        return
    if following.text.open_tickets == "retarget" and state.machines.get(LIFECYCLE) not in policy.life.finals:
        yield Timer(micros(following.text.effective_from), Kind.VERSION, following.digest)
