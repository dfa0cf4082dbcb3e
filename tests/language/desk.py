"""A small desk in London whose promises a test writes, and a short way to tell and see a ticket's story."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from support_policy.policy.compiled import Policy, compile_policy
from support_policy.ticket.evaluate import Evaluation, Run, run
from support_policy.ticket.history import read_history
from tests.policy.small import bank_holidays

MAIN = """\
policy: Desk
version: 1
business_hours: {{mon-fri: 09:00-17:00}}
offices:
  london: {{zone: Europe/London}}
  sydney: {{zone: Australia/Sydney}}
priorities:
{priorities}
metrics:
{metrics}
escalation:
{escalation}
assumptions:
{assumptions}
"""
PRIORITIES = """\
  P1: {reply: 2bh, fix: 4bh, escalation: [watch]}
  P2: {reply: 4bh, fix: 8bh, escalation: [watch]}
"""
METRICS = """\
  reply: {start: submitted, stop: responded}
  fix: {start: submitted, stop: resolved, pause: waiting}
"""
ESCALATION = """\
  watch:
    counts: fix
    levels:
      - {after: 2bh, notify: lead}
"""
RULES = """\
facts: {product: {one_of: [web, core]}, vip: boolean}
organizations:
  acme: {office: london, plan: gold, roles: {lead: lead@desk.example, boss: boss@desk.example}}
  down_under: {office: sydney, roles: {lead: lead@desk.example, boss: boss@desk.example}}
unknown_organization: {roles: {lead: lead@desk.example, boss: boss@desk.example}}
"""
WORKFLOW = """\
workflow: request
initial: new
states: [new, open, waiting, resolved, {{name: closed, final: yes}}]
transitions:
  - {{trigger: submitted, source: new, dest: open}}
  - {{trigger: responded, source: [open, waiting], dest: =}}
  - {{trigger: assigned, source: [open, waiting], dest: =}}
  - {{trigger: updated, source: "*", dest: =}}
  - {{trigger: priority_changed, source: [open, waiting, resolved], dest: =}}
  - {{trigger: acknowledged, source: "*", dest: =}}
  - {{trigger: waiting_on_customer, source: [open, waiting], dest: waiting}}
  - {{trigger: customer_replied, source: [open, waiting], dest: open}}
  - {{trigger: customer_replied, source: resolved, dest: open}}
  - {{trigger: resolved, source: [open, waiting], dest: resolved}}
  - {{trigger: reopened, source: [resolved, closed], dest: open}}
  - {{trigger: closed, source: [open, waiting, resolved], dest: closed}}
  - {{trigger: asked, source: [open, waiting], dest: =}}
{transitions}
timers:
{timers}
"""


@cache
def desk(
    *,
    priorities: str = PRIORITIES,
    metrics: str = METRICS,
    escalation: str = ESCALATION,
    assumptions: str = "  caught_up_after: 60s",
    rules: str = "",
    more: str = "",
    guards: str = "",
    targets: str = "",
    transitions: str = "",
    timers: str = "  []",
) -> Policy:
    """The desk with some of its parts written anew."""
    files = files_of(
        priorities=priorities, metrics=metrics, escalation=escalation, assumptions=assumptions, rules=rules, more=more,
        guards=guards, targets=targets, transitions=transitions, timers=timers,
    )  # fmt: skip
    return compile_policy(files, bank_holidays, "test")


def files_of(**parts: str) -> dict[str, bytes]:
    """The files of a desk, by name."""
    text = {"escalation": ESCALATION, "priorities": PRIORITIES, "metrics": METRICS, "timers": "  []", **parts}
    given = {"assumptions": "  caught_up_after: 60s", "transitions": "", "more": "", "rules": "", "guards": "", **text}
    files = {
        "policy.yaml": MAIN.format(**{k: given[k] for k in ("priorities", "metrics", "escalation", "assumptions")})
        + given["more"],
        "rules/rules.yaml": RULES,
        "workflows/request.yaml": WORKFLOW.format(transitions=given["transitions"], timers=given["timers"]),
    }
    if given["rules"]:
        files["rules/more.yaml"] = given["rules"]
    if given["guards"]:
        files["rules/guards.yaml"] = "rule_set: guards\nrules:\n" + given["guards"]
    if given.get("targets"):
        files["rules/targets.yaml"] = "rule_set: targets\nrules:\n" + given["targets"]
    return {name: body.encode() for name, body in files.items()}


MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
"""At midnight in London, which is UTC in March."""


def at(text: str) -> datetime:
    """`10:00`, or `2d 10:00` two days after Monday 2 March 2026."""
    found = re.fullmatch(r"(?:(\d+)d )?(\d+):(\d\d)(?::(\d\d))?", text)
    assert found, text
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return MONDAY + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def shown(instant: str | datetime | None) -> str | None:
    """An instant in the same short form."""
    if instant is None:
        return None
    moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    past = moment.astimezone(UTC) - MONDAY
    text = f"{past.seconds // 3600:02}:{past.seconds // 60 % 60:02}"
    text += f":{past.seconds % 60:02}" if past.seconds % 60 else ""
    return f"{past.days}d {text}" if past.days else text


@dataclass(frozen=True)
class Story:
    """A ticket's events in order; every method returns a new story."""

    under: Policy
    events: tuple[dict[str, Any], ...] = ()

    def then(self, when: str, type: str, /, by: str = "", *, learned: str = "", **more: Any) -> Story:
        """Something happens. `facts` are fields, everything else is carried."""
        event: dict[str, Any] = {"at": at(when).isoformat(), "type": type}
        event |= {"by": by} if by else {}
        event |= {"recorded_at": at(learned).isoformat()} if learned else {}
        fields = more.pop("facts", None)
        event |= {"fields": fields} if fields else {}
        return replace(self, events=(*self.events, {**event, **more}))

    def run(self, when: str) -> Run:
        """The story decided as of an instant."""
        return run(self.under, read_history(self.under, {"ticket": "T-1", "events": list(self.events)}), at(when))

    def seen(self, when: str) -> Seen:
        """What `evaluate` says as of an instant."""
        from support_policy.ticket.evaluate import report

        return Seen(report(self.run(when)))


