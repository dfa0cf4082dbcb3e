"""What an explanation consists of: plain, frozen data; instants in the zone of the office that serves the ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from typing import Any, Literal

from support_policy.model.event import Event
from support_policy.source.span import Span
from support_policy.ticket.explain_runs import Tally
from support_policy.ticket.explain_sum import Row

NoteKind = Literal[
    "before_effective", "holidays_unknown", "holidays_may_move", "unknown_organization", "no_organization", "late",
    "left_out", "not_submitted",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Saw:
    """A condition and what was seen of its fact (None: nothing); `label` is the operator in words."""

    name: str
    operator: str
    label: str
    value: Any
    seen: Any
    held: bool
    place: Span


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that fired, or (`held` False) one that did not with the conditions that stood in its way."""

    rule: str
    says: str
    place: Span
    clause: tuple[str, ...]
    held: bool = True
    saw: tuple[Saw, ...] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    """A length of time that the policy sets, in seconds, and the line that sets it (`text` as written there).

    `calendar` is whose business time it is, where that is not the office that serves the ticket.
    """

    seconds: int
    business: bool
    text: str
    place: Span
    clause: tuple[str, ...] = ()
    by: str = ""
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class PriorityChange:
    """The priority in force was set: `cause` is stated, assessed, nothing_stated, nothing_to_assess or changed.

    `timer` is the timer, or the level (`CHAIN.LEVEL`), that had it change by itself.
    """

    at: datetime
    to: str
    cause: str
    before: str = ""
    by: str = ""
    reason: str = ""
    timer: str = ""


@dataclass(frozen=True, slots=True)
class PriorityWhy:
    """The priorities of a ticket and why; `fired` and `missed` are the rules of assessment, `advice` what holds."""

    stated: str
    assessed: str
    in_force: str
    label: str
    settled: bool
    changes: tuple[PriorityChange, ...]
    fired: tuple[Reason, ...]
    missed: tuple[Reason, ...]
    advice: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Aim:
    """A target was set: by which priority, in seconds (None: measured only) of whose hours, counted from when.

    `office` is the calendar that counts, `named` whether that is a calendar which is no office.
    """

    at: datetime
    priority: str
    seconds: int | None
    business: bool
    since: datetime
    office: str
    named: bool = False


@dataclass(frozen=True, slots=True)
class TargetWhy:
    """A metric of the ticket. `worked` and `left` are seconds; `left` is less than 0 once the target is missed.

    `due_at` is when the target falls due, or would have had the clock not ended (`ended_by`) before; null while the
    clock is paused, when `left` says how much is still to count. `rows` add up to it, or without a target to `worked`.
    `missed_at` is when the miss was recorded. `adds_up` says whether the rows, by what is known today, come to the
    promise exactly. `team` is whose clock it is, where each team has one; `run` counts the runs of what recurs, and
    `earlier` how those before it ended. `paused_state` says why it stands still: the ticket's state, or who has it.
    """

    metric: str
    says: str
    place: Span
    clause: tuple[str, ...]
    status: str
    promise: Promise | None
    office: str
    started_at: datetime
    since: datetime
    due_at: datetime | None
    stopped_at: datetime | None
    ended_by: Event | None
    paused_since: datetime | None
    paused_state: str
    missed_at: datetime | None
    worked: float
    left: float | None
    aims: tuple[Aim, ...]
    rows: tuple[Row, ...]
    adds_up: bool
    kind: str = "sla"
    team: str = ""
    run: int = 1
    earlier: Tally = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LevelWhy:
    """A level of a chain in its present cycle. `due_at`: when it falls due, or would have (when it was withdrawn).

    `round` of `rounds` counts repetitions; `run` the runs of the chain, for the team where it has one. `acknowledged`:
    the run began when the time of that acknowledgement was over.
    """

    chain: str
    level: int
    cycle: int
    requested: bool
    status: str
    says: str
    place: Span
    clause: tuple[str, ...]
    promise: Promise | None
    counts: str
    since: datetime
    due_at: datetime | None
    fired_at: datetime | None
    cause: str
    roles: tuple[str, ...]
    notify: tuple[tuple[str, str], ...]
    then: str
    withdrawn_at: datetime | None
    withdrawn_because: str
    voided: bool
    voided_because: str
    voided_fired_at: datetime | None
    left: float | None
    rows: tuple[Row, ...]
    adds_up: bool
    team: str = ""
    round: int = 1
    rounds: int = 1
    run: int = 1
    acknowledged: datetime | None = None


@dataclass(frozen=True, slots=True)
class TimerWhy:
    """What a workflow will have happen by itself at `due_at`, if the ticket stays in the state till then."""

    timer: str
    workflow: str
    state: str
    after: str
    says: str
    do: str
    roles: tuple[str, ...]
    due_at: datetime
    place: Span
    clause: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChainWhyNot:
    """A chain that the ticket has not had; `has`: its priority has it, but it never began. `priorities` have it."""

    chain: str
    requested: bool
    has: bool
    priorities: tuple[str, ...]
    place: Span


@dataclass(frozen=True, slots=True)
class RequestWhy:
    """A requested escalation: when, how and why it was asked for, who joined, and the answer (empty: none yet)."""

    chain: str
    at: datetime
    via: str
    reason: str
    joined: tuple[datetime, ...]
    answer: str
    answered_at: datetime | None
    answer_reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody was to be told something: `name` is the command, `about` what it says."""

    at: datetime
    name: str
    notify: tuple[tuple[str, str], ...]
    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader should know; `data` is what the sentence needs."""

    kind: NoteKind
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything there is to say about a ticket's decisions as of `at`. `clauses` holds our words of those cited."""

    ticket: str
    policy: Mapping[str, str]
    at: datetime
    state: str
    over: bool
    organization: str
    organization_label: str
    office: str
    zone: str
    priority: PriorityWhy
    targets: tuple[TargetWhy, ...]
    levels: tuple[LevelWhy, ...]
    timers: tuple[TimerWhy, ...]
    absent: tuple[ChainWhyNot, ...]
    requests: tuple[RequestWhy, ...]
    events: tuple[Event, ...]
    refused: tuple[Event, ...]
    told: tuple[Told, ...]
    assumptions: tuple[Reason, ...]
    others: tuple[Reason, ...]
    notes: tuple[Note, ...]
    clauses: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """The explanation as plain JSON data: the fields above by name; places as file, line and column."""
        made: dict[str, Any] = _plain(self)
        return made


def _plain(value: Any) -> Any:
    if isinstance(value, Event):
        return value.as_json()
    if isinstance(value, Span):
        return {"file": value.file, "line": value.line, "column": value.column}
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value
