"""Opened tickets of the shipped policy, from Parquet to Parquet, by us and by others; each in a process of its own.

The peers are told what the policy says of the office, the calendar and the rules in their own words, once, before the
clock starts: tables of open time as they need them, and nothing else to work out. Instants are exact for all.

    python -m bench.batch_peers NAME THREADS IN OUT     prints {"seconds", "cpu", "start", "peak"} (MB)
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from bench.synthetic import DAY, FIRST, YEARS

REPOSITORY = Path(__file__).parents[1]
HOUR = 3_600_000_000
END = FIRST + 365 * YEARS * DAY
OFFICES = {"acme": "los_angeles", "globex": "london", "initech": "shanghai"}
TARGETS = {"P1": 2, "P2": 4, "P3": 8, "P4": 16}
LEVELS = {1: 2, 2: 3}
ASSESS = {
    "production-down": "P1",
    "launch-emergency": "P1",
    "production-degraded": "P2",
    "development-schedule": "P2",
    "enhancement": "P4",
    "everything-else": "P3",
}
COMPRESSION = "lz4"
COMPARED = (
    "ticket",
    "priority",
    "assessed_priority",
    "assessed_by",
    "office",
    "first_response.due_at",
    "automatic.1.due_at",
    "automatic.2.due_at",
)

Run = Callable[[Path, Path], object]


def policy() -> Any:
    """The shipped policy."""
    from support_policy import load_policy

    return load_policy(REPOSITORY)


def calendar_table() -> dict[str, list[Any]]:
    """Every interval of every office: `office`, `open`, `close`, `sum` (open time before it), in microseconds."""
    shipped = policy()
    table: dict[str, list[Any]] = {"office": [], "open": [], "close": [], "sum": []}
    for office in shipped.offices:
        opens, closes, sums = shipped.calendar(office, business=True).columns_us(FIRST - 30 * DAY, END + 90 * DAY)
        for a, b, s in zip(opens, closes, sums, strict=True):
            if b > a:
                for name, value in zip(table, (office, a, b, s), strict=True):
                    table[name].append(value)
    return table


# -- us --


def ours(threads: int) -> Run:
    """The engine's own."""
    from support_policy.adapters.opened_files import decide_opened

    shipped = policy()

    def run(source: Path, target: Path) -> None:
        decide_opened(shipped, source, target, threads)

    return run


def copied(threads: int) -> Run:
    """Arrow alone: the same columns read and written again, as we read and write."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from support_policy.adapters.opened_files import ROW_GROUP
    from support_policy.batch.opened import CHUNK

    def run(source: Path, target: Path) -> None:
        schema = pq.read_schema(source)
        coded = [field.name for field in schema if pa.types.is_dictionary(field.type)]
        file = pq.ParquetFile(source, read_dictionary=coded)
        how: dict[str, Any] = {"use_dictionary": coded, "compression": COMPRESSION, "write_statistics": ["at"]}
        with pq.ParquetWriter(target, schema, **how) as writer:
            some: list[pa.RecordBatch] = []
            for batch in file.iter_batches(CHUNK, use_threads=threads > 1):
                some.append(batch)
                if len(some) * CHUNK >= ROW_GROUP:
                    writer.write_table(pa.Table.from_batches(some), ROW_GROUP)
                    some = []
            if some:
                writer.write_table(pa.Table.from_batches(some), ROW_GROUP)

    return run


# -- Polars --


def _said(pl: Any) -> list[Any]:
    """What the policy says without its clocks, as Polars' expressions."""
    c = pl.col
    production, development = c("fact.environment") == "production", c("fact.environment") == "development"
    known = [f"fact.{name}" for name in ("environment", "site_status", "kind")]
    known += [f"fact.{name}" for name in ("emergency", "launch_affected", "schedule_affected")]
    kind = pl.Enum(list(ASSESS))
    rule = (
        pl.when(production & (c("fact.site_status") == "down"))
        .then(pl.lit("production-down", kind))
        .when(c("fact.emergency") & c("fact.launch_affected"))
        .then(pl.lit("launch-emergency", kind))
        .when(production & (c("fact.site_status") == "degraded"))
        .then(pl.lit("production-degraded", kind))
        .when(development & c("fact.schedule_affected"))
        .then(pl.lit("development-schedule", kind))
        .when(c("fact.kind") == "enhancement")
        .then(pl.lit("enhancement", kind))
        .when(pl.any_horizontal(c(name).is_not_null() for name in known))
        .then(pl.lit("everything-else", kind))
    )
    return [
        rule.alias("assessed_by"),
        c("fact.organization")
        .replace_strict(OFFICES, default="los_angeles", return_dtype=pl.Enum(sorted(OFFICES.values())))
        .alias("office"),
    ]


