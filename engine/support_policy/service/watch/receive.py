"""Events that callers report: checked against what they may do, decided, and answered once under one key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from support_policy.model.event import Event, micros
from support_policy.policy.compiled import Policy
from support_policy.service.watch.desk import Desk, Fact, Taken
from support_policy.service.watch.ports import Meter, Store, Work
from support_policy.service.watch.refused import Refused, of_diagnostics, of_problems
from support_policy.service.watch.rights import Caller
from support_policy.service.watch.rows import Answered, Head
from support_policy.service.watch.taken import told
from support_policy.service.watch.writing import write
from support_policy.ticket.history import HistoryError, read_event

TICKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
"""The name of a ticket, ours or another system's."""
LONGEST_NAME = 500
"""Characters of an id, of whom an event is for, and of an organization: an index of any database takes so many."""
NO_TICKET = "there is no such ticket"
OURS = {
    "actor": "it follows from the token; say whom you act for as `on_behalf_of`",
    "recorded_at": "it is when this service learns of the event",
}
"""Keys of an event that the service itself sets, and why."""
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, when, and under which idempotency key (or ""); `content` is a hash of the whole request."""

    caller: Caller
    now: datetime
    key: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call is answered: a status as HTTP counts them, JSON text; `replayed` when it was answered before.

    `refused` are the items of a batch that were not taken.
    """

    status: int
    body: str
    replayed: bool = False
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class _Done:
    status: int
    told: Json
    taken: Sequence[Taken]
    refused: Sequence[Refused] = ()


class Reception:
    """Takes events in, for every edge where callers are known."""

    def __init__(self, store: Store, desk: Desk, meter: Meter) -> None:
        self.store, self.desk, self.meter = store, desk, meter

    def begin(self, call: Call, data: object) -> Answer:
        """A new ticket: its first event, and perhaps its name as `ticket`. Raises `Refused`, or what the store does."""

        def do(work: Work) -> _Done:
            fact, _ = self._fact(work, call, data, {}, new=True)
            if fact.ticket and work.tickets.heads([fact.ticket], lock=True):
                raise Refused("exists", f"there is a ticket `{fact.ticket}`; report to it what happened")
            (taken,) = self.desk.take(work, [fact], call.now)
            if taken.outcome == "refused":
                raise Refused("unusable", f"a ticket does not begin with this: {taken.why}")
            return _Done(201, _told(self.desk.shelf.policy, call, taken), [taken])

        return self._answer(call, do)

    def add(self, call: Call, ticket: str, data: object) -> Answer:
        """One event of a ticket there is. Raises as `begin`."""

        def do(work: Work) -> _Done:
            heads = work.tickets.heads([ticket], lock=True) if TICKET.fullmatch(ticket) else {}
            if ticket not in heads:
                raise Refused("not-found", NO_TICKET)
            _known(call.caller, heads[ticket])
            if isinstance(data, Mapping) and "ticket" in data and data["ticket"] != ticket:
                raise _unusable(("ticket",), "the address names another ticket", f"write `{ticket}`, or nothing")
            fact, head = self._fact(
                work, call, {**data, "ticket": ticket} if isinstance(data, Mapping) else data, heads
            )
            (taken,) = self.desk.take(work, [fact], call.now)
            return _Done(200, _told(self.desk.shelf.policy, call, taken, head), [taken])

        return self._answer(call, do)

    def batch(self, call: Call, items: Sequence[object]) -> Answer:
        """Events of any tickets in order, stored together; one that cannot be used has a `problem` in its place."""

        def do(work: Work) -> _Done:
            named = {str(item.get("ticket")) for item in items if isinstance(item, Mapping)}
            heads = dict(work.tickets.heads(sorted(filter(TICKET.fullmatch, named)), lock=True))
            read = [self._try(work, call, item, heads) for item in items]
            facts = [one[0] for one in read if not isinstance(one, Refused)]
            every = self.desk.take(work, facts, call.now)
            taken, policy = iter(every), self.desk.shelf.policy
            results: list[Json] = []
            refused: list[Refused] = []
            for place, one in enumerate(read):
                if isinstance(one, Refused):
                    results.append(_item(items[place], one))
                    refused.append(one)
                    continue
                what = next(taken)
                try:
                    results.append(_told(policy, call, what, one[1]))
                except Refused as problem:
                    results.append(_item(items[place], problem))
                    refused.append(problem)
            return _Done(200, {"results": results, "taken": len(items) - len(refused)}, every, refused)

        return self._answer(call, do)

    # -- one answer under one key ----------------------------------------------------------------------------------

    def _answer(self, call: Call, do: Callable[[Work], _Done]) -> Answer:
        principal = call.caller.principal

        def once(work: Work) -> tuple[Answer, Sequence[Taken]]:
            before = work.register.answered(principal, call.key) if call.key else None
            if before is not None:
                if before.content != call.content:
                    raise Refused("key-used", "take a new key for another call; the same call repeats its answer")
                return Answer(before.status, before.body, replayed=True), ()
            done = do(work)
            status, body = done.status, json.dumps(done.told, ensure_ascii=False, separators=(",", ":"))
            if call.key:
                work.register.answer(Answered(principal, call.key, call.content, status, body, micros(call.now)))
            return Answer(status, body, refused=tuple(done.refused)), done.taken

        answer, taken = write(self.store, once)
        self._count(taken)
        return answer

    def _count(self, taken: Sequence[Taken]) -> None:
        for one in taken:
            if one.made is not None:
                self.meter.decided(one.made.decision.trigger, one.outcome)
                for record in one.made.records:
                    if record.engine and record.type == "target_breached":
                        self.meter.breached(one.made.head.priority, str(record.data["metric"]))

    # -- reading and judging what was sent -------------------------------------------------------------------------

    def _try(
        self, work: Work, call: Call, item: object, heads: Mapping[str, Head]
    ) -> tuple[Fact, Head | None] | Refused:
        try:
            return self._fact(work, call, item, heads)
        except Refused as refused:
            return refused

    def _fact(
        self, work: Work, call: Call, data: object, heads: Mapping[str, Head], *, new: bool = False
    ) -> tuple[Fact, Head | None]:
        """What was sent as a fact, and its ticket as it stands. Raises `Refused`."""
        self.desk.shelf.refresh(work)
        policy = self.desk.shelf.policy
        if not isinstance(data, Mapping):
            raise _unusable((), "an event is an object with `type` and what else it carries")
        ticket = self._ticket(call.caller, data, heads, new=new)
        event = _event(policy, call, data, begins=new)
        head = heads.get(ticket)
        return Fact(ticket, _housed(call.caller, event, begins=head is None)), head

    def _ticket(self, caller: Caller, data: Json, heads: Mapping[str, Head], *, new: bool) -> str:
        ticket = data.get("ticket")
        if ticket is None:
            return ""
        if not isinstance(ticket, str) or not TICKET.fullmatch(ticket):
            help = "letters, digits and `._:-`, at most 100, beginning with a letter or digit"
            raise _unusable(("ticket",), "this is no name of a ticket", help)
        if ticket in heads:
            _known(caller, heads[ticket])
        elif caller.organizations and new:
            # Choosing a name would tell which names are taken.
            raise Refused("not-allowed", "a token that is limited to organizations takes the names the service gives")
        elif caller.organizations:
            raise Refused("not-found", NO_TICKET)
        elif ticket.startswith(self.desk.prefix):
            raise Refused(
                "not-found", f"{NO_TICKET}; the service alone gives names that begin with `{self.desk.prefix}`"
            )
        return ticket


