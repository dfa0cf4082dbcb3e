"""What the service keeps, row by row. Instants are microseconds since 1970 in UTC, texts are texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from support_policy.model.event import Event

LetterStatus = Literal["waiting", "sent", "dead", "shadow", "listed"]
"""`waiting` to be sent (or tried again), `dead` given up, `shadow` never to be sent, `listed` in a digest instead."""
MailStatus = Literal["taken", "ignored", "kept"]
"""`taken` as an event of a ticket, `ignored` (a machine's, a loop, a copy), `kept` raw because it is not understood."""


@dataclass(frozen=True, slots=True)
class Head:
    """A ticket as lists show it: what its log says, in short. `length` counts the records of its log.

    `digest` is the version that governs it, `open` whether its life goes on, `breaches` counts targets missed so far,
    `requester` the address of the customer who asked (or ""), `due_at` the first target still running, `since` when
    the ticket came into its state.
    """

    ticket: str
    length: int
    digest: str
    state: str
    open: bool
    priority: str = ""
    stated: str = ""
    assessed: str = ""
    organization: str = ""
    office: str = ""
    team: str = ""
    subject: str = ""
    requester: str = ""
    escalation_level: int = 0
    open_requests: int = 0
    breaches: int = 0
    begun: int = 0
    updated: int = 0
    due_at: int | None = None
    since: int = 0


@dataclass(frozen=True, slots=True)
class Pending:
    """The next instant of a ticket at which something falls due; `kind` and `name` say what (see `ticket.agenda`)."""

    ticket: str
    due: int
    kind: str
    name: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one recipient, as it was rendered when it was decided. `key` and `recipient` are unique together.

    `recipient` is an address of the directory (`name@host`, `channel:NAME`), empty when nobody fills the role.
    `id` is 0 until it is stored. `command` names the effect, `listed_in` the digest that lists it instead.
    """

    key: str
    recipient: str
    role: str
    ticket: str
    command: str
    subject: str
    body: str
    created: int
    id: int = 0
    decision: str = ""
    template: str = ""
    problem: str = ""
    status: LetterStatus = "waiting"
    attempts: int = 0
    next_at: int = 0
    error: str = ""
    sent_at: int | None = None
    listed_in: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision as it is kept: `id` is `TICKET.NUMBER` with the number of its first record in the ticket's log.

    `trigger` is the event type, or `due`; `because` (rules that held), `why_not` (those that did not) and `commands`
    are plain JSON data, see `kept.py`.
    """

    id: str
    ticket: str
    first: int
    records: int
    at: int
    trigger: str
    digest: str
    versions: Mapping[str, str]
    because: tuple[Mapping[str, Any], ...]
    why_not: tuple[Mapping[str, Any], ...]
    commands: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Made:
    """All that one decision changes; it is stored whole or not at all.

    `before` is the length of the log it was decided from (0 begins the ticket), `records` go behind it. `firings` are
    the keys `CHAIN/LEVEL/CYCLE` that fired: storing one twice for a ticket is an error.
    """

    before: int
    records: tuple[Event, ...]
    head: Head
    pending: Pending | None
    decision: DecisionRow
    firings: tuple[str, ...] = ()
    letters: tuple[Letter, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of the policy: its files as they were read, and the holiday dates that were resolved for it.

    `number` counts from 1 in the order of adoption; `in_force_from` is when it governs new tickets (and takes over open
    ones where `retarget`). `files` is name -> bytes; `holidays` is (country, subdivision, category) -> date -> name.
    """

    number: int
    digest: str
    name: str
    version: str
    in_force_from: int
    adopted_at: int
    adopted_by: str
    retarget: bool
    files: Mapping[str, bytes]
    holidays: bytes = b""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token of the API: only a hash of its secret is kept. `organizations` empty: all of them."""

    id: str
    name: str
    secret: str
    scopes: tuple[str, ...]
    organizations: tuple[str, ...]
    created: int
    expires: int | None = None
    revoked: int | None = None


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail as it came in, raw, and what was made of it. `size` is that of what is stored, in bytes."""

    received: int
    sender: str
    recipients: tuple[str, ...]
    message_id: str
    raw: bytes
    status: MailStatus
    ticket: str = ""
    subject: str = ""
    problem: str = ""
    id: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Something an auditor may ask about that is no decision: a refused call, a token made, a policy adopted, an alarm.

    `what` is a dotted name (`call.refused`, `token.created`, `policy.adopted`, `policy.refused`, `alarm.raised`).
    """

    at: int
    what: str
    actor: str = ""
    subject: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """What a call with an idempotency key was answered: `content` is a hash of the request it belongs to."""

    principal: str
    key: str
    content: str
    status: int
    body: str
    created: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """A ticket whose decision at a due instant failed: it is tried again at `retry_at`; `problem` says what failed."""

    ticket: str
    due: int
    problem: str
    attempts: int
    retry_at: int
