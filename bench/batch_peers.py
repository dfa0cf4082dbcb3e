"""Opened tickets of the shipped policy, from Parquet to Parquet, by us and by others; each in a process of its own.

The peers are told what the policy says of the office, the calendar and the rules in their own words, once, before the
clock starts: tables of open time as they need them, and nothing else to work out. Instants are exact for all.

    python -m bench.batch_peers NAME THREADS IN OUT     prints {"seconds", "cpu", "start", "peak"} (MB)
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from bench.batch_polars import polars_asof, polars_grid
from bench.batch_words import ASSESS, COMPRESSION, HOUR, LEVELS, OFFICES, TARGETS, Run, calendar_table, policy

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
        file = pq.ParquetFile(source, read_dictionary=coded, pre_buffer=False)
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
