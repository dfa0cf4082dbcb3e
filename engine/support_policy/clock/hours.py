"""What a calendar holds in wall time: weekly hours, holidays, shifts and breaks, before any zone is looked at.

Wall times are integer microseconds since 1970-01-01T00:00 of the local calendar; days are proleptic ordinals; a
stretch is a half-open (open, close) pair. A day's own stretches count from its midnight and may end on the next day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from support_policy.clock.zone import DAY, EPOCH_DAY

Stretch = tuple[int, int]
Stretches = tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """The wall-clock half of a business calendar; `holidays`, `shifts` and `breaks` are keyed by day."""

    weekly: tuple[Stretches, ...]
    """The stretches of the seven weekdays, Monday first."""
    holidays: frozenset[int] = frozenset()
    shifts: Mapping[int, Stretches] = field(default_factory=dict)
    breaks: Mapping[int, Stretches] = field(default_factory=dict)
    masked: bool = True
    """A holiday also closes the tail of a night that began the day before."""

    plain: tuple[int, ...] = field(init=False, default=())
    """Open wall time of the seven weekdays in a week without exceptions, night tails counted where they fall."""
    changed: Mapping[int, tuple[int, ...]] = field(init=False, default_factory=dict)
    """Year -> the days that may differ from a plain weekday."""
    _special: frozenset[int] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        nights = (self.weekly[-1], *self.weekly)
        plain = [
            sum(b - a for a, b in clipped(merged([*moved(before, -DAY), *own]), 0, DAY))
            for before, own in zip(nights, self.weekly, strict=False)
        ]
        days = self.holidays | self.shifts.keys() | self.breaks.keys()
        years: dict[int, set[int]] = {}
        for day in days | {day + 1 for day in days}:
            if day <= date.max.toordinal():
                years.setdefault(date.fromordinal(day).year, set()).add(day)
        nearby = self.holidays | {day - 1 for day in self.holidays} | self.shifts.keys()
        object.__setattr__(self, "plain", tuple(plain))
        object.__setattr__(self, "changed", {year: tuple(sorted(found)) for year, found in years.items()})
        object.__setattr__(self, "_special", frozenset(nearby))

    def own(self, day: int) -> Stretches:
        """The stretches that begin on `day`, before breaks, counted from its midnight."""
        if day in self.holidays:
            return ()
        found = self.shifts.get(day)
        if found is None:
            found = self.weekly[(day - 1) % 7]
        if self.masked and day + 1 in self.holidays:
            return tuple((a, min(b, DAY)) for a, b in found)
        return found

    def walls(self, first: int, last: int) -> list[Stretch]:
        """What is open from the midnight that begins `first` to the one that ends `last`, merged and in order."""
        weekly, special = self.weekly, self._special
        found: list[Stretch] = []
        end = (first - EPOCH_DAY - 9) * DAY
        for day in range(first - 1, last + 1):
            midnight = (day - EPOCH_DAY) * DAY
            for a, b in self.own(day) if day in special else weekly[(day - 1) % 7]:
                close = midnight + b
                if midnight + a > end:
                    found.append((midnight + a, close))
                    end = close
                elif close > end:
                    found[-1] = (found[-1][0], close)
                    end = close
        if self.breaks:
            found = without(found, merged(self._breaks(first, last)))
        return clipped(found, (first - EPOCH_DAY) * DAY, (last + 1 - EPOCH_DAY) * DAY)

    def _breaks(self, first: int, last: int) -> Iterator[Stretch]:
        for day in range(first - 1, last + 1):
            if day in self.breaks:
                yield from moved(self.breaks[day], (day - EPOCH_DAY) * DAY)


def moved(stretches: Iterable[Stretch], by: int) -> list[Stretch]:
    """The stretches, each `by` later."""
    return [(a + by, b + by) for a, b in stretches]


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The stretches in order; what touches or overlaps is one."""
    found: list[Stretch] = []
    for a, b in sorted(stretches):
        if found and a <= found[-1][1]:
            found[-1] = (found[-1][0], max(b, found[-1][1]))
        else:
            found.append((a, b))
    return found


def clipped(stretches: Iterable[Stretch], low: int, high: int) -> list[Stretch]:
    """The parts of the stretches between `low` and `high`."""
    return [(max(a, low), min(b, high)) for a, b in stretches if a < high and b > low]


def without(stretches: Iterable[Stretch], cuts: list[Stretch]) -> list[Stretch]:
    """The stretches less the cuts; both in order and merged."""
    found: list[Stretch] = []
    first = 0
    for a, b in stretches:
        while first < len(cuts) and cuts[first][1] <= a:
            first += 1
        rest, cut = a, first
        while cut < len(cuts) and cuts[cut][0] < b:
            if cuts[cut][0] > rest:
                found.append((rest, cuts[cut][0]))
            rest = max(rest, cuts[cut][1])
            cut += 1
        if rest < b:
            found.append((rest, b))
    return found
