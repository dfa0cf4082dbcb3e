"""Which kinds there are among many: by counting where codes are small, else by sorting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SMALL = 1 << 16


def kinds(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each kind of code (none negative) first stands, and each code's kind by its place there."""
    if len(codes) and int(codes.max()) < _SMALL:
        first = np.full(int(codes.max()) + 1, -1, np.int64)
        first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
        found = np.flatnonzero(first >= 0)
        number = np.empty(len(first), np.int64)
        number[found] = np.arange(len(found))
        return first[found], number[codes]
    _, places, which = np.unique(codes, return_index=True, return_inverse=True)
    return places, which.reshape(-1)
