"""The worker: claims what is due, has it decided, and stores it. Any number of them may work on one store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from support_policy.model.event import micros
from support_policy.service.watch.desk import Desk
from support_policy.service.watch.ports import Meter, Store, StoreBusy, StoreForeign, StoreFull, Work
from support_policy.service.watch.rows import Made
from support_policy.service.watch.writing import write


class Worker:
    """Has due instants happen; `batch` tickets a transaction, so that none is locked for long."""

    def __init__(self, store: Store, desk: Desk, meter: Meter, batch: int = 50) -> None:
        self.store, self.desk, self.meter, self.batch = store, desk, meter, batch

    def step(self, now: datetime) -> int:
        """Decide one batch of what is due at `now`; how many tickets that were. Raises what the store raises."""
        claimed: list[str] = []

        def do(work: Work) -> list[Made]:
            claimed[:] = work.tickets.due(micros(now), self.batch)
            return self.desk.fall_due(work, claimed, now) if claimed else []

        try:
            made = write(self.store, do)
        except (StoreBusy, StoreFull, StoreForeign):
            raise
        except Exception:
            if not claimed:
                raise
            # One of them contradicts what is stored, or cannot be stored: it must not hold the others up.
            made = [one for ticket in claimed for one in self._alone(ticket, now)]
        self._count(made, now)
        return len(claimed)

    def _alone(self, ticket: str, now: datetime) -> Sequence[Made]:
        try:
            return write(self.store, lambda work: self.desk.fall_due(work, [ticket], now))
        except (StoreBusy, StoreFull, StoreForeign):
            raise
        except Exception as problem:  # noqa: BLE001 - what it is, is kept with the ticket
            why = problem
            write(self.store, lambda work: self.desk.put_aside(work, ticket, now, why))
            return []

    def _count(self, made: Sequence[Made], now: datetime) -> None:
        for one in made:
            for record in one.records:
                if "due_at" in record.data and record.data.get("cause") in ("due", "caught_up"):
                    due = datetime.fromisoformat(record.data["due_at"])
                    self.meter.late((now - due).total_seconds())
                    self.meter.decided("due", record.type)
                if record.type == "target_breached":
                    self.meter.breached(one.head.priority, str(record.data["metric"]))
