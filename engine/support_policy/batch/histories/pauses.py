"""Clocks that pause while a ticket is in a state, for many tickets at once (`ticket.clocks`, `ticket.agenda`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.columns.calendar import NEVER
from support_policy.batch.histories.clocks import resume
from support_policy.batch.histories.codes import PAUSED, RUNNING
from support_policy.batch.histories.guards import stands
from support_policy.batch.histories.hours import by_priority, or_office
from support_policy.batch.histories.lower import ASK, YES
from support_policy.batch.histories.part import Part
from support_policy.batch.histories.state import Bools, Ints
from support_policy.batch.histories.times import due, keys
from support_policy.clock.zone import SECOND


def pausing(part: Part, number: int, tickets: Ints) -> NDArray[np.int16]:
    """The pause that the present state means for each ticket's clock of a metric, its limit aside; -1: none."""
    lowered, state = part.lowered, part.state
    life = lowered.machines[lowered.life]
    made = np.full(len(tickets), -1, np.int16)
    for place, words in enumerate(lowered.metrics[number].pause):
        if words.state in life.states and lowered.policy.holds(words.assumption):
            there = state.machines[lowered.life][tickets] == life.states.index(words.state)
            rows = np.flatnonzero(there & (made < 0))
            made[rows[stands(part, str(words.guard), tickets[rows])]] = place
    return made


def pause(part: Part, tickets: Ints, at: Ints) -> None:
    """Clocks that the present state pauses, and those that it no longer does."""
    lowered, state = part.lowered, part.state
    life = state.machines[lowered.life][tickets]
    for number, clocks in enumerate(state.clocks):
        pauses = lowered.pauses[number]
        if not pauses.any():
            continue
        found = pauses[life]
        live, ticking = clocks.live(tickets), clocks.ticking[tickets]
        still = found == YES
        asked = np.flatnonzero(live & (found == ASK))
        if asked.size:
            still[asked] = _still(part, number, tickets[asked])
            part.touched[tickets[asked]] = True
        rows = np.flatnonzero(live & ticking & still)
        if rows.size:
            mine = tickets[rows]
            clocks.status[mine[clocks.status[mine] == RUNNING]] = PAUSED
            clocks.halt(mine, at[rows])
            part.touched[mine] = True
        rows = np.flatnonzero(live & ~ticking & ~still)
        if rows.size:
            resume(clocks, tickets[rows], at[rows])
            part.touched[tickets[rows]] = True


def _still(part: Part, number: int, tickets: Ints) -> Bools:
    """Which clocks a pause holds, whose limit is not reached."""
    clocks, words = part.state.clocks[number], part.lowered.metrics[number].pause
    place = pausing(part, number, tickets)
    limited = np.array([*(pause.most is not None for pause in words), False])[place]
    found: Bools = (place >= 0) & ~(limited & (clocks.overstayed[tickets] == part.state.stay[tickets]))
    return found


def pause_limits(part: Part, number: int, tickets: Ints) -> Ints:
    """When the pauses of some tickets' clocks reach their limits; NEVER where there is none."""
    lowered, state = part.lowered, part.state
    clocks, metric = state.clocks[number], lowered.metrics[number]
    made = np.full(len(tickets), NEVER)
    rows = np.flatnonzero(clocks.live(tickets) & ~clocks.ticking[tickets])
    rows = rows[clocks.overstayed[tickets[rows]] != state.stay[tickets[rows]]]
    place = pausing(part, number, tickets[rows])
    for index, words in enumerate(metric.pause):
        mine = rows[place == index]
        if words.most is None or not mine.size:
            continue
        calendar = by_priority(part, metric.calendar)[state.priority[tickets[mine]]]
        key = keys(or_office(part, calendar, tickets[mine]), np.full(len(mine), words.most.business))
        length = np.full(len(mine), words.most.seconds * SECOND, np.int64)
        made[mine] = due(lowered, key, state.stay[tickets[mine]], length)
    return made


def reach_limit(part: Part, number: int, tickets: Ints, at: Ints) -> None:
    """A pause has reached its limit: the clock goes on, whatever else this stay brings."""
    clocks = part.state.clocks[number]
    resume(clocks, tickets, at)
    clocks.overstayed[tickets] = part.state.stay[tickets]
    part.touched[tickets] = True
