"""The states of a cohort's tickets, as arrays: what `ticket.state` holds for one, column by column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.columns.calendar import NEVER
from support_policy.batch.histories.codes import NONE
from support_policy.batch.histories.lower import Lowered

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Small = NDArray[np.int8]


class Clocks:
    """The clocks of one metric. Instants are microseconds; `stopped` and `due` are NEVER where there is none.

    `begin[k, t]` and `end[k, t]` are ticket t's stretches (`stretches[t]` of them); the end of one that runs is NEVER.
    """

    def __init__(self, size: int) -> None:
        self.exists = np.zeros(size, bool)
        self.run_number = np.ones(size, np.int32)
        self.status = np.zeros(size, np.int8)
        self.target = np.full(size, NONE, np.int64)
        self.business = np.ones(size, bool)
        self.calendar = np.zeros(size, np.int32)
        self.local = np.ones(size, bool)
        self.started = np.zeros(size, np.int64)
        self.since = np.zeros(size, np.int64)
        self.stopped = np.full(size, NEVER)
        self.ticking = np.zeros(size, bool)
        self.overstayed = np.full(size, -NEVER)
        """The stay whose pause has reached its limit."""
        self.limit = np.full(size, NEVER)
        self.source = np.full(size, NONE, np.int32)
        self.due = np.full(size, NEVER)
        self.stretches = np.zeros(size, np.int32)
        self.begin = np.zeros((1, size), np.int64)
        self.end = np.full((1, size), NEVER)

    def live(self, at: Ints) -> Bools:
        """Which of some tickets have a clock that has not ended."""
        found: Bools = self.exists[at] & (self.stopped[at] == NEVER)
        return found

    def run(self, tickets: Ints, since: Ints) -> None:
        """Another stretch begins."""
        place = self.stretches[tickets]
        need = int(place.max(initial=0)) + 1
        if need > len(self.begin):
            more = max(need - len(self.begin), len(self.begin))
            self.begin = np.concatenate([self.begin, np.zeros((more, self.begin.shape[1]), np.int64)])
            self.end = np.concatenate([self.end, np.full((more, self.end.shape[1]), NEVER)])
        self.begin[place, tickets] = since
        self.end[place, tickets] = NEVER
        self.stretches[tickets] += 1
        self.ticking[tickets] = True

    def halt(self, tickets: Ints, at: Ints) -> None:
        """The stretches that run end."""
        ticking = self.ticking[tickets]
        if not ticking.all():
            tickets, at = tickets[ticking], at[ticking]
        self.end[self.stretches[tickets] - 1, tickets] = at
        self.ticking[tickets] = False

    def stop(self, tickets: Ints, at: Ints) -> None:
        """The clocks end."""
        self.stopped[tickets] = at
        self.halt(tickets, at)


class Runs:
    """The runs of one chain: by ticket, and by level and ticket.

    `used` is the highest cycle so far, `of_run` the run of the clock that this one counts; `acknowledged` is when it
    was, while that lasts, and `over_due` when it is over.
    """

    def __init__(self, size: int, levels: int) -> None:
        self.cycle = np.zeros(size, np.int32)
        self.used = np.zeros(size, np.int32)
        self.since = np.zeros(size, np.int64)
        self.reached = np.zeros(size, np.int32)
        self.round = np.ones(size, np.int32)
        self.of_run = np.ones(size, np.int32)
        self.acknowledged = np.full(size, NEVER)
        self.over_due = np.full(size, NEVER)
        self.over = np.zeros(size, bool)
        self.answer = np.zeros(size, np.int8)
        self.status = np.zeros((levels, size), np.int8)
        self.pending = np.full((levels, size), NEVER)
        self.due = np.full((levels, size), NEVER)
        self.fired = np.full((levels, size), NEVER)
        self.cause = np.zeros((levels, size), np.int8)

    @property
    def levels(self) -> int:
        """How many levels the chain has."""
        return len(self.status)


class Tickets:
    """Everything known of a cohort's tickets."""

    def __init__(self, lowered: Lowered, size: int, facts: list[str]) -> None:
        self.size = size
        policy = lowered.policy
        self.why = np.zeros(size, np.int8)
        self.begun = np.full(size, NEVER)
        self.machines = [np.full(size, moves.initial, np.int16) for moves in lowered.machines]
        self.moved = [np.zeros(size, bool) for _ in lowered.machines]
        self.facts = {name: np.full(size, NONE, np.int32) for name in facts}
        self.office = np.full(size, NONE, np.int32)
        self.known = np.zeros(size, bool)
        self.team = np.full(size, NONE, np.int32)
        self.plan = np.full(size, NONE, np.int32)
        self.stated = np.full(size, NONE, np.int16)
        self.assessed = np.full(size, NONE, np.int16)
        self.assessed_by = np.full(size, NONE, np.int32)
        self.priority = np.full(size, NONE, np.int16)
        self.decided = np.zeros(size, bool)
        self.settled = np.zeros(size, bool)
        self.accepted = np.zeros(size, bool)
        advising = len(policy.rules["advice"].words) if "advice" in policy.rules else 0
        self.advice: Bools = np.zeros((advising, size), bool)
        self.promise = np.full(size, NONE, np.int32)
        self.refused = np.zeros(size, np.int32)
        self.clocks = [Clocks(size) for _ in lowered.metrics]
        self.runs = [Runs(size, len(chain.levels)) for chain in lowered.chains]
        self.timers = [np.full(size, NEVER) for _ in lowered.timers]
        self.counted = [np.zeros(size, np.int64) for _ in lowered.timers]
        """Since when each timer of a workflow counts."""
        self.gone_off = [np.zeros(size, np.int64) for _ in lowered.timers]
        self.timed = np.zeros(size, np.int32)
        self.last_fact = np.zeros(size, np.int64)
        self.stay = np.zeros(size, np.int64)
        """Since when a ticket's life is in the state it is in."""
        self.now = np.full(size, -NEVER)
        """When what a ticket's log ends with was recorded."""
        self.next = np.full(size, NEVER)
        """The earliest pending instant of each ticket."""

    def leave(self, tickets: Ints, reason: int) -> None:
        """These are left to the rows."""
        mine = tickets[self.why[tickets] == 0]
        self.why[mine] = reason
