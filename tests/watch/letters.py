"""A store of letters in memory, messengers that do as they are told, and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

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


@dataclass(frozen=True)
class _Row:
    letter: Letter
    worker: str = ""
    until: int = 0


@dataclass
class _State:
    letters: dict[int, _Row] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)
    audits: list[AuditRow] = field(default_factory=list)

    def copied(self) -> _State:
        return _State(dict(self.letters), dict(self.threads), list(self.audits))


class LetterStore:
    """What the sender needs of a store; a transaction that raises is undone. `busy` transactions cannot begin."""

    def __init__(self, heads: Sequence[Head] = ()) -> None:
        self.state, self.busy = _State(), 0
        self.heads_now = {head.ticket: head for head in heads}

    @contextmanager
    def begin(self) -> Iterator[LetterStore]:
        if self.busy:
            self.busy -= 1
            raise StoreBusy("locked")
        before = self.state.copied()
        try:
            yield self
        except BaseException:
            self.state = before
            raise

    look = begin

    @property
    def letters(self) -> _Letters:
        return _Letters(self.state)

    @property
    def tickets(self) -> LetterStore:
        return self

    @property
    def mails(self) -> LetterStore:
        return self

    @property
    def register(self) -> LetterStore:
        return self

    def heads(self, tickets: Sequence[str], *, lock: bool) -> Mapping[str, Head]:  # noqa: ARG002 - nobody else is here
        return {ticket: self.heads_now[ticket] for ticket in tickets if ticket in self.heads_now}

    def belongs(self, message_id: str, ticket: str) -> None:
        self.state.threads[message_id] = ticket

    def audit(self, row: AuditRow) -> None:
        self.state.audits.append(row)


class _Letters:
    def __init__(self, state: _State) -> None:
        self.state = state

    def _waiting(self) -> list[_Row]:
        rows = [row for row in self.state.letters.values() if row.letter.status == "waiting"]
        return sorted(rows, key=lambda row: row.letter.id)

    def claim(self, now: int, until: int, worker: str, limit: int) -> Sequence[Letter]:
        free = [row for row in self._waiting() if row.letter.next_at <= now and row.until <= now][:limit]
        for row in free:
            self.state.letters[row.letter.id] = _Row(row.letter, worker, until)
        return [row.letter for row in free]

    def update(self, letter: Letter) -> None:
        self.state.letters[letter.id] = _Row(letter)

    def add(self, letters: Sequence[Letter]) -> None:
        known = {(row.letter.key, row.letter.recipient) for row in self.state.letters.values()}
        for letter in letters:
            if (letter.key, letter.recipient) not in known:
                id = len(self.state.letters) + 1
                self.state.letters[id] = _Row(replace(letter, id=id))

    def get(self, id: int) -> Letter | None:
        row = self.state.letters.get(id)
        return row.letter if row else None

    def page(self, where: Mapping[str, Any], after: int, limit: int) -> Sequence[Letter]:
        found = (row.letter for id, row in sorted(self.state.letters.items()) if id > after)
        return [one for one in found if all(getattr(one, name) == value for name, value in where.items())][:limit]

    def sent_since(self, recipient: str, since: int) -> int:
        return sum(
            one.sent_at is not None and one.sent_at >= since for one in self.page({"recipient": recipient}, 0, 10**6)
        )

    def turn(self) -> None:
        pass

    def in_hand(self, recipient: str, now: int) -> int:
        return sum(row.until > now and row.letter.recipient == recipient for row in self._waiting())

    def latest(self, recipient: str, command: str) -> int | None:
        found = [one.created for one in self.page({"recipient": recipient, "command": command, "ticket": ""}, 0, 10**6)]
        return max(found, default=None)

    def waiting(self, recipient: str, now: int, limit: int) -> Sequence[Letter]:
        free = [row.letter for row in self._waiting() if row.letter.recipient == recipient and row.until <= now]
        return free[:limit]

    def next_at(self) -> int | None:
        return min((max(row.letter.next_at, row.until) for row in self._waiting()), default=None)


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
    return list(store.letters.page({}, 0, 10**6))


def as_store(store: object) -> Store:
    """The store as its users see it."""
    return cast("Store", store)


def as_work(store: LetterStore) -> Work:
    """A transaction as its users see it."""
    return cast("Work", store)


def a_sender(
    store: object, clock: SetClock, limits: OutLimits, messengers: Mapping[str, Messenger], **other: Any
) -> Outgoing:
    """A sender with a name, and a meter and a journal of its own (`sender.meter`)."""
    ears: Any = other.pop("ears", None) or Silent()
    worker = other.pop("worker", "worker-1")
    return Outgoing(
        as_store(store), messengers, limits, clock, worker, domain=DOMAIN, meter=ears, journal=ears, **other
    )
