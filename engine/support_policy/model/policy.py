"""The words of a policy, as written: priorities, metrics, chains, rules, clauses, assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

from support_policy.model.calendars import Joint, Office, SpecialDay, Window
from support_policy.model.condition import Condition, Variable
from support_policy.model.directory import Organization, RotaText, StandIn
from support_policy.source.record import record
from support_policy.source.span import NOWHERE, Span
from support_policy.source.words import Duration

Reopen = Literal["resume", "restart", "ignore"]


def _span() -> Span:
    return field(default=NOWHERE, compare=False)


@record
class Clause:
    """A numbered statement of the source document, in our words; `binds` is False when no rule can follow from it."""

    id: str
    says: str
    binds: bool = True
    span: Span = _span()


@record
class Stop:
    """An event that stops a metric's clock; only `by` these roles (empty: anyone), only `when` an assumption holds."""

    event: str
    by: tuple[str, ...] = ()
    when: str = ""
    span: Span = _span()


@record
class Pause:
    """A lifecycle state in which a metric's clock is paused, only `when` an assumption holds."""

    state: str
    when: str = ""
    span: Span = _span()


@record
class Metric:
    """What is measured: from the `start` event to the first `stop`."""

    name: str
    start: str
    stop: tuple[Stop, ...]
    pause: tuple[Pause, ...] = ()
    reopen: Reopen | None = None
    says: str = ""
    clause: tuple[str, ...] = ()
    span: Span = _span()


@record
class Level:
    """A step of an escalation chain, counted from the chain's start (not from the level before)."""

    number: int
    after: Duration | None
    notify: tuple[str, ...]
    then: str = ""
    says: str = ""
    clause: tuple[str, ...] = ()
    span: Span = _span()


@record
class Chain:
    """An escalation chain.

    An automatic one counts the worked time of the metric `counts`; a requested one begins with the event `on` and ends
    with `accept`, `decline` or any of `until`.
    """

    name: str
    counts: str
    levels: tuple[Level, ...]
    on: str = ""
    accept: str = ""
    decline: str = ""
    until: tuple[str, ...] = ()
    says: str = ""
    clause: tuple[str, ...] = ()
    clause_by_priority: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    span: Span = _span()

    def clauses(self, priority: str) -> tuple[str, ...]:
        """The clauses the chain follows from for a ticket of a priority."""
        return (*self.clause, *self.clause_by_priority.get(priority, ()))

    @property
    def requested(self) -> bool:
        """Whether the chain begins with a request rather than by itself."""
        return bool(self.on)


@record
class Priority:
    """A priority: the targets it sets, by metric, and the chains it has. A policy lists the most urgent first."""

    name: str
    label: str
    targets: Mapping[str, Duration]
    escalation: tuple[str, ...] = ()
    clause: tuple[str, ...] = ()
    span: Span = _span()


@record
class Action:
    """What a rule does when it fires."""

    name: str
    params: Mapping[str, str]
    span: Span = _span()


@record
class Rule:
    """A rule: when `condition` holds, its actions follow."""

    id: str
    says: str
    condition: Condition
    actions: tuple[Action, ...] = ()
    clause: tuple[str, ...] = ()
    span: Span = _span()


@record
class RuleSetText:
    """Rules that are decided together; `first` stops at the first that fires, `collect` fires all."""

    name: str
    hit: Literal["first", "collect"]
    rules: tuple[Rule, ...]
    span: Span = _span()


@record
class Schedule:
    """Something that recurs: a five-field cron expression in an office's zone (empty: the default office)."""

    name: str
    cron: str
    notify: tuple[str, ...]
    office: str = ""
    only_when_open: bool = False
    says: str = ""
    span: Span = _span()


@record
class Contact:
    """Where customers reach support."""

    email: str
    clause: tuple[str, ...] = ()
    span: Span = _span()


@record
class Setting:
    """One assumption with its value in force; `span` is where the policy sets it, or NOWHERE for a default."""

    name: str
    value: str | bool | Duration
    says: str = ""
    span: Span = _span()


@record
class PolicyText:
    """A whole policy as written, its names not yet checked against one another."""

    name: str
    version: str
    effective_from: datetime | None
    contact: Contact | None
    default_office: str
    hours_clause: tuple[str, ...]
    offices: Mapping[str, Office]
    special_days: tuple[SpecialDay, ...]
    priorities: Mapping[str, Priority]
    metrics: Mapping[str, Metric]
    chains: Mapping[str, Chain]
    schedules: Mapping[str, Schedule]
    settings: Mapping[str, Setting]
    facts: Mapping[str, Variable]
    fact_clauses: Mapping[str, tuple[str, ...]]
    rule_sets: Mapping[str, RuleSetText]
    organizations: Mapping[str, Organization]
    unknown_organization: Organization | None
    clauses: Mapping[str, Clause]
    calendars: Mapping[str, Office | Joint] = field(default_factory=dict)
    maintenance: tuple[Window, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    rotas: Mapping[str, RotaText] = field(default_factory=dict)
    span: Span = _span()
