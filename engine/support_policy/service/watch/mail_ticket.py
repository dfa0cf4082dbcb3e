"""Which ticket a mail belongs to: by what it answers, else by the ticket's name in its subject."""

from __future__ import annotations

import re
from collections.abc import Callable

from support_policy.service.watch.mail_addresses import same
from support_policy.service.watch.mail_names import THREAD_ID
from support_policy.service.watch.mail_text import Mail
from support_policy.service.watch.ports import Work
from support_policy.service.watch.rows import Head

_MOST_MERGES = 20


def ticket_of(work: Work, mail: Mail, prefix: str, may: Callable[[Head], bool]) -> Head | None:
    """The ticket that a mail is about; None for one that begins a ticket.

    A Message-ID that one of its mails has is enough. What anybody could write down, the id of the thread or the name
    in the subject, is only where `may` says that the sender has to do with the ticket. A ticket that was merged into
    another stands for that one.
    """
    # The nearest mail first: the one that is answered, then the references from the last on.
    answered = (*mail.references, *mail.in_reply_to)
    sure = tuple(one for one in answered if not THREAD_ID.fullmatch(one))
    found = _head(work, work.mails.ticket_of(sure)) if sure else None
    if found is not None:
        return _survivor(work, found)
    weak = tuple(one for one in answered if THREAD_ID.fullmatch(one))
    names = [work.mails.ticket_of(weak)] if weak else []
    for name in dict.fromkeys((*names, *named(mail.subject, prefix))):
        head = _head(work, name)
        if head is not None and (may(head) or may(_survivor(work, head))):
            return _survivor(work, head)
    return None


def named(subject: str, prefix: str) -> list[str]:
    """The names of tickets that a subject holds, in order; capitals say nothing."""
    found = re.findall(rf"(?<![\w-]){re.escape(prefix)}(\d{{1,15}})(?![\w-])", subject, re.IGNORECASE)
    return list(dict.fromkeys(f"{prefix}{number}" for number in found))[:10]


def has_to_do(head: Head, address: str, organization: str | None, actor: str) -> bool:
    """Whether a sender has to do with a ticket: its requester, of its organization, or one of the house."""
    return bool(actor) or same(head.requester, address) or (bool(organization) and head.organization == organization)


def _head(work: Work, ticket: str) -> Head | None:
    return work.tickets.heads([ticket], lock=False).get(ticket) if ticket else None


def _survivor(work: Work, head: Head) -> Head:
    """The ticket that this one was merged into, as its log says; itself when it was not."""
    seen = {head.ticket}
    while not head.open and len(seen) < _MOST_MERGES:
        log = work.tickets.logs([head.ticket]).get(head.ticket, ())
        into = next((e.data.get("into") for e in reversed(log) if not e.engine and e.outcome == "accepted"), None)
        other = _head(work, into) if isinstance(into, str) and into not in seen else None
        if other is None:
            break
        seen.add(other.ticket)
        head = other
    return head
