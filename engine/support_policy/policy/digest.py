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


def digest(
    text: PolicyText,
    workflows: Mapping[str, Workflow],
    holidays: Mapping[str, Mapping[date, str]],
    duty: Mapping[str, Sequence[tuple[int, int, tuple[str, ...]]]],
) -> str:
    """SHA-256, in hexadecimal, of what a policy says.

    That is its words, its workflows, the days off of its calendars, and what calendar files say of who is on duty.
    """
    words = canonical(text)
    for name in _UNORDERED:
        words[name] = dict(sorted(words[name].items()))
    days = {office: {day.isoformat(): name for day, name in dates.items()} for office, dates in holidays.items()}
    parts = [words, canonical(dict(sorted(workflows.items()))), days, canonical(dict(sorted(duty.items())))]
    # Other keys are not sorted: the order of priorities, rules and levels is part of what a policy says.
    said = json.dumps(parts, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(said.encode()).hexdigest()
