"""The events that rows make, by column, for each shape of a mapping."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from support_policy.batch.mapping import Change, Say, Value
from support_policy.batch.mapping_values import Unusable
from support_policy.batch.read_cells import BAD, NONE, Found
from support_policy.batch.read_instants import WRONG
from support_policy.batch.read_made import Batch, Makings
from support_policy.batch.read_order import Lines
from support_policy.batch.read_raw import Numbers
from support_policy.batch.read_sheet import Sheet, kinds_of
from support_policy.batch.replay_events import Teller, counts

Facts = Mapping[str, Numbers]


@dataclass(slots=True)
class Batches:
    """Batches of events, those of a row in order.

    `first`: those of them that hold the first event that a row itself says. `doubtful`: the rows (places in the order
    of the telling) that are for the row reader to judge.
    """

    all: list[Batch] = field(default_factory=list)
    first: list[Batch] = field(default_factory=list)
    doubtful: Numbers = field(default_factory=lambda: np.empty(0, np.int64))


def batches_of(sheet: Sheet, lines: Lines, teller: Teller, makings: Makings, live: Numbers) -> Batches:
    """The events that the rows of a sheet make; those that are not `live` make none."""
    maker = _Maker(sheet, lines, teller, makings, live)
    return {"events": maker.events, "snapshots": maker.snapshots, "tickets": maker.tickets}[teller.mapping.shape]()


class _Maker:
    def __init__(self, sheet: Sheet, lines: Lines, teller: Teller, makings: Makings, live: Numbers) -> None:
        self.sheet, self.lines, self.teller, self.makings, self.live = sheet, lines, teller, makings, live
        self.mapping, self.cells = teller.mapping, sheet.cells
        self.submission = teller.submission
        self.opened = lines.at if sheet.opened is None else sheet.opened[lines.rows]
        self.made = Batches()

    def events(self) -> Batches:
        """One row is an event, or several."""
        begins = self.mapping.submitted.say.event if self.mapping.submitted else "submitted"
        follow = [name for name, value in self.mapping.facts.items() if value.follow]
        assert self.sheet.says is not None  # noqa: S101 - what a sheet of this shape has
        says = self.sheet.says[self.lines.rows]
        if self.submission.at:
            rows = np.flatnonzero(~self.lines.same & self.live)
            self._add(self.submission.say, rows, self.opened[rows], kept=frozenset(), facts=self._facts(rows))
        for kind in kinds_of(self.sheet.said, begins):
            rows = np.flatnonzero(kind.numbers[says] & self.live)
            facts = self._facts(rows) if kind.begins else self._facts(rows, follow if kind.place == 0 else ())
            batch = self._add(kind.say, rows, self.lines.at[rows], facts=facts)
            batch.types = np.array([self.makings.types.add(t) if t else NONE for t in kind.types], np.int32)[says[rows]]
            if kind.place == 0:
                self.made.first.append(batch)
        return self.made

    def tickets(self) -> Batches:
        """One row is a ticket."""
        rows = np.flatnonzero(self.live)
        self._add(self.submission.say, rows, self.lines.at[rows], facts=self._facts(rows))
        for stone, column in zip(self.mapping.milestones, self.sheet.milestones, strict=True):
            at = column[self.lines.rows]
            rows = np.flatnonzero((at > WRONG) & self.live)
            for say in stone.says:
                self._add(say, rows, at[rows])
        return self.made

    def snapshots(self) -> Batches:
        """One row is a ticket after a change."""
        kept = self.cells.carried
        begin = np.flatnonzero(~self.lines.same & self.live)
        self._add(self.submission.say, begin, self.opened[begin], kept=kept, facts=self._facts(begin))
        fresh = _Fresh(self)
        for change, found in zip(self.mapping.changes, self.sheet.seen, strict=True):
            rows = self._changed(change, found)
            batch = self._add(change.say, rows, self.lines.at[rows], kept=kept)
            if change.carry != "nothing":
                pool = self.makings.pool(change.carry)
                batch.data[change.carry] = pool.rows(found, self.lines.rows[rows])
            fresh.told(batch)
        for say, rows in self._moved():
            fresh.told(self._add(say, rows, self.lines.at[rows], kept=kept))
        rows = fresh.untold()
        fresh.told(self._add(Say(self.mapping.updated_as), rows, self.lines.at[rows], kept=kept))
        return self.made

    def _add(
        self, say: Say, rows: Numbers, at: Numbers, *, kept: frozenset[str] | None = None, facts: Facts | None = None
    ) -> Batch:
        """Events of a kind; `kept`: the columns whose texts they are read from, where that is not the row itself."""

        def read(value: Value) -> Found:
            return self.cells.value(value) if kept is None else self.cells.kept(value, kept)

        of, doer = self.lines.rows[rows], say.by or self.mapping.by
        by = self.makings.by.rows(read(doer), of) if doer else np.full(len(rows), NONE, np.int32)
        data = {name: self.makings.pool(name).rows(read(value), of) for name, value in say.data.items()}
        types = np.full(len(rows), self.makings.types.add(say.event), np.int32)
        batch = Batch(rows, at, types, by, data, dict(facts or {}))
        self.made.all.append(batch)
        return batch

    def _facts(self, rows: Numbers, names: Collection[str] | None = None) -> Facts:
        wanted = self.mapping.facts if names is None else names
        of = self.lines.rows[rows]
        return {
            name: self.makings.facts[name].rows(found, of) for name, found in self.sheet.facts.items() if name in wanted
        }

    def _changed(self, change: Change, found: Found) -> Numbers:
        """The rows in which a watched value changed in the way that counts."""
        seen = found.rows[self.lines.rows]
        rows = np.flatnonzero(self.lines.same[1:] & (seen[1:] != seen[:-1]) & (seen[1:] != NONE) & self.live[1:]) + 1
        if change.when == "changes" or not len(rows):
            return rows
        # Asked once for each pair of values that follow one another.
        pairs = seen[rows - 1].astype(np.int64) * (len(found.values) + 2) + seen[rows]
        known, which = np.unique(pairs, return_inverse=True)
        verdicts = np.array([self._counts(change, found, int(pair)) for pair in known], np.int8)[which]
        self.made.doubtful = np.append(self.made.doubtful, rows[verdicts == BAD])
        return np.asarray(rows[verdicts == 1])

    def _counts(self, change: Change, found: Found, pair: int) -> int:
        old, new = divmod(pair, len(found.values) + 2)
        try:
            return int(counts(change, found.values[old] if old >= 0 else None, found.values[new]))
        except Unusable:
            return BAD

    def _moved(self) -> list[tuple[Say, Numbers]]:
        """What changes of state say, with the rows in which they do."""
        found = self.sheet.state
        if found is None:
            return []
        new = found.rows[self.lines.rows]
        old = np.append(NONE, new[:-1])[: len(new)]
        old = np.where(self.lines.same, old, NONE)
        width = len(found.values)
        pairs = np.where(self.live & (old != new), (old + 1).astype(np.int64) * width + new, -1)
        made: list[tuple[int, Say, Numbers]] = []
        for pair in np.unique(pairs[pairs >= 0]):
            before, after = divmod(int(pair), width)
            says = self.teller.moves(found.values[before - 1] if before else None, found.values[after])
            rows = np.flatnonzero(pairs == pair) if says else pairs
            made += [(place, say, rows) for place, say in enumerate(says)]
        return [(say, rows) for _, say, rows in sorted(made, key=lambda one: one[0])]


class _Fresh:
    """New values of the facts that later rows may change: the first event of the row brings them."""

    def __init__(self, maker: _Maker) -> None:
        lines, sheet = maker.lines, maker.sheet
        self.now: dict[str, Numbers] = {}
        self.changed: dict[str, Numbers] = {}
        for name, value in maker.mapping.facts.items():
            if value.follow:
                says = maker.makings.facts[name].rows(sheet.facts[name], lines.rows)
                changed = np.zeros(len(says), bool)
                changed[1:] = lines.same[1:] & (says[1:] != says[:-1]) & maker.live[1:]
                self.now[name], self.changed[name] = says, changed
        self.waiting = np.zeros(len(lines.rows), bool)
        for changed in self.changed.values():
            self.waiting |= changed

    def told(self, batch: Batch) -> None:
        """Give the events of a batch what their rows have new, unless another event has it already."""
        if not self.waiting.any():
            return
        first = self.waiting[batch.rows]
        for name, changed in self.changed.items():
            brings = first & changed[batch.rows]
            now = self.now[name][batch.rows]
            batch.facts[name] = np.where(brings, now, NONE).astype(np.int32)
            batch.taken[name] = brings & (now == NONE)
        self.waiting[batch.rows] = False

    def untold(self) -> Numbers:
        """The rows whose new values no event has brought yet."""
        return np.flatnonzero(self.waiting)
