"""What each row of a part says by itself, column by column: the row reader's work done once per distinct value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from support_policy.batch.mapping import Say, TableMapping, Texts
from support_policy.batch.mapping_text import UNITS
from support_policy.batch.mapping_values import LATEST, Unusable, Values, seconds_of
from support_policy.batch.raw import PROBLEM
from support_policy.batch.read_cells import BAD, NONE, Cells, Found
from support_policy.batch.read_instants import NEVER, WRONG
from support_policy.batch.read_raw import NotFlat, Numbers
from support_policy.batch.replay_rows import LONGEST_NAME, RowReader

SILENT = -1
"""In the place of what a row says: no event."""
MANY = 1 << 22
"""More combinations than this are counted by sorting."""


@dataclass(slots=True)
class Sheet:
    """The rows of a part, by column.

    `tickets` are numbers in `names`, by first appearance (below 0: the row tells of no ticket). `unsure` rows are for
    the row reader to judge, `ignored` ones are left aside; of all others every column the shape needs has a value.
    `at` and `opened` are microseconds since 1970; `keys` numbers that differ where the keys do (`NONE`: no key), the
    texts in `key_names`. `says` are numbers in `said` (shape `events`).
    """

    cells: Cells
    tickets: Numbers
    names: pa.Array
    unsure: Numbers
    ignored: Numbers
    at: Numbers
    opened: Numbers | None = None
    keys: Numbers | None = None
    key_names: pa.Array | None = None
    facts: dict[str, Found] = field(default_factory=dict)
    says: Numbers | None = None
    said: list[tuple[Say, ...]] = field(default_factory=list)
    state: Found | None = None
    seen: list[Found] = field(default_factory=list)
    milestones: list[Numbers] = field(default_factory=list)


def sheet_of(raw: pa.Table, reader: RowReader) -> Sheet:
    """The rows of a part. Raises `NotFlat` where its columns hold lists or objects."""
    mapping = reader.mapping
    if mapping.each:
        raise NotFlat(mapping.each[0])
    cells = Cells(raw, mapping, reader.values, reader.carried)
    unsure, ignored = np.zeros(raw.num_rows, bool), np.zeros(raw.num_rows, bool)
    if PROBLEM in raw.column_names:
        unsure |= pc.fill_null(pc.not_equal(raw[PROBLEM].cast(pa.string()), ""), False).to_numpy()
    for column, wanted in mapping.only.items():
        fits = cells.read(column, partial(_fits, reader.values, {column: wanted}))
        unsure |= fits.bad
        ignored |= _where(fits, False)
    ignored &= ~unsure
    tickets, names = _tickets(cells, mapping.ticket)
    sheet = Sheet(cells, tickets, names, unsure | (tickets < 0), ignored, np.empty(0, np.int64))
    {"events": _events, "snapshots": _snapshots, "tickets": _milestones}[mapping.shape](sheet, reader)
    if mapping.key:
        sheet.keys, sheet.key_names = cells.names(mapping.key)
        sheet.unsure |= sheet.keys == BAD
    for name, value in mapping.facts.items():
        sheet.facts[name] = cells.fact(value, reader.known[name].type)
        sheet.unsure |= sheet.facts[name].bad
    for told in mapping.compare.values() if mapping.shape != "events" else ():
        sheet.unsure |= cells.instants(told.due) == WRONG if told.due else False
        sheet.unsure |= cells.value(told.verdict).bad if told.verdict else False
    sheet.unsure &= ~sheet.ignored
    return sheet


def _where(found: Found, value: Any) -> Numbers:
    """By row, whether it says a value."""
    return np.equal(found.rows, found.values.index(value)) if value in found.values else np.zeros(len(found.rows), bool)


def _tickets(cells: Cells, column: str) -> tuple[Numbers, pa.Array]:
    rows, names = cells.names(column)
    long = pc.greater(pc.utf8_length(names), LONGEST_NAME).to_numpy(zero_copy_only=False)
    if long.any():
        rows = np.where(np.append(long, False)[rows], BAD, rows)
    count = len(rows)
    first = np.full(len(names) + 2, count)
    first[rows[::-1]] = np.arange(count)[::-1]
    order = np.argsort(first[: len(names)], kind="stable")
    if (order[1:] > order[:-1]).all():
        return rows, names
    rank = np.full(len(names) + 2, NONE, np.int32)
    rank[order] = np.arange(len(names), dtype=np.int32)
    return rank[rows], names.take(pa.array(order))


def _needed(sheet: Sheet, column: str) -> Numbers:
    at = sheet.cells.instants(column)
    sheet.unsure |= at <= WRONG
    return at


def _opened(sheet: Sheet, mapping: TableMapping) -> None:
    if mapping.submitted and mapping.submitted.at:
        sheet.opened = _needed(sheet, mapping.submitted.at)


def _snapshots(sheet: Sheet, reader: RowReader) -> None:
    mapping, values = reader.mapping, reader.values
    sheet.at = _needed(sheet, mapping.at)
    _opened(sheet, mapping)
    states = mapping.state
    if states:
        column = states.column

        def state(row: dict[str, Any]) -> str | None:
            folded = values.required(row, column).casefold()
            return folded if folded in states.enter else None

        sheet.state = sheet.cells.read(column, state)
        sheet.unsure |= sheet.state.rows < 0
    sheet.seen = [sheet.cells.value(change.value) for change in mapping.changes]
    for found in [*sheet.seen, *map(sheet.cells.text, reader.carried)]:
        sheet.unsure |= found.bad


def _milestones(sheet: Sheet, reader: RowReader) -> None:
    mapping = reader.mapping
    submitted = mapping.submitted
    if submitted is None:
        sheet.at = np.zeros(len(sheet.tickets), np.int64)
        sheet.unsure[:] = True
        return
    sheet.at = _needed(sheet, submitted.at)
    sheet.opened = sheet.at
    sheet.milestones = [
        after(sheet.cells, sheet.at, stone.after, UNITS[stone.unit]) if stone.after else sheet.cells.instants(stone.at)
        for stone in mapping.milestones
    ]
    for at in sheet.milestones:
        sheet.unsure |= (at == WRONG) | ((at > WRONG) & ((at < sheet.at) | (at >= LATEST)))
    for stone, at in zip(mapping.milestones, sheet.milestones, strict=True):
        for say in stone.says:
            sheet.unsure |= (at > WRONG) & _carries_wrong(sheet, mapping, say)
    sheet.unsure |= _carries_wrong(sheet, mapping, submitted.say)


def after(cells: Cells, at: Numbers, column: str, unit: int) -> Numbers:
    """The instants that lie some time after others, as `Placing` has them; `unit` in seconds (0: `h:m:s`)."""

    def read(row: dict[str, Any]) -> int | None:
        text = cells.values.text(row, column)
        return None if text is None else min(seconds_of(text, unit), LATEST // 1_000_000)

    found = cells.read(column, read)
    seconds = np.array([*found.values, 0, 0], np.int64)[found.rows]
    made = np.where(at > WRONG, at + seconds * 1_000_000, WRONG)
    return np.where(found.rows == NONE, NEVER, np.where(found.rows == BAD, WRONG, made))


def _events(sheet: Sheet, reader: RowReader) -> None:
    mapping = reader.mapping
    sheet.at = sheet.cells.instants(mapping.at)
    sheet.says, sheet.said = _said(sheet, reader)
    sheet.unsure |= sheet.says == BAD
    if not (mapping.submitted and mapping.submitted.at):
        # Nothing more is read of a row that says nothing.
        sheet.ignored |= (sheet.says == SILENT) & ~sheet.unsure
    sheet.unsure |= sheet.at == WRONG
    _opened(sheet, mapping)
    silent = sheet.says == SILENT
    sheet.unsure |= ~silent & (sheet.at <= WRONG)
    if sheet.opened is not None:
        sheet.at = np.where(silent & (sheet.at == NEVER), sheet.opened, sheet.at)
    for kind in kinds_of(sheet.said, ""):
        sheet.unsure |= kind.numbers[sheet.says] & _carries_wrong(sheet, mapping, kind.say)


@dataclass(slots=True)
class Kind:
    """Events that differ in nothing but their type: their place among those of a row, one of them, whether they begin.

    By number in `said`: whether it has one of these there (the last two are for rows that say nothing), and its type.
    """

    place: int
    say: Say
    begins: bool
    numbers: Numbers
    types: list[str]


def kinds_of(said: list[tuple[Say, ...]], begins: str) -> list[Kind]:
    """The kinds of what rows say, in the order in which a row says them; `begins` is the event that begins a ticket."""
    found: dict[Any, Kind] = {}
    for number, says in enumerate(said):
        for place, say in enumerate(says):
            carries = (say.event, *((name, id(value)) for name, value in say.data.items())) if say.data else ()
            key = (place, id(say.by), carries, say.event == begins)
            if key not in found:
                numbers = np.zeros(len(said) + 2, bool)
                found[key] = Kind(place, say, say.event == begins, numbers, [""] * len(said))
            found[key].numbers[number] = True
            found[key].types[number] = say.event
    return sorted(found.values(), key=lambda kind: kind.place)


def _fits(values: Values, when: Texts, row: Mapping[str, Any]) -> bool:
    return values.fits(row, when)


def _fit(values: Values, whens: Sequence[Texts], row: Mapping[str, Any]) -> tuple[bool, ...]:
    return tuple(values.fits(row, when) for when in whens)


def _carries_wrong(sheet: Sheet, mapping: TableMapping, say: Say) -> Numbers:
    wrong = np.zeros(len(sheet.tickets), bool)
    doer = say.by or mapping.by
    for value in [*([doer] if doer else []), *say.data.values()]:
        wrong |= sheet.cells.value(value).bad
    return wrong


def _said(sheet: Sheet, reader: RowReader) -> tuple[Numbers, list[tuple[Say, ...]]]:
    """By row which events it says: asked of one row for each combination of what the mapping tells apart."""
    mapping, values, cells = reader.mapping, reader.values, sheet.cells
    asked = dict.fromkeys(column for case in mapping.cases for column in case.when)
    kinds: list[Found] = []
    for column in asked:
        whens = [{column: case.when[column]} for case in mapping.cases if column in case.when]
        kinds.append(cells.read(column, partial(_fit, values, whens)))
    if mapping.type and mapping.type.column:
        wanted = mapping.type
        asked[wanted.column] = None
        kinds.append(
            cells.read(
                wanted.column, lambda row: (values.value(row, wanted), values.text(row, wanted.column) is not None)
            )
        )
    count = len(sheet.tickets)
    combined, size = np.zeros(count, np.int64), 1
    for kind in kinds:
        sheet.unsure |= kind.bad
        width = len(kind.values) + 1
        combined = combined * width + np.where(kind.bad, width - 1, kind.rows)
        size *= width
        if size > MANY:
            known, combined = np.unique(combined, return_inverse=True)
            size = len(known)
    example = np.full(size, -1, np.int64)
    example[combined] = np.arange(count)
    columns = {column: cells.column(column) for column in asked}
    distinct = {name: column.values() for name, column in columns.items()}
    said: list[tuple[Say, ...]] = []
    given = np.full(size, BAD, np.int32)
    for number in np.flatnonzero(example >= 0):
        row = int(example[number])
        try:
            says = reader.says({name: distinct[name][columns[name].codes[row]] for name in columns})
        except Unusable:
            continue
        given[number] = len(said) if says else SILENT
        said += [says] if says else []
    return given[combined], said
