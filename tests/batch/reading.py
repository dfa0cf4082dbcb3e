"""Parts of foreign files read both ways, by column and row by row: shared by the tests of this folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from support_policy.batch.mapping import TableMapping
from support_policy.batch.raw import DETAIL, LINE, PROBLEM, ROW
from support_policy.batch.read import Read, read_table
from support_policy.batch.read_latest import latest
from support_policy.batch.replay_events import Teller
from support_policy.batch.replay_parts import parted
from support_policy.batch.replay_rows import Reading, Reject, Row, RowReader
from support_policy.batch.replay_ticket import latest as latest_of
from support_policy.batch.schema import DATA, FACT
from support_policy.model.event import Event, listless, micros
from support_policy.policy.compiled import Policy

Said = tuple[Any, ...]


@dataclass
class Expected:
    """What the rows of a file say, read one by one as `replay` does."""

    events: dict[str, list[Said]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    rows: int = 0
    ignored: int = 0
    used: list[tuple[str, int, int]] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)
    remarked: Counter[str] = field(default_factory=Counter)
    unusable: list[str] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)


def row_by_row(policy: Policy, mapping: TableMapping, rows: Iterable[Row], until: int) -> Expected:
    """Read and tell rows as `replay` does."""
    reader, made = RowReader(mapping, policy.facts), Expected()
    tickets: dict[str, list[Reading]] = {}
    for row in parted(rows, mapping.each):
        made.rows += 1
        read = reader.read(row)
        if isinstance(read, Reading):
            made.readings.append(read)
            tickets.setdefault(read.ticket, []).append(read)
        elif isinstance(read, Reject):
            made.rejects.append(read)
            if read.ticket:
                tickets.setdefault(read.ticket, [])
        else:
            made.ignored += 1
    made.remarks["ignored"] = made.ignored
    teller = Teller(policy, reader, until)
    for ticket, readings in tickets.items():
        told = teller.tell(ticket, readings)
        made.rejects += told.rejects
        made.remarks.update(told.remarks)
        made.remarked.update(told.remarks.keys())
        made.used += [(ticket, r.number, r.line) for r in told.used]
        if told.used:
            made.events[ticket] = [said(event) for event in told.events]
        else:
            made.unusable.append(ticket)
    made.remarks = +made.remarks
    return made


def said(event: Event) -> Said:
    """All that an event says."""
    return event.type, micros(event.at), event.by, dict(event.fields), dict(event.data)


def events_of(table: pa.Table) -> dict[str, list[Said]]:
    """The events of a table, by ticket."""
    found: dict[str, list[Said]] = {}
    at = table["at"].cast(pa.int64()).to_pylist()
    for row, us in zip(table.drop(["at"]).to_pylist(), at, strict=True):
        fields = {**dict.fromkeys(row.get("cleared") or ()), **_named(row, FACT)}
        found.setdefault(row["ticket"], []).append((row["type"], us, row["by"] or "", fields, _named(row, DATA)))
    return found


def _named(row: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return listless({n.removeprefix(prefix): v for n, v in row.items() if n.startswith(prefix) and v is not None})


def raw_of(rows: Sequence[Row], types: Mapping[str, pa.DataType] | None = None) -> pa.Table:
    """Rows as a part of a file."""
    names = dict.fromkeys(name for row in rows for name in row.values)
    columns: dict[str, pa.Array] = {
        name: pa.array([row.values.get(name) for row in rows], (types or {}).get(name)) for name in names
    }
    columns[ROW] = pa.array([row.number for row in rows], pa.int64())
    columns[LINE] = pa.array([row.line for row in rows], pa.int64())
    columns[PROBLEM] = pa.array([row.problem[0] or None for row in rows], pa.string())
    columns[DETAIL] = pa.array([row.problem[1] or None for row in rows], pa.string())
    return pa.table(columns)


def assert_alike(policy: Policy, mapping: TableMapping, raw: pa.Table, rows: Iterable[Row], until: int) -> Read:
    """Both ways of reading say the same, to the last detail; gives what the columns say."""
    read, expected = read_table(policy, mapping, raw, until), row_by_row(policy, mapping, rows, until)
    assert events_of(read.events) == expected.events
    assert_in_order(read.events)
    assert read.rejects == sorted(expected.rejects, key=lambda reject: reject.number)
    assert (read.rows, read.ignored) == (expected.rows, expected.ignored)
    used = [(row["ticket"], row["row"], row["line"]) for row in read.used.to_pylist()]
    assert sorted(used) == sorted(expected.used)
    assert set(read.tickets["ticket"].to_pylist()) == {ticket for ticket, _, _ in expected.used}
    assert read.remarks() == (expected.remarks, expected.remarked)
    assert sorted(read.unusable) == sorted(expected.unusable)
    assert read.rows == len(used) + read.ignored + len(read.rejects)
    for now in (until, until - 3_600_000_000):
        last = latest_of(expected.readings, now)
        assert latest(policy, mapping, raw, now) == last
        assert latest(policy, mapping, raw, now, until - 7_200_000_000) == max(last or 0, until - 7_200_000_000)
    return read


def assert_in_order(events: pa.Table) -> None:
    """The events of a ticket stand together, by instant."""
    tickets, at = events["ticket"].to_pylist(), events["at"].cast(pa.int64()).to_pylist()
    runs = [ticket for n, ticket in enumerate(tickets) if not n or tickets[n - 1] != ticket]
    assert len(runs) == len(set(runs))
    assert all(tickets[n - 1] != tickets[n] or at[n - 1] <= at[n] for n in range(1, len(at)))
