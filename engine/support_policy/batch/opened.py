"""What tickets are promised the moment they are submitted, for a whole table of them: priorities and due instants.

Equal, ticket by ticket, to what `evaluate` says as of the submission: the engine itself decides one ticket of each kind
(`opened_kinds.py`), and the others of the kind follow it, their due instants by their calendars (`opened_ticket.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from support_policy.batch.event_checks import check_schema, unusable
from support_policy.batch.opened_answers import ALONE, UNKNOWN, UNREADABLE, Answers
from support_policy.batch.opened_codes import Codes, Flags, Instants, TooMany, distinct
from support_policy.batch.opened_kinds import numbers
from support_policy.batch.opened_ticket import NEVER_BEGAN, NOT_DECIDED, Opened, due_columns, opened
from support_policy.batch.schema import CODED, DATA, FACT, INSTANT
from support_policy.model.event import Event, instant, listless
from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import did_you_mean

CHUNK = 65_536
PLACE = "<tickets>"
"""Tickets that are decided together: what is made of them stays within a processor's cache."""
_FIRST, _LAST = -2_208_988_800_000_000, 7_289_654_400_000_000
"""From 1900 up to 2201: the instants that the engine understands."""
SAID = ("priority", "assessed_priority", "assessed_by", "office", "error")


def promise_table(policy: Policy, tickets: pa.Table | pa.RecordBatch) -> pa.Table:
    """Priority and due instants of tickets that have only just been submitted: one row each, in their order.

    In: `ticket`, `at` (timestamp[us, UTC]), `fact.NAME`; `type`, `by` and `data.NAME` as in tables of events, if there
    are any (without `type`: the event that begins a ticket). Out: `promise_schema`. Raises `PolicyError` for a column
    of a fact that the policy does not declare,
    for want of `ticket` or `at`, and for instants without a time zone.
    """
    return Promises(policy, tickets.schema).table(tickets)


def promise_schema(policy: Policy, tickets: pa.Schema) -> pa.Schema:
    """`ticket` as it is given, then `priority`, `assessed_priority`, `assessed_by` (a rule), `office`, `error`, dues.

    `error` is null, or why there is nothing else: `never_began` (the workflow does not begin so) or `not_decided` (the
    policy cannot read it). The dues are `METRIC.due_at` and `CHAIN.N.due_at`, see `due_columns`.
    """
    fields = [("ticket", tickets.field("ticket").type), *((name, CODED) for name in SAID)]
    return pa.schema([*fields, *((name, INSTANT) for name in due_columns(policy))])


