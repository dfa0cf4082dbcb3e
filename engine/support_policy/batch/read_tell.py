"""Tickets told by column: rows in order, compared with their neighbours. What columns cannot tell is `odd`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from support_policy.batch.read_made import Batch, Makings, together
from support_policy.batch.read_order import Lines, lines_of
from support_policy.batch.read_raw import Numbers
from support_policy.batch.read_shapes import batches_of
from support_policy.batch.read_sheet import Sheet
from support_policy.batch.replay_events import Teller

REMARKED: Mapping[str, int] = {"unchanged": 1, "reordered": 2, "repeated_key": 4, "gap": 8}
"""What is worth telling of rows that were used (`replay_rows.REMARKS`), by bit."""


@dataclass(slots=True)
class Telling:
    """What columns tell. `rows` of `events` are places in `lines`, as are `used` and `future`; `remarks` by used row.

    `odd`: by ticket, whether it must be told row by row; the last two stand for rows without a ticket.
    """

    lines: Lines
    events: Batch
    used: Numbers
    future: Numbers
    remarks: Numbers
    odd: Numbers


def tell(sheet: Sheet, teller: Teller, makings: Makings) -> Telling:
    """Tell every ticket of a sheet that columns can."""
    mapping = teller.mapping
    tickets = mapping.shape == "tickets"
    lines = lines_of(sheet, by_instant=not tickets and mapping.order == "at")
    odd = np.zeros(len(sheet.names) + 2, bool)
    odd[sheet.tickets[sheet.unsure]] = True
    live = lines.at <= teller.until
    astray = lines.same if tickets else _astray(sheet, lines, teller, live)
    odd[lines.tickets[astray]] = True
    odd[_repeated(sheet, lines)] = True
    batches = batches_of(sheet, lines, teller, makings, live)
    for batch in batches.all:
        odd[lines.tickets[batch.rows[makings.unusable(batch)]]] = True
    odd[lines.tickets[batches.doubtful]] = True
    if mapping.shape == "events":
        odd[_alike(sheet, lines, batches.first)] = True
    sound = ~odd[lines.tickets]
    kept = [batch if sound[batch.rows].all() else batch.only(sound[batch.rows]) for batch in batches.all]
    events = together(kept, len(lines.rows))
    if tickets and len(events.rows):
        events = events.only(np.lexsort((events.at, events.rows)))
    used = np.flatnonzero(sound & live)
    return Telling(
        lines, events, used, np.flatnonzero(sound & ~live), _remarks(sheet, lines, events, teller)[used], odd
    )


def _astray(sheet: Sheet, lines: Lines, teller: Teller, live: Numbers) -> Numbers:
    """Whether a row lies before its ticket began or the row it follows; or before 1970, which counts as late."""
    began = lines.at if sheet.opened is None else sheet.opened[lines.rows]
    astray = lines.at < 0
    if teller.submission.at or teller.mapping.order == "file":
        astray |= live & (lines.at < began[lines.begin])
    if teller.mapping.order == "file":
        astray[1:] |= lines.same[1:] & (lines.at[1:] < lines.at[:-1])
    return astray


def _repeated(sheet: Sheet, lines: Lines) -> Numbers:
    """The tickets in which a key stands twice."""
    if sheet.keys is None or sheet.key_names is None:
        return np.empty(0, np.int64)
    keys = sheet.keys[lines.rows]
    known = keys >= 0
    keys, tickets = keys[known], lines.tickets[known]
    if not len(keys) or np.bincount(keys).max() <= 1:
        return np.empty(0, np.int64)
    pairs = np.sort(tickets.astype(np.int64) * len(sheet.key_names) + keys)
    return np.unique(pairs[1:][pairs[1:] == pairs[:-1]] // len(sheet.key_names))


def _alike(sheet: Sheet, lines: Lines, first: list[Batch]) -> Numbers:
    """The tickets with two rows of one instant, without a key, that might say the same: their first events do."""
    tied = lines.same & np.append(False, lines.at[1:] == lines.at[:-1])[: len(lines.at)]
    if not tied.any():
        return np.empty(0, np.int64)
    tied[:-1] |= tied[1:]
    if sheet.keys is not None:
        tied &= sheet.keys[lines.rows] < 0
    made = together([batch.only(tied[batch.rows]) for batch in first], len(lines.rows))
    columns = [made.types, made.by, *made.data.values(), *made.facts.values()]
    _, alike = np.unique(np.column_stack([lines.tickets[made.rows], made.at]), axis=0, return_inverse=True)
    for column in columns:
        _, alike = np.unique(alike * (np.int64(column.max(initial=0)) + 3) + column + 2, return_inverse=True)
    times = np.bincount(alike)
    return np.unique(lines.tickets[made.rows[times[alike] > 1]])


def _remarks(sheet: Sheet, lines: Lines, events: Batch, teller: Teller) -> Numbers:
    """What is worth telling of each row, as bits."""
    remarks = np.full(len(lines.rows), REMARKED["unchanged"], np.uint8)
    remarks[events.rows] = 0
    remarks[lines.late] |= REMARKED["reordered"]
    if teller.mapping.sequence and sheet.keys is not None and sheet.key_names is not None:
        texts = sheet.key_names.to_pylist()
        counts = np.array([*(int(t[:18]) if t.isdecimal() else -1 for t in texts), -1, -1], np.int64)
        numbers = counts[sheet.keys[lines.rows]]
        gap = lines.same[1:] & (numbers[1:] >= 0) & (numbers[:-1] >= 0) & (numbers[1:] > numbers[:-1] + 1)
        remarks[1:][gap] |= REMARKED["gap"]
    return remarks


def appended(first: Batch, second: Batch) -> Batch:
    """The events of both, one after the other; the rows of the second count on from `first`'s."""
    if not len(second.rows):
        return first
    moved = replace(second, rows=np.arange(len(second.rows)) + len(first.rows))
    placed = replace(first, rows=np.arange(len(first.rows)))
    return together([placed, moved], len(first.rows) + len(second.rows))
