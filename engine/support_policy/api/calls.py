"""Who calls: the check that stands before every address but the open ones."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from support_policy.api.parts import Parts
from support_policy.service.watch.buckets import Buckets
from support_policy.service.watch.receive import Call
from support_policy.service.watch.refused import Refused
from support_policy.service.watch.rights import EVERYWHERE, Caller, Right, allowing

BEARER = HTTPBearer(
    scheme_name="token", description="A token made by `support-policy token create`: `sp_ID_SECRET`.", auto_error=False
)
KEY = "Idempotency-Key"
MOST_OF_A_KEY = 255


class Rates:
    """How often callers may call, known ones and strangers."""

    def __init__(self, parts: Parts) -> None:
        self.callers = Buckets(parts.limits.calls)
        self.strangers = Buckets(parts.limits.strangers)


class Need:
    """A dependency: the caller has a right. Found on every route that is not open to all."""

    def __init__(self, right: Right, parts: Parts, rates: Rates) -> None:
        self.right, self.parts, self.rates = right, parts, rates

    def __call__(
        self, request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
    ) -> None:
        """Who calls, into `request.state.caller`. Raises `Refused`."""
        text = given.credentials if given else ""
        caller = self._caller(text, peer_of(request))
        request.state.caller = caller
        wait = self.rates.callers.take(caller.principal)
        if wait:
            raise Refused("too-many", f"this token may call {self.parts.limits.calls} times a minute", after=wait)
        if not caller.may(self.right):
            if caller.organizations and self.right in EVERYWHERE:
                raise Refused("not-allowed", "a token that is limited to organizations does not allow this")
            scopes = " or ".join(f"`{scope}`" for scope in allowing(self.right))
            raise Refused("not-allowed", f"this needs the scope {scopes}")

    def _caller(self, text: str, peer: str) -> Caller:
        tokens, strangers = self.parts.tokens, self.rates.strangers
        # A token that was checked before costs nothing; every other is a stranger's until it has been.
        stranger = not (text and tokens.known(text))
        wait = strangers.take(peer) if stranger else 0.0
        if wait:
            raise Refused("too-many", "too many calls without a valid token from this address", after=wait)
        if not text:
            raise Refused("no-token")
        caller = tokens.caller(text, self.parts.clock.now())
        if isinstance(caller, str):
            raise Refused("bad-token", secret=caller)
        if stranger:
            strangers.give_back(peer)
        return caller


def peer_of(request: Request) -> str:
    """The address that calls; of IPv6 the network that one customer has."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:64]
    return str(ip_network(f"{address}/64", strict=False)) if isinstance(address, IPv6Address) else str(address)


def caller_of(request: Request) -> Caller:
    """Who calls, once it has been checked."""
    caller: Caller = request.state.caller
    return caller


def call_of(request: Request, parts: Parts, content: str) -> Call:
    """A call that reports something. Raises `Refused` for a key that is none."""
    key = request.headers.get(KEY, "")
    if KEY in request.headers and not (key.isascii() and key.isprintable() and 0 < len(key) <= MOST_OF_A_KEY):
        found = {
            "code": "key",
            "message": f"`{KEY}` is 1 to {MOST_OF_A_KEY} printable ASCII characters",
            "help": "",
            "path": ["header", KEY],
        }
        raise Refused("unusable", "a parameter of the call does not fit", [found])
    return Call(caller_of(request), parts.clock.now(), key, content)
