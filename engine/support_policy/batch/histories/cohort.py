"""Tickets that advance together, and what they are asked for and tell on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.columns.rules import Column
from support_policy.batch.histories.codes import ANSWER, NONE, STATUS
from support_policy.batch.histories.commands import Notices
from support_policy.batch.histories.events import Events
from support_policy.batch.histories.lower import Lowered
from support_policy.batch.histories.slots import slots
from support_policy.batch.histories.state import Bools, Ints, Tickets

_TRUTH = (False, True)
PASSING = ("state", "open_request", "office_open", "team", "by")
"""Variables that change without a fact or a change of priority, beside the statuses."""


@dataclass(frozen=True)
class Step:
    """Facts that happen at once, one a ticket: rows of tickets, events, instants, event types, actors.

    `began`: with it the ticket begins. `edges`: by machine, the edge each takes (negative: none).
    """

    tickets: Ints
    events: Ints
    at: Ints
    type: NDArray[np.int16]
    by: NDArray[np.int8]
    began: Bools
    edges: tuple[NDArray[np.int32], ...] = ()

    def only(self, rows: Ints | Bools) -> Step:
        """Some rows of it."""
        edges = tuple(edge[rows] for edge in self.edges)
        return Step(
            self.tickets[rows],
            self.events[rows],
            self.at[rows],
            self.type[rows],
            self.by[rows],
            self.began[rows],
            edges,
        )


class Cohort:
    """Some tickets with their events: the most eventful first, so that those with an n-th event stand in front."""

    def __init__(self, lowered: Lowered, events: Events, begin: int, end: int) -> None:
        self.lowered, self.events = lowered, events
        first = events.first[begin : end + 1]
        counts = np.diff(first)
        self.order = np.argsort(-counts, kind="stable")
        self.start, self.counts = first[:-1][self.order], counts[self.order]
        self.state = Tickets(lowered, end - begin, [*self.facts])
        self.state.why[:] = events.why[begin:end][self.order]
        self.slots = slots(lowered, self.state)
        self.notices = Notices(self.state)
        self.touched = np.zeros(end - begin, bool)
        """Tickets whose pending instants are to be worked out again."""

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """The facts that something hangs on."""
        asked = {name for rules in self.lowered.rules.values() for name in rules.variables}
        known = [name for name in self.lowered.policy.facts if name in asked]
        return tuple(dict.fromkeys(["organization", *known]))

    def columns(self, names: Iterable[str], tickets: Ints, at: Ints, fact: Step | None = None) -> dict[str, Column]:
        """The values of what rules ask, of some tickets at an instant each; `fact` is what is being decided about."""
        made = {}
        for name in names:
            column = self._column(name, tickets, at, fact)
            if column is not None:
                made[name] = column
        return made

    def _column(self, name: str, tickets: Ints, at: Ints, fact: Step | None) -> Column | None:
        state, lowered = self.state, self.lowered
        if name in state.facts:
            codes = state.facts[name][tickets]
            given = self.events.facts.get(name)
            if given is None:
                return None
            if fact is not None:
                told = given.codes[fact.events]
                codes = np.where(told == NONE, codes, np.where(told >= 0, told, NONE)).astype(np.int32)
            return Column(codes, given.values)
        if name.startswith("event."):
            carried = self.events.data.get(name.removeprefix("event."))
            return None if fact is None or carried is None else Column(carried.codes[fact.events], carried.values)
        if name == "by":
            return None if fact is None else Column(_missing(fact.by), lowered.actors)
        if name.endswith(".status"):
            return self._status(name.removesuffix(".status"), tickets)
        return self._derived(name, tickets, at)

    def _status(self, of: str, tickets: Ints) -> Column | None:
        if of in self.lowered.metric_code:
            return Column(_missing(self.state.clocks[self.lowered.metric_code[of]].status[tickets]), STATUS)
        if of in self.lowered.chain_code:
            return Column(_missing(self.state.runs[self.lowered.chain_code[of]].answer[tickets]), ANSWER)
        return None

    def _derived(self, name: str, tickets: Ints, at: Ints) -> Column | None:
        state, lowered = self.state, self.lowered
        match name:
            case "priority":
                return Column(state.priority[tickets].astype(np.int32), lowered.priorities)
            case "assessed_priority":
                return Column(state.assessed[tickets].astype(np.int32), lowered.priorities)
            case "priority_in_doubt":
                return Column(self.in_doubt(tickets).astype(np.int32), _TRUTH)
            case "open_request":
                return Column(self.open_request(tickets).astype(np.int32), _TRUTH)
            case "known_organization" | "under_contract":
                return Column(state.known[tickets].astype(np.int32), _TRUTH)
            case "office":
                return Column(state.office[tickets], lowered.calendar_names)
            case "team":
                return Column(state.team[tickets], self.teams)
            case "plan":
                return Column(state.plan[tickets], self.customers.plans)
            case "state":
                life = lowered.machines[lowered.life]
                began = state.moved[lowered.life][tickets]
                return Column(
                    np.where(began, state.machines[lowered.life][tickets], NONE).astype(np.int32), life.states
                )
            case "office_open":
                return Column(self._open(tickets, at), _TRUTH)
        return None

    def _open(self, tickets: Ints, at: Ints) -> NDArray[np.int32]:
        made = np.zeros(len(tickets), np.int32)
        offices = self.state.office[tickets]
        for office in np.unique(offices):
            mine = offices == office
            key = int(office if office >= 0 else self.customers.default) << 1 | 1
            made[mine] = self.lowered.calendar(key).is_open(at[mine])
        return made

    def in_doubt(self, tickets: Ints) -> Bools:
        """Whether what was stated (or decided since) and what is assessed differ, and nobody has settled it."""
        state = self.state
        stated, priority = state.stated[tickets], state.priority[tickets]
        against = np.where(state.decided[tickets] | (stated < 0), priority, stated)
        assessed = state.assessed[tickets]
        found: Bools = ~state.settled[tickets] & (assessed >= 0) & (against >= 0) & (assessed != against)
        return found

    def open_request(self, tickets: Ints) -> Bools:
        """Whether a requested escalation waits for an answer."""
        made = np.zeros(len(tickets), bool)
        for runs, chain in zip(self.state.runs, self.lowered.chains, strict=True):
            if chain.requested:
                made |= runs.answer[tickets] == 1
        return made

    @cached_property
    def teams(self) -> tuple[str, ...]:
        """The teams that events name."""
        column = self.events.data.get("team")
        return column.values if column else ()

    @cached_property
    def customers(self) -> Customers:
        """What the directory says of the organizations named."""
        column = self.events.facts.get("organization")
        return Customers(self.lowered, column.values if column else ())


class Customers:
    """By organization, as its column numbers them, then for none: office, whether it is known, plan, dates."""

    def __init__(self, lowered: Lowered, names: tuple[str, ...]) -> None:
        policy, code = lowered.policy, lowered.calendar_code
        self.names = (*names, None)
        known = [policy.text.organizations.get(name) if name else None for name in self.names]
        self.default = code[str(policy.text.default_office)]
        self.office = np.array([code[str(o.office)] if o and o.office else self.default for o in known], np.int32)
        self.known = np.array([o is not None for o in known])
        self.plans = tuple(dict.fromkeys(str(o.plan) for o in known if o and o.plan and not o.contracts))
        self.plan = np.array(
            [self.plans.index(str(o.plan)) if o and o.plan and not o.contracts else NONE for o in known], np.int32
        )
        asked = policy.text.plans or policy.asks("plan") or policy.asks("under_contract")
        self.dated = np.array([bool(o and o.contracts and asked) for o in known])


def _missing(codes: NDArray[np.int8]) -> NDArray[np.int32]:
    """Codes whose 0 means that there is none."""
    return np.where(codes == 0, NONE, codes).astype(np.int32)
