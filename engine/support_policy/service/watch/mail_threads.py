"""What ties the mails about a ticket together: the id of its thread, and its name in the subject."""

from __future__ import annotations

import re
from hashlib import sha256

_ATOM = re.compile(r"[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,3}")


def thread_id(ticket: str, domain: str) -> str:
    """A Message-ID that no mail has and every mail about the ticket refers to, so that clients show them together."""
    name = ticket if _ATOM.fullmatch(ticket) else sha256(ticket.encode(errors="replace")).hexdigest()[:32]
    return f"<ticket.{name}@{domain}>"


def subject_of(ticket: str, subject: str) -> str:
    """The subject with the ticket's name in it, which an answer is known by when all else is lost."""
    if not ticket or re.search(rf"(?<!\w){re.escape(ticket)}(?!\w)", subject):
        return subject
    return f"{subject} [{ticket}]" if subject else f"[{ticket}]"
