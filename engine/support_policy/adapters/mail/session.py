"""What is said on a connection: aiosmtpd's SMTP and LMTP, with limits, and answers that lose no mail.

Its own answer to a fault is `500`, upon which the sender drops the mail: ours is `451`. It decides who has
authenticated in its event loop, and reads a line without an end into memory until there is none: not here.
"""

# ruff: noqa: N802 - aiosmtpd finds what it calls by these names
from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, AuthResult, Session
from aiosmtpd.smtp import Envelope as Wire

from support_policy.service.watch.mail_trust import Envelope
from support_policy.service.watch.ports import Journal, StoreBusy, StoreConflict, StoreFull

# It logs every address at `info`; what the service says of itself goes through the journal.
logging.getLogger("mail.log").setLevel(logging.ERROR)

OK = "250 2.0.0 taken"
LATER = "451 4.3.0 not now, please try again later"
FULL = "452 4.3.1 no room for it now, please try again later"
CLOSING = "421 4.3.2 closing, please try again later"
CROWDED = "421 4.7.0 too many connections, please try again later"
STRANGER = "550 5.1.1 no such address here"
MANY = "452 4.5.3 too many recipients"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who has authenticated: `token:ID`, what its token allows, and for which organizations (none: all)."""

    name: str
    scopes: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may: bytes of a mail and of a line, seconds of a command or a mail, recipients, commands."""

    size: int = 25 * 1024 * 1024
    line: int = 1024 * 1024
    seconds: float = 300.0
    connections: int = 100
    recipients: int = 100
    commands: int = 10_000


Take = Callable[[bytes, Envelope, datetime], object]
Authenticate = Callable[[str, str], Principal | None]
"""Name and secret to who that is; None for a wrong one."""


@dataclass(slots=True)
class Shared:
    """What all connections of a listener share; `open` are the connections there are."""

    take: Take
    now: Callable[[], datetime]
    journal: Journal
    addresses: frozenset[str]
    limits: Limits
    pool: ThreadPoolExecutor
    authenticate: Authenticate | None = None
    open: set[Any] = field(default_factory=set)
    busy: int = 0
    closing: bool = False


class Handler:
    """What aiosmtpd asks at each step of a mail."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Wire, hostname: str, responses: list[str]
    ) -> list[str]:
        """The extensions; AUTH only where there is a way to authenticate."""
        session.host_name = hostname
        return [said for said in responses if said.strip() != "250-AUTH"]

    async def handle_VRFY(self, *_asked: object) -> str:
        """Nobody is told who there is."""
        return "252 2.5.2 cannot say, but a mail will be looked at"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Wire, address: str, _options: list[str]
    ) -> str:
        """Mail is taken for our own addresses, also with a detail: `support+anything@host`."""
        if plain_address(address) not in self.shared.addresses:
            return STRANGER
        if len(envelope.rcpt_tos) >= self.shared.limits.recipients:
            return MANY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Wire) -> str:
        """Take the mail in, in a thread; the answer is given when it is stored."""
        shared = self.shared
        raw: object = envelope.content
        given: object = session.auth_data
        who = given if isinstance(given, Principal) else Principal("")
        peer: object = session.peer
        about = Envelope(
            sender=_text(envelope.mail_from or ""),
            recipients=tuple(map(_text, envelope.rcpt_tos)),
            peer=str(peer[0]) if isinstance(peer, tuple) and peer else "",
            principal=who.name,
            scopes=who.scopes,
            organizations=who.organizations,
        )
        shared.busy += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                shared.pool, self._take, raw if isinstance(raw, bytes) else b"", about
            )
        finally:
            shared.busy -= 1

    def _take(self, raw: bytes, about: Envelope) -> str:
        try:
            self.shared.take(raw, about, self.shared.now())
        except StoreFull:
            return FULL
        except (StoreBusy, StoreConflict):
            return LATER
        except Exception as problem:  # noqa: BLE001 - whatever failed, the sender keeps the mail and tries again
            self.shared.journal.say("error", "a mail was not taken in", fault=f"{type(problem).__name__}: {problem}")
            return LATER
        return OK

    async def handle_exception(self, error: Exception) -> str:
        """A fault on the way is never the end of a mail."""
        self.shared.journal.say("error", "a fault in a mail session", fault=f"{type(error).__name__}: {error}")
        return LATER

    async def auth_PLAIN(self, server: SMTP, args: list[str]) -> AuthResult:
        """RFC 4616: somebody, a name, a secret."""
        given: object = _decoded(args[1]) if len(args) > 1 else await server.challenge_auth("")
        parts = given.split(b"\x00") if isinstance(given, bytes) else []
        if len(parts) != 3:
            return _refused(given)
        return await self._who(parts[1], parts[2])

    async def auth_LOGIN(self, server: SMTP, args: list[str]) -> AuthResult:
        """A name, then a secret."""
        name: object = _decoded(args[1]) if len(args) > 1 else await server.challenge_auth("User Name\x00")
        secret: object = await server.challenge_auth("Password\x00") if isinstance(name, bytes) else None
        if not isinstance(name, bytes) or not isinstance(secret, bytes):
            return _refused(name if secret is None else secret)
        return await self._who(name, secret)

    async def _who(self, name: bytes, secret: bytes) -> AuthResult:
        ask, said = self.shared.authenticate, (name.decode("utf-8", "replace"), secret.decode("utf-8", "replace"))
        if ask is None:
            return AuthResult(success=False, handled=False)
        try:
            who = await asyncio.get_running_loop().run_in_executor(self.shared.pool, ask, *said)
        except (StoreBusy, StoreConflict, StoreFull):
            return AuthResult(success=False, handled=False, message="454 4.7.0 not now, please try again later")
        if who is None:
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=who)


def _refused(given: object) -> AuthResult:
    """Of what was no answer at all: aiosmtpd has said so already where it asked (then there are no bytes)."""
    if given is None or isinstance(given, bytes):
        return AuthResult(success=False, handled=False, message="501 5.5.2 not understood")
    return AuthResult(success=False, handled=True)


def _decoded(text: str) -> bytes | None:
    with suppress(binascii.Error, ValueError):
        return b"" if text == "=" else base64.b64decode(text.encode(), validate=True)
    return None


def _text(text: str) -> str:
    """An address as the other side sent it, as valid text."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\x00", "")


