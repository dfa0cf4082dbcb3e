"""Counters that grow with what is counted, add up in any order, and travel between processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from support_policy.batch.coded import Flags, Ints
from support_policy.clock.zone import SECOND

MOST_VALUES = 1_000_000
"""So many distinct values are kept for medians: 24 MB, and some times that to sort them."""
GRAINS = {1: "", SECOND: "to the second", 60 * SECOND: "to the minute"}
"""What values are cut to, one after the other, where there are too many distinct ones (in microseconds)."""
_LARGEST = 2**62


@dataclass(slots=True)
class Names:
    """Names, with codes from 0 in the order in which they came."""

    places: dict[str, int] = field(default_factory=dict)

    def codes(self, names: Iterable[str]) -> Ints:
        """The code of each name; new ones are added."""
        return np.array([self.places.setdefault(name, len(self.places)) for name in names], np.int64)

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)


def grown(counts: Ints, rows: int) -> Ints:
    """Counts with room for so many rows."""
    if rows <= len(counts):
        return counts
    more = np.zeros((max(rows, 2 * len(counts)), *counts.shape[1:]), np.int64)
    more[: len(counts)] = counts
    return more


def counted(codes: Ints, shape: tuple[int, ...]) -> Ints:
    """How often each cell of a table of `shape` occurs among `codes` (row-major)."""
    return np.bincount(codes, minlength=int(np.prod(shape))).reshape(shape)


def summed(codes: Ints, weights: Ints, size: int) -> Ints:
    """The sum of the weights of each code; exact up to 2^53."""
    return np.rint(np.bincount(codes, weights, size)).astype(np.int64)


class Distinct:
    """How often each value occurs, by group: medians and other quantiles of many values are exact.

    Once there are more than `most` distinct values all are cut to a coarser `grain`; where there is none, nothing is
    kept (`given_up`). That depends on what was counted, not on the order.
    """

    def __init__(self, most: int = MOST_VALUES) -> None:
        self.most, self.given_up, self.grain = most, False, 1
        self._kept: tuple[Ints, Ints, Ints] = _NOTHING
        self._waiting: list[tuple[Ints, Ints, Ints]] = []

    def add(self, groups: Ints, values: Ints) -> None:
        """Count a value (not negative) of each group."""
        if len(groups) and not self.given_up:
            self._take(_together(groups, self._cut(values), None))

    def merge(self, other: Distinct, groups: Ints) -> None:
        """Add what another has counted; `groups` are ours for each of its own."""
        other._settle()
        if other.given_up:
            self._give_up()
        elif not self.given_up:
            if other.grain > self.grain:
                self._coarsen(other.grain)
            theirs, values, counts = other._kept
            if len(theirs):
                self._take((groups[theirs], self._cut(values), counts))

    def of(self, group: int) -> tuple[Ints, Ints]:
        """The values of a group in order, and how often each occurs."""
        self._settle()
        groups, values, counts = self._kept
        begin, end = np.searchsorted(groups, [group, group + 1])
        return values[begin:end], counts[begin:end]

    def of_all(self, groups: Sequence[int]) -> tuple[Ints, Ints]:
        """The values of several groups together."""
        self._settle()
        mine = np.isin(self._kept[0], np.array(groups, np.int64))
        values, counts = self._kept[1][mine], self._kept[2][mine]
        _, values, counts = _together(np.zeros(len(values), np.int64), values, counts)
        return values, counts

    def _take(self, part: tuple[Ints, Ints, Ints]) -> None:
        self._waiting.append(part)
        if sum(len(groups) for groups, _, _ in self._waiting) > max(len(self._kept[0]), 500_000):
            self._settle()

    def _settle(self) -> None:
        if self._waiting:
            parts = [self._kept, *self._waiting]
            self._waiting = []
            self._kept = _together(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
            while len(self._kept[0]) > self.most:
                coarser = [grain for grain in GRAINS if grain > self.grain]
                if not coarser:
                    self._give_up()
                    return
                self._coarsen(coarser[0])

    def _cut(self, values: Ints) -> Ints:
        return values if self.grain == 1 else values - values % self.grain

    def _coarsen(self, grain: int) -> None:
        self.grain = grain
        parts = [(groups, self._cut(values), counts) for groups, values, counts in (self._kept, *self._waiting)]
        self._kept, self._waiting = _together(*(np.concatenate(of) for of in zip(*parts, strict=True))), []

    def _give_up(self) -> None:
        self.given_up, self._kept, self._waiting = True, _NOTHING, []


_EMPTY: Ints = np.zeros(0, np.int64)
_NOTHING = (_EMPTY, _EMPTY, _EMPTY)


def _together(groups: Ints, values: Ints, counts: Ints | None) -> tuple[Ints, Ints, Ints]:
    """The same, sorted, every pair once with the sum of its counts (none: each counts once)."""
    if not len(groups):
        return _NOTHING
    width = int(values.max()) + 1
    if (int(groups.max()) + 1) * width >= _LARGEST:
        order = np.lexsort((values, groups))
        begins = _begins(_changes(groups[order]) | _changes(values[order]))
        groups, values = groups[order[begins]], values[order[begins]]
        return (
            groups,
            values,
            np.add.reduceat(np.ones(len(order), np.int64) if counts is None else counts[order], begins),
        )
    wide = groups * width + values
    if counts is None:
        wide, found = np.unique(wide, return_counts=True)
        return wide // width, wide % width, found.astype(np.int64)
    order = np.argsort(wide)
    wide = wide[order]
    begins = _begins(_changes(wide))
    return wide[begins] // width, wide[begins] % width, np.add.reduceat(counts[order], begins)


def _changes(ordered: Ints) -> Flags:
    fresh = np.ones(len(ordered), np.bool_)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return fresh


def _begins(fresh: Flags) -> Ints:
    return np.flatnonzero(fresh).astype(np.int64)


def median(values: Ints, counts: Ints) -> float | None:
    """The median of microseconds, in seconds, as `statistics.median` gives it; None without values."""
    ends = np.cumsum(counts)
    if not len(ends):
        return None
    total = int(ends[-1])
    low, high = (
        int(values[np.searchsorted(ends, place, "right")]) / SECOND for place in ((total - 1) // 2, total // 2)
    )
    return whole(low if total % 2 else (low + high) / 2)


def ninetieth(values: Ints, counts: Ints) -> float | None:
    """The value that nine of ten do not exceed, in seconds: with n values the one at n * 9 // 10, counted from 0."""
    ends = np.cumsum(counts)
    if not len(ends):
        return None
    total = int(ends[-1])
    place = min(total - 1, total * 9 // 10)
    return whole(int(values[np.searchsorted(ends, place, "right")]) / SECOND)


def whole(seconds: float) -> float:
    """Seconds as a whole number where they are one, else to the microsecond."""
    return int(seconds) if seconds == int(seconds) else round(seconds, 6)
