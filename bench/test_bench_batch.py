"""Opened tickets in bulk, Parquet to Parquet: us against Arrow's bare copy, Polars and DuckDB.

Each contender runs in a process of its own, all in turn, round after round; ratios are of the medians. All answers are
compared with ours, row by row. BENCH_ROWS tickets (10 million), BENCH_ROUNDS rounds (3), BENCH_FOLDER for the files.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from bench.batch_words import COMPARED, REPOSITORY
from bench.synthetic import opened, write

ROWS = int(os.environ.get("BENCH_ROWS", "10000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
RUNS = (
    ("ours", 1),
    ("ours", 2),
    ("copied", 1),
    ("polars_grid", 1),
    ("polars_grid", 2),
    ("polars_asof", 1),
    ("duckdb_asof", 1),
)
Run = tuple[str, int]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the files are."""
    given = os.environ.get("BENCH_FOLDER")
    place = Path(given) if given else tmp_path_factory.mktemp("opened")
    yield place
    if not given:
        for path in place.glob("*.parquet"):
            path.unlink()


def once(run: Run, source: Path, target: Path) -> dict[str, float]:
    """One contender, once, in a process of its own."""
    name, threads = run
    command = [sys.executable, "-m", "bench.batch_peers", name, str(threads), str(source), str(target)]
    done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    read: dict[str, float] = json.loads(done.stdout)
    return read


def column(path: Path, name: str) -> pa.ChunkedArray:
    """What is said of all tickets in one column, as plain texts or instants."""
    read = pq.read_table(path, columns=[name])[name]
    return read.cast(pa.timestamp("us", "UTC") if name.endswith("due_at") else pa.string())


def assert_same(one: Path, other: Path) -> None:
    """Two files say the same of all tickets, in whatever order."""
    tickets = column(other, "ticket")
    order = None if column(one, "ticket").equals(tickets) else pc.sort_indices(tickets)
    for name in COMPARED:
        theirs = column(other, name)
        assert column(one, name).equals(theirs if order is None else theirs.take(order)), f"{other.stem}: `{name}`"


def test_opened_tickets(folder: Path) -> None:
    """Decided in at most three times the time of a bare copy, sooner than by Polars, much sooner than by ASOF joins."""
    source = write(opened, ROWS, folder / f"opened-{ROWS}.parquet")
    found: dict[Run, list[dict[str, float]]] = {run: [] for run in RUNS}
    for number in range(ROUNDS):
        for run in RUNS:
            target = folder / f"{run[0]}-{run[1]}.parquet"
            found[run].append(once(run, source, target))
            if number == 0 and run[0] != "copied" and run != RUNS[0]:
                assert_same(folder / "ours-1.parquet", target)
            if run != RUNS[0]:
                target.unlink()
    seconds = {run: median(one["seconds"] for one in some) for run, some in found.items()}
    ours = seconds["ours", 1]
    print(f"\n{ROWS:,} opened tickets, Parquet to Parquet, medians of {ROUNDS}")
    for (name, threads), some in found.items():
        took, cpu = seconds[name, threads], median(one["cpu"] for one in some)
        peak = max(one["peak"] - one["start"] for one in some)
        print(
            f"{name:12} {threads} thread{'s' if threads > 1 else ' '} {took / ROWS * 1e9:7.0f} ns a ticket "
            f"({cpu / ROWS * 1e9:5.0f} of CPU) = {took / ours:5.2f} x ours, {peak:6.0f} MB over the start"
        )
    copied, two = ours / seconds["copied", 1], ours / seconds["ours", 2]
    grid, polars, duckdb = (seconds[name, 1] / ours for name in ("polars_grid", "polars_asof", "duckdb_asof"))
    print(f"{copied:.2f} x a bare copy (at most 3); two threads {two:.2f} x as fast (at least 1.5)")
    print(f"Polars takes {grid:.2f} x our time (at least 1), by ASOF joins {polars:.2f} (2), DuckDB {duckdb:.2f} (5)")
    assert max(one["peak"] - one["start"] for run in RUNS[:2] for one in found[run]) <= 500
