"""What an event does to a simulated ticket, in the order in which the language says so."""

from __future__ import annotations

from collections.abc import Sequence

from tests.whole import described
from tests.whole.asked import Base, Fired
from tests.whole.counters import Chain, Clock, Request, Stay
from tests.whole.described import ANSWERS, FINAL, MOVES, STRICT_NEEDS, STRICT_ROLES, Fact


class Events(Base):
    """A ticket to which events happen."""

    def take(self, fact: Fact) -> None:
        """An event happens, if it may."""
        moves = [to for event, source, to in MOVES if event == fact.type and self.state in source]
        if not moves or not self.may(fact):
            self.refused.append((fact.type, self.now))
            return
        fields = dict(fact.fields)
        served = {"acme": self.policy.offices[0], "globex": self.policy.offices[-1]}
        self.organization = fields.get("organization", self.organization)
        office = served.get(self.organization, self.office)
        before, self.team = self.priority, fact.team or self.team
        self.move(fact.type, self.state if moves[0] == "=" else moves[0])
        moved, self.office = office != self.office, office
        if fact.type == "submitted":
            self.priority = fields["stated_priority"]
        elif fact.type == "priority_changed":
            self.priority = fact.to
        self.vip = fields.get("vip", "yes" if self.vip else "no") == "yes"
        for metric in self.policy.metrics:
            self.tick(metric, fact)
        for clock in self.clocks.values():
            if self.otherwise(clock):
                self.reaim(clock, judged=before != self.priority)
            if moved and clock.open and not clock.verdict:
                clock.office = self.office
        for clock in self.clocks.values():
            clock.ran = self.now if self.goes(clock) else clock.ran
        for chain in self.policy.chains:
            self.follow(chain)
            self.hear(chain, fact.type)
        for words in self.policy.requests:
            self.ask(words, fact.type)
        if self.state in FINAL:
            self.withdraw()

    def may(self, fact: Fact) -> bool:
        """Whether the guards let an event through."""
        if self.policy.strict:
            if fact.by not in STRICT_ROLES.get(fact.type, (fact.by,)):
                return False
            if any(not getattr(fact, need) for need in STRICT_NEEDS.get(fact.type, ())):
                return False
        if fact.type in ANSWERS:
            return any(request.open for request in self.requests.values())
        asked = [words for words in self.policy.requests if words.on == fact.type]
        meant = [words for words in asked if self.has_chain(words.name)]
        return self.holds(meant[0].when, fact.by) if meant else not asked

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
        if going and (named := self.named_by(metric.stop, fact)):
            for clock in mine:
                if clock.team == self.team or not all(on.own for on in named):
                    self.stop(clock)
            going = any(clock.open for clock in mine)
        if fact.type == "reopened" and run and not going:
            usual = "ignore" if metric.recurs else self.policy.assumed("reopened_clock", "resume")
            how = metric.reopen or usual
            if how == "resume":
                going = True
                for clock in mine:
                    self.resume(clock)
            elif how == "restart":
                run, going = run + 1, True
        own = bool(self.team) or not metric.per_team
        if not going and own and (metric.recurs or not run) and self.named_by(metric.start, fact):
            run, going = run + 1, True
        if run:
            self.runs[metric.name] = (run, going)
        key = (metric.name, self.team if metric.per_team else "")
        if going and own and (key not in self.clocks or self.clocks[key].run != run):
            self.start(key, run)

    def named_by(self, ons: Sequence[described.On], fact: Fact) -> list[described.On]:
        """Which of those that start (or stop) a clock an event is."""
        of_type = [on for on in ons if on.event == fact.type and (not on.by or fact.by in on.by)]
        return [on for on in of_type if self.holds(on.when, fact.by)]

    def start(self, key: tuple[str, str], run: int) -> None:
        """A clock starts."""
        clock = Clock(*key, run, self.now, self.now, self.office)
        clock.counted = {name: [0] for name in self.hours.opened}
        self.clocks[key] = clock
        self.aim(clock)

    def aim(self, clock: Clock) -> None:
        """A clock gets the target of the priority in force."""
        clock.target, clock.calendar = clock.promise = self.promised(clock.metric)
        clock.priority, clock.office = self.priority, self.office

    def otherwise(self, clock: Clock) -> bool:
        """Whether a clock was aimed by another priority, or by another promise, than is in force."""
        return clock.priority != self.priority or clock.promise != self.promised(clock.metric)

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
                if self.otherwise(clock):
                    self.reaim(clock, judged=False)

    def changes(self, clock: Clock) -> str:
        """What a change of priority does to a metric."""
        usual = self.policy.assumed("priority_change_open_target", "from_submission")
        return self.metric(clock.metric).priority_change or usual

    def reaim(self, clock: Clock, *, judged: bool) -> None:
        """Another target is promised; what was met or missed is `judged` again at most for another priority."""
        again = judged and self.policy.assumed("priority_change_past_result", "keep") == "judge_again"
        if (self.changes(clock) == "keep" and clock.target) or (clock.verdict and not again):
            return
        if clock.verdict and not self.promised(clock.metric)[0]:
            return
        if not clock.open:
            if clock.verdict in ("met", "missed_then_met"):
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
        for request in self.requests.values():
            request.open = False

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
        """A request for escalation, or its end; it joins an open one that the same event asked for."""
        request = self.requests.get(words.name)
        if request and event in (words.accept, words.decline, *words.until):
            request.open = False
        same = [one.name for one in self.policy.requests if one.on == words.on and one.name in self.requests]
        joins = any(self.requests[name].open for name in same)
        if event == words.on and self.has_chain(words.name) and not joins:
            request = self.requests[words.name] = Request(request.cycle + 1 if request else 1, self.now)
            self.fired.append(Fired(words.name, 1, request.cycle, self.now, "requested"))
