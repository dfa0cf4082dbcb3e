"""Scenarios of the wider language: thresholds, timers, clocks of teams, rounds, promises by rules, typed events."""

from __future__ import annotations

import pytest

from support_policy.policy.compiled import Policy
from support_policy.service.scenario_run import run_file
from support_policy.service.scenario_write import as_scenario
from support_policy.source.diagnostics import PolicyError
from support_policy.ticket.history import read_history
from tests.language.desk import at, desk, opened
from tests.service.stories import story

START = "2026-03-02 10:00"
SUBMITTED = "at: start, type: submitted, organization: acme, stated_priority: P1"
THRESHOLDS = """\
  watch:
    counts: fix
    levels:
      - {at: 50%, notify: lead}
      - {before: 30bm, notify: lead}
      - {at: due, notify: boss}
      - {past_due: 1bh, notify: boss}
"""
ROUNDS = """\
  watch:
    counts: fix
    levels: [{after: 1bh, notify: lead}]
    repeat: 3
    acknowledge: {event: acknowledged, lasts: 30m}
"""
TIMERS = """\
  - {id: auto-close, while: resolved, after: 8bh, do: closed}
  - {id: nudge, while: waiting, after: 1bh, notify: lead, repeat: 2}
"""
TEAMS = """\
  reply: {start: submitted, stop: responded}
  fix: {kind: ola, start: [submitted, assigned], stop: resolved, per: team}
"""
CARRIED = """\
events:
  updated: {carries: {count: number, urgent: boolean, tags: list}}
"""
TARGETS = """\
  - id: gold-is-fast
    conditions: {name: plan, operator: equal_to, value: gold}
    actions: [{name: set_target, params: {metric: reply, within: 30m}}]
"""
TOLD = [
    (
        desk(escalation=THRESHOLDS),
        [SUBMITTED],
        "{at: watch.1.due, due: {reply: +2h, watch.1: +2h}}",
        "due",
        "`watch.1` is not pending: it fell due on Mon 2 Mar, 12:00",
    ),
    (
        desk(escalation=ROUNDS),
        [SUBMITTED, "at: +50m, type: acknowledged"],
        "{at: +2h, fired: [watch.1]}",
        "fired",
        "`watch.1` fires on Mon 2 Mar, 12:20, 20 min later than expected",
    ),
    (
        desk(timers=TIMERS),
        [SUBMITTED, "at: +1h, type: resolved"],
        "{at: +2h, fired: [timer.auto-close]}",
        "fired",
        "`timer.auto-close` fires on Tue 3 Mar, 11:00, 23 h later than expected",
    ),
]
HOLDS = [
    (
        desk(escalation=THRESHOLDS),
        [SUBMITTED],
        ("{at: start, due: {reply: +2h, fix: +4h, watch.1: +2h, watch.2: +3h30m, watch.3: +4h, watch.4: +5h}},"
        "{at: watch.2.due, fired: [watch.1, watch.2], notified: [lead]}, {at: watch.4.due, notified: [boss], due: {}}"),
    ),
    (
        desk(escalation=ROUNDS),
        [SUBMITTED],
        ("{at: watch.1.due, due: {reply: +2h, fix: +4h, watch.1: +2h}, fired: [watch.1], notified: [lead]},"
        "{at: +3h, due: {fix: +4h}, fired: [watch.1], notified: [lead]}"),
    ),
    (
        desk(timers=TIMERS),
        [SUBMITTED, "at: +1h, type: waiting_on_customer", "at: +4h, type: resolved"],
        ("{at: timer.nudge.due, fired: [timer.nudge], notified: [lead], because: [timer.nudge]},"
        "{at: +4h, notified: [lead], due: {timer.auto-close: 2026-03-03 14:00}},"
        "{at: timer.auto-close.due, state: closed, due: {}}"),
    ),
    (
        desk(metrics=TEAMS),
        ["at: start, type: submitted, organization: acme, stated_priority: P1, team: first",
         "at: +1h, type: assigned, to: x, team: second"],
        ("{at: +1h, targets: {reply: running, fix/first: paused, fix/second: running},"
        " due: {reply: +2h, fix/second: +5h, watch/second.1: +3h}},"
        "{at: watch/second.1.due, fired: [watch/second.1]}, {at: fix/second.due, due: {}}"),
    ),
    (
        desk(rules=CARRIED),
        [SUBMITTED, "at: +1h, type: updated, count: 3, urgent: yes, tags: [a, b]"],
        "{at: +1h, refused: []}",
    ),
    (
        desk(targets=TARGETS),
        [SUBMITTED],
        "{at: start, rules: [gold-is-fast], because: [gold-is-fast], due: {reply: +30m, fix: +4h, watch.1: +2h}}",
    ),
]  # fmt: skip

