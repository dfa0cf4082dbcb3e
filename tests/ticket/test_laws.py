"""The laws of deciding, on random histories."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from support_policy.model.event import Due, Event, micros
from support_policy.ticket.decide import decide
from support_policy.ticket.evaluate import evaluate, run
from support_policy.ticket.evolve import evolve
from support_policy.ticket.history import read_history
from support_policy.ticket.state import TicketState, new_ticket
from tests.ticket.histories import policy
from tests.ticket.random_histories import END, START, Happened, histories, history
from tests.ticket.worker import Worker, fact


def arrivals(events: list[Happened]) -> list[tuple[datetime, Event]]:
    """(when it is learned, the event), in order of arrival."""
    made = [(e.at + timedelta(minutes=e.late), fact(e.json())) for e in events]
    return sorted(made, key=lambda pair: pair[0])


def lived(events: list[Happened], extra: tuple[int, ...] = (), until: datetime = END) -> Worker:
    """A worker that lived through a history, and woke at extra minutes as well."""
    worker = Worker()
    wakes: list[tuple[datetime, Event | None]] = [(START + timedelta(minutes=m), None) for m in extra]
    for at, event in sorted([*arrivals(events), *wakes], key=lambda pair: (pair[0], pair[1] is None)):
        if event is None:
            worker.pass_time(at)
            worker.give(Due(at), at)
        else:
            worker.pass_time(at - timedelta(microseconds=1))
            worker.give(event, at)
    worker.pass_time(until)
    return worker


def seen(state: TicketState) -> Any:
    """What a state says of the ticket, its log aside."""
    names = [name for name in TicketState.__slots__ if name not in ("log", "ids", "last_timer")]
    return {name: getattr(state, name) for name in names}


@given(histories(late=True))
def test_state_is_a_fold_of_the_log(events: list[Happened]) -> None:
    """Folding every record of every decision from a new ticket gives the state that `evaluate` ends in."""
    made = run(policy(), read_history(policy(), history(events)), END)
    folded = new_ticket("VS-1")
    for record in made.state.log:
        folded = evolve(folded, record)
    assert folded == made.state
    assert lived(events).state == made.state


@given(histories(late=True))
def test_decide_is_deterministic(events: list[Happened]) -> None:
    """The same inputs give the same decision, and the same bytes."""
    state = new_ticket("VS-1")
    for at, event in arrivals(events):
        first, second = (decide(policy(), state, event, at) for _ in range(2))
        assert first == second
        assert [json.dumps(e.as_json(), default=str) for e in first.events] == [
            json.dumps(e.as_json(), default=str) for e in second.events
        ]
        for record in first.events:
            state = evolve(state, record)
    assert json.dumps(evaluate(policy(), history(events), END)) == json.dumps(evaluate(policy(), history(events), END))


@given(histories(late=True))
def test_decide_leaves_the_state_alone(events: list[Happened]) -> None:
    """`decide` and `evolve` change nothing that they are given."""
    lived(events)  # the worker checks each state before and after


@given(histories(late=True))
def test_nothing_fires_twice(events: list[Happened]) -> None:
    """No (chain, level, cycle) fires twice, and every firing is asked to be told exactly once."""
    worker = lived(events)
    fired = Counter(worker.fired)
    assert set(fired.values()) <= {1}
    told = Counter(command.key for command in worker.commands if command.name == "notify")
    assert told == {f"VS-1/{chain}/{level}/{cycle}": 1 for chain, level, cycle in fired}


@given(histories(late=True))
def test_one_key_one_message(events: list[Happened]) -> None:
    """Commands under one key say the same, so that a receiver that drops the second loses nothing."""
    said: dict[str, Any] = {}
    for command in lived(events).commands:
        assert said.setdefault(command.key, command) == command


@given(histories(late=True), st.data())
def test_what_fired_stays_fired(events: list[Happened], data: st.DataObject) -> None:
    """A level that has fired is never anything else again in its cycle, nor is its firing dated otherwise."""
    until = START + timedelta(minutes=data.draw(st.integers(0, 6000)))
    known = {(r["chain"], r["level"]): r for r in evaluate(policy(), history(events), until)["escalations"]}
    later = {(r["chain"], r["level"]): r for r in evaluate(policy(), history(events), END)["escalations"]}
    for key, row in known.items():
        if row["status"] == "fired" and later[key]["fired_at"] != row["fired_at"]:
            assert key[0] == "requested"
            assert later[key]["status"] in ("fired", "planned", "withdrawn")


@given(histories(), st.integers(0, 6000))
def test_earlier_is_a_prefix(events: list[Happened], minutes: int) -> None:
    """What `evaluate` says at an instant is how what it says later begins."""
    at = START + timedelta(minutes=minutes)
    early, late = (evaluate(policy(), history(events), instant) for instant in (at, END))
    for part in ("events", "commands"):
        assert late[part][: len(early[part])] == early[part]


@given(histories(late=True), st.lists(st.integers(0, 8640), max_size=8))
def test_waking_more_often_changes_nothing(events: list[Happened], extra: list[int]) -> None:
    """However often a worker wakes besides, the log and the commands are the same."""
    plain, often = lived(events), lived(events, tuple(extra))
    assert often.state == plain.state
    assert often.commands == plain.commands


@given(histories(), st.integers(0, 8640))
def test_catching_up_fires_the_same(events: list[Happened], slept: int) -> None:
    """A worker that slept until everything was over has fired the same levels for the same instants."""
    awake = lived(events)
    worker = Worker()
    for at, event in arrivals(events):
        worker.give(event, at)
    worker.give(Due(END), END + timedelta(minutes=slept))
    assert worker.fired == awake.fired
    assert {n: c.status for n, c in worker.state.clocks.items()} == {n: c.status for n, c in awake.state.clocks.items()}
    for name, chain in awake.state.chains.items():
        for number, level in chain.levels.items():
            other = worker.state.chains[name].levels[number]
            assert (other.status, other.due, other.notify) == (level.status, level.due, level.notify)


@given(histories(submitted_first=True), st.randoms(use_true_random=False))
def test_the_order_of_learning_changes_no_verdict(events: list[Happened], random: Any) -> None:
    """The same facts, all learned late and in any order, end with the verdicts they have when learned in order."""
    # Of facts at one instant the order of arrival is the order of folding, so it is kept.
    apart = list({event.minute: event for event in reversed(events)}.values())
    shuffled = random.sample(apart, len(apart))
    end = int((END - START).total_seconds() // 60)
    late = [Happened(e.minute, e.data, end - e.minute + n) for n, e in enumerate(shuffled)]
    at = END + timedelta(minutes=len(late) + 1)
    in_order, retold = (run(policy(), read_history(policy(), history(h)), at) for h in (apart, late))
    for name, clock in in_order.state.clocks.items():
        assert retold.state.clocks[name] == clock
    for name in ("priority", "machines", "facts", "requests", "accepted", "advice", "settled"):
        if name == "machines":
            assert retold.state.machines["request"] == in_order.state.machines["request"]
        else:
            assert getattr(retold.state, name) == getattr(in_order.state, name), name


@given(histories(late=True), st.data())
def test_a_repeated_event_is_ignored(events: list[Happened], data: st.DataObject) -> None:
    """An event sent again under its id, whenever that is, changes nothing."""
    named = [Happened(e.minute, (*e.data, ("id", f"e-{n}")), e.late) for n, e in enumerate(events)]
    again = data.draw(st.sampled_from(named))
    # No later than the end: otherwise more time would pass with it than without.
    left = int((END - START).total_seconds() // 60) - again.minute - again.late
    assume(left > 0)
    repeated = Happened(again.minute, again.data, again.late + data.draw(st.integers(1, left)))
    once, twice = lived(named), lived([*named, repeated])
    assert twice.state == once.state
    assert twice.commands == once.commands


@given(histories(late=True, submitted_first=False))
def test_any_order_is_decided(events: list[Happened]) -> None:
    """Whatever the order in which events are listed, a decision is reached, and it is that of their arrival."""
    made = evaluate(policy(), history(events), END)
    # Sorting is stable: events that arrive together keep the order in which they are listed.
    assert made == evaluate(policy(), history(sorted(events, key=lambda e: e.minute + e.late)), END)


@given(histories(late=True))
def test_decided_instants_never_go_back(events: list[Happened]) -> None:
    """The latest fact and the latest timer that were decided only ever move forward."""
    state = new_ticket("VS-1")
    for at, event in arrivals(events):
        for record in decide(policy(), state, event, at).events:
            before = (state.last_fact or 0, state.last_timer or 0)
            state = evolve(state, record)
            assert (state.last_fact or 0) >= before[0]
            assert (state.last_timer or 0) >= before[1]
            assert max(state.last_fact or 0, state.last_timer or 0) <= micros(at)
