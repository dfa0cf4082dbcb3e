"""One decision by rules: the compiled rule set against `business_rules.run_all` and zen-engine, interleaved.

Each round times every contestant once, in turn, so that all of them meet the same disturbances; ratios of medians are
reported, since they travel between machines and absolute times do not. Nothing here fails for being slow.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter_ns
from typing import Any

import pytest
import zen
from business_rules import run_all
from business_rules.actions import BaseActions, rule_action
from business_rules.fields import FIELD_NUMERIC
from business_rules.operators import BooleanType, NumericType, StringType
from business_rules.variables import BaseVariables, rule_variable

from support_policy.kernel.rows import compile_rules
from support_policy.model.condition import All, AnyOf, Condition, FactType, Leaf, Variable

ROUNDS = 25
TYPES: dict[str, FactType] = {
    "environment": "string",
    "site_status": "string",
    "kind": "string",
    "blocks_launch": "boolean",
    "affects_schedule": "boolean",
    "seats": "numeric",
}
VARIABLES = {name: Variable(name, type_) for name, type_ in TYPES.items()}
LIBRARY_TYPES: dict[FactType, Any] = {"string": StringType, "boolean": BooleanType, "numeric": NumericType}

Rules = list[tuple[str, Condition]]


def equal(name: str, value: str) -> Leaf:
    return Leaf(name, "equal_to", value)


def true(name: str) -> Leaf:
    return Leaf(name, "is_true")


def six_rules() -> Rules:
    """A priority's rules, the last of which fires: every one is looked at."""
    production, problem = equal("environment", "production"), equal("kind", "problem")
    return [
        ("down", All((production, equal("site_status", "down"), problem))),
        ("launch", All((production, true("blocks_launch"), problem))),
        ("degraded", All((production, equal("site_status", "degraded"), problem))),
        ("schedule", All((equal("environment", "development"), true("affects_schedule"), problem))),
        ("enhancement", All((equal("kind", "enhancement"),))),
        ("other", AnyOf((equal("kind", "question"), problem, Leaf("seats", "greater_than", 10)))),
    ]


def twenty_rules() -> Rules:
    """Twenty rules of three conditions, the last of which fires."""
    return [
        (
            f"r{i}",
            All((equal("environment", "development"), Leaf("seats", "greater_than", 69 - i), equal("kind", "problem"))),
        )
        for i in range(20)
    ]


FACTS = {
    "environment": "development",
    "site_status": "up",
    "kind": "problem",
    "blocks_launch": False,
    "affects_schedule": False,
    "seats": 51,
}
SETS = {"6 rules": six_rules(), "20 rules of 3": twenty_rules()}


@pytest.mark.parametrize("name", SETS)
def test_one_decision(name: str) -> None:
    """All contestants give the same rule; how long each takes is printed, as multiples of the compiled rule set."""
    rules = SETS[name]
    compiled = compile_rules(rules, VARIABLES, "first")
    contestants: dict[str, Callable[[], int]] = {
        "decide": lambda: compiled.decide(FACTS)[0],
        "trace + why_not": lambda: (trace := compiled.trace(FACTS), trace.why_not())[0].fired[0],
        "business_rules": by_library(rules),
        "zen table": by_zen(rules),
    }
    assert {contestant() for contestant in contestants.values()} == {len(rules) - 1}
    report(name, interleaved(contestants, loops=200))


def test_compiling_a_rule_set() -> None:
    """Compiling the six rules, checks included; printed in milliseconds, for it happens once a policy."""
    times = interleaved({"compile": lambda: len(compile_rules(six_rules(), VARIABLES, "first").rules)}, loops=5)
    print(f"\ncompile 6 rules: {times['compile'] / 1e6:.2f} ms")


def by_library(rules: Rules) -> Callable[[], int]:
    """`run_all` as its manual shows it: the rules as data, an object of variables made for each ticket."""

    def plain(condition: Condition) -> dict[str, Any]:
        match condition:
            case All(items):
                return {"all": [plain(item) for item in items]}
            case AnyOf(items):
                return {"any": [plain(item) for item in items]}
            case Leaf(name, operator, value):
                return {"name": name, "operator": operator, "value": value}
        raise AssertionError(condition)

    class Actions(BaseActions):  # type: ignore[misc]
        def __init__(self) -> None:
            self.fired = -1

        @rule_action(params={"index": FIELD_NUMERIC})  # type: ignore[untyped-decorator]
        def fire(self, index: int) -> None:
            self.fired = index

    def variable(name: str) -> Any:
        return rule_variable(LIBRARY_TYPES[TYPES[name]])(lambda self: self.facts[name])

    variables = type("Facts", (BaseVariables,), {name: variable(name) for name in TYPES})
    rule_list = [
        {"conditions": plain(condition), "actions": [{"name": "fire", "params": {"index": index}}]}
        for index, (_, condition) in enumerate(rules)
    ]

    def decide() -> int:
        ticket, actions = variables(), Actions()
        ticket.facts = FACTS
        run_all(rule_list, ticket, actions, stop_on_first_trigger=True)
        return actions.fired

    return decide


def by_zen(rules: Rules) -> Callable[[], int]:
    """A decision table, hit policy first, through the compiled static loader (`decision.evaluate` is 20 times slower).

    Each leaf is a cell in its fact's column; an `any` is a cell of a column for whole expressions.
    """

    def unary(leaf: Leaf) -> str:
        match leaf.operator:
            case "is_true":
                return "true"
            case "greater_than":
                return f"> {leaf.value}"
        return f"'{leaf.value}'"

    def whole(leaf: Leaf) -> str:
        return f"{leaf.name} {unary(leaf)}" if leaf.operator == "greater_than" else f"{leaf.name} == {unary(leaf)}"

    rows = []
    for index, (id_, condition) in enumerate(rules):
        cells = dict.fromkeys([*TYPES, "expression"], "")
        match condition:
            case All(items):
                cells |= {item.name: unary(item) for item in items if isinstance(item, Leaf)}
            case AnyOf(items):
                cells["expression"] = " or ".join(whole(item) for item in items if isinstance(item, Leaf))
        rows.append({"_id": id_, **cells, "rule": str(index)})
    inputs = [{"id": name, "name": name, "field": name} for name in TYPES] + [{"id": "expression", "name": "any"}]
    table = {
        "hitPolicy": "first",
        "inputs": inputs,
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    graph = {
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode"},
            {"id": "table", "name": "table", "type": "decisionTableNode", "content": table},
            {"id": "out", "name": "out", "type": "outputNode"},
        ],
        "edges": [
            {"id": "e1", "type": "edge", "sourceId": "in", "targetId": "table"},
            {"id": "e2", "type": "edge", "sourceId": "table", "targetId": "out"},
        ],
    }
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"rules": graph}}})
    return lambda: int(engine.evaluate("rules", FACTS)["result"]["rule"])


def interleaved(contestants: dict[str, Callable[[], int]], loops: int) -> dict[str, float]:
    """The median time of one call of each, in nanoseconds, over rounds that give each its turn."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        for name, call in contestants.items():
            start = perf_counter_ns()
            for _ in range(loops):
                call()
            times[name].append((perf_counter_ns() - start) / loops)
    return {name: median(taken) for name, taken in times.items()}


def report(name: str, times: dict[str, float]) -> None:
    """Print each contestant's median and its ratio to the first."""
    first = next(iter(times.values()))
    print(f"\n{name}")
    for contestant, taken in times.items():
        print(f"  {contestant:16} {taken / 1_000:8.3f} us  x {taken / first:6.1f}")
