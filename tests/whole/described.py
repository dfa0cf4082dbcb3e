"""A policy and a ticket's history as small plain data: what generated policies are written from, and lived by.

Lengths are whole seconds; instants are whole seconds after the beginning of the day of a story (`Policy.day`, UTC).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

ALWAYS, LOCAL = "always", "local"
Stretches = tuple[tuple[int, int], ...]
"""(opening, closing) in seconds after midnight on the wall."""


@dataclass(frozen=True)
class Length:
    """A duration of business time, or of the wall clock."""

    seconds: int
    business: bool = False

    @property
    def text(self) -> str:
        """As a policy writes it."""
        if not self.business:
            return f"{self.seconds}s"
        minutes, rest = divmod(self.seconds, 60)
        return f"{self.seconds / 60:g}bm" if rest % 15 == 0 else f"{minutes}bm{rest}s"


@dataclass(frozen=True)
class Calendar:
    """When business time passes: the hours of every weekday on the wall of a zone, or a union of others."""

    name: str
    zone: str = "UTC"
    hours: Stretches = ()
    special: tuple[tuple[date, Stretches], ...] = ()
    any_of: tuple[str, ...] = ()
    office: bool = True


@dataclass(frozen=True)
class On:
    """An event that starts or stops a clock: only by these roles (none: anyone), only when a guard holds.

    `own`: of the clocks of several teams it stops only that of the team that has the ticket.
    """

    event: str
    by: tuple[str, ...] = ()
    when: str = ""
    own: bool = False


@dataclass(frozen=True)
class Pause:
    """The state in which a clock is paused, at most for so long in one stay."""

    state: str
    max: Length | None = None
    when: str = ""


@dataclass(frozen=True)
class Metric:
    """What is measured. `calendar` is a name, or names by priority (`else` for the others)."""

    name: str
    start: tuple[On, ...]
    stop: tuple[On, ...]
    pause: tuple[Pause, ...] = ()
    kind: str = ""
    recurs: bool = False
    per_team: bool = False
    reopen: str = ""
    priority_change: str = ""
    calendar: str | tuple[tuple[str, str], ...] = ""


@dataclass(frozen=True)
class Level:
    """One level: `after`, `before`, `at` (percent) or `past_due`; `do` happens then (with `to`, a priority)."""

    kind: str
    length: Length | None = None
    percent: int = 0
    calendar: str = ""
    do: str = ""
    to: str = ""


@dataclass(frozen=True)
class Chain:
    """An automatic chain; `acknowledge` is the event, `lasts` for how long (None: for good)."""

    name: str
    counts: str
    levels: tuple[Level, ...]
    calendar: str | tuple[tuple[str, str], ...] = ""
    repeat: int = 1
    acknowledge: str = ""
    lasts: Length | None = None
    until: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """A chain of requests: a reminder after `remind`, ended by `until`; what asks for it, and what answers."""

    remind: Length | None = None
    until: tuple[str, ...] = ()
    when: str = ""
    name: str = "requested"
    on: str = "escalation_requested"
    accept: str = "escalation_accepted"
    decline: str = "escalation_declined"


@dataclass(frozen=True)
class Timer:
    """What a workflow does by itself in a state; `to` is the priority that `do: priority_changed` carries."""

    id: str
    state: str
    after: Length
    do: str = ""
    to: str = ""
    notify: bool = False
    repeat: int = 1
    reset: str = ""
    when: str = ""
    calendar: str = ""


@dataclass(frozen=True)
class Priority:
    """Targets by metric (with a calendar of their own, or none) and chains."""

    name: str
    targets: tuple[tuple[str, Length, str], ...]
    chains: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """What a plan says for a priority: other targets (None: none), other chains (None: those of the priority)."""

    priority: str
    targets: tuple[tuple[str, Length | None, str], ...] = ()
    chains: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Rule:
    """What a rule promises instead of the table: a target (`within`, none without it) of a metric, or a chain.

    It holds for tickets of which `vip` is known to be so, or (`urgent`) for those of P1. `use` and `drop` name chains.
    """

    id: str
    urgent: bool = False
    metric: str = ""
    within: Length | None = None
    calendar: str = ""
    use: str = ""
    drop: str = ""


@dataclass(frozen=True)
class Policy:
    """The whole of it. `offices` serve `acme` (the first) and `globex` (the last).

    `plans` are those of the two organizations (none, of `acme` alone, or of both); `strict`: some events are only for
    some roles, and must carry something.
    """

    day: date
    begins: int
    calendars: tuple[Calendar, ...]
    priorities: tuple[Priority, ...]
    metrics: tuple[Metric, ...]
    chains: tuple[Chain, ...] = ()
    requests: tuple[Request, ...] = ()
    timers: tuple[Timer, ...] = ()
    assumptions: tuple[tuple[str, str], ...] = ()
    rules: tuple[Rule, ...] = ()
    plans: tuple[tuple[Line, ...], ...] = ()
    strict: bool = False
    effective: int | None = None
    """When this version begins."""
    open_tickets: str = ""

    @property
    def midnight(self) -> datetime:
        """The instant that seconds count from."""
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)

    @property
    def offices(self) -> tuple[str, ...]:
        """The names of the offices."""
        return tuple(c.name for c in self.calendars if c.office)

    def instant(self, second: int) -> datetime:
        """A second of the story as an instant."""
        return self.midnight + timedelta(seconds=second)

    def assumed(self, name: str, default: str) -> str:
        """The value of an assumption."""
        return dict(self.assumptions).get(name, default)


@dataclass(frozen=True)
class Fact:
    """Something that happened; `at` in seconds after the day's beginning."""

    at: int
    type: str
    by: str = "engineer"
    to: str = ""
    team: str = ""
    via: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    """`submitted` carries the organization and the stated priority, `updated` what it likes; `vip` is `yes` or `no`."""


