"""The listener, spoken to by real clients over real sockets."""

from __future__ import annotations

import smtplib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from support_policy.adapters.mail.listener import Listener, start_listener, tls_context
from support_policy.adapters.mail.session import Limits, Principal
from support_policy.service.watch.mail_trust import Envelope
from support_policy.service.watch.ports import StoreBusy, StoreConflict, StoreFull
from tests.mail.corpus import CASES, mail
from tests.mail.post import ANN, ENGINEER, SUPPORT, post
from tests.watch.house import NINE, Ears

OTHER = "help@vmoso.example"


@dataclass
class Box:
    """Takes mails, as the service would."""

    mails: list[tuple[bytes, Envelope, datetime]] = field(default_factory=list)
    fault: Exception | None = None
    gate: threading.Event | None = None
    begun: threading.Event = field(default_factory=threading.Event)

    def take(self, raw: bytes, envelope: Envelope, now: datetime) -> None:
        """One mail."""
        self.begun.set()
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.fault is not None:
            raise self.fault
        self.mails.append((raw, envelope, now))


@contextmanager
def listening(take: Callable[..., object], **more: Any) -> Iterator[Listener]:
    """A listener on a free port."""
    more.setdefault("journal", Ears())
    made = start_listener(take, [SUPPORT, OTHER], now=lambda: NINE, port=0, **more)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def box() -> Box:
    """A box."""
    return Box()


def client(at: Listener, kind: type[smtplib.SMTP] = smtplib.SMTP) -> smtplib.SMTP:
    """A plain client."""
    return kind(at.host, at.port, local_hostname="client.example", timeout=10)


def features(at: smtplib.SMTP) -> set[str]:
    """What the other side offers."""
    at.ehlo()
    return set(at.esmtp_features)


def line(at: socket.socket) -> str:
    """What the other side says next."""
    return at.recv(4096).decode()


def test_a_mail_is_handed_over_as_it_came(box: Box) -> None:
    """A plain client's mail is taken, byte by byte, with its envelope and when it came."""
    raw = mail("x", "Grüße\r\n.\r\n..two\r\n")
    with listening(box.take) as at, client(at) as smtp:
        assert {"size", "8bitmime", "smtputf8"} <= features(smtp)
        assert "auth" not in smtp.esmtp_features
        smtp.sendmail(ANN, [SUPPORT], raw, mail_options=["BODY=8BITMIME"])
    ((got, envelope, now),) = box.mails
    assert (got, now) == (raw, NINE)
    assert envelope == Envelope(ANN, (SUPPORT,), "127.0.0.1")


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        (SUPPORT, 250),
        ("Support@VMOSO.example", 250),
        ("support+VS-1001@vmoso.example", 250),
        ("ann@acme.example", 550),
        ("support@vmoso.example.evil.example", 550),
        ("support", 550),
        ('"a b"@vmoso.example', 550),
    ],
)
def test_mail_for_others_is_refused(box: Box, recipient: str, code: int) -> None:
    """Only our own addresses are taken mail for: this is no relay."""
    with listening(box.take) as at, client(at) as smtp:
        smtp.ehlo()
        smtp.mail(ANN)
        assert smtp.rcpt(recipient)[0] == code


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (StoreBusy("locked"), 451),
        (StoreConflict("twice"), 451),
        (StoreFull("disk"), 452),
        (RuntimeError("a fault"), 451),
    ],
)
def test_what_cannot_be_stored_stays_with_its_sender(box: Box, fault: Exception, code: int) -> None:
    """While nothing can be stored the answer is a temporary one, that tells nothing of what failed."""
    box.fault = fault
    with listening(box.take) as at, client(at) as smtp:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.sendmail(ANN, [SUPPORT], mail("x"))
        assert refused.value.smtp_code == code
        assert str(fault) not in str(refused.value)
        box.fault = None
        smtp.sendmail(ANN, [SUPPORT], mail("x"))
    assert len(box.mails) == 1


