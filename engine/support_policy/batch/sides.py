"""What two policies find for the same tickets, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from support_policy.batch.causes import Aim, Case, Causes
from support_policy.batch.causes_calendars import Cause
from support_policy.batch.clock_columns import Clocks, clocks_of
from support_policy.batch.coded import NONE, Coded, Ints, coded, combined, distinct, numbers
from support_policy.policy.compiled import Policy

MOST_TEAMS = 2**20
"""A key is the row of a ticket times this, and the code of a team (0: the ticket itself)."""
Column = tuple[Ints, int]
"""Codes, and a number larger than any of them."""


class Subject(NamedTuple):
    """What changed: priority, due, missed, met, escalation or notification; of which metric, level, role."""

    what: str
    metric: str = ""
    chain: str = ""
    level: int = 0
    role: str = ""


class Group(NamedTuple):
    """Changes that are alike: of what, from what, to what, by which line of the policy."""

    subject: Subject
    old: str
    new: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of one kind: the row of each one's ticket and its group; what it was and is, where that is an instant."""

    rows: Ints
    codes: Ints
    groups: tuple[Group, ...]
    instants: tuple[Ints, Ints] | None = None


class Side:
    """The results of one policy."""

    def __init__(self, policy: Policy, results: pa.Table, teams: dict[str, int]) -> None:
        self.policy, self.results, self._teams = policy, results, teams
        self.priority = coded(results["priority"])
        self.why = tuple(coded(results[name]) for name in ("assessed_priority", "assessed_by", "stated_priority"))
        self.clocks: dict[str, Clocks] = {clocks.metric: clocks for clocks in clocks_of(policy, results)}

    def case(self, row: int) -> Case:
        """What a ticket's priority follows from."""
        return Case(*(column.names[column.codes[row]] for column in (self.priority, *self.why)))

    def keys(self, rows: Ints, teams: Coded | None) -> Ints:
        """The keys of what tickets, or their teams, have."""
        if teams is None:
            return rows * MOST_TEAMS
        codes = np.array([self._teams.setdefault(name, len(self._teams) + 1) for name in teams.names], np.int64)
        return rows * MOST_TEAMS + codes[teams.codes]


def aligned(old: Ints, new: Ints) -> tuple[Ints, Ints, Ints]:
    """Every key of two lists in order, and its place in either (-1: it is not there)."""
    if np.array_equal(old, new) and bool((np.diff(old) > 0).all()):
        places = np.arange(len(old))
        return old, places, places
    every = distinct(np.concatenate([old, new]))
    return every, _places(old, every), _places(new, every)


def _places(keys: Ints, every: Ints) -> Ints:
    order = np.argsort(keys)
    return np.append(order, -1)[found_at(keys[order], every)]


def found_at(ordered: Ints, keys: Ints) -> Ints:
    """The place of each key in an ordered list; -1 for one that is not there."""
    places = np.searchsorted(ordered, keys)
    return np.where(np.append(ordered, -1)[places] == keys, places, -1)


def picked(values: Ints, places: Ints, absent: int) -> Ints:
    """The value at each place; `absent` where that is -1."""
    return np.append(values, absent)[places]


