"""The events of many tickets as arrays: coded, checked once for each distinct value, in order, cut into parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from support_policy.batch.columns.rules import Column
from support_policy.batch.histories.arrow import column_of, instants
from support_policy.batch.histories.codes import NONE, TAKEN_BACK
from support_policy.batch.histories.itself import ByItself, by_themselves
from support_policy.batch.histories.lower import Lowered
from support_policy.batch.histories.why import EVENT, JOINED, LATE, TEAM, VALUE, VERSIONS, WHY
from support_policy.batch.schema import DATA, FACT, INSTANT
from support_policy.clock.zone import SECOND
from support_policy.kernel.facts import check_fact
from support_policy.model.event import EPOCH, micros
from support_policy.policy.names import PRIORITY_CHANGED

YEARS = (1900, 2200)
"""Between the first days of these, columns count business time; other events are left to the rows."""
Kind = TypeVar("Kind", bound=np.generic)
COHORT = 1 << 16
"""Tickets that advance together: their state stays in the processor's cache."""


@dataclass
class Events:
    """Sorted events: by ticket (in order of first appearance), instant, arrival. `first` has one entry more."""

    names: pa.Array
    at: NDArray[np.int64]
    arrived: NDArray[np.int64] | None
    """When each was learned; None where that is always when it happened."""
    type: NDArray[np.int16]
    by: NDArray[np.int8]
    facts: dict[str, Column]
    data: dict[str, Column]
    to: NDArray[np.int16]
    """The priority that an event carries as `to`, by number."""
    stated: NDArray[np.int16]
    tells: NDArray[np.bool_]
    """Whether an event sets any fact."""
    has: NDArray[np.int64]
    """The data it carries that an edge may require, as bits."""
    unfit: NDArray[np.bool_]
    """Whether what the policy declares for its type is not met."""
    first: NDArray[np.int64]
    left_out: NDArray[np.int32]
    why: NDArray[np.int8]
    """By ticket: why it is left to the rows (0: it is not)."""
    by_timers: Mapping[int, int]
    """Where, after all others, the event stands that a workflow's timer has happen by itself."""
    by_levels: Mapping[tuple[int, int], int]
    """The same for a level of a chain, by the chain's number and the level's from 0."""

    def cohorts(self) -> Iterator[tuple[int, int]]:
        """Tickets from one number to another, a cohort at a time."""
        for begin in range(0, len(self.names), COHORT):
            yield begin, min(begin + COHORT, len(self.names))


def read_events(lowered: Lowered, table: pa.Table, until: int) -> Events:
    """The events of a canonical table up to an instant."""
    names, tickets = _tickets(table)
    at = instants(table["at"])
    arrived = _arrived(table, at)
    given = _given(lowered, table)
    odd = _odd(lowered, given, at)
    kept = at <= until if arrived is None else np.maximum(at, arrived) <= until
    left_out = np.bincount(tickets[~kept], minlength=len(names)).astype(np.int32)
    order = _order(tickets, at if arrived is None else arrived, kept)
    if order is not None:
        tickets, at, odd, given = tickets[order], at[order], odd[order], given.only(order)
        arrived = None if arrived is None else arrived[order]
    if arrived is not None:
        odd[_late(lowered, tickets, at, arrived) & (odd == 0)] = LATE
    itself = by_themselves(lowered)
    types, by, data = _joined(lowered, itself, given)
    facts, tells = _told(given, len(itself))
    size = len(types)
    return Events(
        names=names,
        at=at,
        arrived=arrived,
        type=types,
        by=by,
        facts=facts,
        data=data,
        to=_priorities(lowered, data.get("to"), size),
        stated=_priorities(lowered, facts.get("stated_priority"), size),
        tells=tells,
        has=_carrying(lowered, data, size, bool),
        unfit=_unfit(lowered, types, by, data, len(itself)),
        first=np.searchsorted(tickets, np.arange(len(names) + 1)).astype(np.int64),
        left_out=left_out,
        why=_first_reason(tickets, odd, len(names)),
        by_timers={e.place[0]: len(at) + n for n, e in enumerate(itself) if e.timer},
        by_levels={e.place: len(at) + n for n, e in enumerate(itself) if not e.timer},
    )


@dataclass(frozen=True)
class _Given:
    """The columns of a table of events, row by row; `cleared`: by fact, the events that take it back."""

    type: Column
    by: Column
    facts: dict[str, Column]
    data: dict[str, Column]
    cleared: dict[str, NDArray[np.bool_]]

    def only(self, rows: NDArray[np.int64]) -> _Given:
        """Some rows, in an order."""

        def some(columns: dict[str, Column]) -> dict[str, Column]:
            return {name: _only(column, rows) for name, column in columns.items()}

        cleared = {name: taken[rows] for name, taken in self.cleared.items()}
        return _Given(_only(self.type, rows), _only(self.by, rows), some(self.facts), some(self.data), cleared)


