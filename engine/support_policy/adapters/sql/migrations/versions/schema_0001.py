"""The first schema: the log and what is kept beside it."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TEXT

revision = "0001"
down_revision = None

WORDS = Text().with_variant(TEXT(collation="C"), "postgresql")
COUNTED = BigInteger().with_variant(Integer, "sqlite")
APPEND_ONLY = ("events", "decisions", "audit")


def upgrade() -> None:
    """Make every table in an empty database."""
    _logs()
    _tickets()
    _letters()
    _mails()
    _register()
    for table in APPEND_ONLY:
        _only_append(table)


def _logs() -> None:
    op.create_table(
        "events",
        Column("position", COUNTED, primary_key=True, autoincrement=True),
        _words("ticket"),
        Column("number", Integer, nullable=False),
        _words("type"),
        _whole("at"),
        Column("engine", Boolean, nullable=False),
        Column("event_id", WORDS),
        Column("summed_at", BigInteger),
        _json("body"),
        UniqueConstraint("ticket", "number", name="events_ticket_number"),
    )
    _index("events_summed_at", "events", ["summed_at"], "summed_at IS NOT NULL")
    op.create_table(
        "decisions",
        _words("ticket"),
        Column("first", Integer, nullable=False),
        Column("records", Integer, nullable=False),
        _whole("at"),
        _words("trigger"),
        _words("digest"),
        _json("body"),
        PrimaryKeyConstraint("ticket", "first"),
    )
    op.create_table(
        "versions",
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("digest", WORDS, nullable=False, unique=True),
        _words("name"),
        _words("version"),
        _whole("in_force_from"),
        _whole("adopted_at"),
        _words("adopted_by"),
        Column("retarget", Boolean, nullable=False),
        Column("files", LargeBinary, nullable=False),
        Column("holidays", LargeBinary, nullable=False),
    )


def _tickets() -> None:
    _keyed(
        "tickets",
        ("ticket",),
        Column("length", Integer, nullable=False),
        _words("digest"),
        _words("state"),
        Column("open", Boolean, nullable=False),
        *map(_words, ("priority", "stated", "assessed", "organization", "office", "team", "subject", "requester")),
        *map(_count, ("escalation_level", "open_requests", "breaches", "begun", "updated")),
        Column("due_at", BigInteger),
        *map(_count, ("since", "looked_at")),
    )
    _index("tickets_begun", "tickets", ["begun"])
    _index("tickets_open", "tickets", ["ticket"], "open")
    _index("tickets_organization", "tickets", ["organization", "ticket"])
    _index("tickets_open_priority", "tickets", ["priority", "ticket"], "open")
    _index("tickets_open_looked_at", "tickets", ["looked_at", "ticket"], "open")
    _keyed(
        "agenda",
        ("ticket",),
        _whole("wake"),
        _whole("due"),
        _words("kind"),
        _words("name"),
        Column("level", Integer, nullable=False),
        Column("attempts", Integer, nullable=False, server_default="0"),
        _words("problem"),
    )
    _index("agenda_wake", "agenda", ["wake"])
    _index("agenda_stuck", "agenda", ["ticket"], "attempts > 0")
    _keyed("firings", ("ticket", "key"))
    op.create_table("numbers", Column("number", COUNTED, primary_key=True, autoincrement=True))


def _letters() -> None:
    op.create_table(
        "letters",
        Column("id", COUNTED, primary_key=True, autoincrement=True),
        *map(_words, ("key", "recipient", "role", "ticket", "command", "subject", "body")),
        _whole("created"),
        *map(_words, ("decision", "template", "problem")),
        _words("status"),
        Column("attempts", Integer, nullable=False, server_default="0"),
        _count("next_at"),
        _words("error"),
        Column("sent_at", BigInteger),
        Column("listed_in", BigInteger),
        Column("headers", Text, nullable=False),
        _words("claimed_by"),
        _count("claimed_until"),
        UniqueConstraint("key", "recipient", "role", name="letters_key"),
    )
    _index("letters_waiting", "letters", ["next_at", "id"], "status = 'waiting'")
    _index("letters_waiting_for", "letters", ["recipient", "id"], "status = 'waiting'")
    _index("letters_of_no_ticket", "letters", ["recipient", "created"], "ticket = ''")
    _index("letters_listed", "letters", ["listed_in", "id"], "listed_in IS NOT NULL")
    _index("letters_recipient", "letters", ["recipient", "sent_at"])
    _index("letters_status", "letters", ["status", "id"])
    _index("letters_ticket", "letters", ["ticket", "id"])


def _mails() -> None:
    op.create_table(
        "mails",
        Column("id", COUNTED, primary_key=True, autoincrement=True),
        _whole("received"),
        _words("sender"),
        _json("recipients"),
        _words("message_id"),
        Column("raw", LargeBinary, nullable=False),
        _words("status"),
        *map(_words, ("ticket", "subject", "problem")),
    )
    _index("mails_message", "mails", ["message_id"])
    _index("mails_status", "mails", ["status", "id"])
    _index("mails_ticket", "mails", ["ticket", "id"])
    _keyed("threads", ("message_id",), _words("ticket"))


def _register() -> None:
    op.create_table(
        "tokens",
        Column("id", WORDS, primary_key=True),
        *map(_words, ("name", "secret")),
        *map(_json, ("scopes", "organizations")),
        _whole("created"),
        Column("expires", BigInteger),
        Column("revoked", BigInteger),
    )
    _keyed(
        "answers",
        ("principal", "key"),
        _words("content"),
        Column("status", Integer, nullable=False),
        _words("body"),
        _whole("created"),
    )
    _index("answers_created", "answers", ["created"])
    op.create_table(
        "audit",
        Column("id", COUNTED, primary_key=True, autoincrement=True),
        _whole("at"),
        _words("what"),
        *map(_words, ("actor", "subject")),
        _json("detail"),
    )
    _index("audit_what", "audit", ["what", "id"])
    _index("audit_subject", "audit", ["subject", "id"])
    op.create_table(
        "runs",
        _words("schedule"),
        _whole("at"),
        PrimaryKeyConstraint("schedule", "at"),
        sqlite_with_rowid=False,
    )
    _keyed("workers", ("worker",), _whole("at"), _json("detail"))


def _only_append(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are only appended to'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_only_append() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{table} are only appended to'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_only_append BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_append()"
    )


def _keyed(table: str, key: tuple[str, ...], *columns: Column[Any]) -> None:
    """A table that is looked up by its key alone; in SQLite it is one tree with it."""
    op.create_table(table, *map(_words, key), *columns, PrimaryKeyConstraint(*key), sqlite_with_rowid=False)


def _index(name: str, table: str, columns: list[str], where: str = "") -> None:
    only = text(where) if where else None
    op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)


def _words(name: str) -> Column[str]:
    return Column(name, WORDS, nullable=False)


def _json(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _whole(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")
