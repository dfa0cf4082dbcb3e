"""Everything that is stored beside the logs, made anew from them; and every decision, decided again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from support_policy.batch.replay import Progress, no_progress
from support_policy.model.event import Due, Event, instant
from support_policy.policy.compiled import Policy
from support_policy.service.watch.desk import fold
from support_policy.service.watch.kept import kept_command, kept_reason
from support_policy.service.watch.ports import Shelf, Store, Work
from support_policy.service.watch.projecting import firings_of, head_of, pending_of
from support_policy.service.watch.rows import DecisionRow, Head, Pending
from support_policy.service.watch.writing import write
from support_policy.source.diagnostics import PolicyError
from support_policy.ticket.agenda import Kind, agenda
from support_policy.ticket.decide import draft_of
from support_policy.ticket.draft import Draft
from support_policy.ticket.evolve import evolve
from support_policy.ticket.state import TicketState, new_ticket

PAGE = 200
MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """Where what is stored is not what follows from the log; `what` names the part, or the decision by its id."""

    ticket: str
    what: str
    stored: str
    found: str

    def as_json(self) -> dict[str, str]:
        """The same as plain JSON data."""
        return {"ticket": self.ticket, "what": self.what, "stored": self.stored, "found": self.found}


@dataclass(slots=True)
class Compared:
    """What a rebuild or a verification found.

    `tickets` and `decisions` that were looked at; `counts` of differences by part; the first of them in `differences`,
    `left_out` the others; `written` tickets whose projection was put right. `behind` tickets wait for a version that
    has not looked at them yet.
    """

    tickets: int = 0
    decisions: int = 0
    written: int = 0
    behind: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    left_out: int = 0
    last: str = ""
    """The last ticket that was looked at, where only some were."""

    @property
    def equal(self) -> bool:
        """Whether everything was as it should be."""
        return not self.counts

    def add(self, found: Sequence[Difference], part: Callable[[Difference], str] = lambda one: one.what) -> None:
        """Take differences in."""
        for one in found:
            self.counts[part(one)] += 1
            if len(self.differences) < MOST_LISTED:
                self.differences.append(one)
            else:
                self.left_out += 1

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON data."""
        return {
            "equal": self.equal,
            "tickets": self.tickets,
            "decisions": self.decisions,
            "written": self.written,
            "behind": self.behind,
            "differences": dict(self.counts.most_common()),
            "rows": [one.as_json() for one in self.differences],
            "rows_left_out": self.left_out,
        }


Stored = tuple[Head, Pending | None, tuple[str, ...]]


def rebuild(store: Store, shelf: Shelf, *, write_back: bool = False, progress: Progress = no_progress) -> Compared:
    """Make every ticket's projection (head, pending instant, firings) from its log alone, and compare.

    Without `write_back` nothing is changed, and all is read from one snapshot; with it what differs is put right, each
    page in a transaction of its own that locks its tickets.
    """
    made = Compared()
    if not write_back:
        with store.look() as work:
            shelf.refresh(work)
            for page in progress(_pages(work), "pages", None):
                _compare(made, work, shelf.policy, page)
        return made
    for _ in progress(_put_right(made, store, shelf), "pages", None):
        pass
    return made


def _put_right(made: Compared, store: Store, shelf: Shelf) -> Iterator[int]:
    """Compare page by page, and write back what differs; gives the number of tickets of each."""
    after = ""

    def page(work: Work) -> Compared:
        shelf.refresh(work)
        names = {head.ticket for head, _, _ in work.tickets.every(after, PAGE)}
        work.tickets.heads(sorted(names), lock=True)
        # Read again: what was read before the lock may have changed meanwhile.
        rows = [row for row in work.tickets.every(after, PAGE) if row[0].ticket in names]
        one = Compared(last=rows[-1][0].ticket if rows else "")
        _compare(one, work, shelf.policy, rows, write_back=True)
        return one

    while (one := write(store, page)).last:
        after = one.last
        made.tickets, made.written = made.tickets + one.tickets, made.written + one.written
        made.behind += one.behind
        made.add(one.differences)
        yield one.tickets


def _pages(work: Work) -> Iterator[Sequence[Stored]]:
    after = ""
    while page := work.tickets.every(after, PAGE):
        after = page[-1][0].ticket
        yield page


def _compare(made: Compared, work: Work, policy: Policy, page: Sequence[Stored], *, write_back: bool = False) -> None:
    logs = work.tickets.logs([head.ticket for head, _, _ in page])
    for head, pending, firings in page:
        made.tickets += 1
        state = fold(head.ticket, logs[head.ticket])
        governing = policy.governing(state.digest, state.begun)
        again = head_of(governing, state), pending_of(governing, state), tuple(firings_of(state.log))
        found = list(_differences(head, again[0]))
        if pending != again[1]:
            if pending == _without_version(governing, state):
                made.behind += 1
            else:
                found.append(Difference(head.ticket, "pending", _spelled(pending), _spelled(again[1])))
        if sorted(firings) != sorted(again[2]):
            found.append(Difference(head.ticket, "firings", " ".join(sorted(firings)), " ".join(sorted(again[2]))))
        made.add(found)
        if found and write_back:
            work.tickets.replace(*again)
            made.written += 1


