"""The names a policy declares, by kind; what is not wholly readable is not held against who names it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from support_policy.model.calendars import ALWAYS
from support_policy.model.workflow import Workflow
from support_policy.policy.names import LIFECYCLE
from support_policy.source.shape import BAD

Kind = Literal[
    "priority",
    "office",
    "calendar",
    "metric",
    "escalation chain",
    "escalation level",
    "fact",
    "clause",
    "rule",
    "role",
    "event type",
    "state",
    "assumption",
    "plan",
    "template",
]


@dataclass(slots=True)
class Declared:
    """Names by kind, those of entries that could not be read included; `holes` are the kinds that may have more."""

    names: dict[Kind, tuple[str, ...]] = field(default_factory=dict)
    holes: set[Kind] = field(default_factory=set)

    def has(self, kind: Kind, name: str) -> bool:
        """Whether `name` is declared, or may be where the text could not be read."""
        return name is BAD or kind in self.holes or name in self.names.get(kind, ())

    def add(self, kind: Kind, table: Any) -> None:
        """Take up the keys of `table`, or all of a list of names; BAD is a hole."""
        found = () if table is None else table
        if found is BAD or any(name is BAD for name in found):
            self.holes.add(kind)
        known = self.names.get(kind, ())
        self.names[kind] = tuple(dict.fromkeys((*known, *(str(n) for n in found if n is not BAD))))


def declared_names(
    main: Mapping[str, Any],
    rules: Sequence[Mapping[str, Any]],
    workflows: Iterable[Workflow],
    unread: Iterable[str],
) -> Declared:
    """Every name that the parts of a policy declare; `unread` are the files of which nothing is known."""
    made = Declared()
    made.add("priority", main["priorities"])
    made.add("office", main["offices"])
    for calendars in (main["offices"], main["calendars"], (ALWAYS,)):
        made.add("calendar", calendars)
    made.add("metric", main["metrics"])
    made.add("escalation chain", main["escalation"])
    made.add("plan", main["plans"])
    made.add("assumption", main["assumptions"])
    for name, chain in (main["escalation"] or {}).items():
        levels = BAD if chain is BAD else chain.levels
        made.add("escalation level", BAD if levels is BAD else [f"{name}.{level.number}" for level in levels])
    for part in rules:
        made.add("fact", part["facts"])
        made.add("clause", part["clauses"])
        made.add("template", part["templates"])
        guards = part["rule_set"] is BAD or part["rule_set"] in ("guards", None)
        made.add("rule", BAD if part["rules"] is BAD else [r.id for r in part["rules"]] if guards else ())
        made.add("role", _roles(part))
        made.add("role", part["rotas"])
    for machine in workflows:
        made.add("event type", BAD if machine.transitions is BAD else _events(machine))
        if machine.name == LIFECYCLE:
            made.add("state", BAD if machine.states is BAD else [state.name for state in machine.states])
    for file in unread:
        below: set[Kind] = {"fact", "clause", "rule", "role", "template"}
        made.holes |= {"event type", "state"} if file.startswith("workflows/") else below
    return made


def _roles(part: Mapping[str, Any]) -> Any:
    directory = part["organizations"]
    if any(part[name] is BAD for name in ("organizations", "unknown_organization", "teams")):
        return BAD
    people = [*directory.values(), *filter(None, [part["unknown_organization"]]), *(part["teams"] or {}).values()]
    if any(organization is BAD or organization.roles is BAD for organization in people):
        return BAD
    return [role for organization in people for role in organization.roles]


def _events(machine: Workflow) -> list[str]:
    return [move.trigger for move in machine.transitions if move.trigger is BAD or "." not in move.trigger]
