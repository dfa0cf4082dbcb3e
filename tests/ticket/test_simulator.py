"""The engine against a slow simulation, minute by minute, that knows nothing of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from support_policy.ticket.evaluate import evaluate
from tests.ticket.histories import LOS_ANGELES, PRIORITIES, ZONES, policy, ticket
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


CLOSED = {
    "acme": {date(2026, 3, 31)},
    "globex": {date(2026, 12, 25), date(2026, 12, 28)},
    "initech": {date(2026, 2, day) for day in range(14, 24)},
}
"""The days off in the cases below, weekends aside."""


def walked(at: datetime, organization: str, seconds: int) -> datetime:
    """Where so many open seconds end, counted one by one."""
    zone = ZONES.get(organization, LOS_ANGELES)
    while seconds:
        there = at.astimezone(zone)
        closing = 13 if (there.month, there.day, organization) == (12, 24, "globex") else 17
        if there.weekday() < 5 and 9 <= there.hour < closing and there.date() not in CLOSED[organization]:
            seconds -= 1
            at += timedelta(seconds=1)
        else:
            # No opening lies between two whole minutes.
            at += timedelta(minutes=1) - timedelta(seconds=there.second)
    return at


@pytest.mark.parametrize("name", PRIORITIES)
@pytest.mark.parametrize(
    ("organization", "submitted"),
    [
        ("acme", "03-06 15:59:59"),
        ("acme", "03-30 16:30:01"),
        ("globex", "12-24 12:59:59"),
        ("globex", "03-27 16:00:00"),
        ("initech", "02-13 16:12:34"),
    ],
)
def test_due_at_counted_second_by_second(organization: str, submitted: str, name: str) -> None:
    """due_at is where the promised seconds end, counted one by one over nights, holidays and clock changes."""
    made = ticket(organization, submitted, PRIORITIES[name])
    row = made.seen("+1s").data["targets"][0]
    assert datetime.fromisoformat(row["due_at"]) == walked(made.start, organization, row["target_seconds"])
