"""Mails as they come: whole, odd and broken, and those of machines; each with what must be made of it."""

from __future__ import annotations

from tests.mail.corpus_parts import STRUCTURES, UNREADABLE
from tests.mail.corpus_words import CHARSETS, PLAIN_MAILS, SENDERS
from tests.mail.making import PLAIN, REPORT, STATUS, Case, mail, many

AUTOMATIC = [
    Case("vacation", mail("vacation", "I am away.\n", "Auto-Submitted: auto-replied"), "ignored", text=None),
    Case("auto-no", mail("auto-no", "Nothing works.\n", "Auto-Submitted: no")),
    Case("auto-generated", mail("auto-generated", "x\n", "Auto-Submitted: Auto-Generated; x=1"), "ignored", text=None),
    Case("bulk", mail("bulk", "News\n", "Precedence: bulk"), "ignored", text=None),
    Case("list", mail("list", "News\n", "List-Id: <news.acme.example>"), "ignored", text=None),
    Case("suppress", mail("suppress", "x\n", "X-Auto-Response-Suppress: All"), "ignored", text=None),
    Case("autoreply", mail("autoreply", "x\n", "X-Autoreply: yes"), "ignored", text=None),
    Case("null-path", mail("null-path", "x\n", "Return-Path: <>"), "ignored", text=None),
    Case(
        "daemon", mail("daemon", "x\n", From="Mailer <MAILER-DAEMON@acme.example>"), "ignored", text=None, sender=None
    ),
    Case("no-reply", mail("no-reply", "x\n", From="no-reply@acme.example"), "ignored", text=None, sender=None),
    Case(
        "bounce",
        mail(
            "bounce",
            many(
                (PLAIN, "It failed."),
                ("Content-Type: message/delivery-status", STATUS),
                ("Content-Type: message/rfc822", "Message-ID: <out@vmoso.example>\nSubject: x\n\nx"),
            ),
            Content_Type=REPORT,
            From="postmaster@acme.example",
        ),
        "ignored",
        text="It failed.",
        sender=None,
        attachments=(("message.eml", "message/rfc822"),),
    ),
    Case(
        "receipt",
        mail(
            "receipt",
            many((PLAIN, "It was read."), ("Content-Type: message/disposition-notification", "Disposition: x")),
            Content_Type="multipart/report; report-type=disposition-notification; boundary=b1",
        ),
        "ignored",
        text=None,
        attachments=(("message.eml", "message/disposition-notification"),),
    ),
    Case(
        "from-ourselves",
        mail("from-ourselves", "x\n", From="Support <Support@VMOSO.example>"),
        "ignored",
        text=None,
        sender=None,
    ),
    Case("own-header", mail("own-header", "x\n", "X-Support-Policy: vmoso.example"), "ignored", text=None),
    Case(
        "own-id",
        mail("own-id", "x\n", Message_ID="<0123456789abcdef0123456789abcdef@vmoso.example>"),
        "ignored",
        text=None,
    ),
]
CASES = [*PLAIN_MAILS, *CHARSETS, *SENDERS, *STRUCTURES, *UNREADABLE, *AUTOMATIC]
