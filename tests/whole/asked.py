"""What is known of a simulated ticket at a second, and what may be asked of it."""

from __future__ import annotations

from typing import NamedTuple

from tests.whole import described
from tests.whole.counters import Chain, Clock, Hours, Request, Stay
from tests.whole.described import ALWAYS, LOCAL, Length, Policy
from tests.whole.opening import open_seconds


class Fired(NamedTuple):
    """A level that fired."""

    chain: str
    level: int
    cycle: int
    at: int
    cause: str


class Base:
    """What is known of the ticket, and the questions that the rest asks of it."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.hours = Hours(policy.begins, open_seconds(policy))
        self.now = policy.begins
        self.state, self.entered = "new", policy.begins
        self.priority = self.team = ""
        self.office = policy.offices[0]
        self.vip = False
        self.runs: dict[str, tuple[int, bool]] = {}
        """By metric: the number of its present run, and whether that goes on."""
        self.clocks: dict[tuple[str, str], Clock] = {}
        self.chains: dict[str, Chain] = {}
        self.requests: dict[str, Request] = {}
        self.organization = ""
        self.stays: dict[str, Stay] = {}
        self.fired: list[Fired] = []
        self.breached: list[tuple[str, str, int, str]] = []
        self.timed: list[tuple[str, int]] = []
        self.refused: list[tuple[str, int]] = []

    def holds(self, guard: str, by: str = "") -> bool:
        """Whether a guard holds (the empty one always does)."""
        in_hours = self.hours.is_open(self.office, self.now)
        holds = {"is-urgent": self.priority == "P1", "by-customer": by == "customer", "in-hours": in_hours}
        return not guard or holds[guard]

    def named(self, calendar: str, office: str = "") -> str:
        """A calendar's name, `local` resolved."""
        return (office or self.office) if calendar in ("", LOCAL) else calendar

    def chosen(self, calendar: str | tuple[tuple[str, str], ...]) -> str:
        """A calendar that may depend on the priority."""
        if isinstance(calendar, str):
            return calendar
        table = dict(calendar)
        return table.get(self.priority, table.get("else", ""))

    def metric(self, name: str) -> described.Metric:
        """The words of a metric."""
        return next(m for m in self.policy.metrics if m.name == name)

    def metric_calendar(self, name: str) -> str:
        """By which calendar a metric counts business time, `local` not resolved."""
        return self.chosen(self.metric(name).calendar) or LOCAL

    def promised(self, metric: str) -> tuple[Length | None, str]:
        """The target that is promised now and its calendar, `local` not resolved; rules come before the table."""
        table = next(p for p in self.policy.priorities if p.name == self.priority).targets
        line = self.line()
        usual = self.metric_calendar(metric)
        ruled = [(rule.metric, rule.within, rule.calendar) for rule in self.rules()]
        for name, length, calendar in (*ruled, *(line.targets if line else ()), *table):
            if name == metric and length:
                return length, (calendar or usual) if length.business else ALWAYS
            if name == metric:
                break
        return None, usual

    def rules(self) -> list[described.Rule]:
        """The rules that hold."""
        return [rule for rule in self.policy.rules if (self.priority == "P1" if rule.urgent else self.vip)]

    def has_chain(self, name: str) -> bool:
        """Whether the ticket has a chain: by the first rule that speaks of it, or else by its priority."""
        for rule in self.rules():
            if name in (rule.use, rule.drop):
                return name == rule.use
        line = self.line()
        if line and line.chains is not None:
            return name in line.chains
        return any(name in p.chains for p in self.policy.priorities if p.name == self.priority)

    def line(self) -> described.Line | None:
        """What the plan of the organization says for the priority in force."""
        plans = dict(zip(("acme", "globex"), self.policy.plans, strict=False))
        return next((line for line in plans.get(self.organization, ()) if line.priority == self.priority), None)

    def over(self, length: Length, calendar: str, start: int) -> int | None:
        """When a duration was over that began at `start` and counted on whatever the clocks did; None: not yet."""
        by = self.named(calendar) if length.business else ALWAYS
        if self.hours.elapsed(by, start, self.now) < length.seconds:
            return None
        due = self.settled(by, self.hours.ahead(by, start, length.seconds))
        return due if due is not None and due <= self.now else None

    def settled(self, calendar: str, due: int | None) -> int | None:
        """Where time ends that ends exactly at closing: there, or by an assumption at the next opening."""
        if due is None or self.policy.assumed("due_at_closing_time", "at_closing") == "at_closing":
            return due
        return self.hours.opening(calendar, due)

    # -- clocks ----------------------------------------------------------------------------------------------------

    def paused(self, metric: described.Metric) -> bool:
        """Whether the state of the ticket pauses a metric now."""
        for pause in metric.pause:
            if pause.state == self.state and self.holds(pause.when):
                long = pause.max and self.over(pause.max, self.metric_calendar(metric.name), self.entered) is not None
                if not long:
                    return True
        return False

    def goes(self, clock: Clock) -> bool:
        """Whether a clock runs now."""
        metric = self.metric(clock.metric)
        elsewhere = metric.per_team and clock.team != self.team
        return clock.open and not elsewhere and not self.paused(metric)

    def by(self, clock: Clock) -> str:
        """The calendar a clock's target counts by."""
        return self.named(clock.calendar, clock.office)

    def status(self, clock: Clock) -> str:
        """A clock's status as it is reported."""
        return clock.verdict or ("running" if self.goes(clock) else "paused")

    def target_due(self, clock: Clock) -> int | None:
        """When its target fell due, if it did."""
        return self.reached(clock, self.by(clock), clock.since, clock.target.seconds) if clock.target else None

    def reached(self, clock: Clock, calendar: str, since: int, need: int) -> int | None:
        """When time worked since an instant fell due, if it did."""
        due = self.settled(calendar, clock.reached(calendar, since, need)) if need > 0 else since
        return due if due is not None and due <= self.now else None

    def under_way(self, clock: Clock, since: int) -> int | None:
        """When a clock first ran since an instant; None: not yet."""
        counts = clock.counted[ALWAYS]
        ran = [at for at in range(since, self.now) if counts[at + 1 - clock.started] > counts[at - clock.started]]
        if ran or self.goes(clock):
            return ran[0] if ran else max(since, clock.ran)
        return clock.ran if clock.ran >= since else None

    def shown(self, clock: Clock) -> int | None:
        """The due instant that is shown: a clock that ended is pushed on from there, a paused one is not."""
        return self.pushed(clock, self.by(clock), clock.since, clock.target.seconds) if clock.target else None

    def pushed(self, clock: Clock, calendar: str, since: int, need: int) -> int | None:
        """When so much is worked, if the clock goes on as it does now."""
        due = clock.reached(calendar, since, need)
        if due is None and (self.goes(clock) or not clock.open):
            start = self.now if clock.ended is None else clock.ended
            due = self.hours.ahead(calendar, start, need - clock.worked(calendar, since))
        return self.settled(calendar, due) if need > 0 else due
