"""One form for everything that is not answered as asked: problem+json (RFC 9457)."""

from __future__ import annotations

import json
from math import ceil
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from support_policy.service.watch.ports import StoreBusy, StoreConflict, StoreFull
from support_policy.service.watch.refused import KINDS, Refused

MEDIA = "application/problem+json"
BUSY_AGAIN = 1.0
FULL_AGAIN = 60.0
_BY_STATUS = {404: "not-found", 405: "wrong-method", 413: "too-large"}


def problem(refused: Refused, **more: Any) -> Response:
    """A refusal as an answer."""
    headers = {}
    if KINDS[refused.kind].status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if refused.after is not None:
        headers["Retry-After"] = str(max(1, ceil(refused.after)))
    body = json.dumps({**refused.as_json(), **more}, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, KINDS[refused.kind].status, headers, MEDIA)


def of_store(found: StoreBusy | StoreConflict | StoreFull) -> Refused:
    """What the store could not do, for whoever called."""
    full = isinstance(found, StoreFull)
    return Refused("full" if full else "busy", after=FULL_AGAIN if full else BUSY_AGAIN)


def of_validation(found: RequestValidationError) -> Refused:
    """Parameters of a call that do not fit."""
    told = []
    for one in found.errors():
        # What was sent is not sent back, nor which library says so.
        message = str(one["msg"])[:200]
        told.append({"code": str(one["type"]), "message": message, "help": "", "path": [*map(_part, one["loc"])]})
    return Refused("unusable", "a parameter of the call does not fit", told)


def _part(part: Any) -> str | int:
    return part if isinstance(part, int) else str(part)


def of_http(found: HTTPException) -> Refused:
    """What the router refuses."""
    kind = _BY_STATUS.get(found.status_code, "bad-request" if found.status_code < 500 else "failed")
    return Refused(kind, "there is nothing at this address" if kind == "not-found" else "")


def gone(_request: Request, _found: Exception) -> Response:
    """The caller hung up while sending; nobody reads this."""
    return problem(Refused("bad-request", "the body ended before it was complete"))


__all__ = ["ClientDisconnect", "gone", "of_http", "of_store", "of_validation", "problem"]
