"""Backtests: what policies would have done to a history, part by part. A part in, its results out: a pure function."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from support_policy.batch.backtest_rows import Rows, rejects_table
from support_policy.batch.decide import decide_table
from support_policy.batch.difference import Difference
from support_policy.batch.mapping import TableMapping
from support_policy.batch.read import Read, read_table
from support_policy.batch.rowwise import histories
from support_policy.batch.stored import read_stored
from support_policy.batch.summary import Summary
from support_policy.policy.compiled import Policy
from support_policy.ticket.history import History

TICKETS, OLD, CHANGES, HISTORY, REJECTS = "tickets", "old_tickets", "changes", "history", "rejects"
"""The tables that a part can give, by name."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked of every part.

    `until`: the instant of evaluation (microseconds since 1970). Without a `mapping` the parts are those of a store's
    logs (`stored.STORED`), else raw rows of a file (`raw.OWN`). `against` is the policy before the change, `variants`
    are the policy with other targets, `wanted` the tables that are to be given; `examples` asks for the histories of
    the tickets that are named.
    """

    policy: Policy
    mapping: TableMapping | None
    until: int
    against: Policy | None = None
    variants: tuple[Policy, ...] = ()
    wanted: frozenset[str] = frozenset()
    examples: bool = False


@dataclass(slots=True)
class Found:
    """What was found, added up: parts in any order, from any process."""

    rows: Rows
    new: Summary
    old: Summary | None = None
    difference: Difference | None = None
    variants: list[Summary] = field(default_factory=list)
    only_old_rejects: int = 0
    """Rows that the policy before the change does not take, and the new one does."""
    decided: Counter[str] = field(default_factory=Counter)
    by_rows_because: Counter[str] = field(default_factory=Counter)
    examples: dict[str, History] = field(default_factory=dict)
    """The histories of tickets that a part names, as the policy reads them."""

    @classmethod
    def nothing(cls, job: Job) -> Found:
        """What is found of no part."""
        made = cls(Rows(), Summary(job.policy), variants=[Summary(policy) for policy in job.variants])
        if job.against is not None:
            made.old, made.difference = Summary(job.against), Difference(job.against, job.policy)
        return made

    def merge(self, other: Found) -> None:
        """Add what was found of other parts."""
        self.rows.merge(other.rows)
        self.new.merge(other.new)
        if self.old is not None and other.old is not None:
            self.old.merge(other.old)
        if self.difference is not None and other.difference is not None:
            self.difference.merge(other.difference)
        for mine, theirs in zip(self.variants, other.variants, strict=True):
            mine.merge(theirs)
        self.only_old_rejects += other.only_old_rejects
        self.decided.update(other.decided)
        self.by_rows_because.update(other.by_rows_because)
        self.examples |= other.examples


@dataclass(slots=True)
class Done:
    """A part, done: those of its tables that were wanted, by name, and what adds up."""

    tables: dict[str, pa.Table]
    found: Found


def kernel(job: Job, raw: pa.Table) -> Done:
    """Everything that is to be found of one part, which holds all rows of its tickets. Pure: reads nothing else."""
    found = Found.nothing(job)
    read = _read(job.policy, job, raw)
    results = decide_table(job.policy, read.events, job.until)
    _account(found, read, results)
    found.new.add(results)
    rejected = {reject.number for reject in read.rejects}
    tables = {TICKETS: results, HISTORY: read.events, REJECTS: rejects_table(read.rejects)}
    if job.against is not None and found.old is not None and found.difference is not None:
        told = read if alike(job.policy, job.against) else _read(job.against, job, raw)
        found.only_old_rejects = sum(reject.number not in rejected for reject in told.rejects)
        old = tables[OLD] = decide_table(job.against, told.events, job.until)
        found.old.add(old)
        both = _of_both(old, results)
        if CHANGES in job.wanted:
            tables[CHANGES] = found.difference.changed(*both)
        else:
            found.difference.add(*both)
    for policy, summary in zip(job.variants, found.variants, strict=True):
        summary.add(decide_table(policy, read.events, job.until))
    if job.examples:
        found.examples = _named(found, read.events)
    return Done({name: table for name, table in tables.items() if name in job.wanted}, found)


def alike(one: Policy, other: Policy) -> bool:
    """Whether rows say the same under two policies: whether both know the same facts, event types and priorities."""
    return (
        one.facts == other.facts
        and set(one.event_types) == set(other.event_types)
        and set(one.text.priorities) == set(other.text.priorities)
    )


def fitting(mapping: TableMapping, policy: Policy) -> TableMapping:
    """The mapping without the facts that a policy does not know: they were told of under another one."""
    return replace(mapping, facts={name: value for name, value in mapping.facts.items() if name in policy.facts})


def _read(policy: Policy, job: Job, raw: pa.Table) -> Read:
    if job.mapping is None:
        return read_stored(policy, raw, job.until)
    return read_table(policy, fitting(job.mapping, policy), raw, job.until)


def _account(found: Found, read: Read, results: pa.Table) -> None:
    """Count rows and tickets; the rows of tickets that could not be decided are rejected with them."""
    failed = results.filter(results["error"].is_valid()).select(["ticket", "error", "detail"]).to_pylist()
    read.leave_out({row["ticket"]: (row["error"], row["detail"] or "") for row in failed})
    for why in sorted({row["error"] for row in failed}):
        found.rows.lose(why, [row["ticket"] for row in failed if row["error"] == why])
    found.rows.lose("no_usable_row", read.unusable)
    found.rows.count(read.ignored + read.used.num_rows, *read.remarks())
    found.rows.reject(read.rejects)
    for name, counts in (("decided_by", found.decided), ("by_rows_because", found.by_rows_because)):
        for row in results[name].drop_null().value_counts().to_pylist():
            counts[row["values"]] += row["counts"]


def _of_both(old: pa.Table, new: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The results of the tickets that both policies read, in the new one's order."""
    if old["ticket"] == new["ticket"]:
        return old, new
    at = pc.index_in(new["ticket"], value_set=old["ticket"].combine_chunks())
    return old.take(at.drop_null()), new.filter(at.is_valid())


def _named(found: Found, events: pa.Table) -> dict[str, History]:
    """The histories of the tickets that the difference names as examples."""
    names = example_names(found)
    mine = events.filter(pc.is_in(events["ticket"].cast(pa.string()), value_set=pa.array(names, pa.string())))
    return {history.ticket: history for history in histories(mine)}


def example_names(found: Found) -> list[str]:
    """The tickets that a difference names, those newly missed first."""
    if found.difference is None:
        return []
    data: dict[str, Any] = found.difference.data()
    return list(dict.fromkeys(n for key in ("missed", "groups") for row in data[key] for n in row["examples"]))
