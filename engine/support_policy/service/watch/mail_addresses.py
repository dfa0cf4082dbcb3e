"""Addresses in the headers of a mail.

The stdlib's reading differs between the versions of Python, and some of them let a display name become the address;
who a mail is from decides what it may do. This one is strict, linear in time, and the same everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from support_policy.service.watch.mail_names import MAX_ADDRESSES, MAX_HEADER
from support_policy.service.watch.mail_words import eight_bits, header_text, line


@dataclass(frozen=True, slots=True)
class Address:
    """`name@host` (the host in small letters), and the name of the person beside it."""

    address: str
    name: str = ""


_NEVER = frozenset('<>(),;:\\"@')
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[(),;:<>]|[^"(),;:<>]+', re.DOTALL)


@dataclass(slots=True)
class _Reading:
    """One address while it is read: what stands outside of `<>`, inside of it, and in comments."""

    plain: list[str] = field(default_factory=list)
    angle: list[str] = field(default_factory=list)
    comment: list[str] = field(default_factory=list)
    angles: int = 0
    broken: bool = False


def addresses(value: str, problems: set[str]) -> tuple[Address, ...]:
    """The addresses of a header, in order; what is none is left out and noted."""
    if len(value) > MAX_HEADER:
        problems.add("a header line is too long and was cut")
        value = value[:MAX_HEADER]
    found: list[Address] = []
    for reading in _split(value):
        if not "".join((*reading.plain, *reading.angle)).strip():
            continue
        made = _made(reading, problems)
        if made is None:
            problems.add("an address is not understood")
        elif len(found) < MAX_ADDRESSES:
            found.append(made)
    return tuple(found)


def _split(value: str) -> list[_Reading]:
    """The parts between commas; a group's name is dropped."""
    parts, now, depth, inside = [], _Reading(), 0, False
    for piece in _TOKEN.findall(value):
        if depth:
            depth += (piece == "(") - (piece == ")")
            now.comment += [piece] if depth else []
        elif piece == "(":
            depth = 1
        elif inside:
            inside = piece != ">"
            now.angle += [piece] if inside else []
        elif piece == "<":
            inside = True
            now.angles += 1
        elif piece in ",;":
            parts.append(now)
            now = _Reading()
        elif piece == ":":
            now.plain.clear()
        else:
            now.plain.append(piece)
    now.broken = bool(depth or inside)
    return [*parts, now]


def _made(reading: _Reading, problems: set[str]) -> Address | None:
    if reading.angles > 1 or reading.broken:
        return None
    written = "".join(reading.angle if reading.angles else reading.plain)
    if written.startswith("@"):  # a route of old: <@one,@two:name@host>
        written = written.rpartition(":")[2]
    address = canonical(eight_bits(written, problems))
    if not address:
        return None
    name = "".join(map(_unquoted, reading.plain if reading.angles else reading.comment))
    return Address(address, line(header_text(name, problems), 200))


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token.strip('"')) if token.startswith('"') else token


def canonical(written: str) -> str:
    """An address with its host in small letters; "" for what is none."""
    text = written.strip()
    local, _, host = text.rpartition("@")
    host = host.rstrip(".").lower()
    if not local or not host or len(text) > 320 or not text.isprintable() or not all(host.split(".")):
        return ""
    quoted = len(local) > 1 and local.startswith('"') and local.endswith('"')
    bad = any(c.isspace() or c in _NEVER for c in (host if quoted else local + host))
    return "" if bad else f"{local}@{host}"


def same(one: str, other: str) -> bool:
    """Whether two addresses are one mailbox."""
    return one.casefold() == other.casefold()


def domain(address: str) -> str:
    """The host of an address."""
    return address.rpartition("@")[2].lower()
