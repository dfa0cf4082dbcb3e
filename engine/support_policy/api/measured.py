"""Every call is timed and has a span, by the pattern of its address: what callers make up is no name of a figure."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
"""The route of what has none, and the method of what is none of HTTP's."""


class Measured:
    """An application whose calls are told: `called(method, route, status, seconds)`, and `span(name, **about)`."""

    def __init__(
        self,
        app: ASGIApp,
        called: Callable[[str, str, int, float], None],
        span: Callable[..., AbstractContextManager[Any]],
    ) -> None:
        self.app, self.called, self.span = app, called, span

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI calls it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500
        begun = perf_counter()

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        method = scope["method"] if scope["method"] in METHODS else OTHER
        try:
            with self.span("http", method=method) as span:
                await self.app(scope, receive, told)
                if span is not None:
                    span.set_attributes({"route": _route(scope), "status": status})
        finally:
            self.called(method, _route(scope), status, perf_counter() - begun)


def _route(scope: Scope) -> str:
    path = getattr(scope.get("route"), "path", None)
    return str(path) if path else OTHER
