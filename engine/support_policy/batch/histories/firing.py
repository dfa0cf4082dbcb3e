"""Levels of escalation chains fire, for many tickets at once (`ticket.firing`)."""

from __future__ import annotations

import numpy as np

from support_policy.batch.columns.calendar import NEVER
from support_policy.batch.histories.codes import CAUSE, FIRED
from support_policy.batch.histories.cohort import Cohort
from support_policy.batch.histories.commands import NOTIFY
from support_policy.batch.histories.moves import step_machines
from support_policy.batch.histories.state import Ints, Small
from support_policy.batch.histories.why import BY_ITSELF


def fire_level(cohort: Cohort, chain: int, level: int, tickets: Ints, due: Ints, at: Ints, cause: Small) -> None:
    """A level that was due at `due` fires at `at`: its roles are told, and the workflows that follow it move."""
    state, lowered = cohort.state, cohort.lowered
    runs, words = state.runs[chain], lowered.chains[chain]
    runs.status[level, tickets] = FIRED
    runs.pending[level, tickets] = NEVER
    runs.due[level, tickets] = due
    runs.fired[level, tickets] = at
    runs.cause[level, tickets] = cause
    runs.reached[tickets] = np.maximum(runs.reached[tickets], level + 1)
    for code in range(1, len(CAUSE)):
        rows = np.flatnonzero(cause == code)
        cohort.notices.add(
            tickets[rows],
            at[rows],
            NOTIFY,
            words.levels[level].notify,
            chain=chain,
            level=level + 1,
            cycle=runs.cycle[tickets[rows]],
            cause=code,
        )
    odd = step_machines(cohort, f"{words.name}.{level + 1}", tickets, at)
    state.leave(odd, BY_ITSELF)
