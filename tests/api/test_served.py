"""The API on a real socket: what only a server and a connection can get wrong."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

import httpx
import pytest

from support_policy.api.serving import Serving, bind
from tests.api.client import Service, service
from tests.watch.house import P1

JSON = {"Content-Type": "application/json"}


@contextmanager
def served(made: Service, *proxies: str, seconds: float = 60.0) -> Iterator[httpx.Client]:
    """A client of a server that listens on a free port."""
    serving = Serving(made.app, bind("127.0.0.1", 0), proxies, seconds=seconds)
    serving.start(ended=lambda: None)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{serving.port}") as client:
            yield client
    finally:
        serving.stop()


def test_a_ticket_is_taken_in_and_read_over_a_socket(tmp_path: Path) -> None:
    """A call over HTTP is answered as in the process, and the server says nothing of what it is made of."""
    with service(f"sqlite:///{tmp_path / 'store.db'}") as made, served(made) as client:
        headers = {"Authorization": f"Bearer {made.token('engineer')}"}
        found = client.post("/tickets", json={"fields": P1}, headers=headers)
        assert found.status_code == 201
        assert client.get(found.headers["Location"], headers=headers).json()["priority"] == "P1"
        assert "server" not in found.headers


@pytest.mark.parametrize(
    "half",
    [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"],
)
def test_a_call_that_never_comes_in_is_not_waited_for(half: bytes) -> None:
    """A connection with half a call, or none, is ended after its time; one that is used lives on."""
    with service() as made, served(made, seconds=0.2) as client:
        with socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=10) as slow:
            slow.sendall(half)
            with suppress(ConnectionResetError):
                assert slow.recv(100) == b""
        for _ in range(8):
            assert client.get("/healthz").status_code == 200
            sleep(0.05)


def test_an_answer_waits_for_no_acknowledgement() -> None:
    """Connections are made as TCP by name, so that small packets go out at once."""
    with bind("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize("announced", [True, False])
def test_a_large_body_is_refused_however_it_is_sent(announced: bool) -> None:
    """With its length announced or in pieces without one, a body past the limit is 413, and the service goes on."""

    def pieces() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * 1024

    with service(body=1000) as made, served(made) as client:
        headers = {"Authorization": f"Bearer {made.token('engineer')}", **JSON}
        content = b" " * 65536 if announced else pieces()
        found = client.post("/tickets", content=content, headers=headers)
        assert (found.status_code, found.json()["code"]) == (413, "too-large")
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(("proxies", "peer"), [((), "127.0.0.1"), (("127.0.0.1",), "203.0.113.9")])
def test_a_proxy_is_believed_only_where_it_was_declared(proxies: tuple[str, ...], peer: str) -> None:
    """Who called is what a declared proxy says; anybody else's `X-Forwarded-For` is nothing."""
    with service() as made, served(made, *proxies) as client:
        client.get("/tickets", headers={"X-Forwarded-For": "203.0.113.9"})
        assert [row["peer"] for row in made.audit("call.refused")] == [peer]
