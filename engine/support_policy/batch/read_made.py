"""Events made in bulk: gathered by kind, put in order, and turned into the table of events of `schema.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from support_policy.batch.mapping import TableMapping
from support_policy.batch.read_cells import BAD, NONE, Found
from support_policy.batch.read_raw import Numbers
from support_policy.batch.schema import CODED, DATA, FACT, INSTANT
from support_policy.model.condition import FactType
from support_policy.model.event import EPOCH, Event, micros
from support_policy.policy.compiled import Policy
from support_policy.source.words import FIRST_YEAR, LAST_YEAR
from support_policy.ticket.facts import problems_under

FIRST, AFTER = (micros(datetime(year, 1, 1, tzinfo=UTC)) for year in (FIRST_YEAR, LAST_YEAR + 1))


class Pool:
    """Values by number, each once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._known: dict[Any, int] = {}

    def add(self, value: Any) -> int:
        """The number of a value."""
        found = self._known.setdefault(value, len(self.values))
        if found == len(self.values):
            self.values.append(value)
        return found

    def rows(self, found: Found, of: Numbers) -> Numbers:
        """The numbers of what some rows say, `NONE` and `BAD` as they are."""
        given = np.array([*(self.add(value) for value in found.values), BAD, NONE], np.int32)
        return given[found.rows[of]]


@dataclass(slots=True)
class Batch:
    """Events of one kind, of a row at most one each: `rows` are places in the order of the telling, ascending.

    All else by event: `types` and what they carry are numbers in the pools of `Makings`, or `NONE`, or `BAD`. `taken`
    are the facts taken back.
    """

    rows: Numbers
    at: Numbers
    types: Numbers
    by: Numbers
    data: dict[str, Numbers] = field(default_factory=dict)
    facts: dict[str, Numbers] = field(default_factory=dict)
    taken: dict[str, Numbers] = field(default_factory=dict)

    def only(self, keep: Numbers) -> Batch:
        """Those of the events."""
        parts = ({name: column[keep] for name, column in part.items()} for part in (self.data, self.facts, self.taken))
        return Batch(self.rows[keep], self.at[keep], self.types[keep], self.by[keep], *parts)


class Makings:
    """The words of the events that are made, and which of them the policy takes."""

    def __init__(self, policy: Policy, mapping: TableMapping) -> None:
        self.policy, self.mapping = policy, mapping
        self.types, self.by = Pool(), Pool()
        self.data: dict[str, Pool] = {}
        self.facts: dict[str, Pool] = {name: Pool() for name in mapping.facts}
        self._taken: dict[tuple[Any, ...], bool] = {}

    def unusable(self, batch: Batch) -> Numbers:
        """By event, whether a value of it cannot be used, or the policy might not take it."""
        wrong = (batch.at < FIRST) | (batch.at >= AFTER) | (batch.by == BAD)
        wrong |= ~self._ok(batch.types, self.types, lambda word: {"type": word})
        wrong |= ~self._ok(batch.by, self.by, lambda word: {"by": word})
        for name, column in batch.data.items():
            wrong |= column == BAD
            if name in ("to", "from_submitted_at"):
                for type in np.unique(batch.types):
                    word = self.types.values[type]
                    fine = self._ok(
                        column, self.data[name], lambda value, w=word, n=name: {"type": w, "data": {n: value}}
                    )
                    wrong |= ~fine & (batch.types == type)
        for name, column in batch.facts.items():
            wrong |= ~self._ok(column, self.facts[name], lambda value, n=name: {"fields": {n: value}})
        return np.asarray(wrong)

    def _ok(self, column: Numbers, pool: Pool, parts: Any) -> Numbers:
        fine = np.ones(len(pool.values) + 2, bool)  # the last two are BAD and NONE
        for number, value in enumerate(pool.values):
            key = (id(pool), number, str(parts(0)))
            if key not in self._taken:
                self._taken[key] = self._takes(**parts(value))
            fine[number] = self._taken[key]
        return fine[column]

    def _takes(self, type: str | None = None, **parts: Any) -> bool:
        """Whether every version of the policy takes an event, as far as it has these parts alone."""
        for version in self.policy.line.versions or (self.policy,):
            word = type if type is not None else next(iter(version.event_types))
            if problems_under(version, Event(word, EPOCH, **parts)):
                return False
        return True

    def pool(self, name: str) -> Pool:
        """The values that events carry as `name`."""
        return self.data.setdefault(name, Pool())

    def told(self, events: list[Event]) -> Batch:
        """Events that were told one by one."""
        columns = {name: np.full(len(events), NONE, np.int32) for name in self.facts}
        taken = {name: np.zeros(len(events), bool) for name in self.facts}
        data: dict[str, Numbers] = {}
        for at, event in enumerate(events):
            for name, value in event.fields.items():
                if value is None:
                    taken[name][at] = True
                else:
                    columns[name][at] = self.facts[name].add(value)
            for name, value in event.data.items():
                if name not in data:
                    data[name] = np.full(len(events), NONE, np.int32)
                data[name][at] = self.pool(name).add(value)
        return Batch(
            np.arange(len(events)),
            np.array([micros(event.at) for event in events], np.int64),
            np.array([self.types.add(event.type) for event in events], np.int32),
            np.array([self.by.add(event.by) if event.by else NONE for event in events], np.int32),
            data,
            columns,
            taken,
        )

    def table(self, tickets: Numbers, names: pa.Array, made: Batch) -> pa.Table:
        """The table of events that stand in order; `tickets` are numbers in `names`, by event."""
        columns: dict[str, Any] = {
            "ticket": coded(tickets, names.cast(pa.string())),
            "at": pa.array(made.at).cast(pa.timestamp("us")).cast(INSTANT),
            "type": coded(made.types, pa.array(self.types.values, pa.string())),
            "by": coded(made.by, pa.array(self.by.values, pa.string())),
        }
        for name, pool in self.facts.items():
            columns[FACT + name] = _fact(self.policy.facts[name].type, pool, made.facts.get(name), len(tickets))
        taken = {name: column for name, column in made.taken.items() if column.any()}
        if taken:
            columns["cleared"] = _lists(taken, len(tickets))
        for name, pool in self.data.items():
            if name in made.data:
                columns[DATA + name] = coded(made.data[name], pa.array(pool.values, pa.string()))
        return pa.table(columns)


