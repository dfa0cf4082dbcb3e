"""Events that are taken in: one by one, in batches, late, twice, at once, and from sources that sign them."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from support_policy.adapters.hooks import SignedHook
from support_policy.api.intake import BEGINS, HAPPENED
from tests.api.client import Client, Service, replace, service
from tests.watch.house import MANAGER, P1, P3

SECRET = "whsec_" + base64.b64encode(b"twenty-four bytes of it!").decode()
OTHER = "whsec_" + base64.b64encode(b"twenty-four other bytes!").decode()


def begun(made: Service, fields: dict[str, Any] | None = None, **more: Any) -> str:
    """A new ticket, through the API; its name."""
    found = made.client.call("POST", "/tickets", made.token("intake"), {"fields": fields or P1, **more})
    assert found.status_code == 201, found.text
    ticket: str = found.json()["ticket"]
    return ticket


def test_a_ticket_is_taken_in_and_its_clocks_run() -> None:
    """A new ticket has an address, a priority and a due time, and is escalated when nobody solves it."""
    with service() as made:
        found = made.client.call("POST", "/tickets", made.token("intake"), {"fields": P1})
        assert found.status_code == 201
        assert found.headers["Location"] == f"/tickets/{found.json()['ticket']}"
        made.house.until(made.house.clock.at + timedelta(hours=2, minutes=1))
        assert [letter.recipient for letter in made.house.letters(command="notify")] == [MANAGER]
        now = made.client.call("GET", found.headers["Location"], made.token("engineer")).json()
        assert (now["priority"], now["escalation_level"]) == ("P1", 1)
        assert now["targets"][0]["status"] == "breached"


@pytest.mark.parametrize("example", [*BEGINS.values()])
def test_the_examples_of_new_tickets_are_taken(example: dict[str, Any]) -> None:
    """What the description of the API shows for a new ticket works as it stands."""
    with service() as made:
        assert made.client.call("POST", "/tickets", made.token("intake"), example).json()["outcome"] == "accepted"


@pytest.mark.parametrize("example", [*HAPPENED.values()])
def test_the_examples_of_events_are_taken(example: dict[str, Any]) -> None:
    """What the description of the API shows for an event is taken as it stands."""
    with service() as made:
        made.house.clock.tick(hours=3)
        ticket = made.house.submit(at=made.house.clock.at - timedelta(hours=3))
        found = made.client.call("POST", f"/tickets/{ticket}/events", made.token("engineer"), example)
        assert found.json()["outcome"] in ("accepted", "late"), found.text


def test_a_late_event_tells_the_ticket_anew() -> None:
    """An answer given in time but reported after the breach is `late`; the verdict is corrected."""
    with service() as made:
        ticket = made.house.submit()
        at = made.house.clock.at
        made.house.until(at + timedelta(hours=2, minutes=5))
        event = {"type": "responded", "at": (at + timedelta(hours=1)).isoformat()}
        found = made.client.call("POST", f"/tickets/{ticket}/events", made.token("engineer"), event)
        assert (found.status_code, found.json()["outcome"]) == (200, "late")
        assert "target_corrected" in [record["type"] for record in found.json()["events"]]


def test_an_event_the_workflow_does_not_allow_is_recorded_and_says_why() -> None:
    """It is answered with 200 and the outcome `refused`: nothing is lost, and nothing is changed."""
    with service() as made:
        ticket = made.house.submit()
        found = made.client.call("POST", f"/tickets/{ticket}/events", made.token("engineer"), {"type": "reopened"})
        assert found.status_code == 200
        assert found.json()["outcome"] == "refused"
        assert found.json()["why"]
        assert made.house.types(ticket)[-1] == "reopened"


@pytest.mark.parametrize(
    ("event", "code", "path", "help"),
    [
        ({"type": "respondd"}, "E401", ["type"], "did you mean `responded`?"),
        ({"type": "updated", "fields": {"site_stat": "up"}}, "E404", ["fields", "site_stat"], "did you mean"),
        ({"type": "updated", "fields": {"site_status": "purple"}}, "E405", ["fields", "site_status"], ""),
        ({"type": "updated", "at": "2026-03-02T09:00:00"}, "E402", ["at"], "offset"),
        ({"type": "updated", "actor": "me"}, "E415", ["actor"], "token"),
        ({"type": "updated", "recorded_at": "2026-03-02T09:00:00Z"}, "E415", ["recorded_at"], "learns"),
        ({"type": "updated", "id": "a"}, "E415", ["at"], "twice"),
        ({"type": "updated", "engine": True}, "E411", ["engine"], ""),
        ({"type": "updated", "tect": "x"}, "E411", ["tect"], "did you mean `text`?"),
        ({}, "E414", [], ""),
        ([], "E415", [], ""),
        ("text", "E415", [], ""),
    ],
)
def test_an_event_that_cannot_be_used_says_where_and_what_instead(
    event: Any, code: str, path: list[str], help: str
) -> None:
    """An unusable event is answered with 422, each problem with its code, its place, and what to write instead."""
    with service() as made:
        ticket = made.house.submit()
        before = made.house.log(ticket)
        found = made.client.call("POST", f"/tickets/{ticket}/events", made.token("engineer"), event)
        assert found.status_code == 422
        assert found.headers["content-type"] == "application/problem+json"
        told = found.json()["diagnostics"]
        assert (told[0]["code"], told[0]["path"]) == (code, path)
        assert help in told[0]["help"]
        assert made.house.log(ticket) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ticket": "HD-77", "fields": P3}, 201),
        ({"ticket": "VS-9", "fields": P3}, 404),
        ({"ticket": "a/b"}, 422),
        ({"ticket": ""}, 422),
        ({"ticket": 7}, 422),
        ({"type": "resolved"}, 422),
    ],
)
def test_a_new_ticket_may_bring_its_name(body: dict[str, Any], status: int) -> None:
    """Another system's name is kept; the service's own are its own; what does not begin a ticket begins none."""
    with service() as made:
        found = made.client.call("POST", "/tickets", made.token("engineer"), body)
        assert found.status_code == status, found.text
        if status != 201:
            assert made.client.call("GET", "/tickets", made.token("engineer")).json()["items"] == []


def test_a_name_is_given_once() -> None:
    """A ticket that exists is not begun again: 409 says so."""
    with service() as made:
        token = made.token("intake")
        body = {"ticket": "HD-77", "fields": P3}
        assert [made.client.call("POST", "/tickets", token, body).status_code for _ in range(2)] == [201, 409]


def test_the_same_call_under_the_same_key_is_done_once() -> None:
    """The second answer is the first, byte for byte, and says that it is; another key does it again."""
    with service() as made:
        token = made.token("engineer")
        calls = [
            made.client.call("POST", "/tickets", token, {"fields": P1}, headers={"Idempotency-Key": key})
            for key in ("one", "one", "two")
        ]
        assert calls[0].content == calls[1].content
        assert [found.status_code for found in calls] == [201, 201, 201]
        assert [found.headers.get("Idempotency-Replayed") for found in calls] == [None, "true", None]
        assert calls[1].headers["Location"] == calls[0].headers["Location"]
        assert calls[2].json()["ticket"] != calls[0].json()["ticket"]


def test_a_key_belongs_to_one_call_of_one_token() -> None:
    """Another body or address under a used key is refused with 422; another token has its own keys."""
    with service() as made:
        token, key = made.token("engineer"), {"Idempotency-Key": "one"}
        made.client.call("POST", "/tickets", token, {"fields": P1}, headers=key)
        for path, body in (("/tickets", {"fields": P3}), ("/events", [])):
            found = made.client.call("POST", path, token, body, headers=key)
            assert (found.status_code, found.json()["code"]) == (422, "key-used")
        assert (
            made.client.call("POST", "/tickets", made.token("intake"), {"fields": P3}, headers=key).status_code == 201
        )


def test_a_call_that_was_refused_uses_no_key() -> None:
    """Nothing was done under it, so the call may be put right and sent again under the same key."""
    with service() as made:
        token, key = made.token("engineer"), {"Idempotency-Key": "one"}
        assert made.client.call("POST", "/tickets", token, {"type": "submited"}, headers=key).status_code == 422
        assert made.client.call("POST", "/tickets", token, {"type": "submitted"}, headers=key).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "ключ"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    """A key is 1 to 255 printable ASCII characters."""
    with service() as made:
        headers = {"Idempotency-Key": key.encode("utf-8")}
        found = Client(made.app).call("POST", "/tickets", made.token("intake"), {}, headers=headers)
        assert found.status_code == 422


def test_two_at_once_under_one_key_are_done_once(store_url: str) -> None:
    """Of several threads that send one call under one key, one does it, and each gets the same answer."""
    with service(store_url) as made:
        token = made.token("intake")

        def send(_number: int) -> tuple[int, bytes, str | None]:
            found = Client(made.app).call("POST", "/tickets", token, {"fields": P1}, headers={"Idempotency-Key": "one"})
            return found.status_code, found.content, found.headers.get("Idempotency-Replayed")

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(send, range(8)))
        assert {(status, body) for status, body, _ in answers} == {(201, answers[0][1])}
        assert [replayed for _, _, replayed in answers].count(None) == 1
        listed = made.client.call("GET", "/tickets", made.token("engineer")).json()["items"]
        assert len(listed) == 1


def test_what_a_body_may_hold_is_given_back_by_every_store(store_url: str) -> None:
    """Every character but NUL comes back as it was sent, in texts, facts and names of organizations."""
    strange = "".join(map(chr, range(1, 0x20))) + "\x7f\x85\u2028\ufeff\uffff\U0010ffff'\"\\%_;--$$"
    with service(store_url) as made:
        token = made.token("engineer")
        fields = {"organization": strange, "subject": strange}
        begun = made.client.call(
            "POST", "/tickets", token, {"fields": fields, "text": strange, "on_behalf_of": strange}
        )
        assert begun.status_code == 201, begun.text
        ticket = begun.json()["ticket"]
        first = made.client.call("GET", f"/tickets/{ticket}/events", token).json()["items"][0]
        assert (first["fields"], first["text"], first["on_behalf_of"]) == (fields, strange, strange)
        head = made.client.call("GET", "/tickets", token).json()["items"][0]
        assert (head["organization"], head["subject"]) == (strange, strange)
        for path in ("explain?format=text", "explain", "timeline", "timeline?format=text", "decisions"):
            assert made.client.call("GET", f"/tickets/{ticket}/{path}", token).status_code == 200
        mine = made.token("engineer", organizations=("acme",))
        assert made.client.call("GET", "/tickets", mine).json()["items"] == []
        plain = "o'hara %_; --"
        made.client.call("POST", "/tickets", token, {"fields": {"organization": plain}})
        found = made.client.call("GET", "/tickets?organization=o%27hara%20%25_%3B%20--", token).json()["items"]
        assert [row["organization"] for row in found] == [plain]


def test_an_event_with_an_id_is_taken_once() -> None:
    """The same id and content again is `known`; other content under it is unusable."""
    with service() as made:
        ticket, token = made.house.submit(), made.token("engineer")
        event = {"type": "updated", "id": "a", "at": made.house.clock.at.isoformat(), "text": "x"}
        path = f"/tickets/{ticket}/events"
        assert made.client.call("POST", path, token, event).json()["outcome"] == "accepted"
        assert made.client.call("POST", path, token, event).json()["outcome"] == "known"
        found = made.client.call("POST", path, token, {**event, "text": "y"})
        assert (found.status_code, found.json()["diagnostics"][0]["code"]) == (422, "E407")


def test_a_batch_answers_each_event_for_itself() -> None:
    """Events are decided in order and stored together; what cannot be used has a problem, and the others are taken."""
    with service() as made:
        ticket = made.house.submit()
        items = [
            {"ticket": ticket, "type": "assigned", "to": "bob"},
            {"ticket": ticket, "type": "respondd"},
            {"ticket": "HD-1", "type": "submitted", "fields": P3},
            {"ticket": "HD-1", "type": "responded", "text": "Hello"},
            {"ticket": "VS-9999", "type": "responded"},
            {"type": "submitted", "fields": P3},
            {"ticket": ticket, "type": "responded", "by": "director"},
            7,
        ]
        found = made.client.call("POST", "/events", made.token("engineer"), items)
        assert found.status_code == 200
        told = [one.get("outcome") or one["problem"]["code"] for one in found.json()["results"]]
        assert told == [
            "accepted", "unusable", "accepted", "accepted", "not-found", "accepted", "not-allowed", "unusable",
        ]  # fmt: skip
        assert found.json()["taken"] == 4
        assert made.house.head("HD-1").length > 2
        assert [row["why"] for row in made.audit("call.refused")] == ["scope"]


def test_an_answer_that_came_before_its_ticket_is_not_lost() -> None:
    """Events of another system may arrive in any order: the first is recorded, and counts once the ticket begins."""
    with service() as made:
        at = made.house.clock.at
        items = [
            {"ticket": "HD-1", "type": "responded", "at": (at + timedelta(hours=1)).isoformat()},
            {"ticket": "HD-1", "type": "submitted", "by": "customer", "at": at.isoformat(), "fields": P3},
        ]
        made.house.clock.tick(hours=2)
        token = made.token("engineer")
        found = made.client.call("POST", "/events", token, items).json()["results"]
        assert [one["outcome"] for one in found] == ["refused", "late"]
        targets = made.client.call("GET", "/tickets/HD-1", token).json()["targets"]
        assert targets[0]["status"] == "met"


@pytest.mark.parametrize("items", [[{"type": "submitted"}] * 4, {"type": "submitted"}, "x"])
def test_a_batch_is_a_list_of_limited_length(items: Any) -> None:
    """More events than the limit, or no list, is refused as a whole, and nothing is stored."""
    with service(batch=3) as made:
        found = made.client.call("POST", "/events", made.token("intake"), items)
        assert (found.status_code, found.json()["code"]) == (422, "unusable")
        assert made.client.call("GET", "/tickets", made.token("engineer")).json()["items"] == []


def hooked(made: Service, body: Any, secret: str = SECRET, id: str = "msg_1", **change: str) -> Any:
    """A webhook as its source sends it, signed now; `change` replaces headers, "" takes one away."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    now = datetime.now(UTC)
    headers = {
        "webhook-id": id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, now, raw.decode("latin-1")),
    }
    headers |= {name.replace("_", "-"): value for name, value in change.items()}
    given = {name: value for name, value in headers.items() if value}
    return made.client.call("POST", "/hooks/desk", content=raw, headers=given)


