"""Tickets as small numbers: each column's values by code, the codes of several columns together in one number."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
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


class Part(Protocol):
    """What is coded of tickets: a column, or several of them."""

    place: int
    """How many bits its codes are shifted by."""

    def __len__(self) -> int:
        """How many codes there are so far, from 0."""
        ...

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
        self._by_index = np.empty(0, np.intp)
        """The code of each value of the dictionary; the last is that of a missing one."""

    def __len__(self) -> int:
        return len(self._kinds)

    def example(self, number: int) -> Any:
        """A value of the kind that is part of a number."""
        return self._examples[(number >> self.place) & ((1 << width(self)) - 1)]

    def codes(self, tickets: pa.RecordBatch, at: Instants) -> Codes:  # noqa: ARG002 - as every part
        """See `Part.codes`."""
        given = tickets.column(self.name)
        if pa.types.is_nested(given.type):
            numbers = (self._code(_plain(value)) for value in given.to_pylist())
            return np.fromiter(numbers, np.intp, len(given)) << self.place
        if pa.types.is_boolean(given.type):
            dictionary, indices = _BOTH, given.cast(pa.int8())
        else:
            coded = given if pa.types.is_dictionary(given.type) else given.dictionary_encode()
            dictionary, indices = coded.dictionary, coded.indices
        if self._dictionary is None or not self._dictionary.equals(dictionary):
            self._dictionary = dictionary
            found = [self._code(_plain(value)) for value in dictionary.to_pylist()]
            self._by_index = np.array([*found, self._code(None)], np.intp)
        if indices.null_count:
            # Dictionaries and codes may be of few bits: -1 always fits, and finds the last.
            indices = indices.fill_null(-1)
        numbers_of: Codes = (self._by_index << self.place).take(indices.to_numpy())
        return numbers_of

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


def width(part: Part) -> int:
    """How many bits the codes of a part take."""
    return max(len(part) - 1, 0).bit_length()


class Numbers:
    """The numbers of tickets: the codes of several parts side by side."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self.parts = tuple(parts)
        self.bits = 0

    def of(self, tickets: pa.RecordBatch, at: Instants) -> tuple[Codes, bool]:
        """The number of each ticket, and whether numbers mean the same as before. Raises `TooMany`."""
        same = True
        while True:
            number = np.zeros(len(at), np.intp)
            for part in self.parts:
                number += part.codes(tickets, at)
            if not self._laid_out_anew():
                return number, same
            same = False

    def _laid_out_anew(self) -> bool:
        """Give each part its place in the number; whether any had outgrown the one it had."""
        bits, places = 0, []
        for part in self.parts:
            places.append(bits)
            bits += width(part)
        if bits > MOST_BITS:
            raise TooMany
        if bits == self.bits and places == [part.place for part in self.parts]:
            return False
        for part, place in zip(self.parts, places, strict=True):
            part.place = place
        self.bits = bits
        return True


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


def examples(columns: Sequence[Column], number: int) -> dict[str, Any]:
    """A value of each column that may have led to a number of theirs."""
    return {column.name: column.example(number) for column in columns}
