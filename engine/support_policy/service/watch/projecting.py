"""What lists, the agenda and the outbox show of a ticket: all of it follows from the policy and the ticket's state."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from support_policy.model.event import Command, Event, micros
from support_policy.policy.compiled import Policy
from support_policy.policy.names import LIFECYCLE
from support_policy.render.messages import message_of
from support_policy.service.watch.rows import Head, Letter, LetterStatus, Pending
from support_policy.ticket.agenda import Timer, agenda, target_due
from support_policy.ticket.evaluate import Run, escalation_level
from support_policy.ticket.state import TicketState

MISSED = ("breached", "missed_then_met")
NOBODY = "nobody fills this role"
NO_REQUESTER = "the address of the customer is not known"
LONGEST_SUBJECT = 500
"""Characters of a subject that lists show; the ticket has all of it."""
_BY_MAIL = re.compile(r"mail:(<[^<>\s]+@(?!without-id\.invalid>)[^<>\s]+>)(/\w+)?")
STAFF = ("engineer", "manager", "director")


def head_of(policy: Policy, state: TicketState) -> Head:
    """A ticket in short; `policy` is the version that governs it."""
    life = state.machines.get(LIFECYCLE, policy.life.initial)
    stay = state.stay(LIFECYCLE)
    due = (target_due(policy, clock) for clock in state.clocks.values() if clock.status == "running")
    return Head(
        ticket=state.ticket,
        length=len(state.log),
        digest=policy.digest,
        state=life,
        open=life not in policy.life.finals,
        priority=state.priority,
        stated=state.stated,
        assessed=state.assessed,
        organization=str(state.facts.get("organization") or ""),
        office=state.office,
        team=state.team,
        subject=str(state.facts.get("subject") or "")[:LONGEST_SUBJECT],
        requester=requester(state.log),
        escalation_level=escalation_level(policy, state),
        open_requests=len(state.open_requests),
        breaches=sum(clock.status in MISSED for clock in state.clocks.values()),
        begun=state.begun or 0,
        updated=micros(state.log[-1].recorded_at or state.log[-1].at) if state.log else 0,
        due_at=min((at for at in due if at is not None), default=None),
        since=stay.since if stay else 0,
    )


def pending_of(policy: Policy, state: TicketState) -> Pending | None:
    """What falls due next; `policy` is the version that governs the ticket."""
    return next_of(state, agenda(policy, state))


def next_of(state: TicketState, timers: Sequence[Timer]) -> Pending | None:
    """The same, of a ticket whose agenda is known."""
    if not timers:
        return None
    first = timers[0]
    return Pending(state.ticket, first.due, first.kind.name.lower(), str(first.name), first.level)


def firings_of(records: Iterable[Event]) -> Iterator[str]:
    """The firings among records, as `CHAIN/LEVEL/CYCLE`: each happens once."""
    for record in records:
        if record.engine and record.type == "level_fired":
            yield f"{record.data['chain']}/{record.data['level']}/{record.data['cycle']}"


def requester(log: Iterable[Event]) -> str:
    """The address of the customer who asked, as the log has it; "" when no event says it."""
    for event in log:
        if not event.engine and event.by in ("customer", ""):
            address = next((name for name in (event.on_behalf_of, event.actor) if "@" in name), "")
            if address:
                return address
    return ""


def thread_of(log: Sequence[Event], to: str) -> Mapping[str, str]:
    """The headers by which a mail to `to` stands below what they wrote last."""
    for event in reversed(log):
        found = _BY_MAIL.fullmatch(event.id or "") if not event.engine else None
        if found and to in (event.actor, event.on_behalf_of):
            return {"In-Reply-To": found[1]}
    return {}


def letters_of(run: Run, commands: Iterable[Command], decision: str, status: LetterStatus) -> Iterator[Letter]:
    """The messages that commands ask for, rendered now: one for each recipient, in the order of the commands."""
    for command in commands:
        message = message_of(run.governing, run, command)
        if message is None:
            continue
        for role, to in _recipients(run, command):
            yield Letter(
                key=command.key,
                recipient=to,
                role=role,
                ticket=run.state.ticket,
                command=command.name,
                subject=message.subject,
                body=message.body,
                created=micros(run.at),
                decision=decision,
                template=message.template,
                problem=message.problem,
                status=status if to else "dead",
                next_at=micros(run.at),
                error="" if to else NO_REQUESTER if role == "customer" else NOBODY,
                headers=thread_of(run.state.log, to) if role == "customer" else {},
            )


def _recipients(run: Run, command: Command) -> list[tuple[str, str]]:
    """(role, address), no address twice; an empty address where nobody is to be found."""
    if command.name == "tell_customer":
        return [("customer", requester(run.state.log))]
    every: dict[str, tuple[str, str]] = {}
    for role, to in command.notify:
        every.setdefault(to or f" {role}", (role, to))
    return list(every.values())


def reply_letter(policy: Policy, state: TicketState, fact: Event, decision: str, status: LetterStatus) -> list[Letter]:
    """What a person of the house says to the customer through the system goes out as a letter."""
    text = str(fact.data.get("text") or "").strip()
    if not text or fact.outcome == "refused" or fact.by not in STAFF or fact.type not in answers(policy):
        return []
    to = requester(state.log)
    at = micros(fact.recorded_at or fact.at)
    return [
        Letter(
            key=f"{state.ticket}/reply/{fact.id or decision}",
            recipient=to,
            role="customer",
            ticket=state.ticket,
            command="reply",
            subject=_reply_subject(state),
            body=text + "\n",
            created=at,
            decision=decision,
            status=status if to else "dead",
            next_at=at,
            error="" if to else NO_REQUESTER,
            headers=thread_of(state.log, to),
        )
    ]


def _reply_subject(state: TicketState) -> str:
    subject = " ".join(str(state.facts.get("subject") or "").split())
    subject = re.sub(r"(?i)^(re\s*:\s*)+", "", subject)
    return f"Re: {subject} [{state.ticket}]" if subject else f"Your request {state.ticket}"


def answers(policy: Policy) -> frozenset[str]:
    """The event types by which a person of the house speaks to the customer: those that stop a promise to answer."""
    return frozenset(
        str(stop.event)
        for metric in policy.text.metrics.values()
        for stop in metric.stop
        if stop.by and not set(stop.by).isdisjoint(STAFF)
    )
