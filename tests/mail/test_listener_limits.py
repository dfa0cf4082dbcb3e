"""Who may speak to the listener, for how long, and what is said in secret."""

from __future__ import annotations

import smtplib
import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from support_policy.adapters.mail.listener import start_listener, tls_context
from support_policy.adapters.mail.session import Limits
from tests.mail.making import mail
from tests.mail.post import ANN, ENGINEER, SUPPORT
from tests.mail.wire import Box, client, known, line, listening
from tests.watch.house import NINE, Ears


@pytest.fixture
def box() -> Box:
    """A box."""
    return Box()


def test_tokens_authenticate(box: Box) -> None:
    """A client that authenticates with a token hands over its mails in that name."""
    with listening(box.take, authenticate=known, bare_auth=True) as at:
        for mechanism in ("PLAIN", "LOGIN"):
            with client(at) as smtp:
                smtp.ehlo()
                assert smtp.esmtp_features["auth"].split() == ["LOGIN", "PLAIN"]
                smtp.user, smtp.password = "T1", "s3cret"
                assert smtp.auth(mechanism, getattr(smtp, f"auth_{mechanism.lower()}"))[0] == 235
                smtp.sendmail(ENGINEER, [SUPPORT], mail("x"))
    assert [(e.principal, e.scopes) for _, e, _ in box.mails] == [("token:T1", ("engineer",))] * 2


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("AUTH PLAIN AFQxAHdyb25n", 535),
        ("AUTH PLAIN AFQxAGJ1c3k=", 454),
        ("AUTH PLAIN ***", 501),
        ("AUTH PLAIN", 334),
        ("AUTH X", 504),
    ],
)
def test_who_does_not_authenticate(box: Box, said: str, code: int) -> None:
    """A wrong secret, no answer of the store, or nonsense authenticates nobody; the mail is taken as anybody's."""
    with listening(box.take, authenticate=known, bare_auth=True) as at, client(at) as smtp:
        smtp.ehlo()
        assert smtp.docmd(said)[0] == code
        if code == 334:
            assert smtp.docmd("*")[0] == 501
        smtp.sendmail(ANN, [SUPPORT], mail("x"))
    assert box.mails[0][1].principal == ""


def test_secrets_are_guessed_a_few_times_only(box: Box) -> None:
    """After a few wrong secrets the connection is over."""
    with listening(box.take, authenticate=known, bare_auth=True) as at, client(at) as smtp:
        smtp.ehlo()
        codes = [smtp.docmd("AUTH PLAIN AFQxAHdyb25n")[0] for _ in range(6)]
    assert codes == [535] * 5 + [421]


def test_secrets_need_tls(box: Box) -> None:
    """Without TLS nobody is asked for a secret, or heard with one."""
    with listening(box.take, authenticate=known) as at, client(at) as smtp:
        smtp.ehlo()
        assert "auth" not in smtp.esmtp_features
        assert smtp.docmd("AUTH PLAIN AFQxAHMzY3JldA==")[0] == 538


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run(
        [*made, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )
    return cert, key


def test_starttls(box: Box, certificate: tuple[Path, Path]) -> None:
    """With a certificate STARTTLS is offered, and a token is heard after it."""
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    with listening(box.take, authenticate=known, tls=tls_context(*certificate)) as at, client(at) as smtp:
        smtp._host = "localhost"  # type: ignore[attr-defined]  # the name that the certificate is for
        smtp.ehlo()
        assert "auth" not in smtp.esmtp_features
        smtp.starttls(context=trust)
        smtp.login("T1", "s3cret")
        smtp.sendmail(ENGINEER, [SUPPORT], mail("x"))
    assert box.mails[0][1].principal == "token:T1"


def test_nothing_before_tls_counts_after_it(box: Box, certificate: tuple[Path, Path]) -> None:
    """What was sent in the clear behind STARTTLS is thrown away."""
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    with (
        listening(box.take, tls=tls_context(*certificate)) as at,
        socket.create_connection((at.host, at.port), timeout=10) as bare,
    ):
        line(bare)
        bare.sendall(b"EHLO x\r\n")
        while "250 " not in line(bare):
            pass
        bare.sendall(b"STARTTLS\r\nMAIL FROM:<evil@x.example>\r\n")
        assert line(bare).startswith("220")
        # The bytes in the clear may as well break the handshake.
        with suppress(ssl.SSLError, OSError), trust.wrap_socket(bare, server_hostname="localhost") as safe:
            safe.sendall(b"NOOP\r\n")
            assert line(safe).startswith("250")
            safe.sendall(b"RCPT TO:<support@vmoso.example>\r\n")
            assert line(safe).startswith("503")


def test_connections_are_limited(box: Box) -> None:
    """One connection too many is told to come again; a place that is left is given away."""
    with listening(box.take, limits=Limits(connections=2)) as at:
        with client(at), client(at):
            with pytest.raises(smtplib.SMTPConnectError) as told:
                client(at)
            assert told.value.smtp_code == 421
        for _ in range(200):
            try:
                with client(at) as smtp:
                    smtp.sendmail(ANN, [SUPPORT], mail("x"))
                break
            except smtplib.SMTPConnectError:
                threading.Event().wait(0.01)
    assert len(box.mails) == 1


def test_silence_ends_a_connection(box: Box) -> None:
    """Who says nothing for too long is left alone."""
    with (
        listening(box.take, limits=Limits(seconds=0.2)) as at,
        socket.create_connection((at.host, at.port), timeout=10) as quiet,
    ):
        line(quiet)
        assert quiet.recv(100) == b""


def test_a_slow_store_keeps_nobody_else_waiting(box: Box) -> None:
    """While one mail is being stored, others are talked to."""
    box.gate = threading.Event()
    with listening(box.take) as at, client(at) as slow, client(at) as other:
        for one in (slow, other):
            one.ehlo()
        slow.mail(ANN)
        slow.rcpt(SUPPORT)
        slow.docmd("DATA")
        slow.send(mail("x") + b"\r\n.\r\n")
        assert box.begun.wait(10)
        assert other.noop()[0] == 250
        box.gate.set()
        assert slow.getreply()[0] == 250


def test_it_stops_with_grace(box: Box) -> None:
    """At the end a mail that is being taken gets its answer, who says nothing is told, and nobody new is let in."""
    box.gate = threading.Event()
    at = start_listener(box.take, [SUPPORT], now=lambda: NINE, journal=Ears(), port=0)
    with client(at) as busy, client(at) as idle:
        busy.ehlo()
        busy.mail(ANN)
        busy.rcpt(SUPPORT)
        busy.docmd("DATA")
        busy.send(mail("x") + b"\r\n.\r\n")
        assert box.begun.wait(10)
        ending = threading.Thread(target=at.stop)
        ending.start()
        box.gate.set()
        assert busy.getreply()[0] == 250
        ending.join(10)
        assert idle.getreply()[0] == 421
        assert busy.getreply()[0] == 421
        for one in (busy, idle):
            one.close()
    with pytest.raises(OSError, match="refused"):
        client(at)
    assert len(box.mails) == 1


def test_a_port_in_use_is_told(box: Box) -> None:
    """A port that cannot be had is an error at once."""
    with listening(box.take) as at, pytest.raises(OSError, match="in use"):
        start_listener(box.take, [SUPPORT], now=lambda: NINE, journal=Ears(), port=at.port)
