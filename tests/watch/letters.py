"""A store that may be busy, messengers that do as they are told, and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import finalize

from support_policy.adapters.sql.store import open_store
from support_policy.model.event import micros
from support_policy.service.watch.outgoing import Outgoing
from support_policy.service.watch.ports import Messenger, Store, StoreBusy, Work
from support_policy.service.watch.rows import AuditRow, Head, Letter
from support_policy.service.watch.settings_out import OutLimits

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DOMAIN = "support.example"
MANAGER = "manager@support.example"
PATIENT = OutLimits(messages=0, first_wait=10, longest_wait=600)
"""No limit for a recipient."""


class SetClock:
    """A clock that stands where it was set."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def later(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at


class Silent:
    """A meter and a journal that remember."""

    def __init__(self) -> None:
        self.counted: list[tuple[str, str]] = []
        self.said: list[tuple[str, str, Mapping[str, object]]] = []

    def delivered(self, kind: str, result: str) -> None:
        self.counted.append((kind, result))

    def say(self, level: str, event: str, **about: object) -> None:
        self.said.append((level, event, about))


@dataclass
class Post:
    """A messenger that takes every letter, unless `answer` raises; `taken` is what the other side has."""

    answer: Callable[[Letter], None] = lambda _: None
    taken: list[tuple[str, Letter]] = field(default_factory=list)
    asked: int = 0

    def deliver(self, letter: Letter, message_id: str) -> None:
        self.asked += 1
        self.answer(letter)
        self.taken.append((message_id, letter))

    def close(self) -> None:
        pass


class LetterStore:
    """A real store in memory, of which `busy` transactions cannot begin."""

    def __init__(self, heads: Sequence[Head] = ()) -> None:
        self.store, self.busy = open_store("sqlite://"), 0
        finalize(self, self.store.close)
        with self.store.begin() as work:
            for head in heads:
                work.tickets.replace(head, None, ())

    @contextmanager
    def begin(self) -> Iterator[Work]:
        if self.busy:
            self.busy -= 1
            raise StoreBusy("locked")
        with self.store.begin() as work:
            yield work

    look = begin

    def close(self) -> None:
        self.store.close()

    def threads(self, *names: str) -> dict[str, str]:
        """The tickets that messages belong to, those that belong to none left out."""
        with self.store.look() as work:
            return {name: ticket for name in names if (ticket := work.mails.ticket_of([name]))}

    def audits(self, what: str = "") -> Sequence[AuditRow]:
        """The audit trail."""
        with self.store.look() as work:
            return work.register.audit_page(what, 0, 1000)


def a_letter(number: int, at: datetime = START, recipient: str = MANAGER, **other: Any) -> Letter:
    """A letter of an escalation; each number has a ticket of its own."""
    ticket = f"VS-{number}"
    made = Letter(
        key=f"{ticket}/unresolved/1/1",
        recipient=recipient,
        role="manager",
        ticket=ticket,
        command="notify",
        subject=f"Escalation of {ticket}",
        body=f"{ticket} is not solved.\n",
        created=micros(at),
        next_at=micros(at),
        decision=f"{ticket}.7",
    )
    return replace(made, **other)


def put(store: LetterStore, *letters: Letter) -> None:
    """Store letters in a transaction."""
    with store.begin() as work:
        work.letters.add(letters)


def all_letters(store: LetterStore) -> list[Letter]:
    """Every letter, by id."""
    with store.store.look() as work:
        return list(work.letters.page({}, 0, 10**6))


def a_sender(
    store: Store, clock: SetClock, limits: OutLimits, messengers: Mapping[str, Messenger], **other: Any
) -> Outgoing:
    """A sender with a name, and a meter and a journal of its own (`sender.meter`)."""
    ears: Any = other.pop("ears", None) or Silent()
    worker = other.pop("worker", "worker-1")
    return Outgoing(store, messengers, limits, clock, worker, domain=DOMAIN, meter=ears, journal=ears, **other)
