"""Opened tickets of the shipped policy by Polars: with a grid of cells, and with ASOF joins; see `batch_peers.py`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from bench.batch_words import (
    ASSESS,
    COMPARED,
    COMPRESSION,
    END,
    HOUR,
    LEVELS,
    OFFICES,
    TARGETS,
    Run,
    calendar_table,
    policy,
)
from bench.synthetic import FIRST


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
