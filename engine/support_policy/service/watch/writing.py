"""A transaction that is tried again when another process was faster."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from support_policy.service.watch.ports import Store, StoreConflict, Work

T = TypeVar("T")
TRIES = 5
"""A conflict means that another process has got on; so many in a row do not happen by chance."""


def write(store: Store, do: Callable[[Work], T]) -> T:
    """Run `do` in a transaction of its own, anew when what it read had changed; what it gives, once it is stored.

    Raises what the store raises: `StoreBusy`, `StoreFull`, and `StoreConflict` when it goes on and on.
    """
    for left in reversed(range(TRIES)):
        try:
            with store.begin() as work:
                return do(work)
        except StoreConflict:
            if not left:
                raise
    raise AssertionError("unreachable")
