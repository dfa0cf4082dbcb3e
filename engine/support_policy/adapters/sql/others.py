"""Versions, mails and the register in SQL."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select

from support_policy.adapters.sql.common import Part, dumped, in_turns, matching, plain
from support_policy.adapters.sql.tables import answers, audit, mails, runs, threads, tokens, versions, workers
from support_policy.service.watch.rows import Answered, AuditRow, MailRow, TokenRow, VersionRow

_LINE = 7_361_154_002
"""The lock that those who decide share, and who adopts a version has alone: any number that nobody else uses."""
_NO_ADOPTION = select(func.pg_advisory_xact_lock_shared(_LINE))
_ADOPTION = select(func.pg_advisory_xact_lock(_LINE))


class SqlVersions(Part):
    """See `ports.Versions`."""

    def newest(self) -> int:
        """See the port."""
        if self.postgres and self.connection.get_execution_options().get("writes"):
            # A statement of its own: the one that waits for an adoption would not see what it has stored.
            self.connection.execute(_NO_ADOPTION)
        return int(self.connection.execute(select(func.coalesce(func.max(versions.c.number), 0))).scalar_one())

    def hold(self) -> None:
        """See the port."""
        if self.postgres:
            self.connection.execute(_ADOPTION)

    def all(self) -> Sequence[VersionRow]:
        """See the port."""
        found = self.connection.execute(select(versions).order_by(versions.c.number))
        return [VersionRow(**{**row._asdict(), "files": _unpacked(row.files)}) for row in found]

    def add(self, row: VersionRow) -> None:
        """See the port."""
        values = {field.name: getattr(row, field.name) for field in fields(VersionRow)}
        self.connection.execute(insert(versions), [{**values, "files": _packed(row.files)}])


def _packed(files: Mapping[str, bytes]) -> bytes:
    text = {name: b64encode(content).decode() for name, content in sorted(files.items())}
    return zlib.compress(json.dumps(text).encode())


def _unpacked(data: bytes) -> dict[str, bytes]:
    return {name: b64decode(text) for name, text in json.loads(zlib.decompress(data)).items()}


class SqlMails(Part):
    """See `ports.Mails`."""

    def add(self, row: MailRow) -> int:
        """See the port."""
        values = {field.name: getattr(row, field.name) for field in fields(MailRow) if field.name != "id"}
        values |= {name: plain(values[name]) for name in ("sender", "message_id", "ticket", "subject", "problem")}
        values["recipients"] = dumped(list(row.recipients))
        return int(self.connection.execute(insert(mails).returning(mails.c.id), [values]).scalar_one())

    def get(self, id: int) -> MailRow | None:
        """See the port."""
        row = self.connection.execute(select(mails).where(mails.c.id == id)).one_or_none()
        return None if row is None else _mail(row)

    def page(self, where: Mapping[str, Any], after: int, limit: int) -> Sequence[MailRow]:
        """See the port."""
        query = select(mails).where(matching(mails, where), mails.c.id > after).order_by(mails.c.id).limit(limit)
        return [_mail(row) for row in self.connection.execute(query)]

    def ticket_of(self, message_ids: Sequence[str]) -> str:
        """See the port."""
        known: dict[str, str] = {}
        for some in in_turns(map(plain, message_ids)):
            found = self.connection.execute(select(threads).where(threads.c.message_id.in_(some)))
            known |= {row.message_id: row.ticket for row in found}
        return next((known[plain(name)] for name in reversed(message_ids) if plain(name) in known), "")

    def belongs(self, message_id: str, ticket: str) -> None:
        """See the port."""
        self.insert_or_ignore(threads, [{"message_id": plain(message_id), "ticket": plain(ticket)}], "message_id")

    def seen(self, message_id: str) -> bool:
        """See the port."""
        query = select(mails.c.id).where(mails.c.message_id == plain(message_id)).limit(1)
        return self.connection.execute(query).first() is not None


def _mail(row: Row[Any]) -> MailRow:
    return MailRow(**{**row._asdict(), "recipients": tuple(json.loads(row.recipients)), "raw": bytes(row.raw)})


class SqlRegister(Part):
    """See `ports.Register`."""

    def tokens(self) -> Sequence[TokenRow]:
        """See the port."""
        found = self.connection.execute(select(tokens).order_by(tokens.c.created, tokens.c.id))
        return [_token(row) for row in found]

    def token(self, id: str) -> TokenRow | None:
        """See the port."""
        row = self.connection.execute(select(tokens).where(tokens.c.id == plain(id))).one_or_none()
        return None if row is None else _token(row)

    def put_token(self, row: TokenRow) -> None:
        """See the port."""
        values = {field.name: getattr(row, field.name) for field in fields(TokenRow)}
        lists = {name: dumped(list(values[name])) for name in ("scopes", "organizations")}
        self.put(tokens, [{**values, **lists, "name": plain(row.name)}], "id")

    def answered(self, principal: str, key: str) -> Answered | None:
        """See the port."""
        query = select(answers).where(answers.c.principal == plain(principal), answers.c.key == plain(key))
        row = self.connection.execute(query).one_or_none()
        return None if row is None else Answered(**row._asdict())

    def answer(self, row: Answered) -> None:
        """See the port."""
        values = {field.name: getattr(row, field.name) for field in fields(Answered)}
        self.connection.execute(insert(answers), [values | {"principal": plain(row.principal), "key": plain(row.key)}])

    def forget_answers(self, before: int) -> None:
        """See the port."""
        self.connection.execute(delete(answers).where(answers.c.created < before))

    def audit(self, row: AuditRow) -> None:
        """See the port."""
        values = {"at": row.at, "what": row.what, "actor": plain(row.actor), "subject": plain(row.subject)}
        self.connection.execute(insert(audit), [{**values, "detail": dumped(dict(row.detail))}])

    def audit_page(self, what: str, after: int, limit: int) -> Sequence[AuditRow]:
        """See the port."""
        query = select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(limit)
        if what:
            query = query.where(or_(audit.c.what == what, audit.c.what.startswith(f"{what}.", autoescape=True)))
        return [_audited(row) for row in self.connection.execute(query)]

    def last_audit(self, what: str, subject: str) -> AuditRow | None:
        """See the port."""
        named = or_(audit.c.what == what, audit.c.what.startswith(f"{what}.", autoescape=True))
        query = select(audit).where(named, audit.c.subject == plain(subject)).order_by(audit.c.id.desc()).limit(1)
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

    def beat(self, worker: str, now: int, detail: Mapping[str, Any]) -> None:
        """See the port."""
        self.put(workers, [{"worker": worker, "at": now, "detail": dumped(dict(detail))}], "worker")

    def workers(self, since: int) -> Mapping[str, Mapping[str, Any]]:
        """See the port."""
        found = self.connection.execute(select(workers).where(workers.c.at >= since).order_by(workers.c.worker))
        return {row.worker: {"at": row.at, **json.loads(row.detail)} for row in found}


def _token(row: Row[Any]) -> TokenRow:
    lists = {name: tuple(json.loads(getattr(row, name))) for name in ("scopes", "organizations")}
    return TokenRow(**{**row._asdict(), **lists})


def _audited(row: Row[Any]) -> AuditRow:
    return AuditRow(row.at, row.what, row.actor, row.subject, json.loads(row.detail), row.id)
