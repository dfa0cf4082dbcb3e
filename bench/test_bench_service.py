"""The service: durable events a second, decided, beside the same rows written by plain INSERTs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import pytest
from sqlalchemy import text

from bench.floor import TABLES, rows_of, write_postgres, write_sqlite
from bench.service import desk, facts, take
from support_policy.adapters.machine import settle_memory
from support_policy.adapters.sql.store import SqlStore, open_store
from tests.sql.databases import Server

ROUNDS = 5
EVENTS = 500
Times = tuple[float, float, float]
"""Seconds: ours, those of ours in which this process computed, the floor's."""


def ours(store: SqlStore, batch: int) -> tuple[float, float]:
    """Seconds for the events, decided and stored, so many a commit; and those computed."""
    at_desk, given = desk(), list(facts(EVENTS))
    settle_memory()
    begin, computed = perf_counter(), process_time()
    for start in range(0, EVENTS, batch):
        take(store, at_desk, given[start : start + batch])
    return perf_counter() - begin, process_time() - computed


def stored(store: SqlStore) -> Mapping[str, Any]:
    """What was stored, table by table."""
    with store.engine.connect() as connection:
        return {table: rows_of(connection.connection, table) for table in TABLES}


def report(what: str, batch: int, times: list[Times], goal: int) -> None:
    """Print one line."""
    mine, computed, floor = (median(column) for column in zip(*times, strict=True))
    said = f"{what}, a commit for {batch} events: " if batch > 1 else f"{what}, a commit for each event: "
    print(
        f"\n{said}{EVENTS / mine:,.0f} events/s decided and durable ({computed / EVENTS * 1e6:,.0f} us of computing "
        f"each); the rows alone {EVENTS / floor:,.0f}/s; ratio {mine / floor:.2f} (goal: at most {goal})"
    )


@pytest.mark.parametrize(("batch", "goal"), [(1, 3), (50, 10)])
def test_durable_events_in_sqlite(tmp_path: Path, batch: int, goal: int) -> None:
    """Beside plain INSERTs of the same rows into the same tables of a file as durable."""
    times: list[Times] = []
    for number in range(ROUNDS):
        store = open_store(f"sqlite:///{tmp_path / f'ours{number}.db'}")
        mine = ours(store, batch)
        rows = stored(store)
        with store.engine.connect() as connection:
            schema = [
                row[0]
                for row in connection.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
                if "sqlite_" not in row[0].split("(")[0] and "TRIGGER" not in row[0]
            ]
        store.close()
        floor = tmp_path / f"floor{number}.db"
        begin = perf_counter()
        write_sqlite(floor, schema, rows, EVENTS // batch)
        times.append((*mine, perf_counter() - begin))
    report("SQLite", batch, times, goal)


@pytest.mark.parametrize(("batch", "goal"), [(1, 3), (50, 10)])
def test_durable_events_in_postgresql(postgres: Server, batch: int, goal: int) -> None:
    """The same on PostgreSQL, one client."""
    times: list[Times] = []
    for _ in range(ROUNDS):
        store = open_store(postgres.new())
        mine = ours(store, batch)
        rows = stored(store)
        store.close()
        url = postgres.new()
        open_store(url).close()
        times.append((*mine, _timed(lambda url=url, rows=rows: write_postgres(url, rows, EVENTS // batch))))  # type: ignore[misc]
    report("PostgreSQL", batch, times, goal)


def _timed(call: Callable[[], None]) -> float:
    begin = perf_counter()
    call()
    return perf_counter() - begin
