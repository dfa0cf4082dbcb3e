"""Conditions as a policy writes them: the grammar of `business-rules`, plus `not`.

Spans are ignored by equality, so that two texts that say the same compare equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Literal

from support_policy.source.record import record
from support_policy.source.span import NOWHERE, Span

FactType = Literal["boolean", "numeric", "string", "select", "select_multiple"]
"""`select` and `select_multiple` are lists of strings; they differ in the operators they offer."""

Value = bool | int | float | str | tuple[str, ...] | None


@record
class Variable:
    """A declared fact or derived value that conditions may name.

    `options`, when not empty, is the closed list of values a string (or an element of a list) may take.
    """

    name: str
    type: FactType
    options: tuple[str, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@record
class Leaf:
    """`{name, operator, value}`: one operator applied to one variable."""

    name: str
    operator: str
    value: Value = None
    span: Span = field(default=NOWHERE, compare=False)


@record
class All:
    """True when every item is."""

    items: tuple[Condition, ...]
    span: Span = field(default=NOWHERE, compare=False)


@record
class AnyOf:
    """True when at least one item is (`any:` in the text)."""

    items: tuple[Condition, ...]
    span: Span = field(default=NOWHERE, compare=False)


@record
class Not:
    """True when the item is not (`not:` in the text)."""

    item: Condition
    span: Span = field(default=NOWHERE, compare=False)


Condition = All | AnyOf | Not | Leaf


def leaves(condition: Condition) -> Iterator[Leaf]:
    """The leaves of a condition, in the order written."""
    match condition:
        case All(items) | AnyOf(items):
            for item in items:
                yield from leaves(item)
        case Not(item):
            yield from leaves(item)
        case Leaf():
            yield condition
