"""Rows that hold a list of what happened, parted into one row for each element: the mapping's `each`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from support_policy.batch.mapping_values import Unusable, lookup
from support_policy.batch.replay_rows import Row
from support_policy.source.nodes import shorten


def parted(rows: Iterable[Row], each: tuple[str, ...]) -> Iterable[Row]:
    """The rows with an element in the place of each list that `each` names, outermost first; numbered anew.

    A row whose list is empty or missing stays one row, without that value.
    """
    return _parted(rows, each) if each else rows


def _parted(rows: Iterable[Row], each: tuple[str, ...]) -> Iterator[Row]:
    numbers = count(1)
    for row in rows:
        if row.problem[0]:
            yield Row(next(numbers), row.line, {}, row.problem)
            continue
        try:
            found = list(_elements(row.values, each))
        except Unusable as problem:
            yield Row(next(numbers), row.line, {}, (problem.reason, problem.detail))
            continue
        yield from (Row(next(numbers), row.line, values) for values in found)


def _elements(values: Mapping[str, Any], each: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    if not each:
        yield values
        return
    path, *inner = each
    found = lookup(values, path)
    if found is None:
        yield values
        return
    if not isinstance(found, list | tuple):
        raise Unusable("bad_value", f"`{shorten(path)}`, named by `each`, is not a list")
    for element in found or (None,):
        yield from _elements(_placed(values, path, element), tuple(inner))


def _placed(values: Mapping[str, Any], path: str, element: Any) -> Mapping[str, Any]:
    """The values with another one at a path that leads somewhere."""
    head, _, rest = path.partition(".")
    if not rest or path in values:
        return {**values, path: element}
    return {**values, head: _placed(values[head], rest, element)}
