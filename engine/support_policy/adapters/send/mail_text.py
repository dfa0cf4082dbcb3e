"""A letter as a mail: MIME, headers that tie it to its ticket, and nothing in them that the letter could smuggle in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.headerregistry import Address
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


class _Policy(EmailPolicy):
    """The rules of SMTP, but lists of Message-IDs are broken between ids: the library would encode a long one."""

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in {"references", "in-reply-to", "message-id"}:
            return f"{name}: " + "\r\n ".join(str(value).split()) + "\r\n"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in {"references", "in-reply-to", "message-id"}:
            return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii", "replace")
        return super().fold_binary(name, value)


_RULES = _Policy(linesep=SMTP.linesep, cte_type="7bit")


def mail_of(letter: Letter, message_id: str, mail: MailFrom) -> Mail:
    """The mail of a letter; the same bytes whenever it is made. Raises `Undeliverable` for an address that is none."""
    to, sender = address_of(letter.recipient), address_of(mail.sender)
    utf8 = not (to.addr_spec.isascii() and sender.addr_spec.isascii())
    message = EmailMessage(_RULES.clone(utf8=True) if utf8 else _RULES)
    message["From"] = Address(plain(mail.name, 200), addr_spec=sender.addr_spec)
    message["To"] = to
    if mail.reply_to and mail.reply_to != mail.sender:
        message["Reply-To"] = address_of(mail.reply_to)
    message["Subject"] = subject_of(letter.ticket, plain(letter.subject, 400))
    message["Date"] = format_datetime(instant(letter.created).replace(microsecond=0))
    message["Message-ID"] = message_id
    answered, references = _thread(letter, mail.domain)
    if references:
        message["In-Reply-To"] = answered
        message["References"] = " ".join(references)
    for name, value in loop_headers(mail.domain, automatic=letter.command != WRITTEN).items():
        message[name] = value
    message.set_content(letter.body.encode("utf-8", "replace").decode(), cte=_encoding(letter.body))
    return Mail(sender.addr_spec, to.addr_spec, utf8, message.as_bytes())


def address_of(text: str) -> Address:
    """An address `name@host`, its host in ASCII. Raises `Undeliverable` for what is none."""
    found = _ADDRESS.fullmatch(text)
    none = Undeliverable(f"`{plain(text, 120)}` is no address of mail")
    if found is None or found[1].startswith(".") or found[1].endswith(".") or ".." in found[1]:
        raise none
    try:
        host = found[2] if found[2].isascii() else found[2].encode("idna").decode("ascii")
        return Address("", found[1].encode().decode(), host)
    except ValueError:
        raise none from None


def _thread(letter: Letter, domain: str) -> tuple[str, list[str]]:
    """The id that the mail answers, and those of its thread, the oldest first."""
    root = [thread_id(letter.ticket, domain)] if letter.ticket else []
    named = {name.lower(): MESSAGE_ID.findall(value) for name, value in letter.headers.items()}
    answered = named.get("in-reply-to", [])[:1]
    known = named.get("references", [])[-_MOST_REFERENCES:]
    references = list(dict.fromkeys((*root, *known, *answered)))
    return (answered or references or [""])[-1], references


def _encoding(body: str) -> str:
    if body.isascii() and all(len(line) <= 78 for line in body.splitlines()):
        return "7bit"
    # Of a text in another script than ours, nearly every byte would be escaped.
    foreign = sum(not c.isascii() for c in body)
    return "base64" if foreign * 4 > len(body) else "quoted-printable"
