"""Rows parted so that each part holds all rows of its tickets: memory is bounded by a part, whatever the file's size.

A file of few rows is one part, as it is. A larger one is parted by a hash of its tickets' names while it streams by,
spilled, and read back part by part; a part that grew too large is parted again by another hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from support_policy.batch.name_hashes import name_hashes

GATHERED = 256 * 1024
"""Rows that are parted at once."""
DEEPEST = 3
"""Parting again does not help against a ticket that alone is too large."""
MOST_PARTS = 128
MOST_KNOWN = 8_000_000
"""Names that are remembered, batch by batch, to see how far their rows reach: some 200 MB, and as much to sort them."""


class Spill(Protocol):
    """Keeps parts outside of memory."""

    def add(self, part: int, table: pa.Table) -> None:
        """Append rows to a part."""

    def taken(self) -> Iterator[tuple[int, int, Iterator[pa.RecordBatch]]]:
        """Each part that has rows: its number, how many, and they in the order added. Forgotten when read."""

    def inner(self) -> Spill:
        """Another, for the part of this one that is being read; the one before it is closed."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large parts are: up to `whole` rows nothing is parted; else parts have about `part` rows."""

    whole: int = 1_500_000
    part: int = 500_000


def parted_by_ticket(
    batches: Iterable[pa.RecordBatch],
    ticket: str,
    spill: Spill,
    total: int | None = None,
    sizes: Sizes = Sizes(),
    cuts: Sequence[int] | None = None,
) -> Iterator[pa.Table]:
    """The rows as tables that each hold all rows of their tickets, in the order they came.

    `ticket` is the column with the tickets' names, `total` how many rows there are if known. `spill` is used when
    there are more than `sizes.whole`, unless it is known between which rows they can be `cut`: before those at these
    places. Rows without a ticket are in any part. No batch at all: no table.
    """
    if cuts is None:
        yield from _parted(iter(batches), ticket, spill, total, sizes, 0)
    else:
        yield from _cut(batches, cuts)


def cuts_between(batches: Iterable[pa.RecordBatch], ticket: str, sizes: Sizes = Sizes()) -> list[int] | None:
    """Where rows can be cut into parts of about `sizes.part` without cutting through a ticket: places from 0.

    None where a part would have more than `sizes.whole` rows, or where it takes much memory to find out.
    """
    known: list[tuple[Any, Any, Any]] = []
    rows = count = 0
    looked = False
    for batch in batches:
        names, first, last = _reaches(batch.column(ticket), batch.schema.field(ticket))
        known.append((names, first + rows, last + rows))
        rows += batch.num_rows
        count += len(names)
        if count > MOST_KNOWN:
            return None
        if rows > 2 * sizes.whole and not looked:
            # More rows never make more places: without one so far there is none.
            looked, places = True, _places(known)
            if not len(places) or places[0] > sizes.whole:
                return None
    return _chosen(_places(known), rows, sizes)


def _places(known: list[tuple[Any, Any, Any]]) -> Any:
    """Where a ticket begins after all those before it have ended; `known`: names, with their first and last rows."""
    names, first, last = (np.concatenate(column) for column in zip(*known, strict=True)) if known else np.zeros((3, 0))
    if not len(names):
        return np.zeros(0, np.int64)
    order = np.argsort(names)
    names, first, last = names[order], first[order], last[order]
    begins = np.flatnonzero(np.concatenate(([True], names[1:] != names[:-1])))
    first, last = np.minimum.reduceat(first, begins), np.maximum.reduceat(last, begins)
    order = np.argsort(first)
    first, last = first[order], np.maximum.accumulate(last[order])
    return first[1:][first[1:] > last[:-1]]


