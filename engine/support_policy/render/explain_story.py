"""What happened to a ticket, in order, in sentences: facts, what the clock brought, and who was told what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from support_policy.model.event import Event
from support_policy.render.sentences import plain, sentence, spaced, value
from support_policy.render.sentences_runs import addressed
from support_policy.ticket.explain_words import Explanation

Line = tuple[datetime, str, str]
"""(when, what, style)."""


def story(why: Explanation) -> list[Line]:
    """Every fact and every consequence that people notice; what is decided at one instant stays in its order."""
    lines = [line for event in why.events for line in _told(event)]
    # Whom levels tell, their firings say.
    effects = [told for told in why.told if told.name != "notify" or "timer" in told.about]
    lines += [(told.at, f"-> {_command(told.name, told.about, told.notify)}", "") for told in effects]
    lines.sort(key=lambda line: line[0].timestamp())
    return lines


def doer(by: str) -> str:
    """Who did it, after what was done: ` by the engineer`."""
    return " automatically" if by == "automatic" else f" by the {plain(by)}" if by else ""


def _told(event: Event) -> Iterator[Line]:
    if not event.engine or event.outcome:
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
    words, style = _WORDS.get(type, (_nothing, ""))
    return words(data), style


def _clock(data: Mapping[str, Any]) -> str:
    return spaced(data["metric"]) + (f" of {plain(data['team'])}" if data.get("team") else "")


def _run(data: Mapping[str, Any]) -> str:
    return spaced(data["chain"]) + (f" of {plain(data['team'])}" if data.get("team") else "")


def _level(data: Mapping[str, Any]) -> str:
    return f"escalation, {_run(data)} level {data['level']}"


def _nothing(_data: Mapping[str, Any]) -> str:
    return ""


def _told_level(data: Mapping[str, Any]) -> str:
    return f"{_level(data)}: told {addressed([(n['role'], n['to'] or '') for n in data['notify']])}"


def _started(data: Mapping[str, Any]) -> str:
    return f"{_clock(data)} begins, run {data['run']}" if data.get("run", 1) > 1 else ""


def _resumed(data: Mapping[str, Any]) -> str:
    return f"{_clock(data)} goes on" + (": the longest pause is over" if "stay" in data else "")


def _acknowledgement_over(data: Mapping[str, Any]) -> str:
    return "" if "reason" in data else f"escalation, {_run(data)}: the acknowledgement is over"


_WORDS: Mapping[str, tuple[Callable[[Mapping[str, Any]], str], str]] = {
    "clock_started": (_started, ""),
    "target_breached": (lambda data: f"{_clock(data)} missed", "bad"),
    "target_met": (lambda data: f"{_clock(data)} met", "good"),
    "target_met_late": (lambda data: f"{_clock(data)} done, after it was missed", "bad"),
    "target_withdrawn": (lambda data: f"{_clock(data)} withdrawn ({spaced(data['reason'])})", ""),
    "clock_paused": (lambda data: f"{_clock(data)} paused", "warn"),
    "clock_resumed": (_resumed, ""),
    "clock_moved": (lambda data: f"{_clock(data)} counts from the other ticket's submission", ""),
    "level_fired": (_told_level, "bad"),
    "level_withdrawn": (lambda data: f"{_level(data)} withdrawn ({spaced(data['reason'])})", ""),
    "level_voided": (lambda data: f"{_level(data)} undone: {plain(data['why'])}", "warn"),
    "chain_acknowledged": (lambda data: f"escalation, {_run(data)}: acknowledged, and stopped", ""),
    "acknowledgement_over": (_acknowledgement_over, "warn"),
    "timer_fired": (lambda data: f"timer {spaced(data['timer'])} goes off", ""),
    "timer_voided": (lambda data: f"timer {spaced(data['timer'])} undone: {plain(data['why'])}", "warn"),
    "policy_adopted": (lambda data: f"the version {plain(data['version'])} of the policy takes over", ""),
    "request_joined": (lambda _: "joins the request that waits for an answer", ""),
}
"""What records say to people, and in which style."""


def _command(name: str, about: Mapping[str, Any], notify: Sequence[tuple[str, str]]) -> str:
    people = addressed(notify)
    match name:
        case "notify":
            return f"timer {spaced(str(about.get('timer', '')))}: told {people}"
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
