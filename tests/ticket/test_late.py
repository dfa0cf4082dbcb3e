"""Facts learned late, twice, or too late; timers that fire late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from support_policy.model.event import Due, Event
from support_policy.source.diagnostics import PolicyError
from tests.ticket.histories import P1, P2, P3, Ticket, local, ticket
from tests.ticket.worker import Worker, fact, facts_of

BASE = ticket("acme", "03-02 10:00", P1)


def test_a_fact_at_due_at_learned_later_makes_it_met() -> None:
    """A fact at the very instant of due_at, learned later, makes the target met."""
    seen = BASE.then("+2h", "responded", "engineer", learned="+150m").seen("+3h")
    assert seen.response == "met"
    assert seen.target()["stopped_at"] == "03-02 12:00"
    assert len(seen.records("target_breached")) == 1
    assert [(r["metric"], r["from"], r["to"]) for r in seen.records("target_corrected")] == [
        ("first_response", "breached", "met")
    ]


def test_a_late_fact_after_due_at_leaves_the_breach() -> None:
    """A response learned late that was late as well: missed, then met."""
    seen = BASE.then("+121m", "responded", "engineer", learned="+150m").seen("+3h")
    assert seen.response == "missed_then_met"


def test_a_voided_firing_stays() -> None:
    """A late fact that voids a firing records a correction; the firing stays as it was."""
    seen = BASE.then("+90m", "resolved", "engineer", learned="+130m").seen("+5h")
    assert seen.fired == [("automatic", 1, "03-02 12:00", "due")]
    row = seen.level("automatic", 1)
    assert (row["status"], row["fired_at"], row["due_at"], row["cause"]) == (
        "fired",
        "03-02 12:00",
        "03-02 12:00",
        "due",
    )
    assert row["voided"] is True
    assert row["notify"][0]["role"] == "support_manager"
    assert seen.level("automatic", 2)["status"] == "withdrawn"
    (correction,) = seen.records("level_voided")
    assert (correction["chain"], correction["level"], correction["cycle"]) == ("automatic", 1, 1)
    assert "resolved" in correction["why"]
    assert len(seen.commands("notify")) == 1


def test_resolved_exactly_when_the_level_fired() -> None:
    """Resolved at the very instant the level fired, learned later: the firing is voided."""
    seen = BASE.then("+2h", "resolved", "engineer", learned="+130m").seen("+5h")
    assert seen.level("automatic", 1)["voided"] is True


def test_a_voided_firing_does_not_fire_again() -> None:
    """A voided firing is not fired again when the ticket is reopened; those told are told again."""
    made = BASE.then("+90m", "resolved", learned="+130m").then("+3h", "reopened")
    seen = made.seen("03-04 10:00")
    assert [row[:3] for row in seen.fired] == [("automatic", 1, "03-02 12:00"), ("automatic", 2, "03-02 14:30")]
    assert [command["level"] for command in seen.commands("notify_again")] == [1]


def test_a_correction_is_recorded_once() -> None:
    """Another late fact does not repeat the correction."""
    made = BASE.then("+90m", "resolved", learned="+130m").then("+95m", "updated", learned="+140m", subject="x")
    assert len(made.seen("+5h").records("level_voided")) == 1


def test_a_correction_may_be_overtaken() -> None:
    """A firing that was voided and then turns out to be right is no longer marked."""
    made = BASE.then("+90m", "resolved", learned="+130m").then("+95m", "reopened", learned="+140m")
    row = made.seen("+150m").level("automatic", 1)
    assert (row["status"], row["fired_at"], "voided" in row) == ("fired", "03-02 12:00", False)


def test_what_fired_keeps_its_instant_and_cause() -> None:
    """A recorded firing is never computed again, even where it would now fall due at another instant."""
    made = BASE.then("+60m", "priority_changed", to="P3", reason="r", learned="+130m")
    made = made.then("+61m", "priority_changed", to="P1", reason="r", learned="+140m")
    seen = made.seen("+5h")
    assert seen.fired[0] == ("automatic", 1, "03-02 12:00", "due")
    assert seen.level("automatic", 1)["due_at"] == "03-02 12:00"
    assert seen.level("automatic", 2)["due_at"] == "03-02 14:01"


def test_what_should_have_fired_fires_as_caught_up() -> None:
    """Levels that a late fact makes overdue fire when it is learned, marked as caught up, and are recorded."""
    made = ticket("acme", "03-02 10:00", P3).then(
        "+10m", "priority_changed", to="P1", reason="r", learned="03-02 15:00"
    )
    seen = made.seen("03-02 16:00")
    assert seen.fired == [
        ("automatic", 1, "03-02 15:00", "caught_up"),
        ("automatic", 2, "03-02 15:00", "caught_up"),
    ]
    assert [seen.level("automatic", n)["due_at"] for n in (1, 2)] == ["03-02 12:10", "03-02 13:10"]
    assert [command["key"] for command in seen.commands("notify")] == ["VS-1/automatic/1/1", "VS-1/automatic/2/1"]


def test_what_a_retelling_fires_is_recorded() -> None:
    """Levels that the retelling itself reaches, because later facts are known, are recorded and told as well."""
    made = ticket("acme", "03-02 10:00", P3).then("+5h", "responded")
    seen = made.then("+10m", "priority_changed", to="P1", reason="r", learned="+330m").seen("+6h")
    assert seen.fired == [
        ("automatic", 1, "03-02 15:30", "caught_up"),
        ("automatic", 2, "03-02 15:30", "caught_up"),
    ]
    assert [command["key"] for command in seen.commands("notify")] == ["VS-1/automatic/1/1", "VS-1/automatic/2/1"]
    assert seen.response == "missed_then_met"


def test_a_retelling_does_not_overtake_the_facts_of_an_instant() -> None:
    """A late fact that arrives among facts of one instant fires no timer of that instant before they are all in."""
    worker = Worker()
    now = BASE.instant("+2h")
    worker.give(facts_of(BASE)[0], BASE.start)
    for event in (
        Event("updated", now, fields={"subject": "s"}),
        Event("updated", BASE.instant("+1h"), fields={"subject": "earlier"}),
        Event("responded", now, by="engineer"),
    ):
        worker.give(event, now)
    assert worker.state.clocks["first_response"].status == "met"
    assert [e.type for e in worker.events if e.type in ("refolded", "target_breached")] == ["refolded"]


def test_a_breach_that_a_late_fact_brings_is_dated_where_it_belongs() -> None:
    """The story is told as it happened: raised at 10:10, a P1 was missed at 12:00 although it was learned at 15:00."""
    made = ticket("acme", "03-02 10:00", P3).then(
        "+10m", "priority_changed", to="P1", reason="r", learned="03-02 15:00"
    )
    assert made.then("03-02 15:30", "responded").seen("03-02 16:00").response == "missed_then_met"
    assert made.then("+110m", "responded", learned="03-02 15:30").seen("03-02 16:00").response == "met"


def test_an_advice_is_not_repeated() -> None:
    """Commands that were asked for before are not asked for again when the ticket is told anew."""
    made = ticket("acme", "03-02 10:00", {**P1, "stated_priority": "P3"})
    made = made.then("+1h", "priority_changed", to="P1", reason="r").then("+30m", "updated", subject="s", learned="+2h")
    seen = made.seen("+150m")
    keys = [command["key"] for command in seen.data["commands"]]
    assert len(keys) == len(set(keys))
    assert len(seen.commands("advise_clarification")) == len(seen.commands("tell_customer")) == 1


def test_a_command_of_a_late_fact_is_not_lost() -> None:
    """What a late fact asks for is asked for once, when it is learned."""
    made = ticket("acme", "03-02 10:00", P3).then("+2h", "responded")
    made = made.then("+1h", "updated", environment="production", site_status="down", learned="+3h")
    seen = made.seen("+4h")
    assert len(seen.commands("advise_clarification")) == 1
    again = made.then("+90m", "updated", subject="s", learned="+4h").seen("+5h")
    assert [c["key"] for c in again.commands("advise_clarification")] == [
        c["key"] for c in seen.commands("advise_clarification")
    ]


def test_a_late_request_joins() -> None:
    """A request learned late that came before an open one is the same request: the manager is told once."""
    made = ticket("acme", "03-02 10:00", P2).then("+1h", "escalation_requested", via="engineer")
    seen = made.then("+55m", "escalation_requested", via="email", learned="+70m").seen("+90m")
    assert [row[:3] for row in seen.fired] == [("requested", 1, "03-02 11:00")]
    assert len(seen.commands("notify")) == 1
    assert seen.records("level_voided") == []


def test_a_request_voided_by_a_late_end() -> None:
    """A request that a late fact turns out to have come too late leaves its firing voided, and its key used."""
    made = ticket("acme", "03-02 10:00", P2).then("+1h", "escalation_requested").then("+30m", "closed", learned="+70m")
    seen = made.seen("+80m")
    assert seen.level("requested", 1)["voided"] is True
    (retold,) = seen.records("refolded")
    assert [told["type"] for told in retold["refused"]] == ["escalation_requested"]
    again = made.then("+2h", "reopened").then("+3h", "escalation_requested").seen("+190m")
    assert [command["key"] for command in again.commands("notify")] == ["VS-1/requested/1/1", "VS-1/requested/1/2"]
    # Told anew once more, the second request is still the second.
    later = made.then("+2h", "reopened").then("+3h", "escalation_requested").then("+10m", "updated", learned="+200m")
    seen = later.seen("+210m")
    assert [record["cycle"] for record in seen.records("level_fired")] == [1, 2]
    assert seen.level("requested", 1)["fired_at"] == "03-02 13:00"
    assert len(seen.records("level_voided")) == 1


def test_the_cycle_of_a_voided_request_is_used_up() -> None:
    """A further request, learned late, takes no cycle that a voided request has had."""
    made = ticket("acme", "03-02 10:00", P2).then("+1h", "escalation_requested").then("+30m", "closed", learned="+70m")
    made = made.then("+2h", "reopened").then("+3h", "escalation_requested").then("+190m", "escalation_accepted")
    made = made.then("+4h", "updated", subject="s").then("+200m", "escalation_requested", learned="+5h")
    keys = [command["key"] for command in made.seen("+301m").commands("notify")]
    assert sorted(set(keys)) == ["VS-1/requested/1/1", "VS-1/requested/1/2", "VS-1/requested/1/3", "VS-1/requested/2/3"]
    assert len(keys) == 4


def test_two_events_at_one_instant_are_not_late() -> None:
    """At one instant facts are taken as they arrive: the second of two is not late, even after one that fired."""
    for first in (("escalation_requested", {}), ("priority_changed", {"to": "P1", "reason": "r"})):
        made = ticket("acme", "03-02 10:00", P3).then("+3h", first[0], "customer", **first[1])
        seen = made.then("+3h", "updated", subject="s").seen("+3h")
        assert seen.records("refolded") == []


def test_order_at_one_instant_is_that_of_arrival() -> None:
    """Events with the same `at` are taken in order of arrival, whatever is learned late."""
    resolved_first = BASE.then("+1h", "resolved", learned="+61m").then("+1h", "reopened", learned="+62m").seen("+90m")
    assert (resolved_first.data["state"], resolved_first.refused) == ("open", [])
    reopened_first = BASE.then("+1h", "resolved", learned="+62m").then("+1h", "reopened", learned="+61m").seen("+90m")
    assert reopened_first.data["state"] == "resolved"
    assert [type for type, _ in reopened_first.refused] == ["reopened"]


def test_too_late_is_refused() -> None:
    """What claims to have happened further back than the policy believes is refused, says why, and changes nothing."""
    made = ticket("acme", "2026-03-02 10:00", P3).then("03-02 11:00", "responded", learned="2026-06-01 11:00")
    seen = made.seen("2026-06-01 12:00")
    assert seen.refused == [("responded", "it claims to have happened more than 2160h before it was recorded")]
    assert seen.response == "breached"
    assert seen.records("refolded") == []
    assert "assumptions.late_events_up_to" in seen.reasons
    in_time = ticket("acme", "03-02 10:00", P3).then("03-04 11:00", "responded", learned="05-31 23:00")
    assert in_time.seen("06-01 12:00").refused == []


def test_the_future_is_refused() -> None:
    """What claims to happen after it was recorded is refused, and makes no timer fire early."""
    made = BASE.then("03-05 10:00", "responded", learned="+30m").then("+1h", "responded")
    seen = made.seen("03-06 10:00")
    assert seen.refused == [("responded", "it claims to happen after it was recorded")]
    assert seen.response == "met"
    assert [row[2] for row in seen.fired] == ["03-02 12:00", "03-02 13:00"]
    assert seen.records("refolded") == []


def test_a_late_event_that_is_not_allowed_is_refused() -> None:
    """A late event the workflow would not have allowed is recorded, changes nothing, and says why."""
    made = BASE.then("+1h", "resolved").then("+3h", "updated", subject="s")
    before = made.seen("+4h")
    seen = made.then("+2h", "workaround_given", learned="+200m").seen("+4h")
    ((type, why),) = seen.refused
    assert type == "workaround_given"
    assert "resolved" in why
    for part in ("targets", "escalations", "commands", "state"):
        assert seen.data[part] == before.data[part]


def test_a_refused_event_may_be_allowed_by_what_is_learned_later() -> None:
    """An event that came before the ticket is refused until the submission is learned; then it counts."""
    made = ticket("acme", "03-02 10:00", P1)
    (submission,) = made.events
    late = Ticket(made.zone, made.start, ()).then("+1h", "responded", "engineer", learned="+61m")
    late = Ticket(
        made.zone, made.start, (*late.events, {**submission, "recorded_at": made.instant("+90m").isoformat()})
    )
    assert [type for type, _ in late.seen("+80m").refused] == ["responded"]
    seen = late.seen("+100m")
    assert (seen.response, seen.data["priority"]) == ("met", "P1")
    (retold,) = seen.records("refolded")
    assert [told["type"] for told in retold["accepted"]] == ["responded"]


@pytest.mark.parametrize("first", ["acknowledged", "action_plan_recorded", "case_reviewed", "updated", "resolved"])
def test_a_ticket_begins_with_its_submission(first: str) -> None:
    """Whatever comes before the submission is refused, and takes nothing from what the submission says."""
    seen = BASE.then("03-02 09:00", first, "manager").seen("+1h")
    assert [type for type, _ in seen.refused] == [first]
    assert (seen.data["priority"], seen.target()["due_at"]) == ("P1", "03-02 12:00")


# -- the same event twice ------------------------------------------------------------------------------------------


def test_the_same_event_twice_is_ignored() -> None:
    """The same id with the same content is ignored: nothing is recorded, nothing asked for."""
    once = ticket("acme", "03-02 10:00", P2).then("+1h", "escalation_requested", "customer", id="m-1", via="email")
    twice = once.then("+1h", "escalation_requested", "customer", id="m-1", via="email", learned="+2h")
    assert twice.seen("+3h").data == once.seen("+3h").data


@pytest.mark.parametrize("change", [{"via": "engineer"}, {"reason": "slow"}, {"subject": "s"}])
def test_an_id_with_other_content_is_an_error(change: dict[str, Any]) -> None:
    """The same id with other content is an error that names the id."""
    once = ticket("acme", "03-02 10:00", P2).then("+1h", "escalation_requested", "customer", id="m-1", via="email")
    twice = once.then("+1h", "escalation_requested", "customer", **{"id": "m-1", "via": "email", **change})
    with pytest.raises(PolicyError) as caught:
        twice.seen("+3h")
    assert [d.code for d in caught.value.diagnostics] == ["E407"]
    assert "m-1" in str(caught.value)


def test_a_refused_event_keeps_its_id() -> None:
    """An event that was refused and is sent again is ignored as well."""
    once = BASE.then("+1h", "reopened", id="r-1")
    assert len(once.then("+1h", "reopened", id="r-1").seen("+3h").refused) == 1


# -- timers that fire late -----------------------------------------------------------------------------------------


def test_after_downtime_every_missed_instant_fires_once_in_order() -> None:
    """After downtime every missed instant fires once, in order, at the time it is noticed, marked as caught up."""
    worker = Worker()
    (submitted,) = facts_of(BASE)
    worker.give(submitted, BASE.start)
    noticed = BASE.instant("+6h")
    made = worker.give(Due(noticed), noticed)
    happened = [e for e in made.events if e.type in ("target_breached", "level_fired")]
    assert [(e.type, e.data.get("level"), e.data["cause"]) for e in happened] == [
        ("target_breached", None, "caught_up"),
        ("level_fired", 1, "caught_up"),
        ("level_fired", 2, "caught_up"),
    ]
    assert [e.at for e in happened] == [BASE.instant("+2h"), noticed, noticed]
    assert [e.data["due_at"] for e in happened[1:]] == [BASE.instant(at).isoformat() for at in ("+2h", "+3h")]
    assert worker.give(Due(noticed), noticed).events == ()


@pytest.mark.parametrize(("late", "cause"), [(0, "due"), (60, "due"), (61, "caught_up")])
def test_a_little_late_is_due(late: int, cause: str) -> None:
    """A level fired no later than `caught_up_after` is due; after that it is caught up."""
    worker = Worker()
    worker.give(facts_of(BASE)[0], BASE.start)
    at = BASE.instant("+2h")
    made = worker.give(Due(at), at + timedelta(seconds=late))
    assert [e.data["cause"] for e in made.events if e.type == "level_fired"] == [cause]


def test_timers_before_a_fact_happen_first() -> None:
    """A fact that arrives after a timer's instant finds the timer fired, even when nobody had woken for it."""
    worker = Worker()
    worker.give(facts_of(BASE)[0], BASE.start)
    now = BASE.instant("+150m")
    made = worker.give(Event("responded", now, by="engineer"), now)
    assert [e.type for e in made.events if e.type in ("target_breached", "level_fired", "responded")] == [
        "target_breached",
        "level_fired",
        "responded",
    ]


