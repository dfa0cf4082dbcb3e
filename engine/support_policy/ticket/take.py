"""Whether a fact fits: what the policy believes, what the workflows allow; and why not."""

from __future__ import annotations

from support_policy.kernel.facts import check_fact
from support_policy.model.event import Event, micros
from support_policy.model.workflow import Blocked, Edge, Table
from support_policy.policy.compiled import Policy
from support_policy.policy.names import LIFECYCLE
from support_policy.ticket import chains
from support_policy.ticket.agenda import SECOND
from support_policy.ticket.altered import altered
from support_policy.ticket.apply import apply
from support_policy.ticket.draft import Draft


def disbelief(draft: Draft, fact: Event) -> str:
    """Why it is not believed when a fact happened, whatever the ticket's state; empty when it is."""
    recorded = fact.recorded_at or fact.at
    if fact.at > recorded:
        return "it claims to happen after it was recorded"
    limit = draft.policy.setting("late_events_up_to")
    if micros(recorded) - micros(fact.at) > limit.seconds * SECOND:
        draft.setting("late_events_up_to")
        return f"it claims to have happened more than {limit} before it was recorded"
    return ""


def take(draft: Draft, fact: Event) -> Event:
    """Ask the workflows whether the fact fits, do what follows, and return the fact with what became of it."""
    draft.at = fact.at
    moves = _moves(draft, fact)
    if isinstance(moves, str):
        refused = altered(fact, {"outcome": "refused", "why": moves})
        draft.fact(refused)
        return refused
    accepted = altered(fact, {"outcome": "accepted"})
    apply(draft, accepted, moves)
    return accepted


def _moves(draft: Draft, fact: Event) -> list[tuple[Table, Edge]] | str:
    """The moves a fact makes, or why it makes none."""
    life = draft.state.machines.get(LIFECYCLE)
    if fact.type not in draft.policy.event_types:
        return f"`{fact.type}` is no event of the version {draft.policy.version}, which governs the ticket"
    if life is not None and chains.is_request(draft, fact.type):
        if life in draft.policy.life.finals:
            return f"`{fact.type}` is not allowed: the ticket is {_label(draft.policy.life, life)}"
        chain = chains.requested_chain(draft, fact.type)
        if chain is None:
            return f"a {draft.state.priority} has no escalation on request"
        if not draft.holds(chain.guard, fact):
            return _needs(draft.policy, fact.type, (chain.guard,))
    wrong = _unfit(draft, fact)
    if wrong:
        return wrong
    moves: list[tuple[Table, Edge]] = []
    why = ""
    for table in draft.policy.tables.values():
        if fact.type not in table.triggers:
            continue
        found = draft.try_step(table, fact.type, fact)
        if isinstance(found, Blocked):
            state = draft.state.machines.get(table.name, table.initial)
            why = why or _blocked(draft.policy, table, state, fact, found)
        else:
            missing = [name for name in found.requires if not fact.data.get(name)]
            if missing:
                return f"`{fact.type}` needs {', '.join(f'`{name}`' for name in missing)}"
            moves.append((table, found))
    if life is None and all(table.name != LIFECYCLE for table, _ in moves):
        begins = ", ".join(draft.policy.life.exits(draft.policy.life.initial))
        return why or f"`{fact.type}` is not allowed: the ticket has not begun; it begins with: {begins}"
    return moves or why


def _unfit(draft: Draft, fact: Event) -> str:
    """What an event lacks of what the policy declares for its type; empty when it lacks nothing."""
    words = draft.policy.text.events.get(fact.type)
    if words is None:
        return ""
    if words.by and fact.by not in words.by and not fact.engine:
        given = f"not for {fact.by}" if fact.by else "and `by` does not say who gave it"
        return f"`{fact.type}` is for {' or '.join(words.by)}, {given}"
    missing = [name for name in words.requires if fact.data.get(name) in (None, "")]
    if missing:
        return f"`{fact.type}` needs {', '.join(f'`{name}`' for name in missing)}"
    for name, variable in words.carries.items():
        wrong = check_fact(variable, fact.data.get(name))
        if wrong:
            return f"`{fact.type}`: {wrong}"
    return ""


def _needs(policy: Policy, type: str, failed: tuple[str, ...]) -> str:
    guards = {rule.id: rule.says for rule in policy.rules["guards"].words}
    said = "; ".join(f"`{name}` ({guards.get(name) or 'a guard'})" for name in failed)
    return f"`{type}` is not allowed now: {said}"


def _blocked(policy: Policy, table: Table, state: str, fact: Event, found: Blocked) -> str:
    if found.reason == "blocked":
        return _needs(policy, fact.type, found.failed)
    allowed = ", ".join(_label(table, s) for s in found.allowed_from)
    what = "the ticket" if table.name == LIFECYCLE else f"the {table.name}"
    return f"`{fact.type}` is not allowed while {what} is {_label(table, state)}; it is from: {allowed}"


def _label(table: Table, state: str) -> str:
    known = table.states.get(state)
    return (known.label if known else "") or state
