"""Histories in short, and what an evaluation says of them, for policies that are not the shipped one.

`events("2026-03-02T10:00:00+00:00", "+0m submitted / organization=shop", "+20m acknowledged by=engineer")`: hours
(`h`), minutes (`m`) or seconds (`s`) on the wall clock from the first instant, the type, what it carries, and facts
after `/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from support_policy import Policy, evaluate, load_policy

POLICIES = Path(__file__).resolve().parents[1] / "policies"
SECONDS = {"h": 3600, "m": 60, "s": 1}


@cache
def policy(name: str) -> Policy:
    """One of the policies under tests/policies."""
    return load_policy(POLICIES / name)


def later(start: str, step: str) -> datetime:
    """The instant `+1h30m` after the start."""
    parts = re.findall(r"(\d+)([hms])", step)
    return datetime.fromisoformat(start) + timedelta(seconds=sum(int(n) * SECONDS[unit] for n, unit in parts))


def events(start: str, *lines: str) -> list[dict[str, Any]]:
    """The events of a history, as plain data."""
    made = []
    for line in lines:
        said, _, facts = line.partition(" / ")
        step, type, *carried = said.split()
        event: dict[str, Any] = {"at": later(start, step).isoformat(), "type": type}
        event |= dict(word.split("=", 1) for word in carried)
        if facts:
            event["fields"] = dict(word.split("=", 1) for word in facts.split())
        made.append(event)
    return made


class Told:
    """One of the policies, evaluated over a history at `start` + `seen`."""

    def __init__(self, name: str, start: str, lines: Iterable[str], seen: str) -> None:
        self.start = datetime.fromisoformat(start)
        history = {"ticket": "T-1", "events": events(start, *lines)}
        self.evaluation: Any = evaluate(policy(name), history, later(start, seen))

    def after(self, instant: str | None) -> str:
        """An instant, as the time on the wall since the start: `1:05:00`."""
        return "-" if instant is None else str(datetime.fromisoformat(instant) - self.start)

    def records(self, type: str, **like: Any) -> list[dict[str, Any]]:
        """The engine's records of a type that have these values."""
        return [
            e
            for e in self.evaluation["events"]
            if e["type"] == type and e.get("engine") and all(e.get(name) == value for name, value in like.items())
        ]

    def pages(self, chain: str) -> list[tuple[int, int]]:
        """(level, minutes since the start) of everyone told by a chain, in order."""
        found = self.records("level_fired", chain=chain)
        return [(e["level"], int((datetime.fromisoformat(e["at"]) - self.start).total_seconds() // 60)) for e in found]

    def clock(self, metric: str, team: str | None = None) -> dict[str, Any]:
        """The row of a metric, or of a team's clock of it."""
        (row,) = [t for t in self.evaluation["targets"] if t["metric"] == metric and t.get("team") == team]
        return dict(row)
