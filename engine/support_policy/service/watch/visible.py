"""Lists as a caller may see them: rows of tickets that do not exist for the caller are passed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from support_policy.service.watch.ports import Work
from support_policy.service.watch.receive import NO_TICKET, TICKET
from support_policy.service.watch.refused import Refused
from support_policy.service.watch.rights import Caller
from support_policy.service.watch.rows import Head, Letter, Pending

NO_LETTER = "there is no such message"
AT_ONCE = 500
MOST_LOOKED_AT = 20_000
"""A list looks at no more rows than these for one page; the next page goes on from there."""


class OfTicket(Protocol):
    """A row that may belong to a ticket."""

    @property
    def ticket(self) -> str:
        """Its name, or ""."""
        ...


Row = TypeVar("Row")
Owned = TypeVar("Owned", bound=OfTicket)
After = TypeVar("After", int, str)


def head_for(work: Work, caller: Caller, ticket: str) -> Head:
    """A ticket as it stands. Raises `Refused` where there is none for this caller."""
    head = work.tickets.heads([ticket], lock=False).get(ticket) if TICKET.fullmatch(ticket) else None
    if head is None:
        raise Refused("not-found", NO_TICKET)
    if not caller.knows(head.organization):
        raise Refused("not-found", NO_TICKET, audit="organization")
    return head


def known_of(work: Work, caller: Caller, rows: Sequence[Owned]) -> list[Owned]:
    """Those of the rows whose ticket exists for the caller; one without a ticket is the house's own."""
    if not caller.organizations:
        return list(rows)
    heads = work.tickets.heads(sorted({row.ticket for row in rows if row.ticket}), lock=False)
    known = {ticket for ticket, head in heads.items() if caller.knows(head.organization)}
    return [row for row in rows if row.ticket in known]


def letter_for(work: Work, caller: Caller, id: int) -> Letter:
    """A message. Raises `Refused` where there is none for this caller."""
    letter = work.letters.get(id)
    if letter is None:
        raise Refused("not-found", NO_LETTER)
    if not known_of(work, caller, [letter]):
        raise Refused("not-found", NO_LETTER, audit="organization")
    return letter


def page(
    fetch: Callable[[After, int], Sequence[Row]],
    keep: Callable[[Sequence[Row]], list[Row]],
    place: Callable[[Row], After],
    after: After,
    limit: int,
) -> tuple[list[Row], After | None]:
    """At most `limit` rows after a place, of those that `keep` keeps; after which place to go on (None: at the end)."""
    kept: list[Row] = []
    looked = 0
    while looked < MOST_LOOKED_AT:
        size = max(limit + 1, AT_ONCE) if looked else limit + 1
        rows = fetch(after, size)
        looked += len(rows)
        kept += keep(rows)
        if len(kept) > limit:
            return kept[:limit], place(kept[limit - 1])
        if len(rows) < size:
            return kept, None
        after = place(rows[-1])
    return kept, after


def tickets(
    work: Work, caller: Caller, where: dict[str, Any], breached: bool | None, after: str, limit: int
) -> tuple[list[Head], str | None]:
    """Tickets by name; `where` gives columns of `Head` their values."""

    def keep(rows: Sequence[Head]) -> list[Head]:
        return [head for head in rows if breached is None or (head.breaches > 0) == breached]

    def fetch(after: str, size: int) -> Sequence[Head]:
        return work.tickets.page(where, after, size, caller.organizations)

    return page(fetch, keep, lambda head: head.ticket, after, limit)


def agenda(work: Work, caller: Caller, until: int, limit: int) -> tuple[list[Pending], bool]:
    """What falls due until then, the earliest first; whether there is more."""
    size = limit + 1
    while True:
        rows = work.tickets.pending(until, size)
        kept = known_of(work, caller, rows)
        if len(kept) > limit or len(rows) < size or size >= MOST_LOOKED_AT:
            return kept[:limit], len(kept) > limit or len(rows) == size
        size *= 8
