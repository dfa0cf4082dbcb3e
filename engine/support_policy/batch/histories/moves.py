"""Workflows move, and the timers of their states begin to run."""

from __future__ import annotations

import numpy as np

from support_policy.batch.histories.codes import NEVER
from support_policy.batch.histories.events import TIMER
from support_policy.batch.histories.lower import GUARDED, YES
from support_policy.batch.histories.part import Part, Step
from support_policy.batch.histories.state import Bools, Ints
from support_policy.batch.histories.times import SECOND, due
from support_policy.model.calendars import LOCAL


def move(part: Part, step: Step) -> None:
    """The edges of a step are taken; with the first move of its life a ticket begins."""
    lowered, state = part.lowered, part.state
    for number, machine in enumerate(lowered.machines):
        edge = step.edges[number]
        rows = np.flatnonzero(edge >= 0)
        if rows.size:
            moved = _go(part, number, step.tickets[rows], machine.dest[edge[rows]], step.at[rows])
            if number == lowered.life:
                fresh = moved & step.began[rows]
                state.begun[step.tickets[rows[fresh]]] = step.at[rows[fresh]]
    if lowered.timers:
        _begin_timers(part, step)
        _reset_timers(part, step)


def _go(part: Part, number: int, tickets: Ints, dest: np.ndarray, at: Ints) -> Bools:
    """Some tickets go to a state each; which of them thereby begin another stay."""
    state = part.state
    old = state.machines[number][tickets]
    moved: Bools = (dest != old) | ~state.moved[number][tickets]
    state.machines[number][tickets] = dest
    state.moved[number][tickets] = True
    for place, (machine, where, _, _) in enumerate(part.lowered.timers):
        if machine == number:
            left = tickets[moved & (dest != where)]
            state.timers[place][left] = NEVER
            part.touched[left] = True
            _arm(part, place, tickets[moved & (dest == where)], at[moved & (dest == where)])
    return moved


def step_machines(part: Part, trigger: str, tickets: Ints, at: Ints) -> Ints:
    """The workflows that follow a firing move; the tickets whose life would, which is left to the rows."""
    lowered, state = part.lowered, part.state
    odd = [np.zeros(0, np.int64)]
    for number, machine in enumerate(lowered.machines):
        if trigger not in machine.words.triggers:
            continue
        edge = machine.of(trigger, lowered.triggers)[state.machines[number][tickets]]
        if number == lowered.life:
            odd.append(tickets[(edge >= 0) | (edge == GUARDED)])
            continue
        odd.append(tickets[edge == GUARDED])
        goes = edge >= 0
        _go(part, number, tickets[goes], machine.dest[edge[goes]], at[goes])
    return np.concatenate(odd)


def _arm(part: Part, place: int, tickets: Ints, since: Ints) -> None:
    """A timer of a workflow counts from `since`."""
    if not tickets.size:
        return
    lowered, state = part.lowered, part.state
    timer = lowered.timers[place][2]
    name = timer.calendar or LOCAL
    fixed = None if name == LOCAL else lowered.calendar_code[str(name)]
    office = state.office[tickets]
    calendar = np.where(office >= 0, office, part.customers.default) if fixed is None else np.full(len(tickets), fixed)
    key = (calendar.astype(np.int32) << 1) | int(timer.after.business)
    length = np.full(len(tickets), timer.after.seconds * SECOND, np.int64)
    state.timers[place][tickets] = due(lowered, key, since, length)
    part.touched[tickets] = True
    if not timer.after.seconds:
        state.leave(tickets, TIMER)


def _begin_timers(part: Part, step: Step) -> None:
    """A workflow that has not moved is where it began, from the beginning of the ticket on."""
    lowered, state = part.lowered, part.state
    for place, (machine, where, _, _) in enumerate(lowered.timers):
        if machine != lowered.life and where == lowered.machines[machine].initial:
            rows = np.flatnonzero(step.began & ~state.moved[machine][step.tickets])
            _arm(part, place, step.tickets[rows], step.at[rows])


def _reset_timers(part: Part, step: Step) -> None:
    lowered, state = part.lowered, part.state
    for place, (machine, where, _, resets) in enumerate(lowered.timers):
        found = resets[step.type, step.by]
        if not found.any():
            continue
        rows = np.flatnonzero((found > 0) & (state.machines[machine][step.tickets] == where))
        _arm(part, place, step.tickets[rows], step.at[rows])
        state.leave(step.tickets[rows[found[rows] != YES]], TIMER)
