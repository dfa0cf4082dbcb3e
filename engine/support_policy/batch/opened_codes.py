"""Tickets as small numbers: each column's values by code, the codes of several columns together in one number."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Codes = npt.NDArray[np.intp]
Instants = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MOST_BITS = 62
_DENSE = 20
"""Up to so many bits, numbers are looked up in a table, beyond in a sorted list."""
_GROUP = 4096
"""The most combinations of values of several columns that are looked up in one table."""
_TABLES = 64
"""How many such tables are kept."""


class Sized(Protocol):
    """What is coded of tickets."""

    place: int
    """How many bits its codes are shifted by."""

    def __len__(self) -> int:
        """How many codes there are so far, from 0."""
        ...


class Part(Sized, Protocol):
    """What is coded of tickets by more than a column."""

    def codes(self, tickets: pa.RecordBatch, at: Instants) -> Codes:
        """The codes of some tickets, shifted to their place. Raises `TooMany`."""
        ...


class TooMany(Exception):
    """There are more kinds of tickets than numbers."""


class Column:
    """A column of tickets, a code for each kind of value there is; a column that is not there is missing everywhere.

    `kind` says what there is to know of a value: those of which it says the same are of one kind.
    """

    def __init__(self, name: str, kind: Callable[[Any], Hashable]) -> None:
        self.name = name
        self.place = 0
        self._kind = kind
        self._kinds: dict[Hashable, int] = {}
        self._examples: list[Any] = []
        self._values: dict[Any, int] = {}
        self._dictionary: pa.Array | None = None
        self.by_raw = np.empty(0, np.intp)
        """The code of each number that `raw` gives."""
        self.version = 0
        """Another when `by_raw` is another."""

    def __len__(self) -> int:
        return len(self._kinds)

    def example(self, number: int) -> Any:
        """A value of the kind that is part of a number."""
        return self._examples[(number >> self.place) & ((1 << width(self)) - 1)]

    def raw(self, tickets: pa.RecordBatch) -> npt.NDArray[Any]:
        """A number for each ticket that `by_raw` makes its code: for most columns the place in the dictionary."""
        given = tickets.column(self.name)
        kind = given.type
        if pa.types.is_nested(kind) or pa.types.is_null(kind) or not len(given):
            codes = np.fromiter((self._code(_plain(value)) for value in given.to_pylist()), np.intp, len(given))
            self._dictionary, self.by_raw, self.version = None, np.arange(len(self), dtype=np.intp), self.version + 1
            return codes
        if pa.types.is_boolean(kind):
            self._know(_BOTH)
            some = _present(given)
            yes = _unpacked(given, given.buffers()[1])
            return yes + np.uint8(1) if some is None else (yes & some) + some
        coded = given if pa.types.is_dictionary(kind) else given.dictionary_encode()
        self._know(coded.dictionary)
        indices, some = coded.indices, _present(coded.indices)
        read = np.frombuffer(indices.buffers()[1], indices.type.to_pandas_dtype())
        found = read[indices.offset : indices.offset + len(indices)].astype(_least(len(coded.dictionary) + 1))
        found += 1
        if some is not None:
            found *= some
        return found

    def _know(self, dictionary: pa.Array) -> None:
        """Find the code of each value of a dictionary, unless it is the last one's; what is missing comes first."""
        if self._dictionary is None or not self._dictionary.equals(dictionary):
            found = [self._code(_plain(value)) for value in dictionary.to_pylist()]
            self._dictionary, self.version = dictionary, self.version + 1
            self.by_raw = np.array([self._code(None), *found], np.intp)

    def _code(self, value: Any) -> int:
        # True is not 1, nor 1 1.0, to what reads a fact.
        key = (value.__class__, value)
        code = self._values.get(key)
        if code is None:
            code = self._values[key] = self._kinds.setdefault(self._kind(value), len(self._kinds))
            if code == len(self._examples):
                self._examples.append(value)
        return code


_BOTH = pa.array([False, True])


def _plain(value: Any) -> Any:
    """A value of Arrow as events hold it, and so that it can be looked up."""
    return tuple(map(_plain, value)) if isinstance(value, list) else value


def width(part: Sized) -> int:
    """How many bits the codes of a part take."""
    return max(len(part) - 1, 0).bit_length()


def _present(given: pa.Array) -> npt.NDArray[np.uint8] | None:
    """1 for each value of an array that is there, else 0; None where all are."""
    packed = given.buffers()[0]
    return None if packed is None else _unpacked(given, packed)


def _unpacked(given: pa.Array, packed: pa.Buffer) -> npt.NDArray[np.uint8]:
    """A bitmap of an array, a byte for each bit."""
    first, last = given.offset // 8, (given.offset + len(given) + 7) // 8
    bits = np.unpackbits(np.frombuffer(packed, np.uint8)[first:last], bitorder="little")
    return bits[given.offset % 8 : given.offset % 8 + len(given)]


def _least(size: int) -> type[np.unsignedinteger[Any]]:
    """The least type that counts up to a size: the fewer bytes, the faster."""
    return np.uint8 if size <= 1 << 8 else np.uint16 if size <= 1 << 16 else np.uint32


