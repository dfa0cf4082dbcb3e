"""Parts of foreign files to tables of events: the mapping read by column, the tickets it cannot express by row.

Both ways say the same: what columns cannot tell for sure (a value that cannot be used, a row that is repeated or goes
back in time, lists and objects) is read and told by the row reader itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from support_policy.batch.mapping import TableMapping
from support_policy.batch.raw import LINE, ROW
from support_policy.batch.read_made import Makings, coded
from support_policy.batch.read_raw import NotFlat, Numbers, lists_of, rows_of
from support_policy.batch.read_sheet import Sheet, sheet_of
from support_policy.batch.read_tell import REMARKED, Telling, appended, tell
from support_policy.batch.replay_events import Teller, Told
from support_policy.batch.replay_parts import parted
from support_policy.batch.replay_rows import IGNORED, Reading, Reject, Row, RowReader
from support_policy.model.event import instant
from support_policy.policy.compiled import Policy


@dataclass(slots=True)
class Read:
    """What a part of a file says.

    `events` are in the form of `schema.py`, by ticket in order of first appearance, then by instant, then as told.
    `used` has the `ticket`, `row` and `line` of every row used; `tickets` a row for each ticket with such rows:
    its name, and how many of them bear which remark (`REMARKED`). Of `rows` read, `ignored` were left aside as the
    mapping says. `unusable` tickets have no usable row; `by_rows` tickets were read row by row.
    """

    events: pa.Table
    used: pa.Table
    tickets: pa.Table
    rejects: list[Reject]
    rows: int
    ignored: int
    unusable: list[str]
    by_rows: int

    def remarks(self) -> tuple[Counter[str], Counter[str]]:
        """What is worth telling, as `replay` counts it: by rows, and by tickets."""
        rows, tickets = Counter({IGNORED: self.ignored}), Counter[str]()
        for name in REMARKED:
            counts = self.tickets[name].to_numpy()
            rows[name], tickets[name] = int(counts.sum()), int(np.count_nonzero(counts))
        return +rows, +tickets

    def leave_out(self, why: Mapping[str, tuple[str, str]]) -> None:
        """Reject the rows of tickets that could not be decided: by ticket, a reason and a detail."""
        if not why:
            return
        named = pa.array(list(why), pa.string())
        for row in self.used.filter(_one_of(self.used["ticket"], named)).to_pylist():
            self.rejects.append(Reject(row["row"], row["line"], row["ticket"], *why[row["ticket"]]))
        self.rejects.sort(key=_number)
        self.used = self.used.filter(pc.invert(_one_of(self.used["ticket"], named)))
        self.tickets = self.tickets.filter(pc.invert(_one_of(self.tickets["ticket"], named)))


def _one_of(column: pa.ChunkedArray, names: pa.Array) -> pa.ChunkedArray:
    return pc.is_in(column.cast(pa.string()), names)


def _number(reject: Reject) -> int:
    return reject.number


def read_table(policy: Policy, mapping: TableMapping, raw: pa.Table, until: int) -> Read:
    """Read a part of a file that holds all rows of its tickets; `until` (microseconds since 1970) ends what is known.

    `raw` is as `raw.py` says. Where the mapping has `each`, a column of lists is
    parted into rows here, which are numbered anew.
    """
    reader = RowReader(mapping, policy.facts)
    teller, makings = Teller(policy, reader, until), Makings(policy, mapping)
    by_row = _ByRow(teller)
    try:
        sheet = sheet_of(raw, reader)
    except NotFlat:
        by_row.read(parted(rows_of(raw, mapping, np.arange(raw.num_rows)), lists_of(raw, mapping)))
        told = by_row.tell()
        names = pa.array([one.ticket for one in told], pa.string())
        tables = _joined(makings, names, None, told, raw)
        unusable = [one.ticket for one in told if not one.used]
        return Read(
            **tables,
            rejects=sorted(by_row.rejects, key=_number),
            rows=by_row.rows,
            ignored=by_row.ignored,
            unusable=unusable,
            by_rows=len(told),
        )
    columns = tell(sheet, teller, makings)
    # What is left aside for certain is so without a second look.
    odd = columns.odd.copy()
    odd[-2:] = True
    by_row.read(rows_of(raw, mapping, np.flatnonzero(odd[sheet.tickets] & ~sheet.ignored)))
    told = by_row.tell()
    late = _late(raw, sheet, columns)
    lines, named = columns.lines, sheet.names
    unused = np.unique(lines.tickets[columns.future])
    unused = unused[np.bincount(lines.tickets[columns.used], minlength=len(named))[unused] == 0]
    return Read(
        **_joined(makings, named, columns, told, raw),
        rejects=sorted([*by_row.rejects, *late], key=_number),
        rows=raw.num_rows,
        ignored=int(sheet.ignored.sum()) + by_row.ignored,
        unusable=[*named.take(pa.array(unused)).to_pylist(), *(one.ticket for one in told if not one.used)],
        by_rows=len(told),
    )


def _late(raw: pa.Table, sheet: Sheet, columns: Telling) -> list[Reject]:
    """The rows after the instant of evaluation, of tickets in which nothing else is wrong."""
    lines, places = columns.lines, columns.future
    rows = lines.rows[places]
    numbers, at_line = (_of_rows(raw, name)[rows].tolist() for name in (ROW, LINE))
    tickets = sheet.names.take(pa.array(lines.tickets[places])).to_pylist()
    return [
        Reject(number, line, ticket, "future", instant(at).isoformat())
        for number, line, ticket, at in zip(numbers, at_line, tickets, lines.at[places].tolist(), strict=True)
    ]


class _ByRow:
    """Tickets read and told row by row."""

    def __init__(self, teller: Teller) -> None:
        self.teller = teller
        self.readings: dict[str, list[Reading]] = {}
        self.rejects: list[Reject] = []
        self.rows = self.ignored = 0

    def read(self, rows: Iterable[Row]) -> None:
        """Read rows, in the file's order."""
        for row in rows:
            self.rows += 1
            read = self.teller.reader.read(row)
            if isinstance(read, Reading):
                self.readings.setdefault(read.ticket, []).append(read)
            elif isinstance(read, Reject):
                self.rejects.append(read)
                if read.ticket:
                    self.readings.setdefault(read.ticket, [])
            else:
                self.ignored += 1

    def tell(self) -> list[Told]:
        """The tickets."""
        told = [self.teller.tell(ticket, readings) for ticket, readings in self.readings.items()]
        self.rejects += [reject for one in told for reject in one.rejects]
        return told