def test_size_is_limited(box: Box) -> None:
    """A mail that is too big is refused when it is announced, else when it is there; the connection goes on."""
    with listening(box.take, limits=Limits(size=10_000)) as at, client(at) as smtp:
        with pytest.raises(smtplib.SMTPSenderRefused) as told:
            smtp.sendmail(ANN, [SUPPORT], mail("x", "a" * 20_000))
        assert told.value.smtp_code == 552
        smtp.mail(ANN)
        smtp.rcpt(SUPPORT)
        assert smtp.data(mail("x", "a\r\n" * 5_000))[0] == 552
        smtp.sendmail(ANN, [SUPPORT], mail("y"))
    assert len(box.mails) == 1


def test_who_sends_without_end_is_cut_off(box: Box) -> None:
    """A line without an end is not read for ever."""
    with (
        listening(box.take, limits=Limits(size=10_000, line=2_000)) as at,
        socket.create_connection((at.host, at.port), timeout=10) as raw,
    ):
        line(raw)
        for said in (b"HELO x", b"MAIL FROM:<a@b.example>", f"RCPT TO:<{SUPPORT}>".encode(), b"DATA"):
            raw.sendall(said + b"\r\n")
            line(raw)
        with pytest.raises(OSError, match=r"reset|[Bb]roken"):
            raw.sendall(b"a" * 50_000_000)
    assert box.mails == []


def test_long_lines_are_taken(box: Box) -> None:
    """Lines longer than the standard has them are taken up to a limit, and refused for good beyond it."""
    with listening(box.take, limits=Limits(line=50_000)) as at, client(at) as smtp:
        smtp.sendmail(ANN, [SUPPORT], mail("x", "a" * 40_000))
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.sendmail(ANN, [SUPPORT], mail("x", "a" * 60_000))
        assert refused.value.smtp_code == 500
    assert len(box.mails) == 1


def test_odd_dots_end_no_mail(box: Box) -> None:
    """A dot between bare line feeds ends no mail: nothing is smuggled in behind it."""
    body = b"Subject: x\r\n\r\na\n.\nMAIL FROM:<b@c.example>\r\nb\r\n"
    with listening(box.take) as at, client(at) as smtp:
        smtp.ehlo()
        smtp.mail(ANN)
        smtp.rcpt(SUPPORT)
        smtp.docmd("DATA")
        smtp.send(body + b".\r\n")
        assert smtp.getreply()[0] == 250
        assert smtp.noop()[0] == 250
    assert [got for got, _, _ in box.mails] == [body]


@pytest.mark.parametrize("said", ["MAIL FROM:<>", "mail from: <>"])
def test_reports_have_no_return_path(box: Box, said: str) -> None:
    """A bounce comes with an empty return path."""
    with listening(box.take) as at, client(at) as smtp:
        smtp.ehlo()
        assert smtp.docmd(said)[0] == 250
        smtp.rcpt(SUPPORT)
        assert smtp.data(mail("x"))[0] == 250
    assert box.mails[0][1].sender == "<>"


@pytest.mark.parametrize(
    "said",
    [
        *(
            "MAIL FROM:<",
            "MAIL FROM:(((",
            "MAIL FROM:<@>",
            'MAIL FROM:<"@x>',
            "MAIL FROM:<a@b\x00c>",
            "RCPT TO:<a@[>",
            "MAIL",
        ),
        *(
            "AUTH PLAIN =",
            "STARTTLS",
            "VRFY \xff",
            "HELP",
            "NOOP x",
            "EXPN a",
            "\xff",
            "BDAT 5 LAST",
            "x" * 5000,
            "RSET x",
        ),
    ],
)
def test_odd_commands_are_answered(box: Box, said: str) -> None:
    """Whatever a client says gets an answer of the protocol, and the connection goes on."""
    ears = Ears()
    with listening(box.take, journal=ears) as at, client(at) as smtp:
        smtp.ehlo()
        smtp.send(said.encode("utf-8") + b"\r\n")
        code, text = smtp.getreply()
        assert 200 <= code < 600
        assert b"Error: (" not in text
        smtp.rset()
        smtp.sendmail(ANN, [SUPPORT], mail("x"))
    assert len(box.mails) == 1
    assert ears.said == []


