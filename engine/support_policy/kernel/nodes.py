"""The handful of node kinds that every interpreter of conditions knows: rows, columns, solver, prose.

`lower.py` is the only maker of these. A node over a missing fact (absent, or None) is false, whatever its kind, save
`Missing`, which is then true; `Not` negates plainly. Names are declared facts; texts and members that are compared
without regard to case are already in lower case.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import inf, nextafter
from typing import Literal

Relation = Literal["==", ">", ">=", "<", "<="]
TextRelation = Literal["equals", "equals_lower", "starts_with", "ends_with", "contains", "non_empty"]
MemberRelation = Literal["any", "none", "all", "one", "within"]

TOLERANCE = Fraction(1, 1_000_000)
"""Two numbers no further apart than this are equal."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The numbers from `low` to `high` (None: unbounded); both ends belong to it when `closed`, neither otherwise."""

    low: Fraction | None
    high: Fraction | None
    closed: bool

    def doubles(self) -> tuple[float, float]:
        """The least and the greatest double inside (infinite where unbounded).

        A double, or a whole number of any size, lies in the interval exactly when it lies between these two, both
        included: so columns of doubles need no exact arithmetic.
        """
        low = -inf if self.low is None else _double_from(self.low, inf, closed=self.closed)
        high = inf if self.high is None else _double_from(self.high, -inf, closed=self.closed)
        return low, high


def _double_from(end: Fraction, towards: float, *, closed: bool) -> float:
    """The double nearest to `end` that is on the inner side of it; `towards` is the direction of the inside."""
    sign = 1 if towards > 0 else -1
    double = float(end)
    while (gap := sign * (Fraction(double) - end)) < 0 or (gap == 0 and not closed):
        double = nextafter(double, towards)
    return double


@dataclass(frozen=True, slots=True)
class And:
    """True when every item is."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True when at least one item is."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when the item is not."""

    item: Node


@dataclass(frozen=True, slots=True)
class Missing:
    """True when the fact has no value."""

    name: str


@dataclass(frozen=True, slots=True)
class Truth:
    """True when a boolean fact is true."""

    name: str


@dataclass(frozen=True, slots=True)
class Compare:
    """True when a numeric fact stands in `relation` to `number`, give or take the tolerance.

    `number` is as written in the rule; `interval` says, exactly, which numbers satisfy the node.
    """

    name: str
    relation: Relation
    number: int | float

    @property
    def interval(self) -> Interval:
        """The exact numbers for which this is true; a float counts with its exact binary value."""
        below, above = Fraction(self.number) - TOLERANCE, Fraction(self.number) + TOLERANCE
        match self.relation:
            case "==":
                return Interval(below, above, closed=True)
            case ">":
                return Interval(above, None, closed=False)
            case ">=":
                return Interval(below, None, closed=True)
            case "<":
                return Interval(None, below, closed=False)
            case "<=":
                return Interval(None, above, closed=True)


@dataclass(frozen=True, slots=True)
class TextTest:
    """True when a string fact stands in `relation` to `text`.

    `equals_lower` compares the fact in lower case; `non_empty` has no use for `text`, which is then empty.
    """

    name: str
    relation: TextRelation
    text: str = ""


@dataclass(frozen=True, slots=True)
class Matches:
    """True when the RE2 `pattern` is found anywhere in a string fact."""

    name: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Members:
    """True when the elements of a list fact, in lower case, stand in `relation` to the set `members`.

    `any`, `none`, `all`: how many of the members the fact holds; `one`: it holds exactly one of them (how often does
    not matter); `within`: the fact holds nothing else.
    """

    name: str
    relation: MemberRelation
    members: frozenset[str]


Node = And | Or | Not | Missing | Truth | Compare | TextTest | Matches | Members
