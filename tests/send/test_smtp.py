"""Mail to real servers: what they take, what they refuse, and how they fail."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from support_policy.adapters.send.smtp import SmtpMessenger
from support_policy.service.watch.mail_names import own_id
from support_policy.service.watch.ports import NotNow, Undeliverable
from support_policy.service.watch.rows import Letter
from tests.send.servers import CERTIFICATE, Mailbox, mail_server, only_jane, raw_server, script, server_tls, smtp_out
from tests.watch.letters import DOMAIN, LetterStore, SetClock, a_letter, a_sender, all_letters, put
from tests.watch.letters import PATIENT as LIMITS


def send(port: int, *letters: Letter, **settings: Any) -> list[str]:
    """Deliver letters by one messenger; what became of each."""
    messenger = SmtpMessenger(smtp_out(port, **settings))
    outcomes = []
    try:
        for letter in letters:
            try:
                messenger.deliver(letter, own_id(letter.key, letter.recipient, DOMAIN))
                outcomes.append("sent")
            except (Undeliverable, NotNow) as problem:
                outcomes.append(f"{type(problem).__name__}: {problem}")
    finally:
        messenger.close()
    return outcomes


def test_letters_go_over_one_connection() -> None:
    """Letters that follow each other go over one connection, each to its recipient."""
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        assert send(port, *(a_letter(n, recipient=f"p{n}@acme.example") for n in range(3))) == ["sent"] * 3
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [[f"p{n}@acme.example"] for n in range(3)]
    assert {envelope.mail_from for envelope in mailbox.envelopes} == {"service@support.example"}
    assert len({session.peer for session in mailbox.sessions}) == 1
    assert [mail["Subject"] for mail in mailbox.mails] == [f"Escalation of VS-{n}" for n in range(3)]
    assert mailbox.mails[1]["Message-ID"] == own_id("VS-1/unresolved/1/1", "p1@acme.example", DOMAIN)


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        (
            {"rcpt": "550 5.1.1 no such user"},
            "Undeliverable: the mail server refuses the recipient: 550 5.1.1 no such user",
        ),
        ({"rcpt": "450 4.2.0 greylisted"}, "NotNow: the mail server refuses the recipient: 450 4.2.0 greylisted"),
        ({"data": "554 5.7.1 spam"}, "Undeliverable: the mail server refuses the text: 554 5.7.1 spam"),
        ({"data": "452 4.3.1 disk full"}, "NotNow: the mail server refuses the text: 452 4.3.1 disk full"),
    ],
)
def test_a_refusal_is_for_good_or_for_now_and_the_next_letter_goes(replies: dict[str, str], outcome: str) -> None:
    """5yz about a letter is for good, 4yz for now; the connection serves the next letter."""
    mailbox = Mailbox(rcpt=replies.get("rcpt", "").splitlines(), data=replies.get("data", "").splitlines())
    with mail_server(mailbox) as port:
        assert send(port, a_letter(1), a_letter(2)) == [outcome, "sent"]
    assert [mail["Subject"] for mail in mailbox.mails] == ["Escalation of VS-2"]


BROKE = "Unreachable: the mail server broke off"


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        ({"greeting": "554 no service here"}, "Unreachable: the mail server turns us away: 554 no service here"),
        ({"greeting": "421 too busy"}, "Unreachable: the mail server turns us away: 421 too busy"),
        ({"greeting": "hangs up"}, "Unreachable: the mail server cannot be reached: SMTPServerDisconnected"),
        ({"greeting": "stalls"}, "Unreachable: the mail server cannot be reached: SMTPServerDisconnected"),
        ({"greeting": "220-\xff\x00"}, "Unreachable: the mail server cannot be reached: SMTPServerDisconnected"),
        ({"EHLO": "stalls"}, "Unreachable: the mail server cannot be reached: SMTPServerDisconnected"),
        ({"EHLO": "502 what", "HELO": "502 what"}, "Unreachable: the mail server turns us away: 502 what"),
        ({"MAIL": "421 closing"}, "Unreachable: the mail server closes: 421 closing"),
        ({"MAIL": "451 later"}, "NotNow: the mail server refuses the message: 451 later"),
        ({"MAIL": "552 too large"}, "Undeliverable: the mail server refuses the message: 552 too large"),
        ({"MAIL": "530 log in"}, "Unreachable: the mail server refuses our sender service@support.example: 530 log in"),
        ({"MAIL": "hangs up"}, BROKE),
        ({"MAIL": "stalls"}, BROKE),
        ({"RCPT": "hangs up"}, BROKE),
        ({"RCPT": "421 closing"}, "NotNow: the mail server refuses the recipient: 421 closing"),
        ({"DATA": "stalls"}, f"{BROKE} in the middle of a message"),
        ({"DATA": "421 closing"}, "NotNow: the mail server refuses the text: 421 closing"),
        ({"DATA": "503 no"}, "Undeliverable: the mail server refuses the text: 503 no"),
        ({"text": "half "}, f"{BROKE} in the middle of a message"),
        ({"text": "hangs up"}, f"{BROKE} in the middle of a message"),
        ({"text": "stalls"}, f"{BROKE} in the middle of a message"),
    ],
)
def test_a_server_that_fails_is_said_and_the_letter_goes_when_it_is_back(replies: dict[str, str], outcome: str) -> None:
    """Whatever a server does, the failure is named; the same messenger delivers when the server is well again."""
    with raw_server(script(replies, {})) as port:
        first, second = send(port, a_letter(1, body="a line\n" * 20_000), a_letter(2), timeout=0.2)
    if "NotNow" in outcome and "421" not in outcome:
        # The connection stands, with its script.
        assert second.startswith(outcome[:20])
    elif not outcome.startswith("Undeliverable"):
        assert second == "sent"
    assert first.startswith(outcome)


def test_a_connection_that_was_closed_meanwhile_is_made_anew() -> None:
    """A kept connection that the server has closed costs no failure: the letter goes over a new one."""
    connections = []

    def talk(connection: socket.socket, number: int) -> None:
        connections.append(number)
        script({"QUIT": "221"}, {})(connection, number) if number > 1 else _one_mail(connection)

    with raw_server(talk) as port:
        assert send(port, a_letter(1), a_letter(2)) == ["sent", "sent"]
    assert connections == [1, 2]


def _one_mail(connection: socket.socket) -> None:
    file = connection.makefile("rb")
    connection.sendall(b"220 mx\r\n")
    with file:
        for reply in (b"250 OK", b"250 OK", b"250 OK", b"354 go"):
            file.readline()
            connection.sendall(reply + b"\r\n")
        while file.readline() != b".\r\n":
            pass
        connection.sendall(b"250 OK\r\n421 idle too long\r\n")


def test_nobody_there() -> None:
    """A port where nobody listens, and a name that nobody has, are unreachable."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert send(port, a_letter(1))[0].startswith(
        "Unreachable: the mail server cannot be reached: ConnectionRefusedError"
    )
    assert send(port, a_letter(1), host="nowhere.invalid")[0].startswith(
        "Unreachable: the mail server cannot be reached"
    )


