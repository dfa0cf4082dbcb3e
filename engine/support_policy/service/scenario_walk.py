"""A ticket followed event by event and timer by timer: what is seen at each step, and when something falls due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from support_policy.model.event import instant
from support_policy.policy.compiled import Policy
from support_policy.service.scenario_seen import Seen
from support_policy.ticket.agenda import agenda
from support_policy.ticket.evaluate import run
from support_policy.ticket.history import History

MAX_STEPS = 500
"""A story that is not over after so many steps beside its events goes round in circles."""


class Walk:
    """The steps of a history: each event when it becomes known, and each pending instant in turn, as far as asked for.

    `run` decides the history anew at each of them, so that a step is what `evaluate` says of that instant.
    """

    def __init__(self, policy: Policy, history: History) -> None:
        self.policy, self.history = policy, history
        self._steps: list[Seen] = []
        self._seen: dict[datetime, Seen] = {}
        self._arrivals = sorted({max(e.recorded_at or e.at, e.at) for e in history.events})

    def at(self, moment: datetime) -> Seen:
        """What is seen at an instant; everything due at or before it has happened."""
        found = self._seen.get(moment)
        if found is None:
            found = self._seen[moment] = Seen(moment, run(self.policy, self.history, moment))
        return found

    def steps(self) -> Iterator[Seen]:
        """Every step, in order, until nothing is pending."""
        number = 0
        while True:
            if number == len(self._steps):
                following = self._following()
                if following is None or number >= MAX_STEPS + len(self._arrivals):
                    return
                self._steps.append(self.at(following))
            yield self._steps[number]
            number += 1

    def _following(self) -> datetime | None:
        last = self._steps[-1] if self._steps else None
        later = [arrival for arrival in self._arrivals if last is None or arrival > last.at][:1]
        if last is not None:
            # What is pending may have no name of its own; it is a step all the same.
            later += [due for due in pending(last) if due > last.at][:1]
        return min(later, default=None)

    def due(self, name: str) -> datetime | str:
        """When `name` falls due, step by step; if it was stopped before, when it would have; else why never."""
        would: datetime | None = None
        seen: Seen | None = None
        for seen in self.steps():
            if name in seen.fired or name in seen.breached:
                # When it is known: what is learned late may have it fall due in the past.
                return seen.at
            would = seen.due.get(name, would)
        return would or (why_never(seen, name) if seen else "nothing happens")


def pending(seen: Seen) -> list[datetime]:
    """Every pending instant."""
    return [instant(timer.due) for timer in agenda(seen.run.governing, seen.run.state)]


def why_never(seen: Seen, name: str) -> str:
    """Why something has no instant at which it falls due."""
    state, text = seen.run.state, seen.run.governing.text
    priority = state.priority or "ticket without a priority"
    if name.partition("/")[0] in text.metrics:
        clock = state.clocks.get(name)
        if clock is None:
            return f"the clock of `{name}` never starts"
        return f"a {priority} has no target for it" if clock.target is None else "its clock stands still"
    key, _, number = name.rpartition(".")
    chain = text.chains.get(key.partition("/")[0])
    if chain is None:
        return "the ticket is never long enough in the state that it waits in"
    if key in state.chains:
        clock = state.counted(chain.counts, state.chains[key].team)
        if clock is not None and clock.target is None and chain.levels[int(number) - 1].of_target:
            return f"a {priority} has no target for `{chain.counts}`"
        return "the clock that its chain counts stands still"
    if chain.requested:
        return f"`{chain.on}` never happens, or is refused"
    return f"a {priority} has no chain `{chain.name}`"
