"""Business time over stretches, for many clocks at once: what `clock.sla` does for one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.columns.calendar import NEVER, CalendarColumns
from support_policy.batch.histories.lower import Lowered
from support_policy.batch.histories.state import Bools, Clocks, Ints
from support_policy.clock.zone import SECOND


def keys(calendar: NDArray[np.int32], business: Bools) -> NDArray[np.int32]:
    """Calendars as `Lowered.calendar` knows them."""
    return (calendar << 1) | business


def _each(lowered: Lowered, key: NDArray[np.int32], ask: Callable[[CalendarColumns, slice | Ints], Ints]) -> Ints:
    """What each calendar says of its own rows."""
    if not len(key):
        return np.zeros(0, np.int64)
    least = int(key.min())
    if least == int(key.max()):
        return ask(lowered.calendar(least), slice(None))
    made = np.empty(len(key), np.int64)
    for one in np.flatnonzero(np.bincount(key)):
        mine = np.flatnonzero(key == one)
        made[mine] = ask(lowered.calendar(int(one)), mine)
    return made


def due(lowered: Lowered, key: NDArray[np.int32], start: Ints, length: Ints) -> Ints:
    """Where so much time from each start ends; NEVER where it does not."""
    return _each(lowered, key, lambda calendar, rows: calendar.due(start[rows], length[rows]))


def worked(lowered: Lowered, key: NDArray[np.int32], start: Ints, end: Ints) -> Ints:
    """Open time between each start and end."""
    return _each(lowered, key, lambda calendar, rows: calendar.worked(start[rows], end[rows]))


def reached(
    lowered: Lowered,
    clocks: Clocks,
    tickets: Ints,
    key: NDArray[np.int32],
    since: Ints,
    wanted: Ints,
    *,
    going_on: bool = False,
) -> Ints:
    """The instant at which the time worked over the stretches from `since` on reaches `wanted` (microseconds).

    NEVER where they end before. `going_on`: as if a clock that stopped had gone on from there.
    """
    made = np.full(len(tickets), NEVER)
    count = clocks.stretches[tickets]
    stopped = clocks.stopped[tickets]
    last_end = clocks.end[np.maximum(count - 1, 0), tickets]
    # A clock that stopped while it was paused goes on with a stretch of its own.
    extra = going_on & (stopped != NEVER) & ((last_end != stopped) | (count == 0))
    # Nothing is cut from stretches that begin after `since`: then an empty first one counts, too.
    whole = clocks.begin[0, tickets] >= since
    left = wanted.copy()
    todo = np.arange(len(tickets))
    for place in range(int((count + extra).max(initial=0))):
        mine = tickets[todo]
        if place < len(clocks.begin):
            begin, end = clocks.begin[place, mine], clocks.end[place, mine]
        else:
            begin, end = stopped[todo], np.full(len(todo), NEVER)
        if going_on:
            added = extra[todo] & (place == count[todo])
            begin = np.where(added, stopped[todo], begin)
            goes = added | ((stopped[todo] != NEVER) & (place == count[todo] - 1) & (end == stopped[todo]))
            end = np.where(goes, NEVER, end)
        start = np.maximum(begin, since[todo])
        counts = (place < (count + extra)[todo]) & ((end > since[todo]) | whole[todo])
        start = np.where(counts, start, since[todo])
        found = due(lowered, key[todo], start, left[todo])
        found = np.where(left[todo] <= 0, start, found)
        done = counts & ((end == NEVER) | (found <= end))
        made[todo[done]] = found[done]
        rest = ~done
        if not rest.any():
            break
        spent = worked(lowered, key[todo[rest]], start[rest], np.where(counts, end, start)[rest])
        left[todo[rest]] -= spent
        todo = todo[rest]
    return made


def total(lowered: Lowered, clocks: Clocks, tickets: Ints, until: int) -> Ints:
    """Time worked over all stretches up to an instant, in microseconds."""
    key = keys(clocks.calendar[tickets], clocks.business[tickets])
    made = np.zeros(len(tickets), np.int64)
    count = clocks.stretches[tickets]
    for place in range(int(count.max(initial=0))):
        rows = np.flatnonzero((count > place) & (clocks.begin[min(place, len(clocks.begin) - 1), tickets] < until))
        if rows.size:
            mine = tickets[rows]
            end = np.minimum(clocks.end[place, mine], until)
            made[rows] += worked(lowered, key[rows], clocks.begin[place, mine], end)
    return made


def target_due(lowered: Lowered, clocks: Clocks, tickets: Ints, *, going_on: bool = False) -> Ints:
    """When each clock's target falls due; NEVER without a target, or while it cannot."""
    made = np.full(len(tickets), NEVER)
    rows = np.flatnonzero(clocks.target[tickets] >= 0)
    if rows.size:
        mine = tickets[rows]
        key = keys(clocks.calendar[mine], clocks.business[mine])
        wanted = clocks.target[mine] * SECOND
        made[rows] = reached(lowered, clocks, mine, key, clocks.since[mine], wanted, going_on=going_on)
    return made
