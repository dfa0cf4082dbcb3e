"""A mail that was kept, shown as text to an operator: nothing in it can act on a terminal or a page."""

from __future__ import annotations

from support_policy.model.event import instant
from support_policy.service.watch.mail_text import read_mail
from support_policy.service.watch.rows import MailRow

_SHOWN = ("from", "to", "cc", "date", "subject", "message-id", "in-reply-to", "references", "auto-submitted")


def show_mail(row: MailRow, limit: int = 20_000) -> str:
    """What a stored mail says, its characters made harmless and its text cut after `limit` characters.

    Where no text was found, the raw bytes as they stand.
    """
    read = read_mail(row.raw)
    about = [
        f"mail {row.id}, received {instant(row.received).isoformat(timespec='seconds')}: {row.status}",
        *([f"ticket: {row.ticket}"] if row.ticket else []),
        *([f"why: {row.problem}"] if row.problem else []),
        f"from {row.sender or 'nobody named'} for {', '.join(row.recipients) or 'nobody'}",
        *(f"problem: {problem}" for problem in read.problems),
        *(f"{name}: {value}" for name in _SHOWN for value in read.headers.get(name, ())[:5]),
        *(f"attached: {one.name} ({one.type}, {one.size} bytes)" for one in read.attachments[:100]),
    ]
    text = read.whole or row.raw[:limit].decode("utf-8", "backslashreplace")
    cut = [f"... {len(text) - limit} more characters"] if len(text) > limit else []
    rows = [*about, "", *text[:limit].splitlines(), *cut]
    return "\n".join(map(harmless, rows)) + "\n"


def harmless(text: str) -> str:
    """One line in which what is not shown as itself (controls, marks that reorder) is written by its code."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else ascii(c)[1:-1] for c in text)
