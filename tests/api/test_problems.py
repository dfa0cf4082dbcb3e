"""Whatever is sent, and whatever breaks, the answer is one form of problem, and never a traceback."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.adapters.sql.store import open_store
from support_policy.api.bodies import read_body
from support_policy.service.watch.ports import StoreBusy, StoreFull, Work
from support_policy.service.watch.refused import KINDS, Refused
from tests.api.client import Service, replace, service
from tests.watch.house import P1

EVENT = b'{"type": "updated", "text": %s}'


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (b"\xff", 400, "UTF-8"),
        (b'{"a": NaN}', 400, "`NaN` is not JSON"),
        (b'{"a": -Infinity}', 400, "is not JSON"),
        (b'{"a": 1, "a": 2}', 400, "twice"),
        (b"[" * 100_000, 400, ""),
        (b"1" * 5000, 400, "too many digits"),
        (b'{"a": 1e999}', 422, "too large"),
        (b'{"a": 123456789012345678901234567890}', 422, "too large"),
        (b'{"a": "\\u0000"}', 422, "NUL"),
        (b'{"a\\u0000": 1}', 422, "NUL"),
        (b'{"a": "\\ud800"}', 422, "surrogate"),
        (b'{"\\udfff": 1}', 422, "surrogate"),
        (b"[" * 40 + b"]" * 40, 422, "nested"),
        (b'{"a": ' * 40 + b"1" + b"}" * 40, 422, "nested"),
        (EVENT % b"null", 200, ""),
        ("{\"type\": \"updated\", \"text\": \"\N{SNOWMAN} \N{PILE OF POO}\"}".encode(), 200, ""),
        (b"\xef\xbb\xbf" + EVENT % b'"with a mark"', 200, ""),
    ],
)  # fmt: skip
def test_a_body_is_read_strictly(body: bytes, status: int, said: str) -> None:
    """What is not JSON, or could not be kept as it is, is refused with its place; what can be kept is kept."""
    with service() as made:
        ticket = made.house.submit()
        found = made.client.call("POST", f"/tickets/{ticket}/events", made.token("engineer"), content=body)
        assert found.status_code == status, found.text
        if status != 200:
            assert said in found.json()["diagnostics"][0]["message"]


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_value_or_a_refusal(raw: bytes) -> None:
    """Reading a body never fails otherwise."""
    refused: Refused | None = None
    try:
        read_body(raw, 8)
    except Refused as found:
        refused = found
    assert refused is None or (refused.kind in ("not-json", "unusable") and refused.found)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
        ("application/x-www-form-urlencoded", 415),
        ("text/plain", 415),
        ("", 415),
    ],
)
def test_a_body_is_json_by_its_type(kind: str, status: int) -> None:
    """A form or a plain text that a page of another site could send is not read as JSON."""
    with service() as made:
        ticket = made.house.submit()
        headers = {"Content-Type": kind}
        found = made.client.call(
            "POST", f"/tickets/{ticket}/events", made.token("engineer"), content=b'{"type": "updated"}', headers=headers
        )
        assert found.status_code == status


def test_a_body_past_the_limit_is_refused_and_noted() -> None:
    """One byte more than the limit is too large, and strangers are not read at all."""
    with service(body=50) as made:
        token, limit = made.token("engineer"), 50
        body = b'{"type": "updated", "text": "%s"}'
        fits = body % (b"x" * (limit - len(body) + 2))
        assert len(fits) == limit
        assert made.client.call("POST", "/tickets", token, content=fits).status_code == 422
        assert made.client.call("POST", "/tickets", token, content=fits + b" ").status_code == 413
        assert made.client.call("POST", "/tickets", "", content=fits + b" ").status_code == 401
        assert [row["why"] for row in made.audit("call.refused")] == ["size", "token"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/tickets/", 404, "not-found"),
        ("PUT", "/tickets", 405, "wrong-method"),
        ("GET", "/tickets?limit=0", 422, "unusable"),
        ("GET", "/tickets?limit=501", 422, "unusable"),
        ("GET", "/tickets?limit=ten", 422, "unusable"),
        ("GET", "/tickets?open=perhaps", 422, "unusable"),
        ("GET", "/tickets?prioriti=P1", 422, "unusable"),
        ("GET", "/tickets?state=open&state=new", 422, "unusable"),
        ("GET", "/tickets?state=%00", 422, "unusable"),
        ("GET", "/tickets?after=%00", 422, "unusable"),
        ("GET", "/tickets/%00", 404, "not-found"),
        ("GET", "/tickets/%ff", 404, "not-found"),
        ("GET", "/tickets/VS-1001/timeline?format=pdf", 422, "unusable"),
        ("GET", "/agenda?until=tomorrow", 422, "unusable"),
        ("GET", "/agenda?until=9999-01-01T00:00:00Z", 422, "unusable"),
        ("GET", "/letters?status=lost", 422, "unusable"),
        ("GET", "/letters?after=-1", 422, "unusable"),
        ("GET", f"/letters?after={2**63}", 422, "unusable"),
        ("POST", f"/letters/{2**63}/resend", 422, "unusable"),
        ("POST", "/letters/1/resend", 404, "not-found"),
        ("GET", "/mails/1/raw", 404, "not-found"),
        ("GET", "/policy/files", 404, "not-found"),
        ("GET", "/tickets/VS-1001", 404, "not-found"),
    ],
)
def test_a_call_that_does_not_fit_is_a_problem(method: str, path: str, status: int, code: str) -> None:
    """A wrong address, method or parameter is answered in the form of all problems."""
    with service() as made:
        found = made.client.call(method, path, made.token("manager"))
        told = found.json()
        assert (found.status_code, told["code"], told["status"]) == (status, code, status)
        assert found.headers["content-type"] == "application/problem+json"
        assert told["type"] == f"urn:support-policy:problem:{code}"
        if status == 405:
            assert found.headers["Allow"] == "GET, POST"


class Breaking:
    """A store that fails as it is told."""

    def __init__(self, problem: Exception) -> None:
        self.problem: Exception | None = None
        self.next, self.real = problem, open_store("sqlite://")

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """See `Store`."""
        if self.problem:
            raise self.problem
        with self.real.begin() as work:
            yield work

    @contextmanager
    def look(self) -> Iterator[Work]:
        """See `Store`."""
        if self.problem:
            raise self.problem
        with self.real.look() as work:
            yield work

    def close(self) -> None:
        """See `Store`."""
        self.real.close()


@pytest.mark.parametrize(
    ("problem", "status", "code", "again"),
    [
        (StoreBusy("locked"), 503, "busy", "1"),
        (StoreFull("disk full"), 507, "full", "60"),
        (RuntimeError("hidden words"), 500, "failed", None),
        (KeyError("hidden words"), 500, "failed", None),
    ],
)
def test_what_breaks_is_said_in_the_log_and_not_to_the_caller(
    problem: Exception, status: int, code: str, again: str | None
) -> None:
    """A store that is busy or full, or anything unforeseen, is a problem whose reason stands in the log."""
    store = Breaking(problem)
    try:
        with service(change=lambda parts: replace(parts, store=store)) as made:
            token = made.token("engineer")
            store.problem = problem
            found = made.client.call("GET", "/tickets", token)
            assert (found.status_code, found.json()["code"]) == (status, code)
            assert found.headers.get("Retry-After") == again
            assert "hidden" not in found.text
            level, _, about = made.house.ears.said[-1]
            assert level == "error"
            if status == 500:
                assert found.json()["instance"] == f"urn:support-policy:call:{about['call']}"
                assert found.headers["X-Request-Id"] == about["call"]
    finally:
        store.close()


def test_a_service_whose_store_is_gone_is_not_ready_but_lives() -> None:
    """/readyz fails and says which check does; /healthz does not ask the store."""
    store = Breaking(StoreBusy("gone"))
    try:
        with service(change=lambda parts: replace(parts, store=store)) as made:
            assert made.client.call("GET", "/readyz").status_code == 200
            store.problem = store.next
            made.house.clock.tick(seconds=5)
            found = made.client.call("GET", "/readyz")
            assert (found.status_code, found.json()["ready"]) == (503, False)
            assert [check["name"] for check in found.json()["checks"] if not check["ok"]] == ["store"]
            assert made.client.call("GET", "/healthz").status_code == 200
    finally:
        store.close()


def test_a_service_whose_worker_is_behind_is_not_ready() -> None:
    """What is due and not decided fails /readyz until the worker has caught up; no ticket is named."""
    with service() as made:
        ticket = made.house.submit(P1)
        made.house.clock.tick(hours=2, minutes=5)
        found = made.client.call("GET", "/readyz")
        assert found.status_code == 503
        assert [check["name"] for check in found.json()["checks"] if not check["ok"]] == ["overdue"]
        assert ticket not in found.text
        made.house.work()
        made.house.clock.tick(seconds=2)
        assert made.client.call("GET", "/readyz").status_code == 200


def test_every_answer_has_the_headers_that_browsers_heed() -> None:
    """Nothing is cached, sniffed, framed or scripted, whatever is answered; each answer has an id."""
    with service() as made:
        ticket, token = made.house.submit(), made.token("manager")
        ids = set()
        for path in ("/healthz", "/nowhere", "/tickets", f"/tickets/{ticket}/timeline", "/docs"):
            found = made.client.call("GET", path, token)
            assert found.headers["X-Content-Type-Options"] == "nosniff"
            assert found.headers["Cache-Control"] == "no-store"
            assert found.headers["Referrer-Policy"] == "no-referrer"
            assert "default-src 'none'" in found.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in found.headers["Content-Security-Policy"]
            ids.add(found.headers["X-Request-Id"])
        assert len(ids) == 5


def test_every_kind_of_problem_has_a_status_and_words() -> None:
    """A problem names its kind, which the description of the API lists with its meaning."""
    for name, kind in KINDS.items():
        told: Mapping[str, Any] = Refused(name).as_json()
        assert told["code"] == name
        assert 400 <= kind.status < 600
        assert told["title"] == kind.title


def test_a_caller_that_hangs_up_breaks_nothing() -> None:
    """A body that ends early is no failure of the service: nothing is logged as one, and nothing is stored."""
    with service() as made:
        token = made.token("engineer")
        asyncio.run(_hang_up(made, token))
        assert [said for said in made.house.ears.said if said[0] == "error"] == []
        assert made.client.call("GET", "/tickets", token).json()["items"] == []


async def _hang_up(made: Service, token: str) -> None:
    sent: list[Any] = []
    messages = iter([{"type": "http.request", "body": b'{"type": ', "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/tickets", "raw_path": b"/tickets", "query_string": b"", "root_path": "", "headers": headers,
        "client": ("192.0.2.1", 1), "server": ("service", 80),
    }  # fmt: skip
    await made.app(scope, receive, send)
