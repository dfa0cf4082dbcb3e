"""What a simulation and an evaluation say of a ticket, in one shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from tests.whole.described import Policy
from tests.whole.opening import HORIZON
from tests.whole.simulator import Simulation


@dataclass(frozen=True)
class Row:
    """A metric: status, seconds worked, due, stopped; instants in seconds of the story, None also past the horizon."""

    status: str
    worked: float
    due: int | None
    stopped: int | None


@dataclass(frozen=True)
class Outcome:
    """The whole of what is compared."""

    state: str
    priority: str
    rows: Mapping[tuple[str, str], Row]
    """By metric and team (empty: no team's)."""
    fired: list[tuple[str, int, int, int, str]]
    """(chain, level, cycle, at, cause), sorted."""
    breached: list[tuple[str, str, int, str]]
    """(metric, team, at, cause), sorted."""
    timed: list[tuple[str, int]]
    """(timer, at) in order."""
    refused: list[tuple[str, int]]
    """(event type, at) in order."""
    planned: Mapping[tuple[str, int], int | None]
    """By chain and level: when, as things stand."""

    def differences(self, other: Outcome) -> list[str]:
        """One line for each part in which two outcomes differ, this one's value first."""
        pairs = [(f.name, getattr(self, f.name), getattr(other, f.name)) for f in fields(self)]
        return [f"{name}: {mine}\n    not {theirs}" for name, mine, theirs in pairs if mine != theirs]


def simulated(slow: Simulation) -> Outcome:
    """What a simulation came to."""
    rows = {
        key: Row(slow.status(clock), clock.worked(slow.by(clock), clock.started), slow.shown(clock), clock.ended)
        for key, clock in slow.clocks.items()
    }
    planned, fired = slow.planned(), [(f.chain, f.level, f.cycle, f.at, f.cause) for f in sorted(slow.fired)]
    return Outcome(slow.state, slow.priority, rows, fired, sorted(slow.breached), slow.timed, slow.refused, planned)


class Evaluated:
    """Reads the JSON of an evaluation."""

    def __init__(self, policy: Policy, data: Mapping[str, Any]) -> None:
        self.policy, self.data = policy, data

    def second(self, instant: str | None) -> int | None:
        """An instant as a second of the story; None past the horizon."""
        if instant is None:
            return None
        passed = (datetime.fromisoformat(instant) - self.policy.midnight).total_seconds()
        assert passed == int(passed), f"{instant} is no whole second"
        return int(passed) if passed <= self.policy.begins + HORIZON else None

    def records(self, type: str) -> list[dict[str, Any]]:
        """The engine's records of a type."""
        return [event for event in self.data["events"] if event["type"] == type]

    def at(self, record: Mapping[str, Any]) -> int:
        """When a record happened."""
        return self.second(record["at"]) or 0

    def outcome(self) -> Outcome:
        """The evaluation in the shape that is compared."""
        rows = {
            (row["metric"], row.get("team") or ""): Row(
                row["status"], row["worked_seconds"], self.second(row["due_at"]), self.second(row["stopped_at"])
            )
            for row in self.data["targets"]
        }
        fired = [(r["chain"], r["level"], r["cycle"], self.at(r), r["cause"]) for r in self.records("level_fired")]
        breached = [(r["metric"], r.get("team") or "", self.at(r), r["cause"]) for r in self.records("target_breached")]
        timed = [(r["timer"], self.at(r)) for r in self.records("timer_fired")]
        refused = [(e["type"], self.at(e)) for e in self.data["events"] if e.get("outcome") == "refused"]
        planned = {
            (row["chain"], row["level"]): self.second(row["due_at"])
            for row in self.data["escalations"]
            if row["status"] == "planned" and row["chain"] not in {request.name for request in self.policy.requests}
        }
        data = self.data
        return Outcome(data["state"], data["priority"], rows, sorted(fired), sorted(breached), timed, refused, planned)
