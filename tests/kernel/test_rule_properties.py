"""Evaluators of rules held to `business_rules.run_all`, by random search."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.kernel.catalogue import OPERATORS, Operator
from support_policy.kernel.check import check_condition
from support_policy.kernel.nodes import Compare, Relation
from support_policy.kernel.reference import run_reference
from support_policy.kernel.rows import Hit, compile_rules
from support_policy.model.condition import Condition, FactType, Leaf, Not, Variable
from support_policy.source.diagnostics import Findings
from tests.kernel.rule_words import (
    DECLARED,
    conditions,
    facts_for,
    leaves,
    library_says,
    numbers_near,
    raw,
    tickets,
    values_for,
    written_numbers,
)

THEIRS = [
    (type_, operator)
    for type_, offered in OPERATORS.items()
    for name, operator in offered.items()
    if name != "is_missing"
]


@pytest.mark.parametrize(("type_", "operator"), THEIRS, ids=lambda part: getattr(part, "name", part))
@given(data=st.data())
def test_each_operator_means_what_the_library_means(type_: FactType, operator: Operator, data: st.DataObject) -> None:
    """Over a fact that is there, every operator gives what `run_all` gives, for sane patterns even with its `re`."""
    value = data.draw(values_for(operator.value))
    fact = data.draw(facts_for(type_, value))
    if operator.value == "regex" and isinstance(fact, str) and fact.endswith("\n"):
        fact = fact.rstrip("\n")  # `$` before a last newline: see the deviations
    leaf, variables = Leaf("x", operator.name, value), {"x": Variable("x", type_)}
    with localcontext(Context(prec=3_000)):
        theirs = library_says(raw(leaf), variables, {"x": fact})
    assert bool(compile_rules([("r", leaf)], variables, "first").decide({"x": fact})) is theirs


@given(st.lists(conditions(), min_size=1, max_size=4), tickets(), st.sampled_from(["first", "collect"]))
def test_rule_sets_decide_as_the_reference_does(rules: list[Condition], facts: dict[str, object], hit: Hit) -> None:
    """Nested conditions, missing facts and hit policies come out the same in the row, the trace and `run_all`."""
    named = [(f"r{i}", condition) for i, condition in enumerate(rules)]
    compiled = compile_rules(named, DECLARED, hit)
    fired = run_reference(named, DECLARED, hit, facts)
    assert compiled.decide(facts) == fired
    assert compiled.trace(facts).fired == fired


@given(leaves(), tickets())
def test_not_is_plain_negation(leaf: Leaf, facts: dict[str, object]) -> None:
    """Of a leaf and its negation exactly one holds, whatever is missing."""
    both = compile_rules([("leaf", leaf), ("not", Not(leaf))], DECLARED, "collect")
    assert len(both.decide(facts)) == 1


@given(leaves())
def test_a_leaf_over_no_value_is_false_unless_it_asks_for_that(leaf: Leaf) -> None:
    """Without any fact only `is_missing` and `is_false` hold."""
    fired = compile_rules([("leaf", leaf)], DECLARED, "first").decide({})
    assert bool(fired) is (leaf.operator in ("is_missing", "is_false"))


@given(conditions(), tickets())
def test_the_distance_is_the_number_of_leaves_in_the_way(condition: Condition, facts: dict[str, object]) -> None:
    """`blocking` names as many leaves as the distance says, and none when the rule holds."""
    rule = compile_rules([("r", condition)], DECLARED, "first").trace(facts).rules[0]
    assert len(rule.blocking()) == rule.distance
    assert rule.holds is rule.fired is (rule.distance == 0)


@given(st.data(), written_numbers, st.sampled_from(["==", ">", ">=", "<", "<="]))
def test_doubles_decide_as_exact_numbers_do(data: st.DataObject, number: float, relation: Relation) -> None:
    """An int or a float lies in a comparison's exact interval just when it lies between the interval's doubles."""
    fact = data.draw(numbers_near(number).filter(lambda n: not isinstance(n, Decimal)))
    interval = Compare("n", relation, number).interval
    inside = (
        (interval.low is None or fact > interval.low or (interval.closed and fact == interval.low))
        and (interval.high is None or fact < interval.high or (interval.closed and fact == interval.high))
    )  # fmt: skip
    least, greatest = interval.doubles()
    assert (least <= fact <= greatest) is inside


@given(conditions())
def test_generated_conditions_pass_the_check(condition: Condition) -> None:
    """What these searches generate is what a policy may say."""
    findings = Findings()
    check_condition(condition, DECLARED, findings)
    assert not findings.errors
