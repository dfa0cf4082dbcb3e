"""The parts of a transaction, one for each thing that is kept: what the service needs of a store. See `ports.Work`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from support_policy.model.event import Event
from support_policy.service.watch.rows import (
    Answered,
    AuditRow,
    DecisionRow,
    Head,
    Letter,
    Made,
    MailRow,
    Pending,
    Stuck,
    TokenRow,
    VersionRow,
)


class Tickets(Protocol):
    """The log, what is read from it, and the agenda."""

    def next_number(self) -> int:
        """A number no ticket has had; also in two transactions at once."""
        ...

    def heads(self, tickets: Sequence[str], *, lock: bool) -> Mapping[str, Head]:
        """Those of the tickets that exist; locked in one order, so that two who lock several do not wait in a ring."""
        ...

    def logs(self, tickets: Sequence[str]) -> Mapping[str, tuple[Event, ...]]:
        """The whole log of each ticket, in order; an unknown ticket has none."""
        ...

    def save(self, made: Sequence[Made]) -> None:
        """Store decisions, in order. Raises `StoreConflict` for a log of another length, or a firing fired before."""
        ...

    def due(self, until: int, limit: int) -> Sequence[str]:
        """Lock and give the tickets with something due at or before `until`, the longest due first.

        Those that another transaction has locked are passed over, and those put aside until after `until`.
        """
        ...

    def overdue(self, before: int) -> tuple[int, int | None]:
        """How many tickets have something due before `before`, and the first such instant.

        Put-aside tickets count by when they are tried again.
        """
        ...

    def wait(self, ticket: str, pending: Pending | None) -> None:
        """Put what a ticket waits for in the place of what it waited for; nothing has happened to it."""
        ...

    def put_aside(self, stuck: Stuck) -> None:
        """Try this ticket again later."""
        ...

    def stuck(self, ticket: str = "", limit: int = 1000) -> Sequence[Stuck]:
        """Tickets put aside, by name; or this one."""
        ...

    def stuck_since(self) -> tuple[int, int | None]:
        """How many tickets are put aside, and the first instant that they wait for."""
        ...

    def page(
        self, where: Mapping[str, Any], after: str, limit: int, organizations: Sequence[str] = ()
    ) -> Sequence[Head]:
        """Heads in the order of their names, after a name; `where` gives columns of `Head` their values."""
        ...

    def pending(self, until: int, limit: int) -> Sequence[Pending]:
        """What is due until then, the earliest first."""
        ...

    def decisions(self, ticket: str) -> Sequence[DecisionRow]:
        """Every decision about a ticket, in order."""
        ...

    def every(self, after: str, limit: int) -> Sequence[tuple[Head, Pending | None, tuple[str, ...]]]:
        """The stored projection of every ticket after a name: its head, its pending instant, its firings."""
        ...

    def replace(self, head: Head, pending: Pending | None, firings: Sequence[str]) -> None:
        """Put a projection in the place of what is stored; the log stays as it is."""
        ...

    def behind(self, number: int, before: int, limit: int, *, lock: bool) -> Sequence[str]:
        """Open tickets begun before an instant that the version `number` has not yet looked at.

        With `lock` they are locked, and those that another transaction has locked are passed over.
        """
        ...

    def looked_at(self, tickets: Sequence[str], number: int) -> None:
        """The version `number` has looked at these tickets."""
        ...


class Letters(Protocol):
    """Messages that are to go out, have gone out, or could not."""

    def claim(self, now: int, until: int, worker: str, limit: int) -> Sequence[Letter]:
        """Take waiting letters whose time has come, for oneself alone until `until`; the oldest first."""
        ...

    def orphans(self, now: int, until: int, alive_since: int) -> int:
        """How many are claimed, no longer than `until`, by workers that have not lived since an instant."""
        ...

    def free(self, now: int, until: int, alive_since: int) -> int:
        """Give those free; how many that were."""
        ...

    def update(self, letter: Letter) -> None:
        """Store what became of a letter, and give it free."""
        ...

    def add(self, letters: Sequence[Letter]) -> None:
        """Store letters that follow from no decision (a digest, a report); a key used before for it is ignored."""
        ...

    def get(self, id: int) -> Letter | None:
        """One letter."""
        ...

    def page(self, where: Mapping[str, Any], after: int, limit: int) -> Sequence[Letter]:
        """Letters by id, after an id; `where` gives columns of `Letter` their values."""
        ...

    def sent_since(self, recipient: str, since: int) -> int:
        """How many messages a recipient was sent since an instant."""
        ...

    def turn(self) -> None:
        """Wait for the end of other transactions that take a turn, and have others wait for that of this one."""
        ...

    def in_hand(self, recipient: str, now: int) -> int:
        """How many of a recipient's letters somebody (oneself too) has claimed at `now`."""
        ...

    def latest(self, recipient: str, command: str) -> int | None:
        """When the latest letter of a command to a recipient was created, of those about no ticket."""
        ...

    def waiting(self, recipient: str, now: int, limit: int) -> Sequence[Letter]:
        """What waits for a recipient, claimed and locked by nobody: the oldest first, locked."""
        ...

    def backlog(self) -> Mapping[str, int]:
        """How many letters are `waiting`, and how many are `dead`."""
        ...

    def next_at(self) -> int | None:
        """When the next waiting letter may be claimed."""
        ...


