"""The letters of one run of a schedule: who gets one, about whose tickets, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from support_policy.clock.calendar import BusinessCalendar
from support_policy.clock.schedule import earlier
from support_policy.model.event import micros
from support_policy.model.policy import Schedule
from support_policy.policy.compiled import Policy
from support_policy.render.digests import Digest
from support_policy.render.messages import schedule_message
from support_policy.service.watch.gathering import Tally, gather, period_of, standing_of
from support_policy.service.watch.projecting import NOBODY
from support_policy.service.watch.reports import Reports
from support_policy.service.watch.rows import Letter, LetterStatus

COMMAND = "schedule"
"""The `command` of the letters."""
UNKNOWN = "*"
"""Stands in keys for the organizations that the directory does not list."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A schedule as a version of the policy has it, and since when it is told in this way (microseconds)."""

    policy: Policy
    schedule: Schedule
    since: int

    @property
    def calendar(self) -> BusinessCalendar:
        """The calendar in whose zone, and perhaps hours, it recurs."""
        return self.policy.calendar(self.schedule.office or self.policy.text.default_office, business=True)


@dataclass(frozen=True, slots=True)
class _Group:
    """Who gets one message, and about which organizations ("": all that the directory does not list)."""

    key: str
    organizations: tuple[str, ...]
    notify: tuple[tuple[str, str], ...]
    about: str = ""


def letters_of_schedule(
    reports: Reports, planned: Planned, at: datetime, now: datetime, last: int | None, status: LetterStatus = "waiting"
) -> Iterator[Letter]:
    """The letters of the run that was to be at `at`, made at `now`; `last` is the run before it (microseconds)."""
    policy, schedule = planned.policy, planned.schedule
    period = (_period_begin(planned, at, last), micros(at))
    found = gather(reports, policy, schedule, micros(now), period)
    skip = schedule.empty == "skip" or (not schedule.empty and schedule.lists is not None and not schedule.reports)
    for group in _groups(policy, schedule, at):
        digest = _digest(policy, schedule, group, found, micros(now), period)
        # Nobody waits for an empty report about customers who have left, or are not known.
        gone = group.key == UNKNOWN or bool(group.about and not policy.under_contract(group.about, at))
        if digest.empty and (skip or gone):
            continue
        message = schedule_message(policy, schedule, at, digest)
        people: dict[str, tuple[str, str]] = {}
        for role, to in group.notify:
            people.setdefault(to or f" {role}", (role, to))
        for role, to in people.values():
            yield Letter(
                key="/".join(filter(None, ("schedule", schedule.name, at.astimezone(UTC).isoformat(), group.key))),
                recipient=to,
                role=role,
                ticket="",
                command=COMMAND,
                subject=message.subject,
                body=message.body,
                created=micros(now),
                template=message.template,
                problem=message.problem,
                status=status if to else "dead",
                next_at=micros(now),
                error="" if to else NOBODY,
            )


def _period_begin(planned: Planned, at: datetime, last: int | None) -> int:
    """When the period begins on which a run at `at` reports."""
    reports = planned.schedule.reports
    if reports in ("", "last_run"):
        return min(planned.since if last is None else last, micros(at))
    return micros(earlier(at.astimezone(planned.calendar.zone), reports))


def _groups(policy: Policy, schedule: Schedule, at: datetime) -> list[_Group]:
    """Who gets a message, and about whose tickets."""
    wanted = schedule.lists.organization if schedule.lists is not None else ()
    every = [str(name) for name in policy.text.organizations if not wanted or name in wanted]
    every += [] if wanted else [""]
    if not schedule.per:
        return [_Group("", tuple(every), policy.recipients(None, schedule.notify, at))]
    told = {name: policy.recipients(name or None, schedule.notify, at) for name in every}
    if schedule.per == "organization":
        return [_Group(name or UNKNOWN, (name,), told[name], name) for name in every]
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name, people in told.items():
        for role, to in people:
            # A role that nobody fills is somebody of its own.
            found.setdefault((to, "" if to else role), []).append((name, role))
    return [
        _Group(
            nobody,
            tuple(dict.fromkeys(name for name, _ in parts)),
            tuple(dict.fromkeys((role, to) for _, role in parts)),
        )
        for (to, nobody), parts in found.items()
    ]


def _digest(
    policy: Policy, schedule: Schedule, group: _Group, found: Mapping[str, Tally], as_of: int, period: tuple[int, int]
) -> Digest:
    tally = Tally()
    for name in group.organizations:
        if name in found:
            tally.add(found[name])
    return Digest(
        as_of=as_of,
        tickets=tally.tickets(),
        count=tally.count(),
        standing=standing_of(policy, tally),
        period=period_of(policy, tally.sums, *period) if schedule.reports else None,
        organization=group.about,
        notify=group.notify,
    )
