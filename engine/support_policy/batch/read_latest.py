"""The last instant that a part of a file speaks of: that of evaluation, where none is asked for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from support_policy.batch.mapping import TableMapping
from support_policy.batch.mapping_text import UNITS
from support_policy.batch.read_cells import Cells
from support_policy.batch.read_instants import NEVER, WRONG
from support_policy.batch.read_raw import NotFlat, Numbers, lists_of, rows_of
from support_policy.batch.read_sheet import after, sheet_of
from support_policy.batch.replay_parts import parted
from support_policy.batch.replay_rows import Reading, RowReader
from support_policy.batch.replay_ticket import latest as latest_of
from support_policy.policy.compiled import Policy

FEW = 64
"""So many rows are read one by one, before all are read by column."""


def latest(policy: Policy, mapping: TableMapping, raw: pa.Table, now: int, known: int | None = None) -> int | None:
    """The last instant not after `now` that the usable rows of a part speak of, or `known`, if that is later.

    All in microseconds since 1970. The part need not hold all rows of its tickets.
    """
    reader = RowReader(mapping, policy.facts)
    try:
        return _latest(reader, raw, now, known)
    except NotFlat:
        rows = parted(rows_of(raw, mapping, np.arange(raw.num_rows)), lists_of(raw, mapping))
        readings = [read for read in map(reader.read, rows) if isinstance(read, Reading)]
        return _later(known, latest_of(readings, now))


def _latest(reader: RowReader, raw: pa.Table, now: int, known: int | None) -> int | None:
    # What a row could speak of is soon known; the row that could speak of the last instant is mostly usable.
    could = np.full(raw.num_rows, NEVER)
    for at in _instants(raw, reader):
        could = np.maximum(could, np.where((at > WRONG) & (at <= now), at, NEVER))
    places = np.flatnonzero(could > (NEVER if known is None else known))
    some = places
    if len(places) > FEW:
        some = places[np.argpartition(could[places], -FEW)[-FEW:]]
    some = some[np.argsort(-could[some], kind="stable")]
    for place, row in zip(some.tolist(), rows_of(raw, reader.mapping, some), strict=True):
        if known is not None and could[place] <= known:
            return known
        read = reader.read(row)
        if isinstance(read, Reading):
            known = _later(known, latest_of([read], now))
    return known if len(some) == len(places) else _later(known, _of_all(reader, raw, now))


def _instants(raw: pa.Table, reader: RowReader) -> list[Numbers]:
    """All that rows could speak of, usable or not. Raises `NotFlat`."""
    mapping = reader.mapping
    if mapping.each:
        raise NotFlat(mapping.each[0])
    cells = Cells(raw, mapping, reader.values, reader.carried)
    submitted = mapping.submitted.at if mapping.submitted else ""
    if mapping.shape != "tickets":
        # A row that says nothing but when its ticket began speaks of that.
        columns = [mapping.at, submitted if mapping.shape == "events" else ""]
        return [cells.instants(column) for column in columns if column]
    at = cells.instants(submitted)
    stones = [stone for stone in mapping.milestones if stone.says]
    return [at] + [
        after(cells, at, stone.after, UNITS[stone.unit]) if stone.after else cells.instants(stone.at)
        for stone in stones
    ]


def _of_all(reader: RowReader, raw: pa.Table, now: int) -> int | None:
    """The last instant of a part, of whose rows many are not usable."""
    mapping, sheet = reader.mapping, sheet_of(raw, reader)
    unsure = rows_of(raw, mapping, np.flatnonzero(sheet.unsure))
    found = latest_of([read for read in map(reader.read, unsure) if isinstance(read, Reading)], now)
    sure = ~(sheet.unsure | sheet.ignored)
    stones = [at for stone, at in zip(mapping.milestones, sheet.milestones, strict=True) if stone.says]
    last = max(int(at.max(where=sure & (at > WRONG) & (at <= now), initial=NEVER)) for at in (sheet.at, *stones))
    return found if last == NEVER else _later(found, last)


def _later(one: int | None, other: int | None) -> int | None:
    return max((us for us in (one, other) if us is not None), default=None)
