"""When the levels of escalation chains fall due, for many tickets at once (`ticket.agenda`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.columns.calendar import NEVER
from support_policy.batch.histories.cohort import Cohort
from support_policy.batch.histories.hours import NOT_SAID, by_priority, code_of, or_office
from support_policy.batch.histories.state import Bools, Clocks, Ints
from support_policy.batch.histories.times import due, keys, reached
from support_policy.clock.zone import SECOND
from support_policy.model.promise import Level


def level_due(cohort: Cohort, chain: int, number: int, tickets: Ints) -> Ints:
    """The instant at which a level falls due; NEVER while the clock it counts is paused or stopped before."""
    state, words = cohort.state, cohort.lowered.chains[chain]
    runs, level = state.runs[chain], words.levels[number]
    if level.kind == "request":
        return runs.since[tickets]
    clocks = state.clocks[cohort.lowered.metric_code[words.counts]] if words.counts else None
    if clocks is None:
        if level.length is None or level.of_target:
            return np.full(len(tickets), NEVER)
        key = keys(_calendar(cohort, chain, level, tickets, None), np.full(len(tickets), level.length.business))
        length = np.full(len(tickets), level.length.seconds * SECOND, np.int64)
        start = runs.since[tickets]
        return start if not level.length.seconds else due(cohort.lowered, key, start, length)
    made = np.full(len(tickets), NEVER)
    rows = np.flatnonzero(clocks.exists[tickets])
    if rows.size:
        mine = tickets[rows]
        made[rows] = (
            _share(cohort, chain, level, mine, clocks)
            if level.of_target
            else _after(cohort, chain, level, mine, clocks)
        )
    return made


def _after(cohort: Cohort, chain: int, level: Level, tickets: Ints, clocks: Clocks) -> Ints:
    if level.length is None:
        return np.full(len(tickets), NEVER)
    key = keys(_calendar(cohort, chain, level, tickets, clocks), np.full(len(tickets), level.length.business))
    wanted = np.full(len(tickets), level.length.seconds * SECOND, np.int64)
    return reached(cohort.lowered, clocks, tickets, key, cohort.state.runs[chain].since[tickets], wanted)


def _share(cohort: Cohort, chain: int, level: Level, tickets: Ints, clocks: Clocks) -> Ints:
    """When a level that is counted from the target falls due."""
    made = np.full(len(tickets), NEVER)
    rows = np.flatnonzero(clocks.target[tickets] >= 0)
    mine = tickets[rows]
    if not rows.size:
        return made
    lowered = cohort.lowered
    target, since = clocks.target[mine] * SECOND, clocks.since[mine]
    key = keys(clocks.calendar[mine], clocks.business[mine])
    length = level.length.seconds * SECOND if level.length else 0
    if level.kind == "at":
        made[rows] = reached(lowered, clocks, mine, key, since, target * level.share // 10_000)
        return made
    if level.kind == "before":
        made[rows] = reached(lowered, clocks, mine, key, since, np.maximum(target - length, 0))
        return made
    alike: Bools = np.ones(len(mine), bool) if level.length is None else clocks.business[mine] == level.length.business
    made[rows[alike]] = reached(lowered, clocks, mine[alike], key[alike], since[alike], target[alike] + length)
    other = ~alike
    if other.any() and level.length is not None:
        # Another kind of time than the target's: counted from where the target was due.
        mine, places = mine[other], rows[other]
        whole = reached(lowered, clocks, mine, key[other], since[other], target[other])
        comes = whole != NEVER
        mine, places, whole = mine[comes], places[comes], whole[comes]
        other_key = keys(_calendar(cohort, chain, level, mine, clocks), np.full(len(mine), level.length.business))
        # The stretches are those from `since` on, and of these the ones from the due time on.
        after = np.maximum(whole, clocks.since[mine])
        made[places] = reached(lowered, clocks, mine, other_key, after, np.full(len(mine), length, np.int64))
    return made


def acknowledged_until(cohort: Cohort, chain: int, tickets: Ints) -> Ints:
    """When the acknowledgement of a chain is over; NEVER where it is not acknowledged, or its clock has ended."""
    state, lowered, words = cohort.state, cohort.lowered, cohort.lowered.chains[chain]
    runs, clocks = state.runs[chain], state.clocks[lowered.metric_code[words.counts]]
    made = np.full(len(tickets), NEVER)
    goes = (runs.acknowledged[tickets] != NEVER) & clocks.exists[tickets] & (clocks.stopped[tickets] == NEVER)
    promise = state.promise[tickets]
    rows = np.flatnonzero(goes & (promise >= 0) & lowered.promises.has[promise, chain])
    lasts = words.acknowledge.lasts if words.acknowledge else None
    if rows.size and lasts is not None:
        mine = tickets[rows]
        priority = state.priority[mine]
        calendar = by_priority(cohort, words.calendar)[priority]
        metric = by_priority(cohort, lowered.metrics[lowered.metric_code[words.counts]].calendar)[priority]
        calendar = np.where(calendar == NOT_SAID, metric, calendar)
        key = keys(or_office(cohort, calendar, mine), np.full(len(mine), lasts.business))
        length = np.full(len(mine), lasts.seconds * SECOND, np.int64)
        made[rows] = due(lowered, key, runs.acknowledged[mine], length)
    return made


def _calendar(cohort: Cohort, chain: int, level: Level, tickets: Ints, clocks: Clocks | None) -> NDArray[np.int32]:
    """The calendar of a level: its own, its chain's, or that of what it counts; else the office's."""
    lowered, state = cohort.lowered, cohort.state
    words = lowered.chains[chain]
    priority = state.priority[tickets]
    made = np.full(len(tickets), code_of(cohort, level.calendar), np.int32)
    made = np.where(made == NOT_SAID, by_priority(cohort, words.calendar)[priority], made)
    if clocks is not None:
        counted = (clocks.target[tickets] >= 0) & clocks.business[tickets]
        metric = by_priority(cohort, lowered.metrics[lowered.metric_code[words.counts]].calendar)[priority]
        made = np.where(made == NOT_SAID, np.where(counted, clocks.calendar[tickets], metric), made)
    return or_office(cohort, made, tickets)
