"""The tables. Instants are microseconds since 1970; what has parts of its own is JSON text."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()
Number = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts only its own INTEGER keys by itself."""


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


events = Table(
    "events",
    metadata,
    Column("position", Number, primary_key=True, autoincrement=True),
    Column("ticket", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("engine", Boolean, nullable=False),
    Column("event_id", Text),
    Column("summed_at", BigInteger),
    Column("body", Text, nullable=False),
    UniqueConstraint("ticket", "number", name="events_ticket_number"),
)
"""The log: appended to, never changed. `number` counts a ticket's records from 1.

`summed_at` is when a record was learned that reports count (`gathering.SUMMED`); others have none.
"""
Index(
    "events_summed_at",
    events.c.summed_at,
    sqlite_where=text("summed_at IS NOT NULL"),
    postgresql_where=text("summed_at IS NOT NULL"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("ticket", Text, nullable=False),
    Column("first", Integer, nullable=False),
    Column("records", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("ticket", "first", name="decisions_ticket_first"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("length", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    _text("priority"),
    _text("stated"),
    _text("assessed"),
    _text("organization"),
    _text("office"),
    _text("team"),
    _text("subject"),
    _text("requester"),
    _count("escalation_level"),
    _count("open_requests"),
    _count("breaches"),
    _count("begun"),
    _count("updated"),
    Column("due_at", BigInteger),
    _count("since"),
    _count("looked_at"),
)
"""What lists show of a ticket; its row is what a transaction locks. `looked_at`: the newest version to have seen it."""
Index("tickets_begun", tickets.c.begun)
Index("tickets_organization", tickets.c.organization, tickets.c.ticket)
Index(
    "tickets_open_priority",
    tickets.c.priority,
    tickets.c.ticket,
    sqlite_where=text("open"),
    postgresql_where=text("open"),
)
Index(
    "tickets_open_looked_at",
    tickets.c.looked_at,
    tickets.c.ticket,
    sqlite_where=text("open"),
    postgresql_where=text("open"),
)

agenda = Table(
    "agenda",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("wake", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _text("problem"),
)
"""What falls due next for each ticket. `wake` is when a worker looks: `due`, or later where deciding has failed."""
Index("agenda_wake", agenda.c.wake)
Index(
    "agenda_stuck",
    agenda.c.ticket,
    sqlite_where=text("attempts > 0"),
    postgresql_where=text("attempts > 0"),
)

firings = Table(
    "firings",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("key", Text, primary_key=True),
)
"""CHAIN/LEVEL/CYCLE: what has fired once cannot be stored again."""

letters = Table(
    "letters",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    _text("decision"),
    _text("template"),
    _text("problem"),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _count("next_at"),
    _text("error"),
    Column("sent_at", BigInteger),
    Column("listed_in", BigInteger),
    Column("headers", Text, nullable=False, server_default="{}"),
    _text("claimed_by"),
    _count("claimed_until"),
    UniqueConstraint("key", "recipient", "role", name="letters_key"),
)
Index(
    "letters_waiting",
    letters.c.next_at,
    letters.c.id,
    sqlite_where=text("status = 'waiting'"),
    postgresql_where=text("status = 'waiting'"),
)
Index("letters_recipient", letters.c.recipient, letters.c.sent_at)
Index(
    "letters_waiting_for",
    letters.c.recipient,
    letters.c.id,
    sqlite_where=text("status = 'waiting'"),
    postgresql_where=text("status = 'waiting'"),
)
Index(
    "letters_of_no_ticket",
    letters.c.recipient,
    letters.c.created,
    sqlite_where=text("ticket = ''"),
    postgresql_where=text("ticket = ''"),
)
Index(
    "letters_listed",
    letters.c.listed_in,
    letters.c.id,
    sqlite_where=text("listed_in IS NOT NULL"),
    postgresql_where=text("listed_in IS NOT NULL"),
)
Index("letters_status", letters.c.status, letters.c.id)
Index("letters_ticket", letters.c.ticket, letters.c.id)

versions = Table(
    "versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("in_force_from", BigInteger, nullable=False),
    Column("adopted_at", BigInteger, nullable=False),
    Column("adopted_by", Text, nullable=False),
    Column("retarget", Boolean, nullable=False),
    Column("files", LargeBinary, nullable=False),
    Column("holidays", LargeBinary, nullable=False),
)

mails = Table(
    "mails",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("received", BigInteger, nullable=False),
    Column("sender", Text, nullable=False),
    Column("recipients", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    _text("ticket"),
    _text("subject"),
    _text("problem"),
)
Index("mails_message", mails.c.message_id)
Index("mails_status", mails.c.status, mails.c.id)
Index("mails_ticket", mails.c.ticket, mails.c.id)

threads = Table(
    "threads",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("ticket", Text, nullable=False),
)
"""Which ticket a message belongs to, in or out."""

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("organizations", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
)

answers = Table(
    "answers",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
)
Index("answers_created", answers.c.created)

audit = Table(
    "audit",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("what", Text, nullable=False),
    _text("actor"),
    _text("subject"),
    Column("detail", Text, nullable=False),
)
Index("audit_what", audit.c.what, audit.c.id)

runs = Table(
    "runs",
    metadata,
    Column("schedule", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True),
)
"""Which runs of a schedule have been claimed: each by one transaction."""

workers = Table(
    "workers",
    metadata,
    Column("worker", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
)

numbers = Table("numbers", metadata, Column("number", Number, primary_key=True, autoincrement=True))
"""Numbers for new tickets: each is given out once, and nobody waits for another's."""

APPEND_ONLY = ("events", "decisions", "audit")
"""What is never changed nor taken away; the databases refuse it too."""
