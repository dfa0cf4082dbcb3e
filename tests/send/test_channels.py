"""Webhooks and apprise, told over real HTTP."""

from __future__ import annotations

import json
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import standardwebhooks

from support_policy.adapters.send.apprise_ import AppriseMessenger, service_of
from support_policy.adapters.send.ways import close, messengers, whole
from support_policy.adapters.send.webhook import WebhookMessenger, firing_of
from support_policy.service.watch.mail_names import own_id
from support_policy.service.watch.ports import NotNow, Undeliverable, Unreachable
from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings_out import Apprise, FolderOut, Out, Webhook
from tests.send.servers import CERTIFICATE, FROM, Endpoint, http_server, raw_server, server_tls
from tests.watch.letters import DOMAIN, PATIENT, LetterStore, SetClock, a_letter, a_sender, all_letters, put

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of no endpoint
ID = own_id("k", "channel:ops", DOMAIN)


def tell(url: str, letter: Letter | None = None, **settings: Any) -> None:
    """Tell an endpoint of one letter."""
    messenger = WebhookMessenger(Webhook(url, SECRET, **{"timeout": 2.0, **settings}))
    try:
        messenger.deliver(letter or a_letter(1, recipient="channel:ops"), ID)
    finally:
        messenger.close()


def test_a_call_is_signed_and_says_what_happened() -> None:
    """The library's own verifier takes the call; its body has the documented form, its id is the letter's."""
    endpoint = Endpoint()
    with http_server(endpoint) as url:
        tell(f"{url}/hooks?x=1", a_letter(1, recipient="channel:ops", subject="Grüße\n🚒"))
    (call,) = endpoint.calls
    said = standardwebhooks.Webhook(SECRET).verify(call.body, dict(call.headers))
    assert (call.method, call.path, call.headers["content-type"]) == ("POST", "/hooks?x=1", "application/json")
    assert call.headers["webhook-id"] == ID[1:33]
    assert said == {
        "type": "notify",
        "timestamp": "2026-03-02T09:00:00+00:00",
        "data": {
            "ticket": "VS-1",
            "chain": "unresolved",
            "level": 1,
            "cycle": 1,
            "command": "notify",
            "key": "VS-1/unresolved/1/1",
            "decision": "VS-1.7",
            "subject": "Grüße\n🚒",
            "text": "VS-1 is not solved.\n",
            "recipients": [{"role": "manager", "to": "channel:ops"}],
        },
    }
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(call.body + b" ", dict(call.headers))


def test_a_call_that_is_made_again_has_the_same_id_and_body() -> None:
    """A receiver that counts ids sees one; calls that follow each other share a connection."""
    endpoint = Endpoint()
    with http_server(endpoint) as url:
        messenger = WebhookMessenger(Webhook(url, SECRET))
        for _ in range(3):
            messenger.deliver(a_letter(1), ID)
        messenger.close()
    assert len({(call.headers["webhook-id"], call.body) for call in endpoint.calls}) == 1
    assert (len(endpoint.calls), endpoint.connections) == (3, 1)


@pytest.mark.parametrize(
    ("status", "headers", "raised", "after"),
    [
        (200, {}, None, None),
        (202, {}, None, None),
        (410, {}, Undeliverable, None),
        (413, {}, Undeliverable, None),
        (422, {}, Undeliverable, None),
        (429, {"retry-after": "120"}, Unreachable, 120),
        (503, {"retry-after": "7"}, Unreachable, 7),
        (503, {"retry-after": "soon"}, Unreachable, None),
        (503, {"retry-after": "-5"}, Unreachable, None),
        (503, {"retry-after": "9" * 400}, Unreachable, 9_999_999_999),
        (500, {}, Unreachable, None),
        (404, {}, Unreachable, None),
        (401, {}, Unreachable, None),
        (400, {}, NotNow, None),
        (409, {}, NotNow, None),
        (301, {"location": "/elsewhere"}, Unreachable, None),
        (307, {"location": "/elsewhere"}, Unreachable, None),
    ],
)
def test_what_an_answer_means(
    status: int, headers: dict[str, str], raised: type[Exception] | None, after: float | None
) -> None:
    """2xx is taken, 410, 413 and 422 are for good, the rest is tried again, no sooner than asked."""
    endpoint = Endpoint([(status, headers)])
    with http_server(endpoint) as url:
        if raised is None:
            tell(url)
        else:
            with pytest.raises(raised, match=f"the endpoint answered {status}") as caught:
                tell(url)
            assert type(caught.value) is raised
            assert getattr(caught.value, "after", None) == after
    assert len(endpoint.calls) == 1


def test_retry_after_as_a_date() -> None:
    """A date is as good as seconds; one that has passed asks for no wait."""
    now = datetime.now(UTC).replace(microsecond=0)
    for seconds, least, most in ((300, 295, 300), (-300, 0, 0)):
        endpoint = Endpoint([(503, {"retry-after": format_datetime(now + timedelta(seconds=seconds), usegmt=True)})])
        with http_server(endpoint) as url, pytest.raises(NotNow) as caught:
            tell(url)
        assert caught.value.after is not None
        assert least <= caught.value.after <= most


def test_an_endpoint_with_tls_is_verified() -> None:
    """A certificate that nobody vouches for gets no message."""
    endpoint = Endpoint()
    with http_server(endpoint, server_tls()) as url:
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            tell(url)
        tell(url, authorities=CERTIFICATE)
    assert len(endpoint.calls) == 1


def _drip(connection: socket.socket, _: int) -> None:
    connection.recv(10)
    connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
    while True:
        connection.sendall(b"2")
        time.sleep(0.02)


