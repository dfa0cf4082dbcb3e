"""Addresses where tickets are read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from starlette.responses import Response

from support_policy.api.calls import caller_of
from support_policy.api.event_shapes import YEARS
from support_policy.api.parts import Parts
from support_policy.api.routes import WORD, After, Routes, Says, Ticket, Word, answer, page_of, ref
from support_policy.model.event import micros
from support_policy.service.watch.ports import Work
from support_policy.service.watch.receive import NO_TICKET
from support_policy.service.watch.refused import Refused
from support_policy.service.watch.rows import Head, Pending
from support_policy.service.watch.taken import decision_told, local_of, utc
from support_policy.service.watch.visible import agenda, head_for, tickets
from support_policy.source.words import parse_instant
from support_policy.ticket.evaluate import Run, report

Published = Annotated[bool, Query(description="Leave out what customers never see: promises between teams.")]
WIDTH = 100
UNTIL: dict[str, Any] = {"format": "date-time", "pattern": YEARS, "examples": ["2026-03-02T17:00:00-08:00"]}


class Tickets:
    """Reads tickets for callers who may see them."""

    def __init__(self, parts: Parts, routes: Routes) -> None:
        self.parts = parts
        text = {"type": "string"}
        one = ("not-found",)
        drawn = {"image/svg+xml": text, "text/plain": text, "application/json": ref("Drawing")}

        def get(path: str, do: Any, says: Says) -> None:
            routes.add("GET", path, do, "see", says, "tickets")

        get(
            "/tickets",
            self.list,
            Says("Tickets", "In the order of their names. Every given word must fit.", page_of("Head")),
        )
        get(
            "/tickets/{ticket}",
            self.ticket,
            Says("A ticket as it stands now", "What `support-policy evaluate` prints.", ref("Ticket"), problems=one),
        )
        get(
            "/tickets/{ticket}/events",
            self.events,
            Says(
                "The log of a ticket",
                "Facts, and what was recorded about them, in order.",
                page_of("Record"),
                problems=one,
            ),
        )
        get(
            "/tickets/{ticket}/decisions",
            self.decisions,
            Says(
                "The decisions about a ticket",
                "Each with the rules that held and those that did not, and the version of the policy it was made by.",
                page_of("Decision"),
                problems=one,
            ),
        )
        get(
            "/tickets/{ticket}/explain",
            self.explain,
            Says(
                "Why a ticket stands as it does",
                "Why it has its priority, how each due time adds up, who was told, and why not otherwise.",
                media={"application/json": ref("Explanation"), "text/plain": text},
                problems=one,
            ),
        )
        get("/tickets/{ticket}/timeline", self.timeline, Says("A ticket on a time line", media=drawn, problems=one))
        get(
            "/agenda",
            self.agenda,
            Says(
                "What falls due",
                "The next instant of each ticket until a given one (a day from now), the earliest first.",
                ref("Agenda"),
            ),
        )

    def list(
        self,
        request: Request,
        priority: Word = "",
        state: Word = "",
        organization: Word = "",
        team: Word = "",
        open: bool | None = None,
        breached: bool | None = None,
        after: Annotated[str, Query(max_length=200, pattern=WORD)] = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Response:
        """GET /tickets."""
        asked = {"priority": priority, "state": state, "organization": organization, "team": team, "open": open}
        where = {name: value for name, value in asked.items() if value not in (None, "")}
        with self.parts.store.look() as work:
            found, after_that = tickets(work, caller_of(request), where, breached, after, self._size(limit))
            return answer({"items": [self._head(head) for head in found], "next": after_that})

    def ticket(self, request: Request, ticket: Ticket) -> Response:
        """GET /tickets/{ticket}."""
        return answer(report(self._run(request, ticket)))

    def events(
        self, request: Request, ticket: Ticket, after: After = 0, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> Response:
        """GET /tickets/{ticket}/events."""
        size = self._size(limit)
        with self.parts.store.look() as work:
            head = head_for(work, caller_of(request), ticket)
            state = self.parts.desk.state(work, ticket)
        log = state.log if state else ()
        local = local_of(self.parts.desk.shelf.policy, head)
        rows = [
            {"number": n, **local.record(event.as_json())}
            for n, event in enumerate(log[after : after + size], after + 1)
        ]
        return answer({"items": rows, "next": after + size if after + size < len(log) else None})

    def decisions(
        self, request: Request, ticket: Ticket, after: After = 0, limit: Annotated[int, Query(ge=1, le=500)] = 50
    ) -> Response:
        """GET /tickets/{ticket}/decisions."""
        size = self._size(limit)
        with self.parts.store.look() as work:
            head = head_for(work, caller_of(request), ticket)
            rows = [row for row in work.tickets.decisions(ticket) if row.first > after]
        local = local_of(self.parts.desk.shelf.policy, head)
        told = [decision_told(row, local) for row in rows[:size]]
        return answer({"items": told, "next": rows[size - 1].first if len(rows) > size else None})

    def explain(
        self,
        request: Request,
        ticket: Ticket,
        format: Annotated[Literal["json", "text"], Query()] = "json",
        published: Published = False,
    ) -> Response:
        """GET /tickets/{ticket}/explain."""
        from support_policy.render.explain_text import explanation

        why = _explained(self._run(request, ticket), published=published)
        if format == "json":
            return answer(why.as_json())
        return _text(explanation(why, width=WIDTH, color=False), "text/plain")

    def timeline(
        self,
        request: Request,
        ticket: Ticket,
        format: Annotated[Literal["svg", "text", "json"], Query()] = "svg",
        published: Published = False,
    ) -> Response:
        """GET /tickets/{ticket}/timeline."""
        from support_policy.render.timeline import timeline
        from support_policy.render.timeline_svg import svg
        from support_policy.render.timeline_text import drawing

        run = self._run(request, ticket)
        told = timeline(run, _explained(run, published=published))
        if format == "json":
            return answer(told.as_json())
        if format == "text":
            return _text(drawing(told, width=WIDTH, color=False, unicode=True), "text/plain")
        return _text(svg(told), "image/svg+xml")

    def agenda(
        self,
        request: Request,
        until: Annotated[str, Query(max_length=60, json_schema_extra=UNTIL)] = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Response:
        """GET /agenda."""
        end = (
            instant_of(until, "until")
            if "until" in request.query_params
            else self.parts.clock.now() + timedelta(days=1)
        )
        with self.parts.store.look() as work:
            rows, more = agenda(work, caller_of(request), micros(end), self._size(limit))
        return answer({"items": [_pending(row) for row in rows], "until": end.isoformat(), "complete": not more})

    def _size(self, limit: int) -> int:
        return min(limit, self.parts.limits.page)

    def _run(self, request: Request, ticket: str) -> Run:
        with self.parts.store.look() as work:
            return run_of(work, self.parts, request, ticket)

    def _head(self, head: Head) -> dict[str, Any]:
        local = local_of(self.parts.desk.shelf.policy, head)
        return {
            "ticket": head.ticket,
            "state": head.state,
            "open": head.open,
            "priority": head.priority or None,
            "stated_priority": head.stated or None,
            "assessed_priority": head.assessed or None,
            "organization": head.organization or None,
            "office": head.office or None,
            "team": head.team or None,
            "subject": head.subject or None,
            "requester": head.requester or None,
            "escalation_level": head.escalation_level,
            "open_requests": head.open_requests,
            "breaches": head.breaches,
            "begun_at": local(head.begun),
            "updated_at": local(head.updated),
            "due_at": local(head.due_at),
            "events": head.length,
            "digest": head.digest,
        }


def run_of(work: Work, parts: Parts, request: Request, ticket: str) -> Run:
    """A ticket as it was decided. Raises `Refused` where there is none for this caller."""
    head_for(work, caller_of(request), ticket)
    run = parts.desk.run(work, ticket, parts.clock.now())
    if run is None:
        raise Refused("not-found", NO_TICKET)
    return run


def instant_of(text: str, name: str) -> datetime:
    """An instant of a query. Raises `Refused`."""
    read = parse_instant(text)
    if isinstance(read, str):
        found = {"code": "E402", "message": f"`{name}` is no instant", "help": read, "path": ["query", name]}
        raise Refused("unusable", "a parameter of the call does not fit", [found])
    return read


def _explained(run: Run, *, published: bool) -> Any:
    from support_policy.ticket.explain import explain
    from support_policy.ticket.explain_published import published as only_published

    why = explain(run)
    return only_published(why, run.governing) if published else why


def _text(text: str, media: str) -> Response:
    return Response(text.encode("utf-8", "replace"), media_type=f"{media}; charset=utf-8")


def _pending(row: Pending) -> dict[str, Any]:
    return {
        "ticket": row.ticket,
        "due_at": utc(row.due),
        "kind": row.kind,
        "name": row.name,
        "level": row.level or None,
    }
