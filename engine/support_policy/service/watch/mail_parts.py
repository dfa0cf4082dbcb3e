"""The parts of a mail: its headers as they stand, what is text in it, what is attached. Never raises.

The stdlib's parser with the policy `compat32`: the header classes of its newer policies raise on broken headers and
take quadratic time on long ones. What it makes of the structure is walked with limits; bytes are decoded here.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32

from support_policy.service.watch.mail_names import MAX_DEPTH, MAX_HEADERS, MAX_PARTS
from support_policy.service.watch.mail_words import base64_bytes, clean, decoded, header_text, line

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,100}")
# The stdlib takes quadratic time on the parameters of these, while it parses.
_LONG = re.compile(
    rb"(?:^|(?<=[\r\n]))content-(?:type|disposition)[ \t]*:[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*", re.IGNORECASE
)
_LONGEST = 2_000
_MOST_LINES = 500_000
_MBOX = re.compile(rb"^(?:>?From [^\r\n]*\r?\n)+")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of a mail that is no text to read: its name, its type (`text/csv`), its size in bytes."""

    name: str
    type: str
    size: int


@dataclass(slots=True)
class Parts:
    """A mail taken apart.

    `headers` are (name in small letters, value as it stands): bytes beyond ASCII are surrogates there.
    """

    headers: tuple[tuple[str, str], ...] = ()
    type: str = "text/plain"
    report: str = ""
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reported: list[bytes] = field(default_factory=list)
    """What a report (a bounce) says about deliveries, and the headers it gives back."""
    problems: set[str] = field(default_factory=set)


def parts(raw: bytes) -> Parts:
    """Take a mail apart."""
    made = Parts()
    raw = _MBOX.sub(b"", raw.removeprefix(b"\xef\xbb\xbf"))
    if b"\x00" in raw:
        made.problems.add("it holds NUL bytes, which were left out")
    if not raw.strip():
        made.problems.add("it is empty")
    raw = _LONG.sub(lambda found: found[0][:_LONGEST], raw)
    message = _parsed(raw)
    if message is None:
        made.problems.add("its parts are nested too deep, or too many lines long: it is read as one text")
        message = _flat(raw)
    made.headers = _headers(message, made.problems)
    made.type = _type(message)
    made.report = _parameter(message, "report-type").lower()
    for number, (part, depth, alternative) in enumerate(_walk(message)):
        if number >= MAX_PARTS or depth > MAX_DEPTH:
            made.problems.add("it has too many parts: the rest is not looked at")
            break
        _sort(made, part, first=number == 0, alternative=alternative)
    return made


def _parsed(raw: bytes) -> Message | None:
    """What the stdlib makes of it; None where that fails, or would take our time: no file makes so many lines."""
    if raw.count(b"\n") + raw.count(b"\r") > 2 * _MOST_LINES:
        return None
    try:
        return BytesParser(policy=compat32).parsebytes(raw)
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError, IndexError, AssertionError):
        return None


def _flat(raw: bytes) -> Message:
    """The headers, and all the rest as one text."""
    head, _, body = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n")
    message: Message = BytesHeaderParser(policy=compat32).parsebytes(head[:1_000_000] + b"\n\n")
    for name in ("content-type", "content-transfer-encoding"):
        del message[name]
    message.set_payload(body.decode("ascii", "surrogateescape"))
    return message


def _headers(message: Message, problems: set[str]) -> tuple[tuple[str, str], ...]:
    found = [(str(name).lower(), str(value)) for name, value in message.raw_items()]
    if len(found) > MAX_HEADERS:
        problems.add("it has too many headers: the rest is not looked at")
    return tuple(found[:MAX_HEADERS])


