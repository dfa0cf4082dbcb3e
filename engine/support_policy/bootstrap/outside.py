"""Settings made real: secrets fetched, the ways out, who listens; every fault at its place in service.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support_policy.adapters.files import shown
from support_policy.adapters.service_file import database_url, fetch
from support_policy.policy.compiled import Policy
from support_policy.service.watch.ports import Messenger
from support_policy.service.watch.settings import Channel, Settings
from support_policy.service.watch.settings_out import Apprise, FolderOut, MailFrom, Out, OutLimits, SmtpOut, Webhook
from support_policy.source.diagnostics import Diagnostic, Findings, PolicyError
from support_policy.source.span import Span

NO_CONTACT = "support@localhost"
"""Who writes, and who is written to, where neither the settings nor the policy say it."""
SIGNING = "a webhook's secret is `whsec_` and base64 of 24 bytes or more"
MAKE_ONE = "make one: echo whsec_$(openssl rand -base64 24)"


@dataclass(frozen=True, slots=True)
class Fetched:
    """Every secret of the settings, in clear: never shown. `every` is all of them, to be blotted out of logs."""

    database: str = field(repr=False)
    password: str = field(repr=False, default="")
    channels: Mapping[str, tuple[str, str]] = field(repr=False, default_factory=dict)
    hooks: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def every(self) -> list[str]:
        """All that must not be seen."""
        return [self.password, *self.hooks.values(), *(one for pair in self.channels.values() for one in pair)]


def fetched(settings: Settings, database: str = "") -> Fetched:
    """The secrets of settings, `database` overruling theirs. Raises `PolicyError` with all that cannot be had."""
    findings = Findings()

    def got(ask: object) -> str:
        try:
            return fetch(ask) if ask else ""  # type: ignore[arg-type]
        except PolicyError as problem:
            for one in problem.diagnostics:
                findings.add(one)
            return ""

    url = database
    if not url:
        try:
            url = database_url(settings)
        except PolicyError as problem:
            for one in problem.diagnostics:
                findings.add(one)
    password = got(settings.send.smtp.password) if settings.send.smtp else ""
    channels = {name: (got(c.webhook or c.apprise), got(c.secret)) for name, c in settings.channels.items()}
    hooks = {name: got(secret) for name, secret in settings.hooks.items()}
    findings.raise_errors()
    return Fetched(url, password, channels, hooks)


def only_store(settings: Settings, database: str = "") -> Fetched:
    """The secrets of the store alone, for who looks into it and sends nothing: the others may be the service's to read.

    Raises `PolicyError`.
    """
    return Fetched(database or database_url(settings))


def contact(policy: Policy) -> str:
    """The support address of a policy."""
    return str(policy.text.contact.email) if policy.text.contact else ""


def ways_out(settings: Settings, secrets: Fetched, policy: Policy) -> Out:
    """How messages go out."""
    send = settings.send
    support = contact(policy)
    sender = send.sender or support or NO_CONTACT
    domain = send.domain or sender.rpartition("@")[2]
    says = MailFrom(sender, domain, str(policy.name), support if support != sender else "")
    mail: SmtpOut | FolderOut = FolderOut(send.folder, says)
    if send.smtp is not None:
        smtp = send.smtp
        mail = SmtpOut(smtp.host, says, smtp.port, smtp.tls, smtp.user, secrets.password, smtp.authorities)
    channels = {str(name): _channel(one, *secrets.channels[name]) for name, one in settings.channels.items()}
    return Out(mail, channels)


def _channel(channel: Channel, url: str, secret: str) -> Webhook | Apprise:
    if channel.webhook is None:
        return Apprise(url, folded=channel.digest is not False)
    return Webhook(url, secret, authorities=channel.authorities, folded=bool(channel.digest))


def limits_of(settings: Settings) -> OutLimits:
    """How much goes out, and how long it is tried."""
    limits = settings.limits
    minutes = max(1, round(limits.digest / 60))
    days = limits.give_up / 86400
    return OutLimits(limits.messages, digest_minutes=minutes, attempts=limits.attempts, days=days)


def messengers_of(out: Out, settings: Settings) -> dict[str, Messenger]:
    """A messenger for each way out. Raises `PolicyError` for a secret that signs nothing, and for a folder."""
    from support_policy.adapters.send.ways import messengers

    findings = Findings()
    for name, channel in out.channels.items():
        if isinstance(channel, Webhook):
            try:
                messengers(Out(FolderOut("", out.mail.mail), {name: channel}))
            except ValueError:
                span = settings.channels[name].secret
                findings.error("C110", span.span if span else Span(""), SIGNING, MAKE_ONE)
    findings.raise_errors()
    if isinstance(out.mail, FolderOut):
        writable(out.mail.folder)
    return messengers(out)


def writable(folder: str) -> None:
    """Make a folder, or be sure that it can be written to. Raises `PolicyError`."""
    path = Path(folder)
    probe = path / ".write"
    try:
        path.mkdir(0o700, parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as problem:
        why = (problem.strerror or type(problem).__name__).lower()
        told = f"the folder cannot be written to: {why}"
        help = "name another, or let the user of the service write there"
        raise PolicyError([Diagnostic("C113", "error", told, Span(shown(path)), help)]) from None
