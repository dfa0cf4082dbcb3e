"""Every part in which two policies differ, as small as the text lets it be: assumptions, rules, lines of priorities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from support_policy.batch.causes_calendars import Cause, turned
from support_policy.batch.policy_lines import level_of
from support_policy.policy.compiled import Policy
from support_policy.source.span import NOWHERE, Span

_TALK = {"says", "clause", "clause_by_priority", "label", "message", "span"}
"""What words carry that decides nothing."""


def meaning(words: Any, *but: str) -> Any:
    """What words of a policy decide: without what they only say, and without some of their parts."""
    if words is None:
        return None
    return {one.name: getattr(words, one.name) for one in fields(words) if one.name not in _TALK.union(but)}


@dataclass(frozen=True, slots=True, order=True)
class Former(Span):
    """Where something stood in the policy before, which the new one no longer has."""


def either(now: Span, before: Span) -> Span:
    """Where something stands in the new policy, or stood in the one before."""
    if now != NOWHERE or before == NOWHERE:
        return now
    return Former(before.file, before.line, before.column, before.end_line, before.end_column)


def span_in(first: Any, second: Any) -> Span:
    """Where words stand in the new policy, or stood in the one before."""
    return either(*(words.span if words is not None else NOWHERE for words in (first, second)))


def assumptions_that_differ(old: Policy, new: Policy) -> Iterator[Cause]:
    """Assumptions with another value."""
    for name, now in new.text.settings.items():
        was = old.text.settings.get(name)
        if was is not None and was.value != now.value:
            span = either(now.span, was.span)
            yield Cause(f"assumptions.{name}", span, turned(_word(was.value), _word(now.value)))


def parts_that_differ(old: Policy, new: Policy) -> Iterator[Cause]:
    """Every part that decides something else, calendars aside."""
    yield from assumptions_that_differ(old, new)
    yield from _rules(old, new)
    yield from _priorities(old, new)
    yield from _wholes("metrics", old.text.metrics, new.text.metrics)
    yield from _chains(old, new)
    yield from _wholes("plans", old.text.plans, new.text.plans)
    yield from _wholes("workflows", old.workflows, new.workflows)
    yield from _wholes("organizations", old.text.organizations, new.text.organizations)
    yield from _wholes("teams", old.text.teams, new.text.teams)


def _rules(old: Policy, new: Policy) -> Iterator[Cause]:
    for kind in dict.fromkeys((*new.text.rule_sets, *old.text.rule_sets)):
        sets = [policy.text.rule_sets.get(kind) for policy in (old, new)]
        was, now = ({rule.id: rule for rule in one.rules} if one else {} for one in sets)
        prefix = "" if kind == "priority" else f"{kind}."
        found = list(_wholes("", was, now))
        yield from (cause._replace(rule=prefix + cause.rule.removeprefix(".")) for cause in found)
        if not found and meaning(sets[0]) != meaning(sets[1]):
            yield Cause(f"rules.{kind}", span_in(sets[1], sets[0]), "")


def _priorities(old: Policy, new: Policy) -> Iterator[Cause]:
    before, after = old.text.priorities, new.text.priorities
    for name in dict.fromkeys((*after, *before)):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            yield Cause(f"priorities.{name}", span_in(now, was), "")
            continue
        for metric in dict.fromkeys((*now.targets, *was.targets)):
            aims = was.targets.get(metric), now.targets.get(metric)
            if aims[0] != aims[1]:
                yield Cause(f"priorities.{name}.{metric}", span_in(aims[1] or now, None), turned(*aims))
        if was.escalation != now.escalation:
            says = turned(", ".join(was.escalation), ", ".join(now.escalation))
            yield Cause(f"priorities.{name}.escalation", now.span, says)


def _chains(old: Policy, new: Policy) -> Iterator[Cause]:
    before, after = old.text.chains, new.text.chains
    for name in dict.fromkeys((*after, *before)):
        was, now = before.get(name), after.get(name)
        if meaning(was, "levels") != meaning(now, "levels"):
            yield Cause(f"escalation.{name}", span_in(now, was), "")
            continue
        for number in sorted({level.number for one in (was, now) if one for level in one.levels}):
            lines = level_of(old, name, number), level_of(new, name, number)
            if lines[0].text != lines[1].text:
                span = either(lines[1].span, lines[0].span)
                yield Cause(f"escalation.{name}.{number}", span, turned(lines[0].text, lines[1].text))


def _wholes(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Cause]:
    for name in dict.fromkeys((*new, *old)):
        was, now = old.get(name), new.get(name)
        if meaning(was) != meaning(now):
            yield Cause(f"{kind}.{name}", span_in(now, was), "")


def _word(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
