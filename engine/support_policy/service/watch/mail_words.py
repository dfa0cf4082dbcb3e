"""Bytes of a mail to text that any store can keep: charsets, encoded words (RFC 2047). Never raises."""

from __future__ import annotations

import binascii
import codecs
import re

from support_policy.service.watch.mail_names import MAX_HEADER

# What is no charset of mail, though the codecs know it: slow on purpose-made text, or no text at all.
_NO_CHARSETS = frozenset(("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"))
# Mailers that say these mean their Windows superset, or say them without looking.
_LOOSE = frozenset(("ascii", "iso8859-1", "latin_1", "cp1252"))
_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?\r\n]{0,20000})\?=")
_BETWEEN = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]{1,80}\?[bBqQ]\?)")
_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A)}


def clean(text: str) -> str:
    """Text as it is kept: valid Unicode, lines ending in a line feed, no control characters but that and the tab."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").translate(_CONTROLS)
    return whole.encode("utf-8", "replace").decode("utf-8") if not whole.isascii() else whole


def line(text: str, limit: int) -> str:
    """Text as one line, cut to a number of characters."""
    return " ".join(clean(text[: limit * 8]).split())[:limit]


def charset_known(name: str) -> str:
    """The codec of a charset; "" when it is none that a mail may have."""
    try:
        found = codecs.lookup(name.strip().strip("\"'")).name
        b"x".decode(found, "replace")
    except (LookupError, ValueError, UnicodeError):
        return ""
    return "" if found.replace("-", "_") in _NO_CHARSETS else found


def decoded(data: bytes, charset: str, problems: set[str]) -> str:
    """Bytes as text by the charset they claim; where that is unknown or wrong, by the likeliest, and it is noted."""
    codec = charset_known(charset) if charset else "ascii"
    if charset and not codec:
        problems.add(f"the charset `{line(charset, 40)}` is unknown")
    if codec and codec not in _LOOSE:
        try:
            return data.decode(codec)
        except (UnicodeError, ValueError, OverflowError):
            problems.add(f"it is not in the charset that it claims, `{codec}`")
    if not data.isascii() or b"\x00" in data:
        return _guessed(data, problems, told=codec in _LOOSE and bool(charset))
    return data.decode("ascii")


def _guessed(data: bytes, problems: set[str], *, told: bool) -> str:
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(codec, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if not told:
            problems.add("no charset is given and it is not UTF-8: read as Windows-1252")
        return data.decode("cp1252", "replace")


def header_text(value: str, problems: set[str]) -> str:
    """A header as a person reads it. `value` holds bytes beyond ASCII as surrogates, as the stdlib's parser does."""
    if len(value) > MAX_HEADER:
        problems.add("a header line is too long and was cut")
        value = value[:MAX_HEADER]
    return clean(_unfolded(eight_bits(value, problems)))


def eight_bits(value: str, problems: set[str]) -> str:
    """A header whose bytes beyond ASCII are surrogates, as text."""
    if value.isascii():
        return value
    try:
        data = value.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return value
    return decoded(data, "", problems)


def _unfolded(value: str) -> str:
    """Encoded words decoded; neighbours that share a charset are decoded together, for mailers that cut characters."""
    if "=?" not in value:
        return value
    value = _BETWEEN.sub(r"\1", value)
    made: list[str] = []
    run, codec, end = b"", "", 0
    for found in _WORD.finditer(value):
        name = found[1].partition("*")[0]
        known = charset_known(name) or "utf-8"
        if run and (found.start() > end or known != codec):
            made.append(run.decode(codec, "replace"))
            run = b""
        made.append(value[end : found.start()])
        run, codec, end = run + _word_bytes(found[2], found[3]), known, found.end()
    if run:
        made.append(run.decode(codec, "replace"))
    return "".join((*made, value[end:]))


def _word_bytes(how: str, text: str) -> bytes:
    data = text.encode("ascii", "surrogateescape") if not _foreign(text) else text.encode("utf-8", "replace")
    if how in "qQ":
        return binascii.a2b_qp(data, header=True)
    return base64_bytes(data)


def _foreign(text: str) -> bool:
    return any(ord(c) > 0x7F and not 0xDC80 <= ord(c) <= 0xDCFF for c in text)


_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def base64_bytes(data: bytes) -> bytes:
    """What base64 says, whatever stands between its letters and however it ends."""
    letters = _NOT_BASE64.sub(b"", data)
    if len(letters) % 4 == 1:  # six bits make no byte
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
