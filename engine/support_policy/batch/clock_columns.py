"""The clocks of many tickets as columns: of each metric, and of each team that has a clock of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from support_policy.batch.coded import NONE, Coded, Ints, coded, micros_of, numbers, rows_within
from support_policy.batch.replay_ticket import VERDICTS
from support_policy.batch.schema import flat_metrics
from support_policy.policy.compiled import Policy

KINDS = ("met", "missed", "open", "withdrawn", "measured")
"""What a clock counts as; the code of a verdict is its place here."""
_CODES = {status: KINDS.index(kind) for status, kind in VERDICTS.items()}


@dataclass(frozen=True, slots=True)
class Clocks:
    """Clocks of one metric: the row of the ticket that each belongs to, and what is said of it."""

    metric: str
    rows: Ints
    teams: Coded | None
    """The team of each, where every team has a clock."""
    status: Coded
    columns: Any
    """The other columns, by their names in `schema.CLOCK`."""

    @property
    def verdicts(self) -> Ints:
        """What each counts as."""
        return self.status.renamed(_CODES)

    @property
    def ended(self) -> Any:
        """Whether each has come to its end: it may yet go on after a reopening."""
        return self.stopped != NONE

    @property
    def stopped(self) -> Ints:
        """When each stopped."""
        return numbers(self.columns["stopped_at"])

    @property
    def worked(self) -> Ints:
        """What each has counted, in microseconds."""
        return micros_of(self.columns["worked_seconds"])

    @property
    def target(self) -> Ints:
        """The target of each in seconds; `NONE` without one."""
        return numbers(self.columns["target_seconds"])

    @property
    def set_by(self) -> Coded:
        """The line of the policy that the target of each follows from."""
        return coded(self.columns["set_by"])


def clocks_of(policy: Policy, results: pa.Table) -> Iterator[Clocks]:
    """Every clock of a table of results, metric by metric in the policy's order, those of teams last."""
    names = ("status", "target_seconds", "calendar", "started_at", "due_at", "stopped_at", "worked_seconds", "set_by")
    for metric in flat_metrics(policy):
        columns = {name: results[f"{metric.name}.{name}"] for name in names}
        there = columns["status"].is_valid()
        if not pc.all(there).as_py():
            columns = {name: column.filter(there) for name, column in columns.items()}
        rows = np.flatnonzero(np.asarray(there)).astype(np.int64)
        if len(rows):
            yield Clocks(metric.name, rows, None, coded(columns["status"]), columns)
    teams = [metric for metric in policy.text.metrics.values() if metric.per_team]
    if not teams:
        return
    rows, structs = rows_within(results["teams"])
    metrics = coded(structs.field("metric"))
    for metric in teams:
        mine = np.flatnonzero(metrics.renamed({metric.name: 0}) == 0)
        if len(mine):
            chosen = structs.take(pa.array(mine))
            columns = {name: chosen.field(name) for name in names}
            yield Clocks(metric.name, rows[mine], coded(chosen.field("team")), coded(columns["status"]), columns)