def _walk(message: Message) -> Iterator[tuple[Message, int, bool]]:
    """Every part that has no parts of its own, in order: itself, how deep it stands, whether it has an alternative."""
    stack: list[tuple[Message, int, bool]] = [(message, 0, False)]
    while stack:
        part, depth, alternative = stack.pop()
        inner = part.get_payload() if part.is_multipart() else None
        if not isinstance(inner, list) or part.get_content_maintype() != "multipart":
            yield part, depth, alternative
            continue
        within = alternative or _type(part) == "multipart/alternative"
        if depth >= MAX_DEPTH:
            yield part, depth + 1, within
            continue
        stack += [(one, depth + 1, within) for one in reversed(inner) if isinstance(one, Message)]


def _sort(made: Parts, part: Message, *, first: bool, alternative: bool) -> None:
    """Put one part where it belongs."""
    type, name = _type(part), _name(part)
    if part.is_multipart():  # a mail within a mail, or a report about deliveries
        inner = b"\n\n".join(_bytes_of(one) for one in part.get_payload() if isinstance(one, Message))[:200_000]
        if type in ("message/delivery-status", "message/rfc822", "message/global"):
            made.reported.append(inner)
        if type != "message/delivery-status":
            made.attachments.append(Attachment(name or "message.eml", type, len(inner)))
        return
    data = _content(part, made.problems)
    if type == "text/rfc822-headers":
        made.reported.append(data[:200_000])
    attached = str(part.get("content-disposition", "")).strip().lower().startswith("attachment")
    readable = type in ("text/plain", "text/html", "text/enriched") or (first and type.startswith("text/"))
    if not readable or attached or (name and not alternative and not first):
        if data or name:
            made.attachments.append(Attachment(name or "part", type, len(data)))
        return
    if type.startswith("multipart/"):
        made.problems.add("its parts have no boundary")
    text = clean(decoded(data, _parameter(part, "charset"), made.problems))
    (made.html if type == "text/html" else made.plain).append(text)


def _type(part: Message) -> str:
    said = part.get_content_type()
    return said if _TYPE.fullmatch(said) else "text/plain"


def _parameter(part: Message, name: str) -> str:
    try:
        found: object = part.get_param(name, "")
    except (ValueError, TypeError, LookupError, AttributeError):
        return ""
    value = found[2] if isinstance(found, tuple) else found
    return value if isinstance(value, str) else ""


def _name(part: Message) -> str:
    try:
        found = part.get_filename("")
    except (ValueError, TypeError, LookupError, AttributeError):
        found = "attachment"
    said = line(header_text(str(found), set()), 200)
    return said.replace("\\", "/").rpartition("/")[2]


def _bytes_of(part: Message) -> bytes:
    """The headers of a part and its text, as they stand."""
    head = "\n".join(f"{name}: {value}" for name, value in part.raw_items())
    payload: object = part.get_payload()
    body = payload if isinstance(payload, str) else ""
    return f"{head}\n\n{body[:100_000]}".encode("utf-8", "surrogateescape")


def _content(part: Message, problems: set[str]) -> bytes:
    """The bytes of a part, by its transfer encoding."""
    how = str(part.get("content-transfer-encoding", "")).strip().lower().partition(";")[0].strip()
    # Without the header the stdlib gives the bytes as they stand; its own decoding warns of `uu` and guesses.
    del part["content-transfer-encoding"]
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    if how == "base64":
        if re.search(rb"[^A-Za-z0-9+/=\s]", data):
            problems.add("its base64 is broken")
        return base64_bytes(data)
    if how == "quoted-printable":
        return quopri.decodestring(data)
    if how in ("uuencode", "x-uuencode", "uue", "x-uue"):
        return _uu(data, problems)
    if how not in ("", "7bit", "8bit", "binary"):
        problems.add(f"the transfer encoding `{line(how, 40)}` is unknown")
    return data


def _uu(data: bytes, problems: set[str]) -> bytes:
    made: list[bytes] = []
    begun = False
    for row in data.splitlines():
        if not begun:
            begun = row.startswith(b"begin ")
        elif row.strip() == b"end":
            break
        else:
            try:
                made.append(binascii.a2b_uu(row))
            except binascii.Error:
                problems.add("its uuencoded part is broken")
    return b"".join(made)