@dataclass(frozen=True)
class Seen:
    """An evaluation, with short ways to look at it."""

    data: Evaluation

    def target(self, metric: str, team: str = "") -> Mapping[str, Any]:
        """The row of a metric, its instants in the short form."""
        (row,) = (r for r in self.data["targets"] if r["metric"] == metric and r.get("team", "") == team)
        return {key: shown(value) if key.endswith("_at") else value for key, value in row.items()}

    def status(self, metric: str, team: str = "") -> tuple[Any, ...]:
        """(status, due, hours worked) of a metric."""
        row = self.target(metric, team)
        return row["status"], row["due_at"], row["worked_seconds"] / 3600

    @property
    def fired(self) -> list[tuple[Any, ...]]:
        """(chain.level, cycle, fired at, cause) of every firing, in order."""
        return [
            (f"{e['chain']}.{e['level']}", e["cycle"], shown(e["at"]), e["cause"])
            for e in self.data["events"]
            if e["type"] == "level_fired"
        ]

    @property
    def times(self) -> list[str | None]:
        """When levels fired."""
        return [row[2] for row in self.fired]

    def records(self, *types: str) -> list[dict[str, Any]]:
        """The events of these types."""
        return [event for event in self.data["events"] if event["type"] in types]

    @property
    def refused(self) -> list[str]:
        """Why events were refused."""
        return [event["why"] for event in self.data["events"] if event.get("outcome") == "refused"]

    @property
    def timers(self) -> list[tuple[Any, ...]]:
        """(timer, status, due) of the workflows' timers."""
        return [(row["timer"], row["status"], shown(row["due_at"])) for row in self.data["timers"]]


def opened(under: Policy, when: str = "10:00", priority: str = "P1", **more: Any) -> Story:
    """A ticket of the organization acme, submitted on that Monday."""
    facts = {"organization": "acme", "stated_priority": priority, **more.pop("facts", {})}
    return Story(under).then(when, "submitted", facts=facts, **more)
