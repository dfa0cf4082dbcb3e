"""The service on a store, for timing: a desk, tickets that come in, the rows they leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from support_policy import Policy, load_policy
from support_policy.adapters.sql.store import SqlStore
from support_policy.model.event import Event
from support_policy.service.watch.desk import Desk, Fact
from support_policy.service.watch.ports import Work
from support_policy.service.watch.writing import write

ROOT = Path(__file__).resolve().parents[1]
NINE = datetime(2026, 3, 2, 17, tzinfo=UTC)
"""A Monday morning in the default office."""
EMERGENCY = {
    "organization": "acme",
    "stated_priority": "P1",
    "environment": "production",
    "site_status": "down",
    "kind": "problem",
    "subject": "The shop does not answer",
}


class OnePolicy:
    """A shelf with the shipped policy."""

    def __init__(self) -> None:
        self.policy: Policy = load_policy(ROOT)

    def refresh(self, work: Work) -> bool:
        """Ask for the newest version, as every transaction does; there never is another."""
        return work.versions.newest() > 0


def desk() -> Desk:
    """A desk with the shipped policy."""
    return Desk(OnePolicy())


def facts(count: int, start: int = 0) -> Iterator[Fact]:
    """Tickets that are submitted and answered: every second event begins one."""
    for number in range(start, start + count):
        at, ticket = NINE + timedelta(seconds=number), f"T-{number // 2}"
        if number % 2 == 0:
            yield Fact(ticket, Event("submitted", at, by="customer", actor="jane@acme.example", fields=EMERGENCY))
        else:
            yield Fact(ticket, Event("responded", at, by="engineer", actor="engineers.americas@vmoso.example"))


def take(store: SqlStore, at_desk: Desk, given: Sequence[Fact]) -> None:
    """One transaction."""
    now = given[-1].event.at
    write(store, lambda work: at_desk.take(work, given, now))


class Ticking:
    """A clock that begins at an instant and goes on as fast as any."""

    def __init__(self, start: datetime) -> None:
        self.start, self._from = start, perf_counter()

    def now(self) -> datetime:
        """The present instant."""
        return self.start + timedelta(seconds=perf_counter() - self._from)
