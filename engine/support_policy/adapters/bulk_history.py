"""Histories to backtest, in parts that each hold all rows of their tickets: exports, and the service's own store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from support_policy.adapters.bulk_in import open_bulk
from support_policy.adapters.spill import FolderSpill
from support_policy.batch.mapping import TableMapping
from support_policy.batch.mapping_checks import check_columns, check_words
from support_policy.batch.partition import Sizes, parted_by_ticket
from support_policy.batch.read_latest import latest
from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import Findings

SMALLEST = 20_000
"""Fewer rows are not worth to be handed to another process."""


class History(Protocol):
    """A history, opened. `last`: its last instant (microseconds since 1970), known once the first part is there."""

    @property
    def total(self) -> int | None:
        """How many rows there are, if known."""

    @property
    def last(self) -> int | None:
        """The last instant."""

    @property
    def notes(self) -> list[str]:
        """What is to be said of it as a whole."""

    def parts(self, seen: Callable[[int], None]) -> Iterator[pa.Table]:
        """The parts; `seen` is told how many more rows were read."""


class Export:
    """A file that a mapping reads. `spill` keeps its parts where it is large; `workers` are to share them.

    The `last` instant is looked for when it is `wanted`.
    """

    def __init__(
        self,
        path: str | Path,
        mapping: TableMapping,
        policy: Policy,
        now: int,
        spill: FolderSpill,
        workers: int = 1,
        *,
        wanted: bool = True,
    ) -> None:
        self._bulk = open_bulk(path, mapping)
        self._mapping, self._policy, self._now, self._spill, self._wanted = mapping, policy, now, spill, wanted
        self.total = self._bulk.total
        self.last: int | None = None
        if self._bulk.columns is not None:
            findings = Findings()
            check_columns(mapping, self._bulk.columns, str(path), findings)
            findings.raise_errors()
        share = max(SMALLEST, (self.total or 1_000_000) // (3 * workers))
        self._sizes = Sizes() if workers <= 1 else Sizes(share, share)

    @property
    def notes(self) -> list[str]:
        """What is to be said of the file's columns."""
        return self._bulk.notes

    def parts(self, seen: Callable[[int], None]) -> Iterator[pa.Table]:
        """See `History`."""
        ticket, large = self._mapping.ticket, (self.total or 0) > self._sizes.whole
        cuts = self._bulk.cuts(ticket, self._sizes) if large else None
        rows = self._bulk.batches()
        if cuts is None:
            rows = self._seen(rows, seen)
        elif self._wanted:
            # Parts are given while the file is read: what all of it says must be known before.
            for _ in self._seen(self._bulk.batches(), seen):
                pass
        yield from parted_by_ticket(rows, ticket, self._spill, self.total, self._sizes, cuts)

    def _seen(self, batches: Iterator[pa.RecordBatch], seen: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if self._wanted:
                self.last = latest(self._policy, self._mapping, pa.Table.from_batches([batch]), self._now, self.last)
            seen(batch.num_rows)
            yield batch


class Logs(Protocol):
    """The logs of a store: `adapters.sql.logs.SqlLogs`."""

    def total(self) -> int:
        """How many facts there are."""

    def last(self, now: int) -> int | None:
        """The last instant of a fact that is not after `now`."""

    def parts(self) -> Iterator[pa.Table]:
        """Tables (`batch.stored.STORED`)."""


class Store:
    """What the service keeps, as of one transaction."""

    def __init__(self, logs: Logs, now: int) -> None:
        self._logs = logs
        self.total, self.last = logs.total(), logs.last(now)
        self.notes: list[str] = []

    def parts(self, seen: Callable[[int], None]) -> Iterator[pa.Table]:
        """See `History`."""
        for part in self._logs.parts():
            seen(part.num_rows)
            yield part


def check_policy(mapping: TableMapping, policy: Policy) -> None:
    """Raises `PolicyError` with every word of a mapping that a policy does not know."""
    findings = Findings()
    check_words(mapping, policy, findings)
    findings.raise_errors()
