"""A ticket's history as data (the JSON of `evaluate`): read into events, every problem with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from support_policy.model.event import NOTHING, Event
from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import Diagnostic, PolicyError, did_you_mean
from support_policy.source.span import Span
from support_policy.source.words import parse_instant
from support_policy.ticket.facts import Path, Problem, problems

CARRIED = ("to", "reason", "via", "team", "into", "text")
"""What an event may carry beside its fields."""
_TEXTS = ("type", "by", "actor", "on_behalf_of", "id", *CARRIED)
_KEYS = ("at", "type", "fields", "recorded_at", "by", "actor", "on_behalf_of", "id", *CARRIED)
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
    raw = data.get("events")
    events: list[Event] = []
    if not isinstance(raw, list):
        found.append((("events",) if "events" in data else (), "E413", "`events` is a list of events", ""))
    elif len(raw) > MAX_EVENTS:
        found.append((("events",), "E413", f"more than {MAX_EVENTS:,} events", "one history is one ticket"))
    else:
        for index, item in enumerate(raw):
            event = _event(policy, item, ("events", index), found)
            if event is not None:
                events.append(event)
    if found:
        raise HistoryError(found)
    return History(str(ticket), tuple(events))


def _unknown_keys(data: Mapping[Any, Any], known: tuple[str, ...], path: Path) -> list[Problem]:
    keys = [str(key) for key in data if key not in known]
    return [((*path, key), "E411", "this key is not known", did_you_mean(key, known)) for key in keys]


def _event(policy: Policy, data: object, path: Path, found: list[Problem]) -> Event | None:
    if not isinstance(data, Mapping):
        found.append((path, "E414", "an event is an object with `at` and `type`", ""))
        return None
    before = len(found)
    found += _unknown_keys(data, _KEYS, path)
    for key in _TEXTS:
        value = data.get(key)
        if value is not None and not isinstance(value, str):
            found.append(((*path, key), "E415", f"`{key}` is a text", ""))
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
        fields={str(k): tuple(v) if isinstance(v, list) else v for k, v in fields.items()},
        data={key: data[key] for key in CARRIED if data.get(key) is not None},
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