def test_a_server_that_drips_is_ended() -> None:
    """A server that sends a byte now and then, for ever, is cut off at the deadline."""

    def drip(connection: socket.socket, _: int) -> None:
        while True:
            connection.sendall(b"2")
            time.sleep(0.02)

    with raw_server(drip) as port:
        assert send(port, a_letter(1), deadline=0.3) == ["Unreachable: the mail server took longer than 0.3 s"]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_tls_is_verified(tls: str) -> None:
    """Both kinds of TLS deliver to a server whose certificate is known and fits, and to no other."""
    mailbox = Mailbox()
    kind = (
        {"tls_context": server_tls(), "require_starttls": True} if tls == "starttls" else {"ssl_context": server_tls()}
    )
    with mail_server(mailbox, **kind) as port:
        assert send(port, a_letter(1), tls=tls, authorities=CERTIFICATE) == ["sent"]
        for wrong in ({}, {"authorities": CERTIFICATE, "host": "127.0.0.1"}):
            (said,) = send(port, a_letter(2), tls=tls, **wrong)
            assert said.startswith("Unreachable: the mail server cannot be reached: SSLCertVerificationError")
    assert len(mailbox.mails) == 1


def test_starttls_is_never_done_without() -> None:
    """Where TLS is asked for, a server that does not offer it gets nothing."""
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        (said,) = send(port, a_letter(1), tls="starttls", user="jane")
    assert said.startswith("Unreachable: the mail server cannot do what the settings ask for: STARTTLS")
    assert not mailbox.mails


