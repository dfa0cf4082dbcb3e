"""Each assumption, overruled by changing its one line, changes the outcome as its meaning says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support_policy.policy.settings import KNOWN
from tests.ticket.histories import P1, P2, P3, P4, Seen, Ticket, edited, policy, ticket

WISH = {"kind": "enhancement"}
MISMATCH = {"stated_priority": "P3", "environment": "production", "site_status": "down"}


def due(seen: Seen) -> Any:
    """When the first response is due."""
    return seen.target()["due_at"]


def response(seen: Seen) -> Any:
    """What became of the first response."""
    return seen.response


def resolution(seen: Seen) -> Any:
    """What became of the resolution, and the hours worked for it."""
    row = seen.target("resolution")
    return row["status"], row["worked_seconds"] / 3600


def priority(seen: Seen) -> Any:
    """The priority in force, and whether clarification is advised."""
    return seen.data["priority"], seen.data["clarification_advised"]


def fired(seen: Seen) -> Any:
    """(level, fired_at) of every firing."""
    return [row[1:3] for row in seen.fired]


def told_again(seen: Seen) -> Any:
    """The levels told again."""
    return [command["level"] for command in seen.commands("notify_again")]


def triaged(seen: Seen) -> Any:
    """How many were asked to triage."""
    return len(seen.commands("triage"))


def state_and_due(seen: Seen) -> Any:
    """The state, and when the first response falls due."""
    return seen.data["state"], seen.target()["due_at"]


def refused(seen: Seen) -> Any:
    """The types of refused events."""
    return [type for type, _ in seen.refused]


MONDAY = "03-02 10:00"
LATE_IN_THE_DAY = ticket("acme", "03-02 15:00", P1)
EARLIER = {"from": "VS-0", "from_submitted_at": "2026-03-02T09:00:00-08:00"}
MERGED = ticket("acme", MONDAY, P3).then("+1h", "merged", **EARLIER)
SPLIT = ticket("acme", MONDAY, P3, **EARLIER)
RAISED = ticket("acme", MONDAY, P3).then("+1h", "priority_changed", to="P1", reason="r")
REOPENED = ticket("acme", MONDAY, P1).then("+150m", "resolved", "engineer").then("+4h", "reopened")

CASES: list[tuple[str, str, Ticket, str, Callable[[Seen], Any], Any, Any]] = [
    # assumption, other value, ticket, seen at, what is looked at, as shipped, as overruled
    ("merged_clock", "own", MERGED, "+2h", state_and_due, ("open", "03-02 17:00"), ("open", "03-03 10:00")),
    ("split_clock", "earliest", SPLIT, "+2h", state_and_due, ("open", "03-03 10:00"), ("open", "03-02 17:00")),
    ("priority_in_force", "assessed", ticket("acme", MONDAY, MISMATCH), "+1m", priority, ("P3", True), ("P1", True)),
    (
        "nothing_stated",
        "P2",
        ticket("acme", MONDAY, {"kind": "enhancement"}),
        "+1m",
        priority,
        ("P4", False),
        ("P2", True),
    ),
    ("nothing_stated", "P2", ticket("acme", MONDAY), "+1m", priority, ("P3", False), ("P2", False)),
    ("nothing_assessable", "P4", ticket("acme", MONDAY), "+1m", priority, ("P3", False), ("P4", False)),
    (
        "clarification_is_response",
        "no",
        ticket("acme", MONDAY, P2).then("+1h", "clarification_requested", "engineer"),
        "+2h",
        response,
        "met",
        "running",
    ),
    (
        "automatic_receipt_is_response",
        "yes",
        ticket("acme", MONDAY, P2).then("+1h", "responded", "automatic"),
        "+2h",
        response,
        "running",
        "met",
    ),
    (
        "resolution_is_response",
        "no",
        ticket("acme", MONDAY, P2).then("+1h", "resolved", "engineer"),
        "+2h",
        response,
        "met",
        "running",
    ),
    (
        "workaround_is_resolution",
        "yes",
        ticket("acme", MONDAY, P1).then("+1h", "workaround_given", "engineer"),
        "+3h",
        resolution,
        ("running", 3.0),
        ("stopped", 1.0),
    ),
    (
        "waiting_for_customer_pauses",
        "yes",
        ticket("acme", MONDAY, P2).then("+1h", "waiting_on_customer").then("+3h", "customer_replied"),
        "+4h",
        resolution,
        ("running", 4.0),
        ("running", 2.0),
    ),
    (
        "waiting_for_customer_pauses",
        "yes",
        ticket("acme", MONDAY, P2).then("+1h", "waiting_on_customer"),
        "+3h",
        resolution,
        ("running", 3.0),
        ("paused", 1.0),
    ),
    (
        "waiting_for_customer_pauses",
        "yes",
        ticket("acme", MONDAY, P1).then("+1h", "waiting_on_customer").then("+2h", "customer_replied"),
        "+4h",
        fired,
        [(1, "03-02 12:00"), (2, "03-02 13:00")],
        [(1, "03-02 13:00"), (2, "03-02 14:00")],
    ),
    (
        "clarification_pauses",
        "yes",
        ticket("acme", MONDAY, P2).then("+1h", "clarification_requested").then("+2h", "clarified"),
        "+3h",
        resolution,
        ("running", 3.0),
        ("running", 2.0),
    ),
    (
        "due_at_closing_time",
        "next_opening",
        ticket("acme", "03-02 15:00", P1),
        "+1m",
        due,
        "03-02 17:00",
        "03-03 09:00",
    ),
    (
        "due_at_closing_time",
        "next_opening",
        LATE_IN_THE_DAY.then("03-03 08:59", "responded"),
        "03-03 10:00",
        response,
        "missed_then_met",
        "met",
    ),
    ("priority_change_open_target", "from_change", RAISED, "+90m", due, "03-02 12:00", "03-02 13:00"),
    (
        "priority_change_past_result",
        "judge_again",
        ticket("acme", MONDAY, P3).then("+3h", "responded").then("+4h", "priority_changed", to="P1", reason="r"),
        "+5h",
        response,
        "met",
        "missed_then_met",
    ),
    (
        "priority_change_past_result",
        "judge_again",
        ticket("acme", MONDAY, P1).then("+3h", "priority_changed", to="P3", reason="r"),
        "+4h",
        response,
        "breached",
        "running",
    ),
    (
        "priority_change_chain",
        "from_submission",
        RAISED,
        "+5h",
        fired,
        [(1, "03-02 13:00"), (2, "03-02 14:00")],
        [(1, "03-02 12:00"), (2, "03-02 13:00")],
    ),
    (
        "priority_change_chain",
        "from_submission",
        ticket("acme", MONDAY, P3).then("+150m", "priority_changed", to="P1", reason="r"),
        "+3h",
        lambda seen: [row[1:] for row in seen.fired],
        [],
        [(1, "03-02 12:30", "changed"), (2, "03-02 13:00", "due")],
    ),
    ("reopened_clock", "restart", REOPENED, "+5h", resolution, ("running", 3.5), ("running", 1.0)),
    (
        "reopened_clock",
        "restart",
        REOPENED,
        "03-03 12:00",
        fired,
        [(1, "03-02 12:00"), (2, "03-02 14:30")],
        [(1, "03-02 12:00"), (1, "03-02 16:00"), (2, "03-02 17:00")],
    ),
    ("reopened_clock", "ignore", REOPENED, "+5h", resolution, ("running", 3.5), ("stopped", 2.5)),
    (
        "reopened_clock",
        "ignore",
        REOPENED,
        "03-03 12:00",
        fired,
        [(1, "03-02 12:00"), (2, "03-02 14:30")],
        [(1, "03-02 12:00")],
    ),
    ("reopened_told_before", "tell_nobody", REOPENED, "+241m", told_again, [1], []),
    ("unknown_organization", "serve", ticket("umbrella", MONDAY, P2), "+1m", triaged, 1, 0),
    # Cesar Chavez Day is public in California, and no day off of the government.
    ("holiday_category", "government", ticket("acme", "03-30 16:00", P1), "+1m", due, "04-01 10:00", "03-31 10:00"),
    ("make_up_weekends", "open", ticket("initech", "02-13 16:00", P1), "+1m", due, "02-24 10:00", "02-14 10:00"),
    (
        "late_events_up_to",
        "1h",
        ticket("acme", MONDAY, P2).then("+1h", "responded", learned="+121m"),
        "+3h",
        refused,
        [],
        ["responded"],
    ),
]


@pytest.mark.parametrize(("name", "value", "made", "at", "look", "shipped", "overruled"), CASES)
def test_one_line_changes_the_outcome(
    name: str, value: str, made: Ticket, at: str, look: Callable[[Seen], Any], shipped: Any, overruled: Any
) -> None:
    """As shipped the assumption decides one way; with its one line changed, the other."""
    assert look(made.seen(at)) == shipped
    assert look(made.seen(at, policy(**{name: value}))) == overruled


def test_caught_up_after() -> None:
    """`caught_up_after` says how late a firing may be before it is marked: a day's grace marks none."""
    made = ticket("acme", MONDAY, P3).then("+10m", "priority_changed", to="P1", reason="r", learned="03-02 15:00")
    assert {row[3] for row in made.seen("03-02 16:00").fired} == {"caught_up"}
    assert {row[3] for row in made.seen("03-02 16:00", policy(caught_up_after="24h")).fired} == {"due"}


