"""Mails as they come: whole, odd and broken; each with what must be made of it."""

# ruff: noqa: E501, RUF001 - a mail stands on its line, in its language
from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Literal

Becomes = Literal["ticket", "ignored", "kept"]


@dataclass(frozen=True)
class Case:
    """A mail, and what it is read as; a field that is None is not looked at."""

    name: str
    raw: bytes
    becomes: Becomes = "ticket"
    subject: str | None = "Site down"
    text: str | None = "Nothing works."
    sender: str | None = "ann@acme.example"
    problem: str = ""
    attachments: tuple[tuple[str, str], ...] = ()


HEADERS = {
    "From": "Ann Example <ann@acme.example>",
    "To": "support@vmoso.example",
    "Subject": "Site down",
    "Date": "Mon, 2 Mar 2026 10:00:00 -0800",
    "Message-ID": "<NAME@acme.example>",
    "MIME-Version": "1.0",
}


def mail(name: str, body: bytes | str = "Nothing works.\n", *extra: str, **headers: str | bytes | None) -> bytes:
    """A mail with the usual headers, some changed (`Subject=`, with _ for -; None takes it away), `extra` lines added."""
    every: dict[str, str | bytes | None] = {**HEADERS, **{key.replace("_", "-"): v for key, v in headers.items()}}
    lines = [
        f"{key}: ".encode() + (value if isinstance(value, bytes) else value.replace("NAME", name).encode())
        for key, value in every.items()
        if value is not None
    ]
    data = body if isinstance(body, bytes) else body.encode()
    return b"\r\n".join(
        [*lines, *(line.encode() for line in extra), b"", data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")]
    )


def many(*parts: tuple[str, str | bytes], boundary: str = "b1", end: bool = True) -> bytes:
    """The body of a multipart: (headers, content) of each part."""
    made = b""
    for headers, content in parts:
        data = content if isinstance(content, bytes) else content.encode()
        made += f"--{boundary}\n{headers}\n\n".encode() + data + b"\n"
    return made + (f"--{boundary}--\n".encode() if end else b"")


def nested(depth: int) -> bytes:
    """Multiparts within each other."""
    made = b"Content-Type: text/plain\n\nNothing works.\n"
    opened = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1, depth))
    return b"--b0\n" + opened + made + b"".join(b"--b%d--\n" % n for n in reversed(range(depth)))


MIXED = 'multipart/mixed; boundary="b1"'
ALTERNATIVE = "multipart/alternative; boundary=b1"
PLAIN = "Content-Type: text/plain; charset=utf-8"
HTML = "Content-Type: text/html; charset=utf-8"
B64 = "Content-Transfer-Encoding: base64"
REPORT = "multipart/report; report-type=delivery-status; boundary=b1"
STATUS = (
    "Reporting-MTA: dns; mx.acme.example\n\nFinal-Recipient: rfc822; ann@acme.example\nAction: failed\nStatus: 5.1.1\n"
)


def b64(text: str | bytes) -> str:
    """Base64 of text."""
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


