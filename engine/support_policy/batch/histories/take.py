"""Whether facts fit, for many tickets at once: what the workflows and the policy's words allow (`ticket.take`)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.columns.calendar import NEVER
from support_policy.batch.histories.apply import apply
from support_policy.batch.histories.cohort import Cohort, Step
from support_policy.batch.histories.guards import holds, requested
from support_policy.batch.histories.lower import GUARDED, Moves
from support_policy.batch.histories.state import Bools, Ints


def take(cohort: Cohort, tickets: Ints, events: Ints, at: Ints, *, by_itself: bool = False) -> None:
    """One fact for each of some tickets: refused, or what follows from it happens."""
    lowered, state, given = cohort.lowered, cohort.state, cohort.events
    step = Step(tickets, events, at, given.type[events], given.by[events], state.begun[tickets] == NEVER)
    state.last_fact[tickets] = at
    refused: Bools = given.unfit[events]
    refused |= _request_refused(cohort, step)
    edges, ok = [], np.zeros(len(tickets), bool)
    for number, moves in enumerate(lowered.machines):
        edge = moves.table[state.machines[number][tickets], step.type]
        asked = np.flatnonzero(edge == GUARDED)
        if asked.size:
            edge[asked] = ask_edges(cohort, step.only(asked), moves, state.machines[number][tickets[asked]])
        has = edge >= 0
        if moves.needs.any():
            needs = np.where(has, moves.needs[edge], 0)
            refused |= (needs & ~given.has[events]) != 0
        ok |= has
        edges.append(edge)
    ok &= ~refused & (~step.began | (edges[lowered.life] >= 0))
    if ok.all():
        apply(cohort, replace(step, edges=tuple(edges)))
        return
    if not by_itself:
        state.refused[tickets[~ok]] += 1
    if ok.any():
        apply(cohort, replace(step, edges=tuple(edges)).only(np.flatnonzero(ok)))


def ask_edges(cohort: Cohort, step: Step, moves: Moves, states: NDArray[np.int16]) -> NDArray[np.int32]:
    """The first edge whose rules let it pass, for each ticket; negative where none does."""
    made = np.full(len(step.tickets), -1, np.int32)
    pairs = states.astype(np.int64) * len(cohort.lowered.triggers) + step.type
    for pair in np.unique(pairs):
        rows = np.flatnonzero(pairs == pair)
        place = divmod(int(pair), len(cohort.lowered.triggers))
        left = rows
        for number in moves.guarded[place]:
            edge = moves.edges[number]
            passes = np.ones(len(left), bool)
            for rule, wanted in [*((c, True) for c in edge.conditions), *((u, False) for u in edge.unless)]:
                passes &= holds(cohort, str(rule), step.only(left)) == wanted
            made[left[passes]] = number
            left = left[~passes]
            if not left.size:
                break
    return made


def _request_refused(cohort: Cohort, step: Step) -> Bools:
    """Requests for escalation that the ticket's priority has none for, or that come after its end."""
    lowered, state = cohort.lowered, cohort.state
    refused = np.zeros(len(step.tickets), bool)
    for type in {chain.on for chain in lowered.chains if chain.requested}:
        rows = np.flatnonzero((step.type == lowered.code(type)) & ~step.began)
        if not rows.size:
            continue
        mine = step.tickets[rows]
        chain = requested(cohort, type, mine)
        wrong = (chain < 0) | lowered.final[state.machines[lowered.life][mine]]
        for number in np.unique(chain[~wrong]):
            guard = lowered.chains[number].guard
            if guard:
                some = np.flatnonzero((chain == number) & ~wrong)
                wrong[some] = ~holds(cohort, guard, step.only(rows[some]))
        refused[rows] = wrong
    return refused
