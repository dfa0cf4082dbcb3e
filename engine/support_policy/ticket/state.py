"""The state of a ticket: a fold of its log. It holds no deadline: those are derived from it (`agenda.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from support_policy.model.event import Event

Segments = tuple[tuple[int, int | None], ...]
TargetStatus = Literal["running", "paused", "met", "breached", "missed_then_met", "withdrawn", "stopped"]
LevelStatus = Literal["planned", "fired", "withdrawn"]
Answer = Literal["open", "accepted", "declined", "ended"]
Change = dict[str, Any]
"""Parts of a state by name, with what they become."""
OPEN_VERDICT = ("running", "paused")


def key_of(name: str, team: str) -> str:
    """The key of a team's own clock of a metric, or of a team's own run of a chain; without a team, the name."""
    return f"{name}/{team}" if team else name


@dataclass(frozen=True, slots=True)
class Clock:
    """A metric's clock. Instants are microseconds since 1970; `running` are the stretches in which it ran.

    `target` is in whole seconds (None: measured, not judged), `since` the instant it is counted from, `calendar` the
    calendar by which it is counted (`local`: that of whichever office serves the ticket), `business` whether its hours
    count (else the wall clock). `team` is whose clock it is, where each team has one; `run` counts the runs of a metric
    that recurs. `overstayed` is the stay in a state (by its first instant) whose pause has reached its limit.
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
    team: str = ""
    run: int = 1
    overstayed: int | None = None
    local: bool = True

    @property
    def key(self) -> str:
        """What it is found by among a ticket's clocks."""
        return key_of(self.metric, self.team)

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
    """An escalation chain: the run it is in (`cycle`, from 1), the instant it counts from, its levels by number.

    `team` is whose clock it counts, where each team has one, and `of_run` which run of it; `round` counts repetitions;
    `reached` is the highest level that ever fired; `acknowledged` when it was last acknowledged, while that lasts;
    `over` says that this run has been ended for good.
    """

    chain: str
    cycle: int
    since: int
    levels: Mapping[int, LevelState]
    team: str = ""
    round: int = 1
    reached: int = 0
    acknowledged: int | None = None
    over: bool = False
    of_run: int = 1

    @property
    def key(self) -> str:
        """What it is found by among a ticket's chains."""
        return key_of(self.chain, self.team)


@dataclass(frozen=True, slots=True)
class Stay:
    """A ticket's stay in a state of a workflow, since an instant; how often each timer fired in it.

    `reset` holds the last instant at which each timer began to count anew.
    """

    since: int
    fired: Mapping[str, int] = field(default_factory=dict)
    reset: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TicketState:
    """Everything the log says about one ticket. Begin with `new_ticket()`, go on with `evolve`.

    `log` is every event in order of arrival; `last_fact` and `last_timer` the latest instants already decided.
    `digest` names the version of the policy that governs it, `begun` is when it began. `escalation` are the chains it
    has. `requests` says of each chain that was requested what became of it last; `accepted` whether any ever was.
    `advice` are the rules of the set `advice` that hold; `decided` says that somebody has decided on the priority
    since it was stated, `settled` that nothing has been assessed or stated anew since. `timed` counts the firings of
    workflow timers.
    """

    ticket: str = ""
    log: tuple[Event, ...] = ()
    ids: Mapping[str, Event] = field(default_factory=dict)
    digest: str = ""
    begun: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    machines: Mapping[str, str] = field(default_factory=dict)
    stays: Mapping[str, Stay] = field(default_factory=dict)
    office: str = ""
    known_organization: bool = False
    team: str = ""
    stated: str = ""
    assessed: str = ""
    priority: str = ""
    decided: bool = False
    settled: bool = False
    advice: tuple[str, ...] = ()
    clocks: Mapping[str, Clock] = field(default_factory=dict)
    escalation: tuple[str, ...] = ()
    chains: Mapping[str, ChainState] = field(default_factory=dict)
    requests: Mapping[str, Answer] = field(default_factory=dict)
    accepted: bool = False
    reopened: int = 0
    timed: int = 0
    last_fact: int | None = None
    last_timer: int | None = None

    def clocks_of(self, metric: str) -> tuple[Clock, ...]:
        """The clocks of a metric: none, one, or one for each team that has had the ticket."""
        return tuple(clock for clock in self.clocks.values() if clock.metric == metric)

    @property
    def open_requests(self) -> tuple[str, ...]:
        """The chains whose request waits for an answer."""
        return tuple(chain for chain, answer in self.requests.items() if answer == "open")

    def counted(self, metric: str, team: str) -> Clock | None:
        """The clock that a chain counts for a team."""
        return self.clocks.get(key_of(metric, team))

    def stay(self, workflow: str) -> Stay | None:
        """The present stay in a state of a workflow; a workflow that has not moved is where it began."""
        if self.begun is None:
            return None
        return self.stays.get(workflow) or Stay(self.begun)


def new_ticket(ticket: str = "") -> TicketState:
    """A ticket to which nothing has happened yet."""
    return TicketState(ticket=ticket)
