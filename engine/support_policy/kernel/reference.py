"""The same rules run through `business_rules.run_all`: the reference that every evaluator of ours is held to.

Three things the library has no words for reach it as boolean variables: `is_missing` and any leaf over a missing
value (it raises on these, or takes them for an empty text); `not`, whose item is put to the library on its own; and
`matches_regex`, since the library's `re` differs from RE2 and can take longer than anyone lives.
Importing this module imports the library: do it only where a cross-check is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, localcontext
from typing import Any

from business_rules import run_all
from business_rules.actions import BaseActions, rule_action
from business_rules.fields import FIELD_NUMERIC
from business_rules.operators import BooleanType, NumericType, SelectMultipleType, SelectType, StringType
from business_rules.variables import BaseVariables, rule_variable

from support_policy.kernel.check import check_rules
from support_policy.kernel.facts import check_fact
from support_policy.kernel.patterns import matcher
from support_policy.kernel.rows import Facts, Hit
from support_policy.model.condition import All, AnyOf, Condition, Leaf, Not, Variable
from support_policy.source.diagnostics import Findings


def run_reference(
    rules: Sequence[tuple[str, Condition]], variables: Mapping[str, Variable], hit: Hit, facts: Facts
) -> tuple[int, ...]:
    """The indexes of the rules that fired, by `business_rules.run_all`: what `RuleSet.decide` must give too.

    Slow: for cross-checks. Raises `PolicyError` for rules that do not pass `check.py`, ValueError for unfit facts.
    """
    findings = Findings()
    check_rules(rules, variables, findings)
    findings.raise_errors()
    for name, variable in variables.items():
        problem = check_fact(variable, facts.get(name))
        if problem:
            raise ValueError(problem)
    table = _Table(variables, facts)
    # The library subtracts Decimals in the ambient context: with digits enough, nothing is rounded.
    with localcontext(Context(prec=5_000)):
        return _run([table.translate(condition) for _, condition in rules], table, hit)


def _run(conditions: Sequence[dict[str, Any]], table: _Table, hit: Hit) -> tuple[int, ...]:
    fired: list[int] = []

    class Actions(BaseActions):  # type: ignore[misc]  # the library has no types
        @rule_action(params={"index": FIELD_NUMERIC})  # type: ignore[untyped-decorator]
        def fire(self, index: int) -> None:
            fired.append(index)

    rule_list = [
        {"conditions": condition, "actions": [{"name": "fire", "params": {"index": index}}]}
        for index, condition in enumerate(conditions)
    ]
    run_all(rule_list, table.defined(), Actions(), stop_on_first_trigger=hit == "first")
    return tuple(fired)


class _Table:
    """Translates conditions, and collects the library's variables under names made here.

    The library looks names up as attributes; so none that a policy writes ever reaches it.
    """

    def __init__(self, variables: Mapping[str, Variable], facts: Facts) -> None:
        self._variables = variables
        self._facts = facts
        self._values: list[tuple[str, Any]] = []

    def translate(self, condition: Condition) -> dict[str, Any]:
        """The library's form of a condition, over this ticket's facts."""
        match condition:
            case All(items):
                return {"all": [self.translate(item) for item in items]}
            case AnyOf(items):
                return {"any": [self.translate(item) for item in items]}
            case Not(item):
                return self._constant(not _run([self.translate(item)], self, "first"))
            case Leaf(name, operator, value):
                return self._leaf(self._variables[name].type, self._facts.get(name), operator, value)

    def defined(self) -> Any:
        """An object of the library's kind with all variables translated so far."""
        types: dict[str, Any] = {
            t.name: t for t in (BooleanType, NumericType, SelectMultipleType, SelectType, StringType)
        }
        body = {
            f"fact_{index}": rule_variable(types[type_])(lambda _, value=value: value)
            for index, (type_, value) in enumerate(self._values)
        }
        return type("Facts", (BaseVariables,), body)()

    def _leaf(self, type_: str, fact: object, operator: str, value: object) -> dict[str, Any]:
        if operator == "is_missing":
            return self._constant(fact is None)
        if fact is None:
            # Absent booleans are false; any other leaf over a missing value is.
            return self._constant(operator == "is_false")
        if operator == "matches_regex":
            return self._constant(bool(matcher(str(value))(str(fact))))
        return {"name": self._name(type_, fact), "operator": operator, "value": value}

    def _constant(self, value: bool) -> dict[str, Any]:
        return {"name": self._name("boolean", value), "operator": "is_true", "value": None}

    def _name(self, type_: str, value: object) -> str:
        self._values.append((type_, value))
        return f"fact_{len(self._values) - 1}"
