"""Firing on time among a million open tickets, and what it costs to find what is due."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from threading import Thread
from time import perf_counter, sleep

import pytest

from bench.crowd import TABLES, crowd
from bench.service import EMERGENCY, NINE, Ticking, desk, take
from support_policy.adapters.sql.store import SqlStore, open_store
from support_policy.bootstrap.service import POLL
from support_policy.model.event import Event, instant, micros
from support_policy.service.watch.desk import Fact
from support_policy.service.watch.rounds import Rounds, Task
from support_policy.service.watch.worker import Worker
from tests.sql.databases import Server
from tests.watch.house import Ears

OPEN = int(os.environ.get("BENCH_OPEN", "1000000"))
"""Open tickets."""
RATE = 200
"""Firings a second."""
SECONDS = int(os.environ.get("BENCH_SECONDS", "15"))
FEW = 1_000
CLAIMS = 100


def submitted(store: SqlStore, names: Sequence[str], at: datetime, apart: timedelta) -> int:
    """Emergencies, decided and stored; when the first of them has something due."""
    at_desk = desk()
    given = [
        Fact(name, Event("submitted", at + number * apart, by="customer", actor="jane@acme.example", fields=EMERGENCY))
        for number, name in enumerate(names)
    ]
    for start in range(0, len(given), 200):
        take(store, at_desk, given[start : start + 200])
    with store.look() as work:
        (first,) = work.tickets.pending(2**62, 1)
    return first.due


def claim(store: SqlStore, until: int) -> float:
    """Seconds for one claim of fifty tickets; nothing becomes of it."""
    with store.begin() as work:
        begin = perf_counter()
        found = work.tickets.due(until, 50)
        taken = perf_counter() - begin
    assert len(found) == 50
    return taken


def fire(store: SqlStore, first: int, expected: int) -> list[float]:
    """Seconds from each due instant until what follows was decided and durable; the worker starts cold."""
    ears, clock = Ears(), Ticking(instant(first) - timedelta(seconds=1))
    worker = Worker(store, desk(), ears)
    lateness: list[float] = []

    def step(now: datetime) -> int:
        known = len(ears.lateness)
        done = worker.step(now)
        passed = (clock.now() - now).total_seconds()
        lateness.extend(late + passed for late in ears.lateness[known:])
        return done

    rounds = Rounds([Task("worker", step, POLL)], clock, ears)
    thread = Thread(target=rounds.run)
    thread.start()
    until = perf_counter() + 3 * SECONDS + 30
    while len(lateness) < expected and perf_counter() < until:
        sleep(0.1)
    rounds.stop()
    thread.join()
    assert not ears.said
    return lateness


def measure(what: str, few: SqlStore, many: SqlStore) -> None:
    """Both figures of one kind of database."""
    expected = RATE * SECONDS
    first = submitted(many, [f"F-{n}" for n in range(expected)], NINE, timedelta(seconds=1 / RATE))
    hour = timedelta(hours=1)
    for store in (few, many):
        submitted(store, ["L-0"], NINE + hour, timedelta(0))
    begin = perf_counter()
    crowd(few, ["L-0"], FEW, TABLES, spread=100)
    crowd(many, ["L-0"], OPEN, TABLES, spread=100)
    loaded = perf_counter() - begin
    lateness = fire(many, first, expected)
    if len(lateness) < expected:
        print(f"\n{what}: only {len(lateness)} of {expected} have fired")
    p50, p99 = median(lateness), quantiles(lateness, n=100)[98]
    print(
        f"\n{what}, {OPEN:,} open tickets (loaded in {loaded:.0f} s), {RATE} firings/s for {SECONDS} s: lateness until "
        f"durable p50 {p50:.2f} s, p99 {p99:.2f} s, most {max(lateness):.2f} s (goal: p99 at most 1 s)"
    )
    until = micros(NINE + timedelta(days=30))
    claims = [(claim(few, until), claim(many, until)) for _ in range(CLAIMS)]
    small, large = (median(column) * 1000 for column in zip(*claims, strict=True))
    print(
        f"{what}, a claim of 50: {small:.2f} ms among {FEW:,} open tickets, {large:.2f} ms among {OPEN:,}; "
        f"ratio {large / small:.2f} (goal: about 1)"
    )


def test_firing_in_sqlite(tmp_path: Path) -> None:
    """With one worker, as it is wired."""
    few, many = (open_store(f"sqlite:///{tmp_path / name}") for name in ("few.db", "many.db"))
    try:
        measure("SQLite", few, many)
    finally:
        few.close()
        many.close()
        for file in tmp_path.iterdir():
            file.unlink()


@pytest.mark.usefixtures("postgres")
def test_firing_in_postgresql(postgres: Server) -> None:
    """The same on PostgreSQL."""
    few, many = (open_store(postgres.new()) for _ in range(2))
    try:
        measure("PostgreSQL", few, many)
    finally:
        few.close()
        many.close()
