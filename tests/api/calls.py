"""Every address of the API once: which scopes may call it, and a call that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute

from support_policy.api.calls import Need
from tests.api.client import Service

MARK = "zebra-crossing"
"""Stands in everything that belongs to the other organization."""
ALL = ("intake", "engineer", "manager", "auditor")
TAKE, SEE = ("intake", "engineer", "manager"), ("engineer", "manager", "auditor")


@dataclass(frozen=True)
class Example:
    """An address, who may call it, and a call; `{ticket}`, `{letter}` and `{mail}` are filled in."""

    method: str
    route: str
    scopes: tuple[str, ...]
    path: str = ""
    json: Any = None


EXAMPLES = [
    Example("POST", "/tickets", TAKE, json={"by": None, "fields": {"organization": "initech"}}),
    Example("POST", "/tickets/{ticket}/events", TAKE, json={"type": "updated"}),
    Example("POST", "/events", TAKE, json=[{"ticket": "{ticket}", "type": "updated"}]),
    Example("GET", "/tickets", SEE),
    Example("GET", "/tickets/{ticket}", SEE),
    Example("GET", "/tickets/{ticket}/events", SEE),
    Example("GET", "/tickets/{ticket}/decisions", SEE),
    Example("GET", "/tickets/{ticket}/explain", SEE),
    Example("GET", "/tickets/{ticket}/timeline", SEE),
    Example("GET", "/agenda", SEE),
    Example("GET", "/letters", SEE),
    Example("POST", "/letters/{id}/resend", ("manager",), "/letters/{letter}/resend"),
    Example("GET", "/mails", ("manager", "auditor")),
    Example("GET", "/mails/{id}/raw", ("manager", "auditor"), "/mails/{mail}/raw"),
    Example("GET", "/audit", ("auditor",)),
    Example("GET", "/policy", SEE),
    Example("GET", "/policy/files", ("manager", "auditor")),
    Example("POST", "/policy/preview", ("manager",), json={"files": {}}),
    Example("POST", "/policy/reload", ("manager",), json={}),
]
OPEN = {("POST", "/hooks/{source}"), ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics")}
"""What needs no token: a source signs instead, and the rest names no ticket."""
PAGES = {"/docs", "/docs/oauth2-redirect", "/openapi.json", "/static-offline-docs"}


def addresses(made: Service) -> set[tuple[str, str]]:
    """Every method and address of an application, but for the pages that describe it."""
    found = set()
    for route in made.app.router.routes:
        path = str(route.path)  # type: ignore[attr-defined]
        if path not in PAGES:
            found |= {(method, path) for method in (getattr(route, "methods", None) or {"*"})}
    return found


def needs(made: Service) -> dict[tuple[str, str], str]:
    """The right that each address needs, for those that need one."""
    return {
        (method, route.path): dependency.call.right
        for route in made.app.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
        for dependency in route.dependant.dependencies
        if isinstance(dependency.call, Need)
    }


def filled(value: Any, names: dict[str, str]) -> Any:
    """A call with the names in their places."""
    if isinstance(value, str):
        return value.format(**names)
    if isinstance(value, list):
        return [filled(one, names) for one in value]
    if isinstance(value, dict):
        return {key: filled(one, names) for key, one in value.items()}
    return value
