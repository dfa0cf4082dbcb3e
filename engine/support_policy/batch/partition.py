"""Rows parted so that each part holds all rows of its tickets: memory is bounded by a part, whatever the file's size.

A file of few rows is one part, as it is. A larger one is parted by a hash of its tickets' names while it streams by,
spilled, and read back part by part; a part that grew too large is parted again by another hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from support_policy.batch.mapping_values import Unusable, plain_text
from support_policy.batch.raw import is_json, values_of

GATHERED = 256 * 1024
"""Rows that are parted at once."""
DEEPEST = 3
"""Parting again does not help against a ticket that alone is too large."""
MOST_PARTS = 128
MOST_RUNS = 24_000_000
"""Names that are remembered to see that none comes again: 200 MB."""


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
    *,
    together: bool = False,
) -> Iterator[pa.Table]:
    """The rows as tables that each hold all rows of their tickets, in the order they came.

    `ticket` is the column with the tickets' names, `total` how many rows there are if known. `spill` is used when
    there are more than `sizes.whole`, unless `together`: the rows of each ticket are known to follow one another. Rows
    without a ticket are in any part. No batch at all: no table.
    """
    if together:
        yield from _cut(batches, ticket, sizes.part)
    else:
        yield from _parted(iter(batches), ticket, spill, total, sizes, 0)


def stand_together(batches: Iterable[pa.RecordBatch], ticket: str) -> bool:
    """Whether the rows of each ticket follow one another; False, too, where that would take much memory to find out."""
    runs: list[Any] = []
    last, count = np.uint64(0), 0
    for batch in batches:
        hashes = _hashes(batch.column(ticket), batch.schema.field(ticket))
        hashes = hashes[hashes != 0]  # a row without a name stands anywhere
        begun = hashes[np.flatnonzero(hashes != np.concatenate(([last], hashes[:-1])))]
        if not len(begun):
            continue
        last = hashes[-1]
        # What is out of order mostly is so from the start.
        if count + len(begun) > MOST_RUNS or len(np.unique(begun)) < len(begun):
            return False
        runs.append(begun)
        count += len(begun)
    found = np.sort(np.concatenate(runs)) if runs else np.zeros(0, np.uint64)
    return not (found[1:] == found[:-1]).any()


def _cut(batches: Iterable[pa.RecordBatch], ticket: str, size: int) -> Iterator[pa.Table]:
    """Parts of about so many rows, cut where another ticket begins."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows < size:
            continue
        hashes = _hashes(batch.column(ticket), batch.schema.field(ticket))
        named = np.flatnonzero(hashes)
        begins = named[1:][hashes[named[1:]] != hashes[named[:-1]]]
        if len(begins):
            cut = int(begins[-1])
            yield pa.Table.from_batches([*held[:-1], batch.slice(0, cut)])
            held, rows = [batch.slice(cut)], batch.num_rows - cut
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
    """The part of each row by its ticket's name, as uint16: equal names, however written, have the same."""
    hashes = np.concatenate([_hashes(chunk, field) for chunk in column.chunks] or [np.zeros(0, np.uint64)])
    # Each depth looks at other bits.
    return ((hashes >> np.uint64(20 * salt)) % np.uint64(parts)).astype(np.uint16)


def _hashes(array: pa.Array, field: pa.Field) -> Any:
    kind = array.type
    if pa.types.is_dictionary(kind):
        of = _hashes(array.dictionary, pa.field(field.name, kind.value_type, metadata=field.metadata))
        codes = array.indices.fill_null(0).cast(pa.int64()).to_numpy(zero_copy_only=False)
        found = of[codes] if len(of) else np.zeros(len(array), np.uint64)
        return np.where(array.is_valid().to_numpy(zero_copy_only=False), found, np.uint64(0))
    if pa.types.is_integer(kind):
        return text_hashes(array.cast(pa.string()))
    if is_json(field) or not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return _by_value(array, field)
    hashes, odd = _of_texts(array)
    if len(odd):
        hashes[odd] = _by_value(array.take(pa.array(odd)), field)
    return hashes


def _by_value(array: pa.Array, field: pa.Field) -> Any:
    """The hashes of values that have to be read, each distinct one once."""
    coded = None if pa.types.is_nested(array.type) else array.dictionary_encode()
    values = values_of(coded.dictionary if coded is not None else array, field)
    hashes = text_hashes(pa.array([_name(value) for value in values], pa.string()))
    if coded is None:
        return hashes
    codes = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    found = hashes[codes] if len(hashes) else np.zeros(len(array), np.uint64)
    return np.where(array.is_valid().to_numpy(zero_copy_only=False), found, np.uint64(0))


def _name(value: Any) -> str | None:
    """The ticket's name that a value is; None for one that is none."""
    if value is None:
        return None
    try:
        return plain_text(value, "")
    except Unusable:
        return None


_WORD = np.dtype("<u8")
_MIX = np.uint64(0x9E3779B97F4A7C15)
_AGAIN = np.uint64(0xBF58476D1CE4E5B9)
_KEPT = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
"""By how many bytes are left: those of a word that are the text's."""


def text_hashes(array: pa.Array) -> Any:
    """A 64-bit hash of each text, by its bytes alone: the same in every process. Null and empty: 0."""
    return _of_texts(array)[0]


def _of_texts(array: pa.Array) -> tuple[Any, Any]:
    """The hashes of texts, and the places of those that may be read as another text.

    These have a blank or a mark at an edge, which is no letter, digit or sign of ASCII.
    """
    size = len(array)
    if array.null_count:
        array = array.fill_null("")
    array = array.cast(pa.large_binary())
    offsets = np.frombuffer(array.buffers()[1], np.int64)[array.offset : array.offset + size + 1]
    begins, lengths = offsets[:-1], offsets[1:] - offsets[:-1]
    letters = array.buffers()[2] if size else None
    # Eight bytes more, so that a word can be read anywhere; only what these texts have is copied.
    start = int(offsets[0]) if size else 0
    data = (bytes(memoryview(letters)[start : offsets[-1]]) if letters else b"") + bytes(8)
    begins = begins - start
    words = np.ndarray((len(data) - 7,), _WORD, data, strides=(1,))
    hashes = lengths.astype(np.uint64) * _AGAIN
    for at in range(0, int(lengths.max()) if size else 0, 8):
        left = lengths - at
        rows = slice(None) if int(left.min()) > 0 else np.flatnonzero(left > 0)
        keep = np.minimum(left[rows], 8)
        mixed = (hashes[rows] ^ (words[begins[rows] + at] & _KEPT[keep])) * _MIX
        hashes[rows] = mixed ^ (mixed >> np.uint64(29))
    hashes = (hashes ^ (hashes >> np.uint64(31))) * _AGAIN
    hashes = np.where(lengths == 0, np.uint64(0), hashes ^ (hashes >> np.uint64(32)))
    octets, ends = np.frombuffer(data, np.uint8), begins + np.maximum(lengths - 1, 0)
    edges = (octets[begins] - np.uint8(33) > 93) | (octets[ends] - np.uint8(33) > 93)
    return hashes, np.flatnonzero(edges & (lengths > 0))