def together(batches: Iterable[Batch], count: int) -> Batch:
    """Events of `count` rows in one, by row; those of a row in the order of the batches."""
    batches = [batch for batch in batches if len(batch.rows)]
    if len(batches) == 1:
        return batches[0]
    per_row = np.zeros(count + 1, np.int64)
    for batch in batches:
        per_row[batch.rows + 1] += 1
    next_place = np.cumsum(per_row)
    total = int(next_place[-1])
    places = []
    for batch in batches:
        places.append(next_place[batch.rows])
        next_place[batch.rows] += 1

    def spread(columns: Iterable[Numbers | None], kind: Any, nothing: Any) -> Numbers:
        made = np.full(total, nothing, kind)
        for place, column in zip(places, columns, strict=True):
            if column is not None:
                made[place] = column
        return made

    return Batch(
        spread((b.rows for b in batches), np.int64, 0),
        spread((b.at for b in batches), np.int64, 0),
        spread((b.types for b in batches), np.int32, NONE),
        spread((b.by for b in batches), np.int32, NONE),
        {n: spread((b.data.get(n) for b in batches), np.int32, NONE) for n in _named(b.data for b in batches)},
        {n: spread((b.facts.get(n) for b in batches), np.int32, NONE) for n in _named(b.facts for b in batches)},
        {n: spread((b.taken.get(n) for b in batches), bool, False) for n in _named(b.taken for b in batches)},
    )


def _named(parts: Iterable[Mapping[str, Any]]) -> dict[str, None]:
    return dict.fromkeys(name for part in parts for name in part)


def coded(numbers: Numbers, words: pa.Array) -> pa.Array:
    """A column of words by their numbers; those below 0 are null."""
    absent = numbers < 0
    indices = pa.array(numbers, pa.int32(), mask=absent if absent.any() else None)
    return pa.DictionaryArray.from_arrays(indices, words) if len(words) else pa.nulls(len(numbers), CODED)


def _fact(kind: FactType, pool: Pool, numbers: Numbers | None, count: int) -> pa.Array:
    """A column of facts: texts, truths, numbers (whole where all are) or lists of texts."""
    if kind == "string":
        return pa.nulls(count, CODED) if numbers is None else coded(numbers, pa.array(pool.values, pa.string()))
    whole = all(isinstance(value, int) for value in pool.values)
    number = pa.int64() if whole else pa.float64()
    type = {"boolean": pa.bool_(), "numeric": number}.get(kind, pa.list_(pa.string()))
    if numbers is None or not pool.values:
        return pa.nulls(count, type)
    values = pa.array([float(v) for v in pool.values] if type == pa.float64() else pool.values, type)
    return values.take(pa.array(numbers, pa.int32(), mask=numbers < 0))


def _lists(columns: Mapping[str, Numbers], count: int) -> pa.Array:
    """By event, the names of those columns that hold there."""
    held = np.column_stack(list(columns.values()))
    ends = np.zeros(count + 1, np.int32)
    np.cumsum(held.sum(axis=1), out=ends[1:])
    names = pa.array(list(columns), pa.string()).take(pa.array(np.nonzero(held)[1]))
    return pa.ListArray.from_arrays(pa.array(ends), names)
