"""The line of the policy that each target of a decided ticket follows from: a plan's, a priority's, a rule's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from support_policy.model.event import Event
from support_policy.model.promise import Target
from support_policy.policy.compiled import Policy
from support_policy.ticket.evaluate import Run
from support_policy.ticket.explain_tale import told
from support_policy.ticket.promise import entry_of
from support_policy.ticket.state import key_of

Lines = Mapping[str, str]


def set_by(made: Run) -> Lines:
    """By the key of a clock, the line that its target was last set by; a clock without a target has none.

    A target that was kept keeps its line. What both a plan and its priority promise is the plan's.
    """
    policy = made.governing
    fired = {reason.rule for reason in made.reasons.values() if reason.held}
    found: dict[str, tuple[int, str]] = {}
    organization: str | None = None
    for event in told(made.state.log):
        if not event.engine and event.outcome == "accepted" and "organization" in event.fields:
            organization = event.fields["organization"]
        elif event.engine and event.type == "target_set":
            key = key_of(event.data["metric"], event.data.get("team", ""))
            seconds, before = event.data["seconds"], found.pop(key, None)
            line = "" if seconds is None else _line(policy, event, policy.plan_of(organization, event.at), fired)
            if not line and before is not None and before[0] == seconds:
                line = before[1]
            if line:
                found[key] = seconds, line
    return {key: line for key, (_, line) in found.items()}


def _line(policy: Policy, set: Event, plan: str | None, fired: set[str]) -> str:
    data = set.data
    metric, priority = data["metric"], policy.text.priorities.get(data["priority"])
    bought, entry = entry_of(policy, plan, data["priority"])
    if bought and entry and _is(entry.targets.get(metric), data):
        return f"plans.{bought.name}.{data['priority']}"
    if priority and _is(priority.targets.get(metric), data):
        return f"priorities.{priority.name}.{metric}"
    rules = policy.rules.get("targets")
    for words, choices in zip(rules.words if rules else (), policy.choices, strict=True):
        if words.id in fired and any(c.metric == metric and _is(c.target, data) for c in choices):
            return f"targets.{words.id}"
    return ""


def _is(target: Target | None, data: Mapping[str, Any]) -> bool:
    return target is not None and (target.seconds, target.business) == (data["seconds"], data["business"])
