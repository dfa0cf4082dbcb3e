"""Whole histories, from a file to a file of results, by the command itself.

Made-up events: `BENCH_EVENTS` millions of each size (default 1 and 10; 100 takes some minutes and 4 GB of disk), on one
core: what an event costs must not grow with their number, nor memory. The real incident log, if the environment
variable INCIDENT_LOG or ../shared/data has it: two policies, the report with its charts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench import synthetic

REPOSITORY = Path(__file__).parents[1]
SIZES = [float(size) for size in os.environ.get("BENCH_EVENTS", "1,10").split(",")]
LOG = Path(os.environ.get("INCIDENT_LOG", REPOSITORY / "../shared/data/servicenow-incidents/events.parquet"))


@dataclass(frozen=True)
class Cost:
    """What a command took: wall and processor seconds, its peak of memory in MB."""

    wall: float
    cpu: float
    peak: float


def cost(*arguments: str | Path, cores: int = 1) -> Cost:
    """Run the command on so many cores, its output thrown away."""
    some = set(sorted(os.sched_getaffinity(0))[:cores])
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "support_policy", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, some),  # noqa: PLW1509 - no threads here
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return Cost(time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def made_up(events: int, folder: Path) -> Path:
    """So many events, kept in the folder BENCH_FILES where there is one."""
    place = Path(os.environ.get("BENCH_FILES", folder)) / f"{events}.parquet"
    return synthetic.write(synthetic.histories, events, place)


def test_made_up_events(tmp_path: Path) -> None:
    """An event costs the same whether a million or many come with it."""
    told = []
    nothing = cost("--version")
    for size in SIZES:
        events = round(size * 1_000_000)
        file = made_up(events, tmp_path)
        reading = ("backtest", file, "--mapping", REPOSITORY / "bench/events.yaml", "--policy", REPOSITORY)
        found = cost(*reading, "--out", tmp_path / "results.parquet", "--at", "2028-02-01T00:00:00Z")
        told.append((events, found))
        rate, each = events / found.wall / 1e6, found.cpu / events * 1e9
        print(f"\n{events:>12,} events: {found.wall:7.1f} s, {rate:5.2f} million a second", end="")
        print(f", {each:6.0f} ns of processor each, {found.peak - nothing.peak:,.0f} MB over a bare command", end="")
    first, last = told[0], told[-1]
    ratio = (last[1].cpu / last[0]) / (first[1].cpu / first[0])
    print(f"\nan event among {last[0]:,} costs {ratio:.2f} times one among {first[0]:,}")


def test_made_up_events_as_tables(tmp_path: Path) -> None:
    """The same events as tables in memory, on one core: what reading, deciding and writing cost each."""
    events = round(SIZES[-1] * 1_000_000)
    file = made_up(events, tmp_path)
    some = min(os.sched_getaffinity(0))
    command = [sys.executable, "-m", "bench.decided", str(file), str(tmp_path / "results.parquet")]
    found = subprocess.run(
        command,
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {some}),
    )
    told = json.loads(found.stdout)
    spent = told["seconds"]
    each = ", ".join(f"{name} {seconds / told['events'] * 1e9:.0f} ns" for name, seconds in spent.items())
    rate, whole = (told["events"] / seconds / 1e6 for seconds in (spent["decide"], sum(spent.values())))
    print(f"\n{told['events']:,} events: decided at {rate:.2f} million a second, file to file {whole:.2f}", end="")
    print(f"; {each} an event")


def test_incident_log(tmp_path: Path) -> None:
    """The real log under two policies, with the report and its charts."""
    if not LOG.exists():
        pytest.skip(f"the incident log is not at {LOG}")
    new = tmp_path / "new"
    shutil.copytree(REPOSITORY / "examples/incidents", new)
    text = (new / "policy.yaml").read_text("utf-8")
    (new / "policy.yaml").write_text(text.replace("first_response: 8bh", "first_response: 6bh"), "utf-8")
    old = REPOSITORY / "examples/incidents"
    both = ("backtest", LOG, "--mapping", old / "mapping.yaml", "--policy", new, "--against", old)
    costs = [cost(*both, "--report", tmp_path / "report.html", cores=2) for _ in range(3)]
    best = min(costs, key=lambda one: one.wall)
    print(f"\nthe incident log under two policies with the report: {best.wall:.2f} s ({best.cpu:.2f} of processor)")
