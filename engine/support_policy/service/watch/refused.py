"""Why a call is not answered as asked, whoever makes it: one table of kinds, one exception."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from support_policy.source.diagnostics import Diagnostic
from support_policy.ticket.facts import Problem


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of refusal: its HTTP status, what it means, and the word under which an audit counts it (or "")."""

    status: int
    title: str
    audit: str = ""


KINDS: Mapping[str, Kind] = {
    "not-json": Kind(400, "the body cannot be read as JSON"),
    "bad-request": Kind(400, "this is no call the service understands"),
    "no-token": Kind(401, "a token is needed: `Authorization: Bearer sp_...`", "token"),
    "bad-token": Kind(401, "the token is not valid", "token"),
    "bad-signature": Kind(401, "the message is not signed by a source that is configured here", "signature"),
    "not-allowed": Kind(403, "the scopes of the token do not allow this", "scope"),
    "not-found": Kind(404, "there is no such thing here"),
    "wrong-method": Kind(405, "this address does not take this method"),
    "exists": Kind(409, "the ticket exists already"),
    "not-dead": Kind(409, "the message was not given up, or nobody could receive it"),
    "refused-policy": Kind(409, "the new version of the policy cannot be adopted"),
    "too-large": Kind(413, "the body is too large", "size"),
    "not-json-type": Kind(415, "the body must be sent as `Content-Type: application/json`"),
    "unusable": Kind(422, "what was sent cannot be used"),
    "key-used": Kind(422, "the idempotency key was used for another call"),
    "too-many": Kind(429, "too many calls", "rate"),
    "failed": Kind(500, "something went wrong in the service; its log says what"),
    "not-offered": Kind(501, "this process does not do that"),
    "busy": Kind(503, "the store cannot be reached or is busy; nothing was changed"),
    "full": Kind(507, "the store is full; nothing was changed"),
}
"""Every kind, by the word that names it in a problem."""


class Refused(Exception):
    """A call that is not answered as asked. Nothing was changed by it.

    `kind` is one of `KINDS`, `detail` a sentence; `found` are problems of what was sent as plain JSON data; `after` is
    in seconds, where trying again then helps. `audit` is the word under which an audit counts it, `secret` what only
    the audit is told.
    """

    def __init__(
        self,
        kind: str,
        detail: str = "",
        found: Sequence[Mapping[str, Any]] = (),
        after: float | None = None,
        audit: str = "",
        secret: str = "",
    ) -> None:
        super().__init__(detail or KINDS[kind].title)
        self.kind, self.detail, self.found, self.after = kind, detail, tuple(found), after
        self.audit, self.secret = audit or KINDS[kind].audit, secret

    def as_json(self) -> dict[str, Any]:
        """The refusal as a problem (RFC 9457)."""
        kind = KINDS[self.kind]
        told: dict[str, Any] = {
            "type": f"urn:support-policy:problem:{self.kind}",
            "title": kind.title,
            "status": kind.status,
            "code": self.kind,
        }
        if self.detail:
            told["detail"] = self.detail
        if self.found:
            told["diagnostics"] = list(self.found)
        return told


def of_problems(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems of an event as plain JSON data."""
    return [{"code": code, "message": said, "help": help, "path": list(path)} for path, code, said, help in problems]


def of_diagnostics(found: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Diagnostics as plain JSON data; a place in a text is part of the message."""
    return [
        {
            "code": one.code,
            "message": f"{one.span}: {one.message}" if one.span.line > 1 or one.span.column > 1 else one.message,
            "help": one.help,
            "path": [],
        }
        for one in found
    ]
