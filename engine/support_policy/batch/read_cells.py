"""What the columns of a part hold, read as a mapping says: each distinct value once, through `mapping_values`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from support_policy.batch.mapping import TableMapping, Value
from support_policy.batch.mapping_values import Unusable, Values
from support_policy.batch.read_instants import Placing
from support_policy.batch.read_raw import Column, Numbers, array_of, column_of
from support_policy.model.condition import FactType

NONE, BAD = -1, -2
"""In the place of a value: there is none; it cannot be used."""


@dataclass(slots=True)
class Found:
    """What a column says by row: an index into `values` (any two of which differ), `NONE` or `BAD`."""

    rows: Numbers
    values: list[Any]

    @property
    def bad(self) -> Numbers:
        """By row, whether it cannot be used."""
        return np.equal(self.rows, BAD)


class Cells:
    """Reads the columns of a part. `carried` are those whose texts a snapshot keeps for its events."""

    def __init__(self, raw: pa.Table, mapping: TableMapping, values: Values, carried: tuple[str, ...]) -> None:
        self.raw, self.values, self.carried = raw, values, frozenset(carried)
        self.placing = Placing(mapping, values)
        self._columns: dict[str, Column] = {}
        self._found: dict[Any, Found] = {}

    def column(self, name: str) -> Column:
        """A column by its name or path. Raises `NotFlat`."""
        if name not in self._columns:
            self._columns[name] = column_of(self.raw, name)
        return self._columns[name]

    def read(self, name: str, function: Callable[[dict[str, Any]], Any]) -> Found:
        """What `function` makes of every row, given a row of this column alone; None: nothing. May raise `Unusable`."""
        column = self.column(name)
        known: dict[Any, int] = {}
        given = np.empty(len(column.distinct) + 1, np.int32)
        for at, value in enumerate(column.values()):
            try:
                made = function({name: value})
            except Unusable:
                given[at] = BAD
                continue
            given[at] = NONE if made is None else known.setdefault(made, len(known))
        return Found(given[column.codes], list(known))

    def text(self, name: str) -> Found:
        """Texts."""
        return self._once(("text", name), lambda: self.read(name, lambda row: self.values.text(row, name)))

    def value(self, wanted: Value) -> Found:
        """Values by their declaration."""
        return self._once(("value", id(wanted)), lambda: self._value(wanted, lambda row: row))

    def kept(self, wanted: Value, carried: frozenset[str] | None = None) -> Found:
        """Values by their declaration as an event of a snapshot has them: read from the texts that are kept."""
        columns = self.carried if carried is None else carried

        def keep(row: dict[str, Any]) -> dict[str, Any]:
            return {name: self.values.text(row, name) for name in row if name in columns}

        return self._once(("kept", id(wanted), columns), lambda: self._value(wanted, keep))

    def fact(self, wanted: Value, kind: FactType) -> Found:
        """Values as facts of a type."""
        read = self.values.fact
        if wanted.constant is not None:
            return self._constant(lambda: read({}, wanted, kind))
        return self._once(("fact", id(wanted)), lambda: self.read(wanted.column, lambda row: read(row, wanted, kind)))

    def instants(self, name: str) -> Numbers:
        """Microseconds since 1970, by row; see `Placing`."""
        made = self.placing.at_once(array_of(self.raw, name))
        return self.placing.one_by_one(self.column(name), name) if made is None else made

    def names(self, name: str) -> tuple[Numbers, pa.Array]:
        """Texts as `text` reads them, many of which may differ: an index by row, and the texts."""
        column = self.column(name)
        texts = None if column.mixed is not None else _as_they_are(column.distinct)
        if texts is None:
            found = self.text(name)
            return found.rows, pa.array(found.values, pa.string())
        given = np.arange(len(texts) + 1, dtype=np.int32)
        given[-1] = NONE
        absent = pc.is_in(texts, pa.array(sorted(self.values.missing), texts.type))
        given[:-1][absent.to_numpy(zero_copy_only=False)] = NONE
        return given[column.codes], texts

    def _value(self, wanted: Value, keep: Callable[[dict[str, Any]], dict[str, Any]]) -> Found:
        if wanted.constant is not None:
            return self._constant(lambda: wanted.constant)
        return self.read(wanted.column, lambda row: self.values.value(keep(row), wanted))

    def _constant(self, function: Callable[[], Any]) -> Found:
        try:
            made = function()
        except Unusable:
            return Found(np.full(self.raw.num_rows, BAD, np.int32), [])
        if made is None:
            return Found(np.full(self.raw.num_rows, NONE, np.int32), [])
        return Found(np.zeros(self.raw.num_rows, np.int32), [made])

    def _once(self, key: Any, make: Callable[[], Found]) -> Found:
        if key not in self._found:
            self._found[key] = make()
        return self._found[key]


def _as_they_are(distinct: pa.Array) -> pa.Array | None:
    """The values as texts where `plain_text` would change none of them, nor refuse one; else None."""
    if pa.types.is_integer(distinct.type):
        return distinct.cast(pa.string())
    if not (pa.types.is_string(distinct.type) or pa.types.is_large_string(distinct.type)):
        return None
    texts = distinct.cast(pa.large_string())
    if len(texts) == 0:
        return distinct
    _, starts, letters = texts.buffers()
    offsets = np.frombuffer(starts, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(letters or b"", np.uint8)[offsets[0] : offsets[-1]]
    some = offsets[1:] > offsets[:-1]
    first, last = (offsets[:-1][some] - offsets[0]), (offsets[1:][some] - offsets[0] - 1)
    if not len(data):
        return distinct
    plain = data.min() >= 32 and data.max() <= 126 and not (data[first] == 32).any() and not (data[last] == 32).any()
    return distinct if plain else None
