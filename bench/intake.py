"""Taking tickets in, in a process of its own, while another does something else on the same store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from time import perf_counter
from typing import Any

from bench.service import EMERGENCY, Ticking
from support_policy.adapters.sql.store import open_store
from support_policy.bootstrap.policies import compile_files
from support_policy.model.event import Event
from support_policy.service.watch.desk import Desk, Fact
from support_policy.service.watch.versions import StoredShelf
from support_policy.service.watch.writing import write

EVERY = 0.05
"""Seconds between two tickets."""


class Intake:
    """What another process takes in; `seconds` are how long each ticket took, once the block is left."""

    def __init__(self) -> None:
        self.seconds: list[float] = []


@contextmanager
def intake(url: str, start: datetime) -> Iterator[Intake]:
    """Tickets come in while the block runs, on a clock that begins at `start`."""
    context = get_context("spawn")
    begun, over, told, made = context.Event(), context.Event(), context.Queue(), Intake()
    process = context.Process(target=_take_in, args=(url, start, begun, over, told))
    process.start()
    while not begun.wait(0.1):
        assert process.is_alive(), "the other process has failed"
    try:
        yield made
    finally:
        over.set()
        made.seconds = told.get()
        process.join()


def _take_in(url: str, start: datetime, begun: Any, over: Any, told: Any) -> None:
    store, seconds = open_store(url), []
    try:
        with store.look() as work:
            desk = Desk(StoredShelf.load(work, compile_files))
        clock = Ticking(start)

        def one() -> float:
            now = clock.now()
            event = Event("submitted", now, by="customer", actor="jane@acme.example", fields=EMERGENCY)
            begin = perf_counter()
            write(store, lambda work: desk.take(work, [Fact("", event)], now))
            return perf_counter() - begin

        one()
        begun.set()
        while not over.wait(EVERY):
            seconds.append(one())
    finally:
        told.put(seconds)
        store.close()
