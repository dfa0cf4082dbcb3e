"""Refused calls are noted, with no secret in the note."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request

from support_policy.api.calls import peer_of
from support_policy.service.watch.refusals import Refusals
from support_policy.service.watch.refused import Refused


def note(refusals: Refusals, request: Request, refused: Refused, now: datetime) -> None:
    """Note a refused call where an audit counts its kind."""
    if not refused.audit:
        return
    caller = getattr(request.state, "caller", None)
    peer = peer_of(request)
    # A path may hold anything; what is kept is printable. A query is left out: it is the caller's own words.
    path = request.scope["path"][:200].encode("ascii", "backslashreplace").decode()
    path = "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in path)
    about = {"method": request.method, "kind": refused.kind, "peer": peer, "call": getattr(request.state, "call", "")}
    if refused.secret:
        about["token"] = refused.secret
    refusals.note(now, refused.audit, caller.principal if caller else peer, path, **about)
