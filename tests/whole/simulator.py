"""A ticket pushed from second to second through a described policy, written apart from the engine, without cleverness.

It is a witness: what it says follows from the words of the language alone. Nothing is predicted, save where a due
instant is asked for: then the clock is pushed on as if it went on as it does now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tests.whole import described
from tests.whole.asked import Fired
from tests.whole.described import ALWAYS, LOCAL, Fact, Length
from tests.whole.events import Events


class Pending(NamedTuple):
    """Something that is due: sorted as it happens. `kind`: 1 target, 2 level, 3 round or silence over, 4 timer."""

    due: int
    kind: int
    name: str
    level: int = 0
    team: str = ""


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
            case 2 if one.name in self.requests:
                request = self.requests[one.name]
                request.reminded = True
                self.fired.append(Fired(one.name, 2, request.cycle, self.now, cause))
            case 2 if chain:
                chain.fired[one.level] = self.now
                self.fired.append(Fired(one.name, one.level, chain.cycle, self.now, cause))
                words = next(c for c in self.policy.chains if c.name == one.name).levels[one.level - 1]
                if words.do:
                    self.live(Fact(self.now, words.do, "automatic", words.to))
            case 3 if chain:
                chain.again(self.now, 1 if chain.acknowledged is not None else chain.rounds + 1)
            case _:
                self.timed.append((one.name, self.now))
                stay = self.stays[one.name]
                stay.fired += 1
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
        for asked in self.policy.requests:
            request = self.requests.get(asked.name)
            if request and request.open and not request.reminded and asked.remind:
                due = self.over(asked.remind, LOCAL, request.asked)
                if due is not None:
                    made.append(Pending(due, 2, asked.name, 2))
        for timer in self.policy.timers:
            stay = self.stays.get(timer.id)
            if stay and stay.fired < timer.repeat and self.holds(timer.when):
                wait = Length(timer.after.seconds * (stay.fired + 1), timer.after.business)
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
        when = self.pushed if push else self.reached
        calendar, length = self.by(clock), level.length or Length(0)
        by = level.calendar or self.chosen(words.calendar)
        if level.kind == "after":
            # By the hours that the target counts by, which are those of another office once its verdict fell.
            own = calendar if clock.target and clock.target.business else ""
            by = self.named(by or own or self.metric_calendar(words.counts)) if length.business else ALWAYS
            if not length.seconds:
                return self.under_way(clock, chain.mark)
            return when(clock, by, chain.mark, length.seconds)
        if clock.target is None:
            return None
        promised = clock.target.seconds
        mixed = level.kind == "past_due" and length.business != clock.target.business
        past = promised if mixed else promised + length.seconds
        need = {"before": promised - length.seconds, "at": promised * level.percent // 100, "past_due": past}
        if need[level.kind] <= 0:
            return self.under_way(clock, clock.since)
        due = when(clock, calendar, clock.since, need[level.kind])
        if due is None or not mixed:
            return due
        # Past due by another kind of time than the target's: counted on from where that is due.
        by = self.named(by or self.metric_calendar(words.counts)) if length.business else ALWAYS
        if due > self.now:
            return self.settled(by, self.hours.ahead(by, due, length.seconds))
        return when(clock, by, due, length.seconds)

    def planned(self) -> dict[tuple[str, int], int | None]:
        """The levels that are to come, with when, as things stand (None: nobody knows, or beyond the horizon)."""
        made = {}
        for words in self.policy.chains:
            chain = self.chains.get(words.name)
            if chain and self.alive(words) and chain.acknowledged is None:
                for number in range(1, len(words.levels) + 1):
                    if number not in chain.fired:
                        made[words.name, number] = self.level_due(words, number, push=True)
        return made
