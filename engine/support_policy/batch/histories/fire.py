"""Pending instants of many tickets: worked out, and made to happen one after the other (`ticket.wake`)."""

from __future__ import annotations

import numpy as np

from support_policy.batch.columns.calendar import NEVER
from support_policy.batch.histories import chains, moves
from support_policy.batch.histories.clocks import open_verdict
from support_policy.batch.histories.codes import BREACHED, CAUGHT_UP, CHANGED, DUE, PLANNED
from support_policy.batch.histories.commands import NOTIFY
from support_policy.batch.histories.firing import fire_level
from support_policy.batch.histories.levels import acknowledged_until, level_due
from support_policy.batch.histories.part import Part
from support_policy.batch.histories.pauses import pause, pause_limits, reach_limit
from support_policy.batch.histories.slots import Slot
from support_policy.batch.histories.state import Bools, Ints, Small
from support_policy.batch.histories.take import take
from support_policy.batch.histories.times import target_due
from support_policy.batch.histories.why import BY_ITSELF, LATE, TIMER
from support_policy.clock.zone import SECOND
from support_policy.ticket.agenda import MOST_TIMED, Kind


def happen(part: Part, tickets: Ints, events: Ints, at: Ints) -> None:
    """A fact for each of some tickets, and what it makes overdue with it."""
    take(part, tickets, events, at)
    _overdue(part, tickets, at)


def _overdue(part: Part, tickets: Ints, at: Ints) -> None:
    rows = np.flatnonzero(part.touched[tickets])
    if rows.size:
        aim(part, tickets[rows])
        fire(part, tickets[rows], at[rows], changed=True)


def aim(part: Part, tickets: Ints) -> None:
    """Work out again when the targets, levels and acknowledgements of some tickets fall due."""
    state, lowered = part.state, part.lowered
    part.touched[tickets] = False
    for number, clocks in enumerate(state.clocks):
        if any(words.most for words in lowered.metrics[number].pause):
            clocks.limit[tickets] = pause_limits(part, number, tickets)
        pending = open_verdict(clocks, tickets) & (clocks.target[tickets] >= 0) & clocks.exists[tickets]
        clocks.due[tickets] = NEVER
        mine = tickets[pending]
        if mine.size:
            clocks.due[mine] = target_due(lowered, clocks, mine)
    for chain, runs in enumerate(state.runs):
        for level in range(runs.levels):
            planned = runs.status[level, tickets] == PLANNED
            runs.pending[level, tickets] = NEVER
            mine = tickets[planned]
            if mine.size:
                runs.pending[level, mine] = level_due(part, chain, level, mine)
        words = lowered.chains[chain].acknowledge
        if words is not None and words.lasts is not None:
            runs.over_due[tickets] = acknowledged_until(part, chain, tickets)
    moves.aim_timers(part, tickets)
    _set_next(part, tickets)


def _set_next(part: Part, tickets: Ints) -> None:
    least = np.full(len(tickets), NEVER)
    for slot in part.slots:
        np.minimum(least, slot.pending[tickets], out=least)
    part.state.next[tickets] = least


def fire(part: Part, tickets: Ints, bound: Ints, *, changed: bool = False) -> None:
    """All that is due before `bound` (an instant for each ticket) happens, in order.

    At its own instant, or at `bound` where a change made it overdue (`changed`).
    """
    state = part.state
    rows = np.flatnonzero(state.next[tickets] < bound)
    anew = np.zeros((len(part.slots), len(tickets)), bool) if changed else None
    while rows.size:
        mine = tickets[rows]
        pending = np.stack([slot.pending[mine] for slot in part.slots])
        first = pending.argmin(0)
        for place in np.unique(first):
            some, slot = np.flatnonzero(first == place), part.slots[place]
            due = pending[place, some]
            if anew is None:
                state.now[mine[some]] = np.maximum(state.now[mine[some]], due)
                _happen(part, slot, mine[some], due, due, None)
            else:
                _happen(part, slot, mine[some], due, bound[rows[some]], anew[slot.number, rows[some]])
                if slot.kind is Kind.ACKNOWLEDGED:
                    anew[slot.number, rows[some]] = True
        touched = mine[part.touched[mine]]
        if touched.size:
            aim(part, touched)
        _set_next(part, mine)
        rows = rows[state.next[mine] < bound[rows]]


