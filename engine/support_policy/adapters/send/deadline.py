"""An end to conversations that go on and on: a peer that sends a byte now and then meets no timeout of a socket."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Timer
from types import TracebackType
from typing import Self


class Deadline:
    """Shuts the socket of a conversation down when the block takes longer than so many seconds.

    `find` gives the socket of the moment, or None; who waits for it then reads that the other side has closed.
    """

    def __init__(self, seconds: float, find: Callable[[], socket.socket | None]) -> None:
        self._seconds, self._find = seconds, find
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True
        self.passed = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._timer.cancel()
        self._timer.join()

    def _cut(self) -> None:
        self.passed = True
        found = self._find()
        if found is not None:
            with suppress(OSError):
                # That of the plain socket: that of TLS would say goodbye first.
                socket.socket.shutdown(found, socket.SHUT_RDWR)
