"""What strict YAML is made of here: scalars, sequences and mappings that know where they stand.

A scalar keeps its text; the place it stands in decides its type, so `09:00-17:00` and `no` mean what they say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from support_policy.source.span import Span


@dataclass(frozen=True, slots=True)
class Scalar:
    """A piece of text. `plain` is False when it was quoted or a block.

    `raw` is the text as it stands in the file, with its quotes, escapes or indentation; empty when it stands elsewhere.
    """

    text: str
    span: Span = field(compare=False)
    plain: bool = field(default=True, compare=False)
    raw: str = field(default="", compare=False)

    @property
    def empty(self) -> bool:
        """Whether nothing was written (`key:`, `~` or `null`)."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values, in the order written; keys are unique."""

    entries: tuple[tuple[Scalar, Node], ...]
    span: Span = field(compare=False)

    def get(self, key: str) -> Node | None:
        """The value under `key`, or None."""
        return next((value for name, value in self.entries if name.text == key), None)

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.entries)


Node = Scalar | Sequence | Mapping


def kind_of(node: Node) -> str:
    """What a reader would call this node."""
    if isinstance(node, Mapping):
        return "a mapping (`key: value`)"
    if isinstance(node, Sequence):
        return "a list"
    return "an empty value" if node.empty else f"`{shorten(node.text)}`"


def shorten(text: str, limit: int = 60) -> str:
    """`text` on one line, cut to `limit` characters."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit else line[: limit - 3] + "..."
