"""The sender: letters that wait go out, at least once, each under a name that stays the same.

A letter is claimed by a lease in one transaction, delivered outside of any, and what became of it is stored in another.
Who dies in between loses the lease: another delivers the letter again, with the same Message-ID, by which a receiver
knows it. So every letter ends as sent, as listed in one digest (and shares its fate), or as dead; until then it waits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from support_policy.model.event import instant, micros
from support_policy.render.sentences import plain
from support_policy.service.watch.backoff import given_up, wait_after
from support_policy.service.watch.mail_names import own_id
from support_policy.service.watch.mail_threads import thread_id
from support_policy.service.watch.ports import (
    Clock,
    Journal,
    Messenger,
    Meter,
    NotNow,
    Store,
    Undeliverable,
    Unreachable,
    Work,
)
from support_policy.service.watch.rows import AuditRow, Letter
from support_policy.service.watch.settings_out import OutLimits
from support_policy.service.watch.storms import Priorities, Storms
from support_policy.service.watch.writing import write

MAIL = "mail"
"""The messenger of addresses `name@host`; those of channels are named as the recipient, `channel:NAME`."""
CHANNEL = "channel:"
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_LONGEST_ERROR = 500


def way_of(recipient: str) -> str:
    """The name of the messenger for a recipient: `mail`, `channel:NAME`, or empty for what is neither."""
    if recipient.startswith(CHANNEL):
        return recipient
    return MAIL if _ADDRESS.fullmatch(recipient) else ""


class Outgoing:
    """Sends what waits. Any number of them, in threads or processes, may work on one store; one is for one thread.

    `messengers` are by `way_of` a recipient; `domain` is the right side of our Message-IDs; `whole` names channels that
    are never told a list. `stopping`, once set, ends a step after the letter in hand.
    """

    def __init__(
        self,
        store: Store,
        messengers: Mapping[str, Messenger],
        limits: OutLimits,
        clock: Clock,
        worker: str,
        *,
        domain: str,
        meter: Meter,
        journal: Journal,
        priorities: Priorities = tuple,
        whole: frozenset[str] = frozenset(),
    ) -> None:
        self.store, self.messengers, self.limits, self.clock, self.worker = store, messengers, limits, clock, worker
        self.domain, self.meter, self.journal = domain, meter, journal
        self.storms = Storms(limits, priorities, whole)
        self.stopping = False
        self._unsettled: tuple[Letter, Letter] | None = None

    def step(self, now: datetime) -> int:
        """Deal with one batch of what waits at `now`; how many letters that were. Raises what the store raises.

        What became of a letter that could not be stored is stored by the next step, before anything else.
        """
        if self._unsettled:
            self._settle(*self._unsettled)
            self._unsettled = None
        until = now + timedelta(seconds=self.limits.lease)
        claimed, through = write(self.store, lambda work: self._take(work, micros(now), micros(until)))
        # A delivery may take long: none is begun that might outlast the lease.
        last = now + timedelta(seconds=self.limits.lease * 2 / 3)
        down: dict[str, Unreachable] = {}
        begun = 0
        try:
            for letter in through:
                if self.stopping or self.clock.now() >= last:
                    break
                begun += 1
                self._unsettled = letter, self._deliver(letter, down)
                self._settle(*self._unsettled)
                self._unsettled = None
        finally:
            if begun < len(through):
                self._give_free(through[begun:])
        return claimed - (len(through) - begun)

    def _take(self, work: Work, now: int, until: int) -> tuple[int, tuple[Letter, ...]]:
        # It is short beside a delivery, and what others take at the same moment would escape the list of a storm.
        work.letters.turn()
        claimed = work.letters.claim(now, until, self.worker, self.limits.batch)
        through = self.storms.admit(work, claimed, now)
        for letter in through:
            # Before it is sent: an answer must find its ticket, however fast it comes.
            if letter.ticket and letter.attempts == 0 and way_of(letter.recipient) == MAIL:
                work.mails.belongs(own_id(letter.key, letter.recipient, self.domain), letter.ticket)
                work.mails.belongs(thread_id(letter.ticket, self.domain), letter.ticket)
        return len(claimed), through

    def _deliver(self, letter: Letter, down: dict[str, Unreachable]) -> Letter:
        """Deliver a letter, if it can be; the letter as it is then to be stored."""
        way = way_of(letter.recipient)
        messenger = self.messengers.get(way)
        tried = replace(letter, attempts=letter.attempts + 1)
        if messenger is None:
            why = f"the settings have no `{plain(way, 80)}`" if way else "this is no address and no channel"
            return replace(tried, status="dead", error=why)
        if way in down:
            return self._later(tried, down[way])
        try:
            messenger.deliver(letter, own_id(letter.key, letter.recipient, self.domain))
        except Undeliverable as problem:
            return replace(tried, status="dead", error=_said(problem))
        except Unreachable as problem:
            down[way] = problem
            return self._later(tried, problem)
        except NotNow as problem:
            return self._later(tried, problem)
        except Exception as problem:  # noqa: BLE001 - a fault of one messenger must not keep the others from sending
            fault = NotNow(f"{type(problem).__name__}: {problem}")
            self.journal.say("error", "a messenger failed", letter=letter.id, way=way, fault=_said(fault))
            return self._later(tried, fault)
        return replace(tried, status="sent", error="", sent_at=micros(self.clock.now()))

    def _later(self, tried: Letter, problem: NotNow) -> Letter:
        """A letter that was not delivered now: when it is tried again, or that it is given up."""
        now, why = self.clock.now(), _said(problem)
        over = given_up(self.limits, tried, micros(now))
        if over:
            return replace(tried, status="dead", error=f"{over}: {why}")
        wait = wait_after(self.limits, tried.attempts, problem.after)
        return replace(tried, next_at=micros(now + timedelta(seconds=wait)), error=why)

    def _settle(self, was: Letter, letter: Letter) -> None:
        """Store what became of a letter; what another worker has done with it since the lease lapsed stays."""
        stored = write(self.store, lambda work: self._store(work, letter))
        result = "later" if letter.status == "waiting" else letter.status
        self.meter.delivered(way_of(letter.recipient) or "none", result)
        about = {"letter": letter.id, "ticket": letter.ticket, "decision": letter.decision, "to": letter.recipient}
        if not stored:
            self.journal.say("warning", "another worker had the letter too", **about)
        elif letter.status == "sent":
            self.journal.say("info", "sent", command=letter.command, tries=letter.attempts, **about)
        elif letter.status == "dead":
            self.journal.say("error", "not delivered, given up", why=letter.error, tries=letter.attempts, **about)
        else:
            again = instant(letter.next_at).isoformat(timespec="seconds")
            level = "warning" if was.attempts else "info"
            self.journal.say(level, "not delivered yet", why=letter.error, again=again, **about)

    def _store(self, work: Work, letter: Letter) -> bool:
        known = work.letters.get(letter.id)
        if known is None or known.status != "waiting":
            return False
        work.letters.update(letter)
        if letter.status == "dead":
            detail = {"recipient": letter.recipient, "ticket": letter.ticket, "why": letter.error}
            at = micros(self.clock.now())
            work.register.audit(AuditRow(at, "letter.dead", self.worker, str(letter.id), detail))
        return True

    def _give_free(self, letters: Sequence[Letter]) -> None:
        def do(work: Work) -> None:
            for letter in letters:
                known = work.letters.get(letter.id)
                if known is not None and known.status == "waiting":
                    work.letters.update(letter)

        write(self.store, do)


def _said(problem: Exception) -> str:
    return plain(" ".join(str(problem).split()), _LONGEST_ERROR) or type(problem).__name__
