"""What rules may ask about a ticket: the value of every variable, from its state and the present event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from support_policy.model.event import Event
from support_policy.policy.compiled import Policy
from support_policy.policy.names import LIFECYCLE
from support_policy.ticket.state import TicketState


def known(policy: Policy, state: TicketState, at: datetime, fact: Event | None = None) -> Mapping[str, Any]:
    """Every variable's value by name, None where it is missing; `fact` is the event being decided, if there is one."""
    organization = state.facts.get("organization")
    # What somebody has decided is compared, not what was stated before.
    against = state.priority if state.decided else state.stated or state.priority
    made = {
        **state.facts,
        "known_organization": state.known_organization,
        "office": state.office or None,
        "plan": policy.plan_of(organization, at),
        "under_contract": policy.under_contract(organization, at),
        "assessed_priority": state.assessed or None,
        "priority": state.priority or None,
        "priority_in_doubt": bool(not state.settled and state.assessed and against and state.assessed != against),
        "open_request": state.answer == "open",
        "state": state.machines.get(LIFECYCLE),
        "team": state.team or None,
        "by": (fact.by or None) if fact else None,
    }
    for clock in state.clocks.values():
        if clock.team in ("", state.team):
            made[f"{clock.metric}.status"] = clock.status
    if fact is not None:
        made |= {f"event.{name}": value for name, value in fact.data.items()}
    return made


def holds(policy: Policy, rule: str, values: Mapping[str, Any]) -> bool:
    """Whether a rule of the set `guards` holds; the empty name always does."""
    if not rule:
        return True
    guards = policy.rules["guards"]
    return any(guards.words[index].id == rule for index in guards.compiled.decide(values))
