"""The shipped policy's clocks and chains, minute by minute, written apart from the engine and without cleverness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
TARGETS = {"P1": 120, "P2": 240, "P3": 480, "P4": 960}
LEVELS = {1: 120, 2: 180}
PEOPLE = ("engineer", "manager", "director", "")
LIVE = ("open", "clarifying", "waiting")
HOLIDAYS = {date(2026, 3, 31)}
"""Of California, in March 2026."""

MOVES = {
    # event: {state before: state after}
    "submitted": {"new": "open"},
    "responded": {s: s for s in (*LIVE, "resolved")},
    "clarification_requested": dict.fromkeys(LIVE, "clarifying"),
    "clarified": {"open": "open", "clarifying": "open", "waiting": "waiting", "resolved": "resolved"},
    "updated": {s: s for s in (*LIVE, "resolved")},
    "priority_changed": {s: s for s in (*LIVE, "resolved")},
    "waiting_on_customer": dict.fromkeys(LIVE, "waiting"),
    "customer_replied": {"open": "open", "waiting": "open", **{s: s for s in ("clarifying", "resolved", "closed")}},
    "workaround_given": {s: s for s in LIVE},
    "resolved": dict.fromkeys(LIVE, "resolved"),
    "reopened": {"resolved": "open", "closed": "open"},
    "closed": dict.fromkeys((*LIVE, "resolved"), "closed"),
    "withdrawn": dict.fromkeys((*LIVE, "resolved"), "withdrawn"),
}


@dataclass
class Fact:
    """Something that happened at a whole minute."""

    at: datetime
    type: str
    by: str = ""
    priority: str = ""


@dataclass
class Simulation:
    """One ticket, pushed from minute to minute."""

    zone: ZoneInfo
    state: str = "new"
    priority: str = ""
    now: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    response: str = ""
    response_worked: int = 0
    response_reached: dict[int, datetime] = field(default_factory=dict)
    """When so many minutes had been worked since submission, for the first time."""
    resolution: str = ""
    resolution_worked: int = 0
    chain_worked: int = 0
    chain_reached: dict[int, datetime] = field(default_factory=dict)
    automatic: dict[int, str] = field(default_factory=dict)
    request: str = ""
    request_worked: int = 0
    reminder: str = ""
    fired: list[tuple[str, int, datetime]] = field(default_factory=list)

    def run(self, facts: Sequence[Fact], until: datetime) -> None:
        """Live through every minute up to `until`; facts of one minute come in the order given."""
        self.now = min((fact.at for fact in facts), default=until)
        while self.now <= until:
            for fact in facts:
                if fact.at == self.now:
                    self.take(fact)
            self.timers(already=False)
            if self.now < until:
                self.work()
            self.now += MINUTE

    def is_open(self) -> bool:
        """Whether the minute that begins now is worked."""
        there = self.now.astimezone(self.zone)
        return there.weekday() < 5 and 9 <= there.hour < 17 and there.date() not in HOLIDAYS

    def work(self) -> None:
        """The minute that begins now passes."""
        if not self.is_open():
            return
        then = self.now + MINUTE
        if self.response in ("running", "breached"):
            self.response_worked += 1
            self.response_reached.setdefault(self.response_worked, then)
        if self.resolution == "running":
            self.resolution_worked += 1
            self.chain_worked += 1
            self.chain_reached.setdefault(self.chain_worked, then)
        self.request_worked += 1

    def timers(self, *, already: bool) -> None:
        """What is due happens; `already` asks only for what was due before this very minute."""
        need = TARGETS.get(self.priority, 0)
        if self.response == "running" and self._due(self.response_reached, need, already=already):
            self.response = "breached"
        for level, after in LEVELS.items():
            if self.automatic.get(level) == "planned" and self._due(self.chain_reached, after, already=already):
                self.automatic[level] = "fired"
                self.fired.append(("automatic", level, self.now))
        if self.reminder == "planned" and self.request_worked >= 60 and not already:
            self.reminder = "fired"
            self.fired.append(("requested", 2, self.now))

    def _due(self, reached: dict[int, datetime], need: int, *, already: bool) -> bool:
        at = reached.get(need)
        return at is not None and (at < self.now or (at == self.now and not already))

    def take(self, fact: Fact) -> None:
        """A fact happens, if it may."""
        if fact.type.startswith("escalation_"):
            self.escalate(fact.type)
            return
        if self.state not in MOVES[fact.type]:
            return
        self.state = MOVES[fact.type][self.state]
        match fact.type:
            case "submitted":
                self.response = self.resolution = "running"
                self.priority = fact.priority
                if self.priority == "P1":
                    self.begin()
            case "priority_changed":
                self.change(fact.priority)
            case "resolved":
                self.resolution = "stopped"
                self.withdraw()
                self.end_request()
            case "reopened":
                self.resolution = "running"
                if self.priority == "P1":
                    self.plan()
                self.timers(already=True)
            case "closed" | "withdrawn":
                self.response = "withdrawn" if self.response == "running" else self.response
                self.response = "breached and over" if self.response == "breached" else self.response
                self.resolution = "stopped"
                self.withdraw()
                self.end_request()
        if fact.type in ("responded", "clarification_requested", "resolved") and fact.by in PEOPLE:
            self.response = {"running": "met", "breached": "missed_then_met"}.get(self.response, self.response)

    def begin(self) -> None:
        """The automatic chain begins to count."""
        self.chain_worked, self.chain_reached = 0, {}
        if self.resolution == "running":
            self.plan()

    def plan(self) -> None:
        """Levels that have not fired are to come."""
        self.automatic = {level: "fired" if self.automatic.get(level) == "fired" else "planned" for level in LEVELS}

    def withdraw(self) -> None:
        """Levels that were to come are not."""
        self.automatic = {n: "withdrawn" if status == "planned" else status for n, status in self.automatic.items()}

    def change(self, priority: str) -> None:
        """Another priority is in force."""
        old, self.priority = self.priority, priority
        if old == priority:
            return
        if old == "P1":
            self.withdraw()
        if priority == "P1":
            self.begin()
        self.timers(already=True)

    def escalate(self, type: str) -> None:
        """A request, or its answer."""
        if self.state in ("new", "closed", "withdrawn"):
            return
        if type == "escalation_requested":
            if self.request != "open":
                self.request, self.request_worked, self.reminder = "open", 0, "planned"
                self.fired.append(("requested", 1, self.now))
        elif self.request == "open":
            self.end_request()
            self.request = type

    def end_request(self) -> None:
        """Nobody is reminded any more."""
        self.reminder = "withdrawn" if self.reminder == "planned" else self.reminder
        self.request = "ended" if self.request == "open" else self.request
