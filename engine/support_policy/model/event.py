"""Events (facts and the engine's own records), commands, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from support_policy.source.span import NOWHERE, Span

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NOTHING: Mapping[str, Any] = MappingProxyType({})
RETOLD = "refolded"
"""The record of a retelling: its `events` are events themselves."""
_TEXTS = ("by", "actor", "on_behalf_of", "id")


def micros(instant: datetime) -> int:
    """An aware instant as whole microseconds since 1970 in UTC: what is compared and subtracted."""
    return (instant - EPOCH) // MICROSECOND


def instant(us: int) -> datetime:
    """Microseconds since 1970 as an aware datetime in UTC."""
    return EPOCH + timedelta(microseconds=us)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a ticket.

    `at`: when it happened, as claimed; `recorded_at`: when we learned of it; both aware. `by` is a role, `actor` the
    authenticated principal, `on_behalf_of` whom it acted for; `id` makes sending it twice harmless. `fields` are
    facts of the ticket it sets (texts, numbers, booleans, tuples of texts); `data` is what else it carries (`to`,
    `reason`, `via`, `team`; for the engine's own records whatever they record). `engine` marks the engine's own
    records, and what a timer of a workflow had happen by itself (`by` automatic, with an outcome). `outcome` says what
    became of a fact, `why` the reason.
    """

    type: str
    at: datetime
    recorded_at: datetime | None = None
    by: str = ""
    actor: str = ""
    on_behalf_of: str = ""
    id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    engine: bool = False
    outcome: Literal["", "accepted", "refused", "late"] = ""
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """The event as plain JSON data; empty parts are left out. `from_json` gives it back, whatever it holds."""
        made: dict[str, Any] = {"at": self.at.isoformat(), "type": self.type}
        if self.recorded_at is not None:
            made["recorded_at"] = self.recorded_at.isoformat()
        for name in (*_TEXTS, "outcome", "why"):
            if getattr(self, name):
                made[name] = getattr(self, name)
        if self.fields:
            made["fields"] = dict(self.fields)
        if self.engine:
            made["engine"] = True
        made |= self.data
        if self.engine and self.type == RETOLD:
            made["events"] = [event.as_json() for event in self.data["events"]]
        return made

    @classmethod
    def from_json(cls, data: object) -> Event:
        """The event that `as_json` wrote, also after its way through JSON text: a log can be stored and folded again.

        Reads the events of a history too, unchecked: `decide` checks them. Raises ValueError for what is no event.
        """
        if not isinstance(data, (dict, Mapping)) or not isinstance(data.get("type"), str):
            raise ValueError("an event is an object with `at` and `type`")  # noqa: TRY004 - a fault of the data
        # Logs are read for most decisions: what is to be kept of one is copied once, and taken apart.
        rest = dict(data)
        type = rest.pop("type")
        at, recorded = _read(rest, "at"), None if rest.get("recorded_at") is None else _read(rest, "recorded_at")
        del rest["at"]
        rest.pop("recorded_at", None)
        if rest.pop("engine", None):
            if type == RETOLD:
                rest["events"] = tuple(map(cls.from_json, rest.get("events", ())))
            # What happened by itself has an outcome, as facts have; a record has none.
            itself = rest.get("outcome") in ("accepted", "refused")
            told: dict[str, Any] = {name: rest.pop(name, "") for name in ("by", "outcome", "why")} if itself else {}
            return cls(type, at, recorded, data=rest, engine=True, **told)
        fields, outcome = rest.pop("fields", None), rest.pop("outcome", "")
        fields = {} if fields is None else fields
        if not isinstance(fields, Mapping) or outcome not in ("", "accepted", "refused", "late"):
            raise ValueError(f"this is no event: its fields are {fields!r:.60}, its outcome {outcome!r:.60}")
        texts: dict[str, Any] = {name: rest.pop(name, None) or "" for name in (*_TEXTS, "why")}
        return cls(type, at, recorded, **texts, fields=listless(fields), data=rest, outcome=outcome)


def content(event: Event) -> tuple[Any, ...]:
    """What two events under one id must agree in: all but when they were learned, and what became of them."""
    return (event.type, event.at, event.by, event.actor, event.on_behalf_of, dict(event.fields), dict(event.data))


def listless(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with every list as a tuple, so that what JSON made of them equals what it was made of."""
    return {str(name): tuple(value) if isinstance(value, list) else value for name, value in fields.items()}


def _read(data: Mapping[str, Any], key: str) -> datetime:
    try:
        read = datetime.fromisoformat(data[key])
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"`{key}` of an event is an instant such as `2026-03-02T10:00:00-08:00`") from None
    if read.tzinfo is None:
        raise ValueError(f"`{key}` of an event has no offset from UTC")
    return read


@dataclass(frozen=True, slots=True)
class Due:
    """The news that the clock has reached `instant` (aware): everything due at or before it happens."""

    instant: datetime


@dataclass(frozen=True, slots=True)
class Command:
    """An effect to perform after the decision is stored: at least once, under `key`.

    `name` is one of `notify`, `notify_again`, `advise_clarification`, `flag`, `triage`, `tell_customer`. `notify` lists
    (role, address) pairs; an address is empty when nobody fills the role. `about` says what it is for.
    """

    name: str
    key: str
    at: datetime
    notify: tuple[tuple[str, str], ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The command as plain JSON data."""
        told = [{"role": role, "to": to or None} for role, to in self.notify]
        return {"command": self.name, "key": self.key, "at": self.at.isoformat(), "notify": told, **self.about}


@dataclass(frozen=True, slots=True)
class Seen:
    """A condition as it stood for a ticket: the value seen (None: missing), and whether it held."""

    name: str
    operator: str
    value: Any
    seen: Any
    held: bool
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Because:
    """A reason: the rule (or target, level, transition, assumption), where it is written, the clause it follows from.

    `held` is False for a rule that did not fire; `seen` are then the conditions that stood in the way.
    """

    rule: str
    span: Span
    clause: tuple[str, ...] = ()
    says: str = ""
    held: bool = True
    seen: tuple[Seen, ...] = ()

    def as_json(self) -> list[dict[str, Any]]:
        """The reason as plain JSON data: one row for each clause it follows from, or one without any."""
        place = {"file": self.span.file, "line": self.span.line, "column": self.span.column}
        return [
            {"rule": self.rule, **place, "clause": str(clause) if clause else None, "says": self.says}
            for clause in self.clause or (None,)
        ]


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from an event: the records to append, the effects to perform, and why.

    `events` holds the fact itself (with its outcome) and the engine's records, in the order they happen.
    `digest` names the policy; `versions` the libraries that its business time came from.
    """

    events: tuple[Event, ...] = ()
    commands: tuple[Command, ...] = ()
    because: tuple[Because, ...] = ()
    digest: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
