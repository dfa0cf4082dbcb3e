"""The laws of deciding, over policies and histories that nobody chose."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from support_policy.bootstrap import compile_files
from support_policy.model.event import Due
from support_policy.ticket.evaluate import evaluate, run
from support_policy.ticket.evolve import evolve
from support_policy.ticket.history import read_event, read_history
from support_policy.ticket.state import new_ticket
from tests.ticket.worker import Worker
from tests.whole.described import Fact, Policy, history
from tests.whole.policies import files
from tests.whole.search import SLOW
from tests.whole.test_whole import cases, compiled

Case = tuple[Policy, tuple[Fact, ...], int]
SECONDS = st.integers(0, 4200)


def events(policy: Policy, facts: tuple[Fact, ...]) -> list[dict[str, Any]]:
    """The facts as events of a history."""
    made: list[dict[str, Any]] = history(policy, facts)["events"]  # type: ignore[assignment]
    return made


def lived(case: Case, extra: list[int]) -> Worker:
    """A worker that wakes at every instant of the agenda, and at extra seconds besides."""
    policy, facts, until = case
    under = compiled(policy)
    worker = Worker(under, new_ticket("T-1"))
    wakes = [(facts[0].at + second, None) for second in extra if facts[0].at + second <= until]
    known = [(fact.at, event) for fact, event in zip(facts, events(policy, facts), strict=True)]
    for at, event in sorted([*known, *wakes], key=lambda pair: (pair[0], pair[1] is None)):
        now = policy.instant(at)
        if event is None:
            worker.pass_time(now)
            worker.give(Due(now), now)
        else:
            worker.pass_time(policy.instant(at - 1))
            worker.give(read_event(under, event), now)
    worker.pass_time(policy.instant(until))
    return worker


@SLOW
@given(cases())
def test_same_inputs_same_bytes(case: Case) -> None:
    """The same policy and history give the same evaluation, byte by byte, also when the policy is read anew."""
    policy, facts, until = case
    texts = [
        json.dumps(evaluate(under, history(policy, facts), policy.instant(until)))
        for under in (compiled(policy), compiled(policy), compile_files(files(policy)))
    ]
    assert texts[0] == texts[1] == texts[2]


@SLOW
@given(cases(), SECONDS)
def test_what_comes_after_does_not_matter(case: Case, second: int) -> None:
    """What an evaluation says as of an instant does not depend on later events, and is how later ones begin."""
    policy, facts, until = case
    at = min(facts[0].at + second, until)
    under, known = compiled(policy), tuple(fact for fact in facts if fact.at <= at)
    early, bare, late = (
        run(under, read_history(under, history(policy, those)), policy.instant(second))
        for those, second in ((facts, at), (known, at), (facts, until))
    )
    assert (early.state, early.commands, early.reasons) == (bare.state, bare.commands, bare.reasons)
    # Read as records: an evaluation shows instants in the zone of the office that serves the ticket by then.
    assert late.state.log[: len(early.state.log)] == early.state.log
    assert late.commands[: len(early.commands)] == early.commands


@SLOW
@given(cases(), st.lists(SECONDS, max_size=8))
def test_waking_more_often_changes_nothing(case: Case, extra: list[int]) -> None:
    """A worker that wakes besides, however often, has the same log and sends the same commands as `evaluate`."""
    policy, facts, until = case
    often, under = lived(case, extra), compiled(policy)
    made = run(under, read_history(under, history(policy, facts)), policy.instant(until))
    assert often.state == made.state
    assert often.commands == made.commands


@SLOW
@given(cases(), st.integers(0, 100_000))
def test_catching_up_fires_the_same(case: Case, slept: int) -> None:
    """A worker that slept until everything was over has fired the same, and come to the same verdicts."""
    policy, facts, until = case
    under = compiled(policy)
    worker = Worker(under, new_ticket("T-1"))
    for fact, event in zip(facts, events(policy, facts), strict=True):
        worker.give(read_event(under, event), policy.instant(fact.at))
    worker.give(Due(policy.instant(until)), policy.instant(until + slept))
    awake = lived(case, [])
    assert worker.fired == awake.fired
    assert worker.state.machines == awake.state.machines
    verdicts = [{n: (c.status, c.stopped) for n, c in w.state.clocks.items()} for w in (worker, awake)]
    assert verdicts[0] == verdicts[1]


@SLOW
@given(cases())
def test_the_log_gives_the_state(case: Case) -> None:
    """Folding every record from a new ticket gives the state that a history ends in."""
    policy, facts, until = case
    under = compiled(policy)
    made = run(under, read_history(under, history(policy, facts)), policy.instant(until))
    folded = new_ticket("T-1")
    for record in made.state.log:
        folded = evolve(folded, record)
    assert folded == made.state


@SLOW
@given(cases())
def test_nothing_fires_twice(case: Case) -> None:
    """No (chain, level, cycle) fires twice, and no two messages have one key."""
    policy, facts, until = case
    made = evaluate(compiled(policy), history(policy, facts), policy.instant(until))
    fired = [e for e in made["events"] if e["type"] == "level_fired"]
    assert not [key for key, n in Counter((e["chain"], e["level"], e["cycle"]) for e in fired).items() if n > 1]
    assert not [key for key, n in Counter(c["key"] for c in made["commands"]).items() if n > 1]
