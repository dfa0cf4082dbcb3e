"""Words for what begins more than once: the runs of a metric, the runs and rounds of an escalation chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from support_policy.render.sentences import listed, moment, plain, spaced

if TYPE_CHECKING:
    from support_policy.ticket.explain_words import LevelWhy, TargetWhy

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_STATUS = {"breached": "missed", "missed_then_met": "missed"}


def metric_title(target: TargetWhy) -> str:
    """A metric's name, with whose clock it is and which run, where there are several."""
    team = f" of {plain(target.team)}" if target.team else ""
    return f"{spaced(target.metric)}{team}" + (f" (run {target.run})" if target.run > 1 else "")


def runs(earlier: Mapping[str, int], status: str) -> str:
    """How the runs of a metric ended, the present one among them: `3 runs: 1 met, 1 missed, 1 running`.

    `earlier` counts those before, `status` is how the present one stands. Empty where there were none before.
    """
    if not earlier:
        return ""
    now = _STATUS.get(status, status)
    counts = {**earlier, now: earlier.get(now, 0) + 1}
    said = ", ".join(f"{count} {how}" for how, count in counts.items() if count)
    return f"{sum(counts.values())} runs: {said}"


def run_of(level: LevelWhy) -> str:
    """Which run of a chain, and which of its rounds, where there are several: `second run, round 1 of 3`."""
    parts = []
    if level.run > 1:
        parts.append(f"{_ORDINALS[level.run - 1]} run" if level.run <= len(_ORDINALS) else f"run {level.run}")
    if level.rounds > 1:
        parts.append(f"round {level.round} of {level.rounds}")
    return ", ".join(parts)


def counted_from(level: LevelWhy) -> str:
    """From when a level is counted, and why from then."""
    since = f"from {moment(level.since, year=True)}"
    if level.acknowledged and level.round == 1:
        return f"{since}, since the acknowledgement of {moment(level.acknowledged)} was over"
    return since


def addressed(notify: Iterable[tuple[str, str]]) -> str:
    """Who is told, with addresses: `lead <lead@desk.example>`."""
    return listed(f"{spaced(role)} <{plain(to)}>" if to else f"{spaced(role)} (nobody fills it)" for role, to in notify)