def _only(column: Column, rows: NDArray[np.int64]) -> Column:
    return Column(column.codes[rows], column.values)


def _given(lowered: Lowered, table: pa.Table) -> _Given:
    columns = table.column_names
    nobody = Column(np.full(len(table), NONE, np.int32), ())
    return _Given(
        type=column_of(table["type"]),
        by=column_of(table["by"]) if "by" in columns else nobody,
        facts={name.removeprefix(FACT): column_of(table[name]) for name in columns if name.startswith(FACT)},
        data={name: column_of(table[DATA + name]) for name in _data(lowered) if DATA + name in columns},
        cleared=_cleared(table),
    )


def _told(given: _Given, more: int) -> tuple[dict[str, Column], NDArray[np.bool_]]:
    """What events set facts to (or take back), and which of them set any; `more` that set none stand at the end."""
    facts = {name: Column(_longer(column.codes, more, NONE), column.values) for name, column in given.facts.items()}
    tells = np.zeros(len(given.type.codes) + more, bool)
    for name, rows in given.cleared.items():
        taken = _longer(rows, more, False)
        tells |= taken
        if name in facts:
            codes, values = facts[name].codes, facts[name].values
            facts[name] = Column(np.where(taken & (codes < 0), TAKEN_BACK, codes).astype(np.int32), values)
    for column in facts.values():
        tells |= column.codes >= 0
    return facts, tells


def _longer(array: NDArray[Kind], more: int, value: Any) -> NDArray[Kind]:
    return np.concatenate([array, np.full(more, value, array.dtype)]) if more else array


def _joined(
    lowered: Lowered, itself: list[ByItself], given: _Given
) -> tuple[NDArray[np.int16], NDArray[np.int8], dict[str, Column]]:
    """Types, actors and data of all events, with those that happen by themselves after the others."""
    # The firing of a level is a trigger, too, but no event that anybody gives.
    known = {name: code for code, name in enumerate(lowered.types)}
    types = given.type.translated([known.get(str(value), 0) for value in given.type.values], 0, np.int16)
    by = given.by.translated([_actor(lowered, value) for value in given.by.values], 0, np.int8)
    data, size = dict(given.data), len(types)
    if not itself:
        return types, by, data
    types = np.concatenate([types, np.array([lowered.triggers[event.type] for event in itself], np.int16)])
    by = _longer(by, len(itself), lowered.actors.index("automatic"))
    for name in {*data, *(name for event in itself for name in event.carries if name in lowered.carried)}:
        before = data.get(name, Column(np.full(size, NONE, np.int32), ()))
        said = [event.carries.get(name) for event in itself]
        values = (*before.values, *(text for text in said if text is not None))
        codes = iter(range(len(before.values), len(values)))
        added = [NONE if text is None else next(codes) for text in said]
        data[name] = Column(np.concatenate([before.codes, np.array(added, np.int32)]), values)
    return types, by, data


def _first_reason(tickets: NDArray[np.int32], odd: NDArray[np.int8], count: int) -> NDArray[np.int8]:
    """By ticket, why it is left to the rows; of several reasons the first of `WHY`."""
    why = np.zeros(count, np.int8)
    if odd.any():
        for reason in range(len(WHY) - 1, 0, -1):
            why[tickets[odd == reason]] = reason
    return why


def _arrived(table: pa.Table, at: NDArray[np.int64]) -> NDArray[np.int64] | None:
    if "recorded_at" not in table.column_names:
        return None
    found = instants(pc.coalesce(table["recorded_at"].cast(INSTANT), table["at"].cast(INSTANT)))
    return None if np.array_equal(found, at) else found


def _late(
    lowered: Lowered, tickets: NDArray[np.int32], at: NDArray[np.int64], arrived: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Facts that are not believed, or were learned after others that happened later; in order of arrival."""
    limit = lowered.policy.setting("late_events_up_to").seconds * SECOND
    odd: NDArray[np.bool_] = (arrived < at) | (arrived - at > limit)
    odd[1:] |= (at[1:] < at[:-1]) & (tickets[1:] == tickets[:-1])
    return odd


def _cleared(table: pa.Table) -> dict[str, NDArray[np.bool_]]:
    """By fact, the events that take it back."""
    if "cleared" not in table.column_names:
        return {}
    lists = table["cleared"].combine_chunks()
    lists = lists.chunk(0) if isinstance(lists, pa.ChunkedArray) and lists.num_chunks else lists
    rows = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
    named = column_of(pa.chunked_array([pc.list_flatten(lists).cast(pa.string())]))
    made = {}
    for code, name in enumerate(named.values):
        made[str(name)] = np.zeros(len(table), bool)
        made[str(name)][rows[named.codes == code]] = True
    return made


def _data(lowered: Lowered) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*lowered.carried, "team", "from_submitted_at")))


def _tickets(table: pa.Table) -> tuple[pa.Array, NDArray[np.int32]]:
    """The names in order of first appearance, and each row's ticket by number."""
    column = table["ticket"]
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], column.type)
    made = array.dictionary_encode()
    return made.dictionary.cast(pa.string()), made.indices.cast(pa.int32()).to_numpy(zero_copy_only=False)


