"""What happened to a ticket, in order, in sentences: facts, what the clock brought, and who was told what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from support_policy.model.event import Event
from support_policy.render.sentences import listed, plain, sentence, spaced, value
from support_policy.ticket.explain_words import Explanation

Line = tuple[datetime, str, str]
"""(when, what, style)."""


def story(why: Explanation) -> list[Line]:
    """Every fact and every consequence that people notice; what is decided at one instant stays in its order."""
    lines = [line for event in why.events for line in _told(event)]
    effects = [told for told in why.told if told.name != "notify"]
    lines += [(told.at, f"-> {_command(told.name, told.about, told.notify)}", "") for told in effects]
    lines.sort(key=lambda line: line[0].timestamp())
    return lines


def doer(by: str) -> str:
    """Who did it, after what was done: ` by the engineer`."""
    return " automatically" if by == "automatic" else f" by the {plain(by)}" if by else ""


def _told(event: Event) -> Iterator[Line]:
    if not event.engine:
        yield event.at, *_fact(event)
        return
    if event.type == "level_voided":
        # It was sent before it was known to be in vain: it happened, though no telling since makes it happen.
        yield datetime.fromisoformat(event.data["fired_at"]), "-> " + _record("level_fired", event.data)[0], "bad"
    says, style = _record(event.type, event.data)
    if says:
        yield event.at, f"-> {says}", style


def _fact(event: Event) -> tuple[str, str]:
    who = doer(event.by) if event.by not in event.type else ""
    carried = [f"{plain(key)} {value(item)}" for key, item in event.data.items()]
    fields = [f"{plain(key, 60)} {value(item)}" for key, item in event.fields.items()]
    said = sentence(spaced(event.type)) + who
    more = ", ".join([*carried, *fields])
    if event.outcome == "refused":
        return f"NOT ALLOWED, changes nothing: {plain(event.type)}{who}. Why: {plain(event.why)}", "warn"
    return f"{said}: {more}" if more else said, ""


def _record(type: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """A record in words and its style; empty for those that say nothing to people."""
    match type:
        case "target_breached":
            return f"{spaced(data['metric'])} missed", "bad"
        case "target_met":
            return f"{spaced(data['metric'])} met", "good"
        case "target_met_late":
            return f"{spaced(data['metric'])} done, after it was missed", "bad"
        case "target_withdrawn":
            return f"{spaced(data['metric'])} withdrawn ({spaced(data['reason'])})", ""
        case "clock_paused":
            return f"{spaced(data['metric'])} paused", "warn"
        case "clock_resumed":
            return f"{spaced(data['metric'])} goes on", ""
        case "level_fired":
            people = [f"{spaced(n['role'])} <{plain(n['to'])}>" if n["to"] else f"{spaced(n['role'])} (nobody fills it)"
                      for n in data["notify"]]  # fmt: skip
            return f"escalation, {spaced(data['chain'])} level {data['level']}: told {listed(people)}", "bad"
        case "level_withdrawn":
            return f"escalation, {spaced(data['chain'])} level {data['level']} withdrawn ({spaced(data['reason'])})", ""
        case "level_voided":
            return f"escalation, {spaced(data['chain'])} level {data['level']} undone: {plain(data['why'])}", "warn"
        case "request_joined":
            return "joins the request that waits for an answer", ""
    return "", ""


def _command(name: str, about: Mapping[str, Any], notify: Sequence[tuple[str, str]]) -> str:
    people = listed(
        [f"{spaced(role)} <{plain(to)}>" if to else f"{spaced(role)} (nobody fills it)" for role, to in notify]
    )
    match name:
        case "tell_customer":
            return f"the customer is told: {spaced(str(about.get('about', '')))}"
        case "advise_clarification":
            return f"advice to {people}: {plain(about.get('says', ''))}"
        case "flag":
            return f"flagged for {people}: {plain(about.get('says', ''))}"
        case "triage":
            return f"to be triaged by {people}"
        case "notify_again":
            return f"told again, {spaced(str(about.get('chain', '')))} level {about.get('level', '')}: {people}"
    return f"{spaced(name)}: {people}"
