"""The usable rows of a part in the order in which they are told: ticket by ticket."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from support_policy.batch.read_raw import Numbers
from support_policy.batch.read_sheet import Sheet


@dataclass(slots=True)
class Lines:
    """Rows in the order of the telling: their places in the part, tickets and instants.

    `same`: whether it tells of the ticket of the one before it; `begin`: the place, among these, of its ticket's first.
    `late`: whether it stands in the file after a younger one of its ticket.
    """

    rows: Numbers
    tickets: Numbers
    at: Numbers
    same: Numbers
    begin: Numbers
    late: Numbers


def lines_of(sheet: Sheet, *, by_instant: bool) -> Lines:
    """The usable rows of a sheet by ticket, and by instant or as they stand in the file."""
    rows = np.flatnonzero(~(sheet.unsure | sheet.ignored))
    tickets, at = sheet.tickets[rows], sheet.at[rows]
    late = np.zeros(len(rows), bool)
    if (tickets[1:] < tickets[:-1]).any():
        order = _by_number(tickets)
        rows, tickets, at = rows[order], tickets[order], at[order]
    same = np.append(False, tickets[1:] == tickets[:-1]) if len(rows) else late
    if by_instant:
        back = same & np.append(False, at[1:] < at[:-1]) if len(rows) else late
        if back.any():
            mixed = np.zeros(len(sheet.names) + 2, bool)
            mixed[tickets[back]] = True
            places = np.flatnonzero(mixed[tickets])
            order, late[places] = _by_instant(tickets[places], at[places])
            rows[places], at[places], late[places] = rows[places][order], at[places][order], late[places][order]
    begin = np.maximum.accumulate(np.where(same, 0, np.arange(len(rows))))
    return Lines(rows, tickets, at, same, begin, late)


def _by_number(numbers: Numbers) -> Numbers:
    """The stable order of numbers from 0, sixteen bits at a time: those are sorted by counting."""
    order = np.argsort((numbers & 0xFFFF).astype(np.uint16), kind="stable")
    if len(numbers) and numbers.max() > 0xFFFF:
        order = order[np.argsort((numbers[order] >> 16).astype(np.uint16), kind="stable")]
    return order


def _by_instant(tickets: Numbers, at: Numbers) -> tuple[Numbers, Numbers]:
    """The order by ticket and instant of rows that stand by ticket, and which of them stand after a younger one."""
    order = np.argsort(at, kind="stable")
    order = order[_by_number(tickets[order])]
    t, a = tickets[order], at[order]
    rank = np.empty(len(order), np.int64)
    rank[order] = np.cumsum(np.append(False, (t[1:] != t[:-1]) | (a[1:] != a[:-1])))
    return order, rank < np.maximum.accumulate(rank)
