"""Why two policies find something else for a ticket: the line that did it, where it stands, and what it says."""

from __future__ import annotations

from dataclasses import fields
from functools import cached_property
from typing import Any, NamedTuple

from support_policy.batch.causes_calendars import Cause, calendar_causes, turned
from support_policy.batch.policy_lines import Line, level_of, priority_rule, target_of
from support_policy.model.calendars import ALWAYS
from support_policy.policy.compiled import Policy
from support_policy.source.span import NOWHERE, Span
from support_policy.source.words import spell

_ASSESSING = ("priority_in_force", "nothing_stated", "nothing_assessable")


class Case(NamedTuple):
    """A ticket under one policy: what its priority follows from. Empty texts for what it lacks."""

    priority: str
    assessed: str
    assessed_by: str
    stated: str


class Aim(NamedTuple):
    """A clock under one policy: the line of its target, the target (None: it has none), and by which calendar."""

    set_by: str = ""
    seconds: int | None = None
    calendar: str = ""


class Causes:
    """Finds the lines in which two policies differ."""

    def __init__(self, old: Policy, new: Policy) -> None:
        self.old, self.new = old, new

    def priority(self, old: Case, new: Case) -> Cause:
        """Why a ticket has another priority."""
        forced = self._settings(_ASSESSING[:1])
        if forced and new.stated and old.stated == new.stated:
            return forced[0]
        if old.assessed_by != new.assessed_by:
            rule = new.assessed_by or old.assessed_by
            return self._rule(rule, turned(old.assessed_by, new.assessed_by))
        if old.assessed != new.assessed and new.assessed_by:
            return self._rule(new.assessed_by, turned(old.assessed, new.assessed))
        settings = self._settings(_ASSESSING)
        return settings[0] if settings else self.elsewhere("priority")

    def _rule(self, rule: str, says: str) -> Cause:
        return Cause(rule, _either(priority_rule(self.new, rule), priority_rule(self.old, rule)), says)

    def target(self, metric: str, old: Aim, new: Aim, was: Case, now: Case) -> Cause:
        """Why a clock has another target, falls due at another time or ends with another verdict."""
        before, after = self.said(self.old, old, metric), self.said(self.new, new, metric)
        if was.priority != now.priority:
            cause = self.priority(was, now)
            return cause._replace(says=turned(f"{was.priority} {before}".strip(), f"{now.priority} {after}".strip()))
        if before != after or old != new._replace(calendar=old.calendar):
            return self._line(metric, old, new, turned(before, after))
        return self._hours(old.calendar, new.calendar) or self._metric(metric) or self.elsewhere(metric)

    def _line(self, metric: str, old: Aim, new: Aim, says: str) -> Cause:
        """The line that says something else; where neither does, the one that now holds."""
        for line in filter(None, (new.set_by, old.set_by)):
            was, now = (target_of(policy, line, metric) for policy in (self.old, self.new))
            if was.text != now.text:
                # A line that is new, or gone, is told with what stands in its place.
                told = turned(was.text, now.text) if was.text and now.text else says
                return Cause(line, _either(now.span, was.span), told)
        policy, line = (self.new, new.set_by) if new.set_by else (self.old, old.set_by)
        return Cause(line, target_of(policy, line, metric).span, says)

    def said(self, policy: Policy, aim: Aim, metric: str) -> str:
        """The target of a clock as its line says it; empty without one."""
        if aim.seconds is None:
            return ""
        return target_of(policy, aim.set_by, metric).text or spell(aim.seconds)

    def level(self, chain: str, number: int, aims: tuple[Aim, Aim], was: Case, now: Case) -> Cause:
        """Why a level of a chain fires or does not, or at another time; `aims` are those of the clock it counts."""
        if was.priority != now.priority:
            return self.priority(was, now)._replace(says=turned(was.priority, now.priority))
        before, after = level_of(self.old, chain, number), level_of(self.new, chain, number)
        if before.text != after.text:
            return Cause(f"escalation.{chain}.{number}", _either(after.span, before.span), _shorter(before, after))
        lists = self._chains(now.priority)
        if lists and (chain in lists[0]) != (chain in lists[1]):
            says = turned(", ".join(lists[0]), ", ".join(lists[1]))
            return Cause(f"priorities.{now.priority}.escalation", self._priority_span(now.priority), says)
        return self._counted(chain, aims, was, now)

    def _counted(self, chain: str, aims: tuple[Aim, Aim], was: Case, now: Case) -> Cause:
        old, new = self.old.text.chains.get(chain), self.new.text.chains.get(chain)
        if _meaning(old) != _meaning(new):
            return Cause(f"escalation.{chain}", _either(*(c.span if c else NOWHERE for c in (new, old))), "")
        metric = new.counts if new else ""
        if metric:
            of_target = new is not None and any(level.of_target for level in new.levels)
            aim = aims if of_target else (aims[0], aims[0]._replace(calendar=aims[1].calendar))
            return self.target(metric, *aim, was, now)
        return self._hours("", "") or self.elsewhere(chain)

    def notification(self, chain: str, number: int, aims: tuple[Aim, Aim], was: Case, now: Case) -> Cause:
        """Why a role is told more often or less of a level of a chain (none: of something else)."""
        if chain:
            return self.level(chain, number, aims, was, now)
        return self.priority(was, now) if was.priority != now.priority else self.elsewhere("")

    def _chains(self, priority: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        old, new = (policy.text.priorities.get(priority) for policy in (self.old, self.new))
        if old is None or new is None or old.escalation == new.escalation:
            return None
        return tuple(map(str, old.escalation)), tuple(map(str, new.escalation))

    def _priority_span(self, priority: str) -> Span:
        return self.new.text.priorities[priority].span

    def _settings(self, names: tuple[str, ...]) -> list[Cause]:
        return [cause for cause in self._assumptions if cause.rule.removeprefix("assumptions.") in names]

    @cached_property
    def _assumptions(self) -> list[Cause]:
        found = []
        for name, now in self.new.text.settings.items():
            was = self.old.text.settings.get(name)
            if was is not None and was.value != now.value:
                says = turned(_word(was.value), _word(now.value))
                found.append(Cause(f"assumptions.{name}", _either(now.span, was.span), says))
        return found

    def _metric(self, metric: str) -> Cause | None:
        old, new = self.old.text.metrics.get(metric), self.new.text.metrics.get(metric)
        if _meaning(old) == _meaning(new):
            return None
        return Cause(f"metrics.{metric}", _either(*(m.span if m else NOWHERE for m in (new, old))), "")

    def _hours(self, old: str, new: str) -> Cause | None:
        """The calendar that is another, or has other hours; empty names: any."""
        if old != new:
            offices = self.new.text.offices
            place = offices.get(new) or self.new.text.calendars.get(new)
            kind = "offices" if new in offices else "calendars"
            return Cause(f"{kind}.{new}", place.span if place else NOWHERE, turned(old, new))
        if new == ALWAYS:
            return None
        return next((cause for cause in self._calendars if _concerns(cause, new)), None)

    @cached_property
    def _calendars(self) -> list[Cause]:
        return list(calendar_causes(self.old, self.new))

    def elsewhere(self, near: str) -> Cause:
        """The first other part of the policies that differs; `near` is a name to prefer."""
        parts = self._parts
        found = next((part for part in parts if part.rule.endswith(f".{near}")), parts[0] if parts else None)
        return found or Cause("", NOWHERE, "")

    @cached_property
    def _parts(self) -> list[Cause]:
        old, new = self.old.text, self.new.text
        found = list(self._assumptions)
        kinds = {
            "rules": (old.rule_sets, new.rule_sets),
            "metrics": (old.metrics, new.metrics),
            "escalation": (old.chains, new.chains),
            "plans": (old.plans, new.plans),
            "priorities": (old.priorities, new.priorities),
            "workflows": (self.old.workflows, self.new.workflows),
            "organizations": (old.organizations, new.organizations),
            "teams": (old.teams, new.teams),
        }
        for kind, (was, now) in kinds.items():
            for name in dict.fromkeys((*now, *was)):
                if _meaning(was.get(name)) != _meaning(now.get(name)):
                    one = now.get(name) or was.get(name)
                    found.append(Cause(f"{kind}.{name}", getattr(one, "span", NOWHERE), ""))
        return found + self._calendars


_TALK = {"says", "clause", "clause_by_priority", "label", "message", "span"}
"""What words carry that decides nothing."""


def _meaning(words: Any) -> Any:
    """What words of a policy decide, without what they only say."""
    if words is None:
        return None
    return {field.name: getattr(words, field.name) for field in fields(words) if field.name not in _TALK}


def _either(first: Span, second: Span) -> Span:
    return first if first != NOWHERE else second


def _concerns(cause: Cause, calendar: str) -> bool:
    """Whether what differs is that calendar's, or every calendar's."""
    return not calendar or "." not in cause.rule or cause.rule.partition(".")[2] == calendar


def _word(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _shorter(before: Line, after: Line) -> str:
    """What two levels say, without whom they tell where that is the same."""
    (when, _, told), (then, _, tell) = before.text.partition(", notify "), after.text.partition(", notify ")
    if told == tell:
        return turned(when, then)
    return turned(f"notify {told}", f"notify {tell}") if when == then else turned(before.text, after.text)