def plain_address(address: str) -> str:
    """An address as it is compared: small letters, without a detail after `+`."""
    local, _, host = address.strip().casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{host.rstrip('.')}"


class _Careful(SMTP):
    """One connection: no more of them than are allowed, and no more bytes than a mail may have."""

    shared: Shared
    _taken = 0
    _turned_away = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A connection, or the same again after STARTTLS."""
        shared = self.shared
        if self._original_transport is None and (shared.closing or len(shared.open) >= shared.limits.connections):
            self._turned_away = True
            _farewell(transport, CLOSING if shared.closing else CROWDED)
            return
        shared.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """It is gone."""
        self.shared.open.discard(self)
        if not self._turned_away:
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """The other side says no more."""
        return None if self._turned_away else super().eof_received()

    def data_received(self, data: bytes) -> None:
        """Bytes came. What is too big is read on for a while, so that the other side hears why, but not for ever."""
        if self._turned_away:
            return
        self._taken += len(data)
        if self._taken > 3 * self.shared.limits.size + 4 * self.shared.limits.line:
            self.end("")
            return
        super().data_received(data)

    def end(self, said: str) -> None:
        """End the connection: with a last word, or at once."""
        if said and self.transport is not None:
            _farewell(self.transport, said)
        bare = self._original_transport or self.transport  # under TLS, what carries it
        if not said and isinstance(bare, asyncio.Transport):
            bare.abort()

    def _reset_timeout(self, duration: float | None = None) -> None:
        """A new command: its time and its bytes are counted anew."""
        self._taken = 0
        super()._reset_timeout(duration)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """An address of a command; the stdlib's reader raises more than it says for odd ones."""
        try:
            return super()._getaddr(arg)
        except Exception:  # noqa: BLE001 - whatever it stumbles on, it is no address
            return None, None


class SmtpSession(_Careful):
    """One SMTP connection."""


class LmtpSession(_Careful, LMTP):
    """One LMTP connection: after a mail, each recipient has an answer of its own (RFC 2033)."""

    _recipients = 0

    async def smtp_DATA(self, arg: str) -> None:
        """Take a mail; whatever the answer is, there are as many of it as recipients."""
        self._recipients = len(self.envelope.rcpt_tos) if self.envelope else 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self._recipients = 0

    async def push(self, status: Any) -> None:
        """Answer."""
        asked = isinstance(status, str) and not status.startswith(("354", "503", "501"))
        for _ in range(max(1, self._recipients) if asked else 1):
            await super().push(status)


def _farewell(transport: asyncio.BaseTransport, said: str) -> None:
    # One that is closing already (a client that has just quit) takes no more words.
    if isinstance(transport, asyncio.Transport) and not transport.is_closing():
        transport.write(f"{said}\r\n".encode())
        transport.close()


def sessions(
    shared: Shared, *, lmtp: bool, hostname: str, tls: ssl.SSLContext | None, bare_auth: bool
) -> Callable[[], asyncio.Protocol]:
    """What makes a session for each new connection; called in the loop that serves them.

    `bare_auth` lets clients authenticate without TLS: for loopback alone.
    """
    limits = shared.limits
    base = LmtpSession if lmtp else SmtpSession
    kind = type(base.__name__, (base,), {"shared": shared, "line_length_limit": limits.line})
    few = {"AUTH": 5, "STARTTLS": 5, "EHLO": 20, "HELO": 20, "LHLO": 20, "VRFY": 20, "*": limits.commands}

    def made() -> asyncio.Protocol:
        session: asyncio.Protocol = kind(
            Handler(shared),
            data_size_limit=limits.size,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident="support-policy",
            tls_context=tls,
            timeout=limits.seconds,
            auth_require_tls=not bare_auth,
            auth_exclude_mechanism=() if shared.authenticate else ("LOGIN", "PLAIN"),
            command_call_limit=few,
            loop=asyncio.get_running_loop(),
        )
        return session

    return made
