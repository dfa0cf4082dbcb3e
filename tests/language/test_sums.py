"""Every sum that `explain` shows comes to its due time, whatever happens to a ticket under whatever policy."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.policy.compiled import Policy
from support_policy.render.explain_text import explanation
from support_policy.render.timeline import timeline
from support_policy.ticket.evaluate import Run, report, run
from support_policy.ticket.explain import explain
from support_policy.ticket.explain_sum import Row
from support_policy.ticket.history import read_history
from tests.language.desk import desk
from tests.whole.told import policy

CALENDARS = """\
calendars:
  sun: {any_of: [sydney, london]}
  abroad: {zone: America/New_York, hours: {mon-fri: [09:00-12:00, 13:00-17:00], sat: 10:00-14:00}}
maintenance:
  - {from: 2026-03-27T13:00:00Z, to: 2026-03-27T19:00:00Z, calendars: [abroad, always, london], why: Moved}
"""
PRIORITIES = """\
  P1: {reply: 90m, fix: 8bh, next: 2bh, work: 3bh, escalation: [watch, share]}
  P2: {reply: {within: 5bh, calendar: abroad}, fix: 12bh, next: 4bh, work: 6bh, escalation: [watch]}
  P3: {reply: 3h, next: {within: 8bh, calendar: always}, escalation: [share]}
"""
METRICS = """\
  reply: {start: submitted, stop: responded, priority_change: keep}
  fix:
    start: submitted
    stop: resolved
    pause: {while: waiting, max: 6bh}
    calendar: {P1: sun, else: local}
  next: {start: customer_replied, stop: responded, recurs: yes, priority_change: from_change}
  work: {start: assigned, stop: resolved, per: team, pause: waiting, calendar: abroad, reopen: restart}
"""
ESCALATION = """\
  watch:
    counts: fix
    calendar: {P1: always, P2: abroad, else: local}
    levels:
      - {after: 2bh, notify: lead}
      - {after: 5h, notify: boss}
    repeat: 3
    acknowledge: {event: acknowledged, lasts: 3h}
  share:
    counts: work
    levels:
      - {before: 1bh, notify: lead}
      - {at: 80%, notify: lead}
      - {at: due, notify: boss}
      - {past_due: 3h, notify: boss}
"""
TIMERS = """
  - {id: silence, while: waiting, after: 30h, do: priority_changed, with: {to: P2, reason: silent}}
"""

EVERY_POLICY: tuple[Policy, ...] = (
    desk(priorities=PRIORITIES, metrics=METRICS, escalation=ESCALATION, more=CALENDARS, timers=TIMERS),
    policy("global_desk"),
    policy("help_desk"),
    policy("on_call"),
    policy("data_company"),
)
START = datetime(2026, 3, 26, tzinfo=UTC)
"""A Thursday: the clocks of London go forward on the Sunday that follows."""
TEAMS = ("network", "service_desk", "data")


@st.composite
def histories(draw: st.DrawFn) -> tuple[Policy, list[dict[str, Any]], datetime]:
    """A policy, what happens to a ticket under it, and when it is looked at."""
    under = draw(st.sampled_from(EVERY_POLICY))
    names = sorted({name for table in under.tables.values() for name in table.triggers} & OURS)
    at = START + timedelta(minutes=draw(st.integers(0, 2000)))
    priorities = sorted(under.text.priorities)
    organizations = [*sorted(under.text.organizations), "nobody"]
    facts = {"organization": draw(st.sampled_from(organizations)), "stated_priority": draw(st.sampled_from(priorities))}
    events = [{"at": at.isoformat(), "type": "submitted", "by": "customer", "fields": facts}]
    for _ in range(draw(st.integers(0, 9))):
        at += timedelta(minutes=draw(st.integers(0, 900)))
        type = draw(st.sampled_from(names))
        by = "customer" if type == "customer_replied" else "engineer"
        event: dict[str, Any] = {"at": at.isoformat(), "type": type, "by": by}
        if type == "priority_changed":
            event |= {"to": draw(st.sampled_from(priorities)), "reason": "so"}
        elif type == "assigned":
            event["team"] = draw(st.sampled_from(TEAMS))
        elif type == "updated":
            event["fields"] = {"organization": draw(st.sampled_from(organizations))}
        events.append(event)
    return under, events, at + timedelta(minutes=draw(st.integers(0, 4000)))


OURS = {
    "responded", "assigned", "priority_changed", "acknowledged", "waiting_on_customer", "customer_replied", "resolved",
    "reopened", "closed", "updated", "taken_up",
}  # fmt: skip


def checked(rows: Iterable[Row], zone: str, due: datetime | None) -> None:
    """Rows follow one another in one zone up to the due time, and their sum is the sum they show."""
    told, total = list(rows), 0.0
    for row in told:
        assert {str(row.begin.tzinfo), str(row.end.tzinfo)} == {zone}
        assert row.begin.timestamp() < row.end.timestamp()
        total += row.seconds
        assert row.total == total
        if row.kind == "counted":
            assert row.end.timestamp() - row.begin.timestamp() == row.seconds
    assert all(a.end == b.begin for a, b in pairwise(told))
    if told and due is not None:
        assert told[-1].end == due


def decided(case: tuple[Policy, list[dict[str, Any]], datetime]) -> Run:
    """A case decided."""
    under, events, at = case
    return run(under, read_history(under, {"ticket": "T-1", "events": events}), at)


@settings(max_examples=150, deadline=None)
@given(histories())
def test_every_sum_comes_to_its_due_time(case: tuple[Policy, list[dict[str, Any]], datetime]) -> None:
    """Targets and levels, also those that fired or were withdrawn, add up, in the zone of the office that serves."""
    made = decided(case)
    why = explain(made)
    for target in why.targets:
        checked(target.rows, why.zone, target.due_at if target.promise else None)
        assert target.adds_up, target
    for level in why.levels:
        checked(level.rows, why.zone, level.due_at)
        assert level.adds_up, level
    assert "another one" not in explanation(why)
    rows = report(made)
    due = {(row["metric"], row.get("team", "")): row["due_at"] for row in rows["targets"]}
    assert due == {(t.metric, t.team): t.due_at.isoformat() if t.due_at else None for t in why.targets}
    assert all(lane.name for lane in timeline(made, why).lanes)
