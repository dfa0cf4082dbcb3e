"""Shapes: what may stand at a place, said once, for reading (with diagnostics) and for the editor's JSON Schema.

A shape's `read` returns the typed value, or `BAD` after a diagnostic; reading never stops at the first problem.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
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
    Percent,
    Schema,
    Shape,
    Text,
    Whole,
    YesNo,
)
from support_policy.source.words import Word

__all__ = [
    "ANY_SCALAR",
    "BAD",
    "NAME",
    "TEXT",
    "TRIGGER",
    "Bare",
    "Choice",
    "Day",
    "Field",
    "Hours",
    "Instant",
    "LengthOfTime",
    "ListOf",
    "MapOf",
    "OneOf",
    "Partial",
    "Percent",
    "Raw",
    "Record",
    "Schema",
    "Shape",
    "Text",
    "Whole",
    "YesNo",
]


@dataclass(eq=False, repr=False)
class ListOf(Shape):
    """A list of one shape; where `single` is set, one item may stand without the brackets. Gives a tuple."""

    item: Shape
    single: bool = True
    least: int = 0
    most: int = 10_000

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
        if len(node.items) > self.most:
            findings.error(
                "S207", node.span, f"the list has {len(node.items):,} items", f"at most {self.most:,} are read"
            )
            return BAD
        items = [self.item.read(item, findings) for item in node.items]
        return tuple(item for item in items if item is not BAD)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        many = {"type": "array", "items": self.item.schema(), **({"minItems": self.least} if self.least else {})}
        return {"anyOf": [self.item.schema(), many]} if self.single else many


@dataclass(eq=False, repr=False)
class MapOf(Shape):
    """Names to values of one shape. Gives a dict of `Word` to value; a value that could not be read stays as BAD."""

    value: Shape
    key: Shape = field(default_factory=lambda: NAME)
    most: int = 10_000
    expected: str = "a mapping (`name: value`)"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Mapping):
            return self.wrong(node, findings)
        if len(node.entries) > self.most:
            findings.error(
                "S207", node.span, f"there are {len(node.entries):,} entries", f"at most {self.most:,} are read"
            )
            return BAD
        found = {}
        for key, value in node:
            name = self.key.read(key, findings)
            content = self.value.read(value, findings)
            if name is not BAD:
                found[name] = content
        return found

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        key = self.key.schema()
        keys = {"propertyNames": {"pattern": key["pattern"]}} if "pattern" in key else {}
        return {"type": "object", **keys, "additionalProperties": self.value.schema()}


CLOSE = 0.7
"""How alike a misspelt key and a known one are for its value to be read as the known one's."""


@dataclass(eq=False, repr=False)
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
        values, complete = self.values(node, findings)
        return self.made(node, values) if complete else BAD

    def made(self, node: Node, values: dict[str, Any]) -> Any:
        """The record of `values`."""
        return self.build(span=node.span, **{name.replace("-", "_"): value for name, value in values.items()})

    def values(self, node: Node, findings: Findings) -> tuple[dict[str, Any], bool]:
        """The value of every field, BAD where it cannot be read, and whether all could."""
        values: dict[str, Any] = {name: f.default for name, f in self.fields.items()}
        if not isinstance(node, Mapping):
            self.wrong(node, findings, colon_hint(node, self.fields))
            return values, False
        rest: dict[Word, Any] = {}
        given: set[str] = set()
        unknown: list[tuple[Scalar, Node]] = []
        for key, value in node:
            shape = self.fields.get(key.text)
            if shape is not None:
                given.add(key.text)
                values[key.text] = shape.shape.read(value, findings)
            elif self.rest is not None and not self._misspelt(key, value, self.rest.shape):
                rest[Word(key.text, key.span)] = self.rest.shape.read(value, findings)
            else:
                unknown.append((key, value))
        for key, value in unknown:
            name, glued = self._unknown(key, findings)
            if name and name not in given:
                # Read as what it was meant to be, so that one slip is one finding.
                given.add(name)
                values[name] = BAD if glued else self.fields[name].shape.read(value, findings)
        missing = [name for name, f in self.fields.items() if f.required and name not in given]
        if missing:
            what = ", ".join(f"`{name}`" for name in missing)
            said = "is" if len(missing) == 1 else "are"
            findings.error("S206", node.span, f"{what} {said} missing here", self.fields[missing[0]].says)
            values |= dict.fromkeys(missing, BAD)
        if self.rest is not None:
            values["rest"] = rest
        return values, not (missing or unknown or any(v is BAD for v in (*values.values(), *rest.values())))

    def _misspelt(self, key: Scalar, value: Node, shape: Shape) -> bool:
        return shape.read(value, Findings()) is BAD and bool(nearest(key.text, self.fields, CLOSE))

    def _unknown(self, key: Scalar, findings: Findings) -> tuple[str, bool]:
        """Report a key; gives the field it was probably meant to be, and whether its value is part of it."""
        what = f" in {self.title}" if self.title else ""
        glued = colon_hint(key, self.fields)
        findings.error(
            "S205",
            key.span,
            f"the key `{shorten(key.text)}` is not known{what}",
            glued or did_you_mean(key.text, self.fields),
        )
        if glued:
            return key.text.replace(":", " ", 1).partition(" ")[0], True
        return nearest(key.text, self.fields, CLOSE), False

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        made: Schema = {
            **({"title": self.title.replace("`", "")} if self.title else {}),
            "type": "object",
            "properties": {name: {"description": f.says, **f.shape.schema()} for name, f in self.fields.items()},
            "additionalProperties": self.rest.shape.schema() if self.rest else False,
        }
        required = [name for name, f in self.fields.items() if f.required]
        return {**made, "required": required} if required else made


class Partial(Record):
    """A record that is built even when some of it is bad, with BAD in that place.

    What can be read of it is known to the cross-checks, so that one mistake does not look like several.
    """

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        values, _ = self.values(node, findings)
        return self.made(node, values) if isinstance(node, Mapping) else BAD


def colon_hint(node: Node, fields: Map[str, Any]) -> str:
    """What to write instead of `key value` and `key:value`, where a mapping is expected."""
    if not isinstance(node, Scalar):
        return ""
    key, space, value = node.text[:80].replace(":", " ", 1).partition(" ")
    return f"a key needs a colon and a space: `{key}: {value.strip()}`" if space and key in fields else ""


class OneOf(Shape):
    """Another shape for each kind of node: `scalar`, `sequence`, `mapping`."""

    def __init__(self, expected: str, **shapes: Shape) -> None:
        self.expected, self.shapes = expected, shapes

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        shape = self.shapes.get(type(node).__name__.lower())
        mapping = self.shapes.get("mapping")
        hint = colon_hint(node, mapping.fields) if isinstance(mapping, Record) else ""
        return shape.read(node, findings) if shape and not hint else self.wrong(node, findings, hint)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"anyOf": [shape.schema() for shape in self.shapes.values()]}


class Bare(Shape):
    """A single value where a record may stand: `resolved` for `{event: resolved}`. Gives `build(value, span=...)`."""

    def __init__(self, value: Shape, build: Callable[..., Any]) -> None:
        self.value, self.build, self.expected = value, build, value.expected

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        found = self.value.read(node, findings)
        return BAD if found is BAD else self.build(found, span=node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return self.value.schema()


class Raw(Shape):
    """Anything: the node itself, read later by someone who knows more. `like` lends its schema."""

    def __init__(self, like: Schema | None = None) -> None:
        self.like = like or {}

    def read(self, node: Node, findings: Findings) -> Any:  # noqa: ARG002 - nothing can be wrong here
        """See `Shape.read`."""
        return node

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return self.like
