"""What accepted facts do, in the order of `ticket.apply`, for many tickets at once."""

from __future__ import annotations

import numpy as np

from support_policy.batch.histories import chains, clocks, moves, pauses, priority
from support_policy.batch.histories.part import Part, Step
from support_policy.policy.names import REOPENED


def apply(part: Part, step: Step) -> None:
    """Facts, moves, office, priority, promise, clocks, chains, requests, end, advice."""
    state, tickets = part.state, step.tickets
    tells = part.events.tells[step.events]
    priority.tell(part, step, tells)
    moves.move(part, step)
    priority.hand_over(part, step)
    office_changed = priority.serve(part, step, tells)
    if part.lowered.timers:
        moves.begin_timers(part, step)
    priority.assess(part, step, tells)
    previous = state.priority[tickets]
    priority.put_in_force(part, step)
    asked = priority.change(part, step)
    priority_changed = state.priority[tickets] != previous
    before = state.promise[tickets]
    priority.promise(part, step, tells | asked | office_changed)
    stopped = clocks.stop(part, step)
    restarted = clocks.reopen(part, step)
    started = clocks.start(part, step)
    pauses.pause(part, tickets, step.at)
    reopened = step.type == part.lowered.code(REOPENED)
    doubt = (priority_changed | office_changed | (state.promise[tickets] != before) | reopened) & ~step.began
    rows = np.flatnonzero(doubt)
    if rows.size:
        clocks.reaim(part, step.only(rows), priority_changed[rows], office_changed[rows])
    chains.follow(part, step, before, started)
    chains.stop(part, step, stopped)
    chains.reopen(part, step, restarted)
    chains.follow_requests(part, step)
    _end(part, step)
    if part.lowered.guarded_timers:
        part.touched[tickets] = True
    priority.advise(part, step, tells | asked | office_changed)


def _end(part: Part, step: Step) -> None:
    lowered, state = part.lowered, part.state
    rows = np.flatnonzero(lowered.final[state.machines[lowered.life][step.tickets]])
    if rows.size:
        clocks.withdraw(part, step.only(rows))
        chains.end(part, step.only(rows))
