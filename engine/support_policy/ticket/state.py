"""The state of a ticket: a fold of its log. It holds no deadline: those are derived from it (`agenda.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from support_policy.model.event import Event

Segments = tuple[tuple[int, int | None], ...]
TargetStatus = Literal["running", "paused", "met", "breached", "missed_then_met", "withdrawn", "stopped"]
LevelStatus = Literal["planned", "fired", "withdrawn"]
Answer = Literal["", "open", "accepted", "declined", "ended"]
OPEN_VERDICT = ("running", "paused")


@dataclass(frozen=True, slots=True)
class Clock:
    """A metric's clock. Instants are microseconds since 1970; `running` are the stretches in which it ran.

    `target` is in whole seconds (None: measured, not judged), `since` the instant it is counted from, `calendar` the
    office whose hours count, `business` whether they do (else the wall clock).
    """

    metric: str
    calendar: str
    started: int
    running: Segments
    status: TargetStatus
    business: bool = True
    target: int | None = None
    since: int = 0
    stopped: int | None = None

    @property
    def ticking(self) -> bool:
        """Whether time is being counted now."""
        return bool(self.running) and self.running[-1][1] is None

    @property
    def ended(self) -> bool:
        """Whether it was stopped or withdrawn, rather than running or paused."""
        return self.stopped is not None


@dataclass(frozen=True, slots=True)
class LevelState:
    """One level of a chain in its present cycle. `due` is recorded when it fires, else derived."""

    status: LevelStatus
    due: int | None = None
    fired: int | None = None
    cause: str = ""
    notify: tuple[tuple[str, str], ...] = ()
    voided: bool = False


@dataclass(frozen=True, slots=True)
class ChainState:
    """An escalation chain: the run it is in (`cycle`, from 1), the instant it counts from, its levels by number."""

    chain: str
    cycle: int
    since: int
    levels: Mapping[int, LevelState]


@dataclass(frozen=True, slots=True)
class TicketState:
    """Everything the log says about one ticket. Begin with `new_ticket()`, go on with `evolve`.

    `log` is every event in order of arrival; `last_fact` and `last_timer` the latest instants already decided.
    `request` is the chain last requested and `answer` what became of it; `accepted` says whether any request was.
    `advice` are the rules of the set `advice` that hold; `decided` says that somebody has decided on the priority
    since it was stated, `settled` that nothing has been assessed or stated anew since.
    """

    ticket: str = ""
    log: tuple[Event, ...] = ()
    ids: Mapping[str, Event] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    machines: Mapping[str, str] = field(default_factory=dict)
    office: str = ""
    known_organization: bool = False
    stated: str = ""
    assessed: str = ""
    priority: str = ""
    decided: bool = False
    settled: bool = False
    advice: tuple[str, ...] = ()
    clocks: Mapping[str, Clock] = field(default_factory=dict)
    chains: Mapping[str, ChainState] = field(default_factory=dict)
    request: str = ""
    answer: Answer = ""
    accepted: bool = False
    reopened: int = 0
    last_fact: int | None = None
    last_timer: int | None = None


def new_ticket(ticket: str = "") -> TicketState:
    """A ticket to which nothing has happened yet."""
    return TicketState(ticket=ticket)