def _joined(
    makings: Makings, names: pa.Array, columns: Telling | None, told: list[Told], raw: pa.Table
) -> dict[str, Any]:
    """The tables of `Read`, of what was told by column and by row; all tickets are numbers in `names`."""
    odd = np.arange(len(names)) if columns is None else np.flatnonzero(columns.odd[: len(names)])
    number_of = dict(zip(names.take(pa.array(odd)).to_pylist(), odd.tolist(), strict=True))
    mine = [(number_of[one.ticket], one) for one in told if one.used]
    events = makings.told([event for _, one in mine for event in one.events])
    tickets = np.array([number for number, one in mine for _ in one.events], np.int64)
    told_rows = [(number, r.number, r.line) for number, one in mine for r in one.used]
    used = list(np.array(told_rows, np.int64).reshape(-1, 3).T)
    counts = {name: np.zeros(len(names), np.int64) for name in REMARKED}
    for number, one in mine:
        for name, times in one.remarks.items():
            counts[name][number] = times
    if columns is not None:
        lines = columns.lines
        rows = lines.rows[columns.used]
        found = [lines.tickets[columns.used], *(_of_rows(raw, name)[rows] for name in (ROW, LINE))]
        used = [np.concatenate(pair) if mine else pair[0] for pair in zip(found, used, strict=True)]
        for name, bit in REMARKED.items():
            held = lines.tickets[columns.used[(columns.remarks & bit) > 0]]
            counts[name] += np.bincount(held, minlength=len(names))
        tickets = np.concatenate([lines.tickets[columns.events.rows], tickets])
        events = appended(columns.events, events)
        if mine:
            order = np.argsort(tickets, kind="stable")
            tickets, events = tickets[order], events.only(order)
    some = np.flatnonzero(np.bincount(used[0], minlength=len(names)))
    return {
        "events": makings.table(tickets, names, events),
        "used": pa.table({"ticket": coded(used[0], names), "row": used[1], "line": used[2]}),
        "tickets": pa.table({"ticket": coded(some, names), **{name: count[some] for name, count in counts.items()}}),
    }


def _of_rows(raw: pa.Table, name: str) -> Numbers:
    if name not in raw.column_names:
        return np.zeros(raw.num_rows, np.int64)
    return np.asarray(raw[name].to_numpy())
