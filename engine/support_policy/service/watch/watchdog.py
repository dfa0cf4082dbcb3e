"""The watchdog: compares the agenda with the clock, and raises an alarm where something due has not happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from support_policy.model.event import instant, micros
from support_policy.service.watch.ports import Journal, Meter, Store, Work
from support_policy.service.watch.rows import AuditRow
from support_policy.service.watch.writing import write

RAISED, CLEARED = "alarm.raised", "alarm.cleared"
ALARMS = {
    "overdue": "what is due has not been decided",
    "stuck": "tickets cannot be decided",
    "letters": "messages wait longer than they should",
}
"""Every alarm, and what it means."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alarm stands: how many things are wrong (0: nothing is), since when, and one of them."""

    name: str
    count: int
    since: int | None = None
    example: str = ""


class Watchdog:
    """Looks from outside: what is due and not decided after `limit`, what cannot be decided, what is not sent."""

    def __init__(self, store: Store, meter: Meter, journal: Journal, limit: timedelta = timedelta(seconds=60)) -> None:
        self.store, self.meter, self.journal, self.limit = store, meter, journal, limit

    def look(self, now: datetime) -> list[Standing]:
        """How every alarm stands; nothing is changed."""
        with self.store.look() as work:
            return list(self._standings(work, now))

    def step(self, now: datetime) -> list[Standing]:
        """Look, and raise or clear alarms: each once, whoever looks."""
        with self.store.look() as work:
            standings = list(self._standings(work, now))
            changed = [one for one in standings if bool(one.count) != _raised(work, one.name)]
            self._measure(work, standings, now)
        for one in changed:
            write(self.store, lambda work, one=one: self._turn(work, one, now))  # type: ignore[misc]
        return standings

    def _standings(self, work: Work, now: datetime) -> Iterator[Standing]:
        count, first = work.tickets.overdue(micros(now - self.limit))
        example = next((one.ticket for one in work.tickets.pending(micros(now), 1)), "") if count else ""
        yield Standing("overdue", count, first, example)
        count, first = work.tickets.stuck_since()
        example = next((one.ticket for one in work.tickets.stuck(limit=1)), "") if count else ""
        yield Standing("stuck", count, first, example)
        next_at = work.letters.next_at()
        waits = next_at is not None and next_at < micros(now - self.limit)
        yield Standing("letters", work.letters.backlog().get("waiting", 0) if waits else 0, next_at)

    def _measure(self, work: Work, standings: list[Standing], now: datetime) -> None:
        letters = work.letters.backlog()
        for one in standings[:2]:
            self.meter.gauge(one.name, one.count)
        self.meter.gauge("letters_waiting", letters.get("waiting", 0))
        self.meter.gauge("letters_dead", letters.get("dead", 0))
        self.meter.gauge("alarms", sum(bool(one.count) for one in standings))
        self.meter.gauge("workers", len(work.register.workers(micros(now - self.limit))))

    def _turn(self, work: Work, one: Standing, now: datetime) -> None:
        last = work.register.last_audit("alarm", one.name)
        # Of several who see it, the first to count up from the last turn raises it.
        if _is_raised(last) == bool(one.count) or not work.register.ran(f"alarm {one.name}", last.id if last else 0):
            return
        detail = {"count": one.count, "example": one.example, "means": ALARMS[one.name]}
        if one.since is not None:
            detail["since"] = instant(one.since).isoformat()
        what = RAISED if one.count else CLEARED
        work.register.audit(AuditRow(micros(now), what, "watchdog", one.name, detail))
        level = "error" if one.count else "info"
        work.afterwards(lambda: self.journal.say(level, f"{what}: {ALARMS[one.name]}", alarm=one.name, **detail))


def _raised(work: Work, name: str) -> bool:
    return _is_raised(work.register.last_audit("alarm", name))


def _is_raised(row: AuditRow | None) -> bool:
    return row is not None and row.what == RAISED
