"""A ticket pushed from second to second through a described policy, written apart from the engine, without cleverness.

It is a witness: what it says follows from the words of the language alone. Nothing is predicted, save where a due
instant is asked for: then the clock is pushed on as if it went on as it does now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tests.whole import described
from tests.whole.counters import Chain, Clock, Hours, Request, Stay
from tests.whole.described import ALWAYS, FINAL, LOCAL, MOVES, Fact, Length, Policy
from tests.whole.opening import open_seconds


class Fired(NamedTuple):
    """A level that fired."""

    chain: str
    level: int
    cycle: int
    at: int
    cause: str


class Pending(NamedTuple):
    """Something that is due: sorted as it happens. `kind`: 1 target, 2 level, 3 round or silence over, 4 timer."""

    due: int
    kind: int
    name: str
    level: int = 0
    team: str = ""


class Base:
    """What is known of the ticket, and the questions that the rest asks of it."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.hours = Hours(policy.begins, open_seconds(policy))
        self.now = policy.begins
        self.state, self.entered = "new", policy.begins
        self.priority = self.team = ""
        self.office = policy.offices[0]
        self.runs: dict[str, tuple[int, bool]] = {}
        """By metric: the number of its present run, and whether that goes on."""
        self.clocks: dict[tuple[str, str], Clock] = {}
        self.chains: dict[str, Chain] = {}
        self.request: Request | None = None
        self.stays: dict[str, Stay] = {}
        self.fired: list[Fired] = []
        self.breached: list[tuple[str, str, int, str]] = []
        self.timed: list[tuple[str, int]] = []
        self.refused: list[tuple[str, int]] = []

    def holds(self, guard: str, by: str = "") -> bool:
        """Whether a guard holds (the empty one always does)."""
        return {"": True, "is-urgent": self.priority == "P1", "by-customer": by == "customer"}[guard]

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
        """The target of the priority in force and its calendar, `local` not resolved."""
        row = next(p for p in self.policy.priorities if p.name == self.priority)
        usual = self.metric_calendar(metric)
        for name, length, calendar in row.targets:
            if name == metric:
                return length, (calendar or usual) if length.business else ALWAYS
        return None, usual

    def has_chain(self, name: str) -> bool:
        """Whether the priority in force has a chain."""
        return any(name in p.chains for p in self.policy.priorities if p.name == self.priority)

    def over(self, length: Length, calendar: str, start: int) -> int | None:
        """When a duration was over that began at `start` and counted on whatever the clocks did; None: not yet."""
        by = self.named(calendar) if length.business else ALWAYS
        if self.hours.elapsed(by, start, self.now) < length.seconds:
            return None
        return self.hours.ahead(by, start, length.seconds)

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
        return clock.target and clock.reached(self.by(clock), clock.since, clock.target.seconds)

    def shown(self, clock: Clock) -> int | None:
        """The due instant that is shown: a clock that ended is pushed on from there, a paused one is not."""
        return self.pushed(clock, self.by(clock), clock.since, clock.target.seconds) if clock.target else None

    def pushed(self, clock: Clock, calendar: str, since: int, need: int) -> int | None:
        """When so much is worked, if the clock goes on as it does now."""
        due = clock.reached(calendar, since, need)
        if due is None and (self.goes(clock) or not clock.open):
            start = self.now if clock.ended is None else clock.ended
            due = self.hours.ahead(calendar, start, need - clock.worked(calendar, since))
        return due


