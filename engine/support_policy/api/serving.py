"""The API on a socket, in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

BACKLOG = 1024
PATIENCE = 60.0
"""Seconds for a call to come in whole: who keeps connections half open would in time keep everybody out."""


class Patient(H11Protocol):
    """A connection that ends when a call has not come in for too long; uvicorn itself waits for ever."""

    patience = PATIENCE

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """See asyncio."""
        super().connection_made(transport)
        self._since = self.loop.time()
        self._timer = self.loop.call_later(self.patience, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self._timer.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """The next call may come."""
        self._since = self.loop.time()
        super().on_response_complete()

    def _look(self) -> None:
        left = self._since + self.patience - self.loop.time()
        waits = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if waits and left <= 0:
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(left if left > 0 else self.patience, self._look)


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is any free one. Raises OSError where that cannot be."""
    ((family, _, _, _, address), *_) = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    # The protocol is named: without it asyncio takes a connection for something else than TCP, leaves Nagle's algorithm
    # on, and every answer waits 40 ms for the caller's acknowledgement.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        made.listen(BACKLOG)
    except BaseException:
        made.close()
        raise
    return made


class Serving:
    """Serves an application on a socket until `stop`; `ended` is called should it end by itself.

    A call has to come in whole within `seconds`.
    """

    def __init__(
        self,
        app: Any,
        on: socket.socket,
        proxies: Sequence[str] = (),
        grace: int = 10,
        seconds: float = PATIENCE,
    ) -> None:
        class Waiting(Patient):
            patience = seconds

        self.socket = on
        config = uvicorn.Config(
            app,
            http=Waiting,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
            timeout_graceful_shutdown=grace,
            timeout_keep_alive=30,
            limit_concurrency=2000,
            lifespan="off",
            ws="none",
        )
        self._server = uvicorn.Server(config)
        self._thread: Thread | None = None

    @property
    def port(self) -> int:
        """Where it is heard."""
        return int(self.socket.getsockname()[1])

    def start(self, ended: Callable[[], None]) -> None:
        """Begin to answer."""

        def run() -> None:
            try:
                self._server.run(sockets=[self.socket])
            finally:
                self.socket.close()
                if not self._server.should_exit:
                    ended()

        self._thread = Thread(target=run, name="http", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more calls, finish those that are being answered, close."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        else:
            self.socket.close()
