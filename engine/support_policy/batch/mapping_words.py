"""The words a mapping is made of: values, events, tables of values. Their shapes, for `mapping_text.py`."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Map
from typing import Any

from support_policy.batch.mapping import Say, Value
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Mapping, Node, Scalar
from support_policy.source.shape import (
    BAD,
    NAME,
    TEXT,
    Field,
    ListOf,
    MapOf,
    OneOf,
    Record,
    Schema,
    Shape,
    Text,
    YesNo,
)
from support_policy.source.span import Span
from support_policy.source.words import Word

CARRIED = ("to", "reason", "via", "team", "into", "text")
COLUMN = Text("the name of a column")


class Folded(Shape):
    """A text to compare with, without regard to case; nothing (`~`) is a missing value. Gives a str or None."""

    expected = "a value"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Scalar):
            return self.wrong(node, findings)
        return None if node.empty else Word(node.text.strip().casefold(), node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"type": ["string", "number", "boolean", "null"]}


class Texts(Shape):
    """One text to compare with, or several; nothing (`~`) is a missing value. Gives a tuple."""

    expected = "a value, a list of values, or `~` for none"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if isinstance(node, Scalar) and node.empty:
            return (None,)
        return ListOf(Folded()).read(node, findings)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"anyOf": [ListOf(Folded()).schema(), {"type": "null"}]}


class Translation(Shape):
    """A mapping from their texts to ours; keys are compared without regard to case."""

    expected = "a mapping (`their value: ours`)"

    def __init__(self, value: Shape) -> None:
        self.value = value

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Mapping):
            return self.wrong(node, findings)
        made: dict[str, Any] = {}
        bad = False
        for key, value in node:
            folded = Word(key.text.strip().casefold(), key.span)
            if folded in made:
                findings.error(
                    "M505", key.span, f"`{key.text[:60]}` differs from an entry above only in case", "keep one"
                )
                bad = True
            made[folded] = self.value.read(value, findings)
            bad |= made[folded] is BAD
        return BAD if bad else made

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"type": "object", "additionalProperties": self.value.schema()}

    def within(self) -> Iterator[tuple[str, Shape]]:
        """See `Shape.within`."""
        yield "THEIRS", self.value


class Ours(Shape):
    """One of our values, or nothing (`~`) for no value. Gives a `Word` or None."""

    expected = "a value, or `~` for none"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Scalar):
            return self.wrong(node, findings)
        return None if node.empty else Word(node.text, node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"type": ["string", "number", "boolean", "null"]}


class Plain(Shape):
    """A plain word where a record may stand; `make` builds the same thing from it."""

    def __init__(self, shape: Shape, make: Any) -> None:
        self.shape, self.make, self.expected = shape, make, shape.expected

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        word = self.shape.read(node, findings)
        return BAD if word is BAD else self.make(word, node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return self.shape.schema()

    def within(self) -> Iterator[tuple[str, Shape]]:
        """See `Shape.within`."""
        yield "", self.shape


def _value(span: Span, **v: Any) -> Value:
    return Value(v["column"], v["constant"], v["values"], v["otherwise"], v["split"], v["follow"], span)


class _ValueRecord(Record):
    """A value's record, with the rule that spans its keys."""

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        value = super().read(node, findings)
        if value is not BAD and bool(value.column) == (value.constant is not None):
            said = "a value comes from a `column`, or is a `constant`"
            findings.error("M508", node.span, said, "write one of the two")
            return BAD
        return value


VALUE_FIELDS: Map[str, Field] = {
    "column": Field(COLUMN, "the column that holds it; `a.b` is a path into nested JSON", ""),
    "constant": Field(TEXT, "the value itself, the same for every row"),
    "values": Field(Translation(Ours()), "their values: ours; `~` for no value; compared without regard to case"),
    "otherwise": Field(
        TEXT,
        "for a value not listed: `reject` the row, `keep` it, take it as `missing`, or the value to take",
        "reject",
    ),
    "split": Field(Text("a separator", r"[\s\S]{1,5}"), "what parts the elements of a list, such as `,`", ""),
    "follow": Field(YesNo(), "a fact only: whether later rows change it", default=False),
}
VALUE = OneOf(
    "a column, or `{column, values, otherwise}`, or `{constant}`",
    scalar=Plain(COLUMN, lambda word, span: Value(word, span=span)),
    mapping=_ValueRecord(_value, VALUE_FIELDS, title="a value"),
)
BY = OneOf(
    "a role, or `{column, values}`",
    scalar=Plain(NAME, lambda word, span: Value(constant=word, span=span)),
    mapping=_ValueRecord(_value, VALUE_FIELDS, title="`by`"),
)
SAY_FIELDS: Map[str, Field] = {
    "by": Field(BY, "who did it: a role, or `{column, values}`"),
    **{name: Field(VALUE, f"what the event carries as `{name}`: a column, or `{{constant: ...}}`") for name in CARRIED},
}


def say_of(event: str, span: Span, v: Map[str, Any]) -> Say:
    """An event from the keys of `SAY_FIELDS`."""
    return Say(event, v.get("by"), {name: v[name] for name in CARRIED if v.get(name)}, span)


SAY = OneOf(
    "an event type, or `{event, by, ...}`",
    scalar=Plain(NAME, lambda word, span: Say(word, span=span)),
    mapping=Record(
        lambda span, **v: say_of(v["event"], span, v),
        {"event": Field(NAME, "the event type, one of the policy's", required=True), **SAY_FIELDS},
        title="an event",
    ),
)


class Says(Shape):
    """No event (`~`), one, or several. Gives a tuple of `Say`."""

    expected = "an event type, a list of them, or `~` for no event"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if isinstance(node, Scalar) and node.empty:
            return ()
        return ListOf(SAY).read(node, findings)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"anyOf": [ListOf(SAY).schema(), {"type": "null"}]}

    def within(self) -> Iterator[tuple[str, Shape]]:
        """See `Shape.within`."""
        yield "", SAY


SAYS_FIELD = Field(Says(), "the event it says, or several; `~` for none", required=True)
STATES_LIST = Texts()


def said_by(v: Map[str, Any]) -> tuple[Say, ...]:
    """The events of an entry, with what stands beside `event` given to each that does not say it itself."""
    shared = say_of("", Span(""), v)
    return tuple(Say(s.event, s.by or shared.by, {**shared.data, **s.data}, s.span) for s in v["event"])


WHEN = MapOf(Texts(), COLUMN, expected="columns and the values that fit (`column: value`)")
