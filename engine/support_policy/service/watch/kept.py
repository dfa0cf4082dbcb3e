"""Reasons and commands as plain JSON data that gives them back whole: what a stored decision says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from support_policy.model.event import Because, Command, Seen
from support_policy.source.span import Span

Json = Mapping[str, Any]


def kept_reason(reason: Because) -> Json:
    """A reason as it is kept."""
    made: dict[str, Any] = {"rule": str(reason.rule), "at": _place(reason.span), "says": str(reason.says)}
    if reason.clause:
        made["clause"] = list(map(str, reason.clause))
    if not reason.held:
        made["held"] = False
    if reason.seen:
        made["seen"] = [_kept_seen(seen) for seen in reason.seen]
    return made


def reason_of(data: Json) -> Because:
    """The reason that was kept."""
    seen = tuple(_seen_of(one) for one in data.get("seen", ()))
    clause = tuple(data.get("clause", ()))
    return Because(data["rule"], _span(data["at"]), clause, data["says"], data.get("held", True), seen)


def kept_command(command: Command) -> Json:
    """A command as it is kept."""
    return {
        "name": command.name,
        "key": command.key,
        "at": command.at.isoformat(),
        "notify": [list(told) for told in command.notify],
        "about": dict(command.about),
    }


def command_of(data: Json) -> Command:
    """The command that was kept."""
    notify = tuple((role, to) for role, to in data["notify"])
    return Command(data["name"], data["key"], datetime.fromisoformat(data["at"]), notify, data["about"])


def _kept_seen(seen: Seen) -> Json:
    value = list(seen.value) if isinstance(seen.value, tuple) else seen.value
    saw = list(seen.seen) if isinstance(seen.seen, tuple) else seen.seen
    return {
        "name": str(seen.name),
        "operator": str(seen.operator),
        "value": value,
        "seen": saw,
        "held": seen.held,
        "at": _place(seen.span),
    }


def _seen_of(data: Json) -> Seen:
    value, saw = (tuple(v) if isinstance(v, list) else v for v in (data["value"], data["seen"]))
    return Seen(data["name"], data["operator"], value, saw, data["held"], _span(data["at"]))


def _place(span: Span) -> list[Any]:
    return [span.file, span.line, span.column]


def _span(place: list[Any]) -> Span:
    return Span(*place)
