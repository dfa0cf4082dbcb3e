"""A ticket's history as data (the JSON of `evaluate`): read into events, every problem with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from support_policy.kernel.facts import is_unicode
from support_policy.model.event import NOTHING, Event, content, listless
from support_policy.policy.compiled import Policy
from support_policy.policy.names import CARRIED
from support_policy.source.diagnostics import Diagnostic, PolicyError, did_you_mean
from support_policy.source.span import Span
from support_policy.source.words import parse_instant
from support_policy.ticket.facts import Path, Problem, problems

_TEXTS = ("type", "by", "actor", "on_behalf_of", "id")
_KEYS = ("at", "fields", "recorded_at", *_TEXTS)
MAX_EVENTS = 100_000


@dataclass(frozen=True, slots=True)
class History:
    """A ticket and its events, in order of arrival."""

    ticket: str
    events: tuple[Event, ...]


class HistoryError(PolicyError):
    """A history that cannot be read. `problems` lists (path, code, message, help) beside the diagnostics."""

    def __init__(self, found: list[Problem], file: str = "<history>") -> None:
        self.problems = tuple(found)
        super().__init__(
            Diagnostic(code, "error", f"{_spoken(path)}: {message}" if path else message, Span(file), help)
            for path, code, message, help in found
        )


def _spoken(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read_history(policy: Policy, data: object) -> History:
    """A history from plain data: `{"ticket": text, "events": [{"at", "type", ...}, ...]}`. Raises `HistoryError`."""
    if isinstance(data, History):
        return data
    found: list[Problem] = []
    if not isinstance(data, Mapping):
        raise HistoryError([((), "E410", "a history is an object with `ticket` and `events`", "")])
    found += _unknown_keys(data, ("ticket", "events"), ())
    ticket = data.get("ticket")
    if not isinstance(ticket, str) or not ticket:
        found.append((("ticket",) if "ticket" in data else (), "E412", "`ticket` is a text such as `VS-1001`", ""))
    else:
        found += _text(data, "ticket", ())
    raw = data.get("events")
    events: list[Event] = []
    ids: dict[str, Event] = {}
    if not isinstance(raw, list):
        found.append((("events",) if "events" in data else (), "E413", "`events` is a list of events", ""))
    elif len(raw) > MAX_EVENTS:
        found.append((("events",), "E413", f"more than {MAX_EVENTS:,} events", "one history is one ticket"))
    else:
        carried = carried_keys(policy)
        for index, item in enumerate(raw):
            event = _event(policy, item, ("events", index), carried, found)
            if event is not None:
                events.append(event)
                found += _taken(event, index, ids)
    if found:
        raise HistoryError(found)
    return History(str(ticket), tuple(events))


def read_event(policy: Policy, data: object) -> Event:
    """One event from plain data, in the form a history holds it. Raises `HistoryError` with every problem."""
    found: list[Problem] = []
    event = _event(policy, data, (), carried_keys(policy), found)
    if event is None or found:
        raise HistoryError(found, "<event>")
    return event


def carried_keys(policy: Policy) -> Mapping[str, bool]:
    """What events may carry beside their fields, and whether it is a text wherever it is declared."""
    moves = (move for table in policy.tables.values() for edges in table.moves.values() for move in edges)
    names = dict.fromkeys((*CARRIED, *(name for move in moves for name in move.requires)), True)
    for words in policy.text.events.values():
        for name, variable in words.carries.items():
            names[name] = names.get(name, True) and variable.type == "string"
        names |= {name: True for name in words.requires if name not in names}
    return names


def _taken(event: Event, index: int, ids: dict[str, Event]) -> list[Problem]:
    """An event may come twice under its id, but not as another one."""
    if not event.id or content(ids.setdefault(event.id, event)) == content(event):
        return []
    said = f"the id `{event.id[:60]}` is taken by an event with other content"
    return [(("events", index, "id"), "E407", said, "send a correction as an event of its own, under a new id")]


def _unknown_keys(data: Mapping[Any, Any], known: tuple[str, ...], path: Path) -> list[Problem]:
    keys = [str(key) for key in data if key not in known]
    return [((*path, key), "E411", "this key is not known", did_you_mean(key, known)) for key in keys]


def _text(data: Mapping[str, Any], key: str, path: Path) -> list[Problem]:
    value = data.get(key)
    if value is None or (isinstance(value, str) and is_unicode(value)):
        return []
    said = "is not valid Unicode: it holds half of a surrogate pair" if isinstance(value, str) else "is a text"
    return [((*path, key), "E415", f"`{key}` {said}", "")]


def _event(policy: Policy, data: object, path: Path, carried: Mapping[str, bool], found: list[Problem]) -> Event | None:
    if not isinstance(data, Mapping):
        found.append((path, "E414", "an event is an object with `at` and `type`", ""))
        return None
    before = len(found)
    found += _unknown_keys(data, (*_KEYS, *carried), path)
    for key in (*_TEXTS, *(name for name, text in carried.items() if text)):
        found += _text(data, key, path)
    if not data.get("type"):
        found.append(((*path,), "E414", "`type` is missing", "one of the policy's event types"))
    at = _instant(data, "at", path, found)
    recorded = _instant(data, "recorded_at", path, found) if data.get("recorded_at") is not None else None
    fields = NOTHING if data.get("fields") is None else data["fields"]
    if not isinstance(fields, Mapping):
        found.append(((*path, "fields"), "E415", "`fields` is an object of facts", ""))
    if len(found) > before or at is None:
        return None
    event = Event(
        type=data["type"],
        at=at,
        recorded_at=recorded,
        by=data.get("by") or "",
        actor=data.get("actor") or "",
        on_behalf_of=data.get("on_behalf_of") or "",
        id=data.get("id") or "",
        fields=listless(fields),
        data=listless({key: data[key] for key in carried if data.get(key) is not None}),
    )
    found += [((*path, *p), c, m, h) for p, c, m, h in problems(policy, event)]
    return event


def _instant(data: Mapping[str, Any], key: str, path: Path, found: list[Problem]) -> datetime | None:
    value = data.get(key)
    if isinstance(value, datetime):
        read: datetime | str = value if value.tzinfo else "the instant has no offset from UTC"
    elif isinstance(value, str):
        read = parse_instant(value)
    else:
        read = "write an instant as `2026-03-02T10:00:00-08:00`"
    if isinstance(read, str):
        place = (*path, key) if key in data else path
        found.append((place, "E402", f"`{key}` is no instant" if key in data else f"`{key}` is missing", read))
        return None
    return read.astimezone(UTC)
