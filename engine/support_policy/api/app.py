"""The application, made of its parts."""

from __future__ import annotations

from collections import Counter
from time import monotonic
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from support_policy.api.calls import Rates
from support_policy.api.guard import Guard
from support_policy.api.health import Health
from support_policy.api.house import House, PolicyChanges
from support_policy.api.intake import Intake
from support_policy.api.noted import note
from support_policy.api.openapi import ABOUT, Describer
from support_policy.api.parts import Parts
from support_policy.api.problems import ClientDisconnect, gone, of_http, of_store, of_validation, problem
from support_policy.api.routes import Routes
from support_policy.api.tickets import Tickets
from support_policy.service.watch.ports import StoreBusy, StoreConflict, StoreFull
from support_policy.service.watch.receive import Reception
from support_policy.service.watch.refusals import Refusals
from support_policy.service.watch.refused import Refused
from support_policy.source.diagnostics import PolicyError

PAGES = ("/docs", "/docs/oauth2-redirect", "/openapi.json", "/static-offline-docs")
"""Open pages that describe the API; they bring their scripts along and fetch nothing from elsewhere."""

SAID_AGAIN = 1.0
"""Seconds after which it is said again that the store takes no calls."""


def create_app(parts: Parts, refusals: Refusals | None = None) -> FastAPI:
    """The API. Whoever serves it calls `refusals.step` once a minute, where it gives its own."""
    noted = refusals or Refusals(parts.store, parts.meter, parts.journal)
    app = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        title="support-policy",
        version=_version(),
        description=ABOUT,
        swagger_ui_parameters={"validatorUrl": None, "tryItOutEnabled": False},
        redirect_slashes=False,
    )
    routes = Routes(app, parts, Rates(parts))
    Intake(parts, Reception(parts.store, parts.desk, parts.meter), noted, routes)
    Tickets(parts, routes)
    House(parts, routes)
    PolicyChanges(parts, routes)
    Health(parts, routes)
    _answer_problems(app, parts, noted)
    app.add_middleware(Guard, journal=parts.journal, limit=parts.limits.body)
    describer = Describer(app, parts)
    # This is how FastAPI wants to be told.
    app.openapi = describer.openapi  # type: ignore[method-assign]
    return app


def _answer_problems(app: FastAPI, parts: Parts, refusals: Refusals) -> None:
    def refused(request: Request, found: Any) -> Response:
        note(refusals, request, found, parts.clock.now())
        return problem(found)

    unsaid = Counter[str]()
    said: dict[str, float] = {}

    def store(_request: Request, found: Any) -> Response:
        # While a database is away every call meets it: one line a second says all of them.
        why = str(found)
        unsaid[why] += 1
        if monotonic() - said.get(why, -SAID_AGAIN) >= SAID_AGAIN:
            parts.journal.say("error", "the store did not take a call", why=why, calls=unsaid.pop(why, 1))
            said.clear()
            said[why] = monotonic()
        return problem(of_store(found))

    def validation(_request: Request, found: Any) -> Response:
        return problem(of_validation(found))

    def http(request: Request, found: Any) -> Response:
        made = problem(of_http(found))
        if made.status_code == 405:
            # The router names the methods of the first route that fits alone.
            made.headers["Allow"] = ", ".join(_methods(app, request.scope["path"]))
        return made

    def policy(_request: Request, found: Any) -> Response:
        told = [
            {"code": one.code, "message": f"{one.span}: {one.message}", "help": one.help, "path": []}
            for one in found.diagnostics
        ]
        return problem(Refused("unusable", "the policy cannot be used", told))

    for kind in (StoreBusy, StoreConflict, StoreFull):
        app.add_exception_handler(kind, store)
    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(PolicyError, policy)
    app.add_exception_handler(ClientDisconnect, gone)


def _methods(app: FastAPI, path: str) -> list[str]:
    fit = (route for route in app.router.routes if isinstance(route, Route) and route.path_regex.match(path))
    return sorted({method for route in fit for method in route.methods or ()})


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("support-policy")
    except PackageNotFoundError:
        return "0"
