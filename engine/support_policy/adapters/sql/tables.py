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

from support_policy.adapters.sql.texts import Name, Words

metadata = MetaData()
Number = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts only its own INTEGER keys by itself."""


def _name(name: str) -> Column[str]:
    return Column(name, Name, nullable=False)


def _words(name: str) -> Column[str]:
    return Column(name, Words, nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


events = Table(
    "events",
    metadata,
    Column("position", Number, primary_key=True, autoincrement=True),
    Column("ticket", Name, nullable=False),
    Column("number", Integer, nullable=False),
    Column("type", Name, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("engine", Boolean, nullable=False),
    Column("event_id", Name),
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
    Column("ticket", Name, primary_key=True),
    Column("first", Integer, primary_key=True, autoincrement=False),
    Column("records", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("trigger", Name, nullable=False),
    Column("digest", Name, nullable=False),
    Column("body", Text, nullable=False),
)
"""Why each record is there: `first` is the number of the first record of a decision, its id is `TICKET.FIRST`."""

tickets = Table(
    "tickets",
    metadata,
    Column("ticket", Name, primary_key=True),
    Column("length", Integer, nullable=False),
    Column("digest", Name, nullable=False),
    Column("state", Name, nullable=False),
    Column("open", Boolean, nullable=False),
    _name("priority"),
    _name("stated"),
    _name("assessed"),
    _name("organization"),
    _name("office"),
    _name("team"),
    _words("subject"),
    _name("requester"),
    _count("escalation_level"),
    _count("open_requests"),
    _count("breaches"),
    _count("begun"),
    _count("updated"),
    Column("due_at", BigInteger),
    _count("since"),
    _count("looked_at"),
    sqlite_with_rowid=False,
)
"""What lists show of a ticket; its row is what a transaction locks. `looked_at`: the newest version to have seen it."""
Index("tickets_open", tickets.c.ticket, sqlite_where=text("open"), postgresql_where=text("open"))
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
    Column("ticket", Name, primary_key=True),
    Column("wake", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("kind", Name, nullable=False),
    Column("name", Name, nullable=False),
    Column("level", Integer, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _words("problem"),
    sqlite_with_rowid=False,
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
    Column("ticket", Name, primary_key=True),
    Column("key", Name, primary_key=True),
    sqlite_with_rowid=False,
)
"""CHAIN/LEVEL/CYCLE: what has fired once cannot be stored again."""

letters = Table(
    "letters",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("key", Name, nullable=False),
    Column("recipient", Name, nullable=False),
    Column("role", Name, nullable=False),
    Column("ticket", Name, nullable=False),
    Column("command", Name, nullable=False),
    Column("subject", Words, nullable=False),
    Column("body", Words, nullable=False),
    Column("created", BigInteger, nullable=False),
    _name("decision"),
    _name("template"),
    _words("problem"),
    Column("status", Name, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _count("next_at"),
    _words("error"),
    Column("sent_at", BigInteger),
    Column("listed_in", BigInteger),
    Column("headers", Text, nullable=False),
    _name("claimed_by"),
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
    Column("digest", Name, nullable=False, unique=True),
    Column("name", Name, nullable=False),
    Column("version", Name, nullable=False),
    Column("in_force_from", BigInteger, nullable=False),
    Column("adopted_at", BigInteger, nullable=False),
    Column("adopted_by", Name, nullable=False),
    Column("retarget", Boolean, nullable=False),
    Column("files", LargeBinary, nullable=False),
    Column("holidays", LargeBinary, nullable=False),
)

mails = Table(
    "mails",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("received", BigInteger, nullable=False),
    Column("sender", Name, nullable=False),
    Column("recipients", Text, nullable=False),
    Column("message_id", Name, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("status", Name, nullable=False),
    _name("ticket"),
    _words("subject"),
    _words("problem"),
)
Index("mails_message", mails.c.message_id)
Index("mails_status", mails.c.status, mails.c.id)
Index("mails_ticket", mails.c.ticket, mails.c.id)

threads = Table(
    "threads",
    metadata,
    Column("message_id", Name, primary_key=True),
    Column("ticket", Name, nullable=False),
    sqlite_with_rowid=False,
)
"""Which ticket a message belongs to, in or out."""

tokens = Table(
    "tokens",
    metadata,
    Column("id", Name, primary_key=True),
    Column("name", Name, nullable=False),
    Column("secret", Name, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("organizations", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
)

answers = Table(
    "answers",
    metadata,
    Column("principal", Name, primary_key=True),
    Column("key", Name, primary_key=True),
    Column("content", Name, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Words, nullable=False),
    Column("created", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("answers_created", answers.c.created)

audit = Table(
    "audit",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("what", Name, nullable=False),
    _name("actor"),
    _words("subject"),
    Column("detail", Text, nullable=False),
)
Index("audit_what", audit.c.what, audit.c.id)
Index("audit_subject", audit.c.subject, audit.c.id)

runs = Table(
    "runs",
    metadata,
    Column("schedule", Name, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)
"""Which runs of a schedule have been claimed: each by one transaction."""

workers = Table(
    "workers",
    metadata,
    Column("worker", Name, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_with_rowid=False,
)

numbers = Table("numbers", metadata, Column("number", Number, primary_key=True, autoincrement=True))
"""Numbers for new tickets: each is given out once, and nobody waits for another's."""

APPEND_ONLY = ("events", "decisions", "audit")
"""What is never changed nor taken away; the databases refuse it too."""
