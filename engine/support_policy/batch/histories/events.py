"""The events of many tickets as arrays: coded, checked once for each distinct value, in order, cut into parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from support_policy.batch.histories.codes import NONE
from support_policy.batch.histories.lower import Lowered
from support_policy.batch.schema import DATA, FACT, INSTANT
from support_policy.kernel.facts import check_fact
from support_policy.model.event import EPOCH, micros
from support_policy.policy.names import PRIORITY_CHANGED
from support_policy.source.words import FIRST_YEAR, LAST_YEAR

Kind = TypeVar("Kind", bound=np.generic)
PART = 1 << 16
"""Tickets that advance together: their state stays in the processor's cache."""

WHY = (
    "",
    "the policy is a line of versions",
    "an event is not the policy's",
    "a value is not the policy's",
    "an event was learned late",
    "a fact is taken back",
    "a team has the ticket",
    "another ticket is joined or split off",
    "a clock hangs on a rule or on the length of a pause",
    "a workflow's timer went off",
    "a level has an event happen by itself",
    "a chain begins anew",
    "a metric recurs",
    "a verdict is judged again",
    "the ticket never began",
    "a contract has dates",
)
"""What the columns leave to the rows, by number."""
(
    VERSIONS,
    EVENT,
    VALUE,
    LATE,
    CLEARED,
    TEAM,
    JOINED,
    CLOCK,
    TIMER,
    BY_ITSELF,
    ANEW,
    RECURS,
    JUDGED,
    NEVER_BEGAN,
    CONTRACT,
) = range(1, len(WHY))


@dataclass(frozen=True)
class Coded:
    """A column of values by number (-1: missing)."""

    codes: NDArray[np.int32]
    values: tuple[Any, ...]

    def which(self, test: Callable[[Any], bool]) -> NDArray[np.bool_]:
        """The rows whose value passes a test, which sees each distinct value once; those without a value do not."""
        return self.translated([test(value) for value in self.values], False, bool)

    def translated(self, values: list[Any], missing: Any, kind: Any) -> NDArray[Any]:
        """Another value for each distinct one."""
        return np.array([*values, missing], kind)[self.codes]


