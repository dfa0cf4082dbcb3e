"""What an operator decides, as `service.yaml` says it: where tickets are kept, where they come in, where messages go.

Nothing here opens a file or asks the environment: a `Secret` says where it is found, `adapters/secrets.py` fetches it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from support_policy.source.span import NOWHERE, Span

MIB = 1024 * 1024
SendTls = Literal["starttls", "implicit", "none"]
BelieveStaff = Literal["never", "authenticated", "always"]
LogFormat = Literal["auto", "json", "text"]
LogLevel = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that is never shown: as it stands in the file, or the variable or file that holds it."""

    given: str = field(default="", repr=False)
    env: str = ""
    file: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{{env: {self.env}}}" if self.env else f"{{file: {self.file}}}" if self.file else "(hidden)"


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen: an address and a port; port 0 takes any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files with a certificate chain and its key, PEM."""

    certificate: str
    key: str


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """The API. `proxies` are believed when they say who called (`X-Forwarded-For`, `-Proto`); `body` is in bytes."""

    listen: Listen = Listen("127.0.0.1", 8080)
    proxies: tuple[str, ...] = ()
    body: int = MIB
    calls_per_minute: int = 600
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Mail that comes in. `addresses` empty: the policy's contact; `size` is in bytes.

    `believe_staff` says when a sender's address makes an event one of staff; `trusted` are the mail servers whose
    Authentication-Results are believed, when they hand over from one of the networks `relays` (none: private ones).
    """

    listen: Listen | None = Listen("127.0.0.1", 8025)
    lmtp: bool = False
    addresses: tuple[str, ...] = ()
    size: int = 25 * MIB
    believe_staff: BelieveStaff = "authenticated"
    trusted: tuple[str, ...] = ()
    relays: tuple[str, ...] = ()
    tls: Certificate | None = None


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The server that takes outgoing mail."""

    host: str
    port: int = 587
    tls: SendTls = "starttls"
    user: str = ""
    password: Secret | None = None
    authorities: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SendSettings:
    """Mail that goes out: to a server, or as files into a folder; `sender` "" is the policy's contact."""

    smtp: SmtpSettings | None = None
    folder: str = "var/mail-out"
    sender: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """Another way to reach somebody, `channel:NAME` in a directory: a signed webhook, or a URL that apprise knows.

    `digest`: whether a storm of messages is told as one list (by default to people, not to machines).
    """

    webhook: Secret | None = None
    apprise: Secret | None = None
    secret: Secret | None = None
    digest: bool | None = None
    authorities: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages to one recipient: `messages` in an hour, more of them as one list every `digest` seconds at most.

    A message is given up after `attempts` failures, or when it is `give_up` seconds old.
    """

    messages: int = 20
    digest: int = 300
    attempts: int = 40
    give_up: int = 3 * 86400


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """How the clocks are kept. `late` is in seconds."""

    late: int = 60
    workers: int = 1


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is logged: from `level` on; `auto` is text on a terminal and JSON lines elsewhere."""

    level: LogLevel = "info"
    format: LogFormat = "auto"


DATABASE = "sqlite:///var/support-policy.db"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `service.yaml` may say, with what holds when it says nothing."""

    database: Secret = Secret(DATABASE)
    database_password: Secret | None = None
    http: HttpSettings = HttpSettings()
    mail: MailSettings = MailSettings()
    send: SendSettings = SendSettings()
    channels: Mapping[str, Channel] = field(default_factory=dict)
    hooks: Mapping[str, Secret] = field(default_factory=dict)
    limits: Limits = Limits()
    watch: WatchSettings = WatchSettings()
    log: LogSettings = LogSettings()
    traces: str = ""
