"""Names the engine gives meaning to: derived variables, rule sets with their actions, events, roles of actors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from support_policy.model.condition import FactType, Variable
from support_policy.model.policy import EventWords
from support_policy.source.shape import BAD

ACTORS = ("customer", "engineer", "manager", "director", "automatic")
"""Who may have done something (`by` of an event)."""

PRIORITY_CHANGED = "priority_changed"
REOPENED = "reopened"
LIFECYCLE = "request"
"""The workflow that is the life of a ticket."""

CARRIED = ("to", "reason", "via", "team", "into", "from", "from_submitted_at", "text")
"""What any event may carry, as text, beside its fields and what the policy declares for its type."""

RULE_SETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "priority": {"assess": ("priority",)},
    "targets": {
        "set_target": ("metric", "within", "calendar?"),
        "use_chain": ("chain",),
        "drop_chain": ("chain",),
    },
    "advice": {"advise_clarification": ("role",), "flag": ("role",)},
    "guards": {},
}
"""The rule sets the engine asks, with the actions each may take and their parameters (`?`: may be left out)."""

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
    "team": ("string", "the team that has the ticket"),
    "by": ("string", "who did what is being decided about"),
}
"""What only rules after the assessment may ask (`targets`, `advice`, `guards`)."""

TAKEN = (
    "at", "type", "by", "actor", "on_behalf_of", "id", "fields", "recorded_at", "outcome", "why", "engine", "events",
    "timer", "level",
)  # fmt: skip
"""What every event says of itself, and so cannot carry beside."""

RECORDED = (
    "acknowledgement_over", "advice_changed", "chain_acknowledged", "chain_moved", "chain_started", "clock_moved",
    "clock_paused", "clock_restarted", "clock_resumed", "clock_started", "clock_stopped", "escalation_set",
    "level_fired", "level_planned", "level_voided", "level_withdrawn", "office_set", "policy_adopted",
    "priority_assessed", "priority_set", "refolded", "request_answered", "request_joined", "request_opened",
    "state_changed", "target_breached", "target_corrected", "target_judged", "target_met", "target_met_late",
    "target_set", "target_withdrawn", "team_set", "ticket_reopened", "timer_fired", "timer_reset", "timer_voided",
)  # fmt: skip
"""The engine's own records; no event type of a policy has such a name."""

STATUSES = ("running", "paused", "met", "breached", "missed_then_met", "withdrawn", "stopped")
"""How a metric may stand; the values of `METRIC.status`."""


def variables_for(
    rule_set: str,
    facts: Mapping[str, Variable],
    options: Mapping[str, tuple[str, ...]],
    metrics: Iterable[str] = (),
    events: Iterable[EventWords] = (),
) -> dict[str, Variable]:
    """Every variable that rules of `rule_set` may name; `options` closes the list of values of some.

    Rules of `advice` and `guards` may ask how a metric stands (`first_response.status`), those of `guards` what the
    present event carries (`event.reason`).
    """
    known = dict(facts)
    tables = [BASE, DERIVED] + ([LATE] if rule_set != "priority" else [])
    for table in tables:
        for name, (kind, _) in table.items():
            known[name] = Variable(name, kind, options.get(name, ()))
    if rule_set in ("advice", "guards"):
        known |= {f"{metric}.status": Variable(f"{metric}.status", "string", STATUSES) for metric in metrics}
    if rule_set == "guards":
        known |= {f"event.{name}": Variable(f"event.{name}", "string") for name in CARRIED}
        for words in events:
            for name, variable in words.carries.items():
                if variable is not BAD:
                    known[f"event.{name}"] = replace(variable, name=f"event.{name}")
    return known
