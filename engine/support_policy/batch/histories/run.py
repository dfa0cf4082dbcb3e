"""Histories decided by columns: the tickets of a table, a cohort at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from support_policy.batch.columns.calendar import NEVER
from support_policy.batch.histories.cohort import Cohort
from support_policy.batch.histories.events import read_events
from support_policy.batch.histories.fire import fire, happen
from support_policy.batch.histories.lower import Lowered
from support_policy.batch.histories.result import results
from support_policy.batch.histories.state import Ints
from support_policy.batch.histories.why import LATE, NEVER_BEGAN
from support_policy.batch.schema import result_schema
from support_policy.policy.compiled import Policy

KEPT = 64
"""So many policies' tables a thread keeps."""


class _Kept(threading.local):
    """A thread's own tables, by the policy's identity: they remember what they have seen, which no two may at once."""

    def __init__(self) -> None:
        self.tables: dict[int, Lowered] = {}


_kept = _Kept()


def lowered(policy: Policy) -> Lowered:
    """The tables of a policy."""
    tables = _kept.tables
    if id(policy) not in tables:
        while len(tables) >= KEPT:
            del tables[next(iter(tables))]
        tables[id(policy)] = Lowered(policy)  # it holds the policy, so that no other takes its identity
    return tables[id(policy)]


@dataclass(frozen=True)
class Decided:
    """`table`: what became of the tickets that the columns decided, and `places` their numbers, by first appearance.

    `left`: the numbers of the others with the reason, a number of `WHY`.
    """

    table: pa.Table
    places: NDArray[np.int64]
    left: NDArray[np.int64]
    why: NDArray[np.int8]
    names: pa.Array


def decide_columns(policy: Policy, events: pa.Table, until: int) -> Decided:
    """Decide a table of events (`batch.schema`) as of `until`, microseconds since 1970; equal to `evaluate`."""
    tables = lowered(policy)
    read = read_events(tables, events, until)
    made, places, why = [], [], np.zeros(len(read.names), np.int8)
    for begin, end in read.cohorts():
        cohort = Cohort(tables, read, begin, end)
        _advance(cohort, until)
        why[cohort.order + begin] = cohort.state.why
        # In order of first appearance, whatever order they advanced in.
        back = np.argsort(cohort.order)
        rows = back[cohort.state.why[back] == 0]
        made.append(results(cohort, begin, until, rows))
        places.append(cohort.order[rows] + begin)
    done = np.concatenate(places) if places else np.zeros(0, np.int64)
    table = pa.concat_tables(made) if made else result_schema(policy).empty_table()
    left = np.flatnonzero(why)
    return Decided(table, done, left, why[left], read.names)


def _advance(cohort: Cohort, until: int) -> None:
    """Every event happens, the first ones of all tickets, then the second ones; then what is due by `until`."""
    state, size = cohort.state, cohort.state.size
    everyone = np.arange(size)
    for place, count in _ranks(cohort.counts):
        tickets = everyone[:count]
        events = cohort.start[:count] + place
        at = cohort.events.at[events]
        late = np.flatnonzero(state.next[:count] < at)
        if late.size:
            fire(cohort, late, at[late])
        _leave_late(cohort, tickets, events)
        state.now[:count] = at if cohort.events.arrived is None else cohort.events.arrived[events]
        happen(cohort, tickets, events, at)
        _leave_late(cohort, tickets, events)
    fire(cohort, everyone, np.full(size, until + 1))
    life = cohort.lowered.life
    lifeless = state.machines[life] == cohort.lowered.machines[life].initial
    clockless = ~np.any([clocks.exists for clocks in state.clocks], axis=0) if state.clocks else np.ones(size, bool)
    state.leave(np.flatnonzero((state.begun == NEVER) | (lifeless & clockless)), NEVER_BEGAN)


def _leave_late(cohort: Cohort, tickets: Ints, events: Ints) -> None:
    """A fact that was learned only after something else fell due is told anew, which is left to the rows."""
    if cohort.events.arrived is not None:
        state = cohort.state
        state.leave(tickets[state.next[tickets] < cohort.events.arrived[events]], LATE)


def _ranks(counts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """For each n: how many tickets have an n-th event (from 0); the most eventful stand first."""
    most = int(counts[0]) if len(counts) else 0
    falling = -counts
    for place in range(most):
        yield place, int(np.searchsorted(falling, -place, side="left"))
