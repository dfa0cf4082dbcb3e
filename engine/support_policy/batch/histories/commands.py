"""The commands that tell somebody something, by number, and who is told on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.histories.codes import NONE
from support_policy.batch.histories.state import Ints, Tickets

COMMANDS = ("notify", "notify_again", "triage", "advise_clarification", "flag", "tell_customer")
NOTIFY, NOTIFY_AGAIN, TRIAGE = 0, 1, 2
TOLD_CUSTOMER = 5
ADVISED = ("advise_clarification", "flag")


@dataclass(frozen=True)
class Notice:
    """Many tickets' command of one kind to the same roles; `customer` and `team` as their columns have them."""

    tickets: Ints
    at: Ints
    command: int
    roles: tuple[str, ...]
    chain: int
    level: int
    cycle: NDArray[np.int32]
    cause: int
    customer: NDArray[np.int32]
    team: NDArray[np.int32]


class Notices:
    """Commands to roles, in the order in which they are given."""

    def __init__(self, state: Tickets) -> None:
        self._state = state
        self.given: list[Notice] = []

    def add(
        self,
        tickets: Ints,
        at: Ints,
        command: int,
        roles: Iterable[str],
        *,
        chain: int = NONE,
        level: int = 0,
        cycle: NDArray[np.int32] | None = None,
        cause: int = 0,
    ) -> None:
        """Tell roles of something, at an instant each."""
        named = tuple(map(str, roles))
        if named and len(tickets):
            cycles = np.zeros(len(tickets), np.int32) if cycle is None else cycle
            customer, team = self._state.facts["organization"][tickets], self._state.team[tickets]
            self.given.append(Notice(tickets, at, command, named, chain, level, cycles, cause, customer, team))
