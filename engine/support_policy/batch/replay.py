"""Replay: foreign histories, read by a mapping, decided ticket by ticket under a policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Protocol, TypeVar

from support_policy.batch.mapping import TableMapping
from support_policy.batch.mapping_checks import check_columns, check_words
from support_policy.batch.replay_columns import ColumnsSeen, checked
from support_policy.batch.replay_parts import parted
from support_policy.batch.replay_report import Tally
from support_policy.batch.replay_rows import IGNORED, Reading, Reject, RowReader, Table
from support_policy.batch.replay_ticket import Judge, Outcome, judge_chunk, latest, start_worker
from support_policy.model.event import instant, micros
from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import Diagnostic, Findings, PolicyError
from support_policy.source.span import Span

T = TypeVar("T")
CHUNK = 200
"""Tickets that go to another process together."""


class Progress(Protocol):
    """Shows how far long work has come: gives back what it is given."""

    def __call__(self, items: Iterable[T], what: str, total: int | None) -> Iterable[T]:
        """The same items; `what` they are, and how many if that is known."""


def no_progress(items: Iterable[T], what: str, total: int | None) -> Iterable[T]:  # noqa: ARG001
    """Shows nothing."""
    return items


class StoppedError(Exception):
    """A row was rejected, and the caller had asked to stop at the first."""

    def __init__(self, reject: Reject) -> None:
        super().__init__(reject)
        self.reject = reject


@dataclass(slots=True)
class Options:
    """How to replay. `at`: the instant of evaluation (None: the last one in the file that is not after `now`).

    `full` keeps a summary of each ticket for `each`; `stop` raises `StoppedError` at the first row rejected.
    """

    now: datetime
    at: datetime | None = None
    workers: int = 1
    slowest: int = 3
    stop: bool = False
    full: bool = False
    each: Callable[[Mapping[str, Any]], None] | None = None
    progress: Progress = no_progress


@dataclass(slots=True)
class Replay:
    """What a replay gives: the report as plain JSON data, and every row that was not used, by row."""

    report: dict[str, Any]
    rejects: list[Reject] = field(default_factory=list)


def replay(policy: Policy, mapping: TableMapping, table: Table, file: str, options: Options) -> Replay:
    """Replay a table. Raises `PolicyError` when mapping, policy and file do not belong together; `StoppedError`."""
    findings = Findings()
    check_words(mapping, policy, findings)
    if table.columns is not None:
        check_columns(mapping, table.columns, file, findings)
    findings.raise_errors()
    tally = Tally(policy, mapping.compare, options.slowest)
    tickets, notes = _read(policy, mapping, table, tally, options, file)
    at = options.at or _last_instant(tickets, options.now)
    judged = _judged(policy, mapping, tickets, micros(at), options, file)
    for outcome in options.progress(judged, "tickets", len(tickets)):
        tally.add(outcome)
        _stop(outcome.rejects, options)
        if options.each and outcome.summary:
            options.each(outcome.summary)
    rejects = sorted((r for found in tally.reasons.values() for r in found), key=lambda r: r.number)
    report = {
        "file": file,
        "mapping": str(mapping.name),
        "shape": str(mapping.shape),
        "policy": {"name": policy.name, "version": policy.version, "digest": policy.digest},
        "at": at.isoformat(),
        **tally.report(),
        "notes": [*table.notes, *notes, *tally.notes()],
    }
    return Replay(report, rejects)


def _stop(rejects: Iterable[Reject], options: Options) -> None:
    for reject in rejects:
        if options.stop:
            raise StoppedError(reject)


def _read(
    policy: Policy, mapping: TableMapping, table: Table, tally: Tally, options: Options, file: str
) -> tuple[dict[str, list[Reading]], list[str]]:
    """The readings of every ticket named in the table, and what is to be said of its columns."""
    reader = RowReader(mapping, policy.facts)
    tickets: dict[str, list[Reading]] = {}
    seen = ColumnsSeen(mapping, table.columns)
    rows = checked(parted(table.rows(), mapping.each), mapping, table.columns, file)
    for row in options.progress(rows, "rows", None if mapping.each else table.total):
        seen.add(row)
        read = reader.read(row)
        if isinstance(read, Reading):
            tickets.setdefault(read.ticket, []).append(read)
        elif isinstance(read, Reject):
            tally.reject(read)
            if read.ticket:
                tickets.setdefault(read.ticket, [])
            _stop([read], options)
        elif read == IGNORED:
            tally.ignore()
    return tickets, seen.notes()


def _last_instant(tickets: Mapping[str, list[Reading]], now: datetime) -> datetime:
    limit = micros(now)
    found = [us for us in (latest(readings, limit) for readings in tickets.values()) if us is not None]
    return instant(max(found)) if found else now


def _judged(
    policy: Policy, mapping: TableMapping, tickets: Mapping[str, list[Reading]], until: int, options: Options, file: str
) -> Iterator[Outcome]:
    if options.workers <= 1 or len(tickets) < CHUNK:
        judge = Judge(policy, mapping, until, full=options.full)
        for ticket, readings in tickets.items():
            yield judge.judge(ticket, readings)
        return
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
    from multiprocessing import get_context

    # Started afresh rather than forked: a fork would copy locks that other threads of this process may hold.
    started = (policy, mapping, until, options.full)
    with ProcessPoolExecutor(options.workers, get_context("spawn"), start_worker, started) as pool:
        items = iter(tickets.items())
        chunks = iter(lambda: list(islice(items, CHUNK)), [])
        try:
            for outcomes in pool.map(judge_chunk, chunks):
                yield from outcomes
        except BrokenExecutor:
            said = "another process ended before its work was done"
            raise PolicyError([Diagnostic("M529", "error", said, Span(file), "run with one: `--workers 1`")]) from None