def _reaches(column: pa.Array, field: pa.Field) -> tuple[Any, Any, Any]:
    """Of each name the first row and the last. Rows without one can be anywhere."""
    if pa.types.is_nested(column.type):
        names, codes = name_hashes(column, field), np.arange(len(column))
    else:
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        names = name_hashes(coded.dictionary, pa.field(field.name, coded.dictionary.type, metadata=field.metadata))
        names = np.append(names, np.uint64(0))
        codes = coded.indices.fill_null(len(names) - 1).to_numpy(zero_copy_only=False)
    first, last = np.zeros((2, len(names)), np.int64)
    places = np.arange(len(codes))
    first[codes[::-1]], last[codes] = places[::-1], places
    seen = names != 0
    if pa.types.is_dictionary(column.type):  # it may have more than is used
        seen[np.setdiff1d(np.arange(len(names)), codes)] = False
    return names[seen], first[seen], last[seen]


def _chosen(places: Any, rows: int, sizes: Sizes) -> list[int] | None:
    """Of the places where rows can be cut those that make parts large enough; None where one becomes too large."""
    cuts, at = [], 0
    while rows - at > sizes.part:
        found = int(np.searchsorted(places, at + sizes.part))
        end = int(places[found]) if found < len(places) else rows
        if end - at > sizes.whole:
            return None
        if end == rows:
            break
        cuts.append(end)
        at = end
    return cuts


def _cut(batches: Iterable[pa.RecordBatch], cuts: Sequence[int]) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    coming = iter([*cuts, -1])
    cut, row = next(coming), 0
    for whole in batches:
        batch = whole
        while row < cut <= row + batch.num_rows:
            held.append(batch.slice(0, cut - row))
            batch, row, cut = batch.slice(cut - row), cut, next(coming)
            yield pa.Table.from_batches(held)
            held = []
        if batch.num_rows:
            held.append(batch)
            row += batch.num_rows
    if held:
        yield pa.Table.from_batches(held)


def _parted(
    batches: Iterator[pa.RecordBatch], ticket: str, spill: Spill, total: int | None, sizes: Sizes, depth: int
) -> Iterator[pa.Table]:
    first: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        first.append(batch)
        rows += batch.num_rows
        if rows > sizes.whole and depth < DEEPEST:
            break
    else:
        if first:
            yield pa.Table.from_batches(first)
        return
    parts = min(MOST_PARTS, max(2, -(-(total or 8 * rows) // sizes.part)))
    schema = first[0].schema
    held: list[pa.RecordBatch] = []
    size = 0
    coming = chain(_let_go(first), batches)
    for batch in coming:
        held.append(batch)
        size += batch.num_rows
        if size >= GATHERED:
            _spill(pa.Table.from_batches(held, schema), ticket, spill, parts, depth)
            held, size = [], 0
    if held:
        _spill(pa.Table.from_batches(held, schema), ticket, spill, parts, depth)
    for _, count, found in spill.taken():
        yield from _parted(found, ticket, spill.inner(), count, sizes, depth + 1)


def _let_go(batches: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, each forgotten as it is given."""
    batches.reverse()
    while batches:
        yield batches.pop()


def _spill(table: pa.Table, ticket: str, spill: Spill, parts: int, depth: int) -> None:
    where = part_of(table.column(ticket), table.schema.field(ticket), parts, depth)
    order = np.argsort(where, kind="stable")
    table = table.take(pa.array(order))
    ends = np.searchsorted(where[order], np.arange(parts + 1))
    for part in range(parts):
        start, end = int(ends[part]), int(ends[part + 1])
        if end > start:
            spill.add(part, table.slice(start, end - start))


def part_of(column: pa.ChunkedArray, field: pa.Field, parts: int, salt: int = 0) -> Any:
    """The part of each row by its ticket's name, as uint16: equal names, however written, have the same.

    Rows without a name are dealt out.
    """
    hashes = np.concatenate([name_hashes(chunk, field) for chunk in column.chunks] or [np.zeros(0, np.uint64)])
    # Each depth looks at other bits.
    where = (hashes >> np.uint64(20 * salt)) % np.uint64(parts)
    return np.where(hashes == 0, np.arange(len(hashes)) % parts, where).astype(np.uint16)
