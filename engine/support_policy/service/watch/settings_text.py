"""The shape of service.yaml: what may stand where, and the settings it becomes."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any

from support_policy.service.watch.settings import (
    Certificate,
    Channel,
    HttpSettings,
    Limits,
    LogSettings,
    MailSettings,
    SendSettings,
    Settings,
    SmtpSettings,
    WatchSettings,
)
from support_policy.service.watch.settings_words import NOT_AT_ALL, Hidden, ListenAt, Proxies, Size, WallTime
from support_policy.source.diagnostics import Diagnostic, Findings, PolicyError
from support_policy.source.shape import (
    BAD,
    TEXT,
    Choice,
    Field,
    ListOf,
    MapOf,
    Record,
    Text,
    Whole,
    YesNo,
)
from support_policy.source.span import Span
from support_policy.source.yaml import read_yaml

ADDRESS = Text("an e-mail address", r"[^@\s]+@[^@\s]+")
HOST = Text("the name or address of a host", r"[A-Za-z0-9._:-]+")
PROXY = Text("the address of a proxy, or of its network", r"[0-9A-Fa-f.:]+(/[0-9]{1,3})?")
PATH = Text("a path")
SECRET = Hidden()
WEB = Hidden("a URL (`https://...`), `{env: NAME}` or `{file: PATH}`", r"https?://\S+", careful=False)
DATABASE = Hidden(
    "`sqlite:///FILE`, `postgresql://USER@HOST/NAME`, `{env: NAME}` or `{file: PATH}`",
    r"(sqlite:///|postgres(ql)?(\+psycopg)?://)\S+",
    "C104",
    careful=False,
)


def _plain(kind: Any, **renamed: str) -> Any:
    """A builder of a settings record: defaults are its own; the few that are checked later keep their place."""
    placed = "span" in kind.__slots__

    def build(span: Span, **values: Any) -> Any:
        given = {renamed.get(name, name): value for name, value in values.items() if value is not None}
        given = {name: None if value is NOT_AT_ALL else value for name, value in given.items()}
        return kind(**given, **({"span": span} if placed else {}))

    return build


HTTP = Record(
    _plain(HttpSettings, behind_proxy="proxies"),
    {
        "listen": Field(ListenAt(), "the address and port of the API (default: `127.0.0.1:8080`)"),
        "behind_proxy": Field(
            Proxies(PROXY), "whose word on the caller's address and protocol is believed (`X-Forwarded-*`)", ()
        ),
        "body": Field(Size(), "the largest request (default: `1MiB`)"),
        "calls_per_minute": Field(
            Whole(1, 10**6), "calls of one token; more are refused", HttpSettings().calls_per_minute
        ),
    },
    title="`http`",
)
TLS = Record(
    _plain(Certificate),
    {
        "certificate": Field(PATH, "the certificate and its chain, a PEM file", required=True),
        "key": Field(PATH, "its key, a PEM file", required=True),
    },
    title="`tls`",
)
MAIL = Record(
    _plain(MailSettings),
    {
        "listen": Field(
            ListenAt(none=True), "the address and port that mail is taken on; `no`: none (default: `127.0.0.1:8025`)"
        ),
        "lmtp": Field(YesNo(), "LMTP, as a mail server hands over, instead of SMTP", default=False),
        "addresses": Field(ListOf(ADDRESS), "the addresses whose mail is taken (default: the policy's contact)", ()),
        "size": Field(Size(), "the largest mail (default: `25MiB`)"),
        "believe_staff": Field(
            Choice(("never", "authenticated", "always")),
            "when a sender's address alone makes a mail one of staff: only where `trusted` has authenticated it",
            "authenticated",
        ),
        "trusted": Field(ListOf(HOST), "the mail servers whose `Authentication-Results` are believed", ()),
        "relays": Field(ListOf(PROXY), "the networks that they hand over from (default: private ones)", ()),
        "tls": Field(TLS, "the certificate that STARTTLS is offered with"),
    },
    title="`mail`",
)
SMTP = Record(
    _plain(SmtpSettings),
    {
        "host": Field(HOST, "the server's name", required=True),
        "port": Field(Whole(1, 65535), "its port", 587),
        "tls": Field(Choice(("starttls", "implicit", "none")), "how the connection is protected", "starttls"),
        "user": Field(TEXT, "the user's name, where it asks for one", ""),
        "password": Field(SECRET, "that user's password"),
        "authorities": Field(
            PATH, "whom to believe about the server's certificate: a PEM file (default: the system's)", ""
        ),
    },
    title="`smtp`",
)
SEND = Record(
    _plain(SendSettings, **{"from": "sender"}),
    {
        "smtp": Field(SMTP, "the server that outgoing mail is handed to"),
        "folder": Field(PATH, "without `smtp`: the folder that outgoing mail is written into", SendSettings().folder),
        "from": Field(ADDRESS, "the sender of all mail (default: the policy's contact)", ""),
        "domain": Field(HOST, "the domain of Message-IDs (default: that of the sender)", ""),
    },
    title="`send`",
)


CHANNEL = Record(
    _plain(Channel),
    {
        "webhook": Field(WEB, "the URL that messages are posted to, signed (Standard Webhooks)"),
        "secret": Field(SECRET, "the secret that they are signed with"),
        "authorities": Field(PATH, "whom to believe about its certificate: a PEM file (default: the system's)", ""),
        "digest": Field(YesNo(), "a storm is told as one list (default: `no` for a webhook, `yes` for `apprise`)"),
        "apprise": Field(Hidden(careful=False), "or a URL that `apprise` knows: `slack://...`, `ntfy://...`"),
    },
    title="a channel",
)
HOOK = Record(
    lambda span, **v: v["secret"],  # noqa: ARG005 - a record hands every builder its place
    {"secret": Field(SECRET, "the secret that its calls are signed with", required=True)},
    title="a hook",
)
LIMITS = Record(
    _plain(Limits),
    {
        "messages": Field(
            Whole(0, 10**6), "messages to one recipient within an hour; 0: any number", Limits().messages
        ),
        "digest": Field(WallTime(), "more are told as one list, at most this often (default: `5m`)"),
        "attempts": Field(Whole(1, 1000), "failures after which a message is given up", Limits().attempts),
        "give_up": Field(WallTime(), "the age at which a message is given up (default: `72h`)"),
    },
    title="`limits`",
)
WATCH = Record(
    _plain(WatchSettings),
    {
        "late": Field(WallTime(), "anything due and unfired for longer raises an alarm (default: `1m`)"),
        "workers": Field(Whole(1, 64), "threads that decide what falls due, in each process", 1),
    },
    title="`watch`",
)
LOG = Record(
    _plain(LogSettings),
    {
        "level": Field(Choice(("debug", "info", "warning", "error")), "what is logged: this and worse", "info"),
        "format": Field(Choice(("auto", "json", "text")), "`auto`: text on a terminal, JSON lines elsewhere", "auto"),
    },
    title="`log`",
)
FIELDS: Map[str, Field] = {
    "database": Field(DATABASE, "where everything is kept (default: `sqlite:///var/support-policy.db`)"),
    "database_password": Field(SECRET, "the password of the database's user, kept apart from its URL"),
    "http": Field(HTTP, "the API", HttpSettings()),
    "mail": Field(MAIL, "mail that comes in", MailSettings()),
    "send": Field(SEND, "mail that goes out", SendSettings()),
    "channels": Field(MapOf(CHANNEL), "other ways to reach people: a directory names them `channel:NAME`", {}),
    "hooks": Field(MapOf(HOOK), "systems that report events by signed calls, by name", {}),
    "limits": Field(LIMITS, "how much is sent", Limits()),
    "watch": Field(WATCH, "how the clocks are kept", WatchSettings()),
    "log": Field(LOG, "what is logged", LogSettings()),
    "traces": Field(
        Text("a URL", r"https?://\S+"), "where traces are sent (OTLP over HTTP); needs the extra `otel`", ""
    ),
}


def _settings(span: Span, **values: Any) -> Settings:  # noqa: ARG001 - the same
    return Settings(**{name: value for name, value in values.items() if value is not None})


SETTINGS = Record(_settings, FIELDS, title="service.yaml")


def read_settings(data: bytes | str, file: str) -> tuple[Settings, tuple[Diagnostic, ...]]:
    """The settings a file says, and warnings about it. Raises `PolicyError` with every problem found."""
    findings = Findings()
    node = read_yaml(data, file, findings)
    if [found.code for found in findings] == ["Y105"]:
        return Settings(), ()  # nothing but comments: everything is as by default
    made: Any = SETTINGS.read(node, findings) if node is not None else BAD
    if made is BAD:
        findings.raise_errors()
        raise PolicyError(findings.sorted())
    findings.raise_errors()  # a broken channel is not looked at twice
    _check(made, findings)
    findings.raise_errors()
    settings: Settings = made
    return settings, findings.sorted()


def _check(made: Settings, findings: Findings) -> None:
    for channel in made.channels.values():
        _check_channel(channel, findings)
    if made.send.smtp is not None:
        _check_smtp(made.send.smtp, findings)
    listen = made.http.listen
    local = listen.host.startswith("127.") or listen.host in ("::1", "localhost")
    if not local and not made.http.proxies:
        said = f"{listen} is reached from other machines, without TLS"
        help = "let a proxy with TLS stand before it, and name it in `behind_proxy`"
        findings.warn("C109", made.http.span, said, help)


def _check_channel(channel: Channel, findings: Findings) -> None:
    if channel.webhook and channel.apprise:
        findings.error("C105", channel.span, "`webhook` and `apprise` are two channels", "leave one out")
    elif channel.apprise and channel.secret:
        findings.error("C105", channel.span, "`secret` signs webhooks; apprise signs nothing", "leave it out")
    elif not channel.webhook and not channel.apprise:
        help = "write the URL that messages go to"
        findings.error("S206", channel.span, "`webhook` or `apprise` is missing here", help)
    elif channel.webhook and not channel.secret:
        help = "a webhook is signed: its receiver must be sure"
        findings.error("S206", channel.span, "`secret` is missing here", help)


def _check_smtp(smtp: SmtpSettings, findings: Findings) -> None:
    if smtp.password is not None and not smtp.user:
        findings.error("C108", smtp.password.span, "a password without `user`", "name the user whose password it is")
    if smtp.user and smtp.tls == "none":
        help = "write `tls: starttls` or `tls: implicit`"
        findings.error("C108", smtp.span, "a password is not sent without TLS", help)
