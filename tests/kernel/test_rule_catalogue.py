"""The catalogue of operators is the library's own, plus `is_missing`."""

from __future__ import annotations

import pytest
from business_rules.actions import BaseActions
from business_rules.utils import export_rule_data
from business_rules.variables import BaseVariables

from support_policy.kernel.catalogue import IS_MISSING, OPERATORS, Operator, operators_for
from support_policy.kernel.lower import lower
from support_policy.model.condition import FactType, Leaf, Value, Variable

INPUT = {
    "none": "none",
    "number": "numeric",
    "text": "text",
    "regex": "text",
    "member": "select",
    "members": "select_multiple",
}
WRITTEN: dict[str, Value] = {
    "none": None,
    "number": 1,
    "text": "a",
    "regex": "a",
    "member": "a",
    "members": ("a",),
}
EVERY = [(type_, operator) for type_, offered in OPERATORS.items() for operator in offered.values()]


def test_the_catalogue_is_the_librarys() -> None:
    """A new version of the library with other types, operators or kinds of value is noticed here."""
    exported = export_rule_data(BaseVariables, BaseActions)["variable_type_operators"]
    theirs = {type_: {o["name"]: o["input_type"] for o in offered} for type_, offered in exported.items()}
    ours = {
        type_: {name: INPUT[o.value] for name, o in offered.items() if o is not IS_MISSING}
        for type_, offered in OPERATORS.items()
    }
    assert ours == theirs


@pytest.mark.parametrize(("type_", "operator"), EVERY, ids=lambda part: getattr(part, "name", part))
def test_every_operator_is_lowered_to_the_kind_it_names(type_: FactType, operator: Operator) -> None:
    """`kind` tells the truth about `lower.py`, which knows every operator."""
    node = lower(Leaf("x", operator.name, WRITTEN[operator.value]), {"x": Variable("x", type_)})
    assert type(node).__name__ == operator.kind


@pytest.mark.parametrize("type_", OPERATORS)
def test_every_type_offers_is_missing_and_labels_that_differ(type_: FactType) -> None:
    """Any fact may be asked for absence, and no two operators of a type read alike."""
    offered = operators_for(type_)
    assert offered["is_missing"] is IS_MISSING
    assert len({operator.label for operator in offered.values()}) == len(offered)
    assert all(name == operator.name for name, operator in offered.items())
