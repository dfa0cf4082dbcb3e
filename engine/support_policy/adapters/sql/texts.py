"""Texts that every database holds as they are: NULs, halves of characters, names of any length."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.dialects.postgresql import TEXT
from sqlalchemy.types import TypeDecorator, TypeEngine

MARK = "\u2400"
"""Stands before the number of a character that a database cannot hold; itself it is written so too."""
LONGEST = 600
"""So many bytes of a name are kept: three of them fit into one entry of an index."""
_HELD_BACK = re.compile("[\x00\ud800-\udfff\u2400]")
_MARKED = re.compile("\u2400([0-9a-f]{4})")


def written(text: str) -> str:
    """A text in characters that a database can hold; `read` gives it back."""
    if text.isascii() and "\x00" not in text:
        return text
    return _HELD_BACK.sub(lambda found: f"{MARK}{ord(found[0]):04x}", text)


def read(text: str) -> str:
    """The text that was written."""
    return _MARKED.sub(lambda found: chr(int(found[1], 16)), text) if MARK in text else text


def shortened(text: str) -> str:
    """A name that an index can hold: what is longer is its beginning and a hash of the whole."""
    if len(text) <= LONGEST // 4:
        return text
    data = text.encode()
    if len(data) <= LONGEST:
        return text
    return f"{data[: LONGEST - 100].decode(errors='ignore')}\u2026{sha256(data).hexdigest()}"


def known_as(name: str) -> str:
    """What a name is given back as: itself, unless it is longer than an index can hold."""
    return name if len(name) <= LONGEST // 4 else read(shortened(written(name)))


class Words(TypeDecorator[str]):
    """Any text, given back as it was; compared character by character, whatever the database's language."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """PostgreSQL sorts as SQLite does, and no new release of a system's collations harms an index."""
        return TEXT(collation="C") if dialect.name == "postgresql" else dialect.type_descriptor(Text())

    @staticmethod
    def stored(value: str | None) -> str | None:
        """The text as it is stored."""
        return value if value is None else written(value)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - as asked for
        """See the library."""
        return self.stored(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - as asked for
        """See the library."""
        return value if value is None else read(value)


class Name(Words):
    """A text that is looked for; one of more than 600 bytes is known by its beginning and its hash."""

    cache_ok = True

    @staticmethod
    def stored(value: str | None) -> str | None:
        """The name as it is stored."""
        return value if value is None else shortened(written(value))