def test_addresses_beyond_ascii(box: Box) -> None:
    """SMTPUTF8: an address may hold any letter; one that is no valid text is made so."""
    with listening(box.take) as at, client(at) as smtp:
        smtp.ehlo()
        smtp.send("MAIL FROM:<jörg@acme.example> SMTPUTF8\r\n".encode())
        assert smtp.getreply()[0] == 250
        smtp.rcpt(SUPPORT)
        smtp.data(mail("x"))
        smtp.send(b"MAIL FROM:<j\xffrg@acme.example>\r\n")
        assert smtp.getreply()[0] == 250
        smtp.rcpt(SUPPORT)
        smtp.data(mail("y"))
    assert [envelope.sender for _, envelope, _ in box.mails] == ["jörg@acme.example", "j\ufffdrg@acme.example"]


def test_lmtp_answers_for_each_recipient(box: Box) -> None:
    """LMTP: after a mail each recipient has an answer, also when it failed; the mail is taken once."""
    with listening(box.take, lmtp=True, limits=Limits(size=5_000)) as at, client(at, smtplib.LMTP) as lmtp:
        assert lmtp.ehlo()[0] == 250
        for size, code in ((10, b"250"), (3_000, b"552"), (10, b"451")):
            box.fault = StoreBusy("") if code == b"451" else None
            lmtp.mail(ANN)
            assert [lmtp.rcpt(one)[0] for one in (SUPPORT, "x@y.example", OTHER)] == [250, 550, 250]
            lmtp.docmd("DATA")
            lmtp.send(mail("x", "a\r\n" * size) + b"\r\n.\r\n")
            assert [lmtp.getreply()[0] for _ in range(2)] == [int(code)] * 2
        assert lmtp.docmd("NOOP")[0] == 250
        assert lmtp.docmd("HELO x")[0] == 500
    ((_, envelope, _),) = box.mails
    assert envelope.recipients == (SUPPORT, OTHER)


def known(name: str, secret: str) -> Principal | None:
    """The one token there is."""
    if secret == "busy":  # noqa: S105 - no secret of anybody
        raise StoreBusy("locked")
    return Principal("token:T1", ("engineer",)) if (name, secret) == ("T1", "s3cret") else None


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


def test_the_corpus_over_the_wire(tmp_path: Path) -> None:
    """Every mail of the corpus that a client can send is stored as it was sent, each in a transaction of its own."""
    with post(url=f"sqlite:///{tmp_path / 'mail.db'}") as door:
        with listening(door.mail_in.take) as at, client(at) as smtp:
            smtp.ehlo()
            sent = []
            for case in CASES:
                smtp.mail(ANN)
                smtp.rcpt(SUPPORT)
                code, _ = smtp.data(case.raw)
                assert code == 250, case.name
                sent.append(case)
        rows = door.rows()
        assert len(rows) == len(sent)
        statuses = {case.name: row.status for case, row in zip(sent, rows, strict=True)}
        assert {statuses[case.name] for case in sent if case.becomes == "ticket"} == {"taken"}


def test_many_clients_at_once(tmp_path: Path) -> None:
    """Mails of many clients at once, some of them the same, are each taken once, under names of their own."""
    with post(url=f"sqlite:///{tmp_path / 'mail.db'}") as door, listening(door.mail_in.take) as at:

        def send(number: int) -> None:
            for k in range(5):
                with client(at) as smtp:
                    for _ in range(20):
                        with suppress(smtplib.SMTPDataError):  # not now
                            smtp.sendmail(ANN, [SUPPORT], mail(f"n{(number + k) % 8}"))
                            break

        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        taken = door.rows(status="taken")
        assert len({row.ticket for row in taken}) == len(taken) == 8
        assert len(door.rows()) == 40
