"""What a letter becomes as a mail."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.adapters.send.folder import FolderMessenger
from support_policy.adapters.send.mail_text import address_of, mail_of
from support_policy.render.sentences import plain
from support_policy.service.watch.mail_names import LOOP, own_id
from support_policy.service.watch.mail_threads import subject_of, thread_id
from support_policy.service.watch.ports import Undeliverable, Unreachable
from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings_out import FolderOut
from tests.send.servers import FROM
from tests.watch.letters import DOMAIN, a_letter

ID = own_id("k", "r", DOMAIN)


def read(letter: Letter, **mail: Any) -> EmailMessage:
    """The mail of a letter as a client reads it."""
    raw = mail_of(letter, ID, replace(FROM, **mail)).raw
    return BytesParser(policy=default).parsebytes(raw)


def test_the_headers_of_an_automatic_mail() -> None:
    """It says whom it is from, whom to answer, which ticket it belongs to, and that a machine wrote it."""
    mail = read(a_letter(7))
    thread = f"<ticket.VS-7@{DOMAIN}>"
    assert dict(mail.items()) == {
        "From": "Support <service@support.example>",
        "To": "manager@support.example",
        "Reply-To": "help@support.example",
        "Subject": "Escalation of VS-7",
        "Date": "Mon, 02 Mar 2026 09:00:00 +0000",
        "Message-ID": ID,
        "In-Reply-To": thread,
        "References": thread,
        LOOP: DOMAIN,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "7bit",
        "MIME-Version": "1.0",
    }


def test_what_an_engineer_wrote_is_no_machine_s() -> None:
    """A reply does not say that it is automatic, but that it is ours; it answers the customer's mail."""
    asked = f"<{'x' * 200}@mail.acme.example>"
    answer = read(
        a_letter(7, command="reply", headers={"In-Reply-To": asked, "References": f"<first@a> {asked}", "Bcc": "x@y"})
    )
    assert "Auto-Submitted" not in answer
    assert answer[LOOP] == DOMAIN
    assert answer["In-Reply-To"] == asked
    assert answer["References"].split() == [f"<ticket.VS-7@{DOMAIN}>", "<first@a>", asked]
    assert "Bcc" not in answer


def test_a_letter_about_no_ticket_belongs_to_no_thread() -> None:
    """A digest or a report begins a thread of its own."""
    mail = read(a_letter(7, ticket="", command="digest", subject="7 messages"))
    assert (mail["In-Reply-To"], mail["References"], mail["Subject"]) == (None, None, "7 messages")


@pytest.mark.parametrize(
    "recipient",
    [
        "a@b.example\r\nBcc: all@b.example",
        "a@b.example\nX: y",
        "a@b.example, c@d.example",
        "<a@b.example>",
        "a b@c.example",
        "a@b@c.example",
        '"a\r\n"@b.example',
        "@b.example",
        "a@",
        "a..b@c.example",
        "a@b.example\x00",
        "a\u2028@b.example",
        "a@" + "ü" * 100 + ".example",
        "a@ü..example",
        "x" * 65 + "@b.example",
        "\udc80@b.example",
        "",
    ],
)
def test_what_is_no_address_is_never_written_to(recipient: str) -> None:
    """An address that could be two, or a header, is refused."""
    with pytest.raises(Undeliverable, match="is no address of mail"):
        mail_of(a_letter(1, recipient=recipient), ID, FROM)


