"""Around every call: a limit to its body, headers that browsers heed, and no traceback, whatever happens."""

from __future__ import annotations

from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from support_policy.api.problems import problem
from support_policy.service.watch.ports import Journal
from support_policy.service.watch.refused import Refused

CLOSED = "default-src 'none'; frame-ancestors 'none'"
DOCS = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
PICTURE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""A picture brings its own style, and nothing else."""


class Guard:
    """Middleware; `limit` is in bytes."""

    def __init__(self, app: ASGIApp, journal: Journal, limit: int) -> None:
        self.app, self.journal, self.limit = app, journal, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        id, begun = uuid4().hex[:16], False
        scope.setdefault("state", {})["call"] = id

        async def sent(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                _dress(message, scope["path"], id)
            await send(message)

        try:
            await self.app(scope, self._limited(scope, receive), sent)
        except Exception as found:  # noqa: BLE001 - whatever it is, the caller gets an answer and the log the reason
            path = scope["path"][:200].encode("ascii", "backslashreplace").decode()
            self.journal.say("error", "a call failed", call=id, method=scope["method"], path=path, exception=found)
            if not begun:
                await problem(Refused("failed"), instance=f"urn:support-policy:call:{id}")(scope, receive, sent)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        length = Headers(scope=scope).get("content-length", "")
        said = int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            if said > self.limit:
                raise self._too_large()
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > self.limit:
                    raise self._too_large()
            return message

        return limited

    def _too_large(self) -> Refused:
        return Refused("too-large", f"at most {self.limit} bytes are taken")


def _dress(message: Message, path: str, id: str) -> None:
    headers = MutableHeaders(raw=message["headers"])
    message["headers"] = headers.raw
    kind = headers.get("content-type", "")
    docs = path == "/docs" or path.startswith(("/docs/", "/static-offline-docs"))
    headers["Content-Security-Policy"] = DOCS if docs else PICTURE if kind.startswith("image/svg") else CLOSED
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["X-Request-Id"] = id
    headers.setdefault("Cache-Control", "no-store")
