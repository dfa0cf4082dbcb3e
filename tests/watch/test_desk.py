"""The desk: facts and due instants are decided and saved whole, once, whatever the clock and other processes do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from support_policy.model.event import Event
from support_policy.policy.names import RECORDED
from support_policy.service.watch.desk import Desk, Fact, States, fold
from support_policy.service.watch.ports import Work
from support_policy.service.watch.rows import Made
from support_policy.service.watch.writing import write
from support_policy.ticket.evaluate import evaluate, report
from tests.ticket.histories import policy
from tests.ticket.random_histories import END, Happened, histories
from tests.watch.house import DIRECTORS, MANAGER, NINE, P1, P3, Fixed, House, house


@pytest.fixture
def desk() -> Iterator[House]:
    """A house on a store in memory."""
    with house() as made:
        yield made


def test_a_new_ticket_gets_a_name_a_log_a_place_in_the_agenda_and_its_decision(desk: House) -> None:
    """All that follows from a first event is there after it: log, head, agenda, decision."""
    name = desk.submit()
    assert name == "VS-1001"
    assert desk.types(name)[:2] == ["submitted", "state_changed"]
    head = desk.head(name)
    assert (head.state, head.open, head.priority, head.organization) == ("open", True, "P1", "acme")
    assert (head.requester, head.length) == ("jane@acme.example", len(desk.log(name)))
    assert desk.pending()[0].ticket == name
    with desk.store.look() as work:
        (decision,) = work.tickets.decisions(name)
    assert (decision.id, decision.trigger, decision.digest) == ("VS-1001.1", "submitted", policy().digest)
    assert {reason["rule"] for reason in decision.because} >= {"production-down"}


def test_names_go_on_and_a_name_that_is_given_is_kept(desk: House) -> None:
    """Tickets are numbered in turn; a help desk that has names of its own keeps them."""
    assert (desk.submit(), desk.submit()) == ("VS-1001", "VS-1002")
    taken = desk.event("HELP-7", "submitted", by="customer", fields=P3)
    assert (taken.ticket, taken.outcome) == ("HELP-7", "accepted")


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        ({"type": "responded", "by": "engineer", "id": "m-1"}, "known"),
        ({"type": "responded", "by": "manager", "id": "m-1"}, "unusable"),
        ({"type": "respnded", "by": "engineer"}, "unusable"),
        ({"type": "updated", "fields": {"site_status": "on fire"}}, "unusable"),
        ({"type": "escalation_accepted", "by": "manager"}, "refused"),
        ({"type": "resolved", "by": "engineer"}, "accepted"),
    ],
)
def test_what_becomes_of_a_fact_is_said_and_only_what_is_recorded_changes_the_log(
    desk: House, event: dict[str, Any], outcome: str
) -> None:
    """A fact is accepted, refused (and recorded), known, or unusable (and nothing is recorded)."""
    name = desk.submit()
    desk.event(name, "responded", by="engineer", id="m-1")
    before = len(desk.log(name))
    taken = desk.event(name, event.pop("type"), NINE, **event)
    assert taken.outcome == outcome
    assert (len(desk.log(name)) > before) == (outcome in ("accepted", "refused"))
    assert bool(taken.diagnostics) == (outcome == "unusable")
    assert bool(taken.why) == (outcome == "refused")


def test_in_a_batch_one_unusable_fact_does_not_take_the_others_along(desk: House) -> None:
    """Facts of one batch are decided in order, also several of one ticket, and the bad one alone is turned away."""
    first = Fact("T-1", Event("submitted", NINE, fields=P1, by="customer"))
    bad = Fact("T-1", Event("submited", NINE))
    answer = Fact("T-1", Event("responded", NINE, by="engineer"))
    assert [one.outcome for one in desk.take(first, bad, answer)] == ["accepted", "unusable", "accepted"]
    assert [event.type for event in desk.log("T-1") if not event.engine] == ["submitted", "responded"]
    with desk.store.look() as work:
        assert [row.trigger for row in work.tickets.decisions("T-1")] == ["submitted", "responded"]


def test_an_emergency_that_was_answered_acknowledged_and_planned_still_escalates(desk: House) -> None:
    """Only a resolution stops it: the manager is told at the second business hour, the directors at the third."""
    name = desk.submit()
    desk.clock.tick(minutes=5)
    for type, by in (("responded", "engineer"), ("acknowledged", "manager"), ("action_plan_recorded", "manager")):
        assert desk.event(name, type, by=by).outcome == "accepted"
    desk.until(NINE + timedelta(hours=2, seconds=-1))
    assert not desk.letters(command="notify")
    desk.until(NINE + timedelta(hours=2))
    assert [letter.recipient for letter in desk.letters(command="notify")] == [MANAGER]
    desk.until(NINE + timedelta(hours=3))
    assert [letter.recipient for letter in desk.letters(command="notify")] == [MANAGER, *DIRECTORS]
    assert desk.head(name).escalation_level == 2
    assert desk.ears.lateness == [0.0, 0.0]


def test_after_downtime_every_missed_instant_happens_once_in_order_and_is_marked(desk: House) -> None:
    """A worker that slept for a day catches up: target, level 1, level 2, each once, each marked as caught up."""
    name = desk.submit()
    desk.clock.at = NINE + timedelta(days=1)
    assert desk.work() == 1
    assert desk.work() == 0
    told = [(e.type, e.data.get("cause")) for e in desk.log(name) if e.type in ("target_breached", "level_fired")]
    assert told == [
        ("target_breached", "caught_up"),
        ("level_fired", "caught_up"),
        ("level_fired", "caught_up"),
    ]
    assert [letter.recipient for letter in desk.letters(command="notify")] == [MANAGER, *DIRECTORS]


def test_a_clock_that_jumps_back_fires_nothing_twice_and_learns_nothing_before_it_knew_it(desk: House) -> None:
    """What has fired stays fired; records never seem to be learned earlier than those before them."""
    name = desk.submit()
    desk.until(NINE + timedelta(hours=2))
    desk.clock.tick(hours=-1)
    assert desk.work() == 0
    assert desk.event(name, "updated", fields={"subject": "again"}).outcome in ("accepted", "late")
    desk.until(NINE + timedelta(hours=4))
    fired = [e.data["level"] for e in desk.log(name) if e.type == "level_fired"]
    assert fired == [1, 2]
    learned = [e.recorded_at for e in desk.log(name) if e.recorded_at]
    assert learned == sorted(learned)


def test_a_clock_of_others_a_little_ahead_is_believed_and_one_far_ahead_is_not(desk: House) -> None:
    """An event that says it happened half a minute from now is taken; one from the next hour is refused."""
    name = desk.submit()
    assert desk.event(name, "updated", desk.clock.at + timedelta(seconds=30), by="engineer").outcome == "accepted"
    assert desk.event(name, "updated", desk.clock.at + timedelta(hours=1), by="engineer").outcome == "refused"


def test_a_late_answer_voids_no_message_that_went_out_and_records_the_correction(desk: House) -> None:
    """What was sent stays sent; the log says that the level would not have fired."""
    name = desk.submit()
    desk.until(NINE + timedelta(hours=2, minutes=30))
    sent = desk.letters(command="notify")
    taken = desk.event(name, "resolved", NINE + timedelta(hours=1), by="engineer")
    assert taken.outcome == "late"
    assert {"refolded", "level_voided"} <= set(desk.types(name))
    assert desk.letters(command="notify") == sent
    assert desk.head(name).state == "resolved"
    desk.until(NINE + timedelta(hours=5))
    assert desk.letters(command="notify") == sent


def test_two_processes_with_memories_of_their_own_never_decide_from_an_old_state(desk: House) -> None:
    """A ticket that another process went on with is read anew."""
    other = Desk(Fixed())
    name = desk.submit()
    for type in ("responded", "waiting_on_customer", "customer_replied", "resolved"):
        with desk.store.begin() as work:
            fact = Fact(name, Event(type, desk.clock.tick(minutes=1), by="engineer"))
            assert other.take(work, [fact], desk.clock.at)[0].outcome == "accepted"
        assert desk.event(name, "updated", fields={"subject": type}).outcome == "accepted"
    assert fold(name, desk.log(name)).facts["subject"] == "resolved"


def test_what_was_rolled_back_is_not_remembered(desk: House) -> None:
    """A transaction that fails after deciding leaves the log and the memory as they were."""
    name = desk.submit()
    before = desk.log(name)

    def do(work: Work) -> None:
        desk.desk.take(work, [Fact(name, Event("resolved", NINE, by="engineer"))], desk.clock.at)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(desk.store, do)
    assert desk.log(name) == before
    assert desk.event(name, "responded", by="engineer").outcome == "accepted"
    assert "resolved" not in desk.types(name)


def test_a_ticket_that_cannot_be_decided_is_put_aside_and_the_others_go_on(desk: House) -> None:
    """One log that no program can read holds up nobody else; it is tried again, and said."""
    bad, good = desk.submit(), desk.submit()
    broken = Event("level_fired", NINE, NINE, data={"chain": "automatic", "cycle": 1, "level": 9}, engine=True)

    head, pending = desk.head(bad), next(one for one in desk.pending() if one.ticket == bad)

    def spoil(work: Work) -> None:
        longer = replace(head, length=head.length + 1)
        again = replace(work.tickets.decisions(bad)[0], id=f"{bad}.x", first=head.length + 1, records=1)
        work.tickets.save([Made(head.length, (broken,), longer, pending, again)])

    write(desk.store, spoil)
    desk.clock.at = NINE + timedelta(hours=2)
    assert desk.work() == 2
    assert [letter.ticket for letter in desk.letters(command="notify")] == [good]
    with desk.store.look() as work:
        (stuck,) = work.tickets.stuck()
    assert (stuck.ticket, stuck.attempts) == (bad, 1)
    assert "KeyError" in stuck.problem
    desk.clock.tick(seconds=30)
    assert desk.work() == 1
    with desk.store.look() as work:
        assert work.tickets.stuck()[0].attempts == 2


def test_in_shadow_everything_is_decided_and_recorded_and_nothing_waits_to_be_sent() -> None:
    """Beside another help desk the letters are written, and never sent."""
    with house(shadow=True) as desk:
        desk.submit()
        desk.until(NINE + timedelta(hours=3))
        assert {letter.status for letter in desk.letters()} == {"shadow"}
        assert len(desk.letters(command="notify")) == 3


def test_an_answer_in_words_goes_to_the_customer_and_a_note_without_words_does_not(desk: House) -> None:
    """What an engineer answers through the system is the first response, and goes out to whoever asked."""
    name = desk.submit()
    desk.event(name, "updated", by="engineer", text="a note inside the house")
    desk.event(name, "responded", by="engineer", text="We look at it now.")
    (letter,) = desk.letters(command="reply")
    assert (letter.recipient, letter.role, letter.body) == ("jane@acme.example", "customer", "We look at it now.\n")
    assert name in letter.subject


def test_a_letter_for_which_there_is_nobody_is_dead_and_says_so(desk: House) -> None:
    """What cannot be sent to anyone is not lost: it is on the list of dead letters."""
    name = desk.submit(actor="token:7")
    desk.event(name, "priority_changed", by="engineer", to="P2", reason="the site is up again")
    (letter,) = desk.letters(command="tell_customer")
    assert (letter.status, letter.recipient) == ("dead", "")
    assert "not known" in letter.error


@given(history=histories(late=True))
def test_what_the_service_says_of_a_ticket_is_what_evaluate_says(history: list[Happened]) -> None:
    """Fed event by event, with a worker that wakes in time, the service reports what `evaluate` reports."""
    with house() as desk:
        events = [event.json() for event in history]
        for happened in sorted(history, key=lambda one: one.at + timedelta(minutes=one.late)):
            at = happened.at + timedelta(minutes=happened.late)
            desk.until(at - timedelta(microseconds=1))
            desk.clock.at = at
            desk.take(Fact("T-1", Event.from_json({**happened.json(), "recorded_at": at.isoformat()})))
        desk.until(END)
        with desk.store.look() as work:
            run = desk.desk.run(work, "T-1", END)
        assert run is not None
        ours, theirs = report(run), evaluate(policy(), {"ticket": "T-1", "events": events}, END)
        for part in ("state", "priority", "targets", "escalations", "timers", "escalation_level", "policy"):
            assert ours[part] == theirs[part]
        names = [event["type"] for event in ours["events"] if event["type"] not in RECORDED]
        assert names == [event["type"] for event in theirs["events"] if event["type"] not in RECORDED]
        assert sorted(c["key"] for c in ours["commands"]) == sorted(c["key"] for c in theirs["commands"])
        assert fold("T-1", desk.log("T-1")) == run.state


def test_states_are_kept_as_far_as_their_records_fit(desk: House) -> None:
    """What is kept in memory is bounded by what it holds, not by the number of tickets; the least used go first."""
    first, second = desk.submit(), desk.submit()
    held = {name: fold(name, desk.log(name)) for name in (first, second)}
    states = States(most=sum(len(state.log) for state in held.values()))
    states.keep(held.values())
    states.keep(held.values())
    assert [states.get(desk.head(name)) for name in held] == [*held.values()]
    desk.event(second, "updated", by="customer", text="and now?")
    states.keep([fold(second, desk.log(second))])
    assert (states.get(desk.head(first)), states.get(desk.head(second))) == (None, fold(second, desk.log(second)))


def test_new_tickets_are_named_as_the_newest_policy_says(desk: House) -> None:
    """A version that names tickets otherwise does so from its adoption on, without a restart."""
    assert desk.submit() == "VS-1001"
    shipped = desk.desk.shelf.policy
    assert shipped.text.mail is not None
    mail = replace(shipped.text.mail, tickets="HELP-")
    desk.desk.shelf = Fixed(replace(shipped, text=replace(shipped.text, mail=mail)))
    assert desk.submit() == "HELP-1002"
