"""A listener on a free port, and clients that speak to it."""

from __future__ import annotations

import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from support_policy.adapters.mail.listener import Listener, start_listener
from support_policy.adapters.mail.session import Principal
from support_policy.service.watch.mail_trust import Envelope
from support_policy.service.watch.ports import StoreBusy
from tests.mail.post import SUPPORT
from tests.watch.house import NINE, Ears

OTHER = "help@vmoso.example"


@dataclass
class Box:
    """Takes mails, as the service would."""

    mails: list[tuple[bytes, Envelope, datetime]] = field(default_factory=list)
    fault: Exception | None = None
    gate: threading.Event | None = None
    begun: threading.Event = field(default_factory=threading.Event)

    def take(self, raw: bytes, envelope: Envelope, now: datetime) -> None:
        """One mail."""
        self.begun.set()
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.fault is not None:
            raise self.fault
        self.mails.append((raw, envelope, now))


@contextmanager
def listening(take: Callable[..., object], **more: Any) -> Iterator[Listener]:
    """A listener on a free port."""
    more.setdefault("journal", Ears())
    made = start_listener(take, [SUPPORT, OTHER], now=lambda: NINE, port=0, **more)
    try:
        yield made
    finally:
        made.stop()


def client(at: Listener, kind: type[smtplib.SMTP] = smtplib.SMTP) -> smtplib.SMTP:
    """A plain client."""
    return kind(at.host, at.port, local_hostname="client.example", timeout=10)


def features(at: smtplib.SMTP) -> set[str]:
    """What the other side offers."""
    at.ehlo()
    return set(at.esmtp_features)


def line(at: socket.socket) -> str:
    """What the other side says next."""
    return at.recv(4096).decode()


def known(name: str, secret: str) -> Principal | None:
    """The one token there is."""
    if secret == "busy":  # noqa: S105 - no secret of anybody
        raise StoreBusy("locked")
    return Principal("token:T1", ("engineer",)) if (name, secret) == ("T1", "s3cret") else None
