"""How an address is added: who may call it, what it takes, everything it may answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from support_policy.api.bodies import load_body
from support_policy.api.calls import KEY, Need, Rates
from support_policy.api.parts import Parts
from support_policy.api.problems import MEDIA
from support_policy.service.watch.refused import KINDS, Refused
from support_policy.service.watch.rights import Right, allowing
from support_policy.source.diagnostics import did_you_mean

JSON = "application/json"
WORD = r"^[^\x00-\x1f\x7f]*$"
Ticket = Annotated[str, Path(description="The name of a ticket.", max_length=100, examples=["VS-1001"])]
Number = Annotated[int, Path(ge=1, lt=2**63)]
After = Annotated[int, Query(ge=0, lt=2**63, description="Go on after this place: `next` of the page before.")]
Word = Annotated[str, Query(max_length=200, pattern=WORD)]
ALWAYS = ("no-token", "not-allowed", "unusable", "too-many", "failed", "busy")
"""What any call that needs a token may be answered."""


def ref(name: str) -> dict[str, str]:
    """A shape by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def page_of(name: str) -> dict[str, Any]:
    """The shape of a page of rows; `next` is where the next page begins, null at the end."""
    place = {"type": ["string", "integer", "null"], "description": "`after` of the next page; null at the end"}
    items = {"type": "array", "items": ref(name)}
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": items, "next": place},
        "additionalProperties": False,
    }


@dataclass(frozen=True, slots=True)
class Says:
    """What an address says of itself. `gives` is the shape of what is answered (JSON unless `media` says otherwise).

    `takes` is the shape of the body, with `example`; `once`: an idempotency key is heeded. `problems` are the kinds of
    refusal beside those of every call. `also` are statuses under which the same shape is answered, and what they mean.
    """

    title: str
    about: str = ""
    gives: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    media: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    takes: Mapping[str, Any] | None = None
    examples: Mapping[str, Any] = field(default_factory=dict)
    once: bool = False
    problems: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[int, str] = field(default_factory=dict)


class Asked:
    """A dependency: the query has the words an address knows, each once. A misspelt filter must not give everything."""

    names: tuple[str, ...] = ()

    def __call__(self, request: Request) -> None:
        """Raises `Refused`."""
        found = []
        given = request.query_params
        for name in given:
            if name not in self.names:
                help = did_you_mean(name[:60], self.names)
                found.append({"code": "query", "message": "this word is not known", "help": help, "path": _place(name)})
            elif len(given.getlist(name)) > 1:
                found.append({"code": "query", "message": "this word stands twice", "help": "", "path": _place(name)})
        if found:
            raise Refused("unusable", "a parameter of the call does not fit", found[:20])


def _place(name: str) -> list[str]:
    return ["query", name[:60].encode("utf-8", "replace").decode()]


class Routes:
    """Adds addresses to an application."""

    def __init__(self, app: FastAPI, parts: Parts, rates: Rates) -> None:
        self.app, self.parts, self.rates = app, parts, rates

    def add(self, method: str, path: str, do: Callable[..., Any], right: Right | None, says: Says, tag: str) -> None:
        """An address for those who have a right; None: for everybody."""
        asked = Asked()
        needs = [Depends(Need(right, self.parts, self.rates))] if right else []
        needs.append(Depends(asked))
        if method == "POST":
            needs.append(Depends(load_body))
        about = says.about
        if right:
            about = f"{about}\n\nScopes: {', '.join(f'`{scope}`' for scope in allowing(right))}.".strip()
        self.app.add_api_route(
            path,
            do,
            methods=[method],
            dependencies=needs,
            status_code=says.status,
            response_class=Response,
            responses=_answers(says, (*ALWAYS, *says.problems) if right else says.problems),
            summary=says.title,
            description=about,
            operation_id=f"{method.lower()}{path.replace('/', '_').replace('{', '').replace('}', '')}",
            openapi_extra=_extra(says),
            tags=[tag],
        )
        route = self.app.router.routes[-1]
        if isinstance(route, APIRoute):
            asked.names = tuple(param.alias for param in route.dependant.query_params)


def _extra(says: Says) -> dict[str, Any] | None:
    extra: dict[str, Any] = {}
    if says.takes is not None:
        content: dict[str, Any] = {"schema": dict(says.takes)}
        if says.examples:
            content["examples"] = {name: {"value": value} for name, value in says.examples.items()}
        extra["requestBody"] = {"required": True, "content": {JSON: content}}
    if says.once:
        about = (
            "The same call under the same key is done once, and answered again as it was (a token has its own keys)."
        )
        schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"}
        extra["parameters"] = [{"name": KEY, "in": "header", "description": about, "schema": schema}]
    return extra or None


def _answers(says: Says, problems: tuple[str, ...]) -> dict[int | str, dict[str, Any]]:
    content = {media: {"schema": dict(schema)} for media, schema in says.media.items()}
    if says.gives:
        content = {JSON: {"schema": dict(says.gives)}}
    good: dict[str, Any] = {"description": says.title, "content": content}
    headers = dict(says.headers)
    if says.once:
        headers["Idempotency-Replayed"] = "`true`: this was answered before"
    if headers:
        good["headers"] = {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}
    made: dict[int | str, dict[str, Any]] = {says.status: good}
    made |= {status: {"description": text, "content": content} for status, text in says.also.items()}
    statuses: dict[int, list[str]] = {}
    for kind in dict.fromkeys(problems):
        statuses.setdefault(KINDS[kind].status, []).append(f"`{kind}`: {KINDS[kind].title}")
    for status, said in sorted(statuses.items()):
        one: dict[str, Any] = {"description": "; ".join(said), "content": {MEDIA: {"schema": ref("Problem")}}}
        if status in (429, 503, 507):
            about = "after how many seconds to try again"
            one["headers"] = {"Retry-After": {"description": about, "schema": {"type": "string"}}}
        made[status] = one
    return made


def answer(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Plain data as JSON; it is never NaN, and instants are texts already."""
    body = (
        data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_plain)
    )
    return Response(body.encode("utf-8", "replace"), status, headers, JSON)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | set | frozenset) else str(value)
