"""The listener, spoken to by real clients over real sockets."""

from __future__ import annotations

import smtplib
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from support_policy.adapters.mail.session import Limits
from support_policy.service.watch.mail_trust import Belief, Envelope
from support_policy.service.watch.ports import StoreBusy, StoreConflict, StoreFull
from tests.mail.corpus import CASES
from tests.mail.making import mail
from tests.mail.post import ANN, ENGINEER, SUPPORT, post
from tests.mail.wire import OTHER, Box, client, features, known, line, listening
from tests.watch.house import NINE, Ears


@pytest.fixture
def box() -> Box:
    """A box."""
    return Box()


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


def test_a_conversation_over_the_wire(tmp_path: Path) -> None:
    """A plain client's mail is a ticket; an engineer's answers it when it comes with a token, and is kept without."""
    belief = Belief("authenticated")
    with (
        post(url=f"sqlite:///{tmp_path / 'mail.db'}", belief=belief) as door,
        listening(door.mail_in.take, authenticate=known, bare_auth=True) as at,
    ):
        with client(at) as smtp:
            smtp.sendmail(ANN, [SUPPORT], mail("a", "The site is down.\nPriority: 1\n"))
        (ticket,) = (row.ticket for row in door.rows())
        answer = mail("b", "We restart it.\n", From=ENGINEER, In_Reply_To="<a@acme.example>")
        with client(at) as smtp:
            smtp.sendmail(ENGINEER, [SUPPORT], answer)
        assert [row.status for row in door.rows()] == ["taken", "kept"]
        assert door.house.letters(command="reply") == []
        with client(at) as smtp:
            smtp.login("T1", "s3cret")
            smtp.sendmail(ENGINEER, [SUPPORT], answer.replace(b"<b@", b"<c@"))
        assert door.facts(ticket) == ["submitted by customer", "responded by engineer"]
        assert "target_met" in door.house.types(ticket)
        assert [(one.recipient, one.body) for one in door.house.letters(command="reply")] == [(ANN, "We restart it.\n")]