def _in_force(pl: Any) -> list[Any]:
    kind = pl.Enum(list(TARGETS))
    assessed = pl.col("assessed_by").replace_strict(ASSESS, default=None, return_dtype=kind)
    stated = pl.col("fact.stated_priority").cast(kind)
    return [
        assessed.alias("assessed_priority"),
        pl.coalesce(stated, assessed, pl.lit("P3", kind)).alias("priority"),
    ]


def _polars(threads: int) -> Any:
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars as pl

    return pl


def _instants(pl: Any, emergency: Any, dues: list[Any]) -> list[Any]:
    names = ["first_response.due_at", *(f"automatic.{level}.due_at" for level in LEVELS)]
    held = [dues[0], *(pl.when(emergency).then(due) for due in dues[1:])]
    return [due.cast(pl.Datetime("us", "UTC")).alias(name) for name, due in zip(names, held, strict=True)]


def polars_grid(threads: int) -> Run:
    """Polars, the dues gathered from a grid of cells: how they follow from the submission, by office and length."""
    pl = _polars(threads)
    import numpy as np

    from support_policy.batch.columns.calendar import CalendarColumns
    from support_policy.batch.columns.grid import DueGrid

    shipped = policy()
    offices = sorted(OFFICES.values())
    lengths = sorted({*TARGETS.values(), *LEVELS.values()})
    tables = {office: CalendarColumns(shipped.calendar(office, business=True)) for office in offices}
    steps = [(tables[office].calendar, hours * HOUR) for office in offices for hours in lengths]
    grid = DueGrid(steps, [tables[office] for office in offices for _ in lengths])
    grid.cover(FIRST, END)
    assert grid.whole
    low = grid.edges[0]
    flat = pl.Series("grid", np.asarray(grid.flat))

    def due(place: Any) -> Any:
        row = pl.col("office").to_physical().cast(pl.Int64) * len(lengths) + place
        found = pl.lit(flat).gather(row * grid.cells + pl.col("cell"))
        return pl.when(found >= 0).then(found + pl.col("us")).otherwise(-found)

    def run(source: Path, target: Path) -> None:
        at = pl.col("at").dt.epoch("us")
        places = pl.Series([lengths.index(hours) for hours in TARGETS.values()], dtype=pl.Int64)
        first = pl.lit(places).gather(pl.col("priority").to_physical())
        rest = [pl.lit(lengths.index(hours), pl.Int64) for hours in LEVELS.values()]
        frame = (
            pl.scan_parquet(source)
            .with_columns(*_said(pl), at.alias("us"), ((at - (low + grid.late)) // grid.width).alias("cell"))
            .with_columns(*_in_force(pl))
            .with_columns(*_instants(pl, pl.col("priority") == "P1", [due(place) for place in (first, *rest)]))
            .select(COMPARED)
        )
        frame.sink_parquet(target, compression=COMPRESSION, statistics=False)

    return run


def polars_asof(threads: int) -> Run:
    """Polars, by ASOF joins with the table of open intervals: one for where a ticket begins, one for each due."""
    pl = _polars(threads)
    kind = pl.Enum(sorted(OFFICES.values()))
    table = pl.DataFrame(calendar_table()).with_columns(pl.col("office").cast(kind))
    begin = table.sort("open").lazy()
    end = table.select("office", pl.col("sum").alias("reached"), (pl.col("open") - pl.col("sum")).alias("shift"))
    end = end.sort("reached").lazy()

    def due(frame: Any, name: str, hours: Any, by: list[str]) -> Any:
        """Within which interval the sum at the start and so many hours is reached."""
        sums = pl.DataFrame({"priority": list(TARGETS)}, schema={"priority": pl.Enum(list(TARGETS))}).lazy()
        right = end.join(sums, how="cross") if "priority" in by else end
        wanted = frame.with_columns((pl.col("begun") + hours * HOUR).alias("wanted"))
        joined = wanted.join_asof(
            right.sort("reached"),
            left_on="wanted",
            right_on="reached",
            by=by,
            strategy="backward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        return joined.with_columns((pl.col("wanted") + pl.col("shift")).alias(name)).drop("wanted", "reached", "shift")

    def run(source: Path, target: Path) -> None:
        at = pl.col("at").dt.epoch("us")
        frame = (
            pl.scan_parquet(source)
            .with_columns(*_said(pl), at.alias("us"))
            .with_columns(*_in_force(pl))
            .select(*COMPARED[:5], "us")
            .join_asof(begin, left_on="us", right_on="open", by="office", check_sortedness=False)
            .with_columns((pl.min_horizontal("us", "close") - pl.col("open") + pl.col("sum")).alias("begun"))
            .drop("us", "open", "close", "sum")
        )
        hours = pl.col("priority").replace_strict(TARGETS, return_dtype=pl.Int64)
        # Sums grow with instants within an office, and within an office and a priority so do what is wanted.
        frame = due(frame, "due", hours, ["office", "priority"])
        for level, after in LEVELS.items():
            frame = due(frame, f"due {level}", after, ["office"])
        dues = [pl.col("due"), *(pl.col(f"due {level}") for level in LEVELS)]
        frame = frame.with_columns(*_instants(pl, pl.col("priority") == "P1", dues)).select(COMPARED)
        frame.sink_parquet(target, compression=COMPRESSION, statistics=False)

    return run


# -- DuckDB --


def duckdb_asof(threads: int) -> Run:
    """DuckDB, by ASOF joins with the table of open intervals."""
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect(config={"threads": threads})
    connection.register("given", pa.table(calendar_table()))
    connection.execute("CREATE TABLE calendar AS SELECT office, open, close, sum, open - sum AS shift FROM given")
    offices = " ".join(f"WHEN '{name}' THEN '{office}'" for name, office in OFFICES.items())
    assess = " ".join(f"WHEN '{rule}' THEN '{priority}'" for rule, priority in ASSESS.items())
    hours = " ".join(f"WHEN '{priority}' THEN {hours}" for priority, hours in TARGETS.items())
    levels = list(LEVELS.items())

    def run(source: Path, target: Path) -> None:
        connection.execute(f"""
            COPY (
              WITH ruled AS (
                SELECT ticket, epoch_us("at") AS us, "fact.stated_priority" AS stated,
                  CASE WHEN "fact.environment" = 'production' AND "fact.site_status" = 'down' THEN 'production-down'
                       WHEN "fact.emergency" AND "fact.launch_affected" THEN 'launch-emergency'
                       WHEN "fact.environment" = 'production' AND "fact.site_status" = 'degraded'
                         THEN 'production-degraded'
                       WHEN "fact.environment" = 'development' AND "fact.schedule_affected" THEN 'development-schedule'
                       WHEN "fact.kind" = 'enhancement' THEN 'enhancement'
                       WHEN coalesce("fact.environment", "fact.site_status", "fact.kind") IS NOT NULL
                         OR coalesce("fact.emergency", "fact.launch_affected", "fact.schedule_affected") IS NOT NULL
                         THEN 'everything-else' END AS assessed_by,
                  CASE "fact.organization" {offices} ELSE 'los_angeles' END AS office
                FROM read_parquet('{source}')
              ), assessed AS (
                SELECT *, CASE assessed_by {assess} END AS assessed_priority,
                  coalesce(stated, assessed_priority, 'P3') AS priority
                FROM ruled
              ), begun AS (
                SELECT a.*, least(us, c.close) - c.shift AS begun,
                  begun + CASE priority {hours} END * {HOUR} AS first,
                  CASE priority WHEN 'P1' THEN begun + {levels[0][1]} * {HOUR} END AS one,
                  CASE priority WHEN 'P1' THEN begun + {levels[1][1]} * {HOUR} END AS two
                FROM assessed a ASOF JOIN calendar c ON a.office = c.office AND a.us >= c.open
              )
              SELECT ticket, priority, assessed_priority, assessed_by, b.office,
                make_timestamptz(first + f.shift) AS "first_response.due_at",
                make_timestamptz(one + o.shift) AS "automatic.{levels[0][0]}.due_at",
                make_timestamptz(two + t.shift) AS "automatic.{levels[1][0]}.due_at"
              FROM begun b
                ASOF JOIN calendar f ON b.office = f.office AND b.first > f.sum
                ASOF LEFT JOIN calendar o ON b.office = o.office AND b.one > o.sum
                ASOF LEFT JOIN calendar t ON b.office = t.office AND b.two > t.sum
            ) TO '{target}' (FORMAT parquet, COMPRESSION {COMPRESSION})
        """)  # noqa: S608 - the words above

    return run


CONTENDERS: dict[str, Callable[[int], Run]] = {
    "ours": ours,
    "copied": copied,
    "polars_grid": polars_grid,
    "polars_asof": polars_asof,
    "duckdb_asof": duckdb_asof,
}


def memory(key: str) -> float:
    """Megabytes of this process: `VmRSS` now, `VmHWM` at most so far."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key)) / 1024


def main(name: str, threads: int, source: Path, target: Path) -> dict[str, float]:
    """One run of one contender, its preparation left out."""
    import pyarrow as pa

    pa.set_cpu_count(threads)
    pa.set_io_thread_count(threads)
    run = CONTENDERS[name](threads)
    start = memory("VmRSS")
    began, cpu = perf_counter(), process_time()
    run(source, target)
    return {
        "seconds": perf_counter() - began,
        "cpu": process_time() - cpu,
        "start": start,
        "peak": memory("VmHWM"),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))))
