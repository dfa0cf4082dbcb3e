"""Shapes of single values: what a piece of text must look like at its place, and what it becomes.

A shape's `read` returns the typed value, or `BAD` after a diagnostic; reading never stops at the first problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from support_policy.source.diagnostics import Findings, did_you_mean
from support_policy.source.hints import hours_hint
from support_policy.source.nodes import Node, Scalar, Sequence, kind_of, shorten
from support_policy.source.words import (
    Duration,
    Word,
    parse_date,
    parse_duration,
    parse_instant,
    parse_time,
    spell_time,
)

Schema = dict[str, Any]


class _Bad:
    """The value of a place whose text could not be read: false, and empty to whoever walks over it."""

    def __repr__(self) -> str:
        return "BAD"

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[Any]:
        return iter(())


BAD: Final[Any] = _Bad()
"""Stands wherever a value could not be read; whoever meets it has been told before."""


class Shape:
    """What may stand at a place. `expected` completes "expected ..."."""

    expected = "a value"

    def read(self, node: Node, findings: Findings) -> Any:
        """The typed value of `node`, or BAD after a diagnostic."""
        raise NotImplementedError

    def schema(self) -> Schema:
        """The JSON Schema of this shape."""
        raise NotImplementedError

    def wrong(self, node: Node, findings: Findings, why: str = "") -> Any:
        """Report that `node` is not of this shape."""
        if not why and isinstance(node, Scalar) and node.plain and node.span.end_line > node.span.line:
            why = "the text goes on in the next line: look at the indentation there"
        findings.error("S201", node.span, f"expected {self.expected}, found {kind_of(node)}", why)
        return BAD


@dataclass(eq=False, repr=False)
class Text(Shape):
    """Free text, or text of a pattern. Gives a `Word`."""

    expected: str = "a text"
    pattern: str = ""
    blank: bool = False

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Scalar) or (node.empty and not self.blank):
            return self.wrong(node, findings)
        if self.pattern and not re.fullmatch(self.pattern, node.text):
            return self.wrong(node, findings)
        return Word(node.text, node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        # A plain `4.1` or `NO` is another type to an editor's YAML; only its looks matter here.
        if not self.pattern:
            return {"type": ANY_SCALAR}
        guises = {"number": ("15", "1.5"), "boolean": ("true", "NO")}
        like = [kind for kind, texts in guises.items() if any(re.fullmatch(self.pattern, text) for text in texts)]
        return {"type": ["string", *like] if like else "string", "pattern": f"^(?:{self.pattern})$"}


ANY_SCALAR = ["string", "number", "boolean"]
NAME = Text("a name (a letter, then letters, digits, `_` or `-`)", r"[A-Za-z][A-Za-z0-9_-]{0,63}")
TRIGGER = Text("an event type (letters, digits, `_`, `-`, or `chain.level`)", r"[A-Za-z][A-Za-z0-9_-]*(\.[0-9]{1,3})?")
TEXT = Text()


@dataclass(eq=False, repr=False)
class Choice(Shape):
    """One of a few words. Gives a `Word`."""

    options: tuple[str, ...]

    @property
    def expected(self) -> str:  # type: ignore[override]
        """What completes "expected ..."."""
        return "one of " + ", ".join(f"`{o}`" for o in self.options)

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Scalar):
            return self.wrong(node, findings)
        if node.text not in self.options:
            findings.error(
                "S202", node.span, f"`{shorten(node.text)}` is not known here", did_you_mean(node.text, self.options)
            )
            return BAD
        return Word(node.text, node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"enum": list(self.options)}


YES = {"yes", "true", "on", "y"}
NO = {"no", "false", "off", "n"}


@dataclass(eq=False, repr=False)
class YesNo(Shape):
    """`yes` or `no`, and their usual spellings. Gives a bool."""

    expected: str = "`yes` or `no`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        word = node.text.lower() if isinstance(node, Scalar) else ""
        if word not in YES | NO:
            return self.wrong(node, findings)
        return word in YES

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        words = "|".join(any_case(word) for word in sorted(YES | NO))
        return {"anyOf": [{"type": "boolean"}, {"enum": ["yes", "no"]}, {"type": "string", "pattern": f"^({words})$"}]}


@dataclass(eq=False, repr=False)
class Whole(Shape):
    """A whole number within bounds. Gives an int."""

    low: int = 0
    high: int = 10**9

    @property
    def expected(self) -> str:  # type: ignore[override]
        """What completes "expected ..."."""
        return f"a whole number from {self.low:,} to {self.high:,}"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Scalar) or not re.fullmatch(r"-?[0-9]{1,15}", node.text):
            return self.wrong(node, findings)
        number = int(node.text)
        return number if self.low <= number <= self.high else self.wrong(node, findings)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        limits = {"minimum": self.low, "maximum": self.high}
        return {"type": ["integer", "string"], "pattern": "^-?[0-9]{1,15}$", **limits}


class LengthOfTime(Shape):
    """A duration such as `2bh`, `2h`, `90m`. Gives a `Duration`, longer than nothing."""

    expected = "a duration such as `2bh`, `2h`, `90m` or `30s`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Scalar):
            return self.wrong(node, findings)
        found = parse_duration(node.text)
        if isinstance(found, str):
            findings.error("S203", node.span, f"{kind_of(node)} is not a duration", found)
            return BAD
        if found.seconds == 0:
            findings.error("S203", node.span, "a duration of nothing promises nothing", "write at least `1s`")
            return BAD
        return Duration(found.seconds, found.business, node.text, node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {
            "type": "string",
            "pattern": r"^ *([0-9][0-9 ]*(\.[0-9 ]+)?(b *h|b *m|h|m|s) *)+$",
            "examples": ["2bh", "8bh", "90m", "2h"],
        }


@dataclass(eq=False, repr=False)
class Percent(Shape):
    """A per cent such as `80%`, to two places. Gives hundredths of a per cent, from 1 to 1,000,000."""

    expected: str = "a per cent such as `80%`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        found = (
            re.fullmatch(r"([0-9]{1,5})(?:\.([0-9]{1,2}))? *%", node.text.strip()) if isinstance(node, Scalar) else None
        )
        share = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0") or 0) if found else 0
        return share if 0 < share <= 1_000_000 else self.wrong(node, findings)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"type": "string", "pattern": r"^ *[0-9]{1,5}(\.[0-9]{1,2})? *% *$", "examples": ["80%"]}


class Day(Shape):
    """A date. Gives a `datetime.date`."""

    expected = "a date such as `2026-12-24`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        day = parse_date(node.text) if isinstance(node, Scalar) else None
        return day or self.wrong(node, findings)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"type": "string", "pattern": r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"}


class Instant(Shape):
    """An instant with its offset. Gives an aware `datetime`."""

    expected = "an instant such as `2026-04-01T00:00:00-07:00`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Scalar):
            return self.wrong(node, findings)
        found = parse_instant(node.text)
        return self.wrong(node, findings, found) if isinstance(found, str) else found

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {
            "type": "string",
            "pattern": r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].+$",
            "examples": ["2026-04-01T00:00:00-07:00"],
        }


MAX_PAIRS = 24
"""More openings in one day are no opening hours."""


class Hours(Shape):
    """`09:00-17:00`, several with commas or as a list, or `closed`. Gives a tuple of (open, close) wall texts."""

    expected = "hours such as `09:00-17:00`, or `closed`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if isinstance(node, Sequence):
            parts = [self.read(item, findings) for item in node.items]
            return BAD if any(p is BAD for p in parts) else tuple(pair for part in parts for pair in part)
        if not isinstance(node, Scalar):
            return self.wrong(node, findings)
        if node.text.strip().lower() in ("closed", "none"):
            return ()
        pairs = []
        for piece in node.text.split(","):
            ends = [parse_time(end) for end in piece.replace("\u2013", "-").split("-")]
            opening, closing = ends if len(ends) == 2 else (None, None)
            if opening is None or closing is None or opening == 86400:
                return self.wrong(node, findings, hours_hint(node.text))
            pairs.append((spell_time(opening), spell_time(closing)))
        if len(pairs) > MAX_PAIRS:
            return self.wrong(node, findings, f"at most {MAX_PAIRS} openings a day")
        return tuple(pairs)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        time = r"\s*([01]?[0-9]|2[0-4]):[0-5][0-9](:[0-5][0-9])?\s*"
        times = f"{time}[-\u2013]{time}"
        closed = f"{any_case('closed')}|{any_case('none')}"
        one = {
            "type": "string",
            "pattern": rf"^(\s*({closed})\s*|{times}(,{times})*)$",
            "examples": ["09:00-17:00", "09:00-12:00, 13:00-17:00", "closed"],
        }
        return {"anyOf": [one, {"type": "array", "items": one}]}


def any_case(word: str) -> str:
    """A pattern for a word in capitals or not, as every dialect of patterns knows it."""
    return "".join(f"[{letter.upper()}{letter.lower()}]" for letter in word)
