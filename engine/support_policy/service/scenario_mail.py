"""Mails in scenarios: `mail: {from, subject, body}` as an event, taken in by the rules `intake` of the policy."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from support_policy.model.event import Event
from support_policy.policy.compiled import Policy
from support_policy.policy.mail_text import MAIL_ADDRESS
from support_policy.policy.names import LIFECYCLE
from support_policy.source.shape import TEXT, Field, ListOf, Record, Whole
from support_policy.source.span import Span
from support_policy.ticket.intake import intake
from support_policy.ticket.state import TicketState


@dataclass(frozen=True, slots=True)
class Post:
    """A mail of a scenario: the variables of `intake` that it says."""

    values: Map[str, Any]

    @property
    def sender(self) -> str:
        """The address it comes from."""
        return str(self.values["mail.from"])


def _post(span: Span, **said: Any) -> Post:  # noqa: ARG001 - as records are built
    values = {f"mail.{name}": value for name, value in said.items() if value is not None}
    return Post({name: tuple(map(str, v)) if isinstance(v, tuple) else v for name, v in values.items()})


POST = Record(
    _post,
    {
        "from": Field(MAIL_ADDRESS, "the address it comes from; who that is, the directory says", required=True),
        "subject": Field(TEXT, "its subject"),
        "body": Field(TEXT, "what it says anew, without quotes"),
        "to": Field(ListOf(MAIL_ADDRESS), "the addresses it goes to"),
        "attachments": Field(Whole(0, 1_000_000), "how many files are attached"),
        "size": Field(Whole(0, 1_000_000_000), "its size in bytes"),
    },
    title="a mail",
)


def taken_in(policy: Policy, post: Post, state: TicketState, at: datetime, recorded: datetime | None) -> list[Event]:
    """The events that a mail is, of a ticket in `state`; none when a rule ignores it."""
    life = state.machines.get(LIFECYCLE)
    by = policy.actor_of(post.sender, recorded or at) or "customer"
    about = {"mail.by": by, "mail.reply": life is not None, "state": life, "priority": state.priority or None}
    found = intake(policy, {"organization": state.facts.get("organization"), **post.values, **about})
    return [
        Event(given.type, at, recorded, by, post.sender, fields={} if number else found.facts, data=given.carried)
        for number, given in enumerate(found.events)
    ]