class Numbers:
    """The numbers of tickets: the codes of several columns, and of other parts, side by side."""

    def __init__(self, columns: Iterable[Column], others: Iterable[Part] = ()) -> None:
        self.columns = tuple(columns)
        self.others = tuple(others)
        self.bits = 0
        self._tables: dict[tuple[tuple[str, int, int], ...], Codes] = {}

    def of(self, tickets: pa.RecordBatch, at: Instants) -> tuple[Codes, bool]:
        """The number of each ticket, and whether numbers mean the same as before. Raises `TooMany`."""
        groups = list(self._groups(tickets))
        same = True
        while True:
            parts = [self._table(columns).take(raw) for columns, raw in groups]
            parts += [part.codes(tickets, at) for part in self.others]
            if not self._laid_out_anew():
                break
            same = False
        number = parts[0] if parts else np.zeros(len(at), np.intp)
        for part in parts[1:]:
            number += part
        return number, same

    def _groups(self, tickets: pa.RecordBatch) -> Iterator[tuple[tuple[Column, ...], npt.NDArray[Any]]]:
        """Columns with few values together, each with what is raw of them as one number."""
        mine: list[tuple[Column, npt.NDArray[Any]]] = []
        size = 1
        for column in self.columns:
            raw = column.raw(tickets)
            if mine and size * len(column.by_raw) > _GROUP:
                yield _as_one(mine, size)
                mine, size = [], 1
            mine.append((column, raw))
            size *= len(column.by_raw)
        if mine:
            yield _as_one(mine, size)

    def _table(self, columns: Sequence[Column]) -> Codes:
        """The sum of the codes, at their places, for each raw number of some columns."""
        key = tuple((column.name, column.version, column.place) for column in columns)
        table = self._tables.get(key)
        if table is None:
            table = np.zeros(1, np.intp)
            for column in columns:
                table = np.add.outer(column.by_raw << column.place, table).ravel()
            if len(self._tables) >= _TABLES:
                self._tables.clear()
            self._tables[key] = table
        return table

    def _laid_out_anew(self) -> bool:
        """Give each part its place in the number; whether any had outgrown the one it had."""
        parts = (*self.columns, *self.others)
        bits, places = 0, []
        for part in parts:
            places.append(bits)
            bits += width(part)
        if bits > MOST_BITS:
            raise TooMany
        if bits == self.bits and places == [part.place for part in parts]:
            return False
        for part, place in zip(parts, places, strict=True):
            part.place = place
        self.bits = bits
        return True


def _as_one(mine: Sequence[tuple[Column, npt.NDArray[Any]]], size: int) -> tuple[tuple[Column, ...], npt.NDArray[Any]]:
    least, stride = _least(size), len(mine[0][0].by_raw)
    number = mine[0][1]
    if len(mine) > 1:
        number = number.astype(least)
        for column, raw in mine[1:]:
            part = raw.astype(least)
            part *= least(stride)
            number += part
            stride *= len(column.by_raw)
    return tuple(column for column, _ in mine), number


class Lookup:
    """What is found by numbers of so many bits: a whole number for each that is known."""

    def __init__(self, unknown: int) -> None:
        self._unknown = unknown
        self._known: dict[int, int] = {}
        self._bits = 0
        self._table: tuple[Codes | None, Codes] | None = None
        """Numbers in order (None: all there can be), and what is found by each."""

    def __len__(self) -> int:
        return len(self._known)

    def forget(self, bits: int) -> None:
        """Numbers are others from now on."""
        self._known.clear()
        self._bits, self._table = bits, None

    def learn(self, found: Mapping[int, int]) -> None:
        """What is found by some more numbers."""
        self._known |= found
        self._table = None

    def of(self, number: Codes) -> Codes:
        """What is found by each number, or what stands for an unknown one."""
        numbers, found = self._table = self._table or self._made()
        if numbers is None:
            return found.take(number)
        place = numbers.searchsorted(number)
        return np.where(numbers.take(place, mode="clip") == number, found.take(place, mode="clip"), self._unknown)

    def _made(self) -> tuple[Codes | None, Codes]:
        numbers = np.fromiter(self._known, np.intp, len(self._known))
        found = np.fromiter(self._known.values(), np.intp, len(numbers))
        if self._bits <= _DENSE:
            table = np.full(1 << self._bits, self._unknown, np.intp)
            table[numbers] = found
            return None, table
        order = numbers.argsort()
        # No number is negative: what stands first is never found, and there is always one.
        return np.append(-1, numbers[order]), np.append(self._unknown, found[order])


def distinct(numbers: Codes) -> tuple[list[int], list[int]]:
    """The numbers that there are, in order, and where each stands first."""
    # As `np.unique` does it, which imports a good part of NumPy that nothing here needs.
    order = numbers.argsort(kind="stable")
    arranged = numbers[order]
    first = np.append(True, arranged[1:] != arranged[:-1])[: len(numbers)]
    return arranged[first].tolist(), order[first].tolist()


def examples(columns: Sequence[Column], number: int) -> dict[str, Any]:
    """A value of each column that may have led to a number of theirs."""
    return {column.name: column.example(number) for column in columns}
