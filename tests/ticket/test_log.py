"""A ticket's log as JSON: what an engineer stores, reads back, and goes on from."""

from __future__ import annotations

import json
import pickle
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy import Due, Event, PolicyError, TicketState, decide, evaluate, evolve, new_ticket
from tests.ticket.histories import P1, P2, edited, policy, ticket
from tests.ticket.random_histories import END, Happened, histories, history
from tests.ticket.worker import Worker, facts_of

AT = datetime.fromisoformat("2026-03-02T18:00:00+00:00")


def stored(event: Event) -> Event:
    """An event written as JSON text and read back."""
    return Event.from_json(json.loads(json.dumps(event.as_json(), allow_nan=False)))


def folded(log: tuple[Event, ...]) -> TicketState:
    """The state that a log makes."""
    state = new_ticket("VS-1")
    for event in log:
        state = evolve(state, event)
    return state


@given(happened=histories(late=True))
def test_a_stored_log_makes_the_same_state(happened: list[Happened]) -> None:
    """Every event survives JSON, retellings included, and the log that was read back folds into the same state."""
    worker = Worker()
    for event in sorted(happened, key=lambda h: h.minute + h.late):
        (fact,) = facts_of_json(event)
        now = fact.recorded_at or fact.at
        worker.pass_time(now - timedelta(seconds=1))
        worker.give(fact, now)
    worker.pass_time(END)
    log = tuple(stored(event) for event in worker.state.log)
    assert log == worker.state.log
    assert folded(log) == worker.state


def facts_of_json(event: Happened) -> list[Event]:
    """An event of a random history, read by `Event.from_json` itself."""
    return [Event.from_json(event.json())]


@pytest.mark.parametrize(
    "event",
    [
        Event("submitted", AT),
        Event("submitted", AT, AT, "customer", "u1", "u2", "id-1", {"organization": "acme", "launch_affected": True}),
        Event("submitted", AT, fields={"tags": ("a", "b"), "count": 3, "ratio": 0.1, "subject": None}),
        Event("responded", AT, AT, outcome="accepted"),
        Event("responded", AT, AT, outcome="refused", why="not now"),
        Event("resolved", AT, AT + timedelta(hours=1, microseconds=1), outcome="late", data={"text": "é😀"}),
        Event("state_changed", AT, AT, data={"from": "new", "to": "open", "workflow": "request"}, engine=True),
        Event("level_voided", AT, AT, data={"why": "voided", "by": "x", "outcome": "y", "id": "z"}, engine=True),
    ],
    ids=lambda event: event.type + event.outcome,
)
def test_every_part_of_an_event_survives(event: Event) -> None:
    """What an event holds is what it holds after JSON: nothing is dropped as obvious."""
    assert stored(event) == event


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"type": "submitted"},
        {"at": "2026-03-02T10:00:00-08:00"},
        {"type": "submitted", "at": "2026-03-02T10:00:00"},
        {"type": "submitted", "at": "yesterday"},
        {"type": "submitted", "at": 5},
        {"type": 5, "at": "2026-03-02T10:00:00-08:00"},
        {"type": "submitted", "at": "2026-03-02T10:00:00-08:00", "recorded_at": "2026-03-02T10:00:00"},
        {"type": "submitted", "at": "2026-03-02T10:00:00-08:00", "fields": []},
        {"type": "submitted", "at": "2026-03-02T10:00:00-08:00", "outcome": "maybe"},
        {"type": "refolded", "at": "2026-03-02T10:00:00-08:00", "engine": True, "events": [5]},
        [],
    ],
)
def test_what_is_no_event_is_refused(data: Any) -> None:
    """Data that no event was written as raises ValueError, with the reason."""
    with pytest.raises(ValueError, match=r"."):
        Event.from_json(data)


def test_an_event_from_a_queue_is_decided_like_the_one_sent() -> None:
    """An event not yet decided stays so on its way through JSON: it is recorded when it is decided."""
    sent = facts_of(ticket("acme", "03-02 10:00", P1))[0]
    now = sent.at + timedelta(hours=3)
    assert decide(policy(), new_ticket("A"), stored(sent), now) == decide(policy(), new_ticket("A"), sent, now)


def test_a_worker_that_crashes_between_decision_and_storage_decides_the_same_again() -> None:
    """Nothing was stored: the same event is decided again, to the same records and commands under the same keys."""
    fact = facts_of(ticket("acme", "03-02 10:00", P1))[0]
    assert decide(policy(), new_ticket("A"), fact, fact.at) == decide(policy(), new_ticket("A"), fact, fact.at)


