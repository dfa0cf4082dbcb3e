"""What the tests of rules share: declared facts, generated conditions and facts, and the library taken raw."""

from __future__ import annotations

from decimal import Decimal
from math import nextafter
from typing import Any

from business_rules import operators as library
from business_rules import run_all
from business_rules.actions import BaseActions
from business_rules.variables import BaseVariables, rule_variable
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from support_policy.kernel.catalogue import OPERATORS
from support_policy.model.condition import All, AnyOf, Condition, FactType, Leaf, Not, Value, Variable

DECLARED = {
    variable.name: variable
    for variable in (
        Variable("flag", "boolean"),
        Variable("other_flag", "boolean"),
        Variable("count", "numeric"),
        Variable("text", "string"),
        Variable("stage", "string", ("production", "development")),
        Variable("tags", "select"),
        Variable("products", "select_multiple"),
    )
}

TYPES: dict[str, Any] = {
    t.name: t
    for t in (
        library.BooleanType,
        library.NumericType,
        library.StringType,
        library.SelectType,
        library.SelectMultipleType,
    )
}


def raw(condition: Condition) -> dict[str, Any]:
    """The library's form of a condition, just as a policy would write it."""
    match condition:
        case All(items):
            return {"all": [raw(item) for item in items]}
        case AnyOf(items):
            return {"any": [raw(item) for item in items]}
        case Leaf(name, operator, value):
            return {"name": name, "operator": operator, "value": value}
        case Not():
            raise AssertionError("the library has no `not`")


def library_says(condition: dict[str, Any], variables: dict[str, Variable], facts: dict[str, Any]) -> bool:
    """What `business_rules.run_all` makes of a condition in its own form, unguarded."""
    body = {
        name: rule_variable(TYPES[variable.type])(lambda _, name=name: facts.get(name))
        for name, variable in variables.items()
    }
    return bool(
        run_all([{"conditions": condition, "actions": []}], type("Facts", (BaseVariables,), body)(), BaseActions())
    )


# --- Generated values -----------------------------------------------------------------------------------------------
# Few letters, so that texts meet; some whose case is not simple.
LETTERS = "abAB.ßİıΣςσé \n\0"
texts = st.text(LETTERS, max_size=5)
some_text = st.text(LETTERS, min_size=1, max_size=3)
elements = st.lists(some_text, max_size=4)
whole = st.integers(-(2**53) + 1, 2**53 - 1)
written_numbers = st.one_of(
    st.integers(-3, 3), st.floats(-3, 3), whole, st.floats(-1e15, 1e15, allow_nan=False), st.just(0.1)
)
PATTERNS = ["a", "^a", "b$", "a+b", "^(a|B)*$", "[ab]{2}", "(?i)ab", "^$", "\\.", "[^a]"]


@st.composite
def numbers_near(draw: st.DrawFn, number: float) -> int | float | Decimal:
    """A fact close to a written number: on it, at the tolerance, a hair beside that, or anywhere."""
    step = draw(st.sampled_from([0, 1, -1]))
    exact = Decimal(number) + step * Decimal("0.000001")
    hair = draw(st.sampled_from([Decimal(0), Decimal("1e-30"), Decimal("-1e-30")]))
    near = float(number) + step * 0.000001
    anything: SearchStrategy[int | float | Decimal] = st.one_of(
        st.sampled_from([number, exact + hair, near, nextafter(near, 1e300), nextafter(near, -1e300)]),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.decimals(-5, 5, allow_nan=False),
    )
    return draw(anything)


def values_for(kind: str) -> SearchStrategy[Value]:
    """Values that an operator wanting this kind may be written with."""
    strategies: dict[str, SearchStrategy[Any]] = {
        "none": st.none(),
        "number": written_numbers,
        "text": some_text,
        "regex": st.sampled_from(PATTERNS),
        "member": st.one_of(some_text, st.just("")),
        "members": st.lists(some_text, min_size=1, max_size=3, unique_by=str.lower).map(tuple),
    }
    return strategies[kind]


def facts_for(type_: FactType, value: Value = None) -> SearchStrategy[Any]:
    """Facts of a type, some of them close to a written value."""
    match type_:
        case "boolean":
            return st.booleans()
        case "numeric":
            near = value if isinstance(value, int | float) else 0
            return numbers_near(near)
        case "string":
            written = value if isinstance(value, str) else ""
            return st.one_of(texts, st.sampled_from([written, written.upper(), f"a{written}", f"{written}b"]))
        case "select" | "select_multiple":
            known = [value] if isinstance(value, str) else list(value or ()) if isinstance(value, tuple) else []
            pool = (
                st.one_of(some_text, st.sampled_from([*known, *(k.swapcase() for k in known)])) if known else some_text
            )
            return st.lists(pool, max_size=4).map(tuple)


def leaves() -> SearchStrategy[Leaf]:
    """Any leaf over the declared facts that passes the check."""
    used = [(v.name, operator) for v in DECLARED.values() for operator in OPERATORS[v.type].values()]

    def leaf(pair: tuple[str, Any]) -> SearchStrategy[Leaf]:
        name, operator = pair
        if name == "stage" and operator.value in ("text", "regex"):
            return st.builds(Leaf, st.just(name), st.just(operator.name), st.sampled_from(DECLARED["stage"].options))
        return st.builds(Leaf, st.just(name), st.just(operator.name), values_for(operator.value))

    return st.sampled_from(used).flatmap(leaf)


def conditions() -> SearchStrategy[Condition]:
    """Any condition over the declared facts that passes the check."""

    def nested(items: SearchStrategy[Condition]) -> SearchStrategy[Condition]:
        several = st.lists(items, min_size=1, max_size=3).map(tuple)
        return st.one_of(st.builds(All, several), st.builds(AnyOf, several), st.builds(Not, items))

    return st.recursive(leaves(), nested, max_leaves=8)


def tickets() -> SearchStrategy[dict[str, Any]]:
    """Facts for the declared names; each may be there, None, or absent."""
    fields: dict[str, SearchStrategy[Any]] = {
        name: st.one_of(st.none(), st.sampled_from(variable.options) if variable.options else facts_for(variable.type))
        for name, variable in DECLARED.items()
    }
    return st.fixed_dictionaries({}, optional=fields)
