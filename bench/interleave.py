"""Timing against peers so that the ratio can be trusted: every contestant meets the same disturbances.

Absolute times say more about a machine than about code, and a shared machine changes its pace from second to second. So
each round times every contestant once, in turn, and what is reported is the ratio of the medians.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns
from typing import Any

Call = Callable[[], Any]
ENOUGH_NS = 500_000
"""How long one timing takes at least, so that the clock's own cost does not show."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The medians of one comparison, in nanoseconds a call, and how many times longer each peer takes than we do."""

    name: str
    ours: float
    peers: Mapping[str, float]

    @property
    def ratios(self) -> dict[str, float]:
        """Peer -> its median divided by ours."""
        return {peer: time / self.ours for peer, time in self.peers.items()}

    def __str__(self) -> str:
        cells = [f"{peer} {time / 1000:9.3f} us = {time / self.ours:7.1f} x" for peer, time in self.peers.items()]
        return " | ".join([f"{self.name:40}", f"ours {self.ours / 1000:9.3f} us", *cells])


def compare(name: str, ours: Call, peers: Mapping[str, Call], rounds: int = 25) -> Comparison:
    """Time `ours` and each peer once a round, in turn; print and return the medians."""
    contestants = {"": ours, **peers}
    loops = {who: _loops(call) for who, call in contestants.items()}
    times: dict[str, list[float]] = {who: [] for who in contestants}
    for _ in range(rounds):
        for who, call in contestants.items():
            times[who].append(_time(call, loops[who]) / loops[who])
    medians = {who: median(found) for who, found in times.items()}
    found = Comparison(name, medians.pop(""), medians)
    print(found)
    return found


def _loops(call: Call) -> int:
    """How often to call so that one timing takes long enough; the calls made here also warm up."""
    loops = 1
    while _time(call, loops) < ENOUGH_NS:
        loops *= 2
    return loops


def _time(call: Call, loops: int) -> int:
    turns = range(loops)
    start = perf_counter_ns()
    for _ in turns:
        call()
    return perf_counter_ns() - start
