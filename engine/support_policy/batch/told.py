"""Who would have been told, how often and in which hours of the week; which levels of which chains would have fired."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from support_policy.batch.coded import (
    HOURS_A_WEEK,
    Coded,
    Ints,
    Zones,
    coded,
    combined,
    distinct,
    hours_of_week,
    numbers,
    rows_within,
)
from support_policy.batch.counters import Names, counted, grown, summed
from support_policy.policy.compiled import Policy


def levels_of(policy: Policy) -> dict[tuple[str, int], str]:
    """(chain, level) -> the role whose notification stands for a firing of the level, in the policy's order."""
    chains = policy.text.chains.values()
    return {(str(c.name), level.number): str(level.notify[0]) for c in chains for level in c.levels if level.notify}


class Told:
    """Notifications by role, and the firings they tell of by level and priority."""

    def __init__(self, policy: Policy) -> None:
        self.levels_known = levels_of(policy)
        self.priorities = tuple(map(str, policy.text.priorities))
        self.names, self.commands = Names(), Names()
        self.sums: Ints = np.zeros((0, 2), np.int64)
        """By role: notifications, addresses."""
        self.by_command: dict[tuple[str, str], int] = {}
        self.hours: Ints = np.zeros((0, HOURS_A_WEEK), np.int64)
        self.fired: Ints = np.zeros((len(self.priorities), len(self.levels_known), 2), np.int64)
        """By priority and level: firings, tickets."""
        self.fired_hours: Ints = np.zeros(HOURS_A_WEEK, np.int64)

    def add(self, notifications: Any, priority: Coded, offices: Coded, zones: Zones) -> None:
        """Add the notifications of tickets (`schema.NOTIFICATION`), with the priority and office of each."""
        rows, structs = rows_within(notifications)
        if not len(rows):
            return
        role, command = coded(structs.field("role")), coded(structs.field("command"))
        hours = hours_of_week(zones.local(numbers(structs.field("at")), offices.take(rows)))
        mine, size = self._room(role.names), len(role.names)
        self.sums[mine, 0] += counted(role.codes, (size,))
        self.sums[mine, 1] += summed(role.codes, np.maximum(numbers(structs.field("people")), 0), size)
        self.hours[mine] += counted(role.codes * HOURS_A_WEEK + hours, (size, HOURS_A_WEEK))
        pairs = counted(role.codes * len(command.names) + command.codes, (size, len(command.names)))
        for (of, by), n in np.ndenumerate(pairs):
            if n:
                key = role.names[of], command.names[by]
                self.by_command[key] = self.by_command.get(key, 0) + int(n)
        level = self._levels(structs, role, command)
        self._fired(rows[level >= 0], level[level >= 0], hours[level >= 0], priority)

    def _levels(self, structs: Any, role: Coded, command: Coded) -> Ints:
        """The level of which each notification tells that it fired, once for each firing; -1 for any other."""
        chain, number = coded(structs.field("chain")), numbers(structs.field("level"))
        level = np.clip(number, 0, None)
        codes, first = combined(
            [(level, int(level.max()) + 1), *((column.codes, len(column.names)) for column in (chain, role, command))]
        )
        places = {level: place for place, level in enumerate(self.levels_known)}
        found = []
        for row in first.tolist():
            step = chain.names[chain.codes[row]], int(number[row])
            told, by = role.names[role.codes[row]], command.names[command.codes[row]]
            found.append(places[step] if by == "notify" and self.levels_known.get(step) == told else -1)
        return np.array(found, np.int64)[codes]

    def _fired(self, rows: Ints, levels: Ints, hours: Ints, priority: Coded) -> None:
        self.fired_hours += np.bincount(hours, minlength=HOURS_A_WEEK)
        wide, shape = len(self.levels_known), self.fired.shape[:2]
        of = priority.renamed({name: place for place, name in enumerate(self.priorities)})
        each = distinct(rows * wide + levels)
        for place, (where, which) in enumerate(((rows, levels), (each // max(wide, 1), each % max(wide, 1)))):
            known = of[where] >= 0
            self.fired[:, :, place] += counted((of[where] * wide + which)[known], shape)

    def merge(self, other: Told) -> None:
        """Add what another has counted."""
        mine, size = self._room(other.names), len(other.names)
        self.sums[mine] += other.sums[:size]
        self.hours[mine] += other.hours[:size]
        for key, n in other.by_command.items():
            self.by_command[key] = self.by_command.get(key, 0) + n
        self.fired += other.fired
        self.fired_hours += other.fired_hours

    def roles(self) -> list[dict[str, Any]]:
        """One row for each role that is told of something, by name."""
        return list(self._roles())

    def _roles(self) -> Iterator[dict[str, Any]]:
        for name in sorted(self.names):
            place = self.names.places[name]
            commands = {command: n for (role, command), n in sorted(self.by_command.items()) if role == name}
            yield {
                "role": name,
                "told": int(self.sums[place, 0]),
                "people": int(self.sums[place, 1]),
                "commands": commands,
                "hours": self.hours[place].tolist(),
            }

    def escalation_hours(self) -> list[int]:
        """Firings by hour of the week at the office."""
        found: list[int] = self.fired_hours.tolist()
        return found

    def levels(self, priority: str = "") -> list[dict[str, Any]]:
        """One row for each level that fired, by chain and level; for tickets of a priority (empty: of any)."""
        of = [self.priorities.index(priority)] if priority else list(range(len(self.priorities)))
        rows = zip(sorted(enumerate(self.levels_known), key=lambda item: item[1]), strict=True)
        return [
            {"chain": chain, "level": level, "fired": int(fired), "tickets": int(tickets)}
            for ((place, (chain, level)),) in rows
            for fired, tickets in [self.fired[of, place].sum(axis=0)]
            if fired
        ]

    def _room(self, names: Any) -> Ints:
        mine = self.names.codes(names)
        self.sums, self.hours = grown(self.sums, len(self.names)), grown(self.hours, len(self.names))
        return mine
