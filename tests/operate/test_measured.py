"""Calls are timed by the pattern of their address, whatever they ask for and however they end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from support_policy.api.measured import Measured

Told = list[tuple[str, str, int]]


class Spans:
    """Keeps what each span is told."""

    def __init__(self) -> None:
        self.about: list[dict[str, Any]] = []

    @contextmanager
    def span(self, name: str, **about: Any) -> Iterator[Spans]:
        self.about.append({"name": name, **about})
        yield self

    def set_attributes(self, more: dict[str, Any]) -> None:
        self.about[-1] |= more


def app() -> FastAPI:
    made = FastAPI()

    @made.get("/tickets/{ticket}")
    def ticket(ticket: str) -> str:
        return ticket

    @made.get("/fault")
    def fault() -> str:
        raise ZeroDivisionError

    return made


CALLS = [
    ("GET", "/tickets/VS-1", ("GET", "/tickets/{ticket}", 200)),
    ("GET", "/tickets/VS-2?secret=1", ("GET", "/tickets/{ticket}", 200)),
    ("GET", "/made-up/by/callers", ("GET", "other", 404)),
    ("BREW", "/tickets/VS-1", ("other", "/tickets/{ticket}", 405)),
    ("GET", "/fault", ("GET", "/fault", 500)),
]


@pytest.mark.parametrize(("method", "path", "told"), CALLS)
def test_a_call_is_told_by_its_pattern(method: str, path: str, told: tuple[str, str, int]) -> None:
    """Method, route and status are told once, and neither a name nor a query goes into a figure."""
    heard: Told = []
    spans = Spans()

    def called(method: str, route: str, status: int, seconds: float) -> None:
        assert seconds >= 0
        heard.append((method, route, status))

    async def call() -> None:
        transport = httpx.ASGITransport(Measured(app(), called, spans.span), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            await client.request(method, path)

    asyncio.run(call())
    assert heard == [told]
    assert spans.about[0]["method"] == told[0]
    if told[2] != 500:
        assert (spans.about[0]["route"], spans.about[0]["status"]) == told[1:]
