"""The digest of a policy: SHA-256 over its canonical form, so that equal policies have equal digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from datetime import UTC, date, datetime
from typing import Any

from support_policy.model.policy import PolicyText
from support_policy.model.workflow import Workflow
from support_policy.source.record import compared


def canonical(value: Any) -> Any:
    """`value` as plain JSON data: positions in files and other fields outside equality are left out."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): canonical(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {name: canonical(getattr(value, name)) for name in compared(type(value))}
    if isinstance(value, (set, frozenset)):
        return sorted(canonical(item) for item in value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(value)


_UNORDERED = (
    "facts",
    "fact_clauses",
    "rule_sets",
    "organizations",
    "teams",
    "clauses",
    "settings",
    "rotas",
    "templates",
)
"""What is found by name alone: gathered from several files, in an order that says nothing."""


Days = Mapping[str, Mapping[date, str]]
Duty = Mapping[str, Sequence[tuple[int, int, tuple[str, ...]]]]


def digest(text: PolicyText, workflows: Mapping[str, Workflow], holidays: Days, duty: Duty) -> str:
    """SHA-256, in hexadecimal, of what a policy says.

    That is its words, its workflows, the days off of its calendars, and what calendar files say of who is on duty.
    """
    return _hashed(list(_parts(text, workflows, holidays, duty).values()))


def digest_parts(text: PolicyText, workflows: Mapping[str, Workflow], holidays: Days, duty: Duty) -> dict[str, str]:
    """The same of each of these parts alone, by its name: where two policies differ."""
    return {name: _hashed(part) for name, part in _parts(text, workflows, holidays, duty).items()}


def _parts(text: PolicyText, workflows: Mapping[str, Workflow], holidays: Days, duty: Duty) -> dict[str, Any]:
    words = canonical(text)
    for name in _UNORDERED:
        words[name] = dict(sorted(words[name].items()))
    return {
        "words": words,
        "workflows": canonical(dict(sorted(workflows.items()))),
        "days off": {place: {day.isoformat(): why for day, why in days.items()} for place, days in holidays.items()},
        "duty": canonical(dict(sorted(duty.items()))),
    }


def _hashed(parts: Any) -> str:
    # Other keys are not sorted: the order of priorities, rules and levels is part of what a policy says.
    said = json.dumps(parts, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(said.encode()).hexdigest()
