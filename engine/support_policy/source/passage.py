"""Longer texts that are read again by someone else: every letter still knows its line and column in the file."""

from __future__ import annotations

import re
from typing import Any, Self

from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Node, Scalar
from support_policy.source.shape import BAD, Text
from support_policy.source.span import NOWHERE, Span
from support_policy.source.words import Word

_ANCHOR = re.compile(r"(?:[&!]\S*\s+)+")
_BLOCK = re.compile(r"[|>][^\n\r]*(?:\r\n|\r|\n)")
_SINGLE = re.compile(r"''|\S")
_DOUBLE = re.compile(r"\\(?:x..|u.{4}|U.{8}|\r\n|.)|\S", re.DOTALL)
_INK = re.compile(r"\S")
_BLANKS = {"\\" + sign for sign in "tnvfrNLP_ \t\n\r"} | {"\\\r\n"}
"""Escapes that stand for a blank, or for a break in the file only."""


class Passage(Word):
    """A text that knows, letter by letter, where it stands; `raw` is how it is written in the file."""

    __slots__ = ("raw",)
    raw: str

    def __new__(cls, text: str, span: Span = NOWHERE, raw: str = "") -> Self:
        """The passage `text`, written at `span` as `raw`."""
        made = super().__new__(cls, text, span)
        made.raw = raw
        return made

    def place(self, index: int) -> Span:
        """Where the letter at `index` (from 0) of the text stands in the file; for a blank, the next letter.

        The whole passage where the letter stands elsewhere (an alias), or where there is none.
        """
        if not self.raw:
            return self.span
        # Quotes, escapes, indentation and folding change the blanks, never the order of visible letters.
        before = len(_INK.findall(self, 0, index))
        for count, found in enumerate(self._ink()):
            if count == before:
                return self._point(found)
        return self.span

    def _ink(self) -> list[int]:
        """Where in `raw` each visible letter begins."""
        raw, pattern = self.raw, _INK
        start = 0
        if raw != self:
            found = _ANCHOR.match(raw)
            start = found.end() if found else 0
            block, sign = _BLOCK.match(raw, start), raw[start : start + 1]
            if block:
                start = block.end()
            elif sign in ("'", '"'):
                start, pattern = start + 1, _SINGLE if sign == "'" else _DOUBLE
        return [m.start() for m in pattern.finditer(raw, start) if m[0] not in _BLANKS]

    def _point(self, index: int) -> Span:
        lines = re.split("\r\n|\r|\n", self.raw[:index])
        line = self.span.line + len(lines) - 1
        column = len(lines[-1]) + (self.span.column if len(lines) == 1 else 1)
        return Span(self.span.file, line, column, line, column + 1)


class PassageText(Text):
    """Free text that is read again later. Gives a `Passage`."""

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if super().read(node, findings) is BAD or not isinstance(node, Scalar):
            return BAD
        return Passage(node.text, node.span, node.raw)
