"""A client for an application in this process, and a service to try it on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
from fastapi import FastAPI

from support_policy.adapters.hashing import Argon2
from support_policy.api.app import create_app
from support_policy.api.parts import Limits, Parts
from support_policy.service.watch.access import Tokens, new_token
from support_policy.service.watch.refusals import Refusals
from support_policy.service.watch.writing import write
from tests.watch.house import P1, House, house

QUICK = Argon2(memory_kib=8, passes=1)
"""The same hash with the least work: tests make many tokens."""
RAISED = "X-Request-Id"


class Ticks:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        """How many have passed."""
        return self.at


@dataclass
class Client:
    """Calls an application in this process; `peer` is the address it calls from."""

    app: FastAPI
    peer: str = "192.0.2.1"

    def call(
        self,
        method: str,
        path: str,
        token: str = "",
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str | bytes] | None = None,
    ) -> httpx.Response:
        """One call, answered."""
        given: dict[str, Any] = dict(headers or {})
        if token:
            given["Authorization"] = f"Bearer {token}"
        if content is not None:
            given.setdefault("Content-Type", "application/json")
        # What the application raises is raised here: nothing may get out of it.
        transport = httpx.ASGITransport(self.app, client=(self.peer, 50000))

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                return await client.request(method, path, json=json, content=content, headers=given)

        return asyncio.run(send())


@dataclass
class Service:
    """A service with an API, and tokens for it."""

    house: House
    tokens: Tokens
    ticks: Ticks
    parts: Parts
    app: FastAPI
    refusals: Refusals

    @property
    def client(self) -> Client:
        """A client."""
        return Client(self.app)

    def token(self, *scopes: str, organizations: tuple[str, ...] = (), **more: Any) -> str:
        """A new token."""
        now = self.house.clock.now()
        made = write(
            self.house.store,
            lambda work: new_token(work, QUICK, "a test", scopes, now, organizations=organizations, **more),
        )
        return made[1]

    def audit(self, what: str = "") -> list[Mapping[str, Any]]:
        """The audit trail: `what`, `actor`, `subject` and detail of each row."""
        with self.house.store.look() as work:
            rows = work.register.audit_page(what, 0, 1000)
        return [{"what": row.what, "actor": row.actor, "subject": row.subject, **row.detail} for row in rows]


@contextmanager
def service(
    url: str = "sqlite://", change: Callable[[Parts], Parts] = lambda parts: parts, **limits: int
) -> Iterator[Service]:
    """A service on a store of its own."""
    with house(url) as made:
        ticks = Ticks()
        tokens = Tokens(made.store, QUICK, ticks)
        parts = Parts(made.store, made.desk, made.clock, tokens, made.ears, made.ears, limits=Limits(**limits))
        parts = change(parts)
        refusals = Refusals(made.store, made.ears, made.ears, tick=ticks)
        yield Service(made, tokens, ticks, parts, create_app(parts, refusals), refusals)


def ticket_of(made: Service, organization: str = "acme") -> str:
    """A ticket of an organization."""
    return made.house.submit({**P1, "organization": organization})


__all__ = ["QUICK", "RAISED", "Client", "Service", "Ticks", "replace", "service", "ticket_of"]
