"""What facts hang on, for many tickets at once: rules of the set `guards`, and the chain that a request begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.histories.cohort import Cohort, Step
from support_policy.batch.histories.lower import ASK, YES
from support_policy.batch.histories.state import Bools, Ints
from support_policy.model.promise import Occasion


def holds(cohort: Cohort, guard: str, step: Step) -> Bools:
    """Whether a rule of the set `guards` holds for the facts of a step."""
    return _holds(cohort, guard, step.tickets, step.at, step)


def stands(cohort: Cohort, guard: str, tickets: Ints) -> Bools:
    """Whether a rule of the set `guards` holds as things stand; the empty name always does."""
    if not guard or not tickets.size:
        return np.ones(len(tickets), bool)
    return _holds(cohort, guard, tickets, cohort.state.last_fact[tickets], None)


def _holds(cohort: Cohort, guard: str, tickets: Ints, at: Ints, fact: Step | None) -> Bools:
    rules = cohort.lowered.rules["guards"]
    columns = cohort.columns(rules.variables, tickets, at, fact)
    index = next(i for i, rule in enumerate(cohort.lowered.policy.rules["guards"].words) if rule.id == guard)
    return rules.holds(index, columns, len(tickets))


def occurs(cohort: Cohort, occasions: tuple[Occasion, ...], step: Step, found: NDArray[np.int8]) -> Bools:
    """Which facts are one of some occasions; `found` is what the table says, ASK where a rule is to be asked."""
    made: Bools = found == YES
    for row_type in np.unique(step.type[found == ASK]):
        for occasion in occasions:
            if cohort.lowered.code(occasion.event) != row_type or not cohort.lowered.policy.holds(occasion.assumption):
                continue
            by = np.array([not occasion.by or not name or name in occasion.by for name in cohort.lowered.actors])
            rows = np.flatnonzero((found == ASK) & ~made & (step.type == row_type) & by[step.by])
            if rows.size:
                guard = str(occasion.guard)
                made[rows] = holds(cohort, guard, step.only(rows)) if guard else True
    return made


def requested(cohort: Cohort, type: str, tickets: Ints) -> NDArray[np.int16]:
    """The requested chain that begins with an event type, of those each ticket is promised; negative: none."""
    lowered = cohort.lowered
    first = [
        next((number for number in order if lowered.chains[number].on == type), -1) for order in lowered.promises.orders
    ]
    promise = cohort.state.promise[tickets]
    return np.array([*first, -1], np.int16)[promise]
