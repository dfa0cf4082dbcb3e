"""`decide`: what follows from a fact, or from the clock reaching an instant. Pure; the same inputs, the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from support_policy.kernel.workflow import step
from support_policy.model.event import Decision, Due, Event, micros
from support_policy.model.workflow import Blocked, Edge, Table
from support_policy.policy.compiled import Policy
from support_policy.policy.names import LIFECYCLE
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span
from support_policy.ticket import chains
from support_policy.ticket.agenda import SECOND
from support_policy.ticket.apply import apply
from support_policy.ticket.draft import Draft
from support_policy.ticket.facts import diagnostics
from support_policy.ticket.state import TicketState
from support_policy.ticket.timers import fire_due, fired_events


def decide(policy: Policy, state: TicketState, event: Event | Due, now: datetime) -> Decision:
    """What follows from `event` for a ticket in `state`, decided at `now` (aware).

    A fact may have happened earlier than others already known (`at`): the ticket is then told anew, and what fired
    wrongly is corrected, never unsaid. `Due(instant)` makes everything due at or before it happen, once, in order.
    Fold the decision's events into the state with `evolve`. Raises `PolicyError` for an event this policy cannot
    read (unknown type, fact or value; a used id with other content); an event the workflow does not allow is no
    error: it is recorded with its reason and changes nothing.
    """
    if now.tzinfo is None:
        raise _unusable("E402", "`now` has no offset from UTC", "pass an aware datetime")
    return draft_of(policy, state, event, now.astimezone(UTC)).decision()


def draft_of(policy: Policy, state: TicketState, event: Event | Due, now: datetime) -> Draft:
    """The same, as a draft that also holds the state that results."""
    draft = Draft(policy, state, now)
    if isinstance(event, Due):
        fire_due(draft, micros(event.instant), inclusive=True)
        return draft
    found = diagnostics(policy, event)
    if found:
        raise PolicyError(found)
    if _known_already(state, event):
        return draft
    fact = _stamped(event, now)
    if is_late(state, micros(fact.at)):
        _tell_anew(draft, fact)
    else:
        fire_due(draft, micros(fact.at), inclusive=False)
        take(draft, fact)
    return draft


def _unusable(code: str, message: str, help: str) -> PolicyError:
    return PolicyError([Diagnostic(code, "error", message, Span("<event>"), help)])


def _stamped(event: Event, now: datetime) -> Event:
    return replace(
        event,
        at=event.at.astimezone(UTC),
        recorded_at=(event.recorded_at or now).astimezone(UTC),
        engine=False,
        outcome="",
        why="",
    )


def _content(event: Event) -> tuple[Any, ...]:
    return (event.type, event.at, event.by, event.actor, event.on_behalf_of, dict(event.fields), dict(event.data))


def _known_already(state: TicketState, event: Event) -> bool:
    known: Mapping[str, Event] = state.ids
    if not event.id or event.id not in known:
        return False
    if _content(known[event.id]) != _content(event):
        said = f"the id `{event.id[:60]}` is taken by an event with other content"
        raise _unusable("E407", said, "send a correction as an event of its own, under a new id")
    return True


def is_late(state: TicketState, at: int) -> bool:
    """Whether something that happened after `at` has been decided already."""
    after_fact = state.last_fact is not None and at < state.last_fact
    after_timer = state.last_timer is not None and at <= state.last_timer
    return after_fact or after_timer


def take(draft: Draft, fact: Event) -> None:
    """Ask the workflows whether the fact fits, and do what follows."""
    draft.at = fact.at
    moves = _moves(draft, fact)
    if isinstance(moves, str):
        draft.fact(replace(fact, outcome="refused", why=moves))
        return
    apply(draft, replace(fact, outcome="accepted"), moves)


def _moves(draft: Draft, fact: Event) -> list[tuple[Table, Edge]] | str:
    """The moves a fact makes, or why it makes none."""
    policy = draft.policy
    limit = policy.setting("late_events_up_to")
    recorded = fact.recorded_at or fact.at
    if micros(recorded) - micros(fact.at) > limit.seconds * SECOND:
        return f"it claims to have happened more than {limit} before it was recorded"
    if micros(fact.at) > micros(recorded):
        return "it claims to happen after it was recorded"
    if chains.is_request(draft, fact.type) and draft.state.priority:
        if chains.requested_chain(draft, fact.type) is None:
            return f"a {draft.state.priority} has no escalation on request"
    moves: list[tuple[Table, Edge]] = []
    why = ""
    for table in policy.tables.values():
        if fact.type not in table.triggers:
            continue
        state = draft.state.machines.get(table.name, table.initial)
        found = step(table, state, fact.type, lambda rule: draft.holds(rule, fact.by))
        if isinstance(found, Blocked):
            why = why or _blocked(policy, table, state, fact, found)
        else:
            missing = [name for name in found.requires if not fact.data.get(name)]
            if missing:
                return f"`{fact.type}` needs {', '.join(f'`{name}`' for name in missing)}"
            moves.append((table, found))
    return moves or why


def _blocked(policy: Policy, table: Table, state: str, fact: Event, found: Blocked) -> str:
    labels = {name: s.label or name for name, s in table.states.items()}
    if found.reason == "blocked":
        guards = {rule.id: rule.says for rule in policy.rules["guards"].words}
        said = "; ".join(f"`{name}` ({guards.get(name) or 'a guard'})" for name in found.failed)
        return f"`{fact.type}` is not allowed now: {said}"
    allowed = ", ".join(labels[s] for s in found.allowed_from)
    what = "the ticket" if table.name == LIFECYCLE else f"the {table.name}"
    return f"`{fact.type}` is not allowed while {what} is {labels.get(state, state)}; it is from: {allowed}"


def _tell_anew(draft: Draft, fact: Event) -> None:
    """A late fact: fold all facts again in order; keep what fired, correct what should not have, fire what should."""
    old = draft.state
    late = replace(fact, outcome="late")
    draft.fact(late)
    retold = Draft(draft.policy, TicketState(ticket=old.ticket), draft.now)
    retold.fired_before = fired_events(old.log)
    facts = [replace(e, outcome="", why="") for e in old.log if not e.engine]
    for past in sorted([*facts, fact], key=lambda e: e.at):
        retold.at = past.at
        fire_due(retold, micros(past.at), inclusive=False)
        take(retold, past)
    reached = max(old.last_fact or 0, old.last_timer or 0)
    fire_due(retold, reached, inclusive=True)
    draft.emit("refolded", draft.now, late=fact.type, happened=fact.at.isoformat(), events=tuple(retold.events))
    draft.reasons |= retold.reasons
    again = fired_events(tuple(retold.events))
    for key, firing in retold.fired_before.items():
        if key not in again:
            chain, level, cycle = key
            said = f"voided by `{fact.type}`, learned late"
            draft.emit("level_voided", draft.now, chain=chain, level=level, cycle=cycle, fired_at=firing.at.isoformat(), why=said)
    sent = {f"{old.ticket}/{chain}/{level}/{cycle}" for chain, level, cycle in retold.fired_before}
    known = _commands_before(draft.policy, old)
    draft.commands += [c for c in retold.commands if c.key not in sent and c.key not in known]


def _commands_before(policy: Policy, state: TicketState) -> set[str]:
    """The keys of the commands that were asked for before: those of the facts as they were known."""
    seen = Draft(policy, TicketState(ticket=state.ticket), state.log[0].at)
    for past in sorted((e for e in state.log if not e.engine), key=lambda e: e.at):
        seen.now = past.recorded_at or past.at
        fire_due(seen, micros(past.at), inclusive=False)
        take(seen, replace(past, outcome="", why=""))
    return {command.key for command in seen.commands}
