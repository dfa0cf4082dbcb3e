"""The one place where operators get their meaning: conditions are lowered to node kinds (`nodes.py`).

The operators mean what they mean in `business-rules`, with its quirks closed (see the deviations table of the tests).
Conditions must have passed `check.py` first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from support_policy.kernel.nodes import (
    And,
    Compare,
    Matches,
    MemberRelation,
    Members,
    Missing,
    Node,
    Not,
    Or,
    Relation,
    TextRelation,
    TextTest,
    Truth,
)
from support_policy.model.condition import All, AnyOf, Condition, FactType, Leaf, Value, Variable
from support_policy.model.condition import Not as NotCondition

_Maker = Callable[[str, Value], Node]


def lower(condition: Condition, variables: Mapping[str, Variable]) -> Node:
    """The node for a checked condition. Raises KeyError for names and operators that were not checked."""
    match condition:
        case All(items):
            return And(tuple(lower(item, variables) for item in items))
        case AnyOf(items):
            return Or(tuple(lower(item, variables) for item in items))
        case NotCondition(item):
            return Not(lower(item, variables))
        case Leaf(name, operator, value):
            if operator == "is_missing":
                return Missing(name)
            return _MAKERS[variables[name].type, operator](name, value)


def _compare(relation: Relation) -> _Maker:
    return lambda name, value: Compare(name, relation, cast("int | float", value))


def _text(relation: TextRelation) -> _Maker:
    return lambda name, value: TextTest(name, relation, cast("str", value))


def _member(relation: MemberRelation) -> _Maker:
    return lambda name, value: Members(name, relation, frozenset((cast("str", value).lower(),)))


def _members(relation: MemberRelation) -> _Maker:
    return lambda name, value: Members(name, relation, frozenset(v.lower() for v in cast("tuple[str, ...]", value)))


_MAKERS: dict[tuple[FactType, str], _Maker] = {
    ("boolean", "is_true"): lambda name, _: Truth(name),
    # Absent booleans are false: this one is therefore true over a missing fact.
    ("boolean", "is_false"): lambda name, _: Not(Truth(name)),
    ("numeric", "equal_to"): _compare("=="),
    ("numeric", "greater_than"): _compare(">"),
    ("numeric", "greater_than_or_equal_to"): _compare(">="),
    ("numeric", "less_than"): _compare("<"),
    ("numeric", "less_than_or_equal_to"): _compare("<="),
    ("string", "equal_to"): _text("equals"),
    # `lower`, not `casefold`, here and for members: that is what the library does.
    ("string", "equal_to_case_insensitive"): lambda name, value: TextTest(
        name, "equals_lower", cast("str", value).lower()
    ),
    ("string", "starts_with"): _text("starts_with"),
    ("string", "ends_with"): _text("ends_with"),
    ("string", "contains"): _text("contains"),
    ("string", "matches_regex"): lambda name, value: Matches(name, cast("str", value)),
    ("string", "non_empty"): lambda name, _: TextTest(name, "non_empty"),
    ("select", "contains"): _member("any"),
    ("select", "does_not_contain"): _member("none"),
    ("select_multiple", "contains_all"): _members("all"),
    ("select_multiple", "is_contained_by"): _members("within"),
    ("select_multiple", "shares_at_least_one_element_with"): _members("any"),
    ("select_multiple", "shares_exactly_one_element_with"): _members("one"),
    ("select_multiple", "shares_no_elements_with"): _members("none"),
}
