"""A store in the memory of the test: what versions, the desk and the re-aim need of one, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from support_policy.model.event import Event
from support_policy.service.watch.ports import Store, StoreConflict, Work
from support_policy.service.watch.rows import AuditRow, DecisionRow, Head, Letter, Made, Pending, Stuck, VersionRow


@dataclass
class FakeClock:
    """A clock that stands still until it is set."""

    at: datetime

    def now(self) -> datetime:
        """The instant it was set to."""
        return self.at

    def forward(self, seconds: float) -> datetime:
        """Set it ahead."""
        self.at += timedelta(seconds=seconds)
        return self.at


@dataclass
class Kept:
    """Everything that is stored."""

    heads: dict[str, Head] = field(default_factory=dict)
    logs: dict[str, tuple[Event, ...]] = field(default_factory=dict)
    waits: dict[str, Pending | None] = field(default_factory=dict)
    fired: dict[str, tuple[str, ...]] = field(default_factory=dict)
    decided: dict[str, tuple[DecisionRow, ...]] = field(default_factory=dict)
    letters: tuple[Letter, ...] = ()
    looked: dict[str, int] = field(default_factory=dict)
    aside: dict[str, Stuck] = field(default_factory=dict)
    versions: tuple[VersionRow, ...] = ()
    audit: tuple[AuditRow, ...] = ()
    number: int = 0

    def copy(self) -> Kept:
        """The same, apart from this one."""
        parts = ((name, getattr(self, name)) for name in self.__dataclass_fields__)
        return replace(self, **{name: dict(part) for name, part in parts if isinstance(part, dict)})  # type: ignore[arg-type]  # each by its name


class FakeWork:
    """One transaction: the parts of it, on a copy of what is stored. One object plays them all."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.after: list[Callable[[], None]] = []
        self.tickets = self.register = self
        self.versions = FakeVersions(kept)

    def attempt(self) -> Any:
        return nullcontext()

    def afterwards(self, do: Callable[[], None]) -> None:
        self.after.append(do)

    def next_number(self) -> int:
        self.kept.number += 1
        return self.kept.number

    def heads(self, tickets: Sequence[str], *, lock: bool) -> Mapping[str, Head]:  # noqa: ARG002
        return {ticket: self.kept.heads[ticket] for ticket in tickets if ticket in self.kept.heads}

    def logs(self, tickets: Sequence[str]) -> Mapping[str, tuple[Event, ...]]:
        return {ticket: self.kept.logs.get(ticket, ()) for ticket in tickets}

    def save(self, made: Sequence[Made]) -> None:
        kept = self.kept
        for one in made:
            ticket = one.head.ticket
            log, fired = kept.logs.get(ticket, ()), kept.fired.get(ticket, ())
            if len(log) != one.before or set(fired) & set(one.firings):
                raise StoreConflict(ticket)
            kept.logs[ticket] = log + tuple(Event.from_json(record.as_json()) for record in one.records)
            kept.fired[ticket] = fired + one.firings
            kept.heads[ticket], kept.waits[ticket] = one.head, one.pending
            kept.decided[ticket] = (*kept.decided.get(ticket, ()), one.decision)
            kept.letters += one.letters
            kept.aside.pop(ticket, None)

    def wait(self, ticket: str, pending: Pending | None) -> None:
        self.kept.waits[ticket] = pending

    def due(self, until: int, limit: int) -> Sequence[str]:
        waiting = sorted((p.due, t) for t, p in self.kept.waits.items() if p is not None and p.due <= until)
        aside = self.kept.aside
        return [t for _, t in waiting if t not in aside or aside[t].retry_at <= until][:limit]

    def put_aside(self, stuck: Stuck) -> None:
        self.kept.aside[stuck.ticket] = stuck

    def stuck(self) -> Sequence[Stuck]:
        return list(self.kept.aside.values())

    def page(
        self, where: Mapping[str, Any], after: str, limit: int, organizations: Sequence[str] = ()
    ) -> Sequence[Head]:
        every = (head for ticket, head in sorted(self.kept.heads.items()) if ticket > after)
        fit = (head for head in every if all(getattr(head, name) == value for name, value in where.items()))
        return [head for head in fit if not organizations or head.organization in organizations][:limit]

    def decisions(self, ticket: str) -> Sequence[DecisionRow]:
        return self.kept.decided.get(ticket, ())

    def every(self, after: str, limit: int) -> Sequence[tuple[Head, Pending | None, tuple[str, ...]]]:
        kept = self.kept
        names = [ticket for ticket in sorted(kept.heads) if ticket > after][:limit]
        return [(kept.heads[t], kept.waits[t], kept.fired.get(t, ())) for t in names]

    def replace(self, head: Head, pending: Pending | None, firings: Sequence[str]) -> None:
        self.kept.heads[head.ticket], self.kept.waits[head.ticket] = head, pending
        self.kept.fired[head.ticket] = tuple(firings)

    def behind(self, number: int, before: int, limit: int, *, lock: bool) -> Sequence[str]:  # noqa: ARG002
        heads = self.kept.heads.values()
        behind = (h.ticket for h in heads if h.open and h.begun < before and self.kept.looked.get(h.ticket, 0) < number)
        return sorted(behind)[:limit]

    def looked_at(self, tickets: Sequence[str], number: int) -> None:
        self.kept.looked |= dict.fromkeys(tickets, number)

    def audit(self, row: AuditRow) -> None:
        self.kept.audit += (replace(row, id=len(self.kept.audit) + 1),)


class FakeVersions:
    """The versions of the policy."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept

    def newest(self) -> int:
        return len(self.kept.versions)

    def hold(self) -> None:
        pass

    def all(self) -> Sequence[VersionRow]:
        return self.kept.versions

    def add(self, row: VersionRow) -> None:
        taken = any(row.digest == one.digest for one in self.kept.versions)
        if taken or row.number != len(self.kept.versions) + 1:
            raise StoreConflict(row.digest)
        self.kept.versions += (row,)


class MemoryStore:
    """The store. What commits between another's beginning and end makes that one a conflict, as a database would."""

    def __init__(self) -> None:
        self.kept = Kept()
        self.between: list[Callable[[], None]] = []
        """What others do after a transaction has begun and before it ends, one for each."""

    @contextmanager
    def begin(self) -> Iterator[Work]:
        before = self.kept
        work = FakeWork(before.copy())
        yield cast("Work", work)
        if self.between:
            self.between.pop(0)()
        if self.kept is not before:
            raise StoreConflict("another was faster")
        self.kept = work.kept
        for do in work.after:
            do()

    @contextmanager
    def look(self) -> Iterator[Work]:
        yield cast("Work", FakeWork(self.kept.copy()))

    def close(self) -> None:
        pass


def as_store(store: MemoryStore) -> Store:
    """The same as the port it plays."""
    return cast("Store", store)
