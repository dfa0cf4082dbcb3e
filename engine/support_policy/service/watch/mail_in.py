"""Mail in: a mail becomes an event of a ticket, or is kept with the reason why not. It is never lost.

A mail happens when our listener receives it; its `Date` is what its sender claims, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from support_policy.model.event import Event, micros
from support_policy.policy.compiled import Policy
from support_policy.service.watch.desk import Desk, Fact, Taken
from support_policy.service.watch.mail_addresses import canonical
from support_policy.service.watch.mail_notes import bounced, copy_of, receipt
from support_policy.service.watch.mail_robots import Ours, automatic
from support_policy.service.watch.mail_text import Mail, read_mail
from support_policy.service.watch.mail_ticket import has_to_do, ticket_of
from support_policy.service.watch.mail_trust import Belief, Envelope, doubt
from support_policy.service.watch.mail_words import clean, line
from support_policy.service.watch.ports import (
    Journal,
    Meter,
    Store,
    StoreBusy,
    StoreConflict,
    StoreFull,
    Work,
)
from support_policy.service.watch.rows import AuditRow, Head, MailRow, MailStatus
from support_policy.service.watch.writing import write
from support_policy.ticket.intake import Intake, intake

FITS = ("accepted", "late", "refused")
"""Outcomes of an event that stands in the ticket's log."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where mail comes in: what is our own, and who is believed.

    `receipts`: whoever was sent so many letters within an hour gets no receipt.
    """

    ours: Ours
    belief: Belief = field(default_factory=Belief)
    receipts: int = 10


@dataclass(frozen=True, slots=True)
class MailTaken:
    """What became of a mail: its row, the ticket it belongs to ("" for none), why it is no event (or what was odd)."""

    id: int
    status: MailStatus
    ticket: str = ""
    problem: str = ""
    events: tuple[Taken, ...] = ()


@dataclass(slots=True)
class _Incoming:
    """A mail on its way in. `name` is what it is known by, `sender` an address or ""."""

    mail: Mail
    raw: bytes
    envelope: Envelope
    now: datetime
    name: str
    sender: str

    @property
    def mail_id(self) -> str:
        """What its events are named by, so that the same mail gives the same."""
        return f"mail:{self.name}" if len(self.name) <= 120 else f"mail:{sha256(self.name.encode()).hexdigest()}"


class MailIn:
    """Takes mails in. Safe among threads, as the store and the desk are."""

    def __init__(self, store: Store, desk: Desk, door: Door, meter: Meter, journal: Journal) -> None:
        self.store, self.desk, self.door, self.meter, self.journal = store, desk, door, meter, journal

    def take(self, raw: bytes, envelope: Envelope, now: datetime) -> MailTaken:
        """Take a mail in, in one transaction; when this returns, it is stored.

        Raises `StoreBusy`, `StoreConflict` or `StoreFull`, nothing being stored: the sender has to try again.
        """
        mail = read_mail(raw)
        sender = mail.sender.address if mail.sender else canonical(clean(envelope.sender.strip("<>")))
        one = _Incoming(mail, raw, envelope, now, mail.message_id, sender)
        taken = write(self.store, lambda work: self._take(work, one))
        self.meter.mail(taken.status)
        about = {"mail": taken.id, "ticket": taken.ticket, "message_id": one.name, "why": taken.problem}
        self.journal.say("warning" if taken.status == "kept" else "info", f"mail {taken.status}", **about)
        return taken

    def _take(self, work: Work, one: _Incoming) -> MailTaken:
        mail = one.mail
        self.desk.shelf.refresh(work)
        one.name, copied = copy_of(work, mail, one.raw)
        if copied:
            return self._row(work, one, "ignored", problem=f"it was taken in before, as mail {copied}")
        policy = self.desk.shelf.policy
        actor = policy.actor_of(mail.sender.address, one.now) if mail.sender else ""
        organization = policy.organization_of(one.sender)
        head = ticket_of(work, mail, self.desk.prefix, lambda head: has_to_do(head, one.sender, organization, actor))
        robot = automatic(mail, one.envelope.sender, self.door.ours)
        if robot:
            return self._robot(work, one, head, robot)
        if not one.sender or (mail.sender is None and not mail.subject):
            return self._row(work, one, "kept", problem="; ".join(("it names no sender", *mail.problems)))
        why = doubt(mail, one.envelope, actor, self.door.belief) if actor else ""
        if why:
            said = f"it claims to be from {one.sender}, one of the house ({actor}), but {why}"
            return self._row(work, one, "kept", _name(head), said)
        return self._person(work, one, head, actor or "customer")

    def _robot(self, work: Work, one: _Incoming, head: Head | None, why: str) -> MailTaken:
        """A machine's mail is noted; a rule with `instead` may have it begin a ticket all the same."""
        ticket, said = bounced(work, one.mail, self.door.ours.domain, one.now)
        if said:
            return self._row(work, one, "ignored", ticket, f"{why}; {said}")
        if head is None and one.sender:
            policy = self._policy(None, one.now)
            got = self._intake(policy, one, None, "automatic")
            if _begins(policy, got):
                return self._decide(work, one, None, "automatic", got)
        return self._row(work, one, "ignored", _name(head), why)

    def _person(self, work: Work, one: _Incoming, head: Head | None, by: str) -> MailTaken:
        got = self._intake(self._policy(head, one.now), one, head, by)
        if got.ignored:
            status: MailStatus = "ignored" if self._policy(head, one.now).text.mail else "kept"
            return self._row(work, one, status, _name(head), got.ignored)
        allowed = one.envelope.organizations
        whose = head.organization if head else str(got.facts.get("organization") or "")
        if allowed and whose not in allowed:
            said = f"{one.envelope.principal} may not write for {whose or 'an unknown organization'}"
            return self._row(work, one, "kept", _name(head), said)
        return self._decide(work, one, head, by, got)

    def _policy(self, head: Head | None, now: datetime) -> Policy:
        policy = self.desk.shelf.policy
        return policy.governing(head.digest, head.begun) if head else policy.governing("", micros(now))

    def _intake(self, policy: Policy, one: _Incoming, head: Head | None, by: str) -> Intake:
        mail = one.mail
        values = {
            "mail.subject": mail.subject,
            "mail.body": mail.text,
            "mail.from": one.sender,
            "mail.to": [person.address for person in (*mail.to, *mail.cc)],
            "mail.reply": head is not None,
            "mail.by": "customer" if by == "automatic" else by,
            "mail.automatic": by == "automatic",
            "mail.attachments": len(mail.attachments),
            "mail.size": len(one.raw),
        }
        if head is not None:
            values |= {"priority": head.priority, "state": head.state, "organization": head.organization or None}
        return intake(policy, values)

    def _decide(self, work: Work, one: _Incoming, head: Head | None, by: str, got: Intake) -> MailTaken:
        """Give the events to the desk, each on its own; the mail is a ticket's when the first one stands in its log."""
        events = _events(one, by, got)
        taken = [self._give(work, _name(head), events[0], one.now)]
        if taken[0].outcome not in FITS and events[0].fields:
            # A fact that a rule read cannot stand: the ticket must not be lost for it.
            kept = {name: v for name, v in events[0].fields.items() if name in ("organization", "subject", "body")}
            plain = replace(events[0], fields=kept)
            taken = [self._give(work, _name(head), plain, one.now)]
        first = taken[0]
        if first.outcome not in FITS:
            return self._row(work, one, "ignored" if first.outcome == "known" else "kept", _name(head), _why(first))
        taken += [self._give(work, first.ticket, event, one.now) for event in events[1:]]
        self._bind(work, one.name, first.ticket)
        if head is None and by == "customer" and first.outcome == "accepted":
            receipt(work, self.desk, first.ticket, one.sender, one.now, self.door.receipts)
        problem = "; ".join(filter(None, (*map(_why, taken), *one.mail.problems)))
        return self._row(work, one, "taken", first.ticket, problem, tuple(taken))

    def _give(self, work: Work, ticket: str, event: Event, now: datetime) -> Taken:
        try:
            with work.attempt():
                return self.desk.take(work, [Fact(ticket, event)], now)[0]
        except (StoreBusy, StoreConflict, StoreFull):
            raise
        except Exception as problem:  # noqa: BLE001 - a mail that cannot be decided is kept, not refused for ever
            why = f"it could not be decided ({type(problem).__name__}: {problem})"
            self.journal.say("error", "a mail could not be decided", ticket=ticket, fault=why)
            return Taken(ticket, "unusable", line(why, 500))

    def _bind(self, work: Work, name: str, ticket: str) -> None:
        """Another process may have taken the same mail meanwhile, for another new ticket: then this one is undone."""
        work.mails.belongs(name, ticket)
        if work.mails.ticket_of([name]) != ticket:
            raise StoreConflict("the mail was taken in by another process")

    def _row(
        self,
        work: Work,
        one: _Incoming,
        status: MailStatus,
        ticket: str = "",
        problem: str = "",
        events: tuple[Taken, ...] = (),
    ) -> MailTaken:
        said = line(problem, 2000)
        row = MailRow(
            received=micros(one.now),
            sender=one.sender,
            recipients=tuple(line(name, 320) for name in one.envelope.recipients),
            message_id=one.name,
            raw=one.raw,
            status=status,
            ticket=ticket,
            subject=one.mail.subject,
            problem=said,
        )
        id = work.mails.add(row)
        refused = any(taken.outcome not in ("accepted", "late", "known") for taken in events)
        if status == "kept" or refused:
            what = "mail.kept" if status == "kept" else "mail.refused"
            detail = {"ticket": ticket, "message_id": one.name, "why": said}
            work.register.audit(AuditRow(micros(one.now), what, one.sender, str(id), detail))
        return MailTaken(id, status, ticket, said, events)


