"""The words of a policy, as written: rules, clauses, messages, assumptions; and the policy as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

from support_policy.model.calendars import Joint, Office, SpecialDay, Window
from support_policy.model.condition import Condition, Variable
from support_policy.model.directory import Organization, RotaText, StandIn, Team
from support_policy.model.mail import MailWords
from support_policy.model.promise import Chain, Metric, Plan, Priority
from support_policy.source.record import record
from support_policy.source.span import NOWHERE, Span
from support_policy.source.words import Duration


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
class Selection:
    """Which open tickets a schedule lists: what is empty (None) leaves none out. `state` empty: those worked on.

    `breached` is whether a target was missed; `lasting` how long it is in its state, `age` how long since it began, at
    the least.
    """

    priority: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    organization: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    breached: bool | None = None
    lasting: Duration | None = None
    age: Duration | None = None
    span: Span = _span()


@record
class Schedule:
    """Something that recurs: a five-field cron expression in an office's zone (empty: the default office).

    `lists` says which tickets it lists, `reports` which period it reports on, `per` who gets a message of their own and
    about what, `empty` whether it is sent with nothing to say, `missed` and `within` what becomes of runs nobody made.
    """

    name: str
    cron: str
    notify: tuple[str, ...]
    office: str = ""
    only_when_open: bool = False
    says: str = ""
    span: Span = _span()
    message: str = ""
    lists: Selection | None = None
    reports: Literal["", "last_run", "day", "week", "month"] = ""
    per: Literal["", "organization", "recipient"] = ""
    empty: Literal["", "send", "skip"] = ""
    missed: Literal["once", "skip", "each"] = "once"
    within: Duration | None = None


@record
class Template:
    """The text of a message: `subject` and `body` are templates, `says` what it is for."""

    name: str
    subject: str
    body: str
    says: str = ""
    span: Span = _span()


@record
class EventWords:
    """What an event type carries, and who may give it (`by`, empty: anyone); `requires` names what must be there."""

    name: str
    says: str = ""
    by: tuple[str, ...] = ()
    carries: Mapping[str, Variable] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    clause: tuple[str, ...] = ()
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
    open_tickets: Literal["keep", "retarget"]
    contact: Contact | None
    default_office: str
    hours_clause: tuple[str, ...]
    offices: Mapping[str, Office]
    special_days: tuple[SpecialDay, ...]
    priorities: Mapping[str, Priority]
    plans: Mapping[str, Plan]
    metrics: Mapping[str, Metric]
    chains: Mapping[str, Chain]
    schedules: Mapping[str, Schedule]
    events: Mapping[str, EventWords]
    settings: Mapping[str, Setting]
    facts: Mapping[str, Variable]
    fact_clauses: Mapping[str, tuple[str, ...]]
    rule_sets: Mapping[str, RuleSetText]
    organizations: Mapping[str, Organization]
    teams: Mapping[str, Team]
    unknown_organization: Organization | None
    clauses: Mapping[str, Clause]
    calendars: Mapping[str, Office | Joint] = field(default_factory=dict)
    maintenance: tuple[Window, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    rotas: Mapping[str, RotaText] = field(default_factory=dict)
    span: Span = _span()
    templates: Mapping[str, Template] = field(default_factory=dict)
    mail: MailWords | None = None

    @property
    def requested(self) -> tuple[str, ...]:
        """The chains that begin with a request."""
        return tuple(str(name) for name, chain in self.chains.items() if chain.requested)
