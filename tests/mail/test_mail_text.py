"""A mail is read whatever its bytes are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.service.watch.mail_text import Mail, read_mail
from tests.mail.corpus import CASES
from tests.mail.making import HEADERS, Case, mail


def texts_of(read: Mail) -> list[str]:
    people = [*filter(None, [read.sender]), *read.to, *read.cc]
    return [
        *(read.message_id, read.subject, read.text, read.whole, read.type, read.report),
        *(*read.in_reply_to, *read.references, *read.returned, *read.problems),
        *(text for one in people for text in (one.address, one.name)),
        *(text for one in read.attachments for text in (one.name, one.type)),
        *(text for name, values in read.headers.items() for text in (name, *values)),
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mail_is_read(case: Case) -> None:
    """Every mail of the corpus gives its subject, its text and its sender, and says what is wrong with it."""
    read = read_mail(case.raw)
    if case.subject is not None:
        assert read.subject == case.subject
    if case.text is not None:
        assert read.text == case.text
    if case.sender is not None:
        assert (read.sender.address if read.sender else "") == case.sender
    said = "; ".join(read.problems)
    assert case.problem in said
    for attachment in case.attachments:
        assert attachment in [(one.name, one.type) for one in read.attachments]
    for text in texts_of(read):
        text.encode("utf-8")
        assert "\x00" not in text


def test_corpus_is_wide() -> None:
    """The corpus has more than a hundred mails, each with a name of its own."""
    assert len({case.name for case in CASES}) == len(CASES) > 100


def test_sound_mail_has_no_problems() -> None:
    """A mail without faults is read without a problem."""
    assert read_mail(mail("sound")).problems == ()


@settings(max_examples=300)
@given(st.sampled_from([case.raw for case in CASES if len(case.raw) < 5000]), st.data())
def test_mutated_mail_never_raises(raw: bytes, data: st.DataObject) -> None:
    """Whatever bytes of a mail are changed, cut or repeated, reading it never raises and gives storable text."""
    made = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(made)))
        until = min(len(made), at + data.draw(st.integers(0, 30)))
        what = data.draw(st.one_of(st.binary(max_size=8), st.just(bytes(made[at:until]) * 3), st.sampled_from(TOKENS)))
        made[at:until] = what
    for text in texts_of(read_mail(bytes(made))):
        text.encode("utf-8")
        assert "\x00" not in text


TOKENS = [
    *(f"\r\n{name}: ".encode() for name in (*HEADERS, "Content-Type", "Content-Transfer-Encoding", "References")),
    *(
        b"\r\n\r\n",
        b"--b1",
        b"=?utf-8?B?",
        b"?=",
        b"<",
        b">",
        b"\x00",
        b"\r",
        b"\xed\xa0\x80",
        b"multipart/mixed",
        b"*0*=",
    ),
    *(b"message/rfc822", b"base64", b"charset=utf-7", b"boundary=", b"filename*1*=", b"(", b'"', b"\\", b"&#xd800;"),
]


@given(st.binary(max_size=400))
def test_noise_never_raises(raw: bytes) -> None:
    """Bytes that are no mail are read too."""
    for text in texts_of(read_mail(raw)):
        text.encode("utf-8")
