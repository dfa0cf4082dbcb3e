"""A part of a foreign file read row by row, as `replay` reads it, to the table of events of its tickets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from support_policy.batch.backtest_rows import rejects_table
from support_policy.batch.event_rows import event_table
from support_policy.batch.mapping import TableMapping
from support_policy.batch.replay_events import Teller
from support_policy.batch.replay_rows import IGNORED, Reading, Reject, Row, RowReader
from support_policy.model.event import Event
from support_policy.policy.compiled import Policy


USED = pa.schema([("ticket", pa.string()), ("row", pa.int64()), ("line", pa.int64())])


@dataclass(slots=True)
class Read:
    events: pa.Table
    rejects: pa.Table
    used: pa.Table
    ignored: int = 0
    remarks: Counter[str] = field(default_factory=Counter)
    remarked: Counter[str] = field(default_factory=Counter)
    last: int | None = None
    empty: list[str] = field(default_factory=list)


def read_table(policy: Policy, mapping: TableMapping, raw: pa.Table, until: int) -> Read:
    reader = RowReader(mapping, policy.facts)
    teller = Teller(policy, reader, until)
    tickets: dict[str, list[Reading]] = {}
    rejects: list[Reject] = []
    ignored = 0
    for row in rows_of(raw):
        read = reader.read(row)
        if isinstance(read, Reading):
            tickets.setdefault(read.ticket, []).append(read)
        elif isinstance(read, Reject):
            rejects.append(read)
            if read.ticket:
                tickets.setdefault(read.ticket, [])
        elif read == IGNORED:
            ignored += 1
    events: list[tuple[str, Event]] = []
    used: list[tuple[str, int, int]] = []
    remarks, remarked = Counter[str](), Counter[str]()
    empty = []
    for ticket, readings in tickets.items():
        told = teller.tell(ticket, readings)
        rejects += told.rejects
        events += [(ticket, event) for event in told.events]
        used += [(ticket, r.number, r.line) for r in told.used]
        remarks.update(told.remarks)
        remarked.update(told.remarks.keys())
        if not told.used:
            empty.append(ticket)
    last = max((us for rs in tickets.values() for r in rs for us in r.instants if us <= until), default=None)
    used_table = pa.table([list(c) for c in zip(*used)], schema=USED) if used else USED.empty_table()
    return Read(event_table(policy, events), rejects_table(rejects), used_table, ignored, remarks, remarked, last, empty)


def rows_of(raw: pa.Table) -> Iterator[Row]:
    names = [n for n in raw.column_names if not n.startswith("__")]
    columns = [raw[n].to_pylist() for n in names]
    number, line, problem, detail = (raw[n].to_pylist() for n in ("__row", "__line", "__problem", "__detail"))
    for at in range(raw.num_rows):
        wrong = (problem[at], detail[at] or "") if problem[at] else ("", "")
        yield Row(number[at], line[at], {n: c[at] for n, c in zip(names, columns, strict=True)} if not problem[at] else {}, wrong)
