"""What the words of a template stand for in the message of a schedule; see `template_words.WORDS`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from support_policy.model.event import instant
from support_policy.model.policy import Schedule
from support_policy.policy.compiled import Policy
from support_policy.render.digests import Digest, Listed, Period, Result
from support_policy.render.message_values import Values, complete, label_of, organization_of, told
from support_policy.render.sentences import spaced
from support_policy.render.template_words import MISSING, REQUESTS
from support_policy.source.words import Duration

_SECOND = 1_000_000
Local = Callable[[int | None], Any]
"""Microseconds as an instant in the schedule's zone."""


def of_schedule(policy: Policy, schedule: Schedule, at: datetime, about: Digest | None) -> Values:
    """The words of what a schedule tells that was to be at `at`; those about a single ticket are missing.

    Without `about`, nothing is known of tickets, and those are told who are told of all organizations.
    """
    zone = policy.calendar(schedule.office or policy.text.default_office, business=False).zone

    def local(us: int | None) -> Any:
        return MISSING if us is None else instant(us).astimezone(zone)

    known: Values = {"says": schedule.says, "at": at.astimezone(zone)}
    if about is None:
        return complete(policy, **known, **told(policy.recipients(None, schedule.notify, at)))
    known |= {
        "as_of": local(about.as_of),
        "organization": organization_of(policy, about.organization),
        **told(about.notify),
    }
    if schedule.lists is not None:
        known |= {
            "count": about.count,
            "tickets": tuple(_listed(policy, row, about.as_of, local) for row in about.tickets),
            "standing": tuple(
                {
                    **_priority(policy, row.priority),
                    "count": row.count,
                    "missed": row.breached,
                    "oldest": row.oldest,
                    "oldest_at": local(row.oldest_begun),
                }
                for row in about.standing
            ),
        }
    return complete(policy, **known, **(_period(policy, about.period, local) if about.period else {}))


def _listed(policy: Policy, row: Listed, as_of: int, local: Local) -> Values:
    state = policy.life.states.get(row.state)
    return {
        "ticket": row.ticket,
        "organization": organization_of(policy, row.organization) or MISSING,
        **_priority(policy, row.priority),
        "state": row.state,
        "state_name": (state.label if state else "") or spaced(row.state),
        "team": row.team or MISSING,
        "subject": row.subject or MISSING,
        "begun_at": local(row.begun),
        "age": _length(as_of - row.begun),
        "state_since": local(row.since),
        "state_age": _length(as_of - row.since),
        "due_at": local(row.due),
        "missed": row.breaches,
        "level": row.level,
    }


def _length(us: int) -> Duration:
    # Nobody counts the seconds of what lasts for hours.
    seconds = max(us // _SECOND, 0)
    return Duration(seconds - seconds % 60 if seconds >= 60 else seconds, business=False)


def _priority(policy: Policy, priority: str) -> Values:
    return {"priority": priority or MISSING, "priority_name": label_of(policy, priority) or MISSING}


def _period(policy: Policy, period: Period, local: Local) -> Values:
    chains = policy.text.chains
    levels = {(str(name), level.number): level.says for name, chain in chains.items() for level in chain.levels}
    return {
        "period_begin": local(period.begin),
        "period_end": local(period.end),
        "results": tuple(
            {
                "metric": row.metric,
                **_priority(policy, row.priority),
                "met": row.met,
                "missed": row.missed,
                "share": share(row) or MISSING,
                "corrected": row.corrected,
                "stopped": row.stopped,
            }
            for row in period.results
        ),
        "escalations": tuple(
            {
                "chain": row.chain,
                "level": row.level,
                "says": levels.get((row.chain, row.level)) or MISSING,
                "count": row.count,
            }
            for row in period.escalations
        ),
        "requests": {name: period.requests.get(name, 0) for name in REQUESTS},
        "begun": tuple({**_priority(policy, name), "count": count} for name, count in period.begun.items()),
    }


def share(row: Result) -> str:
    """How many of the verdicts were met, in percent; never 100% where one was missed, nor 0% where one was met."""
    verdicts = row.met + row.missed
    if not verdicts:
        return ""
    percent = round(100 * row.met / verdicts)
    if row.missed and row.met:
        percent = min(max(percent, 1), 99)
    return f"{percent}%"
