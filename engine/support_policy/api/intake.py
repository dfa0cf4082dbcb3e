"""Addresses that take events in."""

from __future__ import annotations

import json

from fastapi import Request
from starlette.responses import Response

from support_policy.api.bodies import body_of, content_of, read_body
from support_policy.api.calls import call_of, peer_of
from support_policy.api.noted import note
from support_policy.api.parts import Parts
from support_policy.api.routes import Routes, Says, Ticket, answer, ref
from support_policy.service.watch.receive import Answer, Call, Reception
from support_policy.service.watch.refusals import Refusals
from support_policy.service.watch.refused import Refused
from support_policy.service.watch.rights import Caller

BEGINS = {
    "a production site is down": {
        "fields": {"organization": "acme", "stated_priority": "P1", "environment": "production", "site_status": "down"},
        "by": "customer",
        "on_behalf_of": "jane@acme.example",
    }
}
HAPPENED = {
    "an engineer answered": {"type": "responded", "by": "engineer", "text": "We are on it."},
    "it was solved, an hour ago": {"type": "resolved", "at": "2026-03-02T11:00:00-08:00", "by": "engineer"},
}
SIGNED = "`webhook-id`, `webhook-timestamp` and `webhook-signature` are those of the Standard Webhooks scheme."
READ = ("not-json", "not-json-type", "too-large", "full")
BEGINNING = Says(
    "A new ticket",
    "The first event of a ticket: its fields, and what else it carries. `at` is now, and "
    "`type` the event that begins a ticket, unless they are given; a `ticket` that another system has "
    "named keeps its name.",
    ref("Outcome"),
    201,
    takes=ref("FirstEvent"),
    examples=BEGINS,
    once=True,
    problems=(*READ, "exists"),
    headers={"Location": "the address of the ticket"},
)
HAPPENING = Says(
    "Something happened to a ticket",
    "One event. One that happened earlier than others already known is "
    "`late`: the ticket is told anew, and corrections are recorded. One that the workflow does not allow "
    "is `refused`: it is recorded, changes nothing, and `why` says it.",
    ref("Outcome"),
    takes=ref("Event"),
    examples=HAPPENED,
    once=True,
    problems=(*READ, "not-found"),
)

SIGNED_CALL = Says(
    "Events from a source that signs them",
    f"One event, or a list of them, as `POST /events` takes. {SIGNED} The same `webhook-id` is done once.",
    ref("Outcomes"),
    problems=(*READ, "bad-signature", "unusable", "too-many", "failed", "busy"),
    takes={"anyOf": [ref("EventOfTicket"), {"type": "array", "items": ref("EventOfTicket")}]},
    headers={"Idempotency-Replayed": "`true`: this was answered before"},
)


def _several(most: int) -> Says:
    return Says(
        "Several events",
        f"At most {most} events in order, stored together; each is answered for "
        "itself, with a `problem` where it could not be used. An event of an unknown ticket begins it.",
        ref("Outcomes"),
        takes={"type": "array", "maxItems": most, "items": ref("EventOfTicket")},
        once=True,
        problems=READ,
    )


class Intake:
    """Takes events from callers with a token, and from sources that sign."""

    def __init__(self, parts: Parts, reception: Reception, refusals: Refusals, routes: Routes) -> None:
        self.parts, self.reception, self.refusals, self.rates = parts, reception, refusals, routes.rates
        several = _several(parts.limits.batch)
        routes.add("POST", "/tickets", self.begin, "take", BEGINNING, "events")
        routes.add("POST", "/tickets/{ticket}/events", self.happened, "take", HAPPENING, "events")
        routes.add("POST", "/events", self.batch, "take", several, "events")
        routes.add("POST", "/hooks/{source}", self.hook, None, SIGNED_CALL, "events")

    def begin(self, request: Request) -> Response:
        """POST /tickets."""
        call = call_of(request, self.parts, content_of(request))
        made = self.reception.begin(call, body_of(request, self.parts.limits.depth))
        return self._answer(request, call, made, {"Location": f"/tickets/{json.loads(made.body)['ticket']}"})

    def happened(self, request: Request, ticket: Ticket) -> Response:
        """POST /tickets/{ticket}/events."""
        call = call_of(request, self.parts, content_of(request))
        return self._answer(request, call, self.reception.add(call, ticket, body_of(request, self.parts.limits.depth)))

    def batch(self, request: Request) -> Response:
        """POST /events."""
        call = call_of(request, self.parts, content_of(request))
        items = body_of(request, self.parts.limits.depth)
        return self._answer(request, call, self.reception.batch(call, self._listed(items)))

    def hook(self, request: Request, source: str) -> Response:
        """POST /hooks/{source}."""
        raw, hook = request.state.body, self.parts.hooks.get(source)
        # The check hangs on what is configured: without a configured secret nothing is let in, signed or not.
        if hook is None or not hook.signed(raw, request.headers):
            wait = self.rates.strangers.take(peer_of(request))
            raise (
                Refused("too-many", after=wait)
                if wait
                else Refused(
                    "bad-signature",
                    "it needs the secret of that source, and a `webhook-timestamp` within five minutes of now",
                )
            )
        id = request.headers["webhook-id"]
        caller = Caller(f"hook:{source}", name=source, trusted=True)
        request.state.caller = caller
        call = Call(caller, self.parts.clock.now(), id[:500], content_of(request))
        data = read_body(raw, self.parts.limits.depth)
        return self._answer(
            request, call, self.reception.batch(call, self._listed(data if isinstance(data, list) else [data]))
        )

    def _listed(self, items: object) -> list[object]:
        most = self.parts.limits.batch
        if not isinstance(items, list):
            raise _wrong("the body is a list of events")
        if len(items) > most:
            raise _wrong(f"the list has {len(items)} events; at most {most} are taken in one call")
        return items

    def _answer(self, request: Request, call: Call, made: Answer, headers: dict[str, str] | None = None) -> Response:
        for refused in made.refused:
            note(self.refusals, request, refused, call.now)
        replayed = {"Idempotency-Replayed": "true"} if made.replayed else {}
        return answer(made.body, made.status, {**(headers or {}), **replayed})


def _wrong(said: str) -> Refused:
    return Refused("unusable", said, [{"code": "E413", "message": said, "help": "", "path": []}])
