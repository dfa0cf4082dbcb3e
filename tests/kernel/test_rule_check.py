"""What the static check of conditions says, and what the check of facts says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from support_policy.kernel.check import MAX_DEPTH, check_condition
from support_policy.kernel.codes import CODES
from support_policy.kernel.facts import check_fact
from support_policy.model.condition import All, AnyOf, Condition, Leaf, Not, Variable
from support_policy.source.diagnostics import Diagnostic, Findings
from support_policy.source.span import Span
from tests.kernel.rule_words import DECLARED


def found(condition: Condition, *more: Variable) -> list[Diagnostic]:
    findings = Findings()
    check_condition(condition, DECLARED | {variable.name: variable for variable in more}, findings)
    return findings.items


MESSAGES = [
    (Leaf("cuont", "equal_to", 1), "R101", "unknown fact `cuont`", "did you mean `count`?"),
    (Leaf("count", "greater_then", 1), "R102", "is numeric and has no operator `greater_then`", "`greater_than`"),
    (Leaf("count", "not_equal_to", 1), "R102", "no operator `not_equal_to`", "put `equal_to` under `not`"),
    (Leaf("flag", "yes"), "R102", "`flag` is boolean", "expected one of `is_true`, `is_false`, `is_missing`"),
    (Leaf("count", "equal_to"), "R103", "`equal_to` needs a value", "use `is_missing`"),
    (Leaf("flag", "is_missing", True), "R104", "`is_missing` takes no value", "delete `value`"),
    (Leaf("count", "equal_to", "5"), "R105", "takes a number, not the text `5`", "write 5 without quotes"),
    (Leaf("count", "equal_to", "five"), "R105", "takes a number, not the text `five`", ""),
    (Leaf("count", "equal_to", True), "R105", "takes a number, not `true`", ""),
    (Leaf("count", "equal_to", ("a",)), "R105", "takes a number, not a list", ""),
    (Leaf("text", "equal_to", 5), "R105", "takes a text, not the number `5`", ""),
    (Leaf("text", "matches_regex", 5), "R105", "takes a text, not the number `5`", ""),
    (Leaf("tags", "contains", ("a",)), "R105", "takes one text, not a list", "select_multiple"),
    (Leaf("products", "contains_all", "a"), "R105", "takes a list of texts, not the text `a`", "`[...]`"),
    (Leaf("stage", "equal_to", "prodution"), "R106", "`prodution` is not one of", "did you mean `production`?"),
    (Leaf("stage", "equal_to", "Production"), "R106", "`Production` is not one of", "did you mean `production`?"),
    (Leaf("text", "matches_regex", "(a"), "R107", "the pattern `(a` is not understood: missing ): (a", "RE2"),
    (Leaf("text", "matches_regex", "x(?=y)"), "R107", "invalid perl operator: (?=", "RE2"),
    (Leaf("text", "matches_regex", "(?:\\pL{300}){3}"), "R108", "pattern too large", "repeat less"),
    (Leaf("text", "matches_regex", "\\pL{4}"), "R108", "the most is 4000", "repeat less"),
    (All(()), "R109", "`all` has no conditions", "write one, or delete it"),
    (AnyOf(()), "R109", "`any` has no conditions", "write one, or delete it"),
    (Leaf("count", "equal_to", float("nan")), "R110", "cannot be compared with `nan`", "finite"),
    (Leaf("count", "equal_to", float("-inf")), "R110", "cannot be compared with `-inf`", "finite"),
    (Leaf("count", "equal_to", 2**53), "R111", "beyond 9007199254740991", "smaller"),
    (Leaf("count", "equal_to", -1e300), "R111", "beyond 9007199254740991", "smaller"),
    (Leaf("products", "contains_all", ("Mail", "mail")), "R113", "`mail` is listed twice", "in any case"),
    (Leaf("text", "contains", ""), "R114", "with an empty text, `contains` is true of every text", "`non_empty`"),
    (Leaf("products", "contains_all", ()), "R114", "with an empty list, `contains_all` is true of every list", ""),
    (Leaf("text", "equal_to", "\udfff"), "R115", "half of a surrogate pair", ""),
    (Leaf("tags", "contains", "\ud800"), "R115", "half of a surrogate pair", ""),
    (Leaf("products", "contains_all", ("\ud800",)), "R115", "half of a surrogate pair", ""),
    (Leaf("text", "matches_regex", "\ud800"), "R115", "half of a surrogate pair", ""),
    (Leaf("stage", "starts_with", "test"), "R116", "no option of `stage` starts with `test`", "`production`"),
    (Leaf("stage", "matches_regex", "^x"), "R116", "no option of `stage` matches `^x`", "`development`"),
]


@pytest.mark.parametrize(("condition", "code", "message", "help_"), MESSAGES)
def test_a_problem_is_told_with_its_code_and_what_to_write(
    condition: Condition, code: str, message: str, help_: str
) -> None:
    """One problem gives one finding, under its code, that says what is wrong and what would be right."""
    (diagnostic,) = found(condition)
    assert diagnostic.code == code
    assert message in diagnostic.message
    assert help_ in diagnostic.help
    assert diagnostic.severity == ("warning" if code == "R116" else "error")


@pytest.mark.parametrize(
    "condition",
    [
        Leaf("products", "is_contained_by", ()),
        Leaf("text", "equal_to", ""),
        Leaf("tags", "contains", ""),
        Leaf("stage", "equal_to_case_insensitive", "PRODUCTION"),
        Leaf("stage", "starts_with", "prod"),
        Leaf("stage", "non_empty"),
        Leaf("count", "equal_to", 2**53 - 1),
        Leaf("text", "matches_regex", "\\pL+"),
    ],
    ids=str,
)
def test_what_looks_odd_but_means_something_passes(condition: Condition) -> None:
    """The check refuses nothing that depends on the fact and can hold."""
    assert found(condition) == []


def test_every_code_is_told_of_and_every_finding_has_a_code() -> None:
    """The table of codes and the findings cover one another."""
    assert {code for _, code, _, _ in MESSAGES} | {"R112"} == set(CODES)
    assert all(title and explanation.endswith((".", ":")) for title, explanation in CODES.values())


def test_nesting_stops_at_its_bound() -> None:
    """32 levels pass; one more is refused, once, and is not followed any deeper."""
    condition: Condition = Leaf("flag", "is_true")
    for _ in range(MAX_DEPTH):
        condition = Not(condition)
    assert found(condition) == []
    assert [d.code for d in found(Not(condition))] == ["R112"]
    deep: Condition = Leaf("nobody", "is_true")
    for _ in range(5_000):
        deep = AnyOf((deep,))
    assert [d.code for d in found(deep)] == ["R112"]


def test_all_problems_of_a_condition_are_told_where_they_stand() -> None:
    """A problem does not hide the next, and each has the span of its leaf."""
    here, there = Span("rules.yaml", 3, 5), Span("rules.yaml", 9, 7)
    twice = Leaf("products", "contains_all", ("\ud800", "a", "A"), there)
    problems = found(All((Leaf("nobody", "is_true", None, here), AnyOf(()), Not(twice))))
    assert [d.code for d in problems] == ["R101", "R109", "R115", "R113"]
    assert [d.span for d in problems if d.code != "R109"] == [here, there, there]


def test_elements_are_held_to_the_options_in_any_case() -> None:
    """A list's options are compared as its operators compare: without regard to case."""
    plan = Variable("plan", "select_multiple", ("Gold", "Silver"), Span("policy.yaml", 2, 1))
    assert found(Leaf("plan", "contains_all", ("GOLD", "silver")), plan) == []
    (problem,) = found(Leaf("plan", "contains_all", ("gold", "sliver")), plan)
    assert (problem.code, problem.help) == ("R106", "did you mean `Silver`?")
    assert problem.related == (("the options are declared here", Span("policy.yaml", 2, 1)),)
    member = Variable("tier", "select", ("a", "b"))
    assert [d.code for d in found(Leaf("tier", "contains", "c"), member)] == ["R106"]


