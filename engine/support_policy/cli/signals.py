"""A run that is ended from outside leaves nothing half done: what it wrote so far is removed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn


@contextmanager
def ended_tidily() -> Iterator[None]:
    """SIGTERM and SIGHUP unwind the program as Ctrl-C does; it exits with 128 and the signal's number."""
    names = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {}
    with suppress(ValueError):  # not the main thread: whoever called decides about signals
        # What is ignored stays so: `nohup` means it.
        names = [name for name in names if signal.getsignal(name) is not signal.SIG_IGN]
        before = {name: signal.signal(name, _end) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
