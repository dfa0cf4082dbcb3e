"""Why two policies find something else for a ticket: the line that did it, where it stands, and what it says."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from support_policy.batch.causes_calendars import Cause, calendar_causes, turned
from support_policy.batch.causes_parts import assumptions_that_differ, either, meaning, parts_that_differ, span_in
from support_policy.batch.policy_lines import Line, level_of, priority_rule, target_of
from support_policy.model.calendars import ALWAYS
from support_policy.policy.compiled import Policy
from support_policy.source.span import NOWHERE
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
        return settings[0] if settings else self.elsewhere("priority", but="priorities")

    def _rule(self, rule: str, says: str) -> Cause:
        return Cause(rule, either(priority_rule(self.new, rule), priority_rule(self.old, rule)), says)

    def target(self, metric: str, old: Aim, new: Aim, was: Case, now: Case) -> Cause:
        """Why a clock has another target, falls due at another time or ends with another verdict."""
        before, after = self.said(self.old, old, metric), self.said(self.new, new, metric)
        if was.priority != now.priority:
            cause = self.priority(was, now)
            return cause._replace(says=turned(f"{was.priority} {before}".strip(), f"{now.priority} {after}".strip()))
        return (
            self._line(metric, (old.set_by, new.set_by), turned(before, after))
            or self._hours(old.calendar, new.calendar)
            or self.elsewhere(metric)
        )

    def _line(self, metric: str, lines: tuple[str, str], says: str) -> Cause | None:
        """The line of a target that says something else."""
        for line in dict.fromkeys(reversed(lines)):
            was, now = (target_of(policy, line, metric) for policy in (self.old, self.new))
            if was.text != now.text:
                # A line that is new, or gone, is told with what stands in its place.
                told = turned(was.text, now.text) if was.text and now.text else says
                return Cause(line, either(now.span, was.span), told)
        return None

    def said(self, policy: Policy, aim: Aim, metric: str) -> str:
        """The target of a clock as its line says it; empty without one."""
        if aim.seconds is None:
            return ""
        return target_of(policy, aim.set_by, metric).text or spell(aim.seconds)

    def level(self, chain: str, number: int, aims: tuple[Aim, Aim], was: Case, now: Case) -> Cause:
        """Why a level of a chain fires or does not, or at another time; `aims` are those of the clock it counts."""
        if was.priority != now.priority:
            return self.priority(was, now)._replace(says=turned(was.priority, now.priority))
        own = f"escalation.{chain}.{number}"
        before, after = level_of(self.old, chain, number), level_of(self.new, chain, number)
        if before.text != after.text:
            return Cause(own, either(after.span, before.span), _shorter(before, after))
        given = self._given(chain, now.priority)
        return given or self._counted(chain, aims, was, now)

    def _given(self, chain: str, priority: str) -> Cause | None:
        """The priority that has or lacks a chain of late: the ticket's, else another that it may have had."""
        found = [cause for cause in self._parts if cause.rule.endswith(".escalation") and chain in _toggled(cause)]
        mine = f"priorities.{priority}.escalation"
        return next((cause for cause in found if cause.rule == mine), found[0] if found else None)

    def _counted(self, chain: str, aims: tuple[Aim, Aim], was: Case, now: Case) -> Cause:
        """What moves the levels of a chain that are as they were: the chain, or the clock that it counts."""
        old, new = self.old.text.chains.get(chain), self.new.text.chains.get(chain)
        if new is None or meaning(old, "levels") != meaning(new, "levels"):
            return Cause(f"escalation.{chain}", span_in(new, old), "")
        if new.counts and any(level.of_target for level in new.levels):
            return self.target(new.counts, *aims, was, now)
        calendars = [aim.calendar if aim.calendar != ALWAYS else "" for aim in aims]
        return self._hours(*calendars) or self.elsewhere(new.counts or chain)

    def notification(self, chain: str, number: int, aims: tuple[Aim, Aim], was: Case, now: Case) -> Cause:
        """Why a role is told more often or less of a level of a chain (none: of something else)."""
        if chain:
            return self.level(chain, number, aims, was, now)
        return self.priority(was, now) if was.priority != now.priority else self.elsewhere("")

    def _settings(self, names: tuple[str, ...]) -> list[Cause]:
        return [cause for cause in self._assumptions if cause.rule.removeprefix("assumptions.") in names]

    @cached_property
    def _assumptions(self) -> list[Cause]:
        return list(assumptions_that_differ(self.old, self.new))

    def _hours(self, old: str, new: str) -> Cause | None:
        """The calendar that is another, or has other hours; empty names: any."""
        if old != new and self._moved:
            offices = self.new.text.offices
            place = offices.get(new) or self.new.text.calendars.get(new)
            kind = "offices" if new in offices else "calendars"
            return Cause(f"{kind}.{new}", place.span if place else NOWHERE, turned(old, new))
        if old == new == ALWAYS:
            return None
        return next((cause for cause in self._calendars if _concerns(cause, old) or _concerns(cause, new)), None)

    @cached_property
    def _moved(self) -> bool:
        """Whether organizations may be served by other offices."""
        old, new = (
            (text.default_office, {name: one.office for name, one in text.organizations.items()})
            for text in (self.old.text, self.new.text)
        )
        return old != new

    @cached_property
    def _calendars(self) -> list[Cause]:
        return list(calendar_causes(self.old, self.new))

    def elsewhere(self, near: str, but: str = "") -> Cause:
        """The first part of the policies that differs; `near` is a name that it should bear, `but` what it is not."""
        parts = [cause for cause in self._parts if not but or not cause.rule.startswith(f"{but}.")]
        found = [cause for cause in parts if near in cause.rule.split(".")]
        return next(iter([*found, *parts, *self._parts, Cause("", NOWHERE, "")]))

    @cached_property
    def _parts(self) -> list[Cause]:
        return [*parts_that_differ(self.old, self.new), *self._calendars]


def _concerns(cause: Cause, calendar: str) -> bool:
    """Whether what differs is that calendar's, or every calendar's."""
    return not calendar or "." not in cause.rule or cause.rule.partition(".")[2] == calendar


def _toggled(cause: Cause) -> set[str]:
    """The chains that a priority has in one of the policies alone."""
    was, _, now = cause.says.partition(" -> ")
    return set(was.split(", ")) ^ set(now.split(", "))


def _shorter(before: Line, after: Line) -> str:
    """What two levels say, without whom they tell where that is the same."""
    (when, _, told), (then, _, tell) = before.text.partition(", notify "), after.text.partition(", notify ")
    if told == tell:
        return turned(when, then)
    return turned(f"notify {told}", f"notify {tell}") if when == then else turned(before.text, after.text)