def with_hook() -> Any:
    """A service with one source of webhooks."""
    return service(change=lambda parts: replace(parts, hooks={"desk": SignedHook(SECRET)}))


def test_a_signed_webhook_is_taken_in_and_its_copy_is_not() -> None:
    """A source speaks in any role; the same webhook-id again is answered as before, and done once."""
    event = {"ticket": "HD-1", "type": "submitted", "by": "customer", "on_behalf_of": "jane@acme.example", "fields": P3}
    with with_hook() as made:
        first, again = hooked(made, event), hooked(made, event)
        assert first.json()["results"][0]["outcome"] == "accepted"
        assert first.content == again.content
        assert again.headers["Idempotency-Replayed"] == "true"
        assert made.house.log("HD-1")[0].actor == "hook:desk"
        assert made.house.head("HD-1").requester == "jane@acme.example"
        more = hooked(made, [{"ticket": "HD-1", "type": "responded", "by": "manager"}], id="msg_2")
        assert more.json()["taken"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"webhook_signature": ""},
        {"webhook_id": ""},
        {"webhook_timestamp": ""},
        {"webhook_id": "msg_2"},
        {"webhook_timestamp": "1700000000"},
        {"webhook_timestamp": "nan"},
        {"webhook_timestamp": "9" * 400},
        {"webhook_signature": "v1"},
        {"webhook_signature": "v1,"},
        {"webhook_signature": "v1,%%%"},
        {"webhook_signature": "v2,AAAA v1a,AAAA"},
    ],
)
def test_a_webhook_that_is_not_signed_is_refused(change: dict[str, str]) -> None:
    """Whatever is missing, stripped, stale or broken about a signature, nothing is let in and nothing breaks."""
    with with_hook() as made:
        found = hooked(made, {"ticket": "HD-1", "type": "submitted"}, **change)
        assert (found.status_code, found.json()["code"]) == (401, "bad-signature")
        assert [row["why"] for row in made.audit("call.refused")] == ["signature"]


