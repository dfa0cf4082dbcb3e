"""Whether a mail that names one of the house as its sender is believed: anybody can write any `From`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Literal

from support_policy.service.watch.mail_addresses import domain
from support_policy.service.watch.mail_text import Mail

Believe = Literal["never", "authenticated", "always"]
NEAR = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
"""Networks that a mail server which checks for us is in, unless it is said where it is."""
_SCOPES = {"engineer": ("engineer", "manager"), "manager": ("manager",), "director": ("manager",)}
"""Which scopes of a token let its holder write as whom."""
_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"\s*(dmarc|dkim|spf)\s*=\s*pass\b(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a listener knows of a mail: who handed it over, for whom, and as whom they had authenticated.

    `sender` is the return path (`<>` for none), `peer` the address of the other machine ("" for a local socket),
    `principal` is `token:ID` after AUTH with a token that has `scopes` and is for `organizations` (none: for all).
    """

    sender: str = ""
    recipients: tuple[str, ...] = ()
    peer: str = ""
    principal: str = ""
    scopes: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Belief:
    """When a sender's address makes a mail one of staff.

    `authenticated`: by AUTH, or by what the mail server `trusted` (its name in Authentication-Results) found out, when
    it handed the mail over from one of the networks `relays`. That server must remove such headers that others wrote.
    """

    when: Believe = "authenticated"
    trusted: tuple[str, ...] = ()
    relays: tuple[str, ...] = NEAR


def doubt(mail: Mail, envelope: Envelope, actor: str, belief: Belief) -> str:
    """Why a mail is not believed to be of staff acting as `actor`; "" when it is."""
    if mail.sender is None or belief.when == "never":
        return "a mail is never taken for one of staff here"
    if belief.when == "always":
        return ""
    if envelope.principal:
        wanted = _SCOPES.get(actor, ())
        return "" if set(wanted) & set(envelope.scopes) else f"{envelope.principal} may not write as {actor}"
    if not belief.trusted:
        return "nothing shows that its sender is who it says"
    if not _near(envelope.peer, belief.relays):
        return "it did not come by the mail server that checks senders"
    return "" if authenticated(mail, belief.trusted) else "the mail server has not authenticated its sender"


def authenticated(mail: Mail, trusted: tuple[str, ...]) -> bool:
    """Whether the topmost Authentication-Results are of a trusted host, and one that passed speaks for `From`."""
    value = mail.header("authentication-results")
    for _ in range(10):  # comments within comments
        value = _COMMENT.sub(" ", value)
    host, *results = value.split(";")
    named = host.split()[:1]
    if mail.sender is None or not named or named[0].lower() not in {one.lower() for one in trusted}:
        return False
    return any(_speaks_for(result, domain(mail.sender.address)) for result in results)


def _speaks_for(result: str, wanted: str) -> bool:
    found = _RESULT.fullmatch(result)
    if found is None:
        return False
    said = {
        name.lower(): value.strip('"').lower().rpartition("@")[2]
        for name, _, value in (word.partition("=") for word in found[2].split())
    }
    match found[1].lower():
        case "dmarc":
            return said.get("header.from") == wanted
        case "dkim":
            signer = said.get("header.d") or said.get("header.i") or ""
        case _:
            signer = said.get("smtp.mailfrom") or ""
    # Relaxed alignment: a.acme.example is vouched for by acme.example, never by a bare top-level domain.
    return bool(signer) and (wanted == signer or ("." in signer and wanted.endswith(f".{signer}")))


def _near(peer: str, networks: tuple[str, ...]) -> bool:
    if not peer:
        return True
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in ip_network(network, strict=False) for network in networks)
