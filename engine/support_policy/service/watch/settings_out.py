"""How messages go out: plain values that messengers are made of; secrets stand in clear here, and are never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SmtpTls = Literal["none", "starttls", "implicit"]


@dataclass(frozen=True, slots=True)
class MailFrom:
    """What every mail we write says of us.

    `sender` is the address it is from (`name@host`) and `name` what stands beside it; `reply_to` is the support address
    that answers go to (empty: the sender); `domain` is the right side of our Message-IDs.
    """

    sender: str
    domain: str
    name: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class SmtpOut:
    """A mail server that takes what we send.

    `implicit` is TLS from the first byte, `starttls` is refused when the server has none; both verify the server's
    name, by the system's authorities or those of the PEM file `authorities`. `timeout` is seconds for each answer,
    `deadline` for a whole delivery.
    """

    host: str
    mail: MailFrom
    port: int = 587
    tls: SmtpTls = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    authorities: str = ""
    timeout: float = 20.0
    deadline: float = 90.0


@dataclass(frozen=True, slots=True)
class FolderOut:
    """A local folder that mails are written into, one `.eml` file each, for a person to look at."""

    folder: str
    mail: MailFrom


@dataclass(frozen=True, slots=True)
class Webhook:
    """An HTTP endpoint that is told by a signed POST (Standard Webhooks); `secret` is `whsec_` and base64.

    `folded`: whether a storm of messages may be told as one list; a machine usually wants each.
    """

    url: str = field(repr=False)
    secret: str = field(repr=False)
    timeout: float = 10.0
    deadline: float = 30.0
    authorities: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Apprise:
    """A service that apprise knows by URL (`slack://...`, `msteams://...`); the URL has secrets in it."""

    url: str = field(repr=False)
    folded: bool = True


@dataclass(frozen=True, slots=True)
class Out:
    """Every way out: mail to `name@host`, and `channel:NAME` by name."""

    mail: SmtpOut | FolderOut
    channels: Mapping[str, Webhook | Apprise] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutLimits:
    """How patient, and how talkative, we are.

    At most `messages` go to one recipient in `minutes`; what is more is told as one list, every `digest_minutes` at
    most. `messages` 0: no limit. A message is tried again after `first_wait` seconds, then twice as long each time up
    to `longest_wait`; it is given up after `attempts` tries, or once it is `days` old and was tried `least` times.
    `lease` is the seconds for which a worker has the letters that it took, `batch` of them at once.
    """

    messages: int = 20
    minutes: int = 60
    digest_minutes: int = 5
    attempts: int = 40
    days: float = 3.0
    least: int = 5
    first_wait: float = 10.0
    longest_wait: float = 3600.0
    lease: float = 300.0
    batch: int = 50
