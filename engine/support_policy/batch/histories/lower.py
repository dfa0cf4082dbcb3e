"""A policy as look-up tables: what an event does in a state, as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.columns.calendar import CalendarColumns
from support_policy.batch.columns.rules import ColumnRules
from support_policy.batch.histories.promises import Promises
from support_policy.model.event import EPOCH, instant
from support_policy.model.promise import Metric, Occasion
from support_policy.model.workflow import Edge, StateTimer, Table
from support_policy.policy.compiled import Policy
from support_policy.policy.names import ACTORS, LIFECYCLE

NO_MOVE, NOT_ITS, GUARDED = -1, -2, -3
"""In a table of moves: the state does not allow the event; the workflow does not know it; it hangs on a rule."""
NO, YES, ASK = 0, 1, 2
"""In a table of occasions; ASK: it hangs on a rule."""
CUSTOMER = "customer"
"""The role under which a customer is told."""


@dataclass(frozen=True)
class Moves:
    """A workflow: `table[state, event]` is an edge or one of the above; triggers of chains stand after the events."""

    words: Table
    states: tuple[str, ...]
    initial: int
    table: NDArray[np.int32]
    edges: tuple[Edge, ...]
    dest: NDArray[np.int16]
    needs: NDArray[np.int64]
    """By edge: the data it requires, as bits."""
    guarded: Mapping[tuple[int, int], tuple[int, ...]]
    """(state, event) -> the edges to ask about, in order."""


@dataclass(frozen=True)
class Timed:
    """A workflow's timer: its machine and state by number, and which events reset it, by type and actor."""

    machine: int
    state: int
    words: StateTimer
    resets: NDArray[np.int8]


