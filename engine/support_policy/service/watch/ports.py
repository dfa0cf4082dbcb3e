"""The ports of the service: what it needs of a store, a clock and a messenger, and nothing of how they are made.

A `Store` gives transactions (`begin`); a transaction (`Work`) has one part for each thing that is kept. A transaction
commits when its block ends and is rolled back when the block raises. Inside, what is read may be relied on: `heads(...,
lock=True)` locks those tickets until the end (PostgreSQL: FOR UPDATE; SQLite: the transaction is IMMEDIATE).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from support_policy.policy.compiled import Policy
from support_policy.service.watch.parts import Letters, Mails, Register, Tickets, Versions
from support_policy.service.watch.reports import Reports
from support_policy.service.watch.rows import Letter


class StoreBusy(Exception):
    """The store could not be reached or locked in time; nothing was changed, and trying again is right."""


class StoreConflict(Exception):
    """What was to be stored contradicts what is stored (another process was faster); nothing was changed."""


class StoreFull(Exception):
    """The store cannot take more (a full disk); nothing was changed."""


class StoreForeign(StoreBusy):
    """The database is not one that this program can use: a newer program's, somebody else's, or damaged.

    Trying again helps once somebody has seen to it.
    """


class Shelf(Protocol):
    """The versions of the policy that this process decides with."""

    @property
    def policy(self) -> Policy:
        """The newest version, tied to those before it."""
        ...

    def refresh(self, work: Work) -> bool:
        """Take in versions that another process has adopted meanwhile; whether there were any."""
        ...


class Clock(Protocol):
    """The time, asked for only at the edges."""

    def now(self) -> datetime:
        """The present instant, aware."""
        ...


class Work(Protocol):
    """One transaction."""

    @property
    def tickets(self) -> Tickets:
        """See there."""

    @property
    def reports(self) -> Reports:
        """See there."""

    @property
    def letters(self) -> Letters:
        """See there."""

    @property
    def versions(self) -> Versions:
        """See there."""

    @property
    def mails(self) -> Mails:
        """See there."""

    @property
    def register(self) -> Register:
        """See there."""

    def attempt(self) -> AbstractContextManager[None]:
        """A part of the transaction that is undone alone when it raises (a savepoint)."""
        ...

    def afterwards(self, do: Callable[[], None]) -> None:
        """Call `do` once the transaction has been committed, in the order of asking; not when it is rolled back."""
        ...


class Store(Protocol):
    """Where it is all kept."""

    def begin(self) -> AbstractContextManager[Work]:
        """A transaction that may write. Raises `StoreBusy`, `StoreConflict` or `StoreFull`, nothing being changed."""
        ...

    def look(self) -> AbstractContextManager[Work]:
        """A transaction that only reads, and waits for no writer."""
        ...

    def close(self) -> None:
        """Give back what was opened."""
        ...


class Meter(Protocol):
    """What is counted as it happens, for those who watch the service."""

    def decided(self, trigger: str, outcome: str) -> None:
        """A fact was taken (its type, what became of it), or something fell due (`due`, its kind)."""
        ...

    def late(self, seconds: float) -> None:
        """Something that fell due was decided so long after its instant."""
        ...

    def breached(self, priority: str, metric: str) -> None:
        """A target was missed."""
        ...

    def delivered(self, kind: str, result: str) -> None:
        """A letter was handed to a kind of messenger: sent, later, dead, listed."""
        ...

    def mail(self, status: str) -> None:
        """A mail came in: taken, ignored, kept, refused."""
        ...

    def refused(self, why: str) -> None:
        """A call was refused: token, scope, rate, size."""
        ...

    def gauge(self, name: str, value: float) -> None:
        """How many there are now: `overdue`, `stuck`, `letters_waiting`, `letters_dead`, `alarms`, `workers`."""
        ...


class Journal(Protocol):
    """Where the service says what it does, for its operator; secrets never go in."""

    def say(self, level: str, event: str, **about: object) -> None:
        """One thing that happened: `debug`, `info`, `warning` or `error`; a short sentence, and what it is about."""
        ...


class Undeliverable(Exception):
    """A message cannot be delivered and trying again is useless (a refused recipient)."""


class NotNow(Exception):
    """A message could not be delivered now; trying again later is right. `after` is in seconds, where it was said."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


class Unreachable(NotNow):
    """Nothing can be delivered by this messenger now, whatever the letter: the others need not be tried."""


class Messenger(Protocol):
    """Delivers one letter to one kind of address."""

    def deliver(self, letter: Letter, message_id: str) -> None:
        """Hand it over; returns when the other side has taken it. Raises `Undeliverable` or `NotNow`."""
        ...

    def close(self) -> None:
        """Give back what was opened."""
        ...
