"""A level of an escalation chain fires: its roles are told, and the machines that follow it move."""

from __future__ import annotations

from datetime import datetime

from support_policy.model.event import Because
from support_policy.model.promise import Level
from support_policy.model.workflow import Edge
from support_policy.ticket.draft import Draft, iso
from support_policy.ticket.state import ChainState


def of(run: ChainState) -> dict[str, str]:
    """How records name the run of a chain."""
    return {"chain": run.chain, "team": run.team} if run.team else {"chain": run.chain}


def fire_level(draft: Draft, run: ChainState, number: int, due: int, at: datetime, cause: str) -> None:
    """Level `number`, due at `due` (microseconds since 1970), fires at `at`."""
    policy, state = draft.policy, draft.state
    level = policy.level(run.chain, number)
    before = draft.past.fired.get((run.chain, number, run.cycle))
    trigger = f"{run.chain}.{number}"
    if before is not None:
        # A recorded firing is never computed again: the ticket is being told anew, and this has happened.
        draft.emit(before.type, before.at, **before.data)
        step_machines(draft, trigger)
        return
    draft.at = at
    told = policy.recipients(state.facts.get("organization"), level.notify, at, run.team or state.team)
    says = str(level.says) or level_says(level, run.chain)
    draft.because(Because(f"escalation.{trigger}", level.span, level.clause, says))
    draft.emit(
        "level_fired",
        at,
        **of(run),
        level=number,
        cycle=run.cycle,
        due_at=iso(due),
        cause=cause,
        notify=[{"role": role, "to": to or None} for role, to in told],
    )
    draft.command(
        "notify",
        f"{run.chain}/{number}/{run.cycle}",
        level.notify,
        **of(run),
        level=number,
        cycle=run.cycle,
        due_at=iso(due),
        cause=cause,
        priority=state.priority,
        then=str(level.then) or None,
        says=says,
        **_message(level),
    )
    step_machines(draft, trigger)


def _message(level: Level) -> dict[str, str]:
    return {"message": str(level.message)} if level.message else {}


def level_says(level: Level, chain: str) -> str:
    """What a level says when the policy gives it no words."""
    return (
        "Escalation was requested." if level.kind == "request" else f"Level {level.number} of the chain {chain} is due."
    )


def step_machines(draft: Draft, trigger: str) -> None:
    """The workflows that follow a firing move."""
    for table in draft.policy.tables.values():
        if trigger in table.triggers:
            edge = draft.try_step(table, trigger)
            if isinstance(edge, Edge):
                draft.move(table, edge, trigger)