def coded(column: pa.ChunkedArray) -> Coded:
    """An Arrow column as numbers and distinct values; lists become tuples."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.unify_dictionaries()
        array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    elif pa.types.is_nested(kind):
        return _listed(column)
    else:
        array = column.combine_chunks()
        array = (array.chunk(0) if isinstance(array, pa.ChunkedArray) else array).dictionary_encode()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], kind)
    values = array.dictionary.to_pylist()
    codes = pc.fill_null(array.indices.cast(pa.int32()), NONE).to_numpy(zero_copy_only=False)
    if None in values:
        codes = np.where(codes == values.index(None), np.int32(NONE), codes)
    return Coded(codes, tuple(values))


def _listed(column: pa.ChunkedArray) -> Coded:
    numbers: dict[tuple[Any, ...], int] = {}
    codes = [NONE if v is None else numbers.setdefault(tuple(v), len(numbers)) for v in column.to_pylist()]
    return Coded(np.array(codes, np.int32), tuple(numbers))


def instants(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """A column of instants in microseconds since 1970."""
    found = column.cast(INSTANT).cast(pa.int64()).combine_chunks()
    if isinstance(found, pa.ChunkedArray):
        found = found.chunk(0) if found.num_chunks else pa.array([], pa.int64())
    return np.asarray(found.to_numpy(zero_copy_only=False))


@dataclass
class Events:
    """Sorted events: by ticket (in order of first appearance), instant, arrival. `first` has one entry more."""

    names: pa.Array
    at: NDArray[np.int64]
    type: NDArray[np.int16]
    by: NDArray[np.int8]
    facts: dict[str, Coded]
    data: dict[str, Coded]
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
    late: dict[str, Coded] = field(default_factory=dict)

    def parts(self) -> Iterator[tuple[int, int]]:
        """Tickets from one number to another, a part at a time."""
        for begin in range(0, len(self.names), PART):
            yield begin, min(begin + PART, len(self.names))


def read_events(lowered: Lowered, table: pa.Table, until: int) -> Events:
    """The events of a canonical table up to an instant."""
    names, tickets = _tickets(table)
    at = instants(table["at"])
    type = coded(table["type"])
    by = coded(table["by"]) if "by" in table.column_names else Coded(np.full(len(at), NONE, np.int32), ())
    columns = set(table.column_names)
    facts = {c.removeprefix(FACT): coded(table[c]) for c in table.column_names if c.startswith(FACT)}
    data = {n: coded(table[DATA + n]) for n in _data(lowered) if DATA + n in columns}
    odd = _odd(lowered, table, at, (type, by), facts, data)
    count = len(names)
    why = np.zeros(count, np.int8)
    kept = at <= until
    left_out = np.bincount(tickets[~kept], minlength=count).astype(np.int32)
    for reason in range(len(WHY) - 1, 0, -1):
        why[tickets[kept & (odd == reason)]] = reason
    order = _order(tickets, at, kept)

    def pick(array: NDArray[Kind]) -> NDArray[Kind]:
        return array if order is None else array[order]

    facts = {name: Coded(pick(column.codes), column.values) for name, column in facts.items()}
    data = {name: Coded(pick(column.codes), column.values) for name, column in data.items()}
    types = pick(type.translated([lowered.triggers.get(str(v), 0) for v in type.values], 0, np.int16))
    actor = pick(by.translated([_actor(lowered, v) for v in by.values], 0, np.int8))
    sorted_tickets = pick(tickets)
    tells = np.zeros(len(types), bool)
    for column in facts.values():
        tells |= column.codes >= 0
    return Events(
        names=names,
        at=pick(at),
        type=types,
        by=actor,
        facts=facts,
        data=data,
        to=_priorities(lowered, data.get("to"), len(types)),
        stated=_priorities(lowered, facts.get("stated_priority"), len(types)),
        tells=tells,
        has=_carrying(lowered, data, len(types), bool),
        unfit=_unfit(lowered, types, actor, data),
        first=np.searchsorted(sorted_tickets, np.arange(count + 1)).astype(np.int64),
        left_out=left_out,
        why=why,
    )


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


def _priorities(lowered: Lowered, column: Coded | None, size: int) -> NDArray[np.int16]:
    if column is None:
        return np.full(size, NONE, np.int16)
    known = {name: code for code, name in enumerate(lowered.priorities)}
    return column.translated([known.get(value, NONE) for value in column.values], NONE, np.int16)


def _carrying(lowered: Lowered, data: dict[str, Coded], size: int, test: Callable[[Any], bool]) -> NDArray[np.int64]:
    bits = np.zeros(size, np.int64)
    for place, name in enumerate(lowered.carried):
        if name in data:
            bits |= data[name].which(test).astype(np.int64) << place
    return bits


def _unfit(
    lowered: Lowered, types: NDArray[np.int16], by: NDArray[np.int8], data: dict[str, Coded]
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
            made |= mine & ~allowed[by]
        needs = lowered.bits(words.requires)
        made |= mine & ((given & needs) != needs)
        for carried, variable in words.carries.items():
            if str(carried) in data:
                made |= mine & data[str(carried)].which(lambda v, of=variable: check_fact(of, v) is not None)  # type: ignore[misc]
    return made


def _odd(
    lowered: Lowered,
    table: pa.Table,
    at: NDArray[np.int64],
    what: tuple[Coded, Coded],
    facts: dict[str, Coded],
    data: dict[str, Coded],
) -> NDArray[np.int8]:
    """By event: why its ticket is left to the rows."""
    policy, (type, by), columns = lowered.policy, what, set(table.column_names)
    odd = np.zeros(len(at), np.int8)

    def mark(rows: NDArray[np.bool_], reason: int) -> None:
        odd[rows & (odd == 0)] = reason

    if policy.line.versions:
        odd[:] = VERSIONS
    mark(~type.which(lambda name: name in policy.event_types), EVENT)
    mark(by.which(lambda name: name not in lowered.actors), EVENT)
    first, last = (micros(EPOCH.replace(year=year)) for year in (FIRST_YEAR, LAST_YEAR))
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
    if "recorded_at" in columns:
        recorded = table["recorded_at"]
        mark(pc.is_valid(recorded).to_numpy() & (instants(pc.fill_null(recorded, table["at"])) != at), LATE)
    if "cleared" in columns:
        mark(pc.fill_null(pc.list_value_length(table["cleared"]), 0).to_numpy() > 0, CLEARED)
    teams = policy.text.teams or policy.asks("team") or any(m.per_team for m in policy.text.metrics.values())
    if "team" in data and teams:
        mark(data["team"].codes >= 0, TEAM)
    if "from_submitted_at" in data:
        mark(data["from_submitted_at"].codes >= 0, JOINED)
    return odd
