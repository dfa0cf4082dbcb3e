"""A house that mail comes to: the shipped policy, a store, a clock set by hand, a door."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from support_policy.model.event import micros
from support_policy.policy.compiled import Policy
from support_policy.service.watch.mail_in import Door, MailIn, MailTaken
from support_policy.service.watch.mail_names import own_id
from support_policy.service.watch.mail_robots import Ours
from support_policy.service.watch.mail_trust import Belief, Envelope
from support_policy.service.watch.rows import AuditRow, Letter, MailRow
from support_policy.service.watch.writing import write
from tests.mail.making import mail
from tests.watch.house import House, house

SUPPORT = "support@vmoso.example"
OURS = Ours((SUPPORT,), "vmoso.example")
ANN = "ann@acme.example"
ENGINEER = "engineers.americas@vmoso.example"
LOOPBACK = "127.0.0.1"


@dataclass
class Shelved:
    """A shelf with one version for good."""

    policy: Policy
    refreshed: int = field(default=0)

    def refresh(self, work: Any) -> bool:  # noqa: ARG002 - as the port has it
        """Nothing ever comes."""
        return False


class Post:
    """Mails come to a house."""

    def __init__(self, at: House, belief: Belief | None = None, receipts: int = 10) -> None:
        self.house = at
        self.door = Door(OURS, belief or Belief("always"), receipts)
        self.mail_in = MailIn(at.store, at.desk, self.door, at.ears, at.ears)

    def take(self, raw: bytes, sender: str = ANN, **more: Any) -> MailTaken:
        """A mail is handed over."""
        envelope = Envelope(sender, (SUPPORT,), more.pop("peer", LOOPBACK), **more)
        return self.mail_in.take(raw, envelope, self.house.clock.now())

    def write(self, name: str, body: str = "Nothing works.\n", *extra: str, **headers: Any) -> MailTaken:
        """Somebody (ann, unless `From` says otherwise) writes a mail."""
        return self.take(mail(name, body, *extra, **headers))

    def ticket(self, name: str = "first", body: str = "Nothing works.\n", **headers: Any) -> str:
        """A new ticket by mail; its name."""
        taken = self.write(name, body, **headers)
        assert (taken.status, taken.events[0].outcome) == ("taken", "accepted"), taken
        return taken.ticket

    def send(self) -> list[tuple[Letter, str]]:
        """All letters that wait go out; each with its Message-ID, which its ticket is known by from then on."""
        sent: list[tuple[Letter, str]] = []
        for letter in self.house.letters(status="waiting"):
            name = own_id(letter.key, letter.recipient, OURS.domain)
            write(self.house.store, lambda work, letter=letter, name=name: self._sent(work, letter, name))  # type: ignore[misc]  # bound at once
            sent.append((letter, name))
        return sent

    def _sent(self, work: Any, letter: Letter, name: str) -> None:
        now = micros(self.house.clock.now())
        work.letters.update(replace(letter, status="sent", sent_at=now))
        if letter.ticket:
            work.mails.belongs(name, letter.ticket)
            work.mails.belongs(f"<ticket.{letter.ticket}@{OURS.domain}>", letter.ticket)

    def rows(self, **where: Any) -> Sequence[MailRow]:
        """The mails that are kept."""
        with self.house.store.look() as work:
            whole = (work.mails.get(row.id) for row in work.mails.page(where, 0, 10_000))
            return [row for row in whole if row is not None]

    def audit(self, what: str) -> Sequence[AuditRow]:
        """What the audit trail has under a name."""
        with self.house.store.look() as work:
            return work.register.audit_page(what, 0, 1000)

    def facts(self, ticket: str) -> list[str]:
        """The facts of a ticket's log: type by role, in order."""
        return [f"{e.type} by {e.by}" for e in self.house.log(ticket) if not e.engine]


@contextmanager
def post(policy: Policy | None = None, belief: Belief | None = None, receipts: int = 10, **more: Any) -> Iterator[Post]:
    """A house in memory, with a door for mail."""
    if policy is not None:
        more["shelf"] = Shelved(policy)
    with house(**more) as made:
        yield Post(made, belief, receipts)
