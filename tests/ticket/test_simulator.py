"""The engine against a slow simulation, minute by minute, that knows nothing of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import given, settings

from support_policy.ticket.evaluate import evaluate
from tests.ticket.histories import LOS_ANGELES, policy
from tests.ticket.random_histories import END, Happened, histories, history
from tests.ticket.simulator import Fact, Simulation


def simulated(events: list[Happened]) -> Simulation:
    """The same history, lived through minute by minute."""
    facts = []
    for event in events:
        data: dict[str, Any] = dict(event.data)
        priority = data.get("to") or data.get("fields", {}).get("stated_priority", "")
        facts.append(Fact(event.at, data["type"], data.get("by", ""), priority))
    made = Simulation(LOS_ANGELES)
    made.run(facts, END)
    return made


@settings(max_examples=150)
@given(histories())
def test_the_engine_agrees_with_a_simulation(events: list[Happened]) -> None:
    """Verdicts, firings, their instants and the time worked are those of a minute-by-minute simulation."""
    slow = simulated(events)
    fast = evaluate(policy(), history(events), END)
    response, resolution = fast["targets"]
    assert response["status"] == slow.response.removesuffix(" and over")
    assert (resolution["status"], resolution["worked_seconds"]) == (slow.resolution, slow.resolution_worked * 60)
    assert (fast["state"], fast["priority"]) == (slow.state, slow.priority)
    fired = [
        (e["chain"], e["level"], datetime.fromisoformat(e["at"])) for e in fast["events"] if e["type"] == "level_fired"
    ]
    assert sorted(fired) == sorted(slow.fired)
    levels = {row["level"]: row["status"] for row in fast["escalations"] if row["chain"] == "automatic"}
    assert levels == slow.automatic
