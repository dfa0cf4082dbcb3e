"""The listener for mail, as the settings want it."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from support_policy.adapters.files import shown
from support_policy.bootstrap.outside import contact
from support_policy.service.watch.access import Tokens
from support_policy.service.watch.mail_robots import Ours
from support_policy.service.watch.mail_trust import NEAR, Belief
from support_policy.service.watch.settings import Certificate, Listen
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

if TYPE_CHECKING:
    from support_policy.adapters.mail.listener import Listener
    from support_policy.bootstrap.service import Process


def takes_mail(process: Process) -> tuple[str, ...]:
    """The addresses that mail is taken at; none where the policy makes nothing of mail, or nobody said an address."""
    policy = process.shelf.policy
    own = process.ground.settings.mail.addresses or tuple(filter(None, [contact(policy)]))
    return tuple(map(str, own)) if policy.text.mail else ()


def listen_for_mail(process: Process, tokens: Tokens, listen: Listen) -> Listener:
    """Take mail at `listen`. Raises `PolicyError` for a certificate, OSError for a place that is taken."""
    from support_policy.adapters.mail.listener import start_listener
    from support_policy.adapters.mail.session import Limits, Principal
    from support_policy.service.watch.mail_in import Door, MailIn

    settings, told = process.ground.settings.mail, process.told
    clock = process.ground.clock
    addresses = takes_mail(process)
    belief = Belief(settings.believe_staff, settings.trusted, settings.relays or NEAR)
    door = Door(Ours(addresses, process.out.mail.mail.domain), belief)
    intake = MailIn(process.store, process.desk, door, told.meter, told.journal)

    def known(_name: str, secret: str) -> Principal | None:
        caller = tokens.caller(secret, clock.now())
        return None if isinstance(caller, str) else Principal(caller.principal, caller.scopes, caller.organizations)

    return start_listener(
        intake.take,
        addresses,
        now=clock.now,
        journal=told.journal,
        host=listen.host,
        port=listen.port,
        lmtp=settings.lmtp,
        hostname=socket.gethostname(),
        limits=Limits(size=settings.size),
        authenticate=known,
        tls=_tls(settings.tls),
    )


def _tls(certificate: Certificate | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    from support_policy.adapters.mail.listener import tls_context

    try:
        return tls_context(certificate.certificate, certificate.key)
    except (OSError, ValueError) as problem:  # an SSLError is an OSError
        why = (getattr(problem, "strerror", "") or str(problem)).lower()
        said = f"the certificate, or its key `{shown(certificate.key)}`, cannot be used: {why}"
        help = "name two PEM files that belong together and that the user of the service may read"
        raise PolicyError([Diagnostic("C114", "error", said, Span(shown(certificate.certificate)), help)]) from None
