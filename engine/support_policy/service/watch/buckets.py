"""Token buckets: how often somebody may do something, kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic


class Buckets:
    """A bucket for each name: `most` at once, refilled at `per_minute`. Safe among threads; forgets the least used."""

    def __init__(
        self, per_minute: float, most: float | None = None, names: int = 50_000, tick: Callable[[], float] = monotonic
    ) -> None:
        self.rate = per_minute / 60
        self.most = max(1.0, per_minute if most is None else most)
        self.names, self.tick = names, tick
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, name: str) -> float:
        """Take one: 0.0 when there was one, else after how many seconds there will be."""
        with self._lock:
            left = self._now(name)
            if left < 1:
                return (1 - left) / self.rate
            self._put(name, left - 1)
            return 0.0

    def give_back(self, name: str) -> None:
        """What was taken was not needed after all."""
        with self._lock:
            self._put(name, min(self.most, self._now(name) + 1))

    def _now(self, name: str) -> float:
        left, since = self._left.get(name, (self.most, self.tick()))
        return min(self.most, left + (self.tick() - since) * self.rate)

    def _put(self, name: str, left: float) -> None:
        self._left[name] = (left, self.tick())
        self._left.move_to_end(name)
        while len(self._left) > self.names:
            self._left.popitem(last=False)
