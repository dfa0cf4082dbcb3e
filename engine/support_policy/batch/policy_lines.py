"""The lines of a policy that results name: what each says, and where it stands."""

from __future__ import annotations

from typing import NamedTuple

from support_policy.model.promise import Target
from support_policy.policy.compiled import Policy
from support_policy.source.span import NOWHERE, Span


class Line(NamedTuple):
    """What a line says (empty: nothing, or there is none), and its place."""

    text: str = ""
    span: Span = NOWHERE


def target_of(policy: Policy, set_by: str, metric: str) -> Line:
    """The target that a line (`schema.CLOCK`'s `set_by`) gives a metric: its text, such as `8bh`, and its place."""
    kind, _, rest = set_by.partition(".")
    if kind == "targets":
        return _chosen(policy, rest, metric)
    name, _, other = rest.partition(".")
    if kind == "priorities":
        priority = policy.text.priorities.get(name)
        return _line(priority.targets.get(metric), priority.span) if priority else Line()
    plan = policy.text.plans.get(name) if kind == "plans" else None
    entry = plan.entries.get(other) if plan else None
    return _line(entry.targets.get(metric), entry.span) if entry else Line()


def _line(target: Target | None, otherwise: Span) -> Line:
    if target is None:
        return Line("", otherwise)
    return Line(str(target), target.span if target.span != NOWHERE else otherwise)


def _chosen(policy: Policy, rule: str, metric: str) -> Line:
    rules = policy.rules.get("targets")
    for words, choices in zip(rules.words if rules else (), policy.choices, strict=True):
        if words.id == rule:
            return next((_line(c.target, words.span) for c in choices if c.metric == metric), Line("", words.span))
    return Line()


def priority_rule(policy: Policy, name: str) -> Span:
    """Where a rule of the set `priority` stands."""
    rules = policy.rules.get("priority")
    return next((rule.span for rule in rules.words if rule.id == name), NOWHERE) if rules else NOWHERE


def level_of(policy: Policy, chain: str, number: int) -> Line:
    """A level of a chain: `after 4bh, notify manager`, and its place."""
    found = policy.text.chains.get(chain)
    level = next((level for level in found.levels if level.number == number), None) if found else None
    if level is None:
        return Line("", found.span if found else NOWHERE)
    calendar = f" ({level.calendar})" if level.calendar else ""
    told = ", ".join(map(str, level.notify))
    done = f", do {level.do}" if level.do else ""
    return Line(f"{level.when}{calendar}{done}" + (f", notify {told}" if told else ""), level.span)
