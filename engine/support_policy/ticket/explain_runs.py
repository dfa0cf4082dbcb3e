"""Runs of what recurs: how the earlier runs of a clock ended, and how a chain came to begin again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from support_policy.model.event import Event
from support_policy.ticket.state import key_of

Tally = Mapping[str, int]
"""How many runs were `met`, `missed`, and (where there are any) `withdrawn` or `stopped`."""

_ENDS = {
    "target_met": "met",
    "target_met_late": "missed",
    "target_breached": "missed",
    "target_withdrawn": "withdrawn",
    "clock_stopped": "stopped",
}
_JUDGED = {"met": "met", "missed_then_met": "missed", "breached": "missed"}


def earlier_runs(events: Iterable[Event]) -> dict[str, Tally]:
    """How the runs before the present one of each clock ended, by the clock's key; `events` are one telling of a log.

    Clocks in their first run are left out.
    """
    ended: dict[str, str] = {}
    found: dict[str, dict[str, int]] = {}
    for event in events:
        if not event.engine or "metric" not in event.data:
            continue
        key = key_of(event.data["metric"], event.data.get("team", ""))
        if event.type == "clock_started":
            if event.data.get("run", 1) > 1:
                tally = found.setdefault(key, {"met": 0, "missed": 0})
                how = ended.get(key, "stopped")
                tally[how] = tally.get(how, 0) + 1
            ended.pop(key, None)
        elif event.type == "target_judged":
            ended[key] = _JUDGED.get(event.data["status"], "stopped")
        elif event.type in ("clock_resumed", "clock_restarted") and ended.get(key) != "missed":
            ended.pop(key, None)
        elif event.type in _ENDS:
            how = _ENDS[event.type]
            # A verdict that fell stays, however the clock ends.
            ended[key] = how if how in ("met", "missed") else ended.get(key, how)
    return dict(found)


@dataclass(frozen=True, slots=True)
class Begun:
    """Which run of a chain this is, from 1, for its team where it has one.

    `acknowledged`: it began when what was acknowledged at that instant was open still when that time was over.
    """

    run: int = 1
    acknowledged: datetime | None = None


def chain_runs(events: Iterable[Event]) -> dict[str, Begun]:
    """The present run of each chain, by its key; its rounds are no runs. `events` are one telling of a log."""
    found: dict[str, Begun] = {}
    cycles: dict[str, set[int]] = {}
    acknowledged: dict[str, datetime] = {}
    about = [event for event in events if event.engine and "chain" in event.data]
    for before, event in pairwise([None, *about]):
        if event is None:
            continue
        key = key_of(event.data["chain"], event.data.get("team", ""))
        if event.type == "chain_acknowledged":
            acknowledged[key] = event.at
        if event.type != "chain_started" or event.data["cycle"] in cycles.setdefault(key, set()):
            continue
        cycles[key].add(event.data["cycle"])
        if event.data.get("round", 1) > 1:
            continue
        # An acknowledgement that ends because its time is over gives no reason.
        over = before is not None and before.type == "acknowledgement_over" and "reason" not in before.data
        same = over and before is not None and key == key_of(before.data["chain"], before.data.get("team", ""))
        run = found[key].run + 1 if key in found else 1
        found[key] = Begun(run, acknowledged.get(key) if same else None)
    return found
