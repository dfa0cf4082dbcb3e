"""Pending instants of many tickets: worked out, and made to happen one after the other (`ticket.wake`)."""

from __future__ import annotations

import numpy as np

from support_policy.batch.columns.calendar import NEVER
from support_policy.batch.histories import chains, moves
from support_policy.batch.histories.clocks import open_verdict
from support_policy.batch.histories.codes import BREACHED, CAUGHT_UP, CHANGED, DUE, PLANNED
from support_policy.batch.histories.cohort import Cohort
from support_policy.batch.histories.commands import NOTIFY
from support_policy.batch.histories.firing import fire_level
from support_policy.batch.histories.levels import acknowledged_until, level_due
from support_policy.batch.histories.pauses import pause, pause_limits, reach_limit
from support_policy.batch.histories.slots import Slot
from support_policy.batch.histories.state import Bools, Ints, Small
from support_policy.batch.histories.take import take
from support_policy.batch.histories.times import target_due
from support_policy.batch.histories.why import BY_ITSELF, LATE, TIMER
from support_policy.clock.zone import SECOND
from support_policy.ticket.agenda import MOST_TIMED, Kind


def happen(cohort: Cohort, tickets: Ints, events: Ints, at: Ints) -> None:
    """A fact for each of some tickets, and what it makes overdue with it."""
    take(cohort, tickets, events, at)
    _overdue(cohort, tickets, at)


def _overdue(cohort: Cohort, tickets: Ints, at: Ints) -> None:
    rows = np.flatnonzero(cohort.touched[tickets])
    if rows.size:
        aim(cohort, tickets[rows])
        fire(cohort, tickets[rows], at[rows], changed=True)


def aim(cohort: Cohort, tickets: Ints) -> None:
    """Work out again when the targets, levels and acknowledgements of some tickets fall due."""
    state, lowered = cohort.state, cohort.lowered
    cohort.touched[tickets] = False
    for number, clocks in enumerate(state.clocks):
        if any(words.most for words in lowered.metrics[number].pause):
            clocks.limit[tickets] = pause_limits(cohort, number, tickets)
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
                runs.pending[level, mine] = level_due(cohort, chain, level, mine)
        words = lowered.chains[chain].acknowledge
        if words is not None and words.lasts is not None:
            runs.over_due[tickets] = acknowledged_until(cohort, chain, tickets)
    moves.aim_timers(cohort, tickets)
    _set_next(cohort, tickets)


def _set_next(cohort: Cohort, tickets: Ints) -> None:
    least = np.full(len(tickets), NEVER)
    for slot in cohort.slots:
        np.minimum(least, slot.pending[tickets], out=least)
    cohort.state.next[tickets] = least


def fire(cohort: Cohort, tickets: Ints, bound: Ints, *, changed: bool = False) -> None:
    """All that is due before `bound` (an instant for each ticket) happens, in order.

    At its own instant, or at `bound` where a change made it overdue (`changed`).
    """
    state = cohort.state
    rows = np.flatnonzero(state.next[tickets] < bound)
    anew = np.zeros((len(cohort.slots), len(tickets)), bool) if changed else None
    while rows.size:
        mine = tickets[rows]
        pending = np.stack([slot.pending[mine] for slot in cohort.slots])
        first = pending.argmin(0)
        for place in np.unique(first):
            some, slot = np.flatnonzero(first == place), cohort.slots[place]
            due = pending[place, some]
            if anew is None:
                state.now[mine[some]] = np.maximum(state.now[mine[some]], due)
                _happen(cohort, slot, mine[some], due, due, None)
            else:
                _happen(cohort, slot, mine[some], due, bound[rows[some]], anew[slot.number, rows[some]])
                if slot.kind is Kind.ACKNOWLEDGED:
                    anew[slot.number, rows[some]] = True
        touched = mine[cohort.touched[mine]]
        if touched.size:
            aim(cohort, touched)
        _set_next(cohort, mine)
        rows = rows[state.next[mine] < bound[rows]]


def _happen(cohort: Cohort, slot: Slot, tickets: Ints, due: Ints, at: Ints, anew: Bools | None) -> None:
    """What is due happens at `at`; `anew` is None where nothing but the time made it happen."""
    state = cohort.state
    slot.pending[tickets] = NEVER
    if slot.kind is Kind.TARGET:
        state.clocks[slot.number].status[tickets] = BREACHED
        cohort.touched[tickets] |= cohort.lowered.guarded_timers
    elif slot.kind is Kind.PAUSE_LIMIT:
        reach_limit(cohort, slot.number, tickets, at)
    elif slot.kind is Kind.LEVEL:
        _level(cohort, slot, tickets, due, at, anew)
    elif slot.kind is Kind.ACKNOWLEDGED:
        state.runs[slot.number].acknowledged[tickets] = NEVER
        chains.begin_anew(cohort, slot.number, tickets, at)
    else:
        _state(cohort, slot.number, tickets, due, at, changed=anew is not None)


def _level(cohort: Cohort, slot: Slot, tickets: Ints, due: Ints, at: Ints, anew: Bools | None) -> None:
    state, chain = cohort.state, cohort.lowered.chains[slot.number]
    now = state.now[tickets]
    cause = _cause(cohort, now, np.maximum(due, state.runs[slot.number].since[tickets]))
    fired = np.maximum(now, due)
    if anew is not None:
        # What a new run begun by the change finds overdue is due with it; what was learned late is not so simple.
        state.leave(tickets[anew & (now != at)], LATE)
        cause, fired = np.where(anew, cause, CHANGED), np.where(anew, fired, at)
    fire_level(cohort, slot.number, slot.level, tickets, due, fired, cause.astype(np.int8))
    if cohort.lowered.guarded_pauses:
        pause(cohort, tickets, fired)
    if chain.levels[slot.level].do:
        _act(cohort, cohort.events.by_levels.get((slot.number, slot.level)), tickets, at)
        later = np.flatnonzero(cause != CHANGED)
        _overdue(cohort, tickets[later], at[later])
    since = at if anew is None else np.where(anew, due, at)
    chains.next_round(cohort, slot.number, tickets, since)


def _cause(cohort: Cohort, now: Ints, due: Ints) -> Small:
    late = cohort.lowered.policy.setting("caught_up_after").seconds * SECOND
    return np.where(now - due <= late, DUE, CAUGHT_UP).astype(np.int8)


def _state(cohort: Cohort, place: int, tickets: Ints, due: Ints, at: Ints, *, changed: bool) -> None:
    """A workflow's timer goes off: roles are told, and the event it has happen happens."""
    state = cohort.state
    timer = cohort.lowered.timers[place].words
    state.timed[tickets] += 1
    state.leave(tickets[(state.timed[tickets] > MOST_TIMED)], TIMER)
    causes = np.full(len(tickets), CHANGED, np.int8) if changed else _cause(cohort, state.now[tickets], due)
    for code in np.unique(causes):
        rows = np.flatnonzero(causes == code)
        cohort.notices.add(tickets[rows], at[rows], NOTIFY, timer.notify, cause=int(code))
    moves.count_firing(cohort, place, tickets)
    if timer.do:
        _act(cohort, cohort.events.by_timers.get(place), tickets, at)
    if not changed:
        _overdue(cohort, tickets, at)


def _act(cohort: Cohort, event: int | None, tickets: Ints, at: Ints) -> None:
    """An event happens by itself."""
    if event is None:
        cohort.state.leave(tickets, BY_ITSELF)
    else:
        take(cohort, tickets, np.full(len(tickets), event), at, by_itself=True)
