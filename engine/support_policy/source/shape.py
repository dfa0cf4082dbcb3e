"""Shapes: what may stand at a place, said once, for reading (with diagnostics) and for the editor's JSON Schema.

A shape's `read` returns the typed value, or `BAD` after a diagnostic; reading never stops at the first problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping as Map
from dataclasses import dataclass, field
from typing import Any

from support_policy.source.diagnostics import Findings, did_you_mean, nearest
from support_policy.source.nodes import Mapping, Node, Scalar, Sequence, shorten
from support_policy.source.values import (
    ANY_SCALAR,
    BAD,
    NAME,
    TEXT,
    TRIGGER,
    Choice,
    Day,
    Hours,
    Instant,
    LengthOfTime,
    Schema,
    Shape,
    Text,
    Whole,
    YesNo,
)
from support_policy.source.words import Word

__all__ = [
    "ANY_SCALAR", "BAD", "NAME", "TEXT", "TRIGGER", "Choice", "Day", "Field", "Hours", "Instant", "LengthOfTime", "ListOf",
    "MapOf", "OneOf", "Partial", "Raw", "Record", "Schema", "Shape", "Text", "Whole", "YesNo",
]


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
