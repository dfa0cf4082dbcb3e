"""A mapping: what the columns of a foreign export mean, as its file declares it. Read by `mapping_text.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from support_policy.source.span import NOWHERE, Span

Shape = Literal["events", "snapshots", "tickets"]
Format = Literal["csv", "ndjson", "json", "parquet"]
Texts = Mapping[str, tuple[str | None, ...]]
"""Column -> the values that fit, casefolded; None is a missing value, `*` any value at all."""


@dataclass(frozen=True, slots=True)
class Value:
    """Where a value comes from: a column (translated by `values`), or a constant.

    `values` maps casefolded texts to ours, None meaning no value. `otherwise` says what becomes of a text that is not
    listed: `reject` the row, `keep` the text, take it as `missing`, or the value to take instead. `split` parts a list.
    `follow`: later rows may change it.
    """

    column: str = ""
    constant: str | None = None
    values: Mapping[str, str | None] | None = None
    otherwise: str = "reject"
    split: str = ""
    follow: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Say:
    """An event to report: its type, who did it (None: as the mapping's `by` says), and what else it carries."""

    event: str
    by: Value | None = None
    data: Mapping[str, Value] = field(default_factory=dict)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Case:
    """Rows of the shape `events` that fit `when` say these events; none: they are ignored."""

    when: Texts
    says: tuple[Say, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Move:
    """A change of state that says other events than entering the state does; empty `from_` or `to`: any state."""

    from_: tuple[str, ...]
    to: tuple[str, ...]
    says: tuple[Say, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class States:
    """The column that holds a ticket's state in the shape `snapshots`; states are casefolded."""

    column: str
    enter: Mapping[str, tuple[Say, ...]]
    change: tuple[Move, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """A column of the shape `snapshots` whose change is an event, which carries the new value under `carry`."""

    value: Value
    say: Say
    carry: str = "to"
    when: Literal["changes", "increases", "appears"] = "changes"
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Milestone:
    """An instant of the shape `tickets`: in the column `at`, or as a length of time `after` the submission."""

    says: tuple[Say, ...]
    at: str = ""
    after: str = ""
    unit: str = ""
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Submission:
    """How a ticket begins: the event, and the column with its instant (empty: the first row's own)."""

    at: str
    say: Say
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What others say of a metric: when it was due, and whether the target was `met` or `missed`."""

    due: str = ""
    verdict: Value | None = None
    within: int = 60
    """Two due times this many seconds apart agree."""
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Instants:
    """How instants are written beside ISO 8601: strptime `formats`; `zone` places naive ones; `epoch` reads numbers."""

    formats: tuple[str, ...] = ()
    zone: str = ""
    epoch: str = ""
    earliest: date = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A whole mapping. Columns are names, or dotted paths into nested JSON."""

    name: str
    shape: Shape
    ticket: str
    format: str = ""
    encoding: str = ""
    delimiter: str = ""
    records: str = ""
    each: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset({""})
    instants: Instants = Instants()
    at: str = ""
    order: Literal["at", "file"] = "at"
    id: str = ""
    sequence: str = ""
    only: Texts = field(default_factory=dict)
    submitted: Submission | None = None
    updated_as: str = "updated"
    by: Value | None = None
    facts: Mapping[str, Value] = field(default_factory=dict)
    type: Value | None = None
    cases: tuple[Case, ...] = ()
    unmatched: Literal["reject", "ignore"] = "reject"
    state: States | None = None
    changes: tuple[Change, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    compare: Mapping[str, Comparison] = field(default_factory=dict)
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def key(self) -> str:
        """The column that tells the rows of one ticket apart, or an empty text."""
        return self.sequence or self.id

    def says(self) -> Iterator[Say]:
        """Every event the mapping may report, those of `type` aside."""
        if self.submitted:
            yield self.submitted.say
        for case in self.cases:
            yield from case.says
        if self.state:
            for says in self.state.enter.values():
                yield from says
            for move in self.state.change:
                yield from move.says
        yield from (change.say for change in self.changes)
        for milestone in self.milestones:
            yield from milestone.says

    def values(self) -> Iterator[Value]:
        """Every value the mapping reads."""
        yield from self.facts.values()
        yield from (value for value in (self.by, self.type) if value)
        yield from (change.value for change in self.changes)
        yield from (c.verdict for c in self.compare.values() if c.verdict)
        for say in self.says():
            if say.by:
                yield say.by
            yield from say.data.values()

    def columns(self) -> dict[str, None]:
        """Every column the mapping names, in the order met; some know where they were written."""
        named = [*self.each, self.ticket, self.at, self.id, self.sequence, *self.only]
        named += [self.submitted.at if self.submitted else "", self.state.column if self.state else ""]
        named += [column for case in self.cases for column in case.when]
        named += [column for m in self.milestones for column in (m.at, m.after)]
        named += [c.due for c in self.compare.values()]
        named += [value.column for value in self.values()]
        return dict.fromkeys(column for column in named if column)

    def needed(self) -> tuple[str, ...]:
        """The columns without which no row can be used."""
        begins = self.submitted.at if self.submitted and self.shape == "tickets" else ""
        return tuple(column for column in (self.ticket, self.at, begins) if column)
