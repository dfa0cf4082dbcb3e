"""Clocks that pause while a ticket is in a state, for many tickets at once (`ticket.clocks`, `ticket.agenda`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.columns.calendar import NEVER
from support_policy.batch.histories.clocks import resume
from support_policy.batch.histories.codes import PAUSED, RUNNING
from support_policy.batch.histories.cohort import Cohort
from support_policy.batch.histories.guards import stands
from support_policy.batch.histories.hours import by_priority, or_office
from support_policy.batch.histories.lower import ASK, YES
from support_policy.batch.histories.state import Bools, Ints
from support_policy.batch.histories.times import due, keys
from support_policy.clock.zone import SECOND


def pausing(cohort: Cohort, number: int, tickets: Ints) -> NDArray[np.int16]:
    """The pause that the present state means for each ticket's clock of a metric, its limit aside; -1: none."""
    lowered, state = cohort.lowered, cohort.state
    life = lowered.machines[lowered.life]
    made = np.full(len(tickets), -1, np.int16)
    for place, words in enumerate(lowered.metrics[number].pause):
        if words.state in life.states and lowered.policy.holds(words.assumption):
            there = state.machines[lowered.life][tickets] == life.states.index(words.state)
            rows = np.flatnonzero(there & (made < 0))
            made[rows[stands(cohort, str(words.guard), tickets[rows])]] = place
    return made


def pause(cohort: Cohort, tickets: Ints, at: Ints) -> None:
    """Clocks that the present state pauses, and those that it no longer does."""
    lowered, state = cohort.lowered, cohort.state
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
            still[asked] = _still(cohort, number, tickets[asked])
            cohort.touched[tickets[asked]] = True
        rows = np.flatnonzero(live & ticking & still)
        if rows.size:
            mine = tickets[rows]
            clocks.status[mine[clocks.status[mine] == RUNNING]] = PAUSED
            clocks.halt(mine, at[rows])
            cohort.touched[mine] = True
        rows = np.flatnonzero(live & ~ticking & ~still)
        if rows.size:
            resume(clocks, tickets[rows], at[rows])
            cohort.touched[tickets[rows]] = True


def _still(cohort: Cohort, number: int, tickets: Ints) -> Bools:
    """Which clocks a pause holds, whose limit is not reached."""
    clocks, words = cohort.state.clocks[number], cohort.lowered.metrics[number].pause
    place = pausing(cohort, number, tickets)
    limited = np.array([*(pause.most is not None for pause in words), False])[place]
    found: Bools = (place >= 0) & ~(limited & (clocks.overstayed[tickets] == cohort.state.stay[tickets]))
    return found


def pause_limits(cohort: Cohort, number: int, tickets: Ints) -> Ints:
    """When the pauses of some tickets' clocks reach their limits; NEVER where there is none."""
    lowered, state = cohort.lowered, cohort.state
    clocks, metric = state.clocks[number], lowered.metrics[number]
    made = np.full(len(tickets), NEVER)
    rows = np.flatnonzero(clocks.live(tickets) & ~clocks.ticking[tickets])
    rows = rows[clocks.overstayed[tickets[rows]] != state.stay[tickets[rows]]]
    place = pausing(cohort, number, tickets[rows])
    for index, words in enumerate(metric.pause):
        mine = rows[place == index]
        if words.most is None or not mine.size:
            continue
        calendar = by_priority(cohort, metric.calendar)[state.priority[tickets[mine]]]
        key = keys(or_office(cohort, calendar, tickets[mine]), np.full(len(mine), words.most.business))
        length = np.full(len(mine), words.most.seconds * SECOND, np.int64)
        made[mine] = due(lowered, key, state.stay[tickets[mine]], length)
    return made


def reach_limit(cohort: Cohort, number: int, tickets: Ints, at: Ints) -> None:
    """A pause has reached its limit: the clock goes on, whatever else this stay brings."""
    clocks = cohort.state.clocks[number]
    resume(clocks, tickets, at)
    clocks.overstayed[tickets] = cohort.state.stay[tickets]
    cohort.touched[tickets] = True
