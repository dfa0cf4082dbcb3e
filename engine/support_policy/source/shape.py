"""Shapes: what may stand at a place, said once, for reading (with diagnostics) and for the editor's JSON Schema.

A shape's `read` returns the typed value, or `BAD` after a diagnostic; reading never stops at the first problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping as Map
from dataclasses import dataclass, field
from typing import Any, Final

from support_policy.source.diagnostics import Findings, did_you_mean
from support_policy.source.nodes import Mapping, Node, Scalar, Sequence, kind_of, shorten
from support_policy.source.words import Duration, Word, parse_date, parse_duration, parse_instant, parse_time

Schema = dict[str, Any]


class _Bad:
    """The value of a place whose text could not be read."""

    def __repr__(self) -> str:
        return "BAD"

    def __bool__(self) -> bool:
        return False


BAD: Final = _Bad()


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
        findings.error("S201", node.span, f"expected {self.expected}, found {kind_of(node)}", why)
        return BAD


@dataclass
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
        # A plain `2026-04` or `no` is another type to an editor's YAML; only its looks matter here.
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"} if self.pattern else {"type": _ANY_SCALAR}


_ANY_SCALAR = ["string", "number", "boolean"]
NAME = Text("a name (letters, digits, `_`, `-`)", r"[A-Za-z][A-Za-z0-9_-]{0,63}")
TRIGGER = Text("an event type (letters, digits, `_`, `-`, or `chain.level`)", r"[A-Za-z][A-Za-z0-9_-]*(\.[0-9]{1,3})?")
TEXT = Text()


@dataclass
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


_YES = {"yes", "true", "on", "y"}
_NO = {"no", "false", "off", "n"}


class YesNo(Shape):
    """`yes` or `no`, and their usual spellings. Gives a bool."""

    expected = "`yes` or `no`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        word = node.text.lower() if isinstance(node, Scalar) else ""
        if word not in _YES | _NO:
            return self.wrong(node, findings)
        return word in _YES

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"enum": [True, False, "yes", "no", "on", "off"]}


@dataclass
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
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


class LengthOfTime(Shape):
    """A duration such as `2bh`, `2h`, `90m`. Gives a `Duration`, longer than nothing."""

    expected = "a duration such as `2bh`, `2h`, `90m` or `30s`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Scalar):
            return self.wrong(node, findings)
        found = parse_duration(node.text)
        if isinstance(found, str):
            findings.error("S203", node.span, f"`{shorten(node.text)}` is not a duration", found)
            return BAD
        if found.seconds == 0:
            findings.error("S203", node.span, "a duration of nothing promises nothing", "write at least `1s`")
            return BAD
        return Duration(found.seconds, found.business, node.text, node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {
            "type": "string",
            "pattern": r"^([0-9]+(\.[0-9]+)?(bh|bm|h|m|s) ?)+$",
            "examples": ["2bh", "8bh", "90m", "2h"],
        }


class Day(Shape):
    """A date. Gives a `datetime.date`."""

    expected = "a date such as `2026-12-24`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        day = parse_date(node.text) if isinstance(node, Scalar) else None
        return day if day else self.wrong(node, findings)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"type": "string", "format": "date"}


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
        return {"type": "string", "format": "date-time"}


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
            ends = re.split(r"\s*[-\u2013]\s*", piece.strip())
            if len(ends) != 2 or None in (parse_time(ends[0]), parse_time(ends[1])) or parse_time(ends[0]) == 86400:
                return self.wrong(node, findings, "times run from 00:00 to 24:00; over midnight is `22:00-06:00`")
            pairs.append((ends[0], ends[1]))
        return tuple(pairs)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        one = {"type": "string", "pattern": r"^(closed|none|\s*\d{1,2}:\d{2}(:\d{2})?\s*[-\u2013].*)$"}
        return {"anyOf": [one, {"type": "array", "items": one}]}


@dataclass
class ListOf(Shape):
    """A list of one shape; where `single` is set, one item may stand without the brackets. Gives a tuple."""

    item: Shape
    single: bool = True
    least: int = 0

    @property
    def expected(self) -> str:  # type: ignore[override]
        """What completes "expected ..."."""
        return "a list" + (f", or {self.item.expected}" if self.single else "")

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Sequence):
            if not self.single or (isinstance(node, Scalar) and node.empty):
                return self.wrong(node, findings)
            one = self.item.read(node, findings)
            return BAD if one is BAD else (one,)
        if len(node.items) < self.least:
            findings.error("S204", node.span, "the list is empty", f"expected {self.item.expected}")
            return BAD
        items = [self.item.read(item, findings) for item in node.items]
        return tuple(item for item in items if item is not BAD)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        many = {"type": "array", "items": self.item.schema(), **({"minItems": self.least} if self.least else {})}
        return {"anyOf": [self.item.schema(), many]} if self.single else many


@dataclass
class MapOf(Shape):
    """Names to values of one shape. Gives a dict of `Word` to value; a value that could not be read stays as BAD."""

    value: Shape
    key: Shape = field(default_factory=lambda: NAME)
    expected: str = "a mapping (`name: value`)"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Mapping):
            return self.wrong(node, findings)
        found = {}
        for key, value in node:
            name = self.key.read(key, findings)
            content = self.value.read(value, findings)
            if name is not BAD:
                found[name] = content
        return found

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"type": "object", "additionalProperties": self.value.schema()}


@dataclass
class Field:
    """One key of a record: its shape, what it means, and whether it may be left out."""

    shape: Shape
    says: str
    default: Any = None
    required: bool = False


class Record(Shape):
    """A mapping with known keys. Gives `build(span=..., **values)`, or BAD when any of them is bad.

    `rest` names the shape of keys that are not listed, handed to `build` together as `rest=`.
    """

    expected = "a mapping (`key: value`)"

    def __init__(
        self, build: Callable[..., Any], fields: Map[str, Field], *, title: str = "", rest: Field | None = None
    ) -> None:
        self.build, self.fields, self.title, self.rest = build, dict(fields), title, rest

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Mapping):
            return self.wrong(node, findings)
        values: dict[str, Any] = {name: f.default for name, f in self.fields.items() if not f.required}
        rest: dict[Word, Any] = {}
        bad = False
        for key, value in node:
            shape = self.fields.get(key.text)
            if shape is not None:
                values[key.text] = shape.shape.read(value, findings)
                bad |= values[key.text] is BAD
            elif self.rest is not None:
                rest[Word(key.text, key.span)] = read = self.rest.shape.read(value, findings)
                bad |= read is BAD
            else:
                bad = True
                self._unknown(key, findings)
        missing = [name for name, f in self.fields.items() if f.required and name not in values]
        if missing:
            what = ", ".join(f"`{name}`" for name in missing)
            findings.error("S206", node.span, f"{what} is missing here", self.fields[missing[0]].says)
        if bad or missing:
            return BAD
        if self.rest is not None:
            values["rest"] = rest
        return self.build(span=node.span, **{name.replace("-", "_"): value for name, value in values.items()})

    def _unknown(self, key: Scalar, findings: Findings) -> None:
        what = f" in {self.title}" if self.title else ""
        help = did_you_mean(key.text, self.fields)
        findings.error("S205", key.span, f"the key `{shorten(key.text)}` is not known{what}", help)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        made: Schema = {
            "type": "object",
            "properties": {name: {"description": f.says, **f.shape.schema()} for name, f in self.fields.items()},
            "additionalProperties": self.rest.shape.schema() if self.rest else False,
        }
        required = [name for name, f in self.fields.items() if f.required]
        return {**made, "required": required} if required else made


class OneOf(Shape):
    """Another shape for each kind of node: `scalar`, `sequence`, `mapping`."""

    def __init__(self, expected: str, **shapes: Shape) -> None:
        self.expected, self.shapes = expected, shapes

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        shape = self.shapes.get(type(node).__name__.lower())
        return shape.read(node, findings) if shape else self.wrong(node, findings)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"anyOf": [shape.schema() for shape in self.shapes.values()]}


class Raw(Shape):
    """Anything: the node itself, read later by someone who knows more. `like` lends its schema."""

    def __init__(self, like: Schema | None = None) -> None:
        self.like = like or {}

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        return node

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return self.like


def names(words: Iterable[str]) -> str:
    """Names in backticks, for messages."""
    return ", ".join(f"`{w}`" for w in words)
