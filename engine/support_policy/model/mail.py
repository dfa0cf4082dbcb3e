"""The words by which mail becomes tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from support_policy.source.record import record
from support_policy.source.span import NOWHERE, Span

TICKETS = "VS-"
"""What the names of tickets begin with, where a policy does not say."""


@record
class MailWords:
    """What a mail becomes: the event types of one that begins a ticket, of a customer's reply, of a reply of ours.

    `receipt` is the template of what is sent at once to whoever begins a ticket (empty: nothing is), `tickets` what the
    names of tickets begin with. `staff` says by whom the house speaks: actor -> roles of the directory, domains (with a
    dot in them) and addresses (with an @).
    """

    new_ticket: str
    customer_reply: str
    staff_reply: str
    receipt: str = ""
    tickets: str = TICKETS
    staff: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    span: Span = field(default=NOWHERE, compare=False)


@record
class Part:
    """What a mail has by the name of a variable, such as `mail.subject`."""

    variable: str


@record
class SetFact:
    """A fact that a mail states: its value, or the part of the mail that is its value."""

    fact: str
    value: bool | int | float | str | tuple[str, ...] | Part | None


@record
class Give:
    """An event that a mail is, beside or `instead` of the one it is by itself, with what it carries."""

    event: str
    carried: Mapping[str, bool | int | float | str | tuple[str, ...] | Part | None]
    instead: bool = False


@record
class Ignore:
    """The mail changes nothing, and `why`."""

    why: str
