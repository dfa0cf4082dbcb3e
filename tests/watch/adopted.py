"""A small policy adopted into a store of its own, version by version, and all that decides over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select, text

from support_policy.adapters.sql.store import SqlStore, open_store
from support_policy.adapters.sql.tables import metadata
from support_policy.clock.holidays import Holidays, UnknownPlaceError
from support_policy.model.event import Event, instant, micros
from support_policy.policy.calendars import HolidaySource
from support_policy.policy.compiled import Policy, compile_policy
from support_policy.service.watch.adopting import Adopting
from support_policy.service.watch.desk import Desk, Fact, fold
from support_policy.service.watch.reaim import Reaim
from support_policy.service.watch.rows import AuditRow, Head, Letter, Pending
from support_policy.service.watch.versions import Compile, StoredShelf
from support_policy.ticket.state import TicketState
from tests.policy.small import POLICY, SMALL
from tests.watch.house import HandClock

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CHRISTMAS, BOXING_DAY = date(2026, 12, 25), date(2026, 12, 28)
RETARGET = "open_tickets: retarget\n"
SHORTER = ("first_response: 8bh", "first_response: 1bh")
"""What `version` makes of the target of a P2."""


def library(version: str, *days: date) -> HolidaySource:
    """A library of holidays of some release, which knows these days of Great Britain."""

    def source(country: str, subdivision: str | None, category: str) -> Holidays:
        if country != "GB":
            raise UnknownPlaceError("country", country, "a code", "GB")
        known = MappingProxyType(dict.fromkeys(days, f"a {category} holiday"))
        return Holidays(country, subdivision, known, (), version, (1900, 2200), None)

    return source


OLD, NEW = library("1", CHRISTMAS), library("2", CHRISTMAS, BOXING_DAY)


def compiled(files: Mapping[str, bytes], holidays: HolidaySource) -> Policy:
    """The policy of some files."""
    return compile_policy(files, holidays, "test")


def version(label: str, *changes: tuple[str, str], more: str = "") -> dict[str, bytes]:
    """The small policy under a label, with pieces of policy.yaml replaced and lines added on top."""
    text = POLICY.replace("version: 1\n", f"version: {label}\n{more}")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return {name: (text if name == "policy.yaml" else said).encode() for name, said in SMALL.items()}


def submitted(at: datetime, priority: str = "P1") -> Event:
    """A ticket of acme begins."""
    return Event("submitted", at, by="customer", fields={"organization": "acme", "stated_priority": priority})


class Service:
    """A store with a policy in force (or none yet), a clock set by hand, and all that decides over them."""

    def __init__(
        self,
        store: SqlStore,
        first: Mapping[str, bytes] | None = None,
        *,
        holidays: HolidaySource = OLD,
        compile: Compile = compiled,
        at: datetime = NOW,
    ) -> None:
        self.store, self.clock, self.compile = store, HandClock(at), compile
        self.adopting = self.process(holidays)
        self.shelf = self.adopting.shelf
        if first is not None:
            assert self.adopting.adopt(first, "start").outcome == "adopted"
        self.desk = Desk(self.shelf)
        self.reaim = Reaim(store, self.desk, self.shelf, limit=2)

    def process(self, holidays: HolidaySource = OLD) -> Adopting:
        """Another process, with a shelf of its own."""
        with self.store.look() as work:
            shelf = StoredShelf.load(work, self.compile)
        return Adopting(shelf, self.store, self.clock, holidays)

    def take(self, event: Event, ticket: str = "") -> str:
        """Take an event in at the clock's instant; the ticket's name."""
        with self.store.begin() as work:
            return self.desk.take(work, [Fact(ticket, event)], self.clock.now())[0].ticket

    def three(self) -> list[str]:
        """Two open tickets and one that is resolved."""
        tickets = [self.take(submitted(NOW, priority)) for priority in ("P1", "P2", "P2")]
        self.take(Event("resolved", NOW, by="engineer"), tickets[2])
        return tickets

    def work(self) -> None:
        """Have everything happen that is due by the clock's instant, each at its own."""
        while True:
            with self.store.begin() as work:
                first = next(iter(work.tickets.pending(micros(self.clock.at), 1)), None)
                if first is None:
                    return
                self.desk.fall_due(work, work.tickets.due(first.due, 10), instant(first.due))

    def aim_all(self) -> int:
        """Aim anew until nothing is behind; how many tickets were looked at."""
        looked = 0
        while step := self.reaim.step(self.clock.now()):
            looked += step
        return looked

    # -- what is stored -------------------------------------------------------------------------------------------

    def projections(self) -> dict[str, tuple[Head, Pending | None, tuple[str, ...]]]:
        """What is stored of every ticket beside its log."""
        with self.store.look() as work:
            return {row[0].ticket: row for row in work.tickets.every("", 1000)}

    def heads(self) -> dict[str, Head]:
        """Every ticket in short."""
        return {ticket: head for ticket, (head, _, _) in self.projections().items()}

    def logs(self) -> Mapping[str, tuple[Event, ...]]:
        """Every ticket's log."""
        tickets = list(self.heads())
        with self.store.look() as work:
            return work.tickets.logs(tickets)

    def states(self) -> dict[str, TicketState]:
        """Every ticket, from its log."""
        return {ticket: fold(ticket, log) for ticket, log in self.logs().items()}

    def letters(self) -> Sequence[Letter]:
        """Every letter."""
        with self.store.look() as work:
            return work.letters.page({}, 0, 10_000)

    def audits(self) -> Sequence[AuditRow]:
        """The audit trail."""
        with self.store.look() as work:
            return work.register.audit_page("", 0, 1000)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        with self.store.look() as work:
            return int(work.connection.execute(select(func.count()).select_from(metadata.tables[table])).scalar_one())

    def tamper(self, statement: str, **values: Any) -> None:
        """Somebody changes what is stored, by whatever means."""
        with self.store.begin() as work:
            names = work.connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
            for name in list(names):
                work.connection.execute(text(f"DROP TRIGGER {name}"))
            work.connection.execute(text(statement), values)


Serve = Callable[..., Service]
"""Makes services, as `service` does."""


@contextmanager
def service(first: Mapping[str, bytes] | None = None, **more: Any) -> Iterator[Service]:
    """A service on a store in memory."""
    store = open_store("sqlite://")
    try:
        yield Service(store, first, **more)
    finally:
        store.close()
