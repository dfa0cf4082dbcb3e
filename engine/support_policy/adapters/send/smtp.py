"""Mail to a server: one connection, kept while letters follow each other, and made anew when it broke."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from support_policy.adapters.send.deadline import Deadline
from support_policy.adapters.send.mail_text import Mail, mail_of
from support_policy.render.sentences import plain
from support_policy.service.watch.ports import NotNow, Undeliverable, Unreachable
from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings_out import SmtpOut

if TYPE_CHECKING:
    import smtplib
    import ssl

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
            if self._smtp is not None:
                try:
                    self._hand_over(self._smtp, mail)
                    return
                except _Broken:
                    self._drop()
            self._hand_over(self._connect(), mail)
        except _Broken as problem:
            self._drop()
            raise Unreachable(str(problem)) from None
        finally:
            self._used = time.monotonic()

    def close(self) -> None:
        """Take leave of the server."""
        from smtplib import SMTPException

        if self._smtp is not None:
            with suppress(SMTPException, OSError):
                self._smtp.quit()
        self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def _socket(self) -> socket.socket | None:
        return self._smtp.sock if self._smtp is not None else None

    def _connect(self) -> smtplib.SMTP:
        import smtplib
        import ssl

        out, name = self._out, self._out.mail.domain
        messenger = self

        class Plain(smtplib.SMTP):
            # Known before it greets, so that a deadline can end the greeting too.
            def connect(self, host: str = "localhost", port: int = 0, source_address: object = None) -> tuple[int, bytes]:
                messenger._smtp = self
                return super().connect(host, port, source_address)  # type: ignore[arg-type] - as it came

        class Tls(smtplib.SMTP_SSL):
            def connect(self, host: str = "localhost", port: int = 0, source_address: object = None) -> tuple[int, bytes]:
                messenger._smtp = self
                return super().connect(host, port, source_address)  # type: ignore[arg-type] - as it came

        return None  # replaced
