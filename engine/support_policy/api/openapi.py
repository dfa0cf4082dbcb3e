"""The description of the API (OpenAPI 3.1), with the event types and facts of the policy in force."""

from __future__ import annotations

from threading import Lock
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from support_policy.api.event_shapes import event_shapes
from support_policy.api.parts import Parts
from support_policy.api.shapes import SHAPES
from support_policy.service.watch.refused import KINDS
from support_policy.service.watch.rights import SAYS, SCOPES

TAGS = {
    "events": "What happened is reported; what follows from it is answered.",
    "tickets": "Tickets as they stand, why, and what falls due.",
    "house": "Messages, mails, the audit trail.",
    "policy": "Which policy is in force; previewing and adopting another.",
    "health": "How the service is.",
}


def _about() -> str:
    lines = [
        "Support policy as code: tickets come in, their clocks are kept, escalations go out on time.",
        "",
        "A call carries a token: `Authorization: Bearer sp_...`. What each scope may do:",
        "",
    ]
    for name, scope in SCOPES.items():
        rights = ", ".join(SAYS[right] for right in SAYS if right in scope.rights)
        roles = f"; may speak as {', '.join(scope.by)}" if scope.by else ""
        lines.append(f"- `{name}`: {scope.says} ({rights}{roles})")
    lines += [
        "",
        "A token may be limited to organizations; tickets of others do not exist for it.",
        "",
        "What is not answered as asked is answered with a problem (RFC 9457) that has a `code`:",
        "",
    ]
    lines += [f"- `{name}` ({kind.status}): {kind.title}" for name, kind in KINDS.items()]
    return "\n".join(lines)


ABOUT = _about()


class Describer:
    """Describes an application; anew when another policy is in force."""

    def __init__(self, app: FastAPI, parts: Parts) -> None:
        self.app, self.parts = app, parts
        self._made: tuple[str, dict[str, Any]] | None = None
        self._lock = Lock()

    def openapi(self) -> dict[str, Any]:
        """The description as plain JSON data."""
        policy = self.parts.desk.shelf.policy
        with self._lock:
            if self._made is None or self._made[0] != policy.digest:
                self._made = (policy.digest, self._describe())
            return self._made[1]

    def _describe(self) -> dict[str, Any]:
        app = self.app
        made: dict[str, Any] = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        )
        shapes = made.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            shapes.pop(name, None)
        shapes |= {**SHAPES, **event_shapes(self.parts.desk.shelf.policy)}
        return made
