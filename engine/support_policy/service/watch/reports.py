"""The port for what is asked of all tickets at once, for lists and sums; see `ports.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from support_policy.model.event import Event
from support_policy.service.watch.rows import Head


@dataclass(frozen=True, slots=True)
class Which:
    """Which open tickets are asked for; what is empty (None) leaves none out.

    `since`: in their state since that instant or longer; `begun`: begun then or earlier.
    """

    states: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    breached: bool | None = None
    since: int | None = None
    begun: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A record of a ticket's log, with the ticket's organization and priority as they are now."""

    ticket: str
    organization: str
    priority: str
    event: Event


class Reports(Protocol):
    """What is asked of all tickets at once, for lists and sums. Rows come as they are read: there may be many."""

    def listed(self, which: Which) -> Iterable[Head]:
        """The open tickets of a choice, in no order."""
        ...

    def recorded(self, types: Sequence[str], since: int, until: int) -> Iterable[Recorded]:
        """The engine's records of these types that were learned after `since`, and by `until`."""
        ...

    def begun(self, since: int, until: int) -> Mapping[tuple[str, str], int]:
        """How many tickets began after `since`, and by `until`: (organization, priority) -> count."""
        ...
