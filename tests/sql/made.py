"""Rows for stores, made by hand: what a decision, a letter or a mail would be, without a policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from support_policy.model.event import Event, micros
from support_policy.service.watch.rows import DecisionRow, Head, Letter, Made, MailRow, Pending

NINE = datetime(2026, 3, 2, 17, tzinfo=UTC)
SECOND = 1_000_000
AT = micros(NINE)
"""Nine in the morning of a Monday, in microseconds."""


def event(number: int = 0, **more: Any) -> Event:
    """The event of that number, so many seconds past nine."""
    at = NINE + timedelta(seconds=number)
    return Event("updated", at, at, by="customer", id=f"e{number}", fields={"subject": f"Number {number}"}, **more)


def head(ticket: str, length: int = 1, **more: Any) -> Head:
    """A ticket in short; open unless `more` says otherwise."""
    given = {"state": "new", "open": True, "priority": "P3", "organization": "acme", "begun": AT, "updated": AT, **more}
    return Head(ticket=ticket, length=length, digest="d1", **given)


def letter(key: str = "k1", recipient: str = "jane@acme.example", **more: Any) -> Letter:
    """A letter that waits to be sent since nine."""
    given = {"role": "customer", "ticket": "T-1", "command": "notify", "subject": "Hello", "body": "There.", **more}
    return Letter(**{"key": key, "recipient": recipient, "created": AT, "next_at": AT, **given})


def mail(message_id: str = "<1@acme.example>", **more: Any) -> MailRow:
    """A mail that became an event."""
    given: Mapping[str, Any] = {"sender": "jane@acme.example", "status": "taken", "ticket": "T-1", **more}
    to, raw = ("support@vmoso.example",), b"Subject: hi\r\n\r\n\xff\x00"
    return MailRow(**{"received": AT, "recipients": to, "message_id": message_id, "raw": raw, **given})


def made(
    ticket: str,
    before: int = 0,
    records: int = 1,
    *,
    due: int | None = AT,
    firings: tuple[str, ...] = (),
    letters: tuple[Letter, ...] = (),
    events: tuple[Event, ...] = (),
    **of_head: Any,
) -> Made:
    """A decision that adds records to a ticket of so many; it waits for `due` then, or for nothing."""
    told = events or tuple(event(before + number) for number in range(1, records + 1))
    length = before + len(told)
    row = DecisionRow(
        id=f"{ticket}.{before + 1}",
        ticket=ticket,
        first=before + 1,
        records=len(told),
        at=AT,
        trigger="updated",
        digest="d1",
        versions={"tzdata": "2025.2"},
        because=({"rule": "r1", "at": ["policy.yaml", 1, 2]},),
        why_not=({"rule": "r2", "held": False},),
        commands=({"name": "notify", "notify": [["manager", "m@vmoso.example"]]},),
    )
    pending = None if due is None else Pending(ticket, due, "level", "automatic", 1)
    return Made(before, told, head(ticket, length, **of_head), pending, row, firings, letters)
