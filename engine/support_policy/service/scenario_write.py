"""A history as a scenario file: what happened, and what the policy made of it at every instant of interest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from support_policy.kernel.facts import check_fact
from support_policy.model.condition import Variable
from support_policy.model.event import Event
from support_policy.policy.compiled import Policy
from support_policy.service.scenario_edit import yaml_text
from support_policy.service.scenario_look import written
from support_policy.service.scenario_names import Names, organization_of
from support_policy.service.scenario_run import run_file
from support_policy.service.scenario_seen import SINGLE, Seen
from support_policy.service.scenario_text import EVENT_TEXTS, NONE
from support_policy.service.scenario_walk import Walk
from support_policy.service.scenario_when import Place, place_of
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span
from support_policy.ticket.history import History

HEADER = "# yaml-language-server: $schema=../../.schema/scenario.json"
_PLACES = {"at", "type", "recorded", "fields", *EVENT_TEXTS}


def as_scenario(policy: Policy, history: History, at: datetime, *, to_the_end: bool = False) -> str:
    """The YAML of a scenario that passes under `policy`: events known by `at`, and what is seen meanwhile.

    Expected is what is seen at first, when something falls due or fires, and when the last event becomes known; where
    `to_the_end`, at `at` too. Raises `PolicyError` when there is nothing to tell.
    """
    ordered = tuple(sorted((event for event in history.events if known(event) <= at), key=known))
    if not ordered:
        raise _cannot("nothing has happened to this ticket yet", "name a later instant with --at")
    place = place_of(policy, "", organization_of(ordered))
    start = min(event.at for event in ordered)
    walk = Walk(policy, History(history.ticket, ordered))
    lines = [
        HEADER,
        "scenarios:",
        f"  - scenario: {yaml_text(f'The ticket {history.ticket}')}",
        f"    start: {place.spelt(start)}",
        f"    ticket: {yaml_text(history.ticket)}",
        "    events:",
        *(f"      - {{{', '.join(_event(policy, event, place, start))}}}" for event in ordered),
        "    expect:",
    ]
    before: Seen | None = None
    first, *_, last = [known(ordered[0]), *map(known, ordered)]
    instants = sorted({first, last, *_instants(walk.at(at)), *([at] if to_the_end else [])})
    for moment in instants:
        seen = walk.at(moment)
        lines += _expectation(seen, before, place, first=before is None, last=moment == instants[-1])
        before = seen
    text = "\n".join(lines) + "\n"
    ran = run_file(policy, text, "<scenario>")
    if ran.failed:
        why = ran.failed[0].failures[0].miss.why[0]
        raise _cannot(f"this history cannot be told as a scenario: {why}", "write one by hand")
    return text


def known(event: Event) -> datetime:
    """When an event becomes known."""
    return max(event.recorded_at or event.at, event.at)


def _cannot(said: str, help: str) -> PolicyError:
    return PolicyError([Diagnostic("T610", "error", said, Span("--scenario"), help)])


def _instants(seen: Seen) -> Iterator[datetime]:
    """The instants of interest: when something fired or was missed, and when what was met in time was due."""
    for record in (*seen.fired.values(), *seen.breached.values()):
        yield known(record)
    for row in seen.report["targets"]:
        if row["due_at"]:
            due = datetime.fromisoformat(row["due_at"]).astimezone(UTC)
            if due <= seen.at:
                yield due


def _at(place: Place, at: datetime, start: datetime) -> str:
    return "start" if at == start else place.spelt(at)


def _event(policy: Policy, event: Event, place: Place, start: datetime) -> Iterator[str]:
    yield f"at: {_at(place, event.at, start)}"
    if event.recorded_at is not None and event.recorded_at != event.at:
        yield f"recorded: {_at(place, event.recorded_at, start)}"
    yield f"type: {yaml_text(event.type)}"
    for name in EVENT_TEXTS:
        if getattr(event, name):
            yield f"{name}: {yaml_text(getattr(event, name))}"
    yield from (f"{name}: {yaml_text(str(value))}" for name, value in event.data.items())
    apart: dict[str, str] = {}
    for name, value in event.fields.items():
        said = _value(policy.facts[name], value)
        if name in _PLACES or name in Names(policy).carried:
            apart[name] = said
        else:
            yield f"{name}: {said}"
    if apart:
        yield f"fields: {{{', '.join(f'{name}: {said}' for name, said in apart.items())}}}"


def _value(variable: Variable, value: object) -> str:
    """The value of a fact as a scenario writes it."""
    if value is None:
        return "null"
    if isinstance(value, tuple):
        return f"[{', '.join(yaml_text(str(item)) for item in value)}]"
    return (
        str(value) if variable.type == "numeric" and check_fact(variable, value) is None else yaml_text(written(value))
    )


def _expectation(seen: Seen, before: Seen | None, place: Place, *, first: bool, last: bool) -> Iterator[str]:
    """What is seen: at first and at last all of it, in between what has changed."""
    yield f"      - at: {place.spelt(seen.at)}"
    for key in SINGLE:
        value, quiet = seen.single(key), (NONE, 0, False)
        changed = before is None or before.single(key) != value
        if (changed and (not first or value not in quiet)) or (last and key in ("state", "priority")):
            yield f"        {key}: {written(value)}"
    yield f"        targets: {_flow(seen.targets)}"
    yield f"        due: {_flow({name: place.spelt(at) for name, at in seen.due.items()})}"
    if first or before is None or set(before.fired) != set(seen.fired) or last:
        yield f"        fired: [{', '.join(seen.fired)}]"
    told = seen.notices[len(before.notices) if before else 0 :]
    yield f"        notified: [{', '.join(dict.fromkeys(notice.role for notice in told))}]"
    if seen.refused:
        yield f"        refused: [{', '.join(seen.refused)}]"


def _flow(entries: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{name}: {value}' for name, value in entries.items())}}}"