class Pair:
    """The clocks of a metric under both policies; what is said of a clock that one of them lacks is `NONE` or -1."""

    def __init__(self, metric: str, sides: Sequence[Side]) -> None:
        self.metric = metric
        self._clocks = [side.clocks.get(metric) for side in sides]
        none: Ints = np.zeros(0, np.int64)
        keys = [side.keys(c.rows, c.teams) if c else none for side, c in zip(sides, self._clocks, strict=True)]
        self.keys, *self._places = aligned(*keys)
        self.rows: Ints = self.keys // MOST_TEAMS

    @cached_property
    def due(self) -> tuple[Ints, Ints]:
        """When each falls due."""
        return self._both(lambda clocks: numbers(clocks.columns["due_at"]), NONE)

    @cached_property
    def verdicts(self) -> tuple[Ints, Ints]:
        """What each counts as."""
        return self._both(lambda clocks: clocks.verdicts, -1)

    def _both(self, values: Callable[[Clocks], Ints], absent: int) -> tuple[Ints, Ints]:
        old, new = (
            picked(values(clocks), places, absent) if clocks else np.full(len(places), absent)
            for clocks, places in zip(self._clocks, self._places, strict=True)
        )
        return old, new

    @cached_property
    def _targets(self) -> tuple[Ints, Ints]:
        return self._both(lambda clocks: clocks.target, NONE)

    @cached_property
    def _lines(self) -> list[Coded | None]:
        return [clocks.set_by if clocks else None for clocks in self._clocks]

    @cached_property
    def _calendars(self) -> list[Coded | None]:
        return [coded(clocks.columns["calendar"]) if clocks else None for clocks in self._clocks]

    def columns(self, at: Ints) -> list[Column]:
        """What the aims of some of the clocks (-1: of none) differ in."""
        found: list[Column] = []
        for side, places in enumerate(self._places):
            place = picked(places, at, -1)
            said = filter(None, (self._lines[side], self._calendars[side]))
            found += [(picked(column.codes, place, -1) + 1, len(column.names) + 1) for column in said]
            used, targets = np.unique(picked(self._targets[side], at, NONE), return_inverse=True)
            found.append((targets.astype(np.int64), len(used)))
        return found

    def aims(self, at: int) -> tuple[Aim, Aim]:
        """The target of a clock under both policies."""
        return self._aim(0, at), self._aim(1, at)

    def _aim(self, side: int, at: int) -> Aim:
        place, lines, calendars = int(self._places[side][at]), self._lines[side], self._calendars[side]
        if place < 0 or at < 0 or lines is None or calendars is None:
            return Aim()
        seconds = int(self._targets[side][at])
        line, calendar = lines.names[lines.codes[place]], calendars.names[calendars.codes[place]]
        return Aim(line, None if seconds == NONE else seconds, calendar)


class Sides:
    """Two results of the same tickets, in the same order, none of them with an `error`."""

    def __init__(self, causes: Causes, old: pa.Table, new: pa.Table) -> None:
        teams: dict[str, int] = {}
        self.causes = causes
        self.old, self.new = Side(causes.old, old, teams), Side(causes.new, new, teams)
        self.both = (self.old, self.new)
        names = {
            name: code for code, name in enumerate(dict.fromkeys(self.old.priority.names + self.new.priority.names))
        }
        was, now = (side.priority.renamed(names) for side in self.both)
        self.moved = was != now
        # Why a ticket has its priority matters where it has another.
        why = [
            (np.where(self.moved, column.codes + 1, 0), len(column.names) + 1)
            for side in self.both
            for column in side.why
        ]
        self._cases, first = combined([(was, len(names)), (now, len(names)), *why])
        self._of_cases = [(self.old.case(row), self.new.case(row)) for row in first.tolist()]
        self.pairs = {metric: Pair(metric, self.both) for metric in dict.fromkeys((*self.new.clocks, *self.old.clocks))}

    def grouped(
        self,
        rows: Ints,
        columns: Sequence[Column],
        group: Callable[[int, Case, Case], Group],
        instants: tuple[Ints, Ints] | None = None,
    ) -> Iterator[Changes]:
        """Changes of tickets as groups: `group` makes one of a place among `rows` and its ticket's two cases.

        Those that agree in every one of the columns, and in their cases, are in the same group. Nothing, where there
        is no change.
        """
        if not len(rows):
            return
        codes, first = combined([(self._cases[rows], len(self._of_cases)), *columns])
        made = [group(place, *self._of_cases[self._cases[rows[place]]]) for place in first.tolist()]
        every = {one: code for code, one in enumerate(dict.fromkeys(made))}
        yield Changes(rows, np.array([every[one] for one in made], np.int64)[codes], tuple(every), instants)