PLAIN_MAILS = [
    Case("plain", mail("plain")),
    Case("mbox-line", b"From ann@acme.example Mon Mar  2 10:00:00 2026\r\n" + mail("mbox-line")),
    Case("quoted-mbox-line", b">From ann Mon Mar\n" + mail("quoted-mbox-line")),
    Case("only-line-feeds", mail("only-line-feeds").replace(b"\r\n", b"\n")),
    Case("only-returns", mail("only-returns").replace(b"\r\n", b"\r"), text=None),
    Case("lone-returns", mail("lone-returns", b"Nothing\rworks.\n"), text="Nothing\nworks."),
    Case("byte-order-mark", b"\xef\xbb\xbf" + mail("byte-order-mark")),
    Case("nuls", mail("nuls", b"Nothing\x00 works.\x00\n"), problem="NUL"),
    Case("no-date", mail("no-date", Date=None), problem="no date"),
    Case("bad-date", mail("bad-date", Date="yesterday at noon"), problem="date is not understood"),
    Case("year-99999", mail("year-99999", Date="Mon, 2 Mar 99999 10:00:00 +9999"), problem="date is not understood"),
    Case("no-message-id", mail("no-message-id", Message_ID=None)),
    Case("bad-message-id", mail("bad-message-id", Message_ID="not an id at all")),
    Case("no-subject", mail("no-subject", Subject=None), subject=""),
    Case("no-body", mail("no-body", b""), text="", problem="no text"),
    Case("headers-only", mail("headers-only").partition(b"\r\n\r\n")[0], text="", problem="no text"),
    Case("controls", mail("controls", b"Nothing\x1b[31m works.\x07\n"), text="Nothing[31m works."),
    Case("signature", mail("signature", "Nothing works.\n\n-- \nAnn\nAcme\n"), text="Nothing works."),
    Case(
        "reply-quoted",
        mail("reply-quoted", "Nothing works.\n\nOn Mon, 2 Mar 2026, Bob wrote:\n> Try again\n> please\n"),
    ),
    Case(
        "reply-quoted-on-two-lines",
        mail(
            "reply-quoted-on-two-lines",
            "Nothing works.\n\nOn Mon, 2 Mar 2026 at 10:00, Bob Example\n<bob@x.example> wrote:\n> Try\n",
        ),
    ),
    Case(
        "reply-in-german", mail("reply-in-german", "Nothing works.\n\nAm 02.03.26 um 10:00 schrieb Bob:\n> Versuch\n")
    ),
    Case(
        "reply-in-chinese",
        mail(
            "reply-in-chinese",
            "Nothing works.\n\n在 2026年3月2日 Bob 写道：\n> 请再试\n",
            Content_Type="text/plain; charset=utf-8",
        ),
    ),
    Case(
        "answers-between",
        mail("answers-between", "On Mon, 2 Mar 2026, Bob wrote:\n> Is it up?\nNo.\n> Sure?\nYes.\n"),
        text="No.\nYes.",
    ),
    Case(
        "outlook-history",
        mail(
            "outlook-history",
            "Nothing works.\n\n________________________________\nFrom: Bob\nSent: Monday\nTo: Ann\nSubject: Re\n\nTry again\n",
        ),
    ),
    Case(
        "outlook-original", mail("outlook-original", "Nothing works.\n\n-----Original Message-----\nFrom: Bob\nold\n")
    ),
    Case("only-quoted", mail("only-quoted", "> Nothing works.\n"), text="> Nothing works."),
    Case(
        "forwarded",
        mail("forwarded", "See below.\n\n---------- Forwarded message ---------\nNothing works.\n"),
        text="See below.\n\n---------- Forwarded message ---------\nNothing works.",
    ),
]
CHARSETS = [
    Case("utf-8", mail("utf-8", "Grüße 你好\n", Content_Type="text/plain; charset=utf-8"), text="Grüße 你好"),
    Case("no-charset-utf-8", mail("no-charset-utf-8", "Grüße\n"), text="Grüße"),
    Case(
        "no-charset-latin", mail("no-charset-latin", "Grüße\n".encode("latin-1")), text="Grüße", problem="Windows-1252"
    ),
    Case(
        "wrong-charset",
        mail("wrong-charset", "Grüße\n".encode("latin-1"), Content_Type="text/plain; charset=utf-8"),
        text="Grüße",
        problem="charset that it claims",
    ),
    Case(
        "windows-said-latin",
        mail("windows-said-latin", b"\x93Nothing\x94 works.\n", Content_Type="text/plain; charset=iso-8859-1"),
        text="“Nothing” works.",
    ),
    Case("ascii-is-not", mail("ascii-is-not", "Grüße\n", Content_Type="text/plain; charset=us-ascii"), text="Grüße"),
    Case(
        "unknown-charset",
        mail("unknown-charset", "Grüße\n", Content_Type="text/plain; charset=x-klingon"),
        text="Grüße",
        problem="`x-klingon` is unknown",
    ),
    Case(
        "charset-is-a-transform",
        mail("charset-is-a-transform", Content_Type="text/plain; charset=zip"),
        problem="`zip` is unknown",
    ),
    Case(
        "charset-is-slow",
        mail("charset-is-slow", Content_Type="text/plain; charset=punycode"),
        problem="`punycode` is unknown",
    ),
    Case("charset-is-empty", mail("charset-is-empty", Content_Type='text/plain; charset=""')),
    Case("charset-with-nul", mail("charset-with-nul", Content_Type="text/plain; charset=ut\x00f"), problem="unknown"),
    Case("utf-7", mail("utf-7", b"Gr+APwA3w-e\n", Content_Type="text/plain; charset=utf-7"), text="Grüße"),
    Case(
        "utf-16", mail("utf-16", b64("Nothing works.".encode("utf-16")), B64, Content_Type="text/plain; charset=utf-16")
    ),
    Case(
        "utf-16-surrogate",
        mail("utf-16-surrogate", b64(b"N\x00\x00\xd8"), B64, Content_Type="text/plain; charset=utf-16-le"),
        text=None,
        problem="charset that it claims",
    ),
    Case(
        "iso-2022-jp",
        mail("iso-2022-jp", "動かない\n".encode("iso-2022-jp"), Content_Type="text/plain; charset=iso-2022-jp"),
        text="動かない",
    ),
    Case(
        "gb18030", mail("gb18030", "坏了\n".encode("gb18030"), Content_Type="text/plain; charset=gb18030"), text="坏了"
    ),
    Case("eight-bit-subject", mail("eight-bit-subject", Subject="Störung".encode()), subject="Störung"),
    Case(
        "latin-subject",
        mail("latin-subject", Subject="Störung".encode("latin-1")),
        subject="Störung",
        problem="Windows-1252",
    ),
    Case(
        "encoded-subject",
        mail("encoded-subject", Subject="=?utf-8?B?U3TDtnJ1bmc=?= =?iso-8859-1?q?_f=FCr?= all"),
        subject="Störung für all",
    ),
    Case(
        "cut-character", mail("cut-character", Subject="=?utf-8?Q?St=C3?=\r\n =?utf-8?Q?=B6rung?="), subject="Störung"
    ),
    Case(
        "bad-encoded-subject",
        mail("bad-encoded-subject", Subject="=?utf-8?B?U3TDtnJ1bmc?= =?x-no?Q?a?="),
        subject="Störunga",
    ),
    Case("unended-encoded-subject", mail("unended-encoded-subject", Subject="=?utf-8?B?U3T"), subject="=?utf-8?B?U3T"),
    Case("subject-surrogate", mail("subject-surrogate", Subject="=?utf-16-le?B?ANg=?= down"), subject=None),
    Case("folded-subject", mail("folded-subject", Subject="Site\r\n\tdown")),
    Case("subject-with-lines", mail("subject-with-lines", Subject="=?utf-8?Q?Site=0D=0A_down?=")),
]
SENDERS = [
    Case("bare-from", mail("bare-from", From="ann@acme.example")),
    Case("quoted-comma", mail("quoted-comma", From='"Example, Ann" <ann@ACME.example>')),
    Case("comment-from", mail("comment-from", From="ann@acme.example (Ann (of Acme))")),
    Case("name-is-an-address", mail("name-is-an-address", From='"boss@vmoso.example" <ann@acme.example>')),
    Case(
        "name-is-encoded-address",
        mail("name-is-encoded-address", From="=?utf-8?Q?boss=40vmoso.example?= <ann@acme.example>"),
    ),
    Case(
        "two-froms",
        mail("two-froms", "Nothing works.\n", "From: boss@vmoso.example"),
        sender="",
        problem="several senders",
    ),
    Case(
        "two-in-from",
        mail("two-in-from", From="ann@acme.example, boss@vmoso.example"),
        sender="",
        problem="several senders",
    ),
    Case("no-from", mail("no-from", From=None), sender="", problem="no sender"),
    Case("empty-from", mail("empty-from", From=""), sender="", problem="no sender"),
    Case(
        "two-angles", mail("two-angles", From="<boss@vmoso.example> <ann@acme.example>"), sender="", problem="no sender"
    ),
    Case("open-angle", mail("open-angle", From="Ann <ann@acme.example"), sender="", problem="not understood"),
    Case(
        "address-with-controls",
        mail("address-with-controls", From=b"ann\x01@acme.example"),
        sender="",
        problem="not understood",
    ),
    Case("encoded-whole-from", mail("encoded-whole-from", From="=?utf-8?Q?Ann_<ann=40acme.example>?="), sender=None),
    Case("utf-8-from", mail("utf-8-from", From="Jörg <jörg@acme.example>"), sender="jörg@acme.example"),
    Case("group-to", mail("group-to", To="undisclosed-recipients:;")),
    Case("long-to", mail("long-to", To=", ".join(f"a{n}@acme.example" for n in range(5000))), problem="too long"),
]
STRUCTURES = [
    Case(
        "html-only",
        mail(
            "html-only",
            "<html><style>p{}</style><p>Nothing&nbsp;works.</p></html>",
            Content_Type="text/html; charset=utf-8",
        ),
        text="Nothing works.",
    ),
    Case("html-cut", mail("html-cut", "<p>Nothing works.<a href='http", Content_Type="text/html"), text=None),
    Case(
        "html-lists",
        mail("html-lists", "<ul><li>one</li><li>two</li></ul><blockquote>old</blockquote>", Content_Type="text/html"),
        text="- one\n- two",
    ),
    Case(
        "html-link",
        mail("html-link", '<a href="https://acme.example/x">Look</a><br><br>there', Content_Type="text/html"),
        text="Look <https://acme.example/x>\n\nthere",
    ),
    Case("html-script", mail("html-script", "<script>alert('<b>')</script>Nothing works.", Content_Type="text/html")),
    Case(
        "alternative",
        mail("alternative", many((PLAIN, "Nothing works."), (HTML, "<p>No.</p>")), Content_Type=ALTERNATIVE),
    ),
    Case(
        "alternative-empty-plain",
        mail("alternative-empty-plain", many((PLAIN, " "), (HTML, "<p>Nothing works.</p>")), Content_Type=ALTERNATIVE),
    ),
    Case(
        "attachment",
        mail(
            "attachment",
            many(
                (PLAIN, "Nothing works."),
                (
                    f'Content-Type: text/csv; name="log.csv"\nContent-Disposition: attachment; filename="../log.csv"\n{B64}',
                    b64("a,b"),
                ),
            ),
            Content_Type=MIXED,
        ),
        attachments=(("log.csv", "text/csv"),),
    ),
    Case(
        "attachment-rfc2231",
        mail(
            "attachment-rfc2231",
            many(
                (PLAIN, "Nothing works."),
                ("Content-Type: image/png\nContent-Disposition: attachment; filename*=utf-8''St%C3%B6rung.png", "x"),
            ),
            Content_Type=MIXED,
        ),
        attachments=(("Störung.png", "image/png"),),
    ),
    Case(
        "attachment-rfc2047",
        mail(
            "attachment-rfc2047",
            many((PLAIN, "Nothing works."), ('Content-Type: image/png; name="=?utf-8?Q?St=C3=B6rung.png?="', "x")),
            Content_Type=MIXED,
        ),
        attachments=(("Störung.png", "image/png"),),
    ),
    Case(
        "attachment-bad-rfc2231",
        mail(
            "attachment-bad-rfc2231",
            many(
                (PLAIN, "Nothing works."),
                ("Content-Type: image/png\nContent-Disposition: attachment; filename*9*=x''%", "x"),
            ),
            Content_Type=MIXED,
        ),
    ),
    Case(
        "forward-as-attachment",
        mail(
            "forward-as-attachment",
            many((PLAIN, "Nothing works."), ("Content-Type: message/rfc822", "Subject: old\n\nold")),
            Content_Type=MIXED,
        ),
        attachments=(("message.eml", "message/rfc822"),),
    ),
    Case(
        "no-boundary", mail("no-boundary", many((PLAIN, "Nothing works.")), Content_Type="multipart/mixed"), text=None
    ),
    Case(
        "wrong-boundary",
        mail("wrong-boundary", many((PLAIN, "Nothing works."), boundary="other"), Content_Type=MIXED),
        text=None,
    ),
    Case("unended", mail("unended", many((PLAIN, "Nothing works."), end=False), Content_Type=MIXED)),
    Case(
        "same-boundary-within",
        mail(
            "same-boundary-within",
            many(("Content-Type: multipart/mixed; boundary=b1", many((PLAIN, "Nothing works.")))),
            Content_Type=MIXED,
        ),
        text=None,
    ),
    Case("nested-30", mail("nested-30", nested(30), Content_Type="multipart/mixed; boundary=b0")),
    Case(
        "nested-200",
        mail("nested-200", nested(200), Content_Type="multipart/mixed; boundary=b0"),
        text="",
        problem="too many parts",
    ),
    Case(
        "nested-10000",
        mail("nested-10000", nested(10_000), Content_Type="multipart/mixed; boundary=b0"),
        text=None,
        problem="nested too deep",
    ),
    Case(
        "parts-10000",
        mail(
            "parts-10000",
            many((PLAIN, "Nothing works."), *[("Content-Type: image/png", "x")] * 10_000),
            Content_Type=MIXED,
        ),
        problem="too many parts",
    ),
    Case(
        "rfc822-in-rfc822",
        mail("rfc822-in-rfc822", b"Content-Type: message/rfc822\n\n" * 5000, Content_Type="message/rfc822"),
        text=None,
    ),
    Case("broken-base64", mail("broken-base64", b64("Nothing works.")[:-1] + "*\n", B64), problem="base64 is broken"),
    Case(
        "quoted-printable",
        mail("quoted-printable", "Nothing =\nworks=2E=\n", "Content-Transfer-Encoding: quoted-printable"),
        text="Nothing works.",
    ),
    Case(
        "broken-quoted-printable",
        mail("broken-quoted-printable", "100=% Nothing =ZZ works.=", "Content-Transfer-Encoding: Quoted-Printable"),
        text=None,
    ),
    Case(
        "unknown-encoding",
        mail("unknown-encoding", "Nothing works.\n", "Content-Transfer-Encoding: x-rot13"),
        problem="`x-rot13` is unknown",
    ),
    Case(
        "uuencoded",
        mail("uuencoded", "begin 644 a.txt\n.3F]T:&EN9R!W;W)K<RX \n`\nend\n", "Content-Transfer-Encoding: x-uuencode"),
    ),
    Case(
        "broken-uu",
        mail("broken-uu", "begin 644 a\n\x7f\x7f\x7f\nend\n", "Content-Transfer-Encoding: uuencode"),
        text=None,
    ),
    Case("bad-content-type", mail("bad-content-type", Content_Type="/;;=;charset")),
    Case(
        "two-content-types",
        mail("two-content-types", "Nothing works.\n", "Content-Type: text/plain", "Content-Type: image/png"),
    ),
    Case(
        "calendar-only",
        mail("calendar-only", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", Content_Type="text/calendar; method=REQUEST"),
        text="BEGIN:VCALENDAR\nEND:VCALENDAR",
    ),
    Case(
        "tnef",
        mail("tnef", b64(b"\x78\x9f\x3e\x22" * 9), B64, Content_Type="application/ms-tnef; name=winmail.dat"),
        text="",
        attachments=(("winmail.dat", "application/ms-tnef"),),
    ),
    Case(
        "smime",
        mail("smime", b64(b"\x30\x82" * 9), B64, Content_Type='application/pkcs7-mime; name="smime.p7m"'),
        text="",
        attachments=(("smime.p7m", "application/pkcs7-mime"),),
    ),
    Case(
        "signed",
        mail(
            "signed",
            many((PLAIN, "Nothing works."), ("Content-Type: application/pgp-signature; name=signature.asc", "x")),
            Content_Type='multipart/signed; boundary="b1"; protocol="application/pgp-signature"',
        ),
        attachments=(("signature.asc", "application/pgp-signature"),),
    ),
    Case("megabyte-header", mail("megabyte-header", "Nothing works.\n", "X-Long: " + "a" * 1_000_000)),
    Case(
        "megabyte-subject",
        mail("megabyte-subject", Subject="Site down " + "a" * 1_000_000),
        subject=None,
        problem="too long",
    ),
    Case(
        "10000-headers", mail("10000-headers", "Nothing works.\n", *["X-Many: a"] * 10_000), problem="too many headers"
    ),
    Case("header-without-colon", mail("header-without-colon", "Nothing works.\n", "this is no header"), text=None),
    Case("long-line", mail("long-line", "Nothing works. " + "a" * 200_000), text=None),
    Case("many-parameters", mail("many-parameters", "Nothing works.\n", "Content-Type: text/plain" + ";" * 900_000)),
    Case("many-lines", mail("many-lines", "Nothing works.\n" + "\n" * 600_000), problem="too many lines"),
    Case("many-attributions", mail("many-attributions", "On Monday Bob wrote:\n> a\nNo.\n" * 8_000), text=None),
    Case("many-signs", mail("many-signs", "<" * 200_000 + ">", Content_Type="text/html"), text=None),
    Case("many-tags", mail("many-tags", "<a " * 200_000, Content_Type="text/html"), text=None),
]
UNREADABLE = [
    Case("empty", b"", "kept", subject="", text="", sender="", problem="empty"),
    Case("white", b"\r\n \r\n", "kept", subject="", text="", sender="", problem="empty"),
    Case("noise", bytes(range(256)) * 20, "kept", subject=None, text=None, sender="", problem="NUL"),
]
AUTOMATIC = [
    Case("vacation", mail("vacation", "I am away.\n", "Auto-Submitted: auto-replied"), "ignored", text=None),
    Case("auto-no", mail("auto-no", "Nothing works.\n", "Auto-Submitted: no")),
    Case("auto-generated", mail("auto-generated", "x\n", "Auto-Submitted: Auto-Generated; x=1"), "ignored", text=None),
    Case("bulk", mail("bulk", "News\n", "Precedence: bulk"), "ignored", text=None),
    Case("list", mail("list", "News\n", "List-Id: <news.acme.example>"), "ignored", text=None),
    Case("suppress", mail("suppress", "x\n", "X-Auto-Response-Suppress: All"), "ignored", text=None),
    Case("autoreply", mail("autoreply", "x\n", "X-Autoreply: yes"), "ignored", text=None),
    Case("null-path", mail("null-path", "x\n", "Return-Path: <>"), "ignored", text=None),
    Case(
        "daemon", mail("daemon", "x\n", From="Mailer <MAILER-DAEMON@acme.example>"), "ignored", text=None, sender=None
    ),
    Case("no-reply", mail("no-reply", "x\n", From="no-reply@acme.example"), "ignored", text=None, sender=None),
    Case(
        "bounce",
        mail(
            "bounce",
            many(
                (PLAIN, "It failed."),
                ("Content-Type: message/delivery-status", STATUS),
                ("Content-Type: message/rfc822", "Message-ID: <out@vmoso.example>\nSubject: x\n\nx"),
            ),
            Content_Type=REPORT,
            From="postmaster@acme.example",
        ),
        "ignored",
        text="It failed.",
        sender=None,
        attachments=(("message.eml", "message/rfc822"),),
    ),
    Case(
        "receipt",
        mail(
            "receipt",
            many((PLAIN, "It was read."), ("Content-Type: message/disposition-notification", "Disposition: x")),
            Content_Type="multipart/report; report-type=disposition-notification; boundary=b1",
        ),
        "ignored",
        text=None,
        attachments=(("message.eml", "message/disposition-notification"),),
    ),
    Case(
        "from-ourselves",
        mail("from-ourselves", "x\n", From="Support <Support@VMOSO.example>"),
        "ignored",
        text=None,
        sender=None,
    ),
    Case("own-header", mail("own-header", "x\n", "X-Support-Policy: vmoso.example"), "ignored", text=None),
    Case(
        "own-id",
        mail("own-id", "x\n", Message_ID="<0123456789abcdef0123456789abcdef@vmoso.example>"),
        "ignored",
        text=None,
    ),
]
CASES = [*PLAIN_MAILS, *CHARSETS, *SENDERS, *STRUCTURES, *UNREADABLE, *AUTOMATIC]
