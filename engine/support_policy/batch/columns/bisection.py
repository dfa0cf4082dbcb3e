"""Bisection for many numbers at once: a grid laid over sorted keys says nearly where each lies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Positions = npt.NDArray[np.intp]

_FEW = 512
"""Below so many numbers a plain search is as fast."""
_CELLS = 131_072
_STEPS = 4


class Bisection:
    """Sorted int64 keys, the first of them `low`; numbers looked for lie between `low` and `high`, both included."""

    def __init__(self, keys: Whole, low: int, high: int) -> None:
        self._keys, self._low, self._high = keys, low, high
        self._first: Positions | None = None
        self._ended = keys
        self._shift = self._steps = 0

    def at_or_below(self, numbers: Whole) -> Positions:
        """How many keys are no greater than each number: `keys.searchsorted(numbers, "right")`."""
        if numbers.size < _FEW:
            return self._keys.searchsorted(numbers, "right")
        if self._first is None:
            self._first = self._laid_out()
        if self._steps > _STEPS:
            return self._keys.searchsorted(numbers, "right")
        found = self._first.take((numbers - self._low) >> self._shift)
        for _ in range(self._steps):
            found += self._ended.take(found) <= numbers
        return found

    def _laid_out(self) -> Positions:
        """How many keys lie below each cell of a grid, as coarse as keeps different keys apart, within reason."""
        same = int(np.unique(self._keys, return_counts=True)[1].max())
        from_low, span = self._keys - self._low, self._high - self._low
        shift = span.bit_length()
        while True:
            counts = np.bincount(from_low >> shift, minlength=(span >> shift) + 1)
            if not shift or counts.max() <= same or span >> (shift - 1) >= _CELLS:
                break
            shift -= 1
        self._shift, self._steps = shift, int(counts.max())
        self._ended = np.append(self._keys, np.iinfo(np.int64).max)
        return np.cumsum(counts) - counts
