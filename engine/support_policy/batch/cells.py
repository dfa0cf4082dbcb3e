"""What became of targets, counted by groups of tickets: by priority, organization, month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from support_policy.batch.clock_columns import KINDS, Clocks
from support_policy.batch.coded import Coded, Ints
from support_policy.batch.counters import Distinct, Names, counted, grown, median, ninetieth, summed, whole
from support_policy.clock.zone import SECOND

_ENDED, _SECONDS, _MICROS = len(KINDS), len(KINDS) + 1, len(KINDS) + 2
_WIDE = len(KINDS) + 3


class Cells:
    """Tickets and their clocks by group and metric."""

    def __init__(self, metrics: Sequence[str]) -> None:
        self.metrics = tuple(metrics)
        self.groups = Names()
        self.tickets: Ints = np.zeros(0, np.int64)
        self.counts: Ints = np.zeros((0, len(self.metrics), _WIDE), np.int64)
        self.worked = Distinct()

    def add_tickets(self, groups: Coded) -> None:
        """Count tickets by the group of each."""
        mine = self._room(groups.names)
        self.tickets[mine] += counted(groups.codes, (len(mine),))

    def add_clocks(self, clocks: Clocks, verdicts: Ints, worked: Ints, ended: Any, groups: Coded) -> None:
        """Count clocks by the group of each one's ticket; `worked` is in microseconds."""
        mine, size = self._room(groups.names), len(groups.names)
        metric = self.metrics.index(clocks.metric)
        found = np.zeros((size, _WIDE), np.int64)
        found[:, :_ENDED] = counted(groups.codes * len(KINDS) + verdicts, (size, len(KINDS)))
        found[:, _ENDED] = counted(groups.codes[ended], (size,))
        # Two sums, so that neither outgrows 64 bits nor a float's whole numbers.
        found[:, _SECONDS] = summed(groups.codes, worked // SECOND, size)
        found[:, _MICROS] = summed(groups.codes, worked % SECOND, size)
        self.counts[mine, metric] += found
        self.worked.add(mine[groups.codes[ended]] * len(self.metrics) + metric, worked[ended])

    def merge(self, other: Cells) -> None:
        """Add what another has counted."""
        mine, size, wide = self._room(other.groups), len(other.groups), len(self.metrics)
        self.tickets[mine] += other.tickets[:size]
        self.counts[mine] += other.counts[:size]
        self.worked.merge(other.worked, (mine[:, None] * wide + np.arange(wide)).ravel())

    def of(self, *names: str) -> tuple[int, list[dict[str, Any]]]:
        """How many tickets some groups have together, and one row for each metric of theirs."""
        groups = [self.groups.places[name] for name in names if name in self.groups.places]
        return int(self.tickets[groups].sum()), list(self._targets(groups))

    def _targets(self, groups: list[int]) -> Any:
        counts = self.counts[groups].sum(axis=0)
        for place, metric in enumerate(self.metrics):
            verdicts = counts[place, :_ENDED]
            if not verdicts.sum():
                continue
            keys = [group * len(self.metrics) + place for group in groups]
            values = self.worked.of(keys[0]) if len(keys) == 1 else self.worked.of_all(keys)
            micros = int(counts[place, _SECONDS]) * SECOND + int(counts[place, _MICROS])
            yield {
                "metric": metric,
                "target": None,
                **{kind: int(n) for kind, n in zip(KINDS, verdicts, strict=True)},
                "ended": int(counts[place, _ENDED]),
                "median_seconds": median(*values),
                "p90_seconds": ninetieth(*values),
                "worked_seconds": micros // SECOND if micros % SECOND == 0 else whole(micros / SECOND),
            }

    def most(self, number: int) -> tuple[list[str], list[str]]:
        """The groups with most tickets, then by name; and those that are left."""
        found = sorted(self.groups.places.items(), key=lambda item: (-int(self.tickets[item[1]]), item[0]))
        names = [name for name, _ in found]
        return names[:number], names[number:]

    def _room(self, names: Any) -> Ints:
        mine = self.groups.codes(names)
        self.tickets = grown(self.tickets, len(self.groups))
        self.counts = grown(self.counts, len(self.groups))
        return mine
