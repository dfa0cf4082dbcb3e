"""`decide`: what follows from a fact, or from the clock reaching an instant. Pure; the same inputs, the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from support_policy.model.event import Decision, Due, Event, content, listless, micros
from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span
from support_policy.ticket.altered import altered
from support_policy.ticket.draft import Draft
from support_policy.ticket.facts import diagnostics
from support_policy.ticket.history import read_event
from support_policy.ticket.retell import tell_anew
from support_policy.ticket.state import TicketState
from support_policy.ticket.take import disbelief
from support_policy.ticket.wake import fire_due, happen


def decide(policy: Policy, state: TicketState, event: Event | Due | Mapping[str, Any], now: datetime) -> Decision:
    """What follows from `event` for a ticket in `state`, decided at `now` (aware).

    A fact is an `Event`, or plain data as histories hold it (`{"at", "type", "fields", ...}`). It may have happened
    earlier than others already known (`at`): the ticket is then told anew, and what fired wrongly is corrected, never
    unsaid. `Due(instant)` makes everything due at or before it happen, once, in order. Fold the decision's events into
    the state with `evolve`. Raises `PolicyError` for an event this policy cannot read (unknown type, fact or value; a
    used id with other content); an event the workflow does not allow is no error: it is recorded with its reason and
    changes nothing.
    """
    if now.tzinfo is None:
        raise _unusable("E402", "`now` has no offset from UTC", "pass an aware datetime")
    if isinstance(event, Mapping):
        event = read_event(policy, event)
    return draft_of(policy, state, event, now.astimezone(UTC)).decision()


def draft_of(policy: Policy, state: TicketState, event: Event | Due, now: datetime) -> Draft:
    """The same, as a draft that also holds the state that results."""
    policy = policy.governing(state.digest, state.begun, event if isinstance(event, Event) else None)
    draft = Draft(policy, state, now)
    if isinstance(event, Due):
        fire_due(draft, micros(event.instant), inclusive=True)
        return draft
    found = diagnostics(policy, event)
    if found:
        raise PolicyError(found)
    fact = _stamped(event, now)
    if _known_already(state, fact):
        return draft
    why = disbelief(draft, fact)
    if why:
        draft.fact(altered(fact, {"outcome": "refused", "why": why}))
    elif is_late(state, micros(fact.at)):
        tell_anew(draft, fact)
    else:
        fire_due(draft, micros(fact.at), inclusive=False)
        happen(draft, fact)
    return draft


def _unusable(code: str, message: str, help: str) -> PolicyError:
    return PolicyError([Diagnostic(code, "error", message, Span("<event>"), help)])


def _stamped(event: Event, now: datetime) -> Event:
    return altered(
        event,
        {
            "at": event.at.astimezone(UTC),
            "recorded_at": (event.recorded_at or now).astimezone(UTC),
            "fields": listless(event.fields),
            "engine": False,
            "outcome": "",
            "why": "",
        },
    )


def _known_already(state: TicketState, event: Event) -> bool:
    if not event.id or event.id not in state.ids:
        return False
    if content(state.ids[event.id]) != content(event):
        said = f"the id `{event.id[:60]}` is taken by an event with other content"
        raise _unusable("E407", said, "send a correction as an event of its own, under a new id")
    return True


def is_late(state: TicketState, at: int) -> bool:
    """Whether something that happened after `at` has been decided already."""
    after_fact = state.last_fact is not None and at < state.last_fact
    after_timer = state.last_timer is not None and at <= state.last_timer
    return after_fact or after_timer
