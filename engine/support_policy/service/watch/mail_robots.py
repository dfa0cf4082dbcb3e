"""Whether a mail was sent by a machine, and so is no response, gets no answer and begins no ticket by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

from support_policy.service.watch.mail_addresses import domain, same
from support_policy.service.watch.mail_names import LOOP
from support_policy.service.watch.mail_text import Mail

_OWN_ID = re.compile(r"<(?:[0-9a-f]{32}|ticket\.[^@<>\s]+)@([^@<>\s]+)>")
_ROBOTS = re.compile(
    r"(?:mailer-?daemon|postmaster|no-?reply|do-?not-?reply|bounces?|autoresponder|auto-?reply)(?:[+=].*)?",
    re.IGNORECASE,
)
_SAYS_SO = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "list-id", "list-unsubscribe-post")
_BULK = ("bulk", "junk", "list", "auto_reply")
_MOST_HOPS = 60


@dataclass(frozen=True, slots=True)
class Ours:
    """What is our own: the addresses that mail comes in at, and the domain of our Message-IDs."""

    addresses: tuple[str, ...]
    domain: str


def own_id_of(message_id: str, ours: Ours) -> bool:
    """Whether a Message-ID is one that we give."""
    found = _OWN_ID.fullmatch(message_id)
    return bool(found) and found[1].lower() == ours.domain.lower()  # type: ignore[index]  # it was found


def automatic(mail: Mail, path: str, ours: Ours) -> str:
    """Why a mail counts as a machine's; "" when a person seems to have written it. `path` is its envelope's sender."""
    return _ours(mail, path, ours) or _says(mail) or _from_robot(mail, path)


def _ours(mail: Mail, path: str, ours: Ours) -> str:
    if mail.header(LOOP.lower()).strip().lower() == ours.domain.lower() or own_id_of(mail.message_id, ours):
        return "it is a mail of our own that came back"
    senders = [path, *([mail.sender.address] if mail.sender else [])]
    if any(same(sender, own) for sender in senders for own in ours.addresses):
        return "it comes from our own address"
    if len(mail.headers.get("received", ())) > _MOST_HOPS:
        return "it has been handed on too often: a loop"
    return ""


def _says(mail: Mail) -> str:
    """What the mail says of itself: RFC 3834, and what was used before it."""
    submitted = re.split(r"[\s;(]", mail.header("auto-submitted").lower().strip())[0]
    if submitted not in ("", "no"):
        return f"it says `Auto-Submitted: {submitted[:40]}`"
    precedence = mail.header("precedence").lower().strip()
    if precedence in _BULK:
        return f"it says `Precedence: {precedence}`"
    suppress = mail.header("x-auto-response-suppress").lower()
    if suppress and suppress.strip() != "none":
        return "it says `X-Auto-Response-Suppress`"
    said = next((name for name in _SAYS_SO if mail.header(name).strip().lower() not in ("", "no")), "")
    if said:
        return f"it has the header `{said.title()}`"
    if mail.type == "multipart/report" or mail.type in ("message/delivery-status", "message/disposition-notification"):
        return "it is a report about a mail"
    return ""


def _from_robot(mail: Mail, path: str) -> str:
    if path == "<>" or mail.header("return-path").replace(" ", "") == "<>":
        return "it asks for no answer: its return path is empty"
    for sender in (path, mail.sender.address if mail.sender else ""):
        local = sender.removesuffix(f"@{domain(sender)}") if "@" in sender else sender
        if _ROBOTS.fullmatch(local):
            return f"it comes from a machine, `{local[:60]}`"
    return ""