@pytest.mark.parametrize(
    ("password", "outcome"),
    [("secret", "sent"), ("wrong", "Unreachable: the mail server refuses our login: 535 5.7.8")],
)
def test_login(password: str, outcome: str) -> None:
    """A login is made over TLS; a refused one keeps the letters, and no message of ours holds the password."""
    settings = {"tls_context": server_tls(), "authenticator": only_jane, "auth_required": True}
    with mail_server(Mailbox(), **settings) as port:
        (said,) = send(port, a_letter(1), tls="starttls", authorities=CERTIFICATE, user="jane", password=password)
    assert said.startswith(outcome)
    assert password not in said


def test_smtputf8_only_when_needed() -> None:
    """An address beyond ASCII goes where the server takes it, and is refused for good where it does not."""
    mailbox, old = Mailbox(), Mailbox()
    letters = [a_letter(1, recipient="jörg@acme.example"), a_letter(2, recipient="j@bücher.example")]
    with mail_server(mailbox, enable_SMTPUTF8=True) as port:
        assert send(port, *letters) == ["sent", "sent"]
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [["jörg@acme.example"], ["j@xn--bcher-kva.example"]]
    assert [envelope.smtp_utf8 for envelope in mailbox.envelopes] == [True, False]
    with mail_server(old, enable_SMTPUTF8=False) as port:
        first, second = send(port, *letters)
    assert first.startswith("Undeliverable: the mail server takes no address with letters beyond ASCII")
    assert second == "sent"


def test_lines_of_dots_and_long_lines_arrive_as_they_were() -> None:
    """A text with lone dots, very long lines and every script is what the receiver reads."""
    body = ".\n..\n.hidden\n" + "x" * 5000 + "\nGrüße 你好 🚒\n" + "ж" * 3000 + "\n"
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        assert send(port, a_letter(1, body=body)) == ["sent"]
    assert mailbox.mails[0].get_content().replace("\r\n", "\n") == body


def test_killed_between_delivery_and_mark_a_receiver_that_knows_ids_sees_one() -> None:
    """The letter goes out twice under one Message-ID; who drops what he has seen has one mail."""
    store, clock, mailbox = LetterStore(), SetClock(), Mailbox()
    put(store, a_letter(1), a_letter(2))
    with mail_server(mailbox) as port:
        for worker in ("worker-1", "worker-2"):
            messenger = SmtpMessenger(smtp_out(port))
            sender = a_sender(store, clock, LIMITS, {"mail": messenger}, worker=worker)
            if worker == "worker-1":
                # It dies after the first: nothing of what it has done is stored.
                with store.begin() as work:
                    (letter, *_) = work.letters.claim(*_lease(clock), worker, 50)
                messenger.deliver(letter, own_id(letter.key, letter.recipient, DOMAIN))
                clock.later(LIMITS.lease + 1)
            else:
                assert sender.step(clock.now()) == 2
            messenger.close()
    assert [mail["Subject"] for mail in mailbox.mails] == ["Escalation of VS-1"] * 2 + ["Escalation of VS-2"]
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 2
    assert {letter.status for letter in all_letters(store)} == {"sent"}


def _lease(clock: SetClock) -> tuple[int, int]:
    now = int(clock.now().timestamp() * 1_000_000)
    return now, now + int(LIMITS.lease * 1_000_000)
