"""The rows of one ticket to its history: put in order, told apart, compared with one another, checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from support_policy.batch.mapping import Change, Say, Submission
from support_policy.batch.mapping_values import Unusable
from support_policy.batch.replay_rows import Reading, Reject, RowReader
from support_policy.model.event import Event, instant
from support_policy.policy.compiled import Policy
from support_policy.ticket.facts import problems


@dataclass(slots=True)
class Told:
    """What the rows of a ticket say: events in order, the rows they came from, the rows that were not used."""

    ticket: str
    events: list[Event] = field(default_factory=list)
    used: list[Reading] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)


class Teller:
    """Tells tickets from their readings; `until` (microseconds since 1970) is the instant of evaluation."""

    def __init__(self, policy: Policy, reader: RowReader, until: int) -> None:
        self.policy, self.reader, self.until = policy, reader, until
        self.mapping = reader.mapping
        self.submission = self.mapping.submitted or Submission("", Say("submitted"))

    def tell(self, ticket: str, readings: list[Reading]) -> Told:
        """The history of one ticket. `readings` are in the file's order."""
        told = Told(ticket)
        late_in_file: set[int] = set()
        if self.mapping.shape != "tickets" and self.mapping.order == "at":
            late_in_file = set(_out_of_order(readings))
            readings = sorted(readings, key=lambda reading: reading.at)
        keys: set[Any] = set()
        rejected: set[str] = set()
        for reading in readings:
            try:
                events = self._one(told, reading, keys)
                self._check(events)
            except Unusable as problem:
                reject = Reject(reading.number, reading.line, ticket, problem.reason, problem.detail)
                told.rejects.append(reject)
                if reading.key is not None:
                    rejected.add(reading.key)
                continue
            self._remark(told, reading, rejected, unchanged=not events)
            keys.add(_key(reading))
            told.events += events
            told.remarks["reordered"] += reading.number in late_in_file
            told.used.append(reading)
        told.remarks = +told.remarks
        return told

    def _one(self, told: Told, reading: Reading, keys: set[Any]) -> list[Event]:
        previous = told.used[-1] if told.used else None
        first = told.used[0] if told.used else reading
        if self.mapping.shape == "tickets" and previous is not None:
            raise Unusable("duplicate", f"the ticket stands in row {previous.number} already")
        if _key(reading) in keys:
            what = f"the key `{reading.key}`" if reading.key is not None else "the same event"
            raise Unusable("duplicate", f"{what} stands in the ticket already")
        if reading.at > self.until:
            raise Unusable("future", f"{instant(reading.at).isoformat()}")
        began = first.opened if first.opened is not None else first.at
        if reading.at < began and (self.submission.at or self.mapping.order == "file"):
            said = f"{instant(reading.at).isoformat()}, submitted {instant(began).isoformat()}"
            raise Unusable("before_submission", said)
        if previous is not None and self.mapping.order == "file" and reading.at < previous.at:
            said = f"{instant(reading.at).isoformat()}, after {instant(previous.at).isoformat()}"
            raise Unusable("out_of_order", said)
        if self.mapping.shape == "snapshots":
            return list(self._changes(previous, reading))
        events = list(reading.events)
        if self.mapping.shape == "events" and previous is None and self.submission.at:
            events.insert(0, self._submitted(reading))
        return events

    def _submitted(self, reading: Reading) -> Event:
        at = reading.opened if reading.opened is not None else reading.at
        return self.reader.event(self.submission.say, reading.kept, at, reading.facts)

    def _changes(self, previous: Reading | None, reading: Reading) -> Iterator[Event]:
        """What a snapshot says that the one before it did not."""
        made: list[Event] = []
        if previous is None:
            yield self._submitted(reading)
        else:
            for change, old, new in zip(self.mapping.changes, previous.seen, reading.seen, strict=True):
                if counts(change, old, new):
                    event = self.reader.event(change.say, reading.kept, reading.at)
                    carried = {} if change.carry == "nothing" else {change.carry: new}
                    made.append(replace(event, data={**event.data, **carried}))
        made += [
            self.reader.event(say, reading.kept, reading.at)
            for say in self.moves(previous.state if previous else None, reading.state)
        ]
        fresh = self._followed(previous, reading) if previous is not None else {}
        if fresh and not made:
            made.append(self.reader.event(Say(self.mapping.updated_as), reading.kept, reading.at))
        if fresh:
            made[0] = replace(made[0], fields=fresh)
        yield from made

    def moves(self, old: str | None, new: str | None) -> tuple[Say, ...]:
        """The events that a change of state says; `old` is None for the first row of a ticket."""
        states = self.mapping.state
        if states is None or new is None or old == new:
            return ()
        for move in states.change:
            if (not move.from_ or old in move.from_) and (not move.to or new in move.to):
                return move.says
        return states.enter[new]

    def _followed(self, previous: Reading, reading: Reading) -> Mapping[str, Any]:
        return {
            name: reading.facts.get(name)
            for name, value in self.mapping.facts.items()
            if value.follow and reading.facts.get(name) != previous.facts.get(name)
        }

    def _check(self, events: list[Event]) -> None:
        for event in events:
            for path, _, message, help in problems(self.policy, event):
                named = not path or f"`{path[-1]}`" in message
                where = "" if named else ".".join(map(str, path)) + ": "
                raise Unusable("policy", f"{where}{message}" + (f"; {help}" if help else ""))

    def _remark(self, told: Told, reading: Reading, rejected: set[str], *, unchanged: bool) -> None:
        if unchanged:
            told.remarks["unchanged"] += 1
        if reading.key in rejected:
            told.remarks["repeated_key"] += 1
        if self.mapping.sequence and told.used:
            before, now = told.used[-1].key or "", reading.key or ""
            if before.isdecimal() and now.isdecimal() and int(now[:18]) > int(before[:18]) + 1:
                told.remarks["gap"] += 1


def _out_of_order(readings: Iterable[Reading]) -> Iterator[int]:
    """The numbers of the rows that stand after a younger one."""
    latest = 0
    for reading in readings:
        if reading.at < latest:
            yield reading.number
        latest = max(latest, reading.at)


def _key(reading: Reading) -> Any:
    """What two rows of a ticket that say the same have in common; never equal for snapshots without a key."""
    if reading.key is not None:
        return reading.key
    if not reading.events:
        return reading.number
    return tuple(
        (e.type, e.at, e.by, str(sorted(e.fields.items())), str(sorted(e.data.items()))) for e in reading.events
    )


def counts(change: Change, old: str | None, new: str | None) -> bool:
    """Whether a watched value changed in the way that counts."""
    if new is None or old == new:
        return False
    if change.when == "appears":
        return old is None
    if change.when == "increases":
        try:
            return float(new) > float(old or 0)
        except ValueError:
            raise Unusable("bad_value", f"`{change.value.column}`: `{new[:60]}` is no number") from None
    return True
