"""Mails whose structure is odd or broken; each with what must be made of it."""

# ruff: noqa: E501 - a mail stands on its line
from __future__ import annotations

from tests.mail.making import ALTERNATIVE, B64, HTML, MIXED, PLAIN, Case, b64, mail, many, nested

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