class Events(Base):
    """What an event does, in the order in which the language says so."""

    def take(self, fact: Fact) -> None:
        """An event happens, if it may."""
        moves = [to for event, source, to in MOVES if event == fact.type and self.state in source]
        if not moves or not self.may(fact):
            self.refused.append((fact.type, self.now))
            return
        fields = dict(fact.fields)
        served = {"acme": self.policy.offices[0], "globex": self.policy.offices[-1]}
        office = served.get(fields.get("organization", ""), self.office)
        before, self.team = self.priority, fact.team or self.team
        self.move(fact.type, self.state if moves[0] == "=" else moves[0])
        moved, self.office = office != self.office, office
        if fact.type == "submitted":
            self.priority = fields["stated_priority"]
        elif fact.type == "priority_changed":
            self.priority = fact.to
        for metric in self.policy.metrics:
            self.tick(metric, fact)
        for clock in self.clocks.values():
            if before != self.priority and clock.priority != self.priority:
                self.reaim(clock)
            if moved and clock.open and not clock.verdict:
                clock.office = self.office
        for chain in self.policy.chains:
            self.follow(chain)
            self.hear(chain, fact.type)
        if self.policy.request:
            self.ask(self.policy.request, fact.type)
        if self.state in FINAL:
            self.withdraw()

    def may(self, fact: Fact) -> bool:
        """Whether the guards let an event through."""
        if fact.type in ("escalation_accepted", "escalation_declined"):
            return self.request is not None and self.request.open
        guarded = fact.type == "escalation_requested" and self.policy.request
        return self.holds(self.policy.request.when, fact.by) if guarded and self.policy.request else True

    def move(self, event: str, state: str) -> None:
        """The ticket is in a state, the same or another; what counts in that state counts from now."""
        if state != self.state:
            self.state, self.entered = state, self.now
            self.stays = {t.id: Stay(self.now) for t in self.policy.timers if t.state == state}
        for timer in self.policy.timers:
            if timer.id in self.stays and timer.reset == event:
                self.stays[timer.id] = Stay(self.now)

    # -- clocks ----------------------------------------------------------------------------------------------------

    def tick(self, metric: described.Metric, fact: Fact) -> None:
        """A metric's clocks stop, go on again or start."""
        run, going = self.runs.get(metric.name, (0, False))
        mine = [clock for clock in self.clocks.values() if clock.metric == metric.name]
        if going and self.named_by(metric.stop, fact):
            going = False
            for clock in mine:
                self.stop(clock)
        if fact.type == "reopened" and run and not going:
            usual = "ignore" if metric.recurs else self.policy.assumed("reopened_clock", "resume")
            how = metric.reopen or usual
            if how == "resume":
                going = True
                for clock in mine:
                    self.resume(clock)
            elif how == "restart":
                run, going = run + 1, True
        if not going and (metric.recurs or not run) and self.named_by(metric.start, fact):
            run, going = run + 1, True
        if run:
            self.runs[metric.name] = (run, going)
        key = (metric.name, self.team if metric.per_team else "")
        missing = key not in self.clocks or self.clocks[key].run != run
        if going and missing and (self.team or not metric.per_team):
            self.start(key, run)

    def named_by(self, ons: Sequence[described.On], fact: Fact) -> bool:
        """Whether an event is one of those that start (or stop) a clock."""
        return any(
            on.event == fact.type and (not on.by or fact.by in on.by) and self.holds(on.when, fact.by) for on in ons
        )

    def start(self, key: tuple[str, str], run: int) -> None:
        """A clock starts."""
        clock = Clock(*key, run, self.now, self.now, self.office)
        clock.counted = {name: [0] for name in self.hours.opened}
        self.clocks[key] = clock
        self.aim(clock)

    def aim(self, clock: Clock) -> None:
        """A clock gets the target of the priority in force."""
        clock.target, clock.calendar = self.promised(clock.metric)
        clock.priority, clock.office = self.priority, self.office

    def stop(self, clock: Clock) -> None:
        """A clock stops, in time or not."""
        if clock.open:
            clock.ended = self.now
            clock.verdict = "missed_then_met" if clock.verdict else "met" if clock.target else "stopped"

    def resume(self, clock: Clock) -> None:
        """A clock goes on where it stopped: what was missed stays missed, anything else is open again."""
        if not clock.open:
            clock.ended = None
            clock.verdict = "breached" if clock.verdict in ("missed_then_met", "breached") else ""
            if not clock.verdict:
                clock.office = self.office
                if clock.priority != self.priority:
                    self.reaim(clock)

    def changes(self, clock: Clock) -> str:
        """What a change of priority does to a metric."""
        usual = self.policy.assumed("priority_change_open_target", "from_submission")
        return self.metric(clock.metric).priority_change or usual

    def reaim(self, clock: Clock) -> None:
        """The priority is another one."""
        again = self.policy.assumed("priority_change_past_result", "keep") == "judge_again"
        if (self.changes(clock) == "keep" and clock.target) or (clock.verdict and not again):
            return
        if not clock.open:
            if clock.verdict in ("met", "missed_then_met") and self.promised(clock.metric)[0]:
                self.aim(clock)
                due = self.target_due(clock)
                clock.verdict = "met" if due is None or clock.ended is None or due >= clock.ended else "missed_then_met"
            return
        self.aim(clock)
        if self.changes(clock) == "from_change" and not clock.verdict:
            clock.since = self.now
        due = self.target_due(clock)
        if clock.verdict and (due is None or due >= self.now):
            clock.verdict = ""

    def withdraw(self) -> None:
        """It is over: whatever was open is withdrawn."""
        for clock in self.clocks.values():
            if clock.open:
                clock.ended = self.now
                clock.verdict = clock.verdict or ("withdrawn" if clock.target else "stopped")
        self.runs = {metric: (run, False) for metric, (run, _) in self.runs.items()}
        if self.request:
            self.request.open = False

    # -- chains ----------------------------------------------------------------------------------------------------

    def follow(self, words: described.Chain) -> None:
        """A chain begins with its clock, or when a change of priority brings it; another change takes it away."""
        clock, chain = self.clocks.get((words.counts, "")), self.chains.get(words.name)
        if clock is None:
            return
        if not self.has_chain(words.name):
            if chain:
                chain.on = False
            return
        submitted = self.policy.assumed("priority_change_chain", "from_change") == "from_submission"
        mark = clock.started if submitted else self.now
        if chain is None or chain.run != clock.run:
            self.chains[words.name] = Chain(clock.run, chain.cycle + 1 if chain else 1, mark)
        elif not chain.on:
            chain.on, chain.mark = True, mark

    def hear(self, words: described.Chain, event: str) -> None:
        """A chain is acknowledged, or ended."""
        chain = self.chains.get(words.name)
        if chain and chain.on and self.clocks[words.counts, ""].open:
            if event in words.until or (event == words.acknowledge and not words.lasts):
                chain.over = True
            elif event == words.acknowledge:
                chain.acknowledged = self.now

    def ask(self, words: described.Request, event: str) -> None:
        """A request for escalation, or its end."""
        if self.request and (event in ("escalation_accepted", "escalation_declined") or event in words.until):
            self.request.open = False
        has = self.has_chain("requested")
        if event == "escalation_requested" and has and not (self.request and self.request.open):
            self.request = Request(self.request.cycle + 1 if self.request else 1, self.now)
            self.fired.append(Fired("requested", 1, self.request.cycle, self.now, "requested"))