def _garbage(connection: socket.socket, _: int) -> None:
    connection.recv(10)
    connection.sendall(b"\x00\xff what\r\n\r\n")


def _hang_up(connection: socket.socket, _: int) -> None:
    connection.recv(10)


def _stall(connection: socket.socket, _: int) -> None:
    while connection.recv(1000):
        pass


def _endless(connection: socket.socket, _: int) -> None:
    connection.recv(10)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"2" * 1000)


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        (_drip, "it took longer than 0.4 s"),
        (_stall, "ReadTimeout"),
        (_garbage, "RemoteProtocolError"),
        (_hang_up, "(RemoteProtocolError|ReadError)"),
    ],
)
def test_an_endpoint_that_fails_is_unreachable(talk: Any, said: str) -> None:
    """Whatever an endpoint does with the line, it ends in time and is named."""
    with raw_server(talk) as port, pytest.raises(Unreachable, match=f"cannot be reached: {said}"):
        tell(f"http://127.0.0.1:{port}", timeout=0.2, deadline=0.4)


def test_an_answer_without_end_is_an_answer() -> None:
    """The status is what counts; what follows it is not waited for."""
    with raw_server(_endless) as port:
        tell(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://nowhere.invalid", "ftp://x", "nothing", "http://[::1"])
def test_nobody_there(url: str) -> None:
    """A port where nobody listens, a name that nobody has and what is no URL are said, without the URL."""
    with pytest.raises(Unreachable, match="the endpoint cannot be reached"):
        tell(url)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_ä", "whsec_a", "whsec_" + "QUJD" * 7, "a plain text, long enough to be decoded"]
)
def test_a_secret_that_is_none(secret: str) -> None:
    """It is refused before anything is sent, and not shown."""
    with pytest.raises(ValueError, match="the secret of a webhook is `whsec_` and base64"):
        WebhookMessenger(Webhook("http://x", secret))


@pytest.mark.parametrize(
    ("letter", "firing"),
    [
        (a_letter(1), ("unresolved", 1, 1)),
        (a_letter(1, key="VS-1/unresolved/2/3/reopened-2026", command="notify_again"), ("unresolved", 2, 3)),
        (a_letter(1, ticket="A/1", key="A/1/unresolved/2/3"), ("unresolved", 2, 3)),
        (a_letter(1, key="VS-1/triage/2026-03-02", command="triage"), (None, None, None)),
        (a_letter(1, ticket="", key="digest/7", command="digest"), (None, None, None)),
    ],
)
def test_the_firing_of_a_letter(letter: Letter, firing: tuple[Any, ...]) -> None:
    """Chain, level and cycle are read from the key of a firing."""
    assert firing_of(letter) == firing


def test_what_apprise_knows_is_told() -> None:
    """A letter reaches a service by its URL, with subject and text."""
    endpoint = Endpoint()
    with http_server(endpoint) as url:
        AppriseMessenger(Apprise(url.replace("http", "json"))).deliver(a_letter(1), ID)
    said = json.loads(endpoint.calls[0].body)
    assert (said["title"], said["message"].rstrip()) == ("Escalation of VS-1", "VS-1 is not solved.")


def test_what_apprise_cannot_deliver_waits() -> None:
    """A service that answers with an error, or is not there, is tried again; the reason has no secret in it."""
    endpoint = Endpoint([(500, {})])
    with http_server(endpoint) as url, pytest.raises(NotNow, match=r"the service did not take it: .*500") as caught:
        AppriseMessenger(Apprise(url.replace("http://", "json://jane:secret@"))).deliver(a_letter(1), ID)
    assert "secret" not in str(caught.value)
    with pytest.raises(NotNow, match="the service did not take it"):
        AppriseMessenger(Apprise("json://127.0.0.1:1")).deliver(a_letter(1), ID)


@pytest.mark.parametrize("url", ["", "nothing", "what://x", "json://", "slack://a"])
def test_what_apprise_does_not_know(url: str) -> None:
    """Such a URL is no service, and its letters are dead."""
    assert service_of(url) is None
    with pytest.raises(Undeliverable, match="apprise does not know this URL"):
        AppriseMessenger(Apprise(url)).deliver(a_letter(1), ID)


def test_every_way_of_the_settings(tmp_path: Any) -> None:
    """Mail goes into the folder, each channel to its own messenger; a machine's channel is told every letter."""
    endpoint = Endpoint()
    store, clock = LetterStore(), SetClock()
    put(store, *(a_letter(n, recipient=to) for n, to in enumerate(("a@b.example", "channel:ops", "channel:chat"))))
    with http_server(endpoint) as url:
        channels: dict[str, Webhook | Apprise] = {
            "ops": Webhook(url, SECRET),
            "chat": Apprise(url.replace("http", "json")),
        }
        out = Out(FolderOut(str(tmp_path), FROM), channels)
        made = messengers(out)
        a_sender(store, clock, PATIENT, made, whole=whole(out)).step(clock.now())
        close(made.values())
    assert {letter.status for letter in all_letters(store)} == {"sent"}
    assert whole(out) == {"channel:ops"}
    assert len(list(tmp_path.iterdir())) == 1
    assert [("webhook-id" in call.headers) for call in endpoint.calls] == [True, False]


def test_no_secret_is_shown() -> None:
    """What a person may see of the settings has neither secrets nor the URLs that hold them."""
    shown = repr(Out(FolderOut("x", FROM), {"a": Webhook("http://u:pw1@x", "whsec_pw2"), "b": Apprise("slack://pw3")}))
    assert "pw" not in shown