class Versions(Protocol):
    """The versions of the policy."""

    def newest(self) -> int:
        """The number of the newest version; 0 when there is none. Where one may write, it then stays that."""
        ...

    def hold(self) -> None:
        """Wait for those that have asked for the newest version, and have others wait until this transaction ends."""
        ...

    def all(self) -> Sequence[VersionRow]:
        """Every version, in order."""
        ...

    def add(self, row: VersionRow) -> None:
        """Store a version. Raises `StoreConflict` when its number or digest is taken."""
        ...


class Mails(Protocol):
    """Mails as they came in, and which message belongs to which ticket."""

    def add(self, row: MailRow) -> int:
        """Store a mail; its id."""
        ...

    def get(self, id: int) -> MailRow | None:
        """One mail, raw."""
        ...

    def page(self, where: Mapping[str, Any], after: int, limit: int) -> Sequence[MailRow]:
        """Mails by id, after an id, without their bytes: `raw` is empty, and `size` says how many there are."""
        ...

    def ticket_of(self, message_ids: Sequence[str]) -> str:
        """The ticket that one of these messages belongs to, the last named first; "" for none."""
        ...

    def belongs(self, message_id: str, ticket: str) -> None:
        """A message, in or out, belongs to a ticket; known already is no error."""
        ...

    def seen(self, message_id: str) -> bool:
        """Whether a mail with this id was taken in before."""
        ...


class Register(Protocol):
    """Tokens, idempotency keys, the audit trail, schedules that ran, workers that live."""

    def tokens(self) -> Sequence[TokenRow]:
        """Every token."""
        ...

    def token(self, id: str) -> TokenRow | None:
        """One token."""
        ...

    def put_token(self, row: TokenRow) -> None:
        """Store a token, or what became of it."""
        ...

    def answered(self, principal: str, key: str) -> Answered | None:
        """What a call under this key was answered before."""
        ...

    def answer(self, row: Answered) -> None:
        """Keep an answer. Raises `StoreConflict` when the key has one."""
        ...

    def forget_answers(self, before: int, limit: int) -> int:
        """Drop answers kept since before an instant, so many at most; how many that were."""
        ...

    def audit(self, row: AuditRow) -> None:
        """Append to the audit trail."""
        ...

    def audit_page(self, what: str, after: int, limit: int) -> Sequence[AuditRow]:
        """The audit trail by id, after an id; `what` "" for everything, else a name or its first part."""
        ...

    def ran(self, schedule: str, at: int) -> bool:
        """Claim one run of a schedule: True for the one transaction that gets it, False when it was claimed before."""
        ...

    def last_run(self, schedule: str) -> int | None:
        """The last run of a schedule that was claimed."""
        ...

    def last_audit(self, what: str, subject: str) -> AuditRow | None:
        """The latest row about a subject whose name is `what` or begins with `what.`."""
        ...

    def forget_workers(self, before: int) -> None:
        """Drop workers that have said nothing since before an instant."""
        ...

    def beat(self, worker: str, now: int, detail: Mapping[str, Any]) -> None:
        """A worker lives."""
        ...

    def workers(self, since: int) -> Mapping[str, Mapping[str, Any]]:
        """The workers that have lived since an instant: name -> what they said, with `at`."""
        ...
