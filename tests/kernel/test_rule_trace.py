"""The trace: what each rule saw, how near the others were, and what stood in their way."""

from __future__ import annotations

import pytest

from support_policy.kernel.rows import compile_rules
from support_policy.model.condition import All, AnyOf, Condition, Leaf, Not
from support_policy.source.span import Span
from tests.kernel.rule_words import DECLARED

FLAG, OTHER, COUNT = Leaf("flag", "is_true"), Leaf("other_flag", "is_true"), Leaf("count", "greater_than", 5)
TEXT = Leaf("text", "equal_to", "a")


def test_a_leaf_shows_what_it_saw_and_where_it_stands() -> None:
    """Each leaf has the value seen (None when missing), its outcome and its span."""
    here = Span("rules.yaml", 4, 9)
    rules = compile_rules([("r", All((Leaf("count", "equal_to", 5, here), TEXT)))], DECLARED, "first")
    (rule,) = rules.trace({"count": 5}).rules
    assert [(leaf.value, leaf.outcome) for leaf in rule.leaves] == [(5, True), (None, False)]
    assert rule.leaves[0].span == here
    assert (rule.id, rule.position, rule.fired, rule.distance) == ("r", 0, False, 1)


DISTANCES: list[tuple[Condition, int, list[Leaf]]] = [
    (TEXT, 1, [TEXT]),
    (Not(TEXT), 0, []),
    (All((FLAG, OTHER, COUNT)), 3, [FLAG, OTHER, COUNT]),
    (AnyOf((FLAG, OTHER)), 1, [FLAG]),
    (AnyOf((All((FLAG, OTHER)), TEXT)), 1, [TEXT]),
    (All((AnyOf((FLAG, OTHER)), TEXT)), 2, [FLAG, TEXT]),
    (Not(AnyOf((Not(FLAG), Not(OTHER)))), 2, [FLAG, OTHER]),
    (Not(All((Not(FLAG), Not(OTHER)))), 1, [FLAG]),
    (Not(All((Not(All((FLAG, OTHER))), Not(TEXT)))), 1, [TEXT]),
    (All((FLAG, FLAG)), 2, [FLAG, FLAG]),
]


@pytest.mark.parametrize(("condition", "distance", "blocking"), DISTANCES)
def test_the_distance_is_the_fewest_leaves_to_flip(condition: Condition, distance: int, blocking: list[Leaf]) -> None:
    """Over no facts at all: `all` adds up, `any` takes the nearest, `not` turns both around."""
    (rule,) = compile_rules([("r", condition)], DECLARED, "first").trace({}).rules
    assert rule.distance == distance
    assert [leaf.leaf for leaf in rule.blocking()] == blocking


def test_why_not_orders_by_nearness_and_then_by_rank() -> None:
    """The rules that do not hold, the nearest first; those that hold are not among them."""
    rules: list[tuple[str, Condition]] = [
        ("far", All((FLAG, OTHER, COUNT))),
        ("near", All((FLAG, TEXT))),
        ("holds", TEXT),
        ("also near", FLAG),
    ]
    trace = compile_rules(rules, DECLARED, "collect").trace({"text": "a"})
    assert [(rule.id, rule.distance) for rule in trace.why_not()] == [("near", 1), ("also near", 1), ("far", 3)]
    assert trace.fired == (2,)


def test_under_first_a_later_rule_that_holds_is_shadowed() -> None:
    """It neither fired nor is missing anything: an earlier rule took its place."""
    trace = compile_rules([("a", FLAG), ("b", OTHER), ("c", FLAG)], DECLARED, "first").trace({"flag": True})
    assert [(rule.fired, rule.holds) for rule in trace.rules] == [(True, True), (False, False), (False, True)]
    assert [rule.id for rule in trace.shadowed()] == ["c"]
    assert [rule.id for rule in trace.why_not()] == ["b"]


def test_under_collect_nothing_is_shadowed() -> None:
    """Every rule that holds has fired."""
    trace = compile_rules([("a", FLAG), ("b", FLAG)], DECLARED, "collect").trace({"flag": True})
    assert (trace.fired, trace.shadowed()) == ((0, 1), ())
