"""The conformance corpus: rules, facts, and which rules must fire, whatever evaluates them.

A file declares its `variables` and holds `groups`; a group `says` what it shows, has one condition (`when`, each case
wants true or false) or several (`rules` under a `hit` policy, each case wants the positions of those that fire).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from support_policy.kernel.rows import Hit
from support_policy.model.condition import All, AnyOf, Condition, Leaf, Not, Variable


@dataclass(frozen=True)
class Case:
    """One set of rules over one ticket's facts, and what must come of it."""

    id: str
    variables: dict[str, Variable]
    rules: tuple[tuple[str, Condition], ...]
    hit: Hit
    facts: dict[str, Any]
    want: tuple[int, ...]


def load() -> list[Case]:
    """Every case of every file beside this one."""
    return [case for path in sorted(Path(__file__).parent.glob("*.yaml")) for case in _cases(path)]


def condition_from(data: dict[str, Any]) -> Condition:
    """The condition that loaded YAML stands for; the tests' own small reader."""
    match data:
        case {"all": items}:
            return All(tuple(map(condition_from, items)))
        case {"any": items}:
            return AnyOf(tuple(map(condition_from, items)))
        case {"not": item}:
            return Not(condition_from(item))
    value = data.get("value")
    return Leaf(data["name"], data["operator"], tuple(value) if isinstance(value, list) else value)


def _cases(path: Path) -> Iterator[Case]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    variables = {name: _variable(name, given) for name, given in document["variables"].items()}
    for group in document["groups"]:
        conditions = [group["when"]] if "when" in group else group["rules"]
        rules = tuple((f"rule-{i}", condition_from(data)) for i, data in enumerate(conditions))
        for number, case in enumerate(group["cases"], start=1):
            want = case["want"]
            fired = ((0,) if want else ()) if isinstance(want, bool) else tuple(want)
            id_ = f"{path.stem}: {group['says']} ({number})"
            yield Case(id_, variables, rules, group.get("hit", "first"), case["given"], fired)


def _variable(name: str, given: Any) -> Variable:
    if isinstance(given, str):
        given = {"type": given}
    return Variable(name, given["type"], tuple(given.get("options", ())))
