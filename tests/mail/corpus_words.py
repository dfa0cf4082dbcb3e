"""Mails whose words, charsets or senders are odd; each with what must be made of it."""

# ruff: noqa: E501, RUF001 - a mail stands on its line, in its language
from __future__ import annotations

from tests.mail.making import B64, Case, b64, mail

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
