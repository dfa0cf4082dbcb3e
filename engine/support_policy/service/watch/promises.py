"""What two versions of a policy promise to new tickets, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from support_policy.model.calendars import Office
from support_policy.model.policy import PolicyText
from support_policy.model.promise import Level
from support_policy.policy.compiled import Policy
from support_policy.policy.settings import meaning


@dataclass(frozen=True, slots=True)
class Promised:
    """One thing that a policy promises or assumes, in the older and the newer version; None where it has no such."""

    what: str
    old: str | None
    new: str | None

    @property
    def changed(self) -> bool:
        """Whether the versions differ in it."""
        return self.old != self.new

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON data."""
        return {"what": self.what, "old": self.old, "new": self.new, "changed": self.changed}


def promises(old: Policy, new: Policy, since: date) -> list[Promised]:
    """The targets of every priority, and of all else (chains, plans, hours, days off, assumptions) what differs.

    Days off are compared from `since` on.
    """
    was, becomes = dict(_targets(old.text)), dict(_targets(new.text))
    rows = [Promised(what, was.get(what), becomes.get(what)) for what in dict.fromkeys((*was, *becomes))]
    for part in (_chains, _plans, _hours, _settings):
        rows += _different(dict(part(old.text)), dict(part(new.text)))
    return rows + _different(dict(_days_off(old, since)), dict(_days_off(new, since)))


def _different(was: Mapping[str, str], becomes: Mapping[str, str]) -> list[Promised]:
    rows = (Promised(what, was.get(what), becomes.get(what)) for what in dict.fromkeys((*was, *becomes)))
    return [row for row in rows if row.changed]


Parts = Iterator[tuple[str, str]]


def _targets(text: PolicyText) -> Parts:
    for priority in text.priorities.values():
        for metric, target in priority.targets.items():
            yield f"{priority.name} {metric}", str(target)


def _chains(text: PolicyText) -> Parts:
    for priority in text.priorities.values():
        yield f"{priority.name} escalation", ", ".join(map(str, priority.escalation)) or "none"
    for chain in text.chains.values():
        for level in chain.levels:
            yield f"{chain.name} level {level.number}", _level(level)
        if chain.repeat > 1:
            yield f"{chain.name} rounds", str(chain.repeat)


def _level(level: Level) -> str:
    told = f", tells {', '.join(map(str, level.notify))}" if level.notify else ""
    return level.when + told + (f", does {level.do}" if level.do else "")


def _plans(text: PolicyText) -> Parts:
    for plan in text.plans.values():
        for priority, entry in plan.entries.items():
            for metric, target in entry.targets.items():
                yield f"plan {plan.name}: {priority} {metric}", "none" if target is None else str(target)
            if entry.escalation is not None:
                yield f"plan {plan.name}: {priority} escalation", ", ".join(map(str, entry.escalation)) or "none"


def _hours(text: PolicyText) -> Parts:
    for office in (*text.offices.values(), *text.calendars.values()):
        if isinstance(office, Office):
            week = (f"{day} {' '.join(map('-'.join, pairs))}" for day, pairs in office.hours.items() if pairs)
            yield f"hours of {office.name}", f"{'; '.join(week) or 'never open'} ({office.zone})"
    yield "default office", str(text.default_office)


def _settings(text: PolicyText) -> Parts:
    for setting in text.settings.values():
        yield f"assumption {setting.name}", str(meaning(setting))


def _days_off(policy: Policy, since: date) -> Parts:
    for name, time in policy.calendars.items():
        for day, why in time.holidays.items():
            if day >= since:
                yield f"day off of {name}: {day.isoformat()}", why or "closed"
