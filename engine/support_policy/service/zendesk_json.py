"""A value of a JSON export with its place: typed reading, every problem told with file, line, column and JSON path."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from support_policy.service.zendesk_model import Place, json_path
from support_policy.source.diagnostics import Findings
from support_policy.source.json_text import locate
from support_policy.source.nodes import shorten
from support_policy.source.span import Span

MAX_ITEMS = 2_000
"""More entries than this in one list are refused."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text and where its problems go."""

    file: str
    text: str
    findings: Findings


@dataclass(frozen=True, slots=True)
class At:
    """A value, and the path that leads to it. What reads a value gives None after a diagnostic."""

    value: Any
    source: Source
    path: tuple[str | int, ...] = ()

    @property
    def place(self) -> Place:
        """Where it stands, for the report."""
        return Place(self.source.file, self.path)

    @property
    def span(self) -> Span:
        """Where it stands, by line and column."""
        return locate(self.source.text, self.path, self.source.file)

    def wrong(self, code: str, said: str, help: str = "", **more: Any) -> None:
        """Report a problem with this value; the message begins with its JSON path."""
        self.source.findings.error(code, self.span, f"`{json_path(self.path)}`: {said}", help, **more)

    def get(self, key: str) -> At | None:
        """The value under a key of an object; None when it is missing or null."""
        found = self.value.get(key) if isinstance(self.value, dict) else None
        return None if found is None else At(found, self.source, (*self.path, key))

    def need(self, key: str, what: str) -> At | None:
        """The value under `key`; None after a diagnostic that it is missing."""
        found = self.get(key)
        if found is None:
            self.wrong("Z603", f"`{key}` is missing: {what}")
        return found

    def object(self) -> At | None:
        """Itself, when it is an object."""
        return self if self._is(isinstance(self.value, dict), "an object") else None

    def items(self) -> Iterator[At]:
        """The items of a list; none after a diagnostic."""
        if not self._is(isinstance(self.value, list), "a list"):
            return
        if len(self.value) > MAX_ITEMS:
            self.wrong("Z611", f"the list has {len(self.value):,} items; at most {MAX_ITEMS:,} are read")
            return
        for index, value in enumerate(self.value):
            yield At(value, self.source, (*self.path, index))

    def text(self) -> str | None:
        """Text, as one line without what cannot be seen."""
        return clean(self.value) if self._is(isinstance(self.value, str), "a text") else None

    def whole(self) -> int | None:
        """A whole number."""
        whole = isinstance(self.value, int) and not isinstance(self.value, bool)
        return self.value if self._is(whole, "a whole number") else None

    def flag(self) -> bool | None:
        """True or false."""
        return self.value if self._is(isinstance(self.value, bool), "`true` or `false`") else None

    def id(self) -> str | None:
        """An identifier: a number, or a short word."""
        value = self.value
        fine = (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and value.isalnum())
        return str(value)[:64] if self._is(fine, "an identifier") else None

    def _is(self, fine: bool, expected: str) -> bool:
        if not fine:
            self.wrong("Z602", f"expected {expected}, found {found(self.value)}")
        return fine


def found(value: Any) -> str:
    """What a reader would call a JSON value."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return f"`{str(value).lower().replace('none', 'null')}`"
    return f"`{shorten(clean(str(value)))}`"


def clean(text: str, limit: int = 300) -> str:
    """Foreign text on one line, without control characters, marks that cannot be seen, and stray surrogates."""
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text[: limit * 4])
    return shorten(shown, limit)


def visible(text: str) -> bool:
    """Whether `text` can be written down as it is."""
    return text == clean(text, 1_000)
