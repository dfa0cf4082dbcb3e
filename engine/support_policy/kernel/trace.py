"""Why a rule fired and why another did not: the traced evaluation of a rule set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from support_policy.kernel.emit import Emitter
from support_policy.kernel.lower import lower
from support_policy.model.condition import All, AnyOf, Condition, Leaf, Not, Variable, leaves
from support_policy.source.span import Span


class LeafTrace(NamedTuple):
    """One leaf: what was seen of its fact (None: missing), and whether the leaf was true."""

    leaf: Leaf
    value: Any
    outcome: bool

    @property
    def span(self) -> Span:
        """Where the leaf is written."""
        return self.leaf.span


class RuleTrace(NamedTuple):
    """One rule, `position` counts from 0 in its set. `leaves` are in the order written.

    `distance` is the least number of leaves that would have to turn out otherwise for the condition to hold, each
    counted for itself; 0 when it holds. Under `first`, a rule that holds after another fired has not `fired`.
    """

    position: int
    id: str
    condition: Condition
    fired: bool
    distance: int
    leaves: tuple[LeafTrace, ...]

    @property
    def holds(self) -> bool:
        """Whether the condition is true, fired or not."""
        return self.distance == 0

    def blocking(self) -> tuple[LeafTrace, ...]:
        """The `distance` leaves that stood in the way; of equally few, those written first."""
        return _blocking(self.condition, True, iter(self.leaves))


class Trace(NamedTuple):
    """All rules of a set over one ticket's facts. `fired` is what `RuleSet.decide` gives."""

    fired: tuple[int, ...]
    rules: tuple[RuleTrace, ...]

    def why_not(self) -> tuple[RuleTrace, ...]:
        """The rules whose condition does not hold, the nearest first; of equally near ones, in the rules' order."""
        return tuple(sorted((rule for rule in self.rules if rule.distance), key=lambda rule: rule.distance))

    def shadowed(self) -> tuple[RuleTrace, ...]:
        """The rules whose condition holds but that did not fire, since an earlier one did (hit policy `first`)."""
        return tuple(rule for rule in self.rules if rule.holds and not rule.fired)


def trace_function(
    rules: Sequence[tuple[str, Condition]], variables: Mapping[str, Variable], hit: str
) -> Callable[[Mapping[str, Any]], Trace]:
    """A function from facts to their trace, generated for these checked rules."""
    emitter = Emitter()
    emitter.line("fired = ()")
    count = 0
    for index, (id_, condition) in enumerate(rules):
        written = list(leaves(condition))
        emitter.load(leaf.name for leaf in written)
        outcomes = [f"o{count + i}" for i in range(len(written))]
        count += len(written)
        for outcome, leaf in zip(outcomes, written, strict=True):
            emitter.line(f"{outcome} = {emitter.expression(lower(leaf, variables))}")
        emitter.line(f"d{index} = +{_distance(condition, True, iter(outcomes))}")
        unless = " and not fired" if hit == "first" else ""
        emitter.line(f"f{index} = d{index} == 0{unless}")
        emitter.line(f"if f{index}: fired += ({index},)")
        seen = "".join(
            f"new(LeafTrace, ({emitter.constant(leaf)}, {emitter.fact(leaf.name)}, {outcome})), "
            for outcome, leaf in zip(outcomes, written, strict=True)
        )
        fixed = f"{index}, {emitter.constant(id_)}, {emitter.constant(condition)}"
        emitter.line(f"r{index} = new(RuleTrace, ({fixed}, f{index}, d{index}, ({seen})))")
    every = "".join(f"r{index}, " for index in range(len(rules)))
    emitter.line(f"return new(Trace, (fired, ({every})))")
    # `tuple.__new__` skips the named tuples' own Python-level constructors, which would be most of the time.
    return emitter.function(new=tuple.__new__, LeafTrace=LeafTrace, RuleTrace=RuleTrace, Trace=Trace)


def _distance(condition: Condition, want: bool, outcomes: Iterator[str]) -> str:
    """The text of a number: how many outcomes must flip for `condition` to be `want`."""
    match condition:
        case Leaf():
            return f"(not {next(outcomes)})" if want else next(outcomes)
        case Not(item):
            return _distance(item, not want, outcomes)
        case All(items) | AnyOf(items):
            parts = [_distance(item, want, outcomes) for item in items]
            if len(parts) == 1:
                return parts[0]
            # Not `a + b + ...`: of thousands of terms the parser would make a tree thousands deep.
            total = "sum" if isinstance(condition, All) is want else "min"
            return f"{total}(({', '.join(parts)}))"


def _blocking(condition: Condition, want: bool, leaves: Iterator[LeafTrace]) -> tuple[LeafTrace, ...]:
    """The fewest leaves that must flip for `condition` to be `want`; takes its own leaves off the iterator."""
    match condition:
        case Leaf():
            leaf = next(leaves)
            return () if leaf.outcome is want else (leaf,)
        case Not(item):
            return _blocking(item, not want, leaves)
        case All(items) | AnyOf(items):
            parts = [_blocking(item, want, leaves) for item in items]
            if isinstance(condition, All) is want:
                return tuple(leaf for part in parts for leaf in part)
            return min(parts, key=len)
