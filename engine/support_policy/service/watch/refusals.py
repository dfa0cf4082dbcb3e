"""Calls that were refused, in the audit trail: each one, but for a flood, of which the number is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from time import monotonic

from support_policy.model.event import micros
from support_policy.service.watch.buckets import Buckets
from support_policy.service.watch.ports import Journal, Meter, Store, StoreBusy, StoreConflict, StoreFull
from support_policy.service.watch.rows import AuditRow
from support_policy.service.watch.writing import write

REFUSED = "call.refused"


class Refusals:
    """Writes `call.refused` rows: `per_minute` on average, `most` at once; the next row says how many were left out."""

    def __init__(
        self,
        store: Store,
        meter: Meter,
        journal: Journal,
        per_minute: float = 60,
        most: float = 120,
        tick: Callable[[], float] = monotonic,
    ) -> None:
        self.store, self.meter, self.journal = store, meter, journal
        self._room = Buckets(per_minute, most, tick=tick)
        self._lock = Lock()
        self._left_out = 0

    def note(self, now: datetime, why: str, actor: str, subject: str, **about: object) -> None:
        """A call was refused: `why` is a word, `actor` the principal or peer, `subject` the path. No secret goes in."""
        self.meter.refused(why)
        if self._room.take("rows"):
            with self._lock:
                self._left_out += 1
            return
        self.journal.say("warning", "call refused", why=why, actor=actor, path=subject, **about)
        self._write(now, actor, subject, {"why": why, **about})

    def step(self, now: datetime) -> int:
        """Write down what was left out, where nothing has been refused since: for a round once a minute."""
        with self._lock:
            waiting = self._left_out
        if not waiting or self._room.take("rows"):
            return 0
        self._write(now, "", "", {"why": "flood"})
        return 1

    def _write(self, now: datetime, actor: str, subject: str, detail: dict[str, object]) -> None:
        with self._lock:
            left_out, self._left_out = self._left_out, 0
        if left_out:
            detail["left_out"] = left_out
        row = AuditRow(micros(now), REFUSED, actor, subject, detail)
        try:
            write(self.store, lambda work: work.register.audit(row))
        except (StoreBusy, StoreConflict, StoreFull) as problem:
            # The call is refused all the same; the line of the log above is what remains of it.
            with self._lock:
                self._left_out += left_out + 1
            self.journal.say("error", "a refused call could not be audited", why=str(problem))
