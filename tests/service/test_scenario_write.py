"""A history as a scenario: it passes, and says of the ticket what the history says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from support_policy.model.event import Event
from support_policy.policy.compiled import Policy
from support_policy.service import scenario_run
from support_policy.service.scenario_names import Check
from support_policy.service.scenario_run import run_file
from support_policy.service.scenario_text import read_scenarios
from support_policy.service.scenario_walk import Walk
from support_policy.service.scenario_write import as_scenario
from support_policy.source.diagnostics import Findings, PolicyError
from support_policy.ticket.agenda import agenda
from support_policy.ticket.evaluate import run
from support_policy.ticket.history import History, read_history
from tests.policy.small import SMALL, compiled
from tests.ticket.histories import policy
from tests.ticket.random_histories import END, Happened, histories, history


def told(by: Policy, text: str) -> tuple[Event, ...]:
    """The events of the one scenario of a text, with their instants."""
    findings = Findings()
    file = read_scenarios(text, "s.yaml")
    (scenario,) = file.scenarios
    story = scenario_run._Story(by, file, scenario, Check(by, findings).events(scenario), findings)
    start = story.place.base(scenario.start, findings)
    assert start is not None
    return story._history(start).events


@given(histories(late=True))
def test_any_history_can_be_told(events: list[Happened]) -> None:
    """Late facts, refusals, reopenings: the scenario passes, and its events are those of the history."""
    given_events = read_history(policy(), history(events))
    text = as_scenario(policy(), given_events, END, to_the_end=True)
    assert not run_file(policy(), text, "s.yaml").failed
    known = [e for e in given_events.events if max(e.recorded_at or e.at, e.at) <= END]
    # What lies in the week is told in the order in which it was learned.
    assert told(policy(), text) == tuple(sorted(known, key=lambda e: e.recorded_at or e.at))


@given(histories(late=True))
def test_what_falls_due_is_what_happens(events: list[Happened]) -> None:
    """`NAME.due` is the first instant at which something that fires, or is missed, is seen to have."""
    story = read_history(policy(), history(events))
    walk = Walk(policy(), story)
    *_, last = walk.steps()
    made = run(policy(), story, last.at)
    assert made.state == last.run.state
    assert agenda(policy(), made.state) == []
    for name in {**last.breached, **last.fired}:
        at = walk.due(name)
        assert isinstance(at, datetime)
        before, then = walk.at(at - timedelta(microseconds=1)), walk.at(at)
        assert name in then.fired or name in then.breached
        assert name not in before.fired
        assert name not in before.breached


ODD: list[dict[str, Any]] = [
    {"organization": "acme", "site": "up", "users": 12, "note": "a: b # c, {d} [e] 'f' \"g\" *h &i !j %k @l `m"},
    {"organization": "null", "users": -1.5, "note": "line one\nline two\ttab \u00e9 \U0001f600"},
    {"users": 3, "note": ""},
    {"note": "yes", "site": None},
]


@pytest.mark.parametrize("fields", ODD)
def test_odd_values_survive(fields: dict[str, Any]) -> None:
    """Texts that look like something else, numbers, what is explicitly not known: all are read as they were."""
    small = compiled({name: text.encode() for name, text in SMALL.items()})
    event = {"at": "2026-10-25T00:30:00Z", "type": "submitted", "fields": fields, "actor": "~", "id": "no"}
    story = read_history(small, {"ticket": "- 1: #2", "events": [event]})
    text = as_scenario(small, story, datetime(2026, 12, 1, tzinfo=UTC))
    assert told(small, text) == story.events


def test_nothing_to_tell_is_told() -> None:
    """A history without events by that instant is no scenario."""
    with pytest.raises(PolicyError):
        as_scenario(policy(), History("VS-1", ()), END)