HOLDS += [
    (
        desk(timers=TIMERS),
        [SUBMITTED, "at: +1h, type: waiting_on_customer"],
        "{at: timer.nudge.due, because: [timer.nudge, request.nudge]}",
    ),
    (
        desk(more="plans: {gold: {P1: {reply: 30m}}}\n"),
        [SUBMITTED],
        "{at: start, because: [plans.gold, plans.gold.P1], due: {reply: +30m, fix: +4h, watch.1: +2h}}",
    ),
]
TOLD += [
    (
        desk(metrics=TEAMS),
        ["at: start, type: submitted, organization: acme, stated_priority: P1, team: first"],
        "{at: watch/first.1.due, fired: [watch.1]}",
        "fired",
        "`watch.1` never fires: each team has its own, did you mean `watch/first.1`?",
    ),
    (
        desk(metrics=TEAMS),
        ["at: start, type: submitted, organization: acme, stated_priority: P1, team: first"],
        "{at: start, due: {reply: +2h, fix/first: +4h, watch.1: +2h}}",
        "due",
        "`watch.1` is not pending: each team has its own, did you mean `watch/first.1`?",
    ),
]


@pytest.mark.parametrize(("by", "events", "expect"), HOLDS)
def test_a_scenario_can_say_it(by: Policy, events: list[str], expect: str) -> None:
    """Everything that falls due or fires has a name, and is among what is pending or fired."""
    (outcome,) = run_file(by, story(START, *events, expect=expect), "s.yaml").outcomes
    assert [(failure.key, failure.at, failure.miss) for failure in outcome.failures] == []


@pytest.mark.parametrize(("by", "events", "expect", "key", "why"), TOLD)
def test_a_failure_names_it(by: Policy, events: list[str], expect: str, key: str, why: str) -> None:
    """The nearest miss is told of these as of any other."""
    (outcome,) = run_file(by, story(START, *events, expect=expect), "s.yaml").outcomes
    assert key in {failure.key for failure in outcome.failures}
    assert why in [line for failure in outcome.failures for line in failure.miss.why]


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (desk(timers=TIMERS), "fired: [timer.auto-clse]"),
        (desk(metrics=TEAMS), "targets: {fixx/first: running}"),
        (desk(metrics=TEAMS), "fired: [watch/first.7]"),
        (desk(targets=TARGETS), "rules: [gold-is-slow]"),
    ],
)
def test_a_misspelt_name_is_found(by: Policy, words: str) -> None:
    """Names of timers, of the clocks of teams, of rules for targets are known too."""
    with pytest.raises(PolicyError) as problem:
        run_file(by, story(START, SUBMITTED, expect=f"{{at: start, {words}}}"), "s.yaml")
    (found,) = problem.value.diagnostics
    assert found.code == "T606"
    assert "did you mean" in found.help


@pytest.mark.parametrize(
    "by", [desk(escalation=THRESHOLDS), desk(escalation=ROUNDS), desk(timers=TIMERS), desk(metrics=TEAMS)]
)
def test_its_histories_can_be_told(by: Policy) -> None:
    """A history of such a desk becomes a scenario that passes."""
    told = opened(by, team="first").then("11:00", "assigned", to="x", team="second")
    told = told.then("11:30", "waiting_on_customer").then("14:00", "acknowledged").then("15:00", "resolved")
    text = as_scenario(by, read_history(by, {"ticket": "T-1", "events": list(told.events)}), at("9d 10:00"))
    assert not run_file(by, text, "s.yaml").failed
