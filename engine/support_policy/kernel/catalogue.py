"""The operators a condition may use, by the type of the fact: those of `business-rules`, and `is_missing`.

The table is written out so that reading a policy need not import the library; a test holds it to the library's own
export, so that a new version with other operators is noticed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from support_policy.model.condition import FactType
from support_policy.source.record import record

ValueKind = Literal["none", "number", "text", "regex", "member", "members"]
"""What a rule writes beside the operator: `member` is one text, `members` a list of texts."""


@record
class Operator:
    """One operator of one fact type. `kind` names the node kind (`nodes.py`) it is lowered to."""

    name: str
    value: ValueKind
    label: str
    kind: str


IS_MISSING = Operator("is_missing", "none", "is missing", "Missing")
"""Ours alone, and offered by every type: the fact has no value."""


def _table(*operators: Operator) -> Mapping[str, Operator]:
    return MappingProxyType({operator.name: operator for operator in (*operators, IS_MISSING)})


OPERATORS: Mapping[FactType, Mapping[str, Operator]] = MappingProxyType(
    {
        "boolean": _table(
            Operator("is_true", "none", "is true", "Truth"),
            Operator("is_false", "none", "is not true", "Not"),
        ),
        "numeric": _table(
            Operator("equal_to", "number", "is", "Compare"),
            Operator("greater_than", "number", "is more than", "Compare"),
            Operator("greater_than_or_equal_to", "number", "is at least", "Compare"),
            Operator("less_than", "number", "is less than", "Compare"),
            Operator("less_than_or_equal_to", "number", "is at most", "Compare"),
        ),
        "string": _table(
            Operator("equal_to", "text", "is", "TextTest"),
            Operator("equal_to_case_insensitive", "text", "is, in any case,", "TextTest"),
            Operator("starts_with", "text", "starts with", "TextTest"),
            Operator("ends_with", "text", "ends with", "TextTest"),
            Operator("contains", "text", "contains", "TextTest"),
            Operator("matches_regex", "regex", "matches", "Matches"),
            Operator("non_empty", "none", "is not empty", "TextTest"),
        ),
        "select": _table(
            Operator("contains", "member", "includes", "Members"),
            Operator("does_not_contain", "member", "does not include", "Members"),
        ),
        "select_multiple": _table(
            Operator("contains_all", "members", "includes all of", "Members"),
            Operator("is_contained_by", "members", "has nothing but", "Members"),
            Operator("shares_at_least_one_element_with", "members", "includes any of", "Members"),
            Operator("shares_exactly_one_element_with", "members", "includes exactly one of", "Members"),
            Operator("shares_no_elements_with", "members", "includes none of", "Members"),
        ),
    }
)


def operators_for(type: FactType) -> Mapping[str, Operator]:
    """The operators that facts of this type offer, by name."""
    return OPERATORS[type]
