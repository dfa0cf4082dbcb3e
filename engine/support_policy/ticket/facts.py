"""The check of an incoming fact: what makes it unusable (an error), before the workflow is asked whether it fits."""

from __future__ import annotations

from collections.abc import Sequence

from support_policy.model.event import Event
from support_policy.policy.compiled import Policy
from support_policy.policy.names import ACTORS, PRIORITY_CHANGED
from support_policy.source.diagnostics import Diagnostic, did_you_mean
from support_policy.source.span import Span
from support_policy.source.words import FAR_AWAY, FIRST_YEAR, LAST_YEAR, parse_instant

Path = tuple[str | int, ...]
"""Where in an event something is wrong, as keys and indexes: `("fields", "site_status")`."""

Problem = tuple[Path, str, str, str]
"""(path, code, message, help)."""


def problems(policy: Policy, event: Event) -> Sequence[Problem]:
    """Everything that makes `event` unusable under `policy`; where versions were loaded together, under each."""
    found: Sequence[Problem] = ()
    for version in policy.line.versions or (policy,):
        found = problems_under(version, event)
        if not found:
            break
    return found


def problems_under(policy: Policy, event: Event) -> Sequence[Problem]:
    """Everything that makes `event` unusable under one version alone; each part of it is looked at by itself."""
    found: list[Problem] = []
    if event.type not in policy.event_types:
        help = did_you_mean(event.type, policy.event_types)
        found.append((("type",), "E401", f"`{event.type[:60]}` is no event type of this policy", help))
    if event.at.tzinfo is None or event.at.utcoffset() is None:
        found.append((("at",), "E402", "the instant has no offset from UTC", "write `2026-03-02T10:00:00-08:00`"))
    elif not FIRST_YEAR <= event.at.year <= LAST_YEAR:
        found.append((("at",), "E402", f"the instant {event.at:%Y-%m-%d} is too far away", FAR_AWAY))
    if event.by and event.by not in ACTORS:
        found.append((("by",), "E403", f"nobody acts as `{event.by[:60]}`", did_you_mean(event.by, ACTORS)))
    for name, value in event.fields.items():
        if name not in policy.facts:
            help = did_you_mean(name, policy.facts)
            found.append((("fields", name), "E404", f"`{str(name)[:60]}` is no fact that this policy declares", help))
            continue
        wrong = policy.check_fact(name, value)
        if wrong:
            found.append((("fields", name), "E405", wrong, ""))
    to = event.data.get("to")
    if event.type == PRIORITY_CHANGED and to is not None and to not in policy.text.priorities:
        help = did_you_mean(str(to), policy.text.priorities)
        found.append((("to",), "E406", f"there is no priority `{str(to)[:60]}`", help))
    said = event.data.get("from_submitted_at")
    if said is not None:
        read = parse_instant(said) if isinstance(said, str) else "write an instant as `2026-03-02T10:00:00-08:00`"
        if isinstance(read, str):
            found.append((("from_submitted_at",), "E402", "`from_submitted_at` is no instant", read))
    return found


def diagnostics(policy: Policy, event: Event, where: Span | None = None) -> list[Diagnostic]:
    """The problems of one event as diagnostics that all point at `where`."""
    span = where or Span("<event>")
    return [Diagnostic(c, "error", f"{'.'.join(map(str, p))}: {m}", span, h) for p, c, m, h in problems(policy, event)]
