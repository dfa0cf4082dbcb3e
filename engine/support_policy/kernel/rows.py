"""Rules over one ticket's facts: a rule set compiled into one Python function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from support_policy.kernel.check import check_rules
from support_policy.kernel.emit import Emitter
from support_policy.kernel.lower import lower
from support_policy.kernel.trace import Trace, trace_function
from support_policy.model.condition import Condition, Variable, leaves
from support_policy.source.diagnostics import Findings

Hit = Literal["first", "collect"]
"""The hit policy: the first rule whose condition holds, or all of them."""

Facts = Mapping[str, Any]
"""Values by name: bool, int, float, Decimal, str, or a list or tuple of str; None, or no entry, when missing.

They must be fit for the declared types, see `facts.check_fact`; other values have no defined result.
"""


class RuleSet:
    """Compiled rules. Immutable, pickled as its rules, safe to share between threads.

    `decide(facts)` gives the indexes of the rules that fired, in order: none or one under `first`.
    """

    __slots__ = ("_observe", "decide", "declared", "hit", "rules", "variables")

    def __init__(self, rules: tuple[tuple[str, Condition], ...], declared: Mapping[str, Variable], hit: Hit) -> None:
        self.rules = rules
        self.hit = hit
        self.variables: tuple[str, ...] = tuple(dict.fromkeys(n for _, c in rules for n in names_in(c)))
        self.decide: Callable[[Facts], tuple[int, ...]] = _decide_function(rules, declared, hit)
        self.declared = {name: declared[name] for name in self.variables}
        self._observe: Callable[[Facts], Trace] | None = None

    def trace(self, facts: Facts) -> Trace:
        """What every rule and every leaf of it made of the facts; see `Trace`."""
        if self._observe is None:
            self._observe = trace_function(self.rules, self.declared, self.hit)
        return self._observe(facts)

    def __reduce__(self) -> tuple[Callable[..., RuleSet], tuple[object, ...]]:
        return compile_rules, (self.rules, self.declared, self.hit)


def compile_rules(rules: Sequence[tuple[str, Condition]], variables: Mapping[str, Variable], hit: Hit) -> RuleSet:
    """Compile rules, each an id and a condition, over declared facts.

    Raises `PolicyError` with all that `check.py` finds wrong.
    """
    findings = Findings()
    check_rules(rules, variables, findings)
    findings.raise_errors()
    return RuleSet(tuple(rules), variables, hit)


def names_in(condition: Condition) -> Iterator[str]:
    """The names a condition uses, as often and in the order it uses them."""
    return (leaf.name for leaf in leaves(condition))


def _decide_function(
    rules: Sequence[tuple[str, Condition]], variables: Mapping[str, Variable], hit: Hit
) -> Callable[[Facts], tuple[int, ...]]:
    emitter = Emitter()
    if hit == "collect":
        emitter.line("fired = []")
    for index, (_, condition) in enumerate(rules):
        emitter.load(names_in(condition))
        then = f"return ({index},)" if hit == "first" else f"fired.append({index})"
        emitter.line(f"if {emitter.expression(lower(condition, variables))}: {then}")
    emitter.line("return ()" if hit == "first" else "return tuple(fired)")
    return emitter.function()
