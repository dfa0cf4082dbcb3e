"""The reference: rules through `business_rules.run_all`, without its dangers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from support_policy.kernel.reference import run_reference
from support_policy.model.condition import All, Leaf, Not, Variable
from support_policy.source.diagnostics import PolicyError
from tests.kernel.rule_words import DECLARED


def test_first_stops_and_collect_goes_on() -> None:
    """Both hit policies are the library's own."""
    rules = [("a", Leaf("flag", "is_false")), ("b", Leaf("flag", "is_true")), ("c", Leaf("flag", "is_true"))]
    assert run_reference(rules, DECLARED, "first", {"flag": True}) == (1,)
    assert run_reference(rules, DECLARED, "collect", {"flag": True}) == (1, 2)


@pytest.mark.parametrize("name", ["__init__", "__class__", "get_all_variables", "fact_0", "a b", "fire"])
def test_no_name_of_a_policy_reaches_the_librarys_attributes(name: str) -> None:
    """Facts may be called anything: the library only sees names made here."""
    rules = [("r", All((Leaf(name, "equal_to", "a"), Not(Leaf(name, "equal_to", "b")))))]
    variables = {name: Variable(name, "string")}
    assert run_reference(rules, variables, "first", {name: "a"}) == (0,)
    assert run_reference(rules, variables, "first", {name: "b"}) == ()


def test_rules_that_do_not_pass_the_check_are_not_run() -> None:
    """The library never sees an operator that is not in the catalogue."""
    with pytest.raises(PolicyError):
        run_reference([("r", Leaf("flag", "__class__"))], DECLARED, "first", {"flag": True})


def test_facts_that_do_not_fit_are_not_run() -> None:
    """The library never sees a fact of another type than declared."""
    with pytest.raises(ValueError, match="`count` takes a number, not `true`"):
        run_reference([("r", Leaf("flag", "is_true"))], DECLARED, "first", {"count": True})


def test_compiling_rules_loads_neither_the_library_nor_re2() -> None:
    """Both are loaded where they are needed: the one by the reference, the other by a pattern."""
    program = (
        "import sys; from support_policy.kernel.rows import compile_rules as c;"
        "from support_policy.model.condition import Leaf, Variable;"
        "c([('r', Leaf('x', 'contains', 'a'))], {'x': Variable('x', 'string')}, 'first').trace({});"
        "print([m for m in ('business_rules', 're2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