class Simulation(Events):
    """One ticket, pushed from second to second."""

    def run(self, facts: Sequence[Fact], until: int) -> None:
        """Live through every second up to `until`; facts of one second come in the order given, before timers."""
        self.now = min(fact.at for fact in facts)
        while True:
            for fact in facts:
                if fact.at == self.now:
                    self.live(fact)
            self.happen(self.now)
            if self.now >= until:
                return
            for clock in self.clocks.values():
                clock.passes(self.hours, self.now, runs=self.goes(clock))
            self.now += 1

    def live(self, fact: Fact) -> None:
        """An event happens; what is overdue by it happens with it."""
        self.take(fact)
        self.happen(self.now - 1)

    def happen(self, until: int) -> None:
        """Everything due at or before an instant happens, one after the other."""
        while pending := sorted(one for one in self.pending() if one.due <= until):
            self.do(pending[0])

    def do(self, one: Pending) -> None:
        """One thing that was due happens now."""
        cause = "due" if one.due == self.now else "changed"
        chain = self.chains.get(one.name)
        match one.kind:
            case 1:
                self.clocks[one.name, one.team].verdict = "breached"
                self.breached.append((one.name, one.team, self.now, cause))
            case 2 if one.name == "requested" and self.request:
                self.request.reminded = True
                self.fired.append(Fired("requested", 2, self.request.cycle, self.now, cause))
            case 2 if chain:
                chain.fired[one.level] = self.now
                self.fired.append(Fired(one.name, one.level, chain.cycle, self.now, cause))
            case 3 if chain:
                chain.again(self.now, 1 if chain.acknowledged is not None else chain.rounds + 1)
            case _:
                self.timed.append((one.name, self.now))
                stay = self.stays[one.name]
                stay.fired, stay.since_base = stay.fired + 1, stay.since_base + 1
                timer = next(t for t in self.policy.timers if t.id == one.name)
                if timer.do:
                    self.live(Fact(self.now, timer.do, "automatic", timer.to))

    def pending(self) -> list[Pending]:
        """What is due by now."""
        made = []
        for (name, team), clock in self.clocks.items():
            due = self.target_due(clock)
            if clock.open and not clock.verdict and due is not None:
                made.append(Pending(due, 1, name, team=team))
        for words in self.policy.chains:
            made += self.pending_chain(words)
        request, words_of_it = self.request, self.policy.request
        if request and request.open and not request.reminded and words_of_it and words_of_it.remind:
            due = self.over(words_of_it.remind, LOCAL, request.asked)
            if due is not None:
                made.append(Pending(due, 2, "requested", 2))
        for timer in self.policy.timers:
            stay = self.stays.get(timer.id)
            if stay and stay.fired < timer.repeat and self.holds(timer.when):
                wait = Length(timer.after.seconds * (stay.since_base + 1), timer.after.business)
                due = self.over(wait, timer.calendar, stay.base)
                if due is not None:
                    made.append(Pending(due, 4, timer.id))
        return made

    def alive(self, words: described.Chain) -> bool:
        """Whether a chain's levels may come, its acknowledgement aside."""
        chain, clock = self.chains.get(words.name), self.clocks.get((words.counts, ""))
        return bool(chain and clock and clock.open and chain.run == clock.run and chain.on and not chain.over)

    def pending_chain(self, words: described.Chain) -> list[Pending]:
        """What is due of a chain by now."""
        chain = self.chains.get(words.name)
        if chain is None or not self.alive(words):
            return []
        if chain.acknowledged is not None:
            assert words.lasts, words
            due = self.over(
                words.lasts, self.chosen(words.calendar) or self.metric_calendar(words.counts), chain.acknowledged
            )
            return [] if due is None else [Pending(due, 3, words.name)]
        waiting = [n for n in range(1, len(words.levels) + 1) if n not in chain.fired]
        if not waiting and chain.rounds < words.repeat:
            return [Pending(max(chain.fired.values()), 3, words.name)]
        dues = [(n, self.level_due(words, n)) for n in waiting]
        return [Pending(max(due, chain.clamp or due), 2, words.name, n) for n, due in dues if due is not None]

    def level_due(self, words: described.Chain, number: int, *, push: bool = False) -> int | None:
        """When a level fell due, or (`push`) will if all goes on as it does now."""
        clock, chain, level = self.clocks[words.counts, ""], self.chains[words.name], words.levels[number - 1]
        when = self.pushed if push else lambda clock, *rest: clock.reached(*rest)
        calendar, length = self.by(clock), level.length or Length(0)
        by = level.calendar or self.chosen(words.calendar)
        if level.kind == "after":
            by = self.named(by or self.metric_calendar(words.counts)) if length.business else ALWAYS
            return when(clock, by, chain.mark, length.seconds)
        if clock.target is None:
            return None
        promised = clock.target.seconds
        need = {"before": promised - length.seconds, "at": promised * level.percent // 100, "past_due": promised}
        due = when(clock, calendar, clock.since, need[level.kind])
        if due is None or level.kind != "past_due":
            return due
        by = (self.named(by) if by else calendar) if length.business else ALWAYS
        if due > self.now:
            return self.hours.ahead(by, due, length.seconds)
        return when(clock, by, due, length.seconds)

    def planned(self) -> dict[tuple[str, int], int | None]:
        """The levels that are to come, with when, as things stand (None: nobody knows, or beyond the horizon)."""
        made = {}
        for words in self.policy.chains:
            chain = self.chains.get(words.name)
            if chain and self.alive(words) and chain.acknowledged is None:
                for number, level in enumerate(words.levels, 1):
                    has = level.kind == "after" or self.clocks[words.counts, ""].target
                    if number not in chain.fired and has:
                        made[words.name, number] = self.level_due(words, number, push=True)
        return made