def test_a_webhook_signed_with_another_secret_is_refused() -> None:
    """Another secret, a body that is no text, a source that nobody configured: all are answered alike."""
    with with_hook() as made:
        assert hooked(made, {}, OTHER).status_code == 401
        assert hooked(made, b"\xff\xfe").status_code == 401
    with service() as made:
        assert hooked(made, {}).status_code == 401


def test_a_secret_of_a_webhook_that_is_none_is_said_without_showing_it() -> None:
    """A secret that is not base64, empty or short is refused when it is configured."""
    for secret in ("whsec_", "", "whsec_é", "whsec_QUJD", "a plain text, long enough to be decoded"):
        with pytest.raises(ValueError, match="whsec_") as found:
            SignedHook(secret)
        assert "é" not in str(found.value)


def test_answers_are_counted() -> None:
    """What was taken in, and what was missed by it, is told to the meter once."""
    with service() as made:
        ticket = begun(made)
        made.house.clock.tick(hours=3)
        made.client.call("POST", f"/tickets/{ticket}/events", made.token("engineer"), {"type": "updated"})
        assert made.house.ears.counts["decided", "submitted", "accepted"] == 1
        assert made.house.ears.counts["decided", "updated", "accepted"] == 1
        assert made.house.ears.counts["breached", "P1", "first_response"] == 1
