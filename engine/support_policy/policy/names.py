"""Names the engine gives meaning to: derived variables, rule sets with their actions, events, roles of actors."""

from __future__ import annotations

from collections.abc import Mapping

from support_policy.model.condition import FactType, Variable

ACTORS = ("customer", "engineer", "manager", "director", "automatic")
"""Who may have done something (`by` of an event)."""

PRIORITY_CHANGED = "priority_changed"
REOPENED = "reopened"
LIFECYCLE = "request"
"""The workflow that is the life of a ticket."""

RULE_SETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "priority": {"assess": ("priority",)},
    "advice": {"advise_clarification": ("role",), "flag": ("role",)},
    "guards": {},
}
"""The rule sets the engine asks, with the actions each may take and their parameters."""

BASE: Mapping[str, tuple[FactType, str]] = {
    "organization": ("string", "the customer, by its name in the directory"),
    "stated_priority": ("string", "the priority the customer states"),
}
"""Facts every policy has."""

DERIVED: Mapping[str, tuple[FactType, str]] = {
    "known_organization": ("boolean", "whether the directory lists the organization"),
    "office": ("string", "the office that serves the ticket"),
    "plan": ("string", "the plan of the organization, by its contract then"),
    "under_contract": ("boolean", "the organization has a contract then; one whose contracts are not listed has"),
}
"""What every rule set may ask, beside facts."""

LATE: Mapping[str, tuple[FactType, str]] = {
    "assessed_priority": ("string", "what the rules make of the facts"),
    "priority": ("string", "the priority in force"),
    "priority_in_doubt": ("boolean", "stated (or in force) and assessed differ, and nobody has settled it since"),
    "open_request": ("boolean", "a requested escalation waits for an answer"),
    "state": ("string", "the state of the ticket's life"),
    "by": ("string", "who did what is being decided about"),
}
"""What only rules after the assessment may ask (`advice`, `guards`)."""


def variables_for(
    rule_set: str, facts: Mapping[str, Variable], options: Mapping[str, tuple[str, ...]]
) -> dict[str, Variable]:
    """Every variable that rules of `rule_set` may name; `options` closes the list of values of some."""
    known = dict(facts)
    tables = [BASE, DERIVED] + ([LATE] if rule_set != "priority" else [])
    for table in tables:
        for name, (kind, _) in table.items():
            known[name] = Variable(name, kind, options.get(name, ()))
    return known
