"""An expectation beside what is seen: what differs, and the nearest miss in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from support_policy.render.sentences import listed
from support_policy.service.scenario import Claim, When
from support_policy.service.scenario_edit import Edit, yaml_text
from support_policy.service.scenario_look import Look, Miss, in_braces, in_brackets, written
from support_policy.service.scenario_names import Names, without_team
from support_policy.service.scenario_seen import SINGLE
from support_policy.service.scenario_told import compare_told


def compare(name: str, claim: Claim, look: Look) -> Miss | None:
    """How a claim fails, or None when it holds."""
    if name in SINGLE:
        return _single(name, claim, look)
    miss: Miss | None = _CLAIMS[name](claim, look)
    return miss


def _single(name: str, claim: Claim, look: Look) -> Miss | None:
    found = look.seen.single(name)
    if found == claim.value:
        return None
    why = look.changes(lambda step: step.single(name), claim.value)
    return Miss(written(claim.value), written(found), [why], Edit(value=yaml_text(written(found))))


def _targets(claim: Claim, look: Look) -> Miss | None:
    expected: Mapping[str, str] = claim.value
    found = look.seen.targets
    if dict(expected) == dict(found):
        return None
    why = []
    for metric in dict.fromkeys((*expected, *found)):
        was, now = expected.get(metric), found.get(metric)
        if was == now:
            continue
        if was is None:
            why.append(f"`{metric}` has a clock too: it is {now}")
            continue
        nearest = look.changes(lambda step, metric=metric: step.targets.get(metric), was)  # type: ignore[misc]
        why.append(f"`{metric}` " + (f"is {now}, not {was}: " if now else "has no clock: ") + nearest)
    return Miss(in_braces(expected), in_braces(found), why, _entries(expected, found, lambda _, value: value))


def _due(claim: Claim, look: Look) -> Miss | None:
    asked: Mapping[str, When] = claim.value
    expected: dict[str, datetime] = {}
    unknown: dict[str, str] = {}
    for name, when in asked.items():
        at = look.place.resolve(when, look.start, look.walk.due, look.findings)
        if isinstance(at, datetime):
            expected[name] = at
        elif at is not None:
            unknown[name] = at
    found = look.seen.due
    if expected == dict(found) and not unknown:
        return None
    why = [f"`{asked[name].text}` has no instant: {reason}" for name, reason in unknown.items()]
    for name in dict.fromkeys((*expected, *found)):
        was, now = expected.get(name), found.get(name)
        if was == now or name in unknown:
            continue
        if now is None:
            why.append(f"`{name}` is not pending: {_of_team(name, found) or _whereabouts(name, look)}")
        elif was is None:
            why.append(f"`{name}` is pending too: it falls due on {look.spoken(now)}")
        else:
            why.append(f"`{name}` falls due {look.gap(now, was)}")

    def spelt(name: str, at: datetime) -> str:
        return look.place.like(asked[name], at, look.start) if name in asked else look.place.spelt(at)

    shown = {name: spelt(name, at) for name, at in found.items()}
    return Miss(
        in_braces({name: when.text for name, when in asked.items()}),
        in_braces(shown),
        why,
        _entries({name: expected.get(name) for name in asked}, found, lambda name, _: shown[name]),
    )


def _of_team(name: str, found: Iterable[str]) -> str:
    """What to write for what each team has of its own; empty where `name` is nothing of the kind."""
    own = [other for other in found if other != name and without_team(other) == name]
    return f"each team has its own, did you mean `{own[0]}`?" if own else ""


def _whereabouts(name: str, look: Look) -> str:
    """What has become of something that is not pending."""
    done = look.seen.fired.get(name) or look.seen.breached.get(name)
    if done is not None:
        return f"it fell due on {look.spoken(done.at)}"
    status = look.seen.targets.get(name)
    if status and status not in ("running", "paused"):
        return f"its clock is {status}"
    return f"it {_when_due(name, look)}"


def _when_due(name: str, look: Look) -> str:
    at = look.walk.due(name)
    if isinstance(at, str):
        return f"never falls due, because {at}"
    if at > look.seen.at and not any(name in step.fired for step in look.walk.steps()):
        return f"would fall due {look.gap(at, look.seen.at)}, but is stopped before"
    return f"falls due {look.gap(at, look.seen.at)}"


def _fired(claim: Claim, look: Look) -> Miss | None:
    expected: tuple[str, ...] = claim.value
    found = look.seen.fired
    missing = [name for name in expected if name not in found]
    extra = [name for name in found if name not in expected]
    if not missing and not extra:
        return None
    why = []
    for name in missing:
        team = _of_team(name, found)
        if team:
            why.append(f"`{name}` never fires: {team}")
            continue
        later = next((step.fired[name].at for step in look.walk.steps() if name in step.fired), None)
        if later is not None:
            why.append(f"`{name}` fires {look.gap(later, look.seen.at)}")
        else:
            would = look.walk.due(name)
            stopped = "it is stopped before it falls due"
            why.append(f"`{name}` never fires: {would if isinstance(would, str) else stopped}")
    why += [f"`{name}` has fired too, on {look.spoken(found[name].at)}" for name in extra]
    return Miss(in_brackets(expected), in_brackets(found), why, _items(expected, missing, extra))


def _because(claim: Claim, look: Look) -> Miss | None:
    names = Names(look.seen.run.policy).reasons
    expected: tuple[str, ...] = claim.value
    missing = [word for word in expected if not any(name in look.seen.reasons for name in names[word])]
    if not missing:
        return None
    why = [f"`{word}` is not among the reasons: {_why_not(names[word], look)}" for word in missing]
    there = [word for word in expected if word not in missing]
    return Miss(in_brackets(expected), in_brackets(there), why, _items(expected, missing, ()))


def _not_because(claim: Claim, look: Look) -> Miss | None:
    names = Names(look.seen.run.policy).reasons
    expected: tuple[str, ...] = claim.value
    there = {word: [name for name in names[word] if name in look.seen.reasons] for word in expected}
    wrong = [word for word in expected if there[word]]
    if not wrong:
        return None
    why = [f"`{word}` is among the reasons: {look.seen.reasons[there[word][0]].says}" for word in wrong]
    return Miss(f"none of {in_brackets(expected)}", in_brackets(wrong), why, _items(expected, wrong, ()))


def _why_not(names: Iterable[str], look: Look) -> str:
    """The conditions that stood in a rule's way, or when the reason comes up."""
    for reason in look.seen.run.reasons.values():
        if reason.rule in names and not reason.held and reason.seen:
            return listed(f"{s.name} is {f'`{s.seen}`' if s.seen is not None else 'not known'}" for s in reason.seen)
    later = next((s.at for s in look.walk.steps() if any(name in s.reasons for name in names)), None)
    return f"it becomes one {look.gap(later, look.seen.at)}" if later else "it never becomes one"


