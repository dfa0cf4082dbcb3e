"""Compiled rule sets: hit policies, safety of what is generated, numbers at their limits."""

from __future__ import annotations

import pickle
from decimal import ROUND_UP, Context, Decimal, localcontext
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.kernel.reference import run_reference
from support_policy.kernel.rows import RuleSet, compile_rules
from support_policy.model.condition import All, AnyOf, Condition, FactType, Leaf, Not, Value, Variable
from support_policy.source.diagnostics import PolicyError
from tests.kernel.rule_words import DECLARED

FLAG, OTHER = Leaf("flag", "is_true"), Leaf("other_flag", "is_true")


def one(type_: FactType, operator: str, value: Value, name: str = "x") -> RuleSet:
    return compile_rules([("r", Leaf(name, operator, value))], {name: Variable(name, type_)}, "first")


def test_variables_are_the_names_used_in_the_order_of_use() -> None:
    """A rule set tells which facts it looks at, each once."""
    rules: list[tuple[str, Condition]] = [
        ("a", All((OTHER, Not(FLAG)))),
        ("b", AnyOf((FLAG, Leaf("count", "equal_to", 1)))),
    ]
    assert compile_rules(rules, DECLARED, "first").variables == ("other_flag", "flag", "count")


def test_no_rules_fire_nothing() -> None:
    """An empty rule set is fine, and never fires."""
    for rules in (compile_rules([], DECLARED, "first"), compile_rules([], DECLARED, "collect")):
        assert rules.decide({}) == ()
        assert rules.trace({}) == ((), ())


def test_any_mapping_will_do_for_facts() -> None:
    """Facts are read through `get` alone, and never changed."""
    rules = compile_rules([("r", FLAG)], DECLARED, "first")
    assert rules.decide(MappingProxyType({"flag": True})) == (0,)


def test_a_rule_set_survives_pickling() -> None:
    """A worker process gets the same rules, spans and all."""
    rules = compile_rules([("a", All((FLAG, OTHER))), ("b", FLAG)], DECLARED, "collect")
    copy = pickle.loads(pickle.dumps(rules))  # noqa: S301 - our own bytes
    assert copy.decide({"flag": True}) == (1,)
    assert (copy.rules, copy.variables, copy.hit) == (rules.rules, rules.variables, rules.hit)


HOSTILE = [
    "'",
    '"',
    "\\",
    "\n",
    "k0",
    "v0",
    "{v}",
    "{",
    "%s",
    "__import__('os')",
    "') or True or ('",
    "#",
    "\0",
    "None",
]


@pytest.mark.parametrize("word", HOSTILE)
@pytest.mark.parametrize("operator", ["equal_to", "equal_to_case_insensitive", "starts_with", "contains"])
def test_no_word_of_a_policy_becomes_code(word: str, operator: str) -> None:
    """Texts, names of facts and ids may look like code or like our own placeholders; they stay texts."""
    rules = one("string", operator, word, name=word)
    assert rules.decide({word: word}) == (0,)
    assert rules.decide({word: "-"}) == ()
    assert rules.decide({"v0": word, "k1": word} if word not in ("v0", "k1") else {}) == ()
    assert rules.trace({word: word}).rules[0].leaves[0].value == word


@given(st.text(min_size=1).filter(str.isprintable), st.text(min_size=1).filter(str.isprintable))
def test_any_name_and_any_text_compile(name: str, text: str) -> None:
    """Equality with any text, under any name, holds for that text alone."""
    rules = one("string", "equal_to", text, name=name)
    assert (rules.decide({name: text}), rules.decide({name: text + "x"})) == ((0,), ())


def test_generated_code_sees_no_builtins() -> None:
    """The generated functions can reach a handful of names, none of which opens anything."""
    rules = one("string", "matches_regex", "a")
    reachable: dict[str, Any] = rules.decide.__globals__
    assert reachable["__builtins__"] == {}
    names = {name for name in reachable if not name.startswith("k")}
    assert names == {"__builtins__", "bool", "len", "lower", "map", "min", "sum", "tuple", "generated"}


def test_unchecked_rules_do_not_compile() -> None:
    """Compiling checks: no operator or name gets through by way of Python."""
    with pytest.raises(PolicyError):
        compile_rules([("r", Leaf("flag", "__class__"))], DECLARED, "first")


NUMBERS: list[tuple[str, int | float, Any, bool]] = [
    ("equal_to", 5, Decimal("5.000001"), True),
    ("equal_to", 5, Decimal("5.0000010000000000000000000000000000001"), False),
    ("equal_to", 5, Decimal("4.999999"), True),
    ("equal_to", 5, Decimal("4.9999989999999999999999999999999999999"), False),
    ("greater_than", 5, Decimal("5.000001"), False),
    ("greater_than", 5, Decimal("5.0000010000000000000000000000000000001"), True),
    ("less_than", 5, Decimal("4.999999"), False),
    ("less_than", 5, Decimal("4.9999989999999999999999999999999999999"), True),
    ("greater_than_or_equal_to", 5, Decimal("4.999999"), True),
    ("less_than_or_equal_to", 5, Decimal("5.000001"), True),
    ("greater_than", 5e-324, 0.000001, False),
    ("less_than", 5, -(10**400), True),
    ("greater_than", 5, 10**400, True),
    ("greater_than", 5, 1.7976931348623157e308, True),
    ("greater_than", 5, Decimal("1E+999999"), True),
    ("less_than", 2**53 - 1, 2**53 - 2, True),
    ("less_than", 2**53 - 1, 2**53 - 1, False),
    ("equal_to", 2**53 - 1, 2**53, False),
]


@pytest.mark.parametrize(("operator", "number", "fact", "want"), NUMBERS)
def test_numbers_are_compared_exactly(operator: str, number: float, fact: Any, want: bool) -> None:
    """The tolerance is one millionth to the last digit, for ints, floats and Decimals of any size."""
    assert bool(one("numeric", operator, number).decide({"x": fact})) is want


def test_the_ambient_decimal_context_changes_nothing() -> None:
    """Deciding is pure: precision and rounding set elsewhere in the program have no say, in the reference neither."""
    rules, facts = one("numeric", "equal_to", 5), {"x": Decimal("5.0000011")}
    with localcontext(Context(prec=2, rounding=ROUND_UP)):
        assert rules.decide(facts) == ()
        assert run_reference(rules.rules, {"x": Variable("x", "numeric")}, "first", facts) == ()


def test_large_rules_compile() -> None:
    """Thousands of items beside one another, and 32 levels of them, are no burden to the compiler."""
    wide = AnyOf(tuple(Leaf("text", "equal_to", f"t{i}") for i in range(3_000)))
    deep: Condition = FLAG
    for _ in range(16):
        deep = Not(All((deep, OTHER)))
    rules = compile_rules([("wide", wide), ("deep", deep)], DECLARED, "collect")
    facts = {"text": "t2999", "flag": True, "other_flag": True}
    assert rules.decide(facts) == rules.trace(facts).fired == (0, 1)
