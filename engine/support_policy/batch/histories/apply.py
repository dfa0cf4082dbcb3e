"""What accepted facts do, in the order of `ticket.apply`, for many tickets at once."""

from __future__ import annotations

import numpy as np

from support_policy.batch.histories import chains, clocks, moves, pauses, priority
from support_policy.batch.histories.cohort import Cohort, Step
from support_policy.policy.names import REOPENED


def apply(cohort: Cohort, step: Step) -> None:
    """Facts, moves, office, priority, promise, clocks, chains, requests, end, advice."""
    state, tickets = cohort.state, step.tickets
    tells = cohort.events.tells[step.events]
    priority.tell(cohort, step, tells)
    moves.move(cohort, step)
    priority.hand_over(cohort, step)
    office_changed = priority.serve(cohort, step, tells)
    if cohort.lowered.timers:
        moves.begin_timers(cohort, step)
    priority.assess(cohort, step, tells)
    previous = state.priority[tickets]
    priority.put_in_force(cohort, step)
    asked = priority.change(cohort, step)
    priority_changed = state.priority[tickets] != previous
    before = state.promise[tickets]
    priority.promise(cohort, step, tells | asked | office_changed)
    stopped = clocks.stop(cohort, step)
    restarted = clocks.reopen(cohort, step)
    started = clocks.start(cohort, step)
    pauses.pause(cohort, tickets, step.at)
    reopened = step.type == cohort.lowered.code(REOPENED)
    doubt = (priority_changed | office_changed | (state.promise[tickets] != before) | reopened) & ~step.began
    rows = np.flatnonzero(doubt)
    if rows.size:
        clocks.reaim(cohort, step.only(rows), priority_changed[rows], office_changed[rows])
    chains.follow(cohort, step, before, started)
    chains.stop(cohort, step, stopped)
    chains.reopen(cohort, step, restarted)
    chains.follow_requests(cohort, step)
    _end(cohort, step)
    if cohort.lowered.guarded_timers:
        cohort.touched[tickets] = True
    priority.advise(cohort, step, tells | asked | office_changed)


def _end(cohort: Cohort, step: Step) -> None:
    lowered, state = cohort.lowered, cohort.state
    rows = np.flatnonzero(lowered.final[state.machines[lowered.life][step.tickets]])
    if rows.size:
        clocks.withdraw(cohort, step.only(rows))
        chains.end(cohort, step.only(rows))
