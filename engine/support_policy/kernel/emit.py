"""Nodes -> Python source -> a function: what `rows.py` and `trace.py` share.

Nothing a policy writes becomes source text. The text holds only names made here (`v0`, `k0`, ...); texts, numbers and
names of facts are put in their places as constants of the syntax tree, after parsing. The function sees no builtins
but the few it is given.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from math import inf, nextafter
from typing import Any

from support_policy.kernel.nodes import (
    And,
    Compare,
    Matches,
    MemberRelation,
    Members,
    Missing,
    Node,
    Not,
    Or,
    TextRelation,
    TextTest,
    Truth,
)
from support_policy.kernel.patterns import matcher

_BUILTINS: dict[str, object] = {f.__name__: f for f in (bool, len, map, min, str.lower, sum, tuple)}

_TEXT: dict[TextRelation, str] = {
    "equals": "{v} == {k}",
    "equals_lower": "{v} is not None and {v}.lower() == {k}",
    "starts_with": "{v} is not None and {v}.startswith({k})",
    "ends_with": "{v} is not None and {v}.endswith({k})",
    "contains": "{v} is not None and {k} in {v}",
    "non_empty": "{v} is not None and {v} != {k}",
}

_MEMBERS: dict[MemberRelation, str] = {
    "any": "not {k}.isdisjoint(map(lower, {v}))",
    "none": "{k}.isdisjoint(map(lower, {v}))",
    "all": "{k}.issubset(map(lower, {v}))",
    "one": "len({k}.intersection(map(lower, {v}))) == 1",
    "within": "{k}.issuperset(map(lower, {v}))",
}


class Emitter:
    """Collects the constants of one function, and writes its lines.

    Facts are fetched once, by `load`, before the first line that needs them; every expression is a bool.
    """

    def __init__(self) -> None:
        self.lines: list[str] = ["get = facts.get"]
        self._constants: dict[str, object] = {}
        self._facts: dict[str, str] = {}

    def line(self, text: str) -> None:
        """Add a line to the function's body."""
        self.lines.append(text)

    def constant(self, value: object) -> str:
        """The name that stands for `value` in the text."""
        name = f"k{len(self._constants)}"
        self._constants[name] = value
        return name

    def load(self, names: Iterable[str]) -> None:
        """Fetch those of the named facts that were not fetched yet."""
        for name in names:
            if name not in self._facts:
                self._facts[name] = f"v{len(self._facts)}"
                self.line(f"{self._facts[name]} = get({self.constant(name)})")

    def fact(self, name: str) -> str:
        """The local variable that holds a fact which was loaded."""
        return self._facts[name]

    def expression(self, node: Node) -> str:
        """The text of an expression that is True or False as the node is."""
        match node:
            case And(items):
                return f"({' and '.join(map(self.expression, items))})"
            case Or(items):
                return f"({' or '.join(map(self.expression, items))})"
            case Not(item):
                return f"(not {self.expression(item)})"
            case Missing(name):
                return f"({self.fact(name)} is None)"
            case Truth(name):
                return f"({self.fact(name)} is True)"
            case Compare(name):
                return self._comparison(self.fact(name), node)
            case TextTest(name, relation, text):
                return f"({_TEXT[relation].format(v=self.fact(name), k=self.constant(text))})"
            case Matches(name, pattern):
                v, k = self.fact(name), self.constant(matcher(pattern))
                return f"({v} is not None and bool({k}({v})))"
            case Members(name, relation, members):
                v, k = self.fact(name), self.constant(members)
                return f"({v} is not None and {_MEMBERS[relation].format(v=v, k=k)})"

    def _comparison(self, v: str, node: Compare) -> str:
        """Doubles decide for int and float; only a Decimal can lie between a double and the exact bound."""
        interval = node.interval
        least, greatest = interval.doubles()
        equals = "=" if interval.closed else ""
        parts = [f"{v} is not None"]
        if interval.low is not None:
            first, outside, exact = map(self.constant, (least, nextafter(least, -inf), _decimal(interval.low)))
            parts.append(f"({v} >= {first} or {v} > {outside} and {v} >{equals} {exact})")
        if interval.high is not None:
            last, outside, exact = map(self.constant, (greatest, nextafter(greatest, inf), _decimal(interval.high)))
            parts.append(f"({v} <= {last} or {v} < {outside} and {v} <{equals} {exact})")
        return f"({' and '.join(parts)})"

    def function(self, **names: object) -> Callable[[Any], Any]:
        """The function of one argument, `facts`, whose body the lines are; `names` may be used in them."""
        text = "def generated(facts):\n" + "".join(f"    {line}\n" for line in self.lines)
        bound = {k: v for k, v in self._constants.items() if not isinstance(v, str | int | float | frozenset)}
        inline = {k: v for k, v in self._constants.items() if k not in bound}
        tree = ast.fix_missing_locations(_Inline(inline).visit(ast.parse(text)))
        namespace: dict[str, Any] = {"__builtins__": {}, **_BUILTINS, **names, **bound}
        exec(compile(tree, "<rules>", "exec"), namespace)  # noqa: S102 - the text is ours, see the module's head
        function: Callable[[Any], Any] = namespace["generated"]
        return function


class _Inline(ast.NodeTransformer):
    """Puts constants where their names stand."""

    def __init__(self, constants: dict[str, object]) -> None:
        self._constants = constants

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._constants:
            return ast.Constant(value=self._constants[node.id])  # type: ignore[arg-type]
        return node


def _decimal(exact: Fraction) -> Decimal:
    """The same number as a Decimal, exactly: every denominator here is a power of two times one of five.

    Comparing Decimals is exact whatever the ambient context; calculating with them is not, so digits are counted out.
    """
    places = exact.denominator.bit_length()  # enough: 10 ** places is a multiple of the denominator
    digits = exact.numerator * 10**places // exact.denominator
    return Decimal((int(digits < 0), tuple(map(int, str(abs(digits)))), -places))