class Lowered:
    """The tables of one policy. Made once for each policy and process."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        text = policy.text
        self.types = policy.event_types
        self.firings = tuple(f"{chain}.{level.number}" for chain, c in text.chains.items() for level in c.levels)
        self.triggers = {name: code for code, name in enumerate((*self.types, *self.firings))}
        self.actors = ("", *ACTORS)
        self.priorities = tuple(map(str, text.priorities))
        self.metrics: tuple[Metric, ...] = tuple(text.metrics.values())
        self.metric_code = {metric.name: code for code, metric in enumerate(self.metrics)}
        self.chains = tuple(text.chains.values())
        self.chain_code = {chain.name: code for code, chain in enumerate(self.chains)}
        self.calendar_names = tuple(map(str, policy.calendars))
        self.calendar_code = {name: code for code, name in enumerate(self.calendar_names)}
        self.carried = self._carried()
        self.machines = tuple(self._moves(table) for table in policy.tables.values())
        self.life = next(i for i, table in enumerate(policy.tables.values()) if table.name == LIFECYCLE)
        self.starts = [self._occasions(metric.start) for metric in self.metrics]
        self.stops = [self._occasions(metric.stop) for metric in self.metrics]
        self.pauses = [self._pauses(metric) for metric in self.metrics]
        self.final = np.array([state in policy.life.finals for state in self.machines[self.life].states])
        self.rules = {name: ColumnRules(rules.compiled) for name, rules in policy.rules.items() if name != "intake"}
        self.promises = Promises(policy, self.calendar_code)
        self._calendars: dict[int, CalendarColumns] = {}
        self._people: dict[tuple[str, str | None, str], int] = {}

    def code(self, trigger: str) -> int:
        """The number of an event type; -1 where the policy has none of that name."""
        return self.triggers.get(trigger, -1)

    def calendar(self, key: int) -> CalendarColumns:
        """A calendar by twice its number, plus one where its business hours count."""
        if key not in self._calendars:
            name = self.calendar_names[key >> 1]
            self._calendars[key] = CalendarColumns(self.policy.calendar(name, business=bool(key & 1)))
        return self._calendars[key]

    @cached_property
    def dated(self) -> bool:
        """Whether who fills a role depends on when it is asked."""
        text = self.policy.text
        known = [*text.organizations.values(), *text.teams.values(), text.unknown_organization]
        entries = (e for one in known if one for some in one.roles.values() for e in some)
        return bool(text.stand_ins or text.rotas) or any(entry.first or entry.last for entry in entries)

    def people(self, role: str, organization: str | None, team: str, at: int | None) -> int:
        """How many addresses fill a role, at an instant (None where nothing is `dated`)."""
        if role == CUSTOMER:
            return 1
        if at is not None:
            return len(self._addresses(role, organization, team, instant(at)))
        key = (role, organization, team)
        if key not in self._people:
            self._people[key] = len(self._addresses(role, organization, team, EPOCH))
        return self._people[key]

    def _addresses(self, role: str, organization: str | None, team: str, at: datetime) -> list[str]:
        return [address for _, address in self.policy.recipients(organization, (role,), at, team) if address]

    def _carried(self) -> tuple[str, ...]:
        """What events carry that something hangs on."""
        text = self.policy.text
        edges = (edge for table in self.policy.tables.values() for some in table.moves.values() for edge in some)
        named = [str(name) for edge in edges for name in edge.requires]
        for words in text.events.values():
            named += [*map(str, words.requires), *map(str, words.carries)]
        asked = (str(name) for rules in self.policy.rules.values() for name in rules.compiled.variables)
        named += [name.removeprefix("event.") for name in asked if name.startswith("event.")]
        return tuple(dict.fromkeys(["to", *named]))

    def bits(self, names: Iterable[str]) -> int:
        """Names of data as bits."""
        return sum(1 << self.carried.index(str(name)) for name in set(names))

    def _moves(self, table: Table) -> Moves:
        states = tuple(map(str, table.states))
        made = np.full((len(states), len(self.triggers)), NO_MOVE, np.int32)
        known = set(table.triggers)
        made[:, [code for trigger, code in self.triggers.items() if trigger not in known]] = NOT_ITS
        edges: list[Edge] = []
        guarded: dict[tuple[int, int], tuple[int, ...]] = {}
        for (state, trigger), found in table.moves.items():
            if trigger not in self.triggers:
                continue
            place = (states.index(state), self.triggers[trigger])
            numbers = tuple(range(len(edges), len(edges) + len(found)))
            edges += found
            if found[0].conditions or found[0].unless:
                guarded[place] = numbers
                made[place] = GUARDED
            else:
                made[place] = numbers[0]
        return Moves(
            table,
            states,
            states.index(table.initial),
            made,
            tuple(edges),
            np.array([states.index(edge.dest) for edge in edges], np.int16),
            np.array([self.bits(edge.requires) for edge in edges], np.int64),
            guarded,
        )

    def _occasions(self, occasions: tuple[Occasion, ...]) -> NDArray[np.int8]:
        """By event type and actor, whether an event is one of these occasions."""
        made = np.zeros((len(self.types), len(self.actors)), np.int8)
        for occasion in occasions:
            code = self.code(occasion.event)
            if not 0 <= code < len(self.types) or not self.policy.holds(occasion.assumption):
                continue
            for actor, name in enumerate(self.actors):
                if made[code, actor] == NO and (not occasion.by or not name or name in occasion.by):
                    made[code, actor] = ASK if occasion.guard else YES
        return made

    def _pauses(self, metric: Metric) -> NDArray[np.int8]:
        """By state of a ticket's life, whether it pauses the metric's clock; ASK also where the pause has a limit."""
        made = np.zeros(len(self.machines[self.life].states), np.int8)
        for pause in metric.pause:
            if self.policy.holds(pause.assumption) and pause.state in self.machines[self.life].states:
                place = self.machines[self.life].states.index(pause.state)
                if made[place] == NO:
                    made[place] = ASK if pause.guard or pause.most else YES
        return made

    @cached_property
    def guarded_timers(self) -> bool:
        """Whether any workflow's timer hangs on a rule."""
        return any(timed.words.guard for timed in self.timers)

    @cached_property
    def guarded_pauses(self) -> bool:
        """Whether any pause of a clock hangs on a rule."""
        return any(pause.guard for metric in self.metrics for pause in metric.pause)

    @cached_property
    def timers(self) -> tuple[Timed, ...]:
        """Every workflow's timers."""
        return tuple(
            Timed(number, moves.states.index(state), timer, self._occasions(timer.reset))
            for number, moves in enumerate(self.machines)
            for state, timers in moves.words.timers.items()
            for timer in timers
        )
