"""Rules over columns decide as rules over rows do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.batch.columns.rules import Column, ColumnRules, Numbers
from support_policy.kernel.catalogue import OPERATORS
from support_policy.kernel.rows import Hit, RuleSet, compile_rules
from support_policy.model.condition import All, AnyOf, Condition, Leaf, Not, Variable
from tests.conformance.corpus import Case, load
from tests.kernel.rule_words import DECLARED, conditions, tickets

SETS = [list(cases) for _, cases in groupby(load(), key=lambda case: (case.variables, case.rules, case.hit))]
FLAG = Leaf("flag", "is_true")


def coded(values: Sequence[Any]) -> Column:
    """A column of values, None where missing; equal values share a code where a dictionary would have them share it."""
    known: dict[Any, int] = {}
    codes = [-1 if v is None else known.setdefault((type(v), str(v)), len(known)) for v in values]
    first = dict(reversed(list(zip(codes, values, strict=True))))
    return Column(np.array(codes, np.int32), tuple(first[code] for code in range(len(known))))


def table(tickets: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Column | Numbers]:
    """The facts of tickets, a column each."""
    return {name: coded([ticket.get(name) for ticket in tickets]) for name in names}


def numbers(values: Sequence[float | None], kind: type) -> Numbers:
    """A numeric column as it is, without a dictionary."""
    missing = np.array([v is None for v in values], np.bool_)
    return Numbers(np.array([0 if v is None else v for v in values], kind), missing)


def fired(rules: ColumnRules, columns: Mapping[str, Column | Numbers], n: int) -> list[tuple[int, ...]]:
    """What fired, as `RuleSet.decide` says it."""
    found = rules.fired(columns, n)
    if rules.hit == "first":
        return [() if index < 0 else (index,) for index in found.tolist()]
    return [tuple(np.flatnonzero(ticket).tolist()) for ticket in found.T]


def check(rule_set: RuleSet, rules: ColumnRules, facts: Sequence[Mapping[str, Any]]) -> None:
    columns = table(facts, rule_set.variables)
    assert fired(rules, columns, len(facts)) == [rule_set.decide(ticket) for ticket in facts]


@pytest.mark.parametrize("cases", SETS, ids=lambda cases: cases[0].id)
def test_columns_pass_every_case(cases: list[Case]) -> None:
    """Over all facts of all cases at once, a rule set fires what the corpus wants."""
    rule_set = compile_rules(cases[0].rules, cases[0].variables, cases[0].hit)
    columns = table([case.facts for case in cases], list(cases[0].variables))
    assert fired(ColumnRules(rule_set), columns, len(cases)) == [case.want for case in cases]


def test_the_whole_corpus_is_one_table() -> None:
    """Every rule set of the corpus fires over the facts of all its cases what it fires over each, row by row."""
    everything = [case.facts for cases in SETS for case in cases]
    for cases in SETS:
        rule_set = compile_rules(cases[0].rules, cases[0].variables, cases[0].hit)
        fits = [facts for facts in everything if all(_fits(v, facts.get(n)) for n, v in cases[0].variables.items())]
        check(rule_set, ColumnRules(rule_set), fits)


def _fits(variable: Variable, value: object) -> bool:
    kinds: dict[str, Any] = {"boolean": bool, "numeric": (int, float), "string": str}
    if value is None:
        return True
    if variable.type == "numeric" and isinstance(value, bool):
        return False
    return isinstance(value, kinds.get(variable.type, (list, tuple)))


@given(
    st.lists(conditions(), max_size=4),
    st.lists(st.lists(tickets(), max_size=6), min_size=1, max_size=3),
    st.sampled_from(["first", "collect"]),
)
def test_columns_decide_as_rows(rules: list[Condition], chunks: list[list[dict[str, Any]]], hit: Hit) -> None:
    """Chunk by chunk, whatever values come later, every ticket fires what it fires alone, and each rule so holds."""
    named = [(f"r{i}", condition) for i, condition in enumerate(rules)]
    rule_set, every = compile_rules(named, DECLARED, hit), compile_rules(named, DECLARED, "collect")
    columnar = ColumnRules(rule_set)
    for facts in chunks:
        check(rule_set, columnar, facts)
        columns = table(facts, rule_set.variables)
        for index in range(len(rules)):
            held = columnar.holds(index, columns, len(facts)).tolist()
            assert held == [index in every.decide(ticket) for ticket in facts]


@given(st.lists(conditions(), min_size=1, max_size=4), st.lists(tickets(), max_size=20), st.data())
def test_plain_numbers_are_decided_as_those_of_a_dictionary(
    rules: list[Condition], facts: list[dict[str, Any]], data: st.DataObject
) -> None:
    """A column of doubles or of 64-bit integers is compared as exactly as its numbers are one by one."""
    rule_set = compile_rules([(f"r{i}", c) for i, c in enumerate(rules)], DECLARED, "collect")
    kind = data.draw(st.sampled_from([np.float64, np.int64]))
    for ticket in facts:
        ticket["count"] = data.draw(st.none() | near(rules, whole=kind is np.int64))
    columns = table(facts, rule_set.variables)
    columns["count"] = numbers([ticket["count"] for ticket in facts], kind)
    assert fired(ColumnRules(rule_set), columns, len(facts)) == [rule_set.decide(ticket) for ticket in facts]


def near(rules: Sequence[Condition], *, whole: bool) -> st.SearchStrategy[Any]:
    """Numbers at the edges of what rules compare with."""
    written = [leaf for rule in rules for leaf in _numbers(rule)] or [0]
    if whole:
        exact = st.builds(lambda n, d: round(n) + d, st.sampled_from(written), st.integers(-2, 2))
        return exact | st.integers(-(2**63), 2**63 - 1)
    edges = [float(Decimal(n) + step * Decimal("0.000001")) for n in written for step in (-1, 0, 1)]
    around = [float(x) for edge in edges for x in (edge, np.nextafter(edge, 1e300), np.nextafter(edge, -1e300))]
    return st.sampled_from(around) | st.floats(allow_nan=False, allow_infinity=False)


def _numbers(rule: Condition) -> list[float]:
    match rule:
        case All(items) | AnyOf(items):
            return [n for item in items for n in _numbers(item)]
        case Not(item):
            return _numbers(item)
        case Leaf("count", _, int() | float() as number):
            return [number]
    return []


@pytest.mark.parametrize("operator", OPERATORS["numeric"])
@pytest.mark.parametrize("number", [5, -5, 4.5, -4.5, 4.9999995, 5.0000005, -4.9999995, -5.0000005, 0])
def test_whole_numbers_are_compared_with_any_number(operator: str, number: float) -> None:
    """A 64-bit integer near a number stands to it as the same number does alone, both below and above zero."""
    value = None if operator == "is_missing" else number
    rule_set = compile_rules([("r", Leaf("count", operator, value))], DECLARED, "collect")
    values = [*range(-7, 8), None]
    found = fired(ColumnRules(rule_set), {"count": numbers(values, np.int64)}, len(values))
    assert found == [rule_set.decide({"count": value}) for value in values]


def test_whole_numbers_stay_exact_beyond_what_doubles_hold() -> None:
    """Of neighbours that are one double, a comparison tells which is less."""
    limit = 2**53 - 1
    rule_set = compile_rules([("r", Leaf("count", "less_than_or_equal_to", limit))], DECLARED, "first")
    values = [limit, limit + 1, limit + 2, 2**63 - 1, -(2**63), None]
    found = ColumnRules(rule_set).fired({"count": numbers(values, np.int64)}, len(values))
    assert found.tolist() == [0, -1, -1, -1, 0, -1]


def test_texts_keep_their_ends() -> None:
    """Values are looked at as Python texts: a text that ends in NUL is no other text."""
    rule_set = compile_rules([("r", Leaf("text", "equal_to", "a\0"))], DECLARED, "first")
    column = Column(np.array([0, 1, -1], np.int32), ("a\0", "a"))
    assert ColumnRules(rule_set).fired({"text": column}, 3).tolist() == [0, -1, -1]


@pytest.mark.parametrize("hit", ["first", "collect"])
def test_facts_without_a_column_are_missing(hit: Hit) -> None:
    """Without any column rules decide as without any fact, for as many tickets as asked."""
    rules: list[tuple[str, Condition]] = [("a", FLAG), ("b", Not(All((FLAG, Leaf("count", "is_missing")))))]
    rule_set = compile_rules(rules, DECLARED, hit)
    assert fired(ColumnRules(rule_set), {}, 3) == [(1,)] * 3
    assert fired(ColumnRules(rule_set), {}, 0) == []


@pytest.mark.parametrize("hit", ["first", "collect"])
def test_no_rules_fire_nothing(hit: Hit) -> None:
    """An empty rule set is fine, and never fires."""
    assert fired(ColumnRules(compile_rules([], DECLARED, hit)), {}, 2) == [(), ()]


@pytest.mark.parametrize("hit", ["first", "collect"])
def test_many_kinds_of_values_need_no_table(hit: Hit) -> None:
    """Where no table could hold all combinations, rules are decided in parts, and one vast rule without a table."""
    names = [f"f{i}" for i in range(6)]
    declared = {name: Variable(name, "string") for name in names}
    pairs = [(a, b) for a in names for b in names if a < b]
    mixed = [AnyOf((All((Leaf(a, "equal_to", w), Leaf(b, "equal_to", w))),)) for a, b in pairs for w in "abcdefgh"]
    rules: list[tuple[str, Condition]] = [
        ("vast", AnyOf((All(tuple(Leaf(n, "equal_to", "z") for n in names)), *mixed))),
        *((f"r{i}", condition) for i, condition in enumerate(mixed)),
    ]
    rule_set = compile_rules(rules, declared, hit)
    columnar = ColumnRules(rule_set)
    words = np.random.default_rng(7).choice(list("abcdefghz-"), (300, len(names)))
    facts: list[dict[str, Any]] = [dict(zip(names, map(str, row), strict=True)) for row in words]
    for ticket in facts[::7]:
        ticket.pop("f3")
    few = [ticket for ticket in facts if "z" not in ticket.values()]
    for chunk in (facts[:5], few, facts, [dict.fromkeys(names, "z")], few):
        check(rule_set, columnar, chunk)
        held = columnar.holds(0, table(chunk, names), len(chunk)).tolist()
        assert held == [0 in rule_set.decide(ticket) for ticket in chunk]


def test_what_is_known_of_values_is_forgotten_in_time() -> None:
    """Any number of dictionaries may come, one after the other and again; each is decided by its own values."""
    rule_set = compile_rules([("r", All((Leaf("text", "equal_to", "b"), FLAG)))], DECLARED, "first")
    columnar = ColumnRules(rule_set)
    flags = Column(np.array([0, 0], np.int32), (True,))
    dictionaries = [("a", "b") if n % 2 else ("b", "a", str(n)) for n in range(40)] * 2
    for values in dictionaries:
        column = Column(np.array([0, 1], np.int32), values)
        found = columnar.fired({"text": column, "flag": flags}, 2)
        assert found.tolist() == [0 if value == "b" else -1 for value in values[:2]]
