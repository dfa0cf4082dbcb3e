"""Letters in SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from support_policy.adapters.sql.common import Part, dumped, matching, unless_taken
from support_policy.adapters.sql.prepared import Prepared
from support_policy.adapters.sql.tables import letters, workers
from support_policy.service.watch.rows import Letter

COLUMNS = tuple(field.name for field in fields(Letter))
COLUMNS_BUT_ID = tuple(name for name in COLUMNS if name != "id")
_STORED = (*COLUMNS_BUT_ID, "claimed_by", "claimed_until")
_TURN = 0x1E77E2
"""The number of the lock of those who take letters."""
_LETTERS = select(*(letters.c[name] for name in COLUMNS))

_KEY = ("key", "recipient", "role")
_ADD = Prepared(
    lambda dialect: unless_taken(dialect, letters, _STORED, *_KEY),
    lambda: unless_taken("postgresql", letters, _STORED, *_KEY, at_once=True),
)


def add_letters(connection: Connection, rows: Sequence[Letter]) -> None:
    """Store letters; a key used before for a recipient in a role is ignored."""
    if rows:
        _ADD.run(connection, [_row(letter) for letter in rows])


class SqlLetters(Part):
    """See `ports.Letters`."""

    def claim(self, now: int, until: int, worker: str, limit: int) -> Sequence[Letter]:
        """See the port."""
        query = (
            _LETTERS.where(letters.c.status == "waiting", letters.c.next_at <= now, letters.c.claimed_until <= now)
            .order_by(letters.c.next_at, letters.c.id)
            .limit(limit)
        )
        found = [_letter(row) for row in self.connection.execute(self.locked(query, letters, skip=True))]
        if found:
            taken = update(letters).where(letters.c.id.in_([letter.id for letter in found]))
            self.connection.execute(taken.values(claimed_by=worker, claimed_until=until))
        return found

    def orphans(self, now: int, until: int, alive_since: int) -> int:
        """See the port."""
        query = select(func.count()).select_from(letters).where(_orphaned(now, until, alive_since))
        return int(self.connection.execute(query).scalar_one())

    def free(self, now: int, until: int, alive_since: int) -> int:
        """See the port."""
        freed = update(letters).where(_orphaned(now, until, alive_since)).values(claimed_by="", claimed_until=0)
        return self.connection.execute(freed).rowcount

    def update(self, letter: Letter) -> None:
        """See the port."""
        self.connection.execute(update(letters).where(letters.c.id == letter.id).values(_row(letter)))

    def add(self, letters_: Sequence[Letter]) -> None:
        """See the port."""
        add_letters(self.connection, letters_)

    def get(self, id: int) -> Letter | None:
        """See the port."""
        row = self.connection.execute(_LETTERS.where(letters.c.id == id)).one_or_none()
        return None if row is None else _letter(row)

    def page(self, where: Mapping[str, Any], after: int, limit: int) -> Sequence[Letter]:
        """See the port."""
        query = _LETTERS.where(matching(letters, where), letters.c.id > after).order_by(letters.c.id).limit(limit)
        return [_letter(row) for row in self.connection.execute(query)]

    def sent_since(self, recipient: str, since: int) -> int:
        """See the port."""
        query = select(func.count()).where(letters.c.recipient == recipient, letters.c.sent_at >= since)
        return int(self.connection.execute(query).scalar_one())

    def turn(self) -> None:
        """See the port."""
        if self.postgres:
            # What follows is another statement: it sees what those who were waited for have committed.
            self.connection.execute(select(func.pg_advisory_xact_lock(_TURN)))

    def in_hand(self, recipient: str, now: int) -> int:
        """See the port."""
        claimed = select(func.count()).where(_waits_for(recipient), letters.c.claimed_until > now)
        return int(self.connection.execute(claimed).scalar_one())

    def latest(self, recipient: str, command: str) -> int | None:
        """See the port."""
        of = (letters.c.ticket == "", letters.c.recipient == recipient, letters.c.command == command)
        last: int | None = self.connection.execute(select(func.max(letters.c.created)).where(*of)).scalar_one()
        return last

    def waiting(self, recipient: str, now: int, limit: int) -> Sequence[Letter]:
        """See the port."""
        query = (
            _LETTERS.where(_waits_for(recipient), letters.c.claimed_until <= now).order_by(letters.c.id).limit(limit)
        )
        return [_letter(row) for row in self.connection.execute(self.locked(query, letters, skip=True))]

    def backlog(self) -> Mapping[str, int]:
        """See the port."""
        unsent = letters.c.status.in_(("waiting", "dead"))
        query = select(letters.c.status, func.count()).where(unsent).group_by(letters.c.status)
        return {status: int(count) for status, count in self.connection.execute(query)}

    def next_at(self) -> int | None:
        """See the port."""
        claimed = letters.c.claimed_until > letters.c.next_at
        free_at = case((claimed, letters.c.claimed_until), else_=letters.c.next_at)
        query = select(func.min(free_at)).where(letters.c.status == "waiting")
        first: int | None = self.connection.execute(query).scalar_one()
        return first


def _waits_for(recipient: str) -> ColumnElement[bool]:
    return and_(letters.c.status == "waiting", letters.c.recipient == recipient)


def _orphaned(now: int, until: int, alive_since: int) -> ColumnElement[bool]:
    alive = select(workers.c.worker).where(workers.c.at >= alive_since)
    claimed = and_(letters.c.status == "waiting", letters.c.claimed_until > now, letters.c.claimed_until <= until)
    return and_(claimed, letters.c.claimed_by.not_in(alive))


def _row(letter: Letter) -> dict[str, Any]:
    row = {name: getattr(letter, name) for name in COLUMNS_BUT_ID}
    return {**row, "headers": dumped(dict(letter.headers)), "claimed_by": "", "claimed_until": 0}


def _letter(row: Row[Any]) -> Letter:
    made = dict(zip(COLUMNS, row, strict=True))
    return Letter(**{**made, "headers": json.loads(made["headers"])})
