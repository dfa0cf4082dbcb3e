"""A desk and messengers that are watched: decisions are told to the journal once stored; each has a span."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from support_policy.adapters.traces import Tracer
from support_policy.service.watch.desk import Desk, Fact, Taken
from support_policy.service.watch.ports import Journal, Messenger, Shelf, Work
from support_policy.service.watch.rows import Letter, Made


class WatchedDesk(Desk):
    """A desk whose decisions are told."""

    def __init__(self, shelf: Shelf, journal: Journal, tracer: Tracer, *, shadow: bool = False) -> None:
        super().__init__(shelf, shadow=shadow)
        self.journal, self.tracer = journal, tracer

    def take(self, work: Work, facts: Sequence[Fact], now: datetime) -> list[Taken]:
        """See `Desk.take`."""
        with self.tracer.span("take", facts=len(facts), trigger=facts[0].event.type if facts else "") as span:
            taken = super().take(work, facts, now)
            if span is not None and taken:
                span.set_attributes({"ticket": taken[0].ticket, "decision": taken[0].decision})
        self._tell(work, [one.made for one in taken if one.made])
        return taken

    def fall_due(self, work: Work, tickets: Sequence[str], now: datetime) -> list[Made]:
        """See `Desk.fall_due`."""
        with self.tracer.span("fall_due", tickets=len(tickets), ticket=tickets[0] if tickets else ""):
            made = super().fall_due(work, tickets, now)
        self._tell(work, [one for one in made if one.records])
        return made

    def _tell(self, work: Work, made: Iterable[Made]) -> None:
        for one in made:
            row, head = one.decision, one.head
            about: dict[str, object] = {"ticket": row.ticket, "decision": row.id, "trigger": row.trigger}
            recorded = [record.type for record in one.records if record.engine]
            about |= {"priority": head.priority, "state": head.state, "recorded": recorded, "letters": len(one.letters)}
            work.afterwards(lambda about=about: self.journal.say("info", "decided", **about))  # type: ignore[misc]


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
