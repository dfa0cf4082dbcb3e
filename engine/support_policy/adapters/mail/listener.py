"""The listener: a thread with an event loop that takes mail by SMTP or LMTP; the work is done in other threads."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from support_policy.adapters.mail.session import (
    CLOSING,
    Authenticate,
    Limits,
    Shared,
    Take,
    plain_address,
    sessions,
)
from support_policy.service.watch.ports import Journal

_WORKERS = 4


class Listener:
    """Mail is taken at `host` and `port` until `stop`."""

    def __init__(self, shared: Shared, host: str, port: int, session: Callable[[], asyncio.Protocol]) -> None:
        self.host, self.port = host, port
        self._shared, self._session = shared, session
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._ended: asyncio.Event | None = None
        self._fault: OSError | None = None
        self._grace = 10.0
        self._thread = threading.Thread(target=self._run, name="mail", daemon=True)

    def start(self) -> None:
        """Begin to listen; `port` is then the one that was taken. Raises OSError where that cannot be."""
        self._thread.start()
        self._ready.wait()
        if self._fault is not None:
            self._thread.join()
            self._shared.pool.shutdown()
            raise self._fault

    def stop(self, grace: float = 10.0) -> None:
        """Take no more connections; mails that are being taken have `grace` seconds."""
        if self._thread.is_alive() and self._ended is not None:
            self._grace = grace
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._shared.pool.shutdown()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._ended = asyncio.Event()
        try:
            server = await self._loop.create_server(self._session, self.host, self.port, backlog=256)
        except OSError as problem:
            self._fault = problem
            self._ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        self._shared.closing = True
        server.close()
        await self._finish()
        await server.wait_closed()

    async def _finish(self) -> None:
        """Connections without a mail in hand end; the others get their answer first, if it comes in time."""
        until = self._loop.time() + self._grace
        while self._shared.busy and self._loop.time() < until:  # noqa: ASYNC110 - other tasks count it
            await asyncio.sleep(0.02)
        # The answer to the last mail is written in the same turn in which it is no longer counted.
        await asyncio.sleep(0)
        for one in list(self._shared.open):
            one.end(CLOSING)
        for _ in range(50):
            if not self._shared.open:
                return
            await asyncio.sleep(0.02)
        for one in list(self._shared.open):
            one.end("")


def tls_context(certificate: str | Path, key: str | Path) -> ssl.SSLContext:
    """What STARTTLS is offered with. Raises OSError or `ssl.SSLError` for files that cannot be used."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.load_cert_chain(certificate, key)
    return made


def start_listener(
    take: Take,
    addresses: Sequence[str],
    *,
    now: Callable[[], datetime],
    journal: Journal,
    host: str = "127.0.0.1",
    port: int = 8025,
    lmtp: bool = False,
    hostname: str = "localhost",
    limits: Limits | None = None,
    authenticate: Authenticate | None = None,
    tls: ssl.SSLContext | None = None,
    bare_auth: bool = False,
) -> Listener:
    """Take mail for `addresses` and hand it to `take`, which returns when it is stored; port 0 is any free one.

    `now` says when a mail was received. `authenticate` is asked about name and secret, in a thread; without TLS only
    where `bare_auth` allows it. Answers: 250 stored; 451, 452 not now; 550 no address of ours; 552 too big.
    """
    pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="mail-in")
    ours = frozenset(map(plain_address, addresses))
    shared = Shared(take, now, journal, ours, limits or Limits(), pool, authenticate)
    session = sessions(shared, lmtp=lmtp, hostname=hostname, tls=tls, bare_auth=bare_auth)
    made = Listener(shared, host, port, session)
    made.start()
    return made
