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
    """One operator of one fact type. `kind` names the node kind (`nodes.py`) it is lowered to; `says` when it holds."""

    name: str
    value: ValueKind
    label: str
    kind: str
    says: str


IS_MISSING = Operator("is_missing", "none", "is missing", "Missing", "the fact has no value")
"""Ours alone, and offered by every type: the fact has no value."""


def _table(*operators: Operator) -> Mapping[str, Operator]:
    return MappingProxyType({operator.name: operator for operator in (*operators, IS_MISSING)})


OPERATORS: Mapping[FactType, Mapping[str, Operator]] = MappingProxyType(
    {
        "boolean": _table(
            Operator("is_true", "none", "is true", "Truth", "it is yes"),
            Operator(
                "is_false", "none", "is not true", "Not", "it is no, or has no value: what nobody has said is not so"
            ),
        ),
        "numeric": _table(
            Operator("equal_to", "number", "is", "Compare", "it is that number, to a millionth"),
            Operator("greater_than", "number", "is more than", "Compare", "it is more"),
            Operator("greater_than_or_equal_to", "number", "is at least", "Compare", "it is as much or more"),
            Operator("less_than", "number", "is less than", "Compare", "it is less"),
            Operator("less_than_or_equal_to", "number", "is at most", "Compare", "it is as much or less"),
        ),
        "string": _table(
            Operator("equal_to", "text", "is", "TextTest", "it is that text, letter for letter"),
            Operator(
                "equal_to_case_insensitive", "text", "is, in any case,", "TextTest", "it is that text, capitals or not"
            ),
            Operator("starts_with", "text", "starts with", "TextTest", "it begins with that text"),
            Operator("ends_with", "text", "ends with", "TextTest", "it ends with that text"),
            Operator("contains", "text", "contains", "TextTest", "that text stands somewhere in it"),
            Operator(
                "matches_regex",
                "regex",
                "matches",
                "Matches",
                "the regular expression, in RE2's syntax, is found anywhere in it",
            ),
            Operator("non_empty", "none", "is not empty", "TextTest", "it has a value that is not the empty text"),
        ),
        "select": _table(
            Operator("contains", "member", "includes", "Members", "the tag is among them, capitals or not"),
            Operator(
                "does_not_contain",
                "member",
                "does not include",
                "Members",
                "the fact has a value, and the tag is not among them",
            ),
        ),
        "select_multiple": _table(
            Operator(
                "contains_all",
                "members",
                "includes all of",
                "Members",
                "every one of these is among them, capitals or not",
            ),
            Operator(
                "is_contained_by",
                "members",
                "has nothing but",
                "Members",
                "the fact has a value, and nothing among them is not one of these",
            ),
            Operator(
                "shares_at_least_one_element_with",
                "members",
                "includes any of",
                "Members",
                "one of these or more is among them",
            ),
            Operator(
                "shares_exactly_one_element_with",
                "members",
                "includes exactly one of",
                "Members",
                "just one of these is among them",
            ),
            Operator(
                "shares_no_elements_with",
                "members",
                "includes none of",
                "Members",
                "the fact has a value, and none of these is among them",
            ),
        ),
    }
)


def operators_for(type: FactType) -> Mapping[str, Operator]:
    """The operators that facts of this type offer, by name."""
    return OPERATORS[type]
