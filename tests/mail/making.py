"""How mails are made for tests, and what is said of one."""

# ruff: noqa: E501 - a mail stands on its line
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
