"""All that is stored beside the logs, made anew from them and compared; put right where that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from support_policy.model.event import Event
from support_policy.service.watch.desk import fold
from support_policy.service.watch.ports import Shelf, Store, Work
from support_policy.service.watch.projecting import firings_of, head_of, pending_of
from support_policy.service.watch.rows import Head, Pending
from support_policy.service.watch.writing import write

Row = tuple[Head, Pending | None, tuple[str, ...]]
"""The projection of a ticket: its head, what falls due next, its firings."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is stored of a ticket and what its log says, where they differ. `what` names the part."""

    ticket: str
    what: str
    stored: Any
    rebuilt: Any

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON data."""
        return {"ticket": self.ticket, "what": self.what, "stored": self.stored, "rebuilt": self.rebuilt}


@dataclass(frozen=True, slots=True)
class Looked:
    """A batch of tickets that was looked at: how many, and what differs."""

    tickets: int
    differences: tuple[Difference, ...]


def rebuild(store: Store, shelf: Shelf, *, mend: bool = False, batch: int = 200) -> Iterator[Looked]:
    """Look at every ticket, batch by batch, while the service goes on; `mend` puts right what differs.

    Nothing is locked but tickets that seem to differ: they are looked at again before they are told of.
    """
    with store.look() as work:
        shelf.refresh(work)
    after = ""
    while True:
        with store.look() as work:
            rows = work.tickets.every(after, batch)
            doubtful = [row[0].ticket for row, anew in _anew(work, shelf, rows) if _differs(row, anew)]
        if not rows:
            return
        found: list[Difference] = []
        if doubtful:
            found = write(store, lambda work: _again(work, shelf, after, doubtful, mend))  # noqa: B023 - run at once
        yield Looked(len(rows), tuple(found))
        after = rows[-1][0].ticket


def _again(work: Work, shelf: Shelf, after: str, doubtful: Sequence[str], mend: bool) -> list[Difference]:
    work.tickets.heads(doubtful, lock=True)
    shelf.refresh(work)
    found: list[Difference] = []
    wanted = set(doubtful)
    while wanted and (rows := work.tickets.every(after, 1000)):
        after = rows[-1][0].ticket
        for row, anew in _anew(work, shelf, [row for row in rows if row[0].ticket in wanted]):
            wanted.discard(row[0].ticket)
            differences = list(_differences(row, anew))
            if differences and mend:
                work.tickets.replace(*anew)
            found += differences
    return found


def _anew(work: Work, shelf: Shelf, rows: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    logs: Mapping[str, tuple[Event, ...]] = work.tickets.logs([row[0].ticket for row in rows])
    # What a ticket that could not be decided waits for is when it is tried again.
    aside = {one.ticket for one in work.tickets.stuck()}
    for row in rows:
        ticket = row[0].ticket
        state = fold(ticket, logs.get(ticket, ()))
        policy = shelf.policy.governing(state.digest, state.begun)
        pending = row[1] if ticket in aside else pending_of(policy, state)
        yield row, (head_of(policy, state), pending, tuple(firings_of(state.log)))


def _differs(stored: Row, anew: Row) -> bool:
    return next(_differences(stored, anew), None) is not None


def _differences(stored: Row, anew: Row) -> Iterator[Difference]:
    ticket = stored[0].ticket
    for part in fields(Head):
        kept, made = (getattr(row[0], part.name) for row in (stored, anew))
        if kept != made:
            yield Difference(ticket, part.name, kept, made)
    if stored[1] != anew[1]:
        yield Difference(ticket, "pending", _told(stored[1]), _told(anew[1]))
    if sorted(stored[2]) != sorted(anew[2]):
        yield Difference(ticket, "firings", sorted(stored[2]), sorted(anew[2]))


def _told(pending: Pending | None) -> dict[str, Any] | None:
    if pending is None:
        return None
    return {"due": pending.due, "kind": pending.kind, "name": pending.name, "level": pending.level}
