"""What tests of the service stand on: the shipped policy on a shelf, a clock set by hand, ears for what is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from support_policy.adapters.sql.store import open_store
from support_policy.model.event import Event, instant, micros
from support_policy.policy.compiled import Policy
from support_policy.service.watch.desk import Desk, Fact, Taken
from support_policy.service.watch.ports import Store, Work
from support_policy.service.watch.rows import Head, Letter, Pending
from support_policy.service.watch.worker import Worker
from support_policy.service.watch.writing import write
from tests.ticket.histories import LOS_ANGELES, local, policy

P1 = {"organization": "acme", "stated_priority": "P1", "environment": "production", "site_status": "down"}
P3 = {"organization": "acme", "stated_priority": "P3", "kind": "problem"}
MANAGER = "support-manager.acme@vmoso.example"
DIRECTORS = ("director.services@vmoso.example", "director.americas@vmoso.example")
NINE = local("03-02 09:00", LOS_ANGELES)
"""A Monday morning, the office just open."""


@dataclass
class Fixed:
    """A shelf with one version for good."""

    policy: Policy = field(default_factory=policy)

    def refresh(self, work: Work) -> bool:  # noqa: ARG002 - the port says so
        """Nothing ever comes."""
        return False


@dataclass
class HandClock:
    """A clock that stands still until it is set."""

    at: datetime = NINE

    def now(self) -> datetime:
        """Where it stands."""
        return self.at

    def tick(self, **by: float) -> datetime:
        """Set it on by so much, or back."""
        self.at += timedelta(**by)
        return self.at


class Ears:
    """Hears what is counted and said."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.lateness: list[float] = []
        self.gauges: dict[str, float] = {}
        self.said: list[tuple[str, str, Mapping[str, object]]] = []

    def decided(self, trigger: str, outcome: str) -> None:
        """Count it."""
        self.counts["decided", trigger, outcome] += 1

    def late(self, seconds: float) -> None:
        """Count it."""
        self.lateness.append(seconds)

    def breached(self, priority: str, metric: str) -> None:
        """Count it."""
        self.counts["breached", priority, metric] += 1

    def delivered(self, kind: str, result: str) -> None:
        """Count it."""
        self.counts["delivered", kind, result] += 1

    def mail(self, status: str) -> None:
        """Count it."""
        self.counts["mail", status] += 1

    def refused(self, why: str) -> None:
        """Count it."""
        self.counts["refused", why] += 1

    def gauge(self, name: str, value: float) -> None:
        """Keep it."""
        self.gauges[name] = value

    def say(self, level: str, event: str, **about: object) -> None:
        """Keep it."""
        self.said.append((level, event, about))


class House:
    """A desk and a worker on a store, with a clock set by hand."""

    def __init__(self, store: Store, *, shelf: Fixed | None = None, shadow: bool = False) -> None:
        self.store, self.ears, self.clock = store, Ears(), HandClock()
        self.desk = Desk(shelf or Fixed(), shadow=shadow)
        self.worker = Worker(store, self.desk, self.ears)

    def take(self, *facts: Fact) -> list[Taken]:
        """Facts learned now."""
        return write(self.store, lambda work: self.desk.take(work, facts, self.clock.now()))

    def event(self, ticket: str, type: str, at: datetime | None = None, **more: Any) -> Taken:
        """One event, learned now; it happens now unless `at` says otherwise."""
        names = {"by", "actor", "on_behalf_of", "id", "fields"}
        known = {name: more.pop(name) for name in names & set(more)}
        return self.take(Fact(ticket, Event(type, at or self.clock.now(), **known, data=more)))[0]

    def submit(self, fields: Mapping[str, Any] = P1, **more: Any) -> str:
        """A new ticket from a customer; its name."""
        given = {"by": "customer", "actor": "jane@acme.example", **more}
        return self.event("", "submitted", fields=dict(fields), **given).ticket

    def work(self) -> int:
        """The worker does all there is to do now."""
        total = 0
        while done := self.worker.step(self.clock.now()):
            total += done
        return total

    def until(self, at: datetime) -> None:
        """Time passes; the worker wakes at every instant that is due, at that instant."""
        while True:
            with self.store.look() as work:
                _, due = work.tickets.overdue(micros(at) + 1)
            if due is None:
                break
            self.clock.at = max(self.clock.at, instant(due))
            if not self.work():
                break
        self.clock.at = at

    def letters(self, **where: Any) -> Sequence[Letter]:
        """The letters that there are."""
        with self.store.look() as work:
            return work.letters.page(where, 0, 1000)

    def head(self, ticket: str) -> Head:
        """A ticket in short."""
        with self.store.look() as work:
            return work.tickets.heads([ticket], lock=False)[ticket]

    def log(self, ticket: str) -> tuple[Event, ...]:
        """A ticket's log as it is stored."""
        with self.store.look() as work:
            return work.tickets.logs([ticket])[ticket]

    def pending(self) -> Sequence[Pending]:
        """What every ticket waits for."""
        with self.store.look() as work:
            return work.tickets.pending(micros(self.clock.at + timedelta(days=10_000)), 1000)

    def types(self, ticket: str) -> list[str]:
        """The types of a ticket's records, in order."""
        return [event.type for event in self.log(ticket)]


@contextmanager
def house(url: str = "sqlite://", **more: Any) -> Iterator[House]:
    """A house on a store of its own, in memory unless `url` says otherwise."""
    store = open_store(url)
    try:
        yield House(store, **more)
    finally:
        store.close()
