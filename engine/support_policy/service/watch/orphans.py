"""Letters that a dead worker had claimed come free long before the lease is over: a manager waits for one of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from support_policy.model.event import micros
from support_policy.service.watch.ports import Journal, Store
from support_policy.service.watch.writing import write

SILENT = timedelta(seconds=30)
"""So long after its last heartbeat a worker is taken for dead; it beats three times as often."""


class Orphans:
    """Gives free what was claimed, for `lease` seconds, by workers that are silent; one that is only slow sends it too.

    That does no harm: a receiver knows the second by its Message-ID, and what another has stored is not unsaid.
    """

    def __init__(self, store: Store, journal: Journal, lease: float) -> None:
        self.store, self.journal, self.lease = store, journal, timedelta(seconds=lease)

    def step(self, now: datetime) -> int:
        """Look once; how many letters came free. Raises what the store raises."""
        since = now - SILENT
        # A worker that has only just begun may have claimed before its first heartbeat.
        claimed_before = micros(since + self.lease)
        with self.store.look() as work:
            if not work.letters.orphans(micros(now), claimed_before, micros(since)):
                return 0
        freed = write(self.store, lambda work: work.letters.free(micros(now), claimed_before, micros(since)))
        self.journal.say("warning", "letters of a dead worker come free", letters=freed)
        return 0
