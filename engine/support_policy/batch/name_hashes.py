"""Names of tickets as numbers: equal names have the same, however they are written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from support_policy.batch.mapping_values import Unusable, plain_text
from support_policy.batch.raw import is_json, values_of

_WORD = np.dtype("<u8")
_MIX = np.uint64(0x9E3779B97F4A7C15)
_AGAIN = np.uint64(0xBF58476D1CE4E5B9)
_KEPT = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
"""By how many bytes are left: those of a word that are the text's."""


def name_hashes(array: pa.Array, field: pa.Field) -> Any:
    """A 64-bit hash of the name that each value of a column is read as: the same in every process. No name: 0."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        of = name_hashes(array.dictionary, pa.field(field.name, kind.value_type, metadata=field.metadata))
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
