"""Open tickets are aimed anew where a version takes them over: in batches, so that intake goes on meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from support_policy.model.event import micros
from support_policy.service.watch.desk import Desk
from support_policy.service.watch.ports import Store, StoreBusy, StoreFull, Work
from support_policy.service.watch.rows import Pending, VersionRow
from support_policy.service.watch.versions import StoredShelf
from support_policy.service.watch.writing import write

RECORDS = 200
"""So many records of each ticket are held between reading and deciding; of a longer log more is read twice."""
BATCH = 100
"""Tickets in one transaction: what comes in meanwhile waits for no more than these."""


class Reaim:
    """Has every open ticket look at the versions that take it over. Any number of processes may do so together.

    A ticket about which something happens is taken over by that very decision; this is for all the others. What it
    has decided it marks, so that it can be stopped at any moment and goes on where it was. `limit` is how many tickets
    a transaction decides.
    """

    def __init__(self, store: Store, desk: Desk, shelf: StoredShelf, limit: int = BATCH) -> None:
        self.store, self.shelf, self.limit = store, shelf, limit
        self.desk = desk.apart(RECORDS * limit)

    def step(self, now: datetime) -> int:
        """Aim one batch anew, as of `now`; how many tickets were looked at. Raises what the store raises.

        0 means that no ticket is behind: it may be asked again at leisure, and when another version is in force.
        """
        with self.store.look() as work:
            # Logs are read and folded before anything is locked: that is most of the work, and intake does not wait.
            self.shelf.refresh(work)
            ahead = next(filter(None, (self._behind(work, row, lock=False) for row in self._rows(now))), ())
            if not ahead:
                return 0
            self.desk.read(work, ahead)
        claimed: list[str] = []

        def do(work: Work) -> int:
            claimed.clear()
            self.shelf.refresh(work)
            for row in self._rows(now):
                claimed.extend(self._behind(work, row, lock=True))
                if claimed:
                    self._aim(work, claimed, row, now)
                    break
            return len(claimed)

        try:
            return write(self.store, do)
        except (StoreBusy, StoreFull):
            raise
        except Exception:
            if not claimed:
                raise
            # One of them contradicts what is stored, or cannot be stored: it must not hold the others up.
            return sum(self._alone(ticket, now) for ticket in tuple(claimed))

    def _behind(self, work: Work, row: VersionRow, *, lock: bool) -> Sequence[str]:
        return work.tickets.behind(row.number, row.in_force_from, self.limit, lock=lock)

    def _rows(self, now: datetime) -> list[VersionRow]:
        """The versions in force that take over open tickets, the oldest first: they do so one after the other."""
        rows = (one.row for one in self.shelf.versions[1:])
        return [row for row in rows if row.retarget and row.in_force_from <= micros(now)]

    def _aim(self, work: Work, tickets: Sequence[str], row: VersionRow, now: datetime) -> None:
        made = self.desk.fall_due(work, tickets, now)
        for ticket in set(tickets).difference(one.head.ticket for one in made):
            self._later(work, ticket, row)
        work.tickets.looked_at(tickets, row.number)

    def _later(self, work: Work, ticket: str, row: VersionRow) -> None:
        # It cannot be decided: so that it is tried again, and not only when what it last waited for is due, it waits
        # for the version.
        work.tickets.wait(ticket, Pending(ticket, row.in_force_from, "version", row.digest))

    def _alone(self, ticket: str, now: datetime) -> int:
        def aim(work: Work) -> int:
            for row in self._rows(now):
                self._aim(work, [ticket], row, now)
            return 1

        def put_aside(work: Work) -> int:
            for row in self._rows(now):
                self._later(work, ticket, row)
                work.tickets.looked_at([ticket], row.number)
            self.desk.put_aside(work, ticket, now, why)
            return 1

        try:
            return write(self.store, aim)
        except (StoreBusy, StoreFull):
            raise
        except Exception as problem:  # noqa: BLE001 - what it is, is kept with the ticket
            why = problem
            return write(self.store, put_aside)
