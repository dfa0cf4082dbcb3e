"""`record`: what the frozen words of a policy can do and cannot."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, field, replace

import pytest

from support_policy.source.record import record
from support_policy.source.span import NOWHERE, Span


@record
class Pair:
    """A word for these tests."""

    left: str
    right: tuple[str, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


def test_a_record_is_equal_by_what_it_says() -> None:
    """Records that say the same are equal and hash alike, wherever they stand; others are not equal."""
    here, there = Pair("a", ("b",), Span("x", 1, 1)), Pair("a", ("b",), Span("y", 2, 2))
    assert here == there
    assert len({here, there, Pair("a")}) == 2


def test_a_record_cannot_be_changed() -> None:
    """A field cannot be assigned, deleted or added once the record is made."""
    pair = Pair("a")
    with pytest.raises(FrozenInstanceError):
        pair.left = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del pair.left
    with pytest.raises(AttributeError):
        pair.middle = "c"  # type: ignore[attr-defined]


def test_a_record_can_be_copied_and_pickled() -> None:
    """Copies, pickles and replacements say the same, or what was replaced."""
    pair = Pair("a", ("b",), Span("x", 1, 1))
    assert pickle.loads(pickle.dumps(pair)) == copy.copy(pair) == copy.deepcopy(pair) == pair  # noqa: S301 - our own
    assert replace(pair, left="c") == Pair("c", ("b",))
    assert repr(Pair("a")).startswith("Pair(left='a', right=()")
