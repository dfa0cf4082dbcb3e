"""What facts hang on, for many tickets at once: rules of the set `guards`, and the chain that a request begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.histories.part import Part, Step
from support_policy.batch.histories.state import Bools, Ints


def holds(part: Part, guard: str, step: Step) -> Bools:
    """Whether a rule of the set `guards` holds for the facts of a step."""
    rules = part.lowered.rules["guards"]
    words = part.lowered.policy.rules["guards"].words
    columns = part.columns(rules.variables, step.tickets, step.at, step)
    found = np.zeros(len(step.tickets), bool)
    for index, rule in enumerate(words):
        if rule.id == guard:
            found |= rules.holds(index, columns, len(step.tickets))
    return found


def requested(part: Part, type: str, tickets: Ints) -> NDArray[np.int16]:
    """The requested chain that begins with an event type, of those each ticket is promised; negative: none."""
    lowered = part.lowered
    first = [
        next((number for number in order if lowered.chains[number].on == type), -1) for order in lowered.promises.orders
    ]
    promise = part.state.promise[tickets]
    return np.array([*first, -1], np.int16)[promise]