def _happen(part: Part, slot: Slot, tickets: Ints, due: Ints, at: Ints, anew: Bools | None) -> None:
    """What is due happens at `at`; `anew` is None where nothing but the time made it happen."""
    state = part.state
    slot.pending[tickets] = NEVER
    if slot.kind is Kind.TARGET:
        state.clocks[slot.number].status[tickets] = BREACHED
        part.touched[tickets] |= part.lowered.guarded_timers
    elif slot.kind is Kind.PAUSE_LIMIT:
        reach_limit(part, slot.number, tickets, at)
    elif slot.kind is Kind.LEVEL:
        _level(part, slot, tickets, due, at, anew)
    elif slot.kind is Kind.ACKNOWLEDGED:
        state.runs[slot.number].acknowledged[tickets] = NEVER
        chains.begin_anew(part, slot.number, tickets, at)
    else:
        _state(part, slot.number, tickets, due, at, changed=anew is not None)


def _level(part: Part, slot: Slot, tickets: Ints, due: Ints, at: Ints, anew: Bools | None) -> None:
    state, chain = part.state, part.lowered.chains[slot.number]
    now = state.now[tickets]
    cause = _cause(part, now, np.maximum(due, state.runs[slot.number].since[tickets]))
    fired = np.maximum(now, due)
    if anew is not None:
        # What a new run begun by the change finds overdue is due with it; what was learned late is not so simple.
        state.leave(tickets[anew & (now != at)], LATE)
        cause, fired = np.where(anew, cause, CHANGED), np.where(anew, fired, at)
    fire_level(part, slot.number, slot.level, tickets, due, fired, cause.astype(np.int8))
    if part.lowered.guarded_pauses:
        pause(part, tickets, fired)
    if chain.levels[slot.level].do:
        _act(part, part.events.by_levels.get((slot.number, slot.level)), tickets, at)
        later = np.flatnonzero(cause != CHANGED)
        _overdue(part, tickets[later], at[later])
    since = at if anew is None else np.where(anew, due, at)
    chains.next_round(part, slot.number, tickets, since)


def _cause(part: Part, now: Ints, due: Ints) -> Small:
    late = part.lowered.policy.setting("caught_up_after").seconds * SECOND
    return np.where(now - due <= late, DUE, CAUGHT_UP).astype(np.int8)


def _state(part: Part, place: int, tickets: Ints, due: Ints, at: Ints, *, changed: bool) -> None:
    """A workflow's timer goes off: roles are told, and the event it has happen happens."""
    state = part.state
    timer = part.lowered.timers[place].words
    state.timed[tickets] += 1
    state.leave(tickets[(state.timed[tickets] > MOST_TIMED)], TIMER)
    causes = np.full(len(tickets), CHANGED, np.int8) if changed else _cause(part, state.now[tickets], due)
    for code in np.unique(causes):
        rows = np.flatnonzero(causes == code)
        part.notices.add(tickets[rows], at[rows], NOTIFY, timer.notify, cause=int(code))
    moves.count_firing(part, place, tickets)
    if timer.do:
        _act(part, part.events.by_timers.get(place), tickets, at)
    if not changed:
        _overdue(part, tickets, at)


def _act(part: Part, event: int | None, tickets: Ints, at: Ints) -> None:
    """An event happens by itself."""
    if event is None:
        part.state.leave(tickets, BY_ITSELF)
    else:
        take(part, tickets, np.full(len(tickets), event), at, by_itself=True)