FACTS: list[tuple[str, Any, str | None]] = [
    ("flag", True, None),
    ("flag", None, None),
    ("flag", 1, "`flag` takes true or false, not the number `1`"),
    ("flag", "true", "`flag` takes true or false, not the text `true`"),
    ("count", 5, None),
    ("count", 5.5, None),
    ("count", Decimal("0.1"), None),
    ("count", 10**400, None),
    ("count", True, "`count` takes a number, not `true`"),
    ("count", "5", "`count` takes a number, not the text `5`"),
    ("count", float("nan"), "`count` takes a finite number, not the number `nan`"),
    ("count", Decimal("sNaN"), "`count` takes a finite number, not the number `sNaN`"),
    ("text", "", None),
    ("text", 0, "`text` takes a text, not the number `0`"),
    ("text", b"a", "`text` takes a text, not a bytes"),
    ("text", "\ud800", "`text` is not valid Unicode: it holds half of a surrogate pair"),
    ("stage", "production", None),
    ("stage", "Production", "`stage` cannot be `Production`: did you mean `production`?"),
    ("tags", [], None),
    ("tags", ("a", "B"), None),
    ("tags", "ab", "`tags` takes a list of texts, not the text `ab`"),
    ("tags", ["a", 5], "`tags` takes a list of texts, not the number `5`"),
    ("tags", ["a", None], "`tags` takes a list of texts, not null"),
    ("products", {"a"}, "`products` takes a list of texts, not a set"),
    ("products", ["\udc00"], "`products` is not valid Unicode: it holds half of a surrogate pair"),
]


@pytest.mark.parametrize(("name", "value", "problem"), FACTS)
def test_a_fact_is_held_to_its_declaration(name: str, value: object, problem: str | None) -> None:
    """A value of another type is told apart from one that fits; a missing one always fits."""
    assert check_fact(DECLARED[name], value) == problem


def test_elements_of_a_fact_may_have_another_case_than_the_options() -> None:
    """A list fact holds options in any case, and nothing else."""
    plan = Variable("plan", "select", ("Gold", "Silver"))
    assert check_fact(plan, ["GOLD", "silver"]) is None
    assert check_fact(plan, ["gild"]) == "`plan` cannot be `gild`: did you mean `Gold`?"
