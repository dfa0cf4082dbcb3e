"""The shape of `mail:` in policy.yaml, and of the names in the directory by which a sender is known."""

from __future__ import annotations

from typing import Any

from support_policy.model.mail import TICKETS, MailWords
from support_policy.source.shape import BAD, NAME, TRIGGER, Field, ListOf, Partial, Text
from support_policy.source.span import Span

STAFF = ("director", "manager", "engineer")
"""Who speaks for the house; of several that somebody may be, the first."""
NONE = "none"
_DOMAIN = r"[^\s@.]+(?:\.[^\s@.]+)"
DOMAIN = Text("a domain such as `acme.example`, without `@`", _DOMAIN + "*")
MAIL_ADDRESS = Text("an e-mail address", r"[^\s@]+@[^\s@]+")
_SOMEBODY = Text(
    "a role of the directory, a domain or an e-mail address",
    rf"[A-Za-z][A-Za-z0-9_-]{{0,63}}|{_DOMAIN}+|[^\s@]+@[^\s@]+",
)
_ACTS = {
    "engineer": "who answers as an engineer",
    "manager": "who answers as a manager",
    "director": "who answers as a director",
}


def _staff(span: Span, **v: Any) -> Any:  # noqa: ARG001 - as records are built
    return BAD if BAD in v.values() else {actor: v[actor] for actor in STAFF if v[actor]}


def _mail(span: Span, **v: Any) -> MailWords:
    v["receipt"] = "" if v["receipt"] == NONE else v["receipt"]
    return MailWords(**v, span=span)


MAIL = Partial(
    _mail,
    {
        "new_ticket": Field(
            TRIGGER, "the event type of a mail that belongs to no ticket: it begins one", required=True
        ),
        "customer_reply": Field(TRIGGER, "the event type of a customer's mail about a ticket", required=True),
        "staff_reply": Field(TRIGGER, "the event type of a mail of ours about a ticket", required=True),
        "receipt": Field(
            NAME, "the template of what is sent at once to whoever begins a ticket; `none`: nothing is sent", ""
        ),
        "tickets": Field(
            Text("what names of tickets begin with, such as `VS-`", r"[A-Za-z](?:[A-Za-z0-9_-]{0,14}[A-Za-z_-])?"),
            "what the names of tickets begin with; a number follows",
            TICKETS,
        ),
        "staff": Field(
            Partial(
                _staff,
                {name: Field(ListOf(_SOMEBODY, least=1), says, ()) for name, says in _ACTS.items()},
                title="`staff`",
            ),
            "who speaks for the house: roles of the directory, domains, addresses; everybody else is a customer",
            {},
        ),
    },
    title="`mail`",
)
