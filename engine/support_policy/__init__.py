"""Support policy as code: a policy as text, exact business time, and decisions that name their reasons.

from support_policy import load_policy, evaluate
policy = load_policy(".")
evaluate(policy, {"ticket": "VS-1", "events": [...]}, at="2026-03-02T12:00:00-08:00")
"""

from __future__ import annotations

from support_policy.bootstrap import load_policy
from support_policy.clock.calendar import BusinessCalendar
from support_policy.model.event import Because, Command, Decision, Due, Event
from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.ticket.decide import decide
from support_policy.ticket.evaluate import Evaluation, evaluate
from support_policy.ticket.evolve import evolve
from support_policy.ticket.state import TicketState, new_ticket

__all__ = [
    "Because",
    "BusinessCalendar",
    "Command",
    "Decision",
    "Diagnostic",
    "Due",
    "Evaluation",
    "Event",
    "Policy",
    "PolicyError",
    "TicketState",
    "decide",
    "evaluate",
    "evolve",
    "load_policy",
    "new_ticket",
]
__version__ = "0.1.0"
