"""The kinds of the expressions in a template: what each name, filter and comparison makes of what it is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from jinja2 import nodes

from support_policy.policy.declared import Declared
from support_policy.policy.declared import Kind as DeclaredKind
from support_policy.render import template_faults as faults
from support_policy.render.template_words import (
    ANYTHING,
    FILTERS,
    INSTANT,
    LENGTH,
    LOOP,
    NUMBER,
    TEXT,
    TEXTS,
    YES_NO,
    Kind,
    Known,
)
from support_policy.source.diagnostics import did_you_mean
from support_policy.source.nodes import shorten
from support_policy.source.record import record

MAX_DEPTH = 40
_HOLES: Mapping[str, DeclaredKind] = {"facts": "fact", "targets": "metric"}
_RESERVED = ("loop", "self", "super", "caller", "varargs", "kwargs")
_ORDERED = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_PRINTED = (TEXT, NUMBER, YES_NO, INSTANT, LENGTH, ANYTHING)

Report = Callable[..., None]
"""Takes (code, index in the template, message, help)."""


@record
class Scope:
    """Where a template stands: the words it knows, what may be declared beyond them, whom it is told.

    `hidden` are the metrics it must not name; `recurs` says that a schedule sends it, which knows no ticket.
    """

    known: Mapping[str, Known]
    declared: Declared
    hidden: frozenset[str]
    recurs: bool


class Kinds:
    """Tells the kind of every expression of one template; what does not fit goes to `report`. None: told already."""

    def __init__(self, scope: Scope, report: Report, source: str) -> None:
        self.scope, self.report, self.source = scope, report, source
        self._own: list[dict[str, Kind | None]] = [{}]
        self._depth = 0
        self._handlers: dict[type[nodes.Node], Callable[[Any], Kind | None]] = {
            nodes.Name: self._name,
            nodes.Const: self._constant,
            nodes.List: self._several,
            nodes.Tuple: self._several,
            nodes.Getattr: self._part,
            nodes.Getitem: self._part,
            nodes.Filter: self._filter,
            nodes.Test: self._test,
            nodes.Not: self._not,
            nodes.And: self._either,
            nodes.Or: self._either,
            nodes.Compare: self._compare,
            nodes.CondExpr: self._choice,
        }

    # -- names ---------------------------------------------------------------------------------------------------

    @contextmanager
    def inner(self) -> Iterator[None]:
        """Within, names are set that are not known afterwards."""
        self._own.append({})
        yield
        self._own.pop()

    def bind(self, target: nodes.Node, kind: Kind | None) -> None:
        """A name now stands for something of this kind."""
        if not isinstance(target, nodes.Name):
            self.report("N604", _at(target), "one name is set at a time", "`{% for row in targets %}`")
        elif target.name in _RESERVED:
            self.report("N604", _at(target), f"the name `{target.name}` has a meaning of its own", "take another")
        else:
            self._own[-1][target.name] = kind

    def loop(self) -> None:
        """Within a loop, `loop` is known."""
        self._own[-1]["loop"] = LOOP

    def looped(self, node: nodes.For) -> Kind | None:
        """What a loop gives in each round."""
        if node.recursive:
            self.report("N604", _at(node), "loops are not recursive", "remove `recursive`")
        kind = self.of(node.iter)
        if kind is not None and kind.item is None:
            self.report("N605", _begin(node.iter), f"a loop goes through a list, and this is {kind.name}")
        return kind.item if kind else None

    # -- expressions ---------------------------------------------------------------------------------------------

    def printed(self, node: nodes.Expr) -> None:
        """Check an expression that is printed."""
        kind = self.of(node)
        if kind is not None and kind not in _PRINTED:
            help = "`|join(', ')` makes one text of a list" if kind == TEXTS else self._parts_help(kind)
            self.report("N605", _begin(node), f"this is {kind.name}, which cannot be printed as it stands", help)

    def of(self, node: nodes.Node) -> Kind | None:
        """The kind of an expression, or None where something was wrong with it."""
        handler = self._handlers.get(type(node))
        if handler is None:
            self.report("N604", _at(node), *faults.refused(node))
            return None
        if self._depth >= MAX_DEPTH:
            self.report("N608", _at(node), f"an expression of more than {MAX_DEPTH} parts in one another")
            return None
        self._depth += 1
        try:
            return handler(node)
        finally:
            self._depth -= 1

    def _name(self, node: nodes.Name) -> Kind | None:
        for own in reversed(self._own):
            if node.name in own:
                return own[node.name]
        known = self.scope.known.get(node.name)
        if known is None:
            names = [*self.scope.known, *(name for own in self._own for name in own)]
            help = did_you_mean(node.name, names)
            if node.name in self.scope.known["facts"].kind.parts:
                help = f"did you mean `facts.{node.name}`?"
            self.report("N602", _at(node), f"messages know no `{shorten(node.name)}`", help)
            return None
        if self.scope.recurs and not known.recurs:
            names = [f"`{name}`" for name, word in self.scope.known.items() if word.recurs]
            said = f"`{node.name}` says nothing in the message of a schedule, which is about no single ticket"
            self.report("N607", _at(node), said, f"there are {', '.join(names)}")
            return None
        if not self.scope.recurs and not known.single:
            said = f"`{node.name}` says nothing in a message about one ticket"
            self.report("N607", _at(node), said, "it is for the templates that `schedules:` name")
            return None
        return known.kind

    def _part(self, node: nodes.Getattr | nodes.Getitem) -> Kind | None:
        whole = self.of(node.node)
        if isinstance(node, nodes.Getattr):
            name = node.attr
        elif isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            name = node.arg.value
        else:
            self.report("N604", _at(node.arg), "parts are named, not numbered", "`|first`, `|last`, or `{% for %}`")
            return None
        if whole is None:
            return None
        root = node.node.name if isinstance(node.node, nodes.Name) else ""
        if root == "targets" and name in self.scope.hidden:
            said = f"the metric `{name}` is a promise inside the house: customers are not told of it"
            self.report("N606", self._found(node, name), said)
            return None
        if name not in whole.parts:
            hole = _HOLES.get(root)
            if hole is None or not self.scope.declared.has(hole, name):
                self._no_part(node, name, whole, root)
            return None
        return whole.parts[name]

    def _no_part(self, node: nodes.Expr, name: str, whole: Kind, root: str) -> None:
        what = {"facts": "the fact", "targets": "the metric"}.get(root, "the part")
        if not whole.parts:
            self.report("N602", self._found(node, name), f"{whole.name} has no part `{shorten(name)}`")
            return
        said = f"there is no such thing as {what} `{shorten(name)}`"
        self.report("N602", self._found(node, name), said, did_you_mean(name, whole.parts))

    def _parts_help(self, kind: Kind) -> str:
        return (
            f"name one of its parts: {', '.join(f'`.{name}`' for name in list(kind.parts)[:8])}" if kind.parts else ""
        )

    def _constant(self, node: nodes.Const) -> Kind:
        if isinstance(node.value, bool):
            return YES_NO
        return NUMBER if isinstance(node.value, int | float) else TEXT

    def _several(self, node: nodes.List | nodes.Tuple) -> Kind | None:
        if all(isinstance(item, nodes.Const) for item in node.items):
            return TEXTS
        self.report("N604", _at(node), "a list in a message holds texts as they stand", "`['P1', 'P2']`")
        return None

    def _filter(self, node: nodes.Filter) -> Kind | None:
        kind = self.of(node.node) if node.node is not None else None
        known = FILTERS.get(node.name)
        if known is None:
            self.report(
                "N603", _at(node), f"there is no filter `{shorten(node.name)}`", did_you_mean(node.name, FILTERS)
            )
            return None
        given = [self.of(argument) if isinstance(argument, nodes.Const) else None for argument in node.args]
        if given != list(known.arguments) or node.kwargs or node.dyn_args or node.dyn_kwargs:
            wanted = " and ".join(kind.name for kind in known.arguments) or "nothing"
            self.report("N603", _at(node), f"the filter `{node.name}` takes {wanted} in brackets", _example(node.name))
            return known.gives
        if kind is None:
            return known.gives
        if known.takes and kind.name not in {taken.name for taken in known.takes} and kind is not ANYTHING:
            wanted = " or ".join(taken.name for taken in known.takes)
            self.report("N605", _at(node), f"`{node.name}` takes {wanted}, and this is {kind.name}", _fitting(kind))
            return None
        if node.name == "default":
            return TEXT if kind == TEXT else ANYTHING if kind in _PRINTED else kind
        return (kind.item or known.gives) if node.name in ("first", "last") else known.gives

    def _test(self, node: nodes.Test) -> Kind:
        self.of(node.node)
        if node.name != "missing" or node.args or node.kwargs:
            help = "`x is missing`, or `if x`" if node.name in ("defined", "none", "undefined") else "`x is missing`"
            self.report("N603", self._found(node, node.name), f"there is no test `{shorten(node.name)}`", help)
        return YES_NO

    def _not(self, node: nodes.Not) -> Kind:
        self.of(node.node)
        return YES_NO

    def _either(self, node: nodes.And | nodes.Or) -> Kind | None:
        return _both(self.of(node.left), self.of(node.right))

    def _choice(self, node: nodes.CondExpr) -> Kind | None:
        self.of(node.test)
        one = self.of(node.expr1)
        return _both(one, self.of(node.expr2)) if node.expr2 is not None else one

    def _compare(self, node: nodes.Compare) -> Kind:
        left, begin = self.of(node.expr), _begin(node)
        for part in node.ops:
            right = self.of(part.expr)
            if left is not None and right is not None:
                wrong = _misfit(part.op, left, right)
                if wrong:
                    self.report("N605", begin, wrong)
            left, begin = right, _begin(part.expr)
        return YES_NO

    def _found(self, node: nodes.Node, word: str) -> int:
        """Where a word stands that belongs to a node which begins before it."""
        found = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)").search(self.source, _at(node))
        return found.start() if found else _at(node)


def _at(node: nodes.Node) -> int:
    return getattr(node.lineno, "index", 0)


def _begin(node: nodes.Node) -> int:
    """Where an expression begins: with that of its first part."""
    inner: dict[type[nodes.Node], str] = {
        **dict.fromkeys((nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Test), "node"),
        **dict.fromkeys((nodes.And, nodes.Or), "left"),
        nodes.Compare: "expr",
        nodes.CondExpr: "expr1",
    }
    while type(node) in inner:
        node = getattr(node, inner[type(node)])
    return _at(node)


def _both(one: Kind | None, other: Kind | None) -> Kind | None:
    if one is None or other is None or one == other:
        return one if other is not None else None
    return ANYTHING if one in _PRINTED and other in _PRINTED else one


def _misfit(operator: str, left: Kind, right: Kind) -> str:
    if operator in ("in", "notin"):
        if right.item is None and right != TEXT:
            return f"`in` looks into a list or a text, and this is {right.name}"
        return "" if left in (TEXT, ANYTHING) else f"`in` looks for a text, and this is {left.name}"
    comparable = left.name == right.name or ANYTHING in (left, right)
    if operator in _ORDERED and not (comparable and left in (TEXT, NUMBER, INSTANT, LENGTH, ANYTHING)):
        return f"`{_ORDERED[operator]}` compares numbers, instants or lengths, not {left.name} and {right.name}"
    return "" if comparable else f"{left.name} never equals {right.name}"


def _fitting(kind: Kind) -> str:
    fitting = [f"`{name}`" for name, known in FILTERS.items() if any(kind.name == taken.name for taken in known.takes)]
    return f"filters for {kind.name}: {', '.join(fitting)}" if fitting else ""


def _example(name: str) -> str:
    arguments = {"join": "(', ')", "truncate": "(80)", "default": "('not known')"}
    return f"`|{name}{arguments.get(name, '')}`"
