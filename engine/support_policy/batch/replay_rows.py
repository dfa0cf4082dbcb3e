"""Rows of a foreign export, read one by one: what a row says about its ticket, or why it cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from support_policy.batch.mapping import Milestone, Say, TableMapping
from support_policy.batch.mapping_text import UNITS
from support_policy.batch.mapping_values import LATEST, Unusable, Values, lookup, seconds_of, unlisted
from support_policy.model.condition import Variable
from support_policy.model.event import Event, instant, micros
from support_policy.source.nodes import shorten

REASONS: Mapping[str, str] = {
    "unreadable": "the file is damaged here; nothing after this could be read",
    "json": "not a JSON object",
    "ragged": "more or fewer fields than the header has, or a quote left open",
    "too_large": "a field or a line is too large to be meant",
    "encoding": "bytes that are not in the file's encoding, or NUL",
    "missing": "a value that is needed is empty",
    "bad_instant": "an instant that cannot be read",
    "bad_value": "a value that cannot be read",
    "unknown_value": "a value that the mapping does not list",
    "policy": "a value that the policy does not take",
    "duplicate": "says again what another row of the ticket said",
    "out_of_order": "older than the row before it, where the file's order counts",
    "before_submission": "lies before the ticket's submission",
    "future": "lies after the instant of evaluation",
    "never_began": "the policy lets no event of this ticket begin it",
    "not_decided": "the ticket could not be decided",
}
"""Why a row is not used."""

REMARKS: Mapping[str, str] = {
    "unchanged": "changed nothing that the mapping watches",
    "ignored": "left aside, as the mapping says (`only`, `~`, `unmatched: ignore`)",
    "reordered": "below a younger row of their ticket in the file; taken in order of their instants",
    "repeated_key": "with the key of a row that was rejected, in its place",
    "gap": "after a gap in the ticket's `sequence`",
}
"""What is worth telling of rows that were used."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its number from 1 (the header aside), its line in a text file (else 0), and its values.

    `problem` is (reason, detail) when the row itself cannot be read.
    """

    number: int
    line: int
    values: Mapping[str, Any]
    problem: tuple[str, str] = ("", "")


class Table(Protocol):
    """A file of rows, opened. `columns` are the header's, or None where each row has its own; `total` if known."""

    columns: tuple[str, ...] | None
    total: int | None
    notes: list[str]

    def rows(self) -> Iterable[Row]:
        """The rows, in the file's order."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not used, and why."""

    number: int
    line: int
    ticket: str
    reason: str
    detail: str = ""


@dataclass(slots=True)
class Reading:
    """What one usable row says. Instants are microseconds since 1970.

    `events` are given as such (shapes events and tickets); a snapshot has its `state`, the watched values `seen`, and
    the values `kept` that its events will carry. `theirs` is, by metric, the due time and the verdict of others.
    """

    number: int
    line: int
    ticket: str
    at: int
    key: str | None = None
    opened: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    state: str | None = None
    seen: tuple[str | None, ...] = ()
    kept: Mapping[str, Any] = field(default_factory=dict)
    theirs: Mapping[str, tuple[int | None, str | None]] = field(default_factory=dict)

    @property
    def instants(self) -> tuple[int, ...]:
        """Every instant the row speaks of."""
        return (self.at, *(micros(event.at) for event in self.events))


IGNORED = "ignored"
LONGEST_NAME = 200