def _order(tickets: NDArray[np.int32], at: NDArray[np.int64], kept: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    """Which rows are taken in which order; None where that is all of them as they stand."""
    same = tickets[1:] == tickets[:-1]
    if kept.all() and ((tickets[1:] > tickets[:-1]) | (same & (at[1:] >= at[:-1]))).all():
        return None
    places = np.flatnonzero(kept)
    return places[np.lexsort((at[places], tickets[places]))]


def _actor(lowered: Lowered, name: str) -> int:
    return lowered.actors.index(name) if name in lowered.actors else 0


def _priorities(lowered: Lowered, column: Column | None, size: int) -> NDArray[np.int16]:
    if column is None:
        return np.full(size, NONE, np.int16)
    known = {name: code for code, name in enumerate(lowered.priorities)}
    sound = Column(np.maximum(column.codes, NONE), column.values)
    made = sound.translated([known.get(value, NONE) for value in column.values], NONE, np.int16)
    return np.where(column.codes == TAKEN_BACK, np.int16(TAKEN_BACK), made)


def _carrying(lowered: Lowered, data: dict[str, Column], size: int, test: Callable[[Any], bool]) -> NDArray[np.int64]:
    bits = np.zeros(size, np.int64)
    for place, name in enumerate(lowered.carried):
        if name in data:
            bits |= data[name].which(test).astype(np.int64) << place
    return bits


def _unfit(
    lowered: Lowered, types: NDArray[np.int16], by: NDArray[np.int8], data: dict[str, Column], itself: int
) -> NDArray[np.bool_]:
    """Events that lack what the policy declares for their type: who may give it, what it must and may carry."""
    made = np.zeros(len(types), bool)
    if not lowered.policy.text.events:
        return made
    given = _carrying(lowered, data, len(types), lambda value: value not in (None, ""))
    for name, words in lowered.policy.text.events.items():
        mine = types == lowered.code(name)
        if words.by:
            allowed = np.array([actor in words.by for actor in lowered.actors])
            given_by = mine & ~allowed[by]
            given_by[len(types) - itself :] = False  # nobody gives what happens by itself
            made |= given_by
        needs = lowered.bits(words.requires)
        made |= mine & ((given & needs) != needs)
        for carried, variable in words.carries.items():
            if str(carried) in data:
                made |= mine & data[str(carried)].which(lambda v, of=variable: check_fact(of, v) is not None)  # type: ignore[misc]
    return made


def _odd(lowered: Lowered, given: _Given, at: NDArray[np.int64]) -> NDArray[np.int8]:
    """By event: why its ticket is left to the rows."""
    policy, type, by, facts, data = lowered.policy, given.type, given.by, given.facts, given.data
    odd = np.zeros(len(at), np.int8)

    def mark(rows: NDArray[np.bool_], reason: int) -> None:
        odd[rows & (odd == 0)] = reason

    if policy.line.versions:
        odd[:] = VERSIONS
    mark(~type.which(lambda name: name in policy.event_types), EVENT)
    mark(by.which(lambda name: name not in lowered.actors), EVENT)
    first, last = (micros(EPOCH.replace(year=year)) for year in YEARS)
    mark((at < first) | (at >= last), VALUE)
    for name, column in facts.items():
        if name not in policy.facts:
            mark(column.codes >= 0, VALUE)
        else:
            mark(column.which(lambda value, of=name: policy.check_fact(of, value) is not None), VALUE)  # type: ignore[misc]
    if "to" in data:
        mark(
            type.which(lambda name: name == PRIORITY_CHANGED)
            & data["to"].which(lambda value: value not in policy.text.priorities),
            VALUE,
        )
    for name, rows in given.cleared.items():
        if name not in policy.facts:
            mark(rows, VALUE)
    if "team" in data and any(metric.per_team for metric in policy.text.metrics.values()):
        mark(data["team"].codes >= 0, TEAM)
    if "from_submitted_at" in data:
        mark(data["from_submitted_at"].codes >= 0, JOINED)
    return odd
