"""The columns of rows that each have their own: whether those that a mapping names are in any of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from support_policy.batch.mapping import TableMapping
from support_policy.batch.mapping_values import lookup, shown
from support_policy.batch.replay_rows import Row
from support_policy.source.diagnostics import Findings, did_you_mean


class ColumnsSeen:
    """The columns that no row had so far, where rows have their own (`columns` is None)."""

    def __init__(self, mapping: TableMapping, columns: tuple[str, ...] | None) -> None:
        self._unseen = dict.fromkeys(() if columns is not None else mapping.columns())
        self._known: dict[str, None] = {}

    def add(self, row: Row) -> None:
        """Look at a row."""
        if not self._unseen:
            return
        if len(self._known) < 1000:
            self._known.update(dict.fromkeys(map(shown, row.values)))
        for column in [c for c in self._unseen if c in row.values or lookup(row.values, c) is not None]:
            del self._unseen[column]

    def notes(self) -> list[str]:
        """A sentence for each column that none had."""
        known = self._known
        return [f"no row has `{c}`{f': {did_you_mean(c, known)}' if known else ''}" for c in self._unseen]


def checked(rows: Iterable[Row], mapping: TableMapping, columns: tuple[str, ...] | None, file: str) -> Iterator[Row]:
    """The rows; where each has columns of its own, the first hundred must have those without which none can be used.

    Raises `PolicyError` when they have not.
    """
    rows = iter(rows)
    if columns is None:
        first = list(islice(rows, 100))
        sound = [row for row in first if not row.problem[0]]
        names = dict.fromkeys(str(name) for row in sound for name in row.values)
        inside = tuple(f"{path}." for path in mapping.each)  # where all the lists are empty nothing can be seen
        needed = [column for column in mapping.needed() if not column.startswith(inside)]
        lacking = [c for c in needed if not any(lookup(row.values, c) is not None for row in sound)]
        findings = Findings()
        if sound and lacking:
            for column in (c for c in lacking if c not in names):
                span = getattr(column, "span", mapping.span)
                said = f"`{file}` has no column `{column}`: none of the first rows has it"
                findings.error("M520", span, said, did_you_mean(column, map(shown, names)))
        findings.raise_errors()
        yield from first
    yield from rows
