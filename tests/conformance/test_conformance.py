"""Every interpreter of conditions passes the one conformance corpus."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support_policy.kernel.catalogue import OPERATORS
from support_policy.kernel.facts import check_fact
from support_policy.kernel.reference import run_reference
from support_policy.kernel.rows import compile_rules, names_in
from support_policy.model.condition import All, AnyOf, Condition, Leaf, Not
from tests.conformance.corpus import Case, load

CASES = load()


def by_row(case: Case) -> tuple[int, ...]:
    return compile_rules(case.rules, case.variables, case.hit).decide(case.facts)


def by_trace(case: Case) -> tuple[int, ...]:
    return compile_rules(case.rules, case.variables, case.hit).trace(case.facts).fired


def by_reference(case: Case) -> tuple[int, ...]:
    return run_reference(case.rules, case.variables, case.hit, case.facts)


INTERPRETERS: dict[str, Callable[[Case], tuple[int, ...]]] = {
    "row": by_row,
    "trace": by_trace,
    "reference": by_reference,
}


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_interpreter_passes_every_case(case: Case, interpreter: str) -> None:
    """Whatever evaluates a rule gives the outcome that the corpus wants."""
    assert INTERPRETERS[interpreter](case) == case.want


def test_the_corpus_is_sound() -> None:
    """Ids are unique, and the facts of every case are fit for their declared types."""
    assert len({case.id for case in CASES}) == len(CASES) >= 120
    for case in CASES:
        for name, variable in case.variables.items():
            assert check_fact(variable, case.facts.get(name)) is None, case.id


def test_the_corpus_covers_the_catalogue() -> None:
    """Every operator of every type is in the corpus: fired, not fired, and (by some name of its type) over no value."""
    fired, not_fired, missing = (set[tuple[str, str]]() for _ in range(3))
    for case in CASES:
        condition = case.rules[0][1]
        if isinstance(condition, Leaf):
            used = (case.variables[condition.name].type, condition.operator)
            (fired if case.want else not_fired).add(used)
            if case.facts.get(condition.name) is None:
                missing.add(used)
    every = {(type_, name) for type_, offered in OPERATORS.items() for name in offered}
    assert fired == not_fired == missing == every


def test_the_corpus_covers_the_connectives() -> None:
    """`all`, `any` and `not` each stand in several conditions of the corpus."""

    def kinds(condition: Condition) -> set[type]:
        match condition:
            case All(items) | AnyOf(items):
                return {type(condition)}.union(*map(kinds, items))
            case Not(item):
                return {Not} | kinds(item)
            case Leaf():
                return set()

    per_condition = [kinds(condition) for condition in {case.rules[0][1] for case in CASES}]
    assert all(sum(kind in used for used in per_condition) >= 4 for kind in (All, AnyOf, Not))
    assert all(list(names_in(case.rules[0][1])) for case in CASES)
