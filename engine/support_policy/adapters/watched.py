"""A store and messengers that are watched: what is committed is said in the journal, work and deliveries are traced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, cast

from support_policy.adapters.traces import NoTraces, Tracer
from support_policy.model.event import instant
from support_policy.service.watch.desk import Desk, Fact, Taken
from support_policy.service.watch.ports import Journal, Messenger, Register, Store, Tickets, Work
from support_policy.service.watch.rows import AuditRow, Letter, Made

SAID = ("alarm.", "call.", "letter.")
"""What is audited of these is said in the journal by those who do it."""


class _Noted:
    """A part of a transaction; after some of its methods have done their work, what they were given is noted."""

    def __init__(self, part: Any, notes: Mapping[str, Callable[[Any], None]]) -> None:
        self._part, self._notes = part, notes

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._part, name)
        note = self._notes.get(name)
        if note is None:
            return method

        def noted(given: Any) -> Any:
            result = method(given)
            note(given)
            return result

        return noted


class WatchedWork:
    """A transaction that tells the journal, once it is committed, what it decided and recorded."""

    def __init__(self, work: Work, journal: Journal) -> None:
        self._work, self._journal = work, journal
        self.tickets = cast("Tickets", _Noted(work.tickets, {"save": self._saved}))
        self.reports = work.reports
        self.letters = work.letters
        self.versions = work.versions
        self.mails = work.mails
        self.register = cast("Register", _Noted(work.register, {"audit": self._audited}))

    def attempt(self) -> AbstractContextManager[None]:
        """See `Work.attempt`."""
        return self._work.attempt()

    def afterwards(self, do: Callable[[], None]) -> None:
        """See `Work.afterwards`."""
        self._work.afterwards(do)

    def _say(self, level: str, event: str, **about: object) -> None:
        self._work.afterwards(lambda: self._journal.say(level, event, **about))

    def _saved(self, made: Sequence[Made]) -> None:
        for one in made:
            row, head = one.decision, one.head
            about = {"ticket": row.ticket, "decision": row.id, "trigger": row.trigger, "priority": head.priority}
            recorded = [record.type for record in one.records if record.engine]
            self._say("info", "decided", **about, state=head.state, recorded=recorded, letters=len(one.letters))

    def _audited(self, row: AuditRow) -> None:
        if not row.what.startswith(SAID):
            level = "warning" if row.what.endswith(".refused") else "info"
            at = instant(row.at).isoformat()
            self._say(level, row.what, actor=row.actor, subject=row.subject, audited=at, detail=dict(row.detail))


class WatchedStore:
    """A store whose transactions are told of in the journal, each in a span of its own."""

    def __init__(self, store: Store, journal: Journal, tracer: Tracer) -> None:
        self._store, self._journal, self._tracer = store, journal, tracer

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """See `Store.begin`."""
        with self._tracer.span("transaction"), self._store.begin() as work:
            yield cast("Work", WatchedWork(work, self._journal))

    def look(self) -> AbstractContextManager[Work]:
        """See `Store.look`."""
        return self._store.look()

    def close(self) -> None:
        """See `Store.close`."""
        self._store.close()


class WatchedDesk(Desk):
    """A desk whose decisions have a span each."""

    tracer: Tracer = NoTraces()

    def take(self, work: Work, facts: Sequence[Fact], now: datetime) -> list[Taken]:
        """See `Desk.take`."""
        first = facts[0] if facts else None
        about = {"ticket": first.ticket, "trigger": first.event.type} if first else {}
        with self.tracer.span("take", facts=len(facts), **about):
            return super().take(work, facts, now)

    def fall_due(self, work: Work, tickets: Sequence[str], now: datetime) -> list[Made]:
        """See `Desk.fall_due`."""
        with self.tracer.span("fall_due", tickets=len(tickets), ticket=tickets[0] if tickets else ""):
            return super().fall_due(work, tickets, now)


class WatchedMessenger:
    """A messenger whose deliveries have a span each."""

    def __init__(self, messenger: Messenger, kind: str, tracer: Tracer) -> None:
        self._messenger, self._kind, self._tracer = messenger, kind, tracer

    def deliver(self, letter: Letter, message_id: str) -> None:
        """See `Messenger.deliver`."""
        with self._tracer.span("deliver", kind=self._kind, ticket=letter.ticket, decision=letter.decision):
            self._messenger.deliver(letter, message_id)

    def close(self) -> None:
        """See `Messenger.close`."""
        self._messenger.close()
