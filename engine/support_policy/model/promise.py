"""The words of what is promised: priorities, targets, metrics, escalation chains, plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from support_policy.source.record import record
from support_policy.source.span import NOWHERE, Span
from support_policy.source.words import Duration

Reopen = Literal["resume", "restart", "ignore"]
Retarget = Literal["from_submission", "from_change", "keep"]
MetricKind = Literal["sla", "ola", "underpinning"]
LevelKind = Literal["request", "after", "before", "at", "past_due"]


def _span() -> Span:
    return field(default=NOWHERE, compare=False)


@record
class Occasion:
    """An event that starts or stops a clock.

    Only `by` these roles (empty: anyone), only if an `assumption` holds, only when a rule (`guard`) of the set `guards`
    does. Where each team has a clock, all of them are meant, or the team's alone that has the ticket (`own_team`).
    """

    event: str
    by: tuple[str, ...] = ()
    assumption: str = ""
    guard: str = ""
    own_team: bool = False
    span: Span = _span()


@record
class Pause:
    """A lifecycle state in which a metric's clock is paused.

    Only if an `assumption` and a `guard` hold; at most `most` in one stay in the state, then the clock goes on.
    """

    state: str
    assumption: str = ""
    guard: str = ""
    most: Duration | None = None
    span: Span = _span()


CalendarChoice = Mapping[str, str]
"""The name of a calendar by priority; `else` for every other. Empty: not said."""


def chosen(choice: CalendarChoice, priority: str) -> str:
    """The calendar that a choice names for a priority; empty when it names none."""
    return choice.get(priority) or choice.get("else", "")


@record
class Metric:
    """What is measured: from a `start` event to the first `stop`.

    `recurs`: after a stop, the next start begins another run. `per_team`: a clock for each team that has the ticket.
    `kind`: a promise to customers (`sla`), between teams (`ola`) or of suppliers (`underpinning`); the last two are
    never published.
    """

    name: str
    start: tuple[Occasion, ...]
    stop: tuple[Occasion, ...]
    pause: tuple[Pause, ...] = ()
    reopen: Reopen | None = None
    recurs: bool = False
    per_team: bool = False
    kind: MetricKind = "sla"
    priority_change: Retarget | None = None
    calendar: CalendarChoice = field(default_factory=dict)
    says: str = ""
    clause: tuple[str, ...] = ()
    span: Span = _span()


@record
class Level:
    """A step of an escalation chain.

    `kind` says what `length` counts: `after` the chain's start (not the level before), `before` the target, `past_due`
    after it; `at` is reached with so much of the target (`share`, in hundredths of a per cent); `request` at once.
    `then` is the event expected of those told, `do` one that then happens by itself, carrying `carries`;
    `message` names the template of what its roles are told (empty: a text of the engine's own).
    """

    number: int
    kind: LevelKind
    length: Duration | None
    notify: tuple[str, ...]
    share: int = 0
    calendar: str = ""
    then: str = ""
    do: str = ""
    carries: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    says: str = ""
    clause: tuple[str, ...] = ()
    span: Span = _span()

    @property
    def after(self) -> Duration | None:
        """How long after the chain's start it comes, where that is how it is counted."""
        return self.length if self.kind == "after" else None

    @property
    def of_target(self) -> bool:
        """Whether it is counted from the target of the chain's metric rather than from the chain's start."""
        return self.kind in ("before", "at", "past_due")

    @property
    def when(self) -> str:
        """When it comes, as the policy writes it: `after 2bh`, `at 80%`, `at due`."""
        if self.kind == "at":
            return "at due" if self.share == 10_000 else f"at {self.share / 100:g}%"
        return self.kind.replace("_", " ") + (f" {self.length}" if self.length else "")


@record
class Acknowledge:
    """The event that keeps a chain from going on; for so long (`lasts`; None: for good), then a new run begins."""

    event: str
    lasts: Duration | None = None
    span: Span = _span()


@record
class Chain:
    """An escalation chain.

    An automatic one counts the worked time of the metric `counts`; a requested one begins with the event `on`, if the
    rule `guard` holds, and ends with `accept` or `decline`. Any event of `until` ends either. `repeat` is how many
    rounds there are in all.
    """

    name: str
    counts: str
    levels: tuple[Level, ...]
    on: str = ""
    guard: str = ""
    accept: str = ""
    decline: str = ""
    until: tuple[str, ...] = ()
    repeat: int = 1
    acknowledge: Acknowledge | None = None
    calendar: CalendarChoice = field(default_factory=dict)
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
class Target:
    """What a metric is promised to take: `within` so long, by a `calendar` (empty: the metric's)."""

    within: Duration
    calendar: str = ""
    span: Span = _span()

    @property
    def seconds(self) -> int:
        """How long, in seconds."""
        return self.within.seconds

    @property
    def business(self) -> bool:
        """Whether business time is counted, rather than the wall clock."""
        return self.within.business

    def __str__(self) -> str:
        return f"{self.within} ({self.calendar})" if self.calendar else str(self.within)


@record
class Priority:
    """A priority: the targets it sets, by metric, and the chains it has. A policy lists the most urgent first."""

    name: str
    label: str
    targets: Mapping[str, Target]
    escalation: tuple[str, ...] = ()
    clause: tuple[str, ...] = ()
    span: Span = _span()


@record
class PlanEntry:
    """What a plan promises for one priority: targets by metric (None: none), and the chains (None: the priority's)."""

    targets: Mapping[str, Target | None]
    escalation: tuple[str, ...] | None = None
    span: Span = _span()


@record
class Plan:
    """A plan that organizations buy: what it changes of the priorities' own promises, by priority."""

    name: str
    label: str
    entries: Mapping[str, PlanEntry]
    says: str = ""
    clause: tuple[str, ...] = ()
    span: Span = _span()
