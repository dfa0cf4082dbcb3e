"""Workflows move, and the timers of their states begin to run."""

from __future__ import annotations

import numpy as np

from support_policy.batch.columns.calendar import NEVER
from support_policy.batch.histories.cohort import Cohort, Step
from support_policy.batch.histories.guards import stands
from support_policy.batch.histories.hours import code_of, or_office
from support_policy.batch.histories.lower import GUARDED, YES
from support_policy.batch.histories.state import Bools, Ints
from support_policy.batch.histories.times import due, keys
from support_policy.batch.histories.why import TIMER
from support_policy.clock.zone import SECOND
from support_policy.model.calendars import LOCAL


def move(cohort: Cohort, step: Step) -> None:
    """The edges of a step are taken; with the first move of its life a ticket begins."""
    lowered, state = cohort.lowered, cohort.state
    for number, machine in enumerate(lowered.machines):
        edge = step.edges[number]
        rows = np.flatnonzero(edge >= 0)
        if rows.size:
            moved = _go(cohort, number, step.tickets[rows], machine.dest[edge[rows]], step.at[rows])
            if number == lowered.life:
                fresh = moved & step.began[rows]
                state.begun[step.tickets[rows[fresh]]] = step.at[rows[fresh]]


def _go(cohort: Cohort, number: int, tickets: Ints, dest: np.ndarray, at: Ints) -> Bools:
    """Some tickets go to a state each; which of them thereby begin another stay."""
    state = cohort.state
    old = state.machines[number][tickets]
    moved: Bools = (dest != old) | ~state.moved[number][tickets]
    state.machines[number][tickets] = dest
    state.moved[number][tickets] = True
    if number == cohort.lowered.life:
        state.stay[tickets[moved]] = at[moved]
    for place, timer in enumerate(cohort.lowered.timers):
        if timer.machine == number:
            entered = moved & (dest == timer.state)
            cohort.touched[tickets[moved]] = True
            _arm(cohort, place, tickets[entered], at[entered])
    return moved


def step_machines(cohort: Cohort, trigger: str, tickets: Ints, at: Ints) -> Ints:
    """The workflows that follow a firing move; the tickets whose life would, which is left to the rows."""
    lowered, state = cohort.lowered, cohort.state
    odd = [np.zeros(0, np.int64)]
    for number, machine in enumerate(lowered.machines):
        if trigger not in machine.words.triggers:
            continue
        edge = machine.table[state.machines[number][tickets], lowered.triggers[trigger]]
        if number == lowered.life:
            odd.append(tickets[(edge >= 0) | (edge == GUARDED)])
            continue
        odd.append(tickets[edge == GUARDED])
        goes = edge >= 0
        _go(cohort, number, tickets[goes], machine.dest[edge[goes]], at[goes])
    return np.concatenate(odd)


def _arm(cohort: Cohort, place: int, tickets: Ints, since: Ints) -> None:
    """A timer of a workflow counts anew from `since`."""
    cohort.state.counted[place][tickets] = since
    cohort.state.gone_off[place][tickets] = 0
    cohort.touched[tickets] = True


def aim_timers(cohort: Cohort, tickets: Ints) -> None:
    """Work out again when workflows' timers go off: in the stay that each ticket is in, so often as they repeat."""
    lowered, state = cohort.lowered, cohort.state
    for place, timed in enumerate(lowered.timers):
        timer, gone_off = timed.words, state.gone_off[place]
        there = (state.machines[timed.machine][tickets] == timed.state) & (gone_off[tickets] < timer.repeat)
        state.timers[place][tickets] = NEVER
        mine = tickets[there & (state.begun[tickets] != NEVER)]
        mine = mine[stands(cohort, str(timer.guard), mine)]
        if not mine.size:
            continue
        name = timer.calendar or LOCAL
        calendar = or_office(cohort, np.full(len(mine), code_of(cohort, name), np.int32), mine)
        key = keys(calendar, np.full(len(mine), timer.after.business))
        length = (gone_off[mine] + 1) * timer.after.seconds * SECOND
        state.timers[place][mine] = due(lowered, key, state.counted[place][mine], length)


def count_firing(cohort: Cohort, place: int, tickets: Ints) -> None:
    """A timer has gone off once more in a stay."""
    cohort.state.gone_off[place][tickets] += 1
    cohort.touched[tickets] = True


def begin_timers(cohort: Cohort, step: Step) -> None:
    """A workflow that has not moved is where it began, from the beginning of the ticket on; and what resets timers."""
    lowered, state = cohort.lowered, cohort.state
    for place, timer in enumerate(lowered.timers):
        if timer.machine != lowered.life and timer.state == lowered.machines[timer.machine].initial:
            rows = np.flatnonzero(step.began & ~state.moved[timer.machine][step.tickets])
            _arm(cohort, place, step.tickets[rows], step.at[rows])
        found = timer.resets[step.type, step.by]
        if found.any():
            rows = np.flatnonzero((found > 0) & (state.machines[timer.machine][step.tickets] == timer.state))
            _arm(cohort, place, step.tickets[rows], step.at[rows])
            state.leave(step.tickets[rows[found[rows] != YES]], TIMER)