def test_every_assumption_has_a_case() -> None:
    """Every assumption that the policy lists, the engine's and its own, is overruled here."""
    assert {case[0] for case in CASES} | {"caught_up_after"} == set(policy().text.settings)
    assert set(KNOWN) <= set(policy().text.settings)


def test_a_metric_may_say_otherwise() -> None:
    """What a metric says of reopening goes before the assumption: the first response may start anew."""
    again = edited(("policy.yaml", "    reopen: ignore ", "    reopen: restart "))
    row = REOPENED.seen("+5h", again).target()
    assert (row["status"], row["started_at"], row["due_at"]) == ("running", "03-02 10:00", "03-02 16:00")


@pytest.mark.parametrize("chosen", ["from_submission", "from_change"])
def test_paused_targets(chosen: str) -> None:
    """While paused due_at is null unless already reached; re-aiming then fires what is overdue at the change."""
    pausing = edited(
        ("policy.yaml", "    reopen: ignore ", "    pause: [{while: waiting}]\n    reopen: ignore "),
        ("policy.yaml", "open_target: from_submission ", f"open_target: {chosen} "),
    )
    made = ticket("acme", MONDAY, P4).then("+3h", "waiting_on_customer")
    row = made.seen("+4h", pausing).target()
    assert (row["status"], row["due_at"], row["worked_seconds"]) == ("paused", None, 3 * 3600)
    raised = made.then("+5h", "priority_changed", to="P1", reason="r").seen("+5h", pausing)
    if chosen == "from_change":
        assert (raised.response, raised.target()["due_at"]) == ("paused", None)
        return
    (breach,) = raised.records("target_breached")
    assert (raised.short(breach["at"]), breach["cause"]) == ("03-02 15:00", "changed")
    assert (raised.response, raised.target()["due_at"]) == ("breached", "03-02 12:00")