def _told(policy: Policy, call: Call, taken: Taken, head: Head | None = None) -> Json:
    if taken.outcome == "unusable":
        found = of_diagnostics(taken.diagnostics)
        raise Refused("unusable", "the event cannot be used; nothing was recorded", found)
    # Who may not see tickets is not shown by the way whom the house tells, and why.
    whole = call.caller.may("see")
    return told(policy, taken, taken.made.head if taken.made else head, whole=whole)


def _known(caller: Caller, head: Head) -> None:
    """A ticket of an organization that the caller is not for does not exist for it."""
    if not caller.knows(head.organization):
        raise Refused("not-found", NO_TICKET, audit="organization")


def _event(policy: Policy, call: Call, data: Json, *, begins: bool) -> Event:
    """The event that was sent, by the caller who sent it."""
    sent = {key: value for key, value in data.items() if key != "ticket"}
    for key, why in OURS.items():
        if key in sent:
            raise _unusable((key,), f"`{key}` is not for a caller to say", why)
    if sent.get("at") is None:
        if sent.get("id"):
            raise _unusable(
                ("at",), "`at` is missing", "an event with an `id` says when it happened, so that it can be sent twice"
            )
        sent["at"] = call.now.isoformat()
    if begins and "type" not in sent:
        types = beginnings(policy)
        if len(types) == 1:
            sent["type"] = types[0]
    caller = call.caller
    by = sent.get("by")
    if by in (None, "") and not caller.trusted:
        sent["by"] = by = caller.roles[0]
    try:
        event = read_event(policy, {**sent, "actor": caller.principal})
    except HistoryError as problem:
        raise Refused(
            "unusable", "the event cannot be used; nothing was recorded", of_problems(problem.problems)
        ) from None
    _no_longer(event)
    if not caller.trusted and event.by not in caller.roles:
        may = ", ".join(f"`{role}`" for role in caller.roles)
        raise Refused("not-allowed", f"this token may not speak as `{event.by}`; it may as {may}")
    return event


def _no_longer(event: Event) -> None:
    """Names stand in indexes: one without end could never be stored. Raises `Refused`."""
    whose = event.fields.get("organization")
    names = {("id",): event.id, ("on_behalf_of",): event.on_behalf_of, ("fields", "organization"): whose}
    for path, name in names.items():
        if isinstance(name, str) and len(name) > LONGEST_NAME:
            raise _unusable(path, f"this is longer than {LONGEST_NAME} characters")


def _housed(caller: Caller, event: Event, *, begins: bool) -> Event:
    """The event, of an organization that the caller may act for."""
    if not caller.organizations:
        return event
    named = event.fields.get("organization")
    if named is None and "organization" not in event.fields and begins:
        if len(caller.organizations) == 1:
            return replace(event, fields={**event.fields, "organization": caller.organizations[0]})
        raise _unusable(
            ("fields", "organization"), "the organization is missing", "the token is for several: say which"
        )
    if "organization" in event.fields and named not in caller.organizations:
        raise Refused("not-allowed", "this token may not act for that organization")
    return event


def beginnings(policy: Policy) -> list[str]:
    """The event types a ticket may begin with."""
    life = policy.life
    return [name for name in policy.event_types if life.moves.get((life.initial, name))]


def _item(item: object, refused: Refused) -> Json:
    ticket = item.get("ticket") if isinstance(item, Mapping) else None
    return {"ticket": ticket if isinstance(ticket, str) else None, "problem": refused.as_json()}


def _unusable(path: tuple[str | int, ...], said: str, help: str = "") -> Refused:
    found = [{"code": "E415", "message": said, "help": help, "path": list(path)}]
    return Refused("unusable", "the event cannot be used; nothing was recorded", found)
