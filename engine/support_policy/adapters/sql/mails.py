"""Mails in SQL, and which ticket a message belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, func, insert, literal, select

from support_policy.adapters.sql.common import Part, dumped, in_turns, matching
from support_policy.adapters.sql.tables import mails, threads
from support_policy.adapters.sql.texts import known_as
from support_policy.service.watch.rows import MailRow

_BUT_RAW = [column for column in mails.columns if column.name != "raw"]


class SqlMails(Part):
    """See `ports.Mails`."""

    def add(self, row: MailRow) -> int:
        """See the port."""
        values = {field.name: getattr(row, field.name) for field in fields(MailRow) if field.name not in ("id", "size")}
        values["recipients"] = dumped(list(row.recipients))
        return int(self.connection.execute(insert(mails).returning(mails.c.id), [values]).scalar_one())

    def get(self, id: int) -> MailRow | None:
        """See the port."""
        row = self.connection.execute(select(mails).where(mails.c.id == id)).one_or_none()
        return None if row is None else _mail(row)

    def page(self, where: Mapping[str, Any], after: int, limit: int) -> Sequence[MailRow]:
        """See the port."""
        # The length alone is known without reading what is long.
        size = func.octet_length(mails.c.raw) if self.postgres else func.length(mails.c.raw)
        columns: list[Any] = [*_BUT_RAW, literal(b"").label("raw"), size.label("size")]
        query = select(*columns).where(matching(mails, where), mails.c.id > after).order_by(mails.c.id).limit(limit)
        return [_mail(row) for row in self.connection.execute(query)]

    def ticket_of(self, message_ids: Sequence[str]) -> str:
        """See the port."""
        known: dict[str, str] = {}
        for some in in_turns(message_ids):
            found = self.connection.execute(select(threads).where(threads.c.message_id.in_(some)))
            known |= {row.message_id: row.ticket for row in found}
        return next((known[name] for name in map(known_as, reversed(message_ids)) if name in known), "")

    def belongs(self, message_id: str, ticket: str) -> None:
        """See the port."""
        self.insert_or_ignore(threads, [{"message_id": message_id, "ticket": ticket}], "message_id")

    def seen(self, message_id: str) -> bool:
        """See the port."""
        query = select(mails.c.id).where(mails.c.message_id == message_id).limit(1)
        return self.connection.execute(query).first() is not None


def _mail(row: Row[Any]) -> MailRow:
    given, raw = row._asdict(), bytes(row.raw)
    return MailRow(**{"size": len(raw), **given, "recipients": tuple(json.loads(row.recipients)), "raw": raw})