class RowReader:
    """Reads rows by a mapping; `facts` are those the policy declares."""

    def __init__(self, mapping: TableMapping, facts: Mapping[str, Variable]) -> None:
        self.mapping, self.known = mapping, facts
        self.values = Values(mapping.missing, mapping.instants)
        says = [say for say in mapping.says() if not mapping.submitted or say is not mapping.submitted.say]
        carried = [value.column for say in says for value in (say.by, *say.data.values()) if value]
        carried += [mapping.by.column] if mapping.by else []
        self.carried = tuple(dict.fromkeys(column for column in carried if column))
        self._read = {"events": self._event, "snapshots": self._snapshot, "tickets": self._ticket}[mapping.shape]

    def read(self, row: Row) -> Reading | Reject | str:
        """What a row says, why it cannot be used, or `IGNORED`."""
        ticket = ""
        try:
            if row.problem[0]:
                return Reject(row.number, row.line, "", *row.problem)
            if self.mapping.only and not self.values.fits(row.values, self.mapping.only):
                return IGNORED
            ticket = self.values.required(row.values, self.mapping.ticket)
            if len(ticket) > LONGEST_NAME:
                said = f"the ticket's name is longer than {LONGEST_NAME} characters"
                return Reject(row.number, row.line, ticket[:LONGEST_NAME], "bad_value", said)
            return self._read(row, ticket) or IGNORED
        except Unusable as problem:
            return Reject(row.number, row.line, ticket, problem.reason, problem.detail)

    def _event(self, row: Row, ticket: str) -> Reading | None:
        says = self.says(row.values)
        if not says:
            return self._silent(row, ticket)
        reading = self._begin(row, ticket, self.instant(row.values, self.mapping.at))
        begins = self.mapping.submitted.say.event if self.mapping.submitted else "submitted"
        events = []
        for index, say in enumerate(says):
            made = self.event(say, row.values, reading.at)
            follow = {} if index else {n: v for n, v in reading.facts.items() if self.mapping.facts[n].follow}
            fields = reading.facts if say.event == begins else follow
            events.append(Event(made.type, made.at, by=made.by, data=made.data, fields=fields))
        reading.events = tuple(events)
        return reading

    def _silent(self, row: Row, ticket: str) -> Reading | None:
        """A row without an event still tells of the submission where a column holds its instant."""
        if not self.mapping.submitted or not self.mapping.submitted.at:
            return None
        try:
            at = self.values.instant(row.values, self.mapping.at)
            return self._begin(row, ticket, self.instant(row.values, self.mapping.submitted.at) if at is None else at)
        except Unusable:
            return None

    def says(self, values: Mapping[str, Any]) -> tuple[Say, ...]:
        """The events that a row of the shape `events` says; none: it is left aside. Raises `Unusable`."""
        for case in self.mapping.cases:
            if self.values.fits(values, case.when):
                return case.says
        if self.mapping.type:
            text = self.values.value(values, self.mapping.type)
            if text is not None:
                return (Say(text),)
            if self.values.text(values, self.mapping.type.column) is not None:
                return ()
        nothing_listed = self.mapping.each and lookup(values, self.mapping.each[-1]) is None
        if self.mapping.unmatched == "ignore" or nothing_listed:
            return ()
        if self.mapping.type:
            raise Unusable("missing", f"`{self.mapping.type.column}` is empty")
        raise Unusable("unknown_value", f"no case of the mapping's `events` fits: {self._asked(values)}")

    def _asked(self, values: Mapping[str, Any]) -> str:
        """What a row has in the columns that the cases ask for."""
        asked = dict.fromkeys(column for case in self.mapping.cases for column in case.when)
        found = [(column, lookup(values, column)) for column in asked]
        return ", ".join(f"{column} {shorten(str(value))}" for column, value in found[:6] if value is not None)

    def _snapshot(self, row: Row, ticket: str) -> Reading:
        mapping, values = self.mapping, row.values
        reading = self._begin(row, ticket, self.instant(values, mapping.at))
        if mapping.state:
            text = self.values.required(values, mapping.state.column)
            reading.state = text.casefold()
            if reading.state not in mapping.state.enter:
                raise unlisted(mapping.state.column, text, mapping.state.enter)
        reading.seen = tuple(self.values.value(values, change.value) for change in mapping.changes)
        reading.kept = {column: self.values.text(values, column) for column in self.carried}
        reading.theirs = self._theirs(values)
        return reading

    def _ticket(self, row: Row, ticket: str) -> Reading:
        submitted = self.mapping.submitted
        if submitted is None:
            raise Unusable("missing", "nothing says when the ticket was submitted")
        reading = self._begin(row, ticket, self.instant(row.values, submitted.at))
        events = [self.event(submitted.say, row.values, reading.at, reading.facts)]
        for milestone in self.mapping.milestones:
            at = self._milestone(milestone, row.values, reading.at)
            if at is not None:
                events += [self.event(say, row.values, at) for say in milestone.says]
        reading.events = tuple(sorted(events, key=lambda event: event.at))
        reading.theirs = self._theirs(row.values)
        return reading

    def _milestone(self, milestone: Milestone, values: Mapping[str, Any], opened: int) -> int | None:
        if milestone.after:
            text = self.values.text(values, milestone.after)
            if text is None:
                return None
            after = opened + seconds_of(text, UNITS[milestone.unit]) * 1_000_000
            if after >= LATEST:
                said = f"`{shorten(milestone.after)}`: `{shorten(text)}` lies too far in the future"
                raise Unusable("bad_instant", said)
            return after
        at = self.values.instant(values, milestone.at)
        if at is not None and at < opened:
            said = f"`{milestone.at}` is {instant(at).isoformat()}, the submission {instant(opened).isoformat()}"
            raise Unusable("before_submission", said)
        return at

    def _begin(self, row: Row, ticket: str, at: int) -> Reading:
        mapping, values = self.mapping, row.values
        facts = {}
        for name, value in mapping.facts.items():
            found = self.values.fact(values, value, self.known[name].type)
            if found is not None:
                facts[name] = found
        opened = None
        if mapping.submitted and mapping.submitted.at:
            opened = self.instant(values, mapping.submitted.at)
        key = self.values.text(values, mapping.key) if mapping.key else None
        return Reading(row.number, row.line, ticket, at, key, opened, facts)

    def _theirs(self, values: Mapping[str, Any]) -> dict[str, tuple[int | None, str | None]]:
        return {
            metric: (
                self.values.instant(values, told.due) if told.due else None,
                self.values.value(values, told.verdict) if told.verdict else None,
            )
            for metric, told in self.mapping.compare.items()
        }

    def instant(self, values: Mapping[str, Any], column: str) -> int:
        """The instant in a column that must have one. Raises `Unusable`."""
        at = self.values.instant(values, column)
        if at is None:
            raise Unusable("missing", f"`{column}` is empty")
        return at

    def event(self, say: Say, values: Mapping[str, Any], at: int, fields: Mapping[str, Any] | None = None) -> Event:
        """An event of the mapping, with what it carries from a row. Raises `Unusable`."""
        doer = say.by or self.mapping.by
        by = self.values.value(values, doer) if doer else None
        carried = {name: self.values.value(values, value) for name, value in say.data.items()}
        data = {name: text for name, text in carried.items() if text is not None}
        return Event(say.event, instant(at), by=by or "", fields=fields or {}, data=data)