def history(policy: Policy, facts: tuple[Fact, ...]) -> dict[str, object]:
    """The facts as `evaluate` reads them."""
    events = []
    for fact in facts:
        made: dict[str, object] = {"at": policy.instant(fact.at).isoformat(), "type": fact.type, "by": fact.by}
        if fact.type in REASONED:
            made["reason"] = "so it is"
        made |= {key: value for key in ("to", "team", "via") if (value := getattr(fact, key))}
        if fact.fields:
            made["fields"] = {key: value == "yes" if key == "vip" else value for key, value in fact.fields}
        events.append(made)
    return {"ticket": "T-1", "events": events}


REASONED = ("priority_changed", "escalation_declined", "complaint_declined")
MOVES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    # event, from, to
    ("submitted", ("new",), "open"),
    ("responded", ("open", "waiting", "resolved"), "="),
    ("assigned", ("open", "waiting"), "="),
    ("updated", ("open", "waiting", "resolved"), "="),
    ("priority_changed", ("open", "waiting", "resolved"), "="),
    ("waiting_on_customer", ("open", "waiting"), "waiting"),
    ("customer_replied", ("open", "waiting"), "open"),
    ("customer_replied", ("resolved",), "="),
    ("acknowledged", ("open", "waiting"), "="),
    ("resolved", ("open", "waiting"), "resolved"),
    ("reopened", ("resolved", "closed"), "open"),
    ("closed", ("open", "waiting", "resolved"), "closed"),
    ("escalation_requested", ("open", "waiting", "resolved"), "="),
    ("escalation_accepted", ("open", "waiting", "resolved"), "="),
    ("escalation_declined", ("open", "waiting", "resolved"), "="),
    ("complained", ("open", "waiting", "resolved"), "="),
    ("complaint_accepted", ("open", "waiting", "resolved"), "="),
    ("complaint_declined", ("open", "waiting", "resolved"), "="),
)
"""The life of every generated ticket; `closed` is final. An answer to a request needs an open one."""
STATES = ("new", "open", "waiting", "resolved", "closed")
FINAL = ("closed",)
ANSWERS = ("escalation_accepted", "escalation_declined", "complaint_accepted", "complaint_declined")
"""What is allowed only while a request is open."""
STRICT_ROLES = {"acknowledged": ("engineer", "manager")}
STRICT_NEEDS = {"responded": ("via",)}
"""Where a policy is `strict`: who may give an event, and what it has to carry."""
GUARDS = ("is-urgent", "by-customer", "in-hours")
"""The guards there are: the priority is P1; who does it is the customer; the office is open at the event."""
