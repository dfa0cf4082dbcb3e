"""Pending instants of many tickets: worked out, and made to happen one after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.histories.clocks import open_verdict
from support_policy.batch.histories.codes import BREACHED, CHANGED, DUE, FIRED, NEVER, PLANNED
from support_policy.batch.histories.commands import NOTIFY
from support_policy.batch.histories.events import ANEW, BY_ITSELF, TIMER
from support_policy.batch.histories.levels import level_due
from support_policy.batch.histories.moves import step_machines
from support_policy.batch.histories.part import Part
from support_policy.batch.histories.state import Ints
from support_policy.batch.histories.times import target_due


def aim_timers(part: Part, tickets: Ints) -> None:
    """Work out again when the targets and levels of some tickets fall due."""
    state = part.state
    for clocks in state.clocks:
        pending = open_verdict(clocks, tickets) & (clocks.target[tickets] >= 0) & clocks.exists[tickets]
        clocks.due[tickets] = NEVER
        mine = tickets[pending]
        if mine.size:
            clocks.due[mine] = target_due(part.lowered, clocks, mine)
    for chain, runs in enumerate(state.runs):
        for level in range(runs.levels):
            planned = runs.status[level, tickets] == PLANNED
            runs.pending[level, tickets] = NEVER
            mine = tickets[planned]
            if mine.size:
                runs.pending[level, mine] = level_due(part, chain, level, mine)
    _set_next(part, tickets)


def _slots(part: Part) -> list[NDArray[np.int64]]:
    """What may fall due, in the order in which it happens at one instant (`agenda.Timer`)."""
    state, lowered = part.state, part.lowered
    by_metric = sorted(range(len(state.clocks)), key=lambda number: lowered.metrics[number].name)
    by_chain = sorted(range(len(state.runs)), key=lambda number: lowered.chains[number].name)
    made = [state.clocks[number].due for number in by_metric]
    made += [state.runs[number].pending[level] for number in by_chain for level in range(state.runs[number].levels)]
    return made + state.timers


def _set_next(part: Part, tickets: Ints) -> None:
    slots = _slots(part)
    least = slots[0][tickets] if slots else np.full(len(tickets), NEVER)
    for slot in slots[1:]:
        least = np.minimum(least, slot[tickets])
    part.state.next[tickets] = least


def fire(part: Part, tickets: Ints, bound: Ints, *, changed: bool = False) -> None:
    """All that is due before `bound` (an instant for each ticket) happens, in order.

    At its own instant, or at `bound` where a change made it overdue (`changed`).
    """
    state = part.state
    rows = np.flatnonzero(state.next[tickets] < bound)
    while rows.size:
        mine = tickets[rows]
        slots = np.stack([slot[mine] for slot in _slots(part)])
        first = slots.argmin(0)
        for place in np.unique(first):
            some = np.flatnonzero(first == place)
            _happen(part, int(place), mine[some], slots[place, some], bound[rows[some]] if changed else None)
        _set_next(part, mine)
        rows = rows[state.next[mine] < bound[rows]]


def _happen(part: Part, place: int, tickets: Ints, due: Ints, at: Ints | None) -> None:
    state, lowered = part.state, part.lowered
    if place < len(state.clocks):
        number = sorted(range(len(state.clocks)), key=lambda number: lowered.metrics[number].name)[place]
        state.clocks[number].status[tickets] = BREACHED
        state.clocks[number].due[tickets] = NEVER
        return
    place -= len(state.clocks)
    for number in sorted(range(len(state.runs)), key=lambda number: lowered.chains[number].name):
        if place < state.runs[number].levels:
            fire_level(part, number, place, tickets, due, (due, DUE) if at is None else (at, CHANGED))
            return
        place -= state.runs[number].levels
    state.timers[place][tickets] = NEVER
    state.leave(tickets, TIMER)


def fire_level(part: Part, chain: int, level: int, tickets: Ints, due: Ints, when: tuple[Ints, int]) -> None:
    """A level fires: its roles are told, and the workflows that follow it move."""
    state, lowered = part.state, part.lowered
    runs, words = state.runs[chain], lowered.chains[chain]
    at, cause = when
    runs.status[level, tickets] = FIRED
    runs.pending[level, tickets] = NEVER
    runs.due[level, tickets] = due
    runs.fired[level, tickets] = at
    runs.cause[level, tickets] = cause
    runs.reached[tickets] = np.maximum(runs.reached[tickets], level + 1)
    part.told.add(
        part,
        tickets,
        at,
        NOTIFY,
        words.levels[level].notify,
        chain=chain,
        level=level + 1,
        cycle=runs.cycle[tickets],
        cause=cause,
    )
    odd = step_machines(part, f"{words.name}.{level + 1}", tickets, at)
    state.leave(tickets if words.levels[level].do else odd, BY_ITSELF)
    if words.repeat > 1:
        state.leave(tickets[(runs.status[:, tickets] == FIRED).all(0)], ANEW)
