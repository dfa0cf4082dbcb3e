"""The desk: what follows from facts and from the clock, decided and saved in one transaction."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from support_policy.model.event import Due, Event, micros
from support_policy.model.mail import TICKETS
from support_policy.policy.compiled import Policy
from support_policy.service.watch.kept import command_of, kept_command, kept_reason, reason_of
from support_policy.service.watch.ports import Shelf, StoreConflict, Work
from support_policy.service.watch.projecting import firings_of, head_of, letters_of, next_of, reply_letter
from support_policy.service.watch.rows import DecisionRow, Head, LetterStatus, Made, Stuck
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.ticket.agenda import Timer, agenda
from support_policy.ticket.altered import altered
from support_policy.ticket.decide import draft_of
from support_policy.ticket.draft import Draft
from support_policy.ticket.evaluate import Run
from support_policy.ticket.evolve import evolve_all
from support_policy.ticket.state import TicketState, new_ticket

AHEAD = timedelta(seconds=60)
"""A clock of others that is ahead by no more than this is believed: what it tells is taken as learned when it says."""
RETRY_AFTER = (1, 5, 30, 120, 600)
"""Seconds after which a ticket that could not be decided is tried again: after the first failure, the second, ..."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An event for a ticket; an empty name begins a ticket with the next number."""

    ticket: str
    event: Event


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a fact.

    `outcome` is accepted, refused (recorded, `why`), late (told anew), known (its id was taken before) or unusable
    (`diagnostics`; nothing is recorded). `made` is what was stored, if anything.
    """

    ticket: str
    outcome: str
    why: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    made: Made | None = None

    @property
    def decision(self) -> str:
        """The id of the decision; "" where there is none."""
        return self.made.decision.id if self.made else ""


class States:
    """The states of tickets as they were last stored, so that a log need not be folded again. Safe among threads.

    `most` is how many records their logs have together (a record takes about a kilobyte); the least used go first.
    """

    def __init__(self, most: int = 200_000) -> None:
        self._most = most
        self._records = 0
        self._kept: OrderedDict[str, TicketState] = OrderedDict()
        self._lock = Lock()

    def get(self, head: Head) -> TicketState | None:
        """The state of a ticket whose log is as long as its head says; None where it is not known."""
        with self._lock:
            state = self._kept.get(head.ticket)
            return state if state is not None and len(state.log) == head.length else None

    def keep(self, states: Iterable[TicketState]) -> None:
        """Keep states that have been stored."""
        with self._lock:
            for state in states:
                before = self._kept.pop(state.ticket, None)
                self._kept[state.ticket] = state
                self._records += len(state.log) - (len(before.log) if before else 0)
            while self._records > self._most:
                _, state = self._kept.popitem(last=False)
                self._records -= len(state.log)


@dataclass(frozen=True, slots=True)
class Held:
    """Tickets as a transaction found them: states that are known, logs of the others."""

    heads: Mapping[str, Head]
    known: Mapping[str, TicketState]
    logs: Mapping[str, tuple[Event, ...]]

    def state(self, ticket: str) -> TicketState:
        """The state of one that exists. Raises whatever a log that cannot be read raises."""
        state = self.known.get(ticket) or fold(ticket, self.logs[ticket])
        if len(state.log) != self.heads[ticket].length:
            raise StoreConflict(f"the log of {ticket} is not as long as its head says")
        return state


class Desk:
    """Decides by the policies of a shelf; `shadow` sends nothing."""

    def __init__(self, shelf: Shelf, *, shadow: bool = False) -> None:
        self.shelf = shelf
        self.status: LetterStatus = "shadow" if shadow else "waiting"
        self.states = States()

    @property
    def prefix(self) -> str:
        """What the names of new tickets begin with, by the newest version of the policy."""
        mail = self.shelf.policy.text.mail
        return str(mail.tickets) if mail else TICKETS

    def apart(self, most: int) -> Desk:
        """The same desk with states of its own: for sweeps over many tickets, each of which is needed once."""
        other = copy(self)  # whatever kind of desk it is
        other.states = States(most)
        return other

    # -- deciding -------------------------------------------------------------------------------------------------

    def take(self, work: Work, facts: Sequence[Fact], now: datetime) -> list[Taken]:
        """Decide facts in order, learned at `now`, and save what follows; what became of each."""
        self.shelf.refresh(work)
        named = [fact if fact.ticket else Fact(self._name(work), fact.event) for fact in facts]
        held = self._held(work, {fact.ticket for fact in named}, lock=True)
        states = {ticket: held.state(ticket) for ticket in held.heads}
        taken: list[Taken] = []
        for fact in named:
            one, state = self._take(states.get(fact.ticket) or new_ticket(fact.ticket), fact.event, now)
            taken.append(one)
            if one.made:
                states[fact.ticket] = state
        self._save(work, [one.made for one in taken if one.made], states)
        return taken

    def fall_due(self, work: Work, tickets: Sequence[str], now: datetime) -> list[Made]:
        """Everything that is due for these tickets by `now` happens, once, in order; one that fails is put aside."""
        self.shelf.refresh(work)
        held = self._held(work, tickets, lock=True)
        states: dict[str, TicketState] = {}
        made: list[Made] = []
        for ticket in tickets:
            try:
                one, states[ticket] = self._due(held.state(ticket), now)
            except Exception as problem:  # noqa: BLE001 - one ticket that cannot be decided must not stop the others
                self.put_aside(work, ticket, now, problem)
                continue
            made.append(one)
        self._save(work, made, states)
        return made

    def _take(self, state: TicketState, event: Event, now: datetime) -> tuple[Taken, TicketState]:
        at = event.at if now < event.at <= now + AHEAD else now
        at = max(at, _reached(state) or at)
        try:
            draft = draft_of(self.shelf.policy, state, altered(event, {"recorded_at": at}), at)
        except PolicyError as problem:
            return Taken(state.ticket, "unusable", diagnostics=tuple(problem.diagnostics)), state
        if not draft.events:
            return Taken(state.ticket, "known"), state
        told = next(e for e in draft.events if not e.engine and e.type == event.type)
        made = self._made(draft, state, event.type, told)
        return Taken(state.ticket, told.outcome, told.why, made=made), draft.state

    def _due(self, state: TicketState, now: datetime) -> tuple[Made, TicketState]:
        # Also where a clock was set back: the instant that is kept with the decision is all it was decided from.
        at = max(now, _reached(state) or now)
        draft = draft_of(self.shelf.policy, state, Due(at), at)
        return self._made(draft, state, "due", None), draft.state

    def _made(self, draft: Draft, before: TicketState, trigger: str, fact: Event | None) -> Made:
        state, first = draft.state, len(before.log)
        policy = self.shelf.policy.governing(state.digest, state.begun)
        id = f"{state.ticket}.{first + 1}"
        run = Run(self.shelf.policy, state, draft.now)
        reasons = draft.reasons.values()
        letters = list(letters_of(run, draft.commands, id, self.status))
        if fact is not None:
            letters += reply_letter(policy, state, fact, id, self.status)
        row = DecisionRow(
            id=id,
            ticket=state.ticket,
            first=first + 1,
            records=len(draft.events),
            at=micros(draft.now),
            trigger=trigger,
            digest=policy.digest,
            versions=policy.versions,
            because=tuple(kept_reason(reason) for reason in reasons if reason.held),
            why_not=tuple(kept_reason(reason) for reason in reasons if not reason.held),
            commands=tuple(map(kept_command, draft.commands)),
        )
        records, head, pending = tuple(draft.events), head_of(policy, state), next_of(state, _timers(draft, policy))
        return Made(first, records, head, pending, row, tuple(firings_of(records)), tuple(letters))

    def _save(self, work: Work, made: Sequence[Made], states: Mapping[str, TicketState]) -> None:
        # A due instant that a fact has moved away leaves nothing to record, but another instant to wait for.
        work.tickets.save([one for one in made if one.records])
        for one in made:
            if not one.records:
                work.tickets.wait(one.head.ticket, one.pending)
        changed = [states[ticket] for ticket in {one.head.ticket for one in made if one.records}]
        work.afterwards(lambda: self.states.keep(changed))

    def put_aside(self, work: Work, ticket: str, now: datetime, problem: Exception) -> None:
        """A ticket that cannot be decided is tried again later, ever less often; the others go on."""
        tried = next((one.attempts for one in work.tickets.stuck(ticket)), 0)
        seconds = RETRY_AFTER[min(tried, len(RETRY_AFTER) - 1)]
        what = f"{type(problem).__name__}: {problem}"[:500]
        retry = micros(now + timedelta(seconds=seconds))
        work.tickets.put_aside(Stuck(ticket, micros(now), what, tried + 1, retry))

    # -- reading --------------------------------------------------------------------------------------------------

    def state(self, work: Work, ticket: str) -> TicketState | None:
        """The state of a ticket; None for one that nobody knows."""
        held = self._held(work, [ticket], lock=False)
        return held.state(ticket) if ticket in held.heads else None

    def run(self, work: Work, ticket: str, at: datetime) -> Run | None:
        """A ticket as it was decided, for `report`, `explain` and pictures; None for one that nobody knows."""
        state = self.state(work, ticket)
        if state is None:
            return None
        run = Run(self.shelf.policy, state, at)
        for row in work.tickets.decisions(ticket):
            run.commands += map(command_of, row.commands)
            for data in (*row.because, *row.why_not):
                reason = reason_of(data)
                run.reasons.setdefault((reason.rule, reason.held, reason.says), reason)
        return run

    def read(self, work: Work, tickets: Iterable[str]) -> None:
        """Read tickets ahead: what decides about them next need not read their logs, unless they have grown by then."""
        held = self._held(work, tickets, lock=False)
        for ticket in held.heads:
            # What cannot be read, or is being written, is met again where it is decided.
            with suppress(Exception):
                self.states.keep([held.state(ticket)])

    def _held(self, work: Work, tickets: Iterable[str], *, lock: bool) -> Held:
        heads = work.tickets.heads(sorted(set(tickets)), lock=lock)
        known = {ticket: state for ticket, head in heads.items() if (state := self.states.get(head)) is not None}
        return Held(heads, known, work.tickets.logs([ticket for ticket in heads if ticket not in known]))

    def _name(self, work: Work) -> str:
        return f"{self.prefix}{1000 + work.tickets.next_number()}"


def fold(ticket: str, log: Iterable[Event]) -> TicketState:
    """The state that a log says."""
    return evolve_all(new_ticket(ticket), log)


def _timers(draft: Draft, policy: Policy) -> Sequence[Timer]:
    # A ticket that is told anew may turn out to have begun under another version.
    return draft.timers() if draft.policy is policy else agenda(policy, draft.state)


def _reached(state: TicketState) -> datetime | None:
    """When the last record was learned: no later one may seem to be learned before it, whatever a clock says."""
    return state.log[-1].recorded_at if state.log else None