def test_a_target_for_resolution() -> None:
    """A policy may aim for a resolution: reopened, the clock goes on, and is met or missed on the whole."""
    aimed = edited(("policy.yaml", "first_response: 2bh,", "first_response: 2bh, resolution: 4bh,"))
    row = REOPENED.seen("+270m", aimed).target("resolution")
    assert (row["status"], row["due_at"], row["target_seconds"]) == ("running", "03-02 15:30", 4 * 3600)
    assert REOPENED.then("+330m", "resolved").seen("+6h", aimed).resolution == "met"
    assert REOPENED.then("+331m", "resolved").seen("+6h", aimed).resolution == "missed_then_met"
    late = ticket("acme", "03-02 09:00", P1).then("+5h", "resolved").then("+6h", "reopened")
    assert late.seen("+400m", aimed).resolution == "breached"
    assert ticket("acme", MONDAY, P1).then("+1h", "closed").seen("+2h", aimed).resolution == "withdrawn"
    reopened = ticket("acme", MONDAY, P1).then("+1h", "closed").then("+2h", "reopened").seen("+3h", aimed)
    assert (reopened.resolution, reopened.target("resolution")["due_at"]) == ("running", "03-02 15:00")


def test_a_target_that_ended_while_paused() -> None:
    """Resolved while its clock was paused, a target shows when it would have fallen due from there on."""
    aimed = edited(
        ("policy.yaml", "first_response: 4bh,", "first_response: 4bh, resolution: 4bh,"),
        ("policy.yaml", "  waiting_for_customer_pauses: no", "  waiting_for_customer_pauses: yes"),
    )
    made = ticket("acme", MONDAY, P2).then("+1h", "waiting_on_customer").then("+3h", "resolved")
    row = made.seen("+4h", aimed).target("resolution")
    assert (row["status"], row["worked_seconds"], row["due_at"]) == ("met", 3600, "03-02 16:00")
