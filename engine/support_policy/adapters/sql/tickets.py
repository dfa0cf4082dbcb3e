"""Tickets in SQL: the log, the decisions, and what follows from them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, literal_column, select, update
from sqlalchemy.sql.elements import ColumnElement

from support_policy.adapters.sql.common import Part, adding, bound, dumped, in_turns, lists, matching, on_rows, putting
from support_policy.adapters.sql.letters import add_letters
from support_policy.adapters.sql.prepared import Prepared
from support_policy.adapters.sql.tables import agenda, decisions, events, firings, numbers, tickets, versions
from support_policy.adapters.sql.texts import known_as
from support_policy.model.event import Event, micros
from support_policy.service.watch.gathering import SUMMED
from support_policy.service.watch.ports import StoreConflict
from support_policy.service.watch.rows import DecisionRow, Head, Made, Pending, Stuck

HEAD = tuple(field.name for field in fields(Head))
_HEADS = select(*(tickets.c[name] for name in HEAD))
_HEAD_COLUMNS = {name: tickets.c[name] for name in HEAD}
_NEWEST = select(func.coalesce(func.max(versions.c.number), 0)).scalar_subquery()
_EVENT = ("ticket", "number", "type", "at", "engine", "event_id", "summed_at", "body")
_DECISION = ("ticket", "first", "records", "at", "trigger", "digest", "body")
_PENDING = ("ticket", "wake", "due", "kind", "name", "level", "attempts", "problem")
_FIRING = ("ticket", "key")
_BODY = ("versions", "because", "why_not", "commands")
"""What of a decision is JSON."""

_STUCK: ColumnElement[bool] = literal_column("agenda.attempts > 0")
"""Said as the partial index says it, or it would not serve."""


def _growing(of: Any, before: Any, values: Mapping[str, Any]) -> Any:
    """What puts the heads of tickets whose logs are as long as was thought in the place of the old ones."""
    return update(tickets).where(tickets.c.ticket == of, tickets.c.length == before).values(dict(values))


def _growing_at_once() -> Any:
    columns = {"of": tickets.c.ticket, "before": tickets.c.length} | {name: tickets.c[name] for name in HEAD[1:]}
    given = select(*lists(columns)).subquery("given").c
    return _growing(given.of, given.before, {name: given[name] for name in HEAD[1:]})


_ONE_HEAD = Prepared(lambda _: _HEADS.where(tickets.c.ticket == bindparam("of")))
_ONE_HEAD_LOCKED = Prepared(
    lambda dialect: on_rows(dialect, _HEADS.where(tickets.c.ticket == bindparam("of")), tickets)
)
_NEW_TICKETS = Prepared(
    lambda _: insert(tickets).values({**bound(HEAD), "looked_at": _NEWEST}),
    lambda: insert(tickets).from_select([*HEAD, "looked_at"], select(*lists(_HEAD_COLUMNS), _NEWEST)),
)
_GROWN_TICKETS = Prepared(lambda _: _growing(bindparam("of"), bindparam("before"), bound(HEAD[1:])), _growing_at_once)
_EVENTS = Prepared(lambda _: adding(events, _EVENT), lambda: adding(events, _EVENT, at_once=True))
_DECISIONS = Prepared(lambda _: adding(decisions, _DECISION), lambda: adding(decisions, _DECISION, at_once=True))
_FIRINGS = Prepared(lambda _: adding(firings, _FIRING), lambda: adding(firings, _FIRING, at_once=True))
_WAIT = Prepared(
    lambda dialect: putting(dialect, agenda, _PENDING, "ticket"),
    lambda: putting("postgresql", agenda, _PENDING, "ticket", at_once=True),
)
_FORGET = Prepared(lambda _: delete(agenda).where(agenda.c.ticket == bindparam("of")))


class SqlTickets(Part):
    """See `ports.Tickets`."""

    def next_number(self) -> int:
        """See the port."""
        made = self.connection.execute(insert(numbers).returning(numbers.c.number))
        return int(made.scalar_one())

    def heads(self, tickets_: Sequence[str], *, lock: bool) -> Mapping[str, Head]:
        """See the port."""
        if len(tickets_) == 1:
            (ticket,) = tickets_
            rows = (_ONE_HEAD_LOCKED if lock else _ONE_HEAD).fetch(self.connection, {"of": ticket})
            return {ticket: Head(*rows[0])} if rows else {}
        found: dict[str, Head] = {}
        asked = {known_as(ticket): ticket for ticket in tickets_}
        for some in in_turns(sorted(asked)):
            named = tickets.c.ticket == some[0] if len(some) == 1 else tickets.c.ticket.in_(some)
            query = _HEADS.where(named).order_by(tickets.c.ticket)
            query = self.locked(query, tickets) if lock else query
            found |= {asked[row.ticket]: head_of_row(row) for row in self.connection.execute(query)}
        return found

    def logs(self, tickets_: Sequence[str]) -> Mapping[str, tuple[Event, ...]]:
        """See the port."""
        found: dict[str, list[Event]] = {ticket: [] for ticket in tickets_}
        asked = {known_as(ticket): ticket for ticket in tickets_}
        for some in in_turns(asked):
            named = events.c.ticket == some[0] if len(some) == 1 else events.c.ticket.in_(some)
            query = select(events.c.ticket, events.c.body).where(named).order_by(events.c.ticket, events.c.number)
            rows = self.connection.execute(query).all()
            # Read as one text: what it costs to begin with each is more than what stands in it.
            bodies = json.loads(f"[{','.join(body for _, body in rows)}]")
            for (ticket, _), body in zip(rows, bodies, strict=True):
                found[asked[ticket]].append(Event.from_json(body))
        return {ticket: tuple(log) for ticket, log in found.items()}

    def save(self, made: Sequence[Made]) -> None:
        """See the port."""
        if not made:
            return
        self._save_heads(made)
        _EVENTS.run(self.connection, [row for one in made for row in _event_rows(one)])
        _DECISIONS.run(self.connection, [_decision_row(one.decision) for one in made])
        fired = [{"ticket": one.head.ticket, "key": key} for one in made for key in one.firings]
        if fired:
            _FIRINGS.run(self.connection, fired)
        add_letters(self.connection, [letter for one in made for letter in one.letters])
        self._wait({one.head.ticket: one.pending for one in made})

    def _save_heads(self, made: Sequence[Made]) -> None:
        first = {one.head.ticket: one.before for one in reversed(made)}
        last = {one.head.ticket: one.head for one in made}
        new = [_head_row(head) for ticket, head in last.items() if not first[ticket]]
        grown = [
            {**_head_row(head), "of": ticket, "before": first[ticket]} for ticket, head in last.items() if first[ticket]
        ]
        if new:
            _NEW_TICKETS.run(self.connection, new)
        if grown and _GROWN_TICKETS.run(self.connection, grown) != len(grown):
            raise StoreConflict("a ticket has gone on meanwhile")

    def _wait(self, pending: Mapping[str, Pending | None]) -> None:
        rows = [_pending_row(one) for one in pending.values() if one is not None]
        if rows:
            _WAIT.run(self.connection, rows)
        over = [{"of": ticket} for ticket, one in pending.items() if one is None]
        if over:
            _FORGET.run(self.connection, over)

    def wait(self, ticket: str, pending: Pending | None) -> None:
        """See the port."""
        self._wait({ticket: pending})

    def due(self, until: int, limit: int) -> Sequence[str]:
        """See the port."""
        query = (
            select(tickets.c.ticket)
            .join(agenda, agenda.c.ticket == tickets.c.ticket)
            .where(agenda.c.wake <= until)
            .order_by(agenda.c.wake)
            .limit(limit)
        )
        return [row.ticket for row in self.connection.execute(self.locked(query, tickets, skip=True))]

    def overdue(self, before: int) -> tuple[int, int | None]:
        """See the port."""
        query = select(func.count(), func.min(agenda.c.wake)).where(agenda.c.wake < before)
        count, first = self.connection.execute(query).one()
        return int(count), first

    def put_aside(self, stuck: Stuck) -> None:
        """See the port."""
        changed = {"wake": stuck.retry_at, "attempts": stuck.attempts, "problem": stuck.problem}
        self.connection.execute(update(agenda).where(agenda.c.ticket == stuck.ticket).values(changed))

    def stuck(self, ticket: str = "", limit: int = 1000) -> Sequence[Stuck]:
        """See the port."""
        query = select(agenda).where(_STUCK).order_by(agenda.c.ticket).limit(limit)
        if ticket:
            query = query.where(agenda.c.ticket == ticket)
        found = self.connection.execute(query)
        return [Stuck(row.ticket, row.due, row.problem, row.attempts, row.wake) for row in found]

    def stuck_since(self) -> tuple[int, int | None]:
        """See the port."""
        count, first = self.connection.execute(select(func.count(), func.min(agenda.c.due)).where(_STUCK)).one()
        return int(count), first

    def page(
        self, where: Mapping[str, Any], after: str, limit: int, organizations: Sequence[str] = ()
    ) -> Sequence[Head]:
        """See the port."""
        query = _HEADS.where(matching(tickets, where)).order_by(tickets.c.ticket).limit(limit)
        if after:
            query = query.where(tickets.c.ticket > after)
        if organizations:
            query = query.where(tickets.c.organization.in_(organizations))
        return [head_of_row(row) for row in self.connection.execute(query)]

    def pending(self, until: int, limit: int) -> Sequence[Pending]:
        """See the port."""
        query = select(agenda).where(agenda.c.wake <= until).order_by(agenda.c.wake).limit(limit)
        return [_pending(row) for row in self.connection.execute(query)]

    def decisions(self, ticket: str) -> Sequence[DecisionRow]:
        """See the port."""
        query = select(decisions).where(decisions.c.ticket == ticket).order_by(decisions.c.first)
        return [_decision(row) for row in self.connection.execute(query)]

    def every(self, after: str, limit: int) -> Sequence[tuple[Head, Pending | None, tuple[str, ...]]]:
        """See the port."""
        heads = self.page({}, after, limit)
        names = [head.ticket for head in heads]
        waits: dict[str, Pending] = {}
        fired: dict[str, list[str]] = {name: [] for name in names}
        for some in in_turns(names):
            found = self.connection.execute(select(agenda).where(agenda.c.ticket.in_(some)))
            waits |= {row.ticket: _pending(row) for row in found}
            keys = select(firings.c.ticket, firings.c.key).where(firings.c.ticket.in_(some))
            for ticket, key in self.connection.execute(keys):
                fired[ticket].append(key)
        return [(head, waits.get(head.ticket), tuple(sorted(fired[head.ticket]))) for head in heads]

    def replace(self, head: Head, pending: Pending | None, firings_: Sequence[str]) -> None:
        """See the port."""
        row = _head_row(head)
        self.put(tickets, [row], "ticket")
        self._wait({head.ticket: pending})
        self.connection.execute(delete(firings).where(firings.c.ticket == head.ticket))
        if firings_:
            _FIRINGS.run(self.connection, [{"ticket": head.ticket, "key": key} for key in firings_])

    def behind(self, number: int, before: int, limit: int, *, lock: bool) -> Sequence[str]:
        """See the port."""
        query = (
            select(tickets.c.ticket)
            .where(matching(tickets, {"open": True}), tickets.c.looked_at < number, tickets.c.begun < before)
            .order_by(tickets.c.looked_at, tickets.c.ticket)
            .limit(limit)
        )
        query = self.locked(query, tickets, skip=True) if lock else query
        return [row.ticket for row in self.connection.execute(query)]

    def looked_at(self, tickets_: Sequence[str], number: int) -> None:
        """See the port."""
        for some in in_turns(tickets_):
            self.connection.execute(update(tickets).where(tickets.c.ticket.in_(some)).values(looked_at=number))


def _head_row(head: Head) -> dict[str, Any]:
    return {name: getattr(head, name) for name in HEAD}


def head_of_row(row: Row[Any]) -> Head:
    """A ticket in short, from the columns `HEAD`."""
    return Head(*tuple(row))


def _event_rows(one: Made) -> Iterable[dict[str, Any]]:
    for number, event in enumerate(one.records, one.before + 1):
        yield {
            "ticket": one.head.ticket,
            "number": number,
            "type": event.type,
            "at": micros(event.at),
            "engine": event.engine,
            "event_id": event.id or None,
            "summed_at": micros(event.recorded_at or event.at) if event.engine and event.type in SUMMED else None,
            "body": dumped(event.as_json()),
        }


def _decision_row(decision: DecisionRow) -> dict[str, Any]:
    row = {name: getattr(decision, name) for name in _DECISION[:-1]}
    body = {name: getattr(decision, name) for name in _BODY}
    return {**row, "body": dumped({**body, "versions": dict(decision.versions)})}


def _decision(row: Row[Any]) -> DecisionRow:
    body = json.loads(row.body)
    lists = (tuple(body[name]) for name in _BODY[1:])
    columns = (row.ticket, row.first, row.records, row.at, row.trigger, row.digest)
    return DecisionRow(f"{row.ticket}.{row.first}", *columns, body["versions"], *lists)


def _pending_row(one: Pending) -> dict[str, Any]:
    given = {"ticket": one.ticket, "due": one.due, "kind": one.kind, "name": one.name, "level": one.level}
    return {**given, "wake": one.due, "attempts": 0, "problem": ""}


def _pending(row: Row[Any]) -> Pending:
    return Pending(row.ticket, row.due, row.kind, row.name, row.level)
