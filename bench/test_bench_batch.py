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
import pyarrow.parquet as pq
import pytest

from bench.batch_peers import COMPARED, REPOSITORY
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


def answers(path: Path, batch: int, *, ordered: bool = True) -> Iterator[pa.Table]:
    """What is said of tickets, as plain texts and instants, so many at a time, in the order of their names."""
    file = pq.ParquetFile(path)
    if ordered:
        tables: Iterator[pa.Table] = (pa.Table.from_batches([b]) for b in file.iter_batches(batch, columns=COMPARED))
    else:
        whole = file.read(columns=COMPARED).sort_by("ticket")
        tables = (whole.slice(start, batch) for start in range(0, whole.num_rows, batch))
    for table in tables:
        kinds = [pa.timestamp("us", "UTC") if name.endswith("due_at") else pa.string() for name in COMPARED]
        yield table.select(COMPARED).cast(pa.schema(zip(COMPARED, kinds, strict=True))).combine_chunks()


def assert_same(one: Path, other: Path, *, ordered: bool) -> None:
    """Two files say the same of all tickets."""
    pairs = zip(answers(one, 500_000), answers(other, 500_000, ordered=ordered), strict=True)
    for number, (mine, theirs) in enumerate(pairs):
        for name in COMPARED:
            assert mine[name].equals(theirs[name]), f"{other.stem}: `{name}`, block {number}"


def test_opened_tickets(folder: Path) -> None:
    """Decided in at most three times the time of a bare copy, sooner than by Polars, much sooner than by ASOF joins."""
    source = write(opened, ROWS, folder / f"opened-{ROWS}.parquet")
    found: dict[Run, list[dict[str, float]]] = {run: [] for run in RUNS}
    for number in range(ROUNDS):
        for run in RUNS:
            target = folder / f"{run[0]}-{run[1]}.parquet"
            found[run].append(once(run, source, target))
            if number == 0 and run[0] != "copied" and run != RUNS[0]:
                assert_same(folder / "ours-1.parquet", target, ordered=run[0] != "duckdb_asof")
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
    print(
        f"ours / copied {ours / seconds['copied', 1]:.2f} (<= 3); two threads {ours / seconds['ours', 2]:.2f} x (>= 1.5)"
    )
    print(
        f"Polars {seconds['polars_grid', 1] / ours:.2f} x (>= 1), by ASOF {seconds['polars_asof', 1] / ours:.2f} x (>= 2)"
    )
    print(f"DuckDB by ASOF {seconds['duckdb_asof', 1] / ours:.2f} x (>= 5)")
    assert max(one["peak"] - one["start"] for run in RUNS[:2] for one in found[run]) <= 500
