"""The register in SQL: tokens, answers, the audit trail, schedules, workers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from support_policy.adapters.sql.common import Part, dumped
from support_policy.adapters.sql.tables import answers, audit, runs, tokens, workers
from support_policy.service.watch.rows import Answered, AuditRow, TokenRow


class SqlRegister(Part):
    """See `ports.Register`."""

    def tokens(self) -> Sequence[TokenRow]:
        """See the port."""
        found = self.connection.execute(select(tokens).order_by(tokens.c.created, tokens.c.id))
        return [_token(row) for row in found]

    def token(self, id: str) -> TokenRow | None:
        """See the port."""
        row = self.connection.execute(select(tokens).where(tokens.c.id == id)).one_or_none()
        return None if row is None else _token(row)

    def put_token(self, row: TokenRow) -> None:
        """See the port."""
        values = {field.name: getattr(row, field.name) for field in fields(TokenRow)}
        lists = {name: dumped(list(values[name])) for name in ("scopes", "organizations")}
        self.put(tokens, [{**values, **lists}], "id")

    def answered(self, principal: str, key: str) -> Answered | None:
        """See the port."""
        query = select(answers).where(answers.c.principal == principal, answers.c.key == key)
        row = self.connection.execute(query).one_or_none()
        return None if row is None else Answered(**row._asdict())

    def answer(self, row: Answered) -> None:
        """See the port."""
        values = {field.name: getattr(row, field.name) for field in fields(Answered)}
        self.connection.execute(insert(answers), [values])

    def forget_answers(self, before: int, limit: int) -> int:
        """See the port."""
        key = (answers.c.principal, answers.c.key)
        old = select(*key).where(answers.c.created < before).order_by(answers.c.created).limit(limit)
        return self.connection.execute(delete(answers).where(tuple_(*key).in_(old))).rowcount

    def audit(self, row: AuditRow) -> None:
        """See the port."""
        values = {"at": row.at, "what": row.what, "actor": row.actor, "subject": row.subject}
        self.connection.execute(insert(audit), [{**values, "detail": dumped(dict(row.detail))}])

    def audit_page(self, what: str, after: int, limit: int) -> Sequence[AuditRow]:
        """See the port."""
        query = select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(limit)
        if what:
            query = query.where(_named(what))
        return [_audited(row) for row in self.connection.execute(query)]

    def last_audit(self, what: str, subject: str) -> AuditRow | None:
        """See the port."""
        query = select(audit).where(_named(what), audit.c.subject == subject).order_by(audit.c.id.desc()).limit(1)
        row = self.connection.execute(query).one_or_none()
        return None if row is None else _audited(row)

    def ran(self, schedule: str, at: int) -> bool:
        """See the port."""
        return self.insert_or_ignore(runs, [{"schedule": schedule, "at": at}], "schedule", "at") > 0

    def last_run(self, schedule: str) -> int | None:
        """See the port."""
        query = select(func.max(runs.c.at)).where(runs.c.schedule == schedule)
        last: int | None = self.connection.execute(query).scalar_one()
        return last

    def forget_workers(self, before: int) -> None:
        """See the port."""
        self.connection.execute(delete(workers).where(workers.c.at < before))

    def beat(self, worker: str, now: int, detail: Mapping[str, Any]) -> None:
        """See the port."""
        self.put(workers, [{"worker": worker, "at": now, "detail": dumped(dict(detail))}], "worker")

    def workers(self, since: int) -> Mapping[str, Mapping[str, Any]]:
        """See the port."""
        found = self.connection.execute(select(workers).where(workers.c.at >= since).order_by(workers.c.worker))
        return {row.worker: {"at": row.at, **json.loads(row.detail)} for row in found}


def _named(what: str) -> ColumnElement[bool]:
    """This name, or one below it: `/` follows `.`, and an index serves."""
    return or_(audit.c.what == what, and_(audit.c.what > f"{what}.", audit.c.what < f"{what}/"))


def _token(row: Row[Any]) -> TokenRow:
    lists = {name: tuple(json.loads(getattr(row, name))) for name in ("scopes", "organizations")}
    return TokenRow(**{**row._asdict(), **lists})


def _audited(row: Row[Any]) -> AuditRow:
    return AuditRow(row.at, row.what, row.actor, row.subject, json.loads(row.detail), row.id)
