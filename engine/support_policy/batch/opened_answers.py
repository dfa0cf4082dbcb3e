"""What is said of each kind of ticket, as tables to look up: texts by code, due instants by grid and bisection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from support_policy.batch.columns.calendar import NEVER, CalendarColumns
from support_policy.batch.columns.grid import LEFT_OUT, DueGrid, Step
from support_policy.batch.opened_codes import Codes, Flags, Instants, Lookup, distinct
from support_policy.batch.opened_ticket import NOT_DECIDED, Opened
from support_policy.batch.schema import INSTANT
from support_policy.clock.calendar import BusinessCalendar

Alone = Mapping[int, Opened]
"""By row of a batch: tickets that no kind speaks for."""

UNKNOWN, ALONE, UNREADABLE = -1, -2, 0
"""Not met yet; a ticket that is decided by itself; the kind of those that nothing can be made of."""
MOST = 100_000
"""So many numbers of tickets are remembered; tickets with any other are decided by themselves."""
NULL, WALK = -1, -2
"""In place of a row of the grid: nothing is due; what is due is more than one step away, or none."""


class Answers:
    """The kinds of tickets that have been met, by the numbers of their tickets, and what is said of each.

    `words` are the texts that each column may hold, `dues` the names of the columns of due instants. Answers are alike
    for many numbers: kinds are as few as answers are.
    """

    def __init__(self, words: Mapping[str, Sequence[str]], dues: Sequence[str]) -> None:
        self._words = {name: {word: code for code, word in enumerate(some)} for name, some in words.items()}
        self._dictionaries = {name: pa.array(some, pa.string()) for name, some in words.items()}
        self._due_names = dues
        self._kinds: dict[object, int] = {}
        self._opened: list[Opened] = [Opened({"error": NOT_DECIDED})]
        self._lookup = Lookup(UNKNOWN)
        self._tables: dict[int, CalendarColumns] = {}
        self._steps: list[Step] = []
        self._grid = DueGrid((), ())
        self._lay_out()

    def forget(self, bits: int) -> None:
        """The numbers of tickets are others from now on, of so many bits."""
        self._lookup.forget(bits)

    def of(self, number: Codes) -> Codes:
        """The kind of each ticket by its number, `UNKNOWN` for numbers that were never met."""
        return self._lookup.of(number)

    def learn(self, found: Mapping[int, Opened]) -> None:
        """Take in what the engine made of one ticket of each of some numbers."""
        room = MOST - len(self._lookup)
        kinds = {
            number: self._kind(answer) if place < room else ALONE
            for place, (number, answer) in enumerate(found.items())
        }
        self._lookup.learn(kinds)
        self._lay_out()

    def _kind(self, answer: Opened) -> int:
        if answer.paths is None:
            return ALONE
        key = (tuple(answer.said.items()), tuple(answer.paths.items()))
        kind = self._kinds.setdefault(key, len(self._opened))
        if kind == len(self._opened):
            self._opened.append(answer)
        return kind

    def said(self, kinds: Codes, alone: Alone) -> Iterator[pa.Array]:
        """The columns of texts."""
        some = bool(len(kinds)) and kinds.min() > UNREADABLE
        for name, codes in self._codes.items():
            dictionary = self._dictionaries[name]
            if some and self._nothing[name]:
                yield pa.DictionaryArray.from_arrays(pa.nulls(len(kinds), pa.int32()), dictionary, safe=False)
                continue
            found = codes.take(kinds)
            for row, answer in alone.items():
                found[row] = self._words[name].get(answer.said.get(name, ""), -1)
            bitmap = None
            if (not some or self._null[name]) and found.min(initial=0) < 0:
                bitmap = _bitmap(found >= 0)
                np.maximum(found, 0, out=found)
            indices = pa.Array.from_buffers(pa.int32(), len(found), [bitmap, pa.py_buffer(found)])
            yield pa.DictionaryArray.from_arrays(indices, dictionary, safe=False)

    def dues(self, kinds: Codes, at: Instants, alone: Alone) -> Iterator[pa.Array]:
        """The columns of due instants. Raises OverflowError where a calendar does."""
        covered = bool(len(at)) and self._grid.cover(int(at.min()), int(at.max()))
        every = _Picked(None, kinds, at, self._grid.cell(at) if covered else None, None)
        some = bool(len(kinds)) and kinds.min() > UNREADABLE
        picked: dict[bytes, _Picked] = {}
        for name, rows in self._rows.items():
            if some and self._plain[name]:
                mine = every
            else:
                promised = rows != NULL
                key = promised.tobytes()
                mine = picked[key] = picked.get(key) or every.where(promised.take(kinds))
            found, never = self._due(name, mine)
            if mine.rows is not None:
                among = np.zeros(len(at), np.int64)
                among[mine.rows] = found
                found = among
            bitmap = mine.bitmap
            if never or alone:
                valid = found != NEVER if mine.valid is None else mine.valid & (found != NEVER)
                for row, answer in alone.items():
                    found[row], valid[row] = answer.due.get(name, 0), name in answer.due
                bitmap = _bitmap(valid)
            yield pa.Array.from_buffers(INSTANT, len(found), [bitmap, pa.py_buffer(found)])

    def _due(self, name: str, mine: _Picked) -> tuple[Instants, bool]:
        """Due instants of tickets that have one, `NEVER` where a calendar does not open so long again; if any may."""
        if mine.cell is None:
            found = np.full(len(mine.at), LEFT_OUT, np.int64)
        else:
            rows = self._offsets(name).take(mine.kinds)
            rows += mine.cell
            found = self._grid.flat.take(rows)
            # Below zero stands what is due, from zero on what is to be added; `LEFT_OUT` stays what it is.
            moves = found >> 63
            np.invert(moves, out=moves)
            moves &= mine.at
            np.abs(found, out=found)
            found += moves
            if self._walks[name]:
                found[self._rows[name].take(mine.kinds) == WALK] = LEFT_OUT
            elif self._grid.whole:
                return found, False
        left = np.flatnonzero(found == LEFT_OUT)
        if left.size:
            self._walk(name, left, mine.kinds, mine.at, found)
        return found, bool(left.size)

    def _offsets(self, name: str) -> Codes:
        """Where the row of each kind begins in the grid."""
        return np.maximum(self._rows[name], 0) * self._grid.cells

    def _walk(self, name: str, left: Codes, kinds: Codes, at: Instants, found: Instants) -> None:
        """By the calendars' tables, step by step."""
        mine = kinds[left]
        for kind in distinct(mine)[0]:
            of_kind = left[mine == kind]
            paths = self._opened[kind].paths or {}
            end = at[of_kind]
            for calendar, length in paths[name]:
                reached = end != NEVER
                end[reached] = self._columns(calendar).due(end[reached], length)
            found[of_kind] = end

    def _lay_out(self) -> None:
        """Make the tables by kind: of codes, and of rows of the grid."""
        steps: dict[Step, int] = {}
        ways: dict[str, list[int]] = {name: [] for name in self._due_names}
        for answer in self._opened:
            for name, way in ways.items():
                path = (answer.paths or {}).get(name)
                if path is not None and len(path) == 1:
                    way.append(steps.setdefault(path[0], len(steps)))
                else:
                    way.append(NULL if path is None else WALK)
        # The last two are for `ALONE` and `UNKNOWN`.
        self._rows = {name: np.array([*way, NULL, NULL], np.intp) for name, way in ways.items()}
        self._plain = {name: NULL not in way[1:] for name, way in ways.items()}
        self._walks = {name: WALK in way for name, way in ways.items()}
        self._codes = {
            name: np.array([*(words.get(a.said.get(name, ""), -1) for a in self._opened), -1, -1], np.int32)
            for name, words in self._words.items()
        }
        # The first is for `UNREADABLE`: what little is said of such tickets must not slow down all the others.
        self._null = {name: bool((codes[1:-2] < 0).any()) for name, codes in self._codes.items()}
        self._nothing = {name: bool((codes[1:-2] < 0).all()) for name, codes in self._codes.items()}
        if list(steps) != self._steps:
            self._steps = list(steps)
            self._grid = DueGrid(self._steps, [self._columns(calendar) for calendar, _ in steps])

    def _columns(self, calendar: BusinessCalendar) -> CalendarColumns:
        known = self._tables.get(id(calendar))
        if known is None:
            known = self._tables[id(calendar)] = CalendarColumns(calendar)
        return known


@dataclass(frozen=True, slots=True)
class _Picked:
    """Some tickets of a batch: which (None: all), what is needed of them, and a bitmap of which they are."""

    rows: Codes | None
    kinds: Codes
    at: Instants
    cell: Instants | None
    valid: Flags | None
    bitmap: pa.Buffer | None = None

    def where(self, valid: Flags) -> _Picked:
        """Those of them for which something holds."""
        rows = np.flatnonzero(valid)
        cell = None if self.cell is None else self.cell.take(rows)
        return _Picked(rows, self.kinds.take(rows), self.at.take(rows), cell, valid, _bitmap(valid))


def _bitmap(valid: Flags) -> pa.Buffer:
    return pa.py_buffer(np.packbits(valid, bitorder="little"))
