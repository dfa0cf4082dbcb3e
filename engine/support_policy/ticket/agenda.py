"""The agenda: a ticket's pending instants, derived from its state and the policy; never stored as truth."""

from __future__ import annotations

from dataclasses import dataclass

from support_policy.clock import sla
from support_policy.model.policy import Chain, Level
from support_policy.policy.compiled import Policy
from support_policy.ticket.state import OPEN_VERDICT, ChainState, Clock, Segments, TicketState

SECOND = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class Timer:
    """A pending instant (microseconds since 1970): a target falls due (`chain` empty), or a chain's level does.

    Timers are ordered as they happen: by instant, targets before levels, then by chain and level.
    """

    due: int
    chain: str = ""
    level: int = 0
    metric: str = ""


def since(segments: Segments, start: int) -> Segments:
    """The stretches from `start` on."""
    if not segments or segments[0][0] >= start:
        return segments
    return tuple((max(begin, start), end) for begin, end in segments if end is None or end > start)


def target_due(policy: Policy, clock: Clock) -> int | None:
    """The instant at which the clock's worked time reaches its target; None without a target, or while it cannot."""
    if clock.target is None:
        return None
    calendar = policy.calendar(clock.calendar, business=clock.business)
    return sla.due(calendar, since(clock.running, clock.since), clock.target * SECOND)


def level_due(policy: Policy, state: TicketState, chain: Chain, level: Level, run: ChainState) -> int | None:
    """The instant at which a level falls due; None while the clock it counts is paused or stopped before."""
    if level.after is None:
        return run.since
    segments: Segments = ((run.since, None),)
    if chain.counts:
        clock = state.clocks.get(chain.counts)
        segments = since(clock.running, run.since) if clock else ()
    calendar = policy.calendar(state.office, business=level.after.business)
    return sla.due(calendar, segments, level.after.seconds * SECOND)


def agenda(policy: Policy, state: TicketState) -> list[Timer]:
    """Every pending instant, in the order in which they happen."""
    timers = []
    for metric, clock in state.clocks.items():
        if clock.status in OPEN_VERDICT and clock.target is not None:
            due = target_due(policy, clock)
            if due is not None:
                timers.append(Timer(due, metric=metric))
    for name, run in state.chains.items():
        chain = policy.text.chains[name]
        for number, level in run.levels.items():
            if level.status == "planned":
                due = level_due(policy, state, chain, chain.levels[number - 1], run)
                if due is not None:
                    timers.append(Timer(due, name, number))
    timers.sort()
    return timers
