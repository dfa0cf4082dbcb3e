"""Timers of workflows: what happens by itself when a state lasts."""

from __future__ import annotations

from support_policy.model.event import Event
from support_policy.ticket.evolve import evolve
from support_policy.ticket.state import new_ticket
from tests.language.desk import desk, opened

CLOSING = desk(timers="  - {id: auto-close, while: resolved, after: 8bh, do: closed}\n")


def test_a_state_that_lasts_has_an_event_happen() -> None:
    """Resolved for eight business hours, the ticket is closed by itself; by then everything is withdrawn."""
    story = opened(CLOSING).then("12:00", "resolved")
    assert story.seen("1d 11:59").data["state"] == "resolved"
    seen = story.seen("1d 12:00")
    assert (seen.data["state"], seen.timers) == ("closed", [("auto-close", "fired", "1d 12:00")])
    (closed,) = [e for e in seen.data["events"] if e["type"] == "closed"]
    assert (closed["by"], closed["engine"], closed["timer"]) == ("automatic", True, "auto-close")
    assert "request.auto-close" in {row["rule"] for row in seen.data["because"]}


def test_leaving_the_state_ends_the_wait() -> None:
    """A ticket that is reopened is not closed; resolved again it waits anew, the whole time."""
    story = opened(CLOSING).then("12:00", "resolved").then("16:00", "reopened").then("1d 11:00", "resolved")
    assert story.seen("1d 17:00").timers == [("auto-close", "planned", "2d 11:00")]
    assert story.seen("2d 11:00").data["state"] == "closed"


SILENCE = desk(
    guards="  - {id: is-p1, conditions: {name: priority, operator: equal_to, value: P1}}\n",
    timers="""\
  - id: silence
    while: waiting
    when: is-p1
    after: 2h
    reset: responded
    do: priority_changed
    with: {to: P2, reason: silent}
  - {id: nudge, while: waiting, after: 1bh, notify: lead, repeat: 3}
""",
)


def test_demotion_after_silence() -> None:
    """A P1 whose customer stays silent for two hours becomes a P2, by itself, with the reason."""
    seen = opened(SILENCE).then("10:30", "waiting_on_customer").seen("12:30")
    assert seen.data["priority"] == "P2"
    (told,) = [c for c in seen.data["commands"] if c["command"] == "tell_customer"]
    assert (told["from"], told["to"], told["reason"]) == ("P1", "P2", "silent")
    assert seen.target("fix")["target_seconds"] == 8 * 3600


def test_an_event_may_have_a_timer_count_anew() -> None:
    """`reset` names events after which the time is counted from the beginning; others do not."""
    story = opened(SILENCE).then("10:30", "waiting_on_customer").then("12:00", "responded").then("12:10", "updated")
    assert story.seen("13:59").data["priority"] == "P1"
    assert story.seen("14:00").data["priority"] == "P2"


def test_a_timer_is_armed_while_its_rule_holds() -> None:
    """A ticket that becomes a P1 after it has waited long enough is demoted at once: the change made it due."""
    story = opened(SILENCE, priority="P2").then("10:30", "waiting_on_customer")
    story = story.then("13:00", "priority_changed", to="P1", reason="r")
    (fired,) = [e for e in story.seen("13:00").records("timer_fired") if e["timer"] == "silence"]
    assert fired["cause"] == "changed"
    assert story.seen("13:00").data["priority"] == "P2"


def test_a_reminder_is_repeated() -> None:
    """Three reminders in one stay, an hour apart, each told once under a key of its own."""
    seen = opened(SILENCE, priority="P2").then("15:30", "waiting_on_customer").seen("2d 10:00")
    due = [row[2] for row in seen.timers if row[:2] == ("nudge", "fired")]
    assert due == ["16:30", "1d 09:30", "1d 10:30"]
    assert len({c["key"] for c in seen.data["commands"] if c.get("timer") == "nudge"}) == 3


def test_an_event_that_is_not_allowed_changes_nothing() -> None:
    """The workflow refuses what a timer wants: that is recorded with the reason, and does not come again."""
    policy = desk(timers="  - {id: odd, while: open, after: 1h, do: reopened}\n")
    seen = opened(policy).seen("15:00")
    assert (seen.data["state"], len(seen.refused)) == ("open", 1)
    assert [row[:2] for row in seen.timers] == [("odd", "fired")]


def test_timers_that_keep_each_other_going_come_to_rest() -> None:
    """Two timers that send a ticket back and forth for ever stop after a thousand firings."""
    policy = desk(
        transitions="  - {trigger: flip, source: open, dest: waiting}\n"
        "  - {trigger: flop, source: waiting, dest: open}\n",
        timers="  - {id: a, while: open, after: 1s, do: flip}\n  - {id: b, while: waiting, after: 1s, do: flop}\n",
    )
    seen = opened(policy).seen("1d 10:00")
    assert len(seen.records("timer_fired")) == 1000


def test_a_late_fact_voids_what_a_timer_did() -> None:
    """The customer had replied before the ticket was closed by itself: told anew it is open, and that is recorded."""
    story = opened(CLOSING).then("12:00", "resolved").then("1d 11:00", "customer_replied", learned="1d 13:00")
    seen = story.seen("1d 14:00")
    assert seen.data["state"] == "open"
    (voided,) = seen.records("timer_voided")
    assert voided["timer"] == "auto-close"


def test_a_log_with_timers_is_folded_from_json() -> None:
    """What happened by itself is in the log as it is in the state: stored as JSON and folded it gives the same."""
    made = opened(SILENCE).then("10:30", "waiting_on_customer").run("15:00")
    again = new_ticket("T-1")
    for event in made.state.log:
        again = evolve(again, Event.from_json(event.as_json()))
    assert again == made.state


def test_only_the_customers_voice_resets_a_timer() -> None:
    """What resets a timer may be limited to who does it, as what starts and stops a clock is."""
    policy = desk(
        timers="  - {id: quiet, while: open, after: 2h, notify: lead, reset: {event: updated, by: customer}}\n"
    )
    story = opened(policy).then("11:00", "updated", "engineer")
    assert story.seen("13:00").timers == [("quiet", "fired", "12:00")]
    assert story.then("11:30", "updated", "customer").seen("14:00").timers == [("quiet", "fired", "13:30")]