def _events(one: _Incoming, by: str, got: Intake) -> Sequence[Event]:
    """The events of a mail: the first sets its facts."""
    principal = one.envelope.principal
    actor, whose = (principal, one.sender) if principal else (one.sender, "")
    return [
        Event(
            given.type,
            one.now,
            by=by,
            actor=actor,
            on_behalf_of=whose,
            id=one.mail_id if number == 0 else f"{one.mail_id}/{given.type}",
            fields=got.facts if number == 0 else {},
            data=given.carried,
        )
        for number, given in enumerate(got.events)
    ]


def _begins(policy: Policy, got: Intake) -> bool:
    """Whether a rule that held says that the mail is an event that begins a ticket, `instead` of what it is."""
    rules = policy.rules.get("intake")
    if got.ignored or not got.events or rules is None:
        return False
    held = {why.rule for why in got.because}
    acts = (act for words, acts in zip(rules.words, policy.intake, strict=True) if words.id in held for act in acts)
    said = any(getattr(act, "instead", False) for act in acts)
    return said and got.events[0].type in policy.life.exits(policy.life.initial)


def _name(head: Head | None) -> str:
    return head.ticket if head else ""


def _why(taken: Taken) -> str:
    if taken.outcome == "unusable":
        return taken.why or "; ".join(found.message for found in taken.diagnostics)
    return taken.why if taken.outcome == "refused" else ""
