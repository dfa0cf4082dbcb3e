"""Promises by number: each combination of priority, plan and rules that fired is worked out once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from support_policy.model.calendars import LOCAL
from support_policy.model.promise import Target, chosen
from support_policy.policy.compiled import Policy
from support_policy.ticket.promise import chosen_chains, chosen_targets, entry_of, table_promise

LOCAL_CODE = -1
"""The calendar of the office that serves the ticket."""


class Promises:
    """What tickets are promised, in arrays by the promise's number and the metric's or the chain's."""

    def __init__(self, policy: Policy, calendars: Mapping[str, int]) -> None:
        self.policy, self._calendars = policy, calendars
        self._numbers: dict[tuple[str, str | None, tuple[int, ...]], int] = {}
        self._metrics, self._chains = tuple(policy.text.metrics), tuple(policy.text.chains)
        self.sources: list[str] = []
        """Lines of the policy that targets follow from."""
        self._rows: list[tuple[list[int], list[bool], list[int], list[int], list[bool]]] = []
        self.orders: list[tuple[int, ...]] = []
        """By promise: the chains, in order."""
        self._stacked = 0

    def number(self, priority: str, plan: str | None, fired: tuple[int, ...]) -> int:
        """The number of a promise; new ones are worked out."""
        key = (priority, plan, fired)
        if key not in self._numbers:
            self._numbers[key] = len(self._rows)
            self._add(priority, plan, fired)
        return self._numbers[key]

    def _add(self, priority: str, plan: str | None, fired: tuple[int, ...]) -> None:
        policy = self.policy
        base, named = table_promise(policy, priority, plan)
        targets: Mapping[str, Target] = chosen_targets(policy, base, fired) if policy.choices else base
        chains = chosen_chains(policy, named, fired) if policy.choices else tuple(dict.fromkeys(named))
        chains = tuple(chain for chain in chains if chain in policy.text.chains)
        seconds, business, calendars, sources = [], [], [], []
        for name in self._metrics:
            target = targets.get(name)
            where = (target.calendar if target else "") or chosen(policy.text.metrics[name].calendar, priority) or LOCAL
            seconds.append(target.seconds if target else -1)
            business.append(target.business if target else True)
            calendars.append(LOCAL_CODE if where == LOCAL else self._calendars[where])
            sources.append(self._source(priority, plan, fired, name, target))
        has = [name in chains for name in self._chains]
        self._rows.append((seconds, business, calendars, sources, has))
        self.orders.append(tuple(self._chains.index(chain) for chain in chains))

    def _source(
        self, priority: str, plan: str | None, fired: tuple[int, ...], metric: str, target: Target | None
    ) -> int:
        if target is None:
            return -1
        line = source_of(self.policy, priority, plan, fired, metric, target.seconds, target.business)
        if line not in self.sources:
            self.sources.append(line)
        return self.sources.index(line)

    def stacked(self) -> None:
        """Bring the arrays up to date."""
        if self._stacked == len(self._rows):
            return
        rows = self._rows
        self.seconds: NDArray[np.int64] = np.array([row[0] for row in rows], np.int64)
        self.business: NDArray[np.bool_] = np.array([row[1] for row in rows], bool)
        self.calendar: NDArray[np.int32] = np.array([row[2] for row in rows], np.int32)
        self.source: NDArray[np.int32] = np.array([row[3] for row in rows], np.int32)
        self.has: NDArray[np.bool_] = np.array([row[4] for row in rows], bool).reshape(len(rows), len(self._chains))
        self._stacked = len(rows)


def source_of(
    policy: Policy, priority: str, plan: str | None, fired: tuple[int, ...], metric: str, seconds: int, business: bool
) -> str:
    """The line that sets a target: of the plan, of the priority, or the first rule that fired and chooses it."""
    wanted = (seconds, business)
    words, entry = entry_of(policy, plan, priority)
    sold = entry.targets.get(metric) if entry else None
    if words and sold is not None and (sold.seconds, sold.business) == wanted:
        return f"plans.{words.name}.{priority}"
    own = policy.text.priorities[priority].targets.get(metric) if priority in policy.text.priorities else None
    if own is not None and (own.seconds, own.business) == wanted:
        return f"priorities.{priority}.{metric}"
    for index in fired:
        for choice in policy.choices[index]:
            if choice.metric == metric and choice.target and (choice.target.seconds, choice.target.business) == wanted:
                return f"targets.{policy.rules['targets'].words[index].id}"
    return ""
