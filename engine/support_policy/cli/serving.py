"""The life of a process of the service: signals, what listens, a clean end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from socket import socket
from typing import TYPE_CHECKING, Any

from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

if TYPE_CHECKING:
    from support_policy.adapters.mail.listener import Listener
    from support_policy.api.serving import Serving
    from support_policy.bootstrap.changes import PolicyChanges
    from support_policy.bootstrap.service import Process
    from support_policy.service.watch.access import Tokens
    from support_policy.service.watch.settings import Listen

STOP, RELOAD, ENDED = "stop", "reload", "ended"
SIGNALS = {"SIGTERM": STOP, "SIGINT": STOP, "SIGHUP": RELOAD}
TRIES = 20
"""Ports that are tried one after the other where any will do."""


@contextmanager
def signals() -> Iterator[SimpleQueue[str]]:
    """What the process is told from outside, in order. A second request to stop ends it at once."""
    heard: SimpleQueue[str] = SimpleQueue()
    asked: list[str] = []

    def hear(number: int, _frame: Any) -> None:
        what = SIGNALS[signal.Signals(number).name]
        if what == STOP and asked:
            raise KeyboardInterrupt
        if what == STOP:
            asked.append(what)
        heard.put(what)

    before = {name: signal.signal(getattr(signal, name), hear) for name in SIGNALS if hasattr(signal, name)}
    try:
        yield heard
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def live(process: Process, heard: SimpleQueue[str], reload: Callable[[], object]) -> int:
    """Go on until told to stop; 0, or 2 when something ended by itself."""
    from support_policy.adapters.machine import settle_memory

    settle_memory()
    journal = process.told.journal
    while True:
        what = heard.get()
        if what == RELOAD:
            journal.say("info", "asked to reload the policy")
            reload()
        elif what == ENDED:
            journal.say("error", "a listener has ended by itself: stopping")
            return 2
        else:
            journal.say("info", "stopping")
            return 0


def first_free(listen: Listen, take: Callable[[Listen], Any], *, any_port: bool) -> Any:
    """What `take` gives for a place; where any port will do, for the next free one. Raises `PolicyError`."""
    from support_policy.service.watch.settings import Listen as Place

    why = ""
    for port in range(listen.port, min(listen.port + (TRIES if any_port and listen.port else 1), 65536)):
        place = Place(listen.host, port)
        try:
            return take(place)
        except OSError as problem:
            # What asyncio writes beside it says the place a second time.
            number = problem.errno or 0
            why = (os.strerror(number) if number > 0 else problem.strerror or str(problem)).lower()
    help = "stop what listens there, or choose another port (0: any that is free)"
    raise PolicyError([Diagnostic("C112", "error", f"cannot listen: {why}", Span(str(listen)), help)])


@dataclass
class Doors:
    """What takes tickets in: HTTP and mail, as far as each is wanted."""

    http: Serving | None = None
    mail: Listener | None = None

    def close(self) -> None:
        """Take no more in; what is being taken is finished."""
        if self.mail is not None:
            self.mail.stop()
        if self.http is not None:
            self.http.stop()

    def places(self) -> dict[str, str | None]:
        """Where they are heard."""
        http = f"http://{_host(self.http.socket.getsockname()[0])}:{self.http.port}" if self.http else None
        mail = f"{_host(self.mail.host)}:{self.mail.port}" if self.mail else None
        return {"http": http, "mail": mail}


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def open_http(process: Process, tokens: Tokens, changes: PolicyChanges, on: socket) -> Serving:
    """The API on a socket, not yet answering. Raises `PolicyError`."""
    from support_policy.adapters.hooks import SignedHook
    from support_policy.api.app import create_app
    from support_policy.api.measured import Measured
    from support_policy.api.parts import Limits, Parts
    from support_policy.api.serving import Serving as Http
    from support_policy.bootstrap.outside import MAKE_ONE

    settings, hooks = process.ground.settings, {}
    for name, secret in process.ground.secrets.hooks.items():
        try:
            hooks[name] = SignedHook(secret)
        except ValueError as problem:
            raise PolicyError(
                [Diagnostic("C110", "error", str(problem), settings.hooks[name].span, MAKE_ONE)]
            ) from None
    parts = Parts(
        store=process.store,
        desk=process.desk,
        clock=process.ground.clock,
        tokens=tokens,
        meter=process.told.meter,
        journal=process.told.journal,
        hooks=hooks,
        metrics=process.told.meter.shown,
        changes=changes,
        limits=Limits(settings.http.body, calls=settings.http.calls_per_minute, late=settings.watch.late),
    )
    app = Measured(create_app(parts, process.refusals), process.told.meter.called, process.told.tracer.span)
    return Http(app, on, proxies=settings.http.proxies)


def lines(places: dict[str, str | None], more: Sequence[str] = ()) -> list[str]:
    """Where it listens, for people."""
    http, mail = places["http"], places["mail"]
    said = [f"HTTP   {http}  (what it answers: {http}/docs)"] if http else []
    return [*said, f"mail   {mail}" if mail else "mail   none is taken", *more]
