"""Mail to a server: one connection, kept while letters follow each other, and made anew when it broke."""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress

from support_policy.adapters.send.deadline import Deadline
from support_policy.adapters.send.mail_text import Mail, mail_of
from support_policy.render.sentences import plain
from support_policy.service.watch.ports import NotNow, Undeliverable, Unreachable
from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings_out import SmtpOut

KEPT = 30.0
"""Seconds for which a connection is kept without a letter; most servers close it after some minutes."""
_CLOSING = 421
_TOO_LARGE = 552


class _Broken(Exception):
    """The connection broke before the letter was handed over: nothing was delivered."""


class SmtpMessenger:
    """Hands letters to a mail server, one recipient each. For one thread.

    What the server says of the recipient or the text for good (5yz) is `Undeliverable`, what it says for now (4yz)
    `NotNow`; a server that cannot be reached, stalls, hangs up, or refuses us as such, is `Unreachable`.
    """

    def __init__(self, out: SmtpOut) -> None:
        self._out = out
        self._smtp: smtplib.SMTP | None = None
        self._used = 0.0
        self._tls: ssl.SSLContext | None = None

    def deliver(self, letter: Letter, message_id: str) -> None:
        """Hand a letter over. Raises `Undeliverable`, `NotNow` or `Unreachable`."""
        mail = mail_of(letter, message_id, self._out.mail)
        with Deadline(self._out.deadline, self._socket) as deadline:
            try:
                self._deliver(mail)
            except NotNow as problem:
                if not deadline.passed:
                    raise
                self._drop()
                raise Unreachable(f"the mail server took longer than {self._out.deadline:g} s") from problem

    def _deliver(self, mail: Mail) -> None:
        if self._smtp is not None and time.monotonic() - self._used > KEPT:
            self.close()
        try:
            if not self._over_the_kept(mail):
                self._hand_over(self._connect(), mail)
        except _Broken as problem:
            raise self._no_use(str(problem)) from None
        finally:
            self._used = time.monotonic()

    def _over_the_kept(self, mail: Mail) -> bool:
        """Whether the connection of the last letter served: the server may have closed it since."""
        if self._smtp is None:
            return False
        try:
            self._hand_over(self._smtp, mail)
        except _Broken:
            self._drop()
            return False
        return True

    def close(self) -> None:
        """Take leave of the server."""
        if self._smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
        self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def _socket(self) -> socket.socket | None:
        return self._smtp.sock if self._smtp is not None else None

    def _connect(self) -> smtplib.SMTP:
        """A connection that is ready for letters. Raises `Unreachable` when the server will not have us."""
        out = self._out
        try:
            smtp = self._greeted()
            if out.tls == "starttls":
                smtp.starttls(context=self._context())
                smtp.ehlo()
            if out.user:
                smtp.login(out.user, out.password)
        except smtplib.SMTPAuthenticationError as problem:
            raise self._no_use(f"the mail server refuses our login: {_answer(problem)}") from None
        except smtplib.SMTPNotSupportedError as problem:
            raise self._no_use(f"the mail server cannot do what the settings ask for: {problem}") from None
        except smtplib.SMTPResponseException as problem:
            raise self._no_use(f"the mail server turns us away: {_answer(problem)}") from None
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            raise self._no_use(f"the mail server cannot be reached: {_fault(problem)}") from None
        return smtp

    def _greeted(self) -> smtplib.SMTP:
        out = self._out
        if out.tls == "implicit":
            smtp: smtplib.SMTP = _Tls(self._watch, out, self._context())
        else:
            smtp = _Plain(self._watch, out)
        smtp.ehlo_or_helo_if_needed()
        return smtp

    def _watch(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    def _no_use(self, why: str) -> Unreachable:
        self._drop()
        return Unreachable(plain(why))

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context(cafile=self._out.authorities or None)
        return self._tls

    def _hand_over(self, smtp: smtplib.SMTP, mail: Mail) -> None:
        """One mail over a connection that stands; after a refusal it still stands, or is given up."""
        try:
            self._envelope(smtp, mail)
        except smtplib.SMTPNotSupportedError:
            raise Undeliverable("the mail server takes no address with letters beyond ASCII (SMTPUTF8)") from None
        except (smtplib.SMTPServerDisconnected, OSError, ValueError) as problem:
            raise _Broken(f"the mail server broke off: {_fault(problem)}") from None
        try:
            code, said = smtp.data(mail.raw)
        except smtplib.SMTPDataError as problem:
            code, said = problem.smtp_code, _bytes(problem.smtp_error)
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            # Perhaps it has the letter: it comes again under the same Message-ID.
            raise self._no_use(f"the mail server broke off in the middle of a message: {_fault(problem)}") from None
        if code != 250:
            self._refused(smtp, code, said, "the text")

    def _envelope(self, smtp: smtplib.SMTP, mail: Mail) -> None:
        options = [f"SIZE={len(mail.raw)}"] if smtp.has_extn("size") else []
        if mail.utf8:
            options.append("SMTPUTF8")
        code, said = smtp.mail(mail.sender, options)
        if code == _CLOSING:
            raise _Broken(f"the mail server closes: {_text(code, said)}")
        if code == _TOO_LARGE or 400 <= code < 500:
            self._refused(smtp, code, said, "the message")
        if code != 250:
            # Nothing is wrong with this letter: whoever runs the service must see to it, and no letter be lost.
            raise self._no_use(f"the mail server refuses our sender {mail.sender}: {_text(code, said)}")
        code, said = smtp.rcpt(mail.recipient)
        if code not in (250, 251):
            self._refused(smtp, code, said, "the recipient")

    def _refused(self, smtp: smtplib.SMTP, code: int, said: bytes, what: str) -> None:
        if code == _CLOSING:
            self._drop()
        else:
            try:
                smtp.rset()
            except (smtplib.SMTPException, OSError, ValueError):
                self._drop()
        why = f"the mail server refuses {what}: {_text(code, said)}"
        if 500 <= code < 600:
            raise Undeliverable(why)
        raise NotNow(why)


class _Plain(smtplib.SMTP):
    """A connection that is known before the server greets, so that a deadline can end a greeting without end."""

    def __init__(self, watch: Callable[[smtplib.SMTP], None], out: SmtpOut) -> None:
        watch(self)
        super().__init__(out.host, out.port, out.mail.domain, out.timeout)


class _Tls(smtplib.SMTP_SSL):
    """The same, with TLS from the first byte."""

    def __init__(self, watch: Callable[[smtplib.SMTP], None], out: SmtpOut, context: ssl.SSLContext) -> None:
        watch(self)
        super().__init__(out.host, out.port, out.mail.domain, timeout=out.timeout, context=context)


def _answer(problem: smtplib.SMTPResponseException) -> str:
    return _text(problem.smtp_code, _bytes(problem.smtp_error))


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


def _text(code: int, said: bytes) -> str:
    return plain(f"{code} {' '.join(said.decode('utf-8', 'replace').split())}", 300)


def _fault(problem: Exception) -> str:
    return plain(f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__, 300)