def _rules(claim: Claim, look: Look) -> Miss | None:
    expected: tuple[str, ...] = claim.value
    found = look.seen.rules
    missing = [rule for rule in expected if rule not in found]
    extra = [rule for rule in found if rule not in expected]
    if not missing and not extra:
        return None
    why = [f"`{rule}` does not hold: {_why_not((rule,), look)}" for rule in missing]
    why += [f"`{rule}` holds too" for rule in extra]
    return Miss(in_brackets(expected), in_brackets(found), why, _items(expected, missing, extra))


def _refused(claim: Claim, look: Look) -> Miss | None:
    expected: tuple[str, ...] = claim.value
    found = look.seen.refused
    missing = [type for type in expected if type not in found]
    extra = [type for type in found if type not in expected]
    if not missing and not extra:
        return None
    came = {event.type: event for event in look.seen.run.state.log if not event.engine}
    why = [
        f"`{type}` is accepted on {look.spoken(came[type].at)}" if type in came else f"`{type}` has not come yet"
        for type in missing
    ]
    why += [f"`{type}` is refused on {look.spoken(found[type].at)}: {found[type].why}" for type in extra]
    return Miss(in_brackets(expected), in_brackets(found), why, _items(expected, missing, extra))


_CLAIMS: Mapping[str, Callable[[Claim, Look], Miss | None]] = {
    "targets": _targets,
    "due": _due,
    "fired": _fired,
    "notified": compare_told,
    "because": _because,
    "not_because": _not_because,
    "rules": _rules,
    "refused": _refused,
}


def _items(expected: tuple[str, ...], drop: Iterable[str], add: Iterable[str]) -> Edit:
    gone = set(drop)
    return Edit(drop=frozenset(i for i, word in enumerate(expected) if word in gone), add=tuple(map(yaml_text, add)))


def _entries(expected: Mapping[str, Any], found: Mapping[str, Any], spell: Callable[[str, Any], str]) -> Edit:
    drop = frozenset(i for i, name in enumerate(expected) if name not in found)
    change = {
        i: yaml_text(spell(name, found[name]))
        for i, name in enumerate(expected)
        if name in found and found[name] != expected[name]
    }
    add = tuple(f"{name}: {yaml_text(spell(name, value))}" for name, value in found.items() if name not in expected)
    return Edit(drop=drop, add=add, change=change)
