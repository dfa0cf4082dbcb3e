"""Where rules here and `business-rules` part ways: one table, and both sides of each row shown."""

from __future__ import annotations

import pytest

from support_policy.kernel.catalogue import OPERATORS
from support_policy.kernel.check import check_condition
from support_policy.kernel.codes import CODES
from support_policy.kernel.facts import check_fact
from support_policy.kernel.rows import compile_rules
from support_policy.model.condition import Leaf, Variable
from support_policy.source.diagnostics import Findings, PolicyError
from tests.kernel.deviations import DEVIATIONS, Deviation
from tests.kernel.rule_words import library_says, raw

TABLE = pytest.mark.parametrize("row", DEVIATIONS, ids=lambda row: row.says)


@TABLE
def test_the_library_does_what_the_table_says(row: Deviation) -> None:
    """The library still has the quirk: when it goes, so does the row."""
    if isinstance(row.library, bool):
        assert library_says(raw(row.condition), row.variables(), row.facts) is row.library
    else:
        with pytest.raises(row.library):
            library_says(raw(row.condition), row.variables(), row.facts)


@TABLE
def test_we_do_what_the_table_says(row: Deviation) -> None:
    """The quirk is closed: refused at load, the fact not let in, or a plain answer."""
    variables = row.variables()
    findings = Findings()
    check_condition(row.condition, variables, findings)
    if isinstance(row.ours, str) and row.ours in CODES:
        assert [d.code for d in findings.errors] == [row.ours]
        return
    assert not findings.errors
    problems = [check_fact(variables[name], fact) for name, fact in row.facts.items()]
    if row.ours == "refused":
        assert any(problems)
        return
    assert not any(problems)
    assert bool(compile_rules([("r", row.condition)], variables, "first").decide(row.facts)) is row.ours


def test_rules_are_no_attributes() -> None:
    """No word that Python gives a meaning passes for an operator of any type."""
    for type_ in OPERATORS:
        for name in ("__class__", "__init__", "value", "EPSILON", "name", "get_all_operators", "is_operator"):
            findings = Findings()
            check_condition(Leaf("x", name, "a"), {"x": Variable("x", type_)}, findings)
            assert [d.code for d in findings.errors] == ["R102"]


def test_a_pattern_that_would_hold_up_the_library_for_ever_is_answered() -> None:
    """`^(a+)+$` takes time in proportion to the text; the library would not come back from 10,000 letters."""
    rules = compile_rules([("r", Leaf("x", "matches_regex", "^(a+)+$"))], {"x": Variable("x", "string")}, "first")
    assert rules.decide({"x": "a" * 10_000 + "!"}) == ()
    assert rules.decide({"x": "a" * 10_000}) == (0,)


def test_answers_are_truth_values() -> None:
    """The library's `matches_regex` is a match; here every leaf of a trace is True or False."""
    rules = compile_rules([("r", Leaf("x", "matches_regex", "a"))], {"x": Variable("x", "string")}, "first")
    assert rules.trace({"x": "a"}).rules[0].leaves[0].outcome is True


def test_all_problems_are_told_at_once() -> None:
    """Compiling raises one error that lists every problem of every rule."""
    rules = [("a", Leaf("nobody", "is_true")), ("b", Leaf("x", "is_maybe")), ("c", Leaf("x", "is_true", True))]
    with pytest.raises(PolicyError) as caught:
        compile_rules(rules, {"x": Variable("x", "boolean")}, "first")
    assert [d.code for d in caught.value.diagnostics] == ["R101", "R102", "R104"]
