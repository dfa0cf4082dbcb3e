"""What imported metrics measure, told as tickets: Zendesk's meaning, instant by instant."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from support_policy import Policy, evaluate
from support_policy.bootstrap import compile_files
from tests.zendesk.exports import imported, metric, sla, when
from tests.zendesk.test_golden import policy_files

START = datetime(2026, 3, 3, 10, tzinfo=ZoneInfo("Europe/London"))
EVERY = ("first_reply_time", "next_reply_time", "periodic_update_time", "pausable_update_time")
TIMES = ("requester_wait_time", "agent_work_time", "total_resolution_time")
BY = {"responded": "engineer", "customer_replied": "customer", "submitted": "customer"}


@lru_cache(maxsize=1)
def all_metrics() -> Policy:
    """Every metric with a target of an hour on the wall clock, for every ticket."""
    targets = [metric(name, target=60, business_hours=False) for name in (*EVERY, *TIMES)]
    return compile_files(policy_files(imported(sla(*targets))))


@lru_cache(maxsize=1)
def filtered() -> Policy:
    """Three policies: tasks from the web form, tasks, every other ticket."""
    web = [when("type", "is", "task"), when("via_id", "is", 0)]
    return compile_files(
        policy_files(
            imported(
                sla(metric(target=10), all=web),
                sla(metric(target=20), metric("next_reply_time", target=5), all=[when("type", "is", "task")], id=2),
                sla(metric(target=30), metric("total_resolution_time"), id=3),
            )
        )
    )


Happening = tuple[int, str] | tuple[int, str, dict[str, object]]
"""A minute, an event type, and what the event carries."""


def told(policy: Policy, *events: Happening, at: int, **fields: object) -> dict[str, dict[str, Any]]:
    """Metric -> its row after `at` minutes of a ticket submitted at minute 0 with these events."""
    facts = {name: value for name, value in {"stated_priority": "urgent", **fields}.items() if value is not None}
    history: list[dict[str, object]] = [
        {"at": START.isoformat(), "type": "submitted", "by": "customer", "fields": facts}
    ]
    for minute, type, *more in events:
        at_ = (START + timedelta(minutes=minute)).isoformat()
        history.append({"at": at_, "type": type, "by": BY.get(type, "engineer"), **(more[0] if more else {})})
    done = evaluate(policy, {"ticket": "A", "events": history}, START + timedelta(minutes=at))
    return {row["metric"]: row for row in done["targets"]}


def due(row: dict[str, Any]) -> int | None:
    """The minute at which a target is due."""
    at = row["due_at"]
    return None if at is None else round((datetime.fromisoformat(at) - START).total_seconds() / 60)


@pytest.mark.parametrize(
    ("name", "events", "at", "status", "minute"),
    [
        ("first_reply_time", [], 10, "running", 60),
        ("first_reply_time", [(20, "responded")], 30, "met", 60),
        ("first_reply_time", [(20, "customer_replied")], 30, "running", 60),
        ("first_reply_time", [(70, "responded")], 80, "missed_then_met", 60),
        ("first_reply_time", [(20, "resolved")], 30, "met", 60),
        ("next_reply_time", [(20, "responded"), (30, "customer_replied")], 40, "running", 90),
        ("next_reply_time", [(20, "responded"), (30, "customer_replied"), (40, "customer_replied")], 50, "running", 90),
        ("next_reply_time", [(20, "responded"), (30, "customer_replied"), (40, "responded")], 50, "met", 90),
        (
            "next_reply_time",
            [(20, "responded"), (30, "customer_replied"), (40, "responded"), (50, "customer_replied")],
            60,
            "running",
            110,
        ),
        ("periodic_update_time", [(20, "responded")], 40, "running", 80),
        ("periodic_update_time", [(20, "responded"), (50, "responded")], 60, "running", 110),
        ("periodic_update_time", [(20, "responded"), (30, "waiting_on_customer")], 40, "running", 80),
        ("periodic_update_time", [(20, "responded"), (30, "resolved")], 40, "met", 80),
        ("pausable_update_time", [(20, "responded"), (30, "waiting_on_customer")], 40, "paused", None),
        (
            "pausable_update_time",
            [(20, "responded"), (30, "waiting_on_customer"), (50, "customer_replied")],
            60,
            "running",
            100,
        ),
        ("requester_wait_time", [(10, "put_on_hold")], 40, "running", 60),
        ("requester_wait_time", [(10, "waiting_on_customer")], 40, "paused", None),
        ("requester_wait_time", [(10, "waiting_on_customer"), (40, "opened")], 50, "running", 90),
        ("agent_work_time", [(10, "put_on_hold")], 40, "paused", None),
        ("agent_work_time", [(10, "put_on_hold"), (20, "waiting_on_customer"), (40, "opened")], 50, "running", 90),
        ("total_resolution_time", [(10, "waiting_on_customer")], 40, "running", 60),
        ("total_resolution_time", [(30, "resolved")], 40, "met", 60),
        ("total_resolution_time", [(30, "resolved"), (90, "reopened")], 95, "running", 120),
        ("total_resolution_time", [(10, "waiting_on_customer")], 70, "breached", 60),
    ],
)
def test_a_metric_measures_what_it_does_in_zendesk(
    name: str, events: list[tuple[int, str]], at: int, status: str, minute: int | None
) -> None:
    """With a target of sixty minutes, these events lead to this state and due time."""
    row = told(all_metrics(), *events, at=at)[name]
    assert (row["status"], due(row)) == (status, minute)


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("next_reply_time", []),
        ("next_reply_time", [(10, "customer_replied")]),
        ("periodic_update_time", [(10, "customer_replied")]),
        ("pausable_update_time", []),
    ],
)
def test_a_metric_about_replies_waits_for_the_first(name: str, events: list[tuple[int, str]]) -> None:
    """Before an agent's first comment neither the next reply nor an update is asked for."""
    row = told(all_metrics(), *events, at=30).get(name)
    assert row is None or due(row) is None