def test_a_fact_before_a_caught_up_firing_is_late() -> None:
    """After a downtime, a resolution from within it that arrives after the catching up voids what was caught up."""
    worker = Worker()
    worker.give(facts_of(BASE)[0], BASE.start)
    noticed = BASE.instant("+6h")
    worker.give(Due(noticed), noticed)
    made = worker.give(Event("resolved", BASE.instant("+150m"), by="engineer"), BASE.instant("+361m"))
    voided = [e.data["level"] for e in made.events if e.engine and e.type == "level_voided"]
    assert voided == [2]
    assert [worker.state.chains["automatic"].levels[n].status for n in (1, 2)] == ["fired", "fired"]


def test_timers_at_one_instant_are_ordered() -> None:
    """Timers happen in order of (due_at, chain, level), targets before levels."""
    made = ticket("acme", "03-02 10:00", P1).then("+1h", "escalation_requested", "customer").seen("+2h")
    order = [(e["type"], e.get("chain"), e.get("level")) for e in made.records("target_breached", "level_fired")]
    assert order == [
        ("level_fired", "requested", 1),
        ("target_breached", None, None),
        ("level_fired", "automatic", 1),
        ("level_fired", "requested", 2),
    ]


def test_decide_needs_an_aware_now() -> None:
    """A naive `now` is an error, as is an event with a naive instant."""
    submitted = facts_of(BASE)[0]
    naive = submitted.at.replace(tzinfo=None)
    with pytest.raises(PolicyError, match="no offset"):
        Worker().give(submitted, naive)
    with pytest.raises(PolicyError, match="no offset"):
        Worker().give(Event("submitted", naive), submitted.at)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"type": "submited"}, "E401"),
        ({"type": "submitted", "by": "boss"}, "E403"),
        ({"type": "submitted", "fields": {"sitestatus": "down"}}, "E404"),
        ({"type": "submitted", "fields": {"site_status": "broken"}}, "E405"),
        ({"type": "submitted", "fields": {"stated_priority": "P9"}}, "E405"),
        ({"type": "priority_changed", "to": "P9", "reason": "r"}, "E406"),
    ],
)
def test_unusable_events_are_errors(event: dict[str, Any], code: str) -> None:
    """An event this policy cannot read is an error with a code; the ticket stays what it was."""
    at = local("03-02 10:00", BASE.zone)
    worker = Worker()
    with pytest.raises(PolicyError) as caught:
        worker.give(fact({"at": at.isoformat(), **event}), at)
    assert [d.code for d in caught.value.diagnostics] == [code]
    assert worker.state.log == ()
