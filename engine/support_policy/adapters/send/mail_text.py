"""A letter as a mail: MIME, headers that tie it to its ticket, and nothing in them that the letter could smuggle in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any

from support_policy.model.event import instant
from support_policy.render.sentences import plain
from support_policy.service.watch.mail_names import MESSAGE_ID, loop_headers
from support_policy.service.watch.mail_threads import subject_of, thread_id
from support_policy.service.watch.ports import Undeliverable
from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings_out import MailFrom

WRITTEN = "reply"
"""The command of letters that a person wrote; every other mail is a machine's, and says so."""
_NOT_IN_ATOMS = r"\s\x00-\x20\x7f@<>()\[\],;:\\\""
_ADDRESS = re.compile(rf"([^{_NOT_IN_ATOMS}]{{1,64}})@([^{_NOT_IN_ATOMS}]{{1,255}})")
_MOST_REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to be handed over: the envelope, whether it needs SMTPUTF8, and its bytes."""

    sender: str
    recipient: str
    utf8: bool
    raw: bytes


class _Verbatim(EmailPolicy):
    """The rules of SMTP for what the library makes; our own headers are written as they stand.

    Given to the library, a text that looks like an encoded word is decoded first, line breaks and all.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        return (name, value) if isinstance(value, _Ready) else super().header_store_parse(name, value)

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        return value if isinstance(value, _Ready) else super().header_fetch_parse(name, value)

    def fold(self, name: str, value: Any) -> str:
        return f"{name}: {value}\r\n" if isinstance(value, _Ready) else str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode() if isinstance(value, _Ready) else super().fold_binary(name, value)


class _Ready(str):
    """The value of a header as it goes over the line."""

    __slots__ = ()


_RULES = _Verbatim(linesep=SMTP.linesep, cte_type="7bit")


def mail_of(letter: Letter, message_id: str, mail: MailFrom) -> Mail:
    """The mail of a letter; the same bytes whenever it is made. Raises `Undeliverable` for an address that is none."""
    to, sender = address_of(letter.recipient), address_of(mail.sender)
    answered, references = _thread(letter, mail.domain)
    headers = {
        "From": _named(mail.name, sender),
        "To": to,
        "Reply-To": address_of(mail.reply_to) if mail.reply_to not in ("", mail.sender) else "",
        "Subject": _words(subject_of(letter.ticket, letter.subject), "Subject"),
        "Date": format_datetime(instant(letter.created).replace(microsecond=0)),
        "Message-ID": message_id,
        "In-Reply-To": answered,
        "References": "\r\n ".join(references),
        **loop_headers(mail.domain, automatic=letter.command != WRITTEN),
    }
    message = EmailMessage(_RULES)
    for name, value in headers.items():
        if value:
            message[name] = _Ready(value)
    message.set_content(letter.body.encode("utf-8", "replace").decode(), cte=_encoding(letter.body))
    return Mail(sender, to, not (to + sender + mail.reply_to).isascii(), message.as_bytes())


def address_of(text: str) -> str:
    """An address `name@host`, its host in ASCII. Raises `Undeliverable` for what is none."""
    found = _ADDRESS.fullmatch(text)
    none = Undeliverable(f"`{plain(text, 120)}` is no address of mail")
    if found is None or found[1].startswith(".") or found[1].endswith(".") or ".." in found[1]:
        raise none
    try:
        host = found[2] if found[2].isascii() else found[2].encode("idna").decode("ascii")
        return f"{found[1].encode().decode()}@{host}"
    except ValueError:
        raise none from None


def _named(name: str, address: str) -> str:
    name = " ".join(plain(name, 200).split())
    if not name:
        return address
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f"{_encoded(name, 'From')} <{address}>" if _must_be_encoded(name) else f'"{escaped}" <{address}>'


def _words(text: str, header: str) -> str:
    text = " ".join(plain(text, 400).split())
    if _must_be_encoded(text):
        return _encoded(text, header)
    return Header(text, "us-ascii", header_name=header, maxlinelen=76).encode(linesep="\r\n")


def _must_be_encoded(text: str) -> bool:
    # What looks like an encoded word would be read as one.
    return not text.isascii() or "=?" in text


def _encoded(text: str, header: str) -> str:
    return Header(text, "utf-8", header_name=header, maxlinelen=76).encode(linesep="\r\n")


def _thread(letter: Letter, domain: str) -> tuple[str, list[str]]:
    """The id that the mail answers, and those of its thread, the oldest first."""
    root = [thread_id(letter.ticket, domain)] if letter.ticket else []
    named = {name.lower(): list(filter(_safe_id, MESSAGE_ID.findall(value))) for name, value in letter.headers.items()}
    answered = named.get("in-reply-to", [])[:1]
    known = named.get("references", [])[-_MOST_REFERENCES:]
    references = list(dict.fromkeys((*root, *known, *answered)))
    return (answered or references or [""])[-1], references


def _safe_id(name: str) -> bool:
    """Whether an id of somebody else's mail can stand in a line of ours."""
    return name.isascii() and name.isprintable() and len(name) <= 900


def _encoding(body: str) -> str:
    if body.isascii() and all(len(line) <= 78 for line in body.splitlines()):
        return "7bit"
    # Of a text in another script than ours, nearly every byte would be escaped.
    foreign = sum(not c.isascii() for c in body)
    return "base64" if foreign * 4 > len(body) else "quoted-printable"