TEXTS = st.text(st.characters(), max_size=400) | st.sampled_from(
    ["a\r\nBcc: x@y", "\r\n\r\nbody", "=?utf-8?q?=0d=0aX:_y?=", "<=?utf-8?q?=0d=0aX:_y?=>"]
)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_letter_smuggles_a_header_in(subject: str, body: str, ticket: str, reference: str) -> None:
    """Whatever stands in a letter, its mail has the headers of every mail, each line short enough, and the text."""
    letter = a_letter(
        1, subject=subject, body=body, ticket=ticket, headers={"References": reference, "In-Reply-To": reference}
    )
    raw = mail_of(letter, ID, replace(FROM, name=subject)).raw
    mail = BytesParser(policy=default).parsebytes(raw)
    allowed = {*read(a_letter(1)).keys()}
    assert set(mail.keys()) <= allowed
    assert len(mail.keys()) == len(set(mail.keys()))
    assert mail["To"] == "manager@support.example"
    assert (mail["Subject"] or "").split() == plain(subject_of(ticket, subject), 400).split()
    assert all(len(line) <= 998 and b"\r" not in line and b"\n" not in line for line in raw.split(b"\r\n"))
    assert raw.isascii()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=3000))
def test_a_text_arrives(body: str) -> None:
    """A client reads the lines that were written."""
    wanted = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while wanted and not wanted[-1]:
        wanted.pop()
    got = read(a_letter(1, body=body)).get_content().replace("\r\n", "\n").split("\n")
    while got and not got[-1]:
        got.pop()
    assert got == wanted


def test_the_same_letter_is_the_same_bytes() -> None:
    """A letter that is sent again is the same mail."""
    letter = a_letter(1, subject="Grüße", body="你好\n")
    assert mail_of(letter, ID, FROM) == mail_of(replace(letter, attempts=9, next_at=1), ID, FROM)


@pytest.mark.parametrize(
    ("text", "address"),
    [("Jane.Doe+x@Acme.example", "Jane.Doe+x@Acme.example"), ("j@bücher.example", "j@xn--bcher-kva.example")],
)
def test_addresses(text: str, address: str) -> None:
    """A host is written in ASCII; the name stays as it is."""
    assert address_of(text) == address


@pytest.mark.parametrize(
    ("ticket", "subject", "shown"),
    [
        ("VS-1", "About VS-1: slow", "About VS-1: slow"),
        ("VS-1", "About VS-10", "About VS-10 [VS-1]"),
        ("VS-1", "", "[VS-1]"),
        ("", "Report", "Report"),
    ],
)
def test_the_ticket_stands_in_the_subject(ticket: str, subject: str, shown: str) -> None:
    """Unless the subject names the ticket as a word, its name is put behind."""
    assert subject_of(ticket, subject) == shown


@pytest.mark.parametrize("ticket", ["VS-1", "a b", "<>", "\r\n", "ü", "x" * 999])
def test_the_id_of_a_thread_is_one_id(ticket: str) -> None:
    """Whatever a ticket is named, its thread has an id that every client accepts."""
    assert thread_id(ticket, DOMAIN).isascii()
    assert len(thread_id(ticket, DOMAIN).split()) == 1
    assert len(thread_id(ticket, DOMAIN)) < 200


def test_a_folder_shows_what_would_have_been_sent(tmp_path: Any) -> None:
    """Each letter is one file that mail programs open; the same letter again is the same file; nothing else is left."""
    messenger = FolderMessenger(FolderOut(str(tmp_path / "out"), FROM))
    for letter in (a_letter(1), a_letter(1), a_letter(2, ticket="a/../b", subject="x")):
        messenger.deliver(letter, own_id(letter.key, letter.recipient, DOMAIN))
    messenger.close()
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name.rsplit("-", 1)[0] for file in files] == ["20260302T090000Z-VS-1", "20260302T090000Z-a-b"]
    assert b"Subject: Escalation of VS-1" in files[0].read_bytes()


def test_a_folder_that_cannot_be_written_to(tmp_path: Any) -> None:
    """A file in the place of the folder keeps the letters waiting, and says why."""
    (tmp_path / "out").write_text("")
    with pytest.raises(Unreachable, match="the folder for mails cannot be written to"):
        FolderMessenger(FolderOut(str(tmp_path / "out"), FROM)).deliver(a_letter(1), ID)