def _differences(stored: Head, found: Head) -> Iterator[Difference]:
    for part in fields(Head):
        was, becomes = getattr(stored, part.name), getattr(found, part.name)
        if was != becomes:
            yield Difference(stored.ticket, part.name, repr(was), repr(becomes))


def _without_version(policy: Policy, state: TicketState) -> Pending | None:
    """What a ticket waits for that the next version has not looked at yet."""
    timer = next((timer for timer in agenda(policy, state) if timer.kind is not Kind.VERSION), None)
    if timer is None:
        return None
    return Pending(state.ticket, timer.due, timer.kind.name.lower(), str(timer.name), timer.level)


def _spelled(pending: Pending | None) -> str:
    if pending is None:
        return "nothing"
    level = f" {pending.level}" if pending.level else ""
    return f"{pending.kind} {pending.name}{level} at {instant(pending.due).isoformat()}"


def verify(store: Store, shelf: Shelf, *, tickets: Sequence[str] = (), progress: Progress = no_progress) -> Compared:
    """Decide every decision again from the log before it, and compare: its records, its effects, its reasons.

    Of `tickets`, or of all; nothing is changed. A decision whose records come out otherwise is a difference.
    """
    made = Compared()
    with store.look() as work:
        shelf.refresh(work)
        names = iter(tickets) if tickets else (head.ticket for page in _pages(work) for head, _, _ in page)
        for ticket in progress(names, "tickets", None):
            made.tickets += 1
            made.add(_verified(made, work, shelf.policy, ticket), lambda one: one.what.rpartition(": ")[2])
    return made


def _verified(made: Compared, work: Work, policy: Policy, ticket: str) -> list[Difference]:
    log = work.tickets.logs([ticket])[ticket]
    state, found = new_ticket(ticket), list[Difference]()
    for row in work.tickets.decisions(ticket):
        made.decisions += 1
        if row.first != len(state.log) + 1:
            found.append(Difference(ticket, f"{row.id}: order", str(row.first), str(len(state.log) + 1)))
        records = log[len(state.log) : row.first - 1 + row.records]
        found += _again(policy, state, row, records)
        for record in records:
            state = evolve(state, record)
    if len(state.log) != len(log):
        found.append(Difference(ticket, "log: records of no decision", str(len(log)), str(len(state.log))))
    return found


def _again(policy: Policy, state: TicketState, row: DecisionRow, records: Sequence[Event]) -> Iterator[Difference]:
    """The differences between a decision and the same decided again."""
    try:
        draft = _decided(policy, state, row, records)
    except (PolicyError, LookupError) as problem:
        yield Difference(state.ticket, f"{row.id}: decision", row.trigger, f"cannot be decided again: {problem}"[:300])
        return
    governing = policy.governing(draft.state.digest, draft.state.begun)
    reasons = draft.reasons.values()
    for what, stored, again in (
        ("records", [one.as_json() for one in records], [one.as_json() for one in draft.events]),
        ("digest", row.digest, governing.digest),
        ("commands", _plain(row.commands), _plain(map(kept_command, draft.commands))),
        ("because", _plain(row.because), _plain(kept_reason(one) for one in reasons if one.held)),
        ("why_not", _plain(row.why_not), _plain(kept_reason(one) for one in reasons if not one.held)),
    ):
        if stored != again:
            yield Difference(state.ticket, f"{row.id}: {what}", *_first_apart(stored, again))


def _decided(policy: Policy, state: TicketState, row: DecisionRow, records: Sequence[Event]) -> Draft:
    now = instant(row.at)
    if row.trigger == "due":
        return draft_of(policy, state, Due(now), now)
    fact = next((one for one in records if not one.engine and one.type == row.trigger), None)
    if fact is None:
        raise LookupError(f"there is no `{row.trigger}` among its records")
    return draft_of(policy, state, fact, now)


def _plain(rows: Any) -> list[Any]:
    """JSON data as it comes back from a store: lists for tuples."""
    return [_listed(dict(row)) for row in rows]


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _listed(one) for key, one in value.items()}
    return [_listed(one) for one in value] if isinstance(value, (list, tuple)) else value


def _first_apart(stored: Any, again: Any) -> tuple[str, str]:
    """The first of two lists' parts in which they differ, as texts."""
    if isinstance(stored, list) and isinstance(again, list):
        for was, becomes in zip(stored, again, strict=False):
            if was != becomes:
                return repr(was)[:300], repr(becomes)[:300]
        return f"{len(stored)} of them", f"{len(again)} of them"
    return str(stored)[:300], str(again)[:300]
