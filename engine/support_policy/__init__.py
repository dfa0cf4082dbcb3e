"""Support policy as code: a policy as text, exact business time, and decisions that name their reasons.

from support_policy import load_policy, evaluate
policy = load_policy(".")
evaluate(policy, {"ticket": "VS-1", "events": [...]}, at="2026-03-02T12:00:00-08:00")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_HOMES = {
    "bootstrap": ("load_policy",),
    "clock.calendar": ("BusinessCalendar",),
    "model.event": ("Because", "Command", "Decision", "Due", "Event"),
    "policy.compiled": ("Policy",),
    "source.diagnostics": ("Diagnostic", "PolicyError"),
    "ticket.decide": ("decide",),
    "ticket.evaluate": ("Evaluation", "evaluate"),
    "ticket.evolve": ("evolve",),
    "ticket.state": ("TicketState", "new_ticket"),
}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used: a program pays only for the parts it needs."""
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"support_policy.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