def test_a_worker_that_crashes_after_storage_sends_again_harmlessly() -> None:
    """All was stored: an event with an id decides to nothing when it is sent again, and so does an instant."""
    worker = Worker()
    fact = facts_of(ticket("acme", "03-02 10:00", P1, id="mail-1"))[0]
    due = Due(fact.at + timedelta(hours=2))
    for event, now in ((fact, fact.at), (due, due.instant)):
        assert worker.give(event, now).events
        again = worker.give(event, now + timedelta(seconds=5))
        assert (again.events, again.commands) == ((), ())


def test_a_list_and_a_tuple_are_the_same_fact() -> None:
    """An event sent again after its log went through JSON is known by its id, lists of facts included."""
    under = edited(("rules/facts.yaml", "  subject: text", "  subject: text\n  tags: tags"))
    event = Event("submitted", AT, id="1", fields={"organization": "acme", "tags": ["a"]})
    state = folded(decide(under, new_ticket("VS-1"), event, AT).events)
    assert folded(tuple(stored(e) for e in state.log)) == state
    assert decide(under, state, event, AT).events == ()


def test_a_state_can_be_pickled() -> None:
    """States, events and policies go from process to process; a policy decides there as it did here."""
    made = pickle.loads(pickle.dumps(policy()))  # noqa: S301 - our own bytes
    worker = Worker()
    for fact in facts_of(ticket("acme", "03-02 10:00", P1).then("+1h", "responded", "engineer")):
        worker.give(fact, fact.at)
    assert pickle.loads(pickle.dumps(worker.state)) == worker.state  # noqa: S301 - our own bytes
    told = ticket("acme", "03-02 10:00", P1).history()
    assert evaluate(made, told, END) == evaluate(policy(), told, END)


@given(happened=histories(late=True, submitted_first=False), at=st.sampled_from([END, END - timedelta(days=6)]))
def test_an_evaluation_is_recomputed_from_its_own_json(happened: list[Happened], at: datetime) -> None:
    """An auditor needs the policy and the result: the facts among its events, evaluated again, give the same bytes."""
    told = json.loads(json.dumps(evaluate(policy(), history(happened), at)))
    facts = [
        {key: value for key, value in event.items() if key not in ("outcome", "why")}
        for event in told["events"]
        if not event.get("engine")
    ]
    again = evaluate(policy(), {"ticket": told["ticket"], "events": facts}, told["at"])
    assert {**json.loads(json.dumps(again)), "events_left_out": told["events_left_out"]} == told


@pytest.mark.parametrize("late", [False, True])
def test_one_id_for_two_contents_is_told_at_its_place(late: bool) -> None:
    """In a history the second event under an id, with other content, is an error that points at that id."""
    told = ticket("acme", "03-02 10:00", P2, id="1").then("+1h", "responded", id="1", learned="+3h" if late else "")
    with pytest.raises(PolicyError) as found:
        evaluate(policy(), told.history(), END)
    assert [(d.code, d.message.split(":")[0]) for d in found.value.diagnostics] == [("E407", "events[1].id")]


def test_an_event_may_carry_what_a_workflow_requires() -> None:
    """A field that a transition `requires` can be given, whatever its name."""
    resolved = "source: [open, clarifying, waiting], dest: resolved"
    given = "event: resolved, instead: yes, text: mail.rest"
    under = edited(
        ("workflows/request.yaml", f"{resolved}}}", f"{resolved}, requires: root_cause}}"),
        ("rules/intake.yaml", f"{given}}}", f"{given}, root_cause: mail.rest}}"),
    )
    bare = ticket("acme", "03-02 10:00", P2).then("+1h", "resolved").seen("+2h", under)
    assert bare.refused == [("resolved", "`resolved` needs `root_cause`")]
    told = ticket("acme", "03-02 10:00", P2).then("+1h", "resolved").history()
    told["events"][1]["root_cause"] = "a full disk"
    made = evaluate(under, told, END)
    assert made["state"] == "resolved"
    assert [e["root_cause"] for e in made["events"] if e["type"] == "resolved"] == ["a full disk"]


@pytest.mark.parametrize(
    ("place", "event"),
    [
        ("events[0].id", {"id": "\udc00"}),
        ("events[0].actor", {"actor": "\udc00"}),
        ("events[0].reason", {"reason": "x\ud800"}),
        ("ticket", {}),
    ],
)
def test_half_a_surrogate_pair_is_no_text(place: str, event: dict[str, Any]) -> None:
    """A text that cannot be written as UTF-8 is refused where it stands, before anybody has to store it."""
    name = "VS-\ud800" if place == "ticket" else "VS-1"
    told = {"ticket": name, "events": [{"at": AT.isoformat(), "type": "submitted", **event}]}
    with pytest.raises(PolicyError) as found:
        evaluate(policy(), told, END)
    assert found.value.diagnostics[0].message.startswith(f"{place}: ")
