"""The simulation, and the engine, on small stories whose outcome was worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from support_policy.ticket.evaluate import evaluate
from tests.whole.compare import Evaluated, Outcome, Row, simulated
from tests.whole.described import history
from tests.whole.simulator import Simulation
from tests.whole.tales import BEGINS, Tale
from tests.whole.tales_chains import CHAINS, TIMERS
from tests.whole.tales_targets import TARGETS
from tests.whole.test_whole import compiled

TALES = (*TARGETS, *CHAINS, *TIMERS)


def shown(outcome: Outcome, name: str) -> Any:
    """A part of an outcome as tales write it: instants from the beginning."""
    match name:
        case "rows":
            rows = {team: short(row) for (_, team), row in outcome.rows.items()}
            return rows if set(rows) != {""} else rows[""]
        case "fired":
            return sorted((level, cycle, at - BEGINS, cause) for _, level, cycle, at, cause in outcome.fired)
        case "breached":
            return [(at - BEGINS, cause) for *_, at, cause in outcome.breached]
        case "timed" | "refused":
            return [(what, at - BEGINS) for what, at in getattr(outcome, name)]
        case "planned":
            return {level: at and at - BEGINS for (_, level), at in outcome.planned.items()}
    return getattr(outcome, name)


def short(row: Row) -> tuple[str, float, int | None, int | None]:
    due, stopped = (at and at - BEGINS for at in (row.due, row.stopped))
    return row.status, row.worked, due, stopped


@pytest.mark.parametrize("tale", TALES, ids=lambda tale: tale.says)
def test_the_simulation_tells_it(tale: Tale) -> None:
    """A story ends, second by second, as it was worked out by hand."""
    slow = Simulation(tale.policy)
    slow.run(tale.facts, BEGINS + tale.until)
    outcome = simulated(slow)
    for name, expected in tale.seen.items():
        wanted = sorted(expected) if name == "fired" else expected
        assert shown(outcome, name) == wanted, name


@pytest.mark.parametrize("tale", TALES, ids=lambda tale: tale.says)
def test_the_engine_tells_it(tale: Tale) -> None:
    """A story ends, as the engine decides it, as it was worked out by hand."""
    policy = tale.policy
    seen = evaluate(compiled(policy), history(policy, tale.facts), policy.instant(BEGINS + tale.until))
    outcome = Evaluated(policy, seen).outcome()
    for name, expected in tale.seen.items():
        wanted = sorted(expected) if name == "fired" else expected
        assert shown(outcome, name) == wanted, name