class Promises:
    """`promise_table` for many tables of one schema; it remembers the kinds of tickets it has seen. For one thread."""

    def __init__(self, policy: Policy, schema: pa.Schema) -> None:
        self.by_rows = 0
        """Tickets decided one by one."""
        used = list(_used(policy, schema))
        self.schema = promise_schema(policy, schema)
        self._policy = policy
        self._first = _beginning(policy)
        self._numbers = numbers(policy, used)
        self._answers = Answers(_words(policy), due_columns(policy))

    def table(self, tickets: pa.Table | pa.RecordBatch) -> pa.Table:
        """See `promise_table`."""
        whole = pa.Table.from_batches([tickets]) if isinstance(tickets, pa.RecordBatch) else tickets
        made = [self.batch(batch) for batch in whole.to_batches(max_chunksize=CHUNK)]
        return pa.Table.from_batches(made, self.schema)

    def batch(self, tickets: pa.RecordBatch) -> pa.RecordBatch:
        """The same for so many tickets as are decided together."""
        at, readable = _instants(tickets.column("at"))
        kinds = self._kinds(tickets, at, readable)
        try:
            made = self._made(tickets, at, kinds)
        except OverflowError:
            # Somewhere in time no calendar knows: which tickets that is about is found one by one.
            made = self._made(tickets, at, np.full(len(at), ALONE, np.intp))
        return pa.RecordBatch.from_arrays([tickets.column("ticket"), *made], schema=self.schema)

    def _made(self, tickets: pa.RecordBatch, at: Instants, kinds: Codes) -> list[pa.Array]:
        rows = np.flatnonzero(kinds == ALONE).tolist() if kinds.min(initial=0) <= ALONE else []
        alone = {row: self._engine(tickets, row, int(at[row])) for row in rows}
        made = [*self._answers.said(kinds, alone), *self._answers.dues(kinds, at, alone)]
        self.by_rows += len(alone)
        return made

    def _kinds(self, tickets: pa.RecordBatch, at: Instants, readable: Flags | None) -> Codes:
        try:
            number, same = self._numbers.of(tickets, at)
        except TooMany:
            kinds = np.full(len(at), ALONE, np.intp)
        else:
            if not same:
                self._answers.forget(self._numbers.bits)
            kinds = self._met(tickets, at, number, readable)
        if readable is not None:
            kinds[~readable] = UNREADABLE
        return kinds

    def _met(self, tickets: pa.RecordBatch, at: Instants, number: Codes, readable: Flags | None) -> Codes:
        """The kinds of tickets, the engine asked about one of each that was not met before."""
        kinds = self._answers.of(number)
        if kinds.min(initial=0) >= 0:
            return kinds
        unknown = kinds == UNKNOWN
        if readable is not None:
            unknown &= readable
        if not unknown.any():
            return kinds
        rows = np.flatnonzero(unknown)
        met, first = distinct(number[rows])
        pairs = zip(met, rows[first].tolist(), strict=True)
        self._answers.learn({one: self._engine(tickets, row, int(at[row])) for one, row in pairs})
        return self._answers.of(number)

    def _engine(self, tickets: pa.RecordBatch, row: int, at: int) -> Opened:
        given = {name: tickets.column(name)[row].as_py() for name in tickets.schema.names if name != "at"}
        fields = {n.removeprefix(FACT): value for n, value in given.items() if n.startswith(FACT) and value is not None}
        data = {n.removeprefix(DATA): value for n, value in given.items() if n.startswith(DATA) and value is not None}
        type, by = given.get("type") or self._first[0], given.get("by") or self._first[1]
        event = Event(type, instant(at), by=by, fields=listless(fields), data=listless(data))
        return opened(self._policy, str(given["ticket"]), event, at)


def _instants(at: pa.Array) -> tuple[Instants, Flags | None]:
    """Instants in microseconds, and which of them the engine understands (None: all); the others are 1970."""
    # What is finer than a microsecond is no part of an instant here.
    whole = (at if at.type == INSTANT else at.cast(INSTANT, safe=False)).view(pa.int64())
    found: Instants = (whole.fill_null(_FIRST - 1) if whole.null_count else whole).to_numpy()
    if not len(found) or (found.min() >= _FIRST and found.max() < _LAST):
        return found, None
    readable = (found >= _FIRST) & (found < _LAST)
    return np.where(readable, found, 0), readable


def _beginning(policy: Policy) -> tuple[str, str]:
    """The event that begins a ticket, and who gives it where only some may."""
    begins = tuple(policy.life.exits(policy.life.initial))
    type = "submitted" if "submitted" in begins or not begins else str(begins[0])
    words = policy.text.events.get(type)
    return type, str(words.by[0]) if words and words.by else ""


def _used(policy: Policy, schema: pa.Schema) -> Iterator[str]:
    """The names of columns that decisions hang on. Raises `PolicyError` for a table that no policy can read."""
    versions = policy.line.versions or (policy,)
    facts = dict.fromkeys(str(fact) for version in versions for fact in version.facts)
    check_schema(schema, ("ticket", "at"), PLACE)
    for name in schema.names:
        fact = name.removeprefix(FACT)
        if name.startswith(FACT) and fact not in facts:
            said = f"the column `{name}` is of no fact that the policy declares"
            raise unusable("M511", said, did_you_mean(fact, facts), PLACE)
        if name.startswith((FACT, DATA)) or name in ("type", "by"):
            yield name


def _words(policy: Policy) -> dict[str, list[str]]:
    """The texts that each column may hold."""
    versions = policy.line.versions or (policy,)
    priorities = list(dict.fromkeys(str(name) for version in versions for name in version.text.priorities))
    rules = [version.rules["priority"].words for version in versions if "priority" in version.rules]
    offices = dict.fromkeys(str(name) for version in versions for name in version.text.offices)
    return {
        "priority": priorities,
        "assessed_priority": priorities,
        "assessed_by": list(dict.fromkeys(str(rule.id) for some in rules for rule in some)),
        "office": list(offices),
        "error": [NEVER_BEGAN, NOT_DECIDED],
    }
