"""Backtests: what policies would have done to a history, part by part. A part in, its results out: a pure function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from support_policy.batch.backtest_rows import REJECTS, Rows
from support_policy.batch.decide import decide_table
from support_policy.batch.mapping import TableMapping
from support_policy.batch.read_rows import Read, read_table
from support_policy.batch.replay import Progress, no_progress
from support_policy.batch.stored import read_stored
from support_policy.batch.summary import Summary
from support_policy.policy.compiled import Policy


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked of every part.

    `until`: the instant of evaluation (microseconds since 1970). Without a `mapping` the parts are those of a store's
    logs (`stored.STORED`), else raw rows of a file. `against` is the policy to compare with. `keep_events` asks for the
    table of events, too.
    """

    policy: Policy
    mapping: TableMapping | None
    until: int
    against: Policy | None = None
    keep_events: bool = False


@dataclass(slots=True)
class Found:
    """What was found, added up: parts in any order, from any process."""

    rows: Rows
    new: Summary
    old: Summary | None = None
    decided: dict[str, int] = field(default_factory=lambda: {"by_columns": 0, "by_rows": 0})

    @classmethod
    def nothing(cls, job: Job) -> Found:
        """What is found of no part."""
        return cls(Rows(), Summary(job.policy), Summary(job.against) if job.against else None)

    def merge(self, other: Found) -> None:
        """Add what was found of other parts."""
        self.rows.merge(other.rows)
        self.new.merge(other.new)
        if self.old is not None and other.old is not None:
            self.old.merge(other.old)
        for by, count in other.decided.items():
            self.decided[by] += count


@dataclass(slots=True)
class Done:
    """A part, done: `tables` are `tickets`, `rejects`, and as asked `old_tickets`, `changes`, `history`."""

    tables: dict[str, pa.Table]
    found: Found


def kernel(job: Job, raw: pa.Table) -> Done:
    """Everything that is to be found of one part, which holds all rows of its tickets. Pure: reads nothing else."""
    found = Found.nothing(job)
    read = _read(job.policy, job, raw)
    results = decide_table(job.policy, read.events, job.until)
    rejects = _accounted(found, read, results)
    found.new.add(results)
    tables = {"tickets": results, "rejects": rejects}
    if job.keep_events:
        tables["history"] = read.events
    if job.against is not None and found.old is not None:
        told = read if alike(job.policy, job.against) else _read(job.against, job, raw)
        tables["old_tickets"] = decide_table(job.against, told.events, job.until)
        found.old.add(tables["old_tickets"])
    return Done(tables, found)


def alike(one: Policy, other: Policy) -> bool:
    """Whether rows say the same under two policies: whether they know the same facts, event types and priorities."""
    return (
        one.facts == other.facts
        and set(one.event_types) == set(other.event_types)
        and set(one.text.priorities) == set(other.text.priorities)
    )


def _read(policy: Policy, job: Job, raw: pa.Table) -> Read:
    if job.mapping is None:
        return read_stored(policy, raw)
    return read_table(policy, job.mapping, raw, job.until)


def _accounted(found: Found, read: Read, results: pa.Table) -> pa.Table:
    """Count the rows of a part; gives those that were rejected, those of tickets that were not decided among them."""
    rejects = read.rejects
    lost = results.filter(results["error"].is_valid())
    if lost.num_rows:
        at = pc.index_in(read.used["ticket"], lost["ticket"].combine_chunks())
        rows = read.used.filter(at.is_valid())
        of = lost.select(["error", "detail"]).take(at.drop_null())
        columns = [rows["row"], rows["line"], rows["ticket"], of["error"].cast(pa.string()), of["detail"]]
        rejects = pa.concat_tables([rejects, pa.table(columns, schema=REJECTS)])
        for why in lost["error"].unique().to_pylist():
            found.rows.lose(why, lost.filter(pc.equal(lost["error"], why))["ticket"].to_pylist())
    found.rows.lose("no_usable_row", read.empty)
    found.rows.used += read.ignored + read.used.num_rows - (rejects.num_rows - read.rejects.num_rows)
    found.rows.remarks.update(read.remarks)
    found.rows.remarked.update(read.remarked)
    found.rows.reject(rejects)
    for row in results.filter(results["error"].is_null())["decided_by"].value_counts().to_pylist():
        found.decided[f"by_{row['values']}"] += row["counts"]
    return rejects.sort_by([("row", "ascending")])