@pytest.mark.parametrize(
    ("fields", "promised"),
    [
        ({"type": "task", "via_id": "0"}, {"first_reply_time": 600}),
        ({"type": "task", "via_id": "4"}, {"first_reply_time": 1200, "next_reply_time": 300}),
        ({"type": "task"}, {"first_reply_time": 1200, "next_reply_time": 300}),
        ({"type": "question"}, {"first_reply_time": 1800, "total_resolution_time": 3600}),
        ({}, {"first_reply_time": 1800, "total_resolution_time": 3600}),
        ({"type": "task", "stated_priority": "low"}, {}),
        ({"type": "task", "stated_priority": None}, {}),
    ],
)
def test_the_first_policy_that_matches_is_the_only_one(fields: dict[str, Any], promised: dict[str, int]) -> None:
    """A ticket gets the targets of one policy, and none for a metric that only a later policy has."""
    rows = told(filtered(), (1, "responded"), (2, "customer_replied"), at=3, **fields)
    assert {name: row["target_seconds"] for name, row in rows.items() if row["target_seconds"]} == promised


@pytest.mark.parametrize(
    ("event", "promised", "minute"),
    [
        ((5, "updated", {"fields": {"type": "task"}}), 1200, 20),
        ((5, "updated", {"fields": {"type": "task", "via_id": "0"}}), 600, 10),
        ((5, "updated", {"fields": {"type": "question"}}), 1800, 30),
        ((5, "priority_changed", {"to": "low", "reason": "less urgent than it seemed"}), None, None),
    ],
)
def test_a_change_of_the_ticket_chooses_the_policy_anew(
    event: Happening, promised: int | None, minute: int | None
) -> None:
    """As in Zendesk, an update may bring another policy or priority; the new target counts from the creation."""
    row = told(filtered(), event, at=6)["first_reply_time"]
    assert (row["target_seconds"], due(row)) == (promised, minute)


def test_a_priority_that_is_set_later_brings_the_targets_with_it() -> None:
    """A ticket without a priority has no SLA; with the priority it gets one that counts from the creation."""
    before = told(all_metrics(), at=10, stated_priority=None)
    after = told(all_metrics(), (5, "priority_changed", {"to": "urgent"}), at=10, stated_priority=None)
    assert {due(row) for row in before.values()} == {None}
    assert {due(after[name]) for name in ("first_reply_time", *TIMES)} == {60}


def test_an_automatic_comment_is_no_reply() -> None:
    """What a trigger or an automation sends ends no clock and begins none."""
    rows = told(all_metrics(), (5, "responded", {"by": "automatic"}), at=10)
    assert rows["first_reply_time"]["status"] == "running"
    assert "periodic_update_time" not in rows or due(rows["periodic_update_time"]) is None
