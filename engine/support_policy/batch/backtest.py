"""Backtests: what policies would have done to a history, part by part. A part in, its results out: a pure function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from support_policy.batch.backtest_rows import Rows, rejects_table
from support_policy.batch.decide import decide_table
from support_policy.batch.mapping import TableMapping
from support_policy.batch.read_rows import Read, read_table
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
