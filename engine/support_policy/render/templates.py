"""Templates to text: Jinja's grammar, read with the place of every word, run in a sandbox within bounds.

A template that has passed `template_check` can do nothing but print, choose and repeat; the bounds here hold for any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property, lru_cache, reduce
from typing import Any, Self

from jinja2 import StrictUndefined, nodes
from jinja2.environment import Template
from jinja2.exceptions import TemplateError, TemplateSyntaxError
from jinja2.lexer import Lexer
from jinja2.parser import Parser
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context
from jinja2.visitor import NodeTransformer

from support_policy.render.template_words import FILTERS, LOOP, MISSING, shown
from support_policy.source.words import Duration

MAX_CHARACTERS = 64 * 1024
MAX_ROUNDS = 10_000
"""A message has at most so many characters, and all its loops together at most so many rounds."""


ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign),
    *(nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Getattr, nodes.Getitem),
    *(nodes.Filter, nodes.Test, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand, nodes.CondExpr),
)
"""All that a template is made of: it prints, chooses and repeats. Nothing here calls, computes or loads."""


_TAG = r"(?:\{%(?:(?!%\})[^\n])*%\}|\{#(?:(?!#\})[^\n])*#\})"
_TAGS_ALONE = re.compile(rf"(?m)^[ \t]*({_TAG}(?:[ \t]*{_TAG})*)[ \t]*(?:\n|\Z)")


class TemplateFault(Exception):
    """A template that could not be made into text; says why."""


class Place(int):
    """A line of a template (from 1) that also knows the `index` (from 0) of the letter where something begins."""

    index: int

    def __new__(cls, line: int, index: int) -> Self:
        """The place of the letter at `index`, in a line."""
        made = super().__new__(cls, line)
        made.index = index
        return made


class _Lexer(Lexer):
    """Jinja's lexer, its line numbers being `Place`s: so every node of a template knows its column."""

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        """See the library; tokens come in the order of the text, some blanks between them left out."""
        reached = 0
        try:
            for line, token, value in super().tokeniter(source, name, filename, state):
                begin = source.find(value, reached)
                reached = begin + len(value)
                yield Place(line, begin), token, value
        except TemplateSyntaxError as problem:
            problem.lineno = Place(problem.lineno, reached)
            raise


def _printed(value: Any) -> str:
    # What is not defined says so when it is made a text.
    return str(value) if isinstance(value, Undefined) else shown(value)


class _Environment(ImmutableSandboxedEnvironment):
    """What templates can reach: the parts of what they are given, our filters, nothing of Python's."""

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=False, finalize=_printed)
        self.globals = {}
        self.filters = {name: known.call for name, known in FILTERS.items()} | {"_rounds": _rounds}
        self.tests = {"missing": _is_missing, "_compared": _compared}

    @cached_property
    def lexer(self) -> Lexer:
        """The lexer."""
        return _Lexer(self)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A part of a group by its name, whatever Python's objects are called inside."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, LoopContext) and attribute in LOOP.parts:
            return super().getattr(obj, attribute)
        return self.unsafe_undefined(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The same, for `group['name']`."""
        return self.getattr(obj, argument) if isinstance(argument, str) else self.unsafe_undefined(obj, str(argument))

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002 - whatever it is
        """Nothing can be called."""
        return False


class _Budget:
    """How many rounds of loops are left to a message."""

    def __init__(self) -> None:
        self.left = MAX_ROUNDS

    def spend(self, rounds: int) -> None:
        """Take some of them. Raises `TemplateFault` when there are not so many."""
        self.left -= rounds
        if self.left < 0:
            raise TemplateFault(f"its loops have more than {MAX_ROUNDS:,} rounds")


@pass_context
def _rounds(context: Context, value: Any) -> tuple[Any, ...]:
    """What a loop goes through, its rounds counted before it begins."""
    items = tuple(value.values()) if isinstance(value, Mapping) else value if isinstance(value, tuple) else ()
    context["_budget"].spend(len(items))
    return items


def _is_missing(value: Any) -> bool:
    return value is MISSING or value in ("", ())


def _compared(left: Any, operator: str, right: Any) -> bool:
    """A comparison, false where a side is missing, as everywhere in a policy."""
    if left is MISSING or right is MISSING:
        return False
    if isinstance(left, Duration) and isinstance(right, Duration):
        left, right = left.seconds, right.seconds
    match operator:
        case "eq":
            return bool(left == right)
        case "ne":
            return bool(left != right)
        case "in" | "notin":
            within = isinstance(left, str) and isinstance(right, str | tuple | list) and left in right
            return within is (operator == "in")
    ordered = (isinstance(left, kind) and isinstance(right, kind) for kind in (int | float, str, datetime))
    if not any(ordered):
        return False
    ways = {"lt": left < right, "lteq": left <= right, "gt": left > right, "gteq": left >= right}
    return bool(ways[operator])


class _Bounded(NodeTransformer):
    """Loops count their rounds, comparisons heed what is missing, and `x if y` without `else` is missing otherwise."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - the library's name
        """See the class."""
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, "_rounds", [], [], None, None, lineno=node.lineno)
        return node

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.CondExpr:  # noqa: N802
        """See the class."""
        self.generic_visit(node)
        node.expr2 = node.expr2 or nodes.Name("_missing", "load", lineno=node.lineno)
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Expr:  # noqa: N802
        """See the class."""
        self.generic_visit(node)
        line, left, made = node.lineno, node.expr, []
        for part in node.ops:
            arguments = [nodes.Const(part.op, lineno=line), part.expr]
            made.append(nodes.Test(left, "_compared", arguments, [], None, None, lineno=line))
            left = part.expr
        return reduce(lambda one, other: nodes.And(one, other, lineno=line), made)  # type: ignore[arg-type, return-value]


_ENVIRONMENT = _Environment()


def normal(source: str) -> str:
    """A template with the line breaks that Jinja counts."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


def parse(source: str) -> nodes.Template:
    """The syntax tree of a template, every `lineno` of which is a `Place`. Raises `TemplateSyntaxError`."""
    return Parser(_ENVIRONMENT, normal(source)).parse()


def tokens(source: str) -> Iterator[tuple[Place, str, str]]:
    """The (place, kind, text) of every word of a template, up to where it cannot be read."""
    stream = _ENVIRONMENT.lexer.tokeniter(normal(source), None)
    while True:
        try:
            line, token, value = next(stream)
        except (StopIteration, TemplateSyntaxError):
            return
        yield line, token, value  # type: ignore[misc]  # our lexer's lines are places


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    # The line of a tag that stands alone is no line of the message; a tag at the end of a line leaves it one.
    read = parse(_TAGS_ALONE.sub(r"\1", normal(source)))
    for node in read.find_all(nodes.Node):
        nested = isinstance(node, nodes.List | nodes.Tuple) and not all(isinstance(i, nodes.Const) for i in node.items)
        if nested or not isinstance(node, ALLOWED):
            raise TemplateFault(f"`{type(node).__name__.lower()}` is not for messages")
    tree = _Bounded().visit(read)
    tree.set_environment(_ENVIRONMENT)
    return _ENVIRONMENT.from_string(tree)


def render(source: str, values: Mapping[str, Any]) -> str:
    """The text of a template with these values. Raises `TemplateFault`, for whatever reason there is none."""
    made: list[str] = []
    size = 0
    try:
        for piece in _compiled(source).generate({**values, "_missing": MISSING, "_budget": _Budget()}):
            size += len(piece)
            if size > MAX_CHARACTERS:
                raise TemplateFault(f"it is longer than {MAX_CHARACTERS:,} characters")
            made.append(piece)
    except (TemplateError, ArithmeticError, LookupError, RecursionError, SyntaxError, TypeError, ValueError) as problem:
        raise TemplateFault(str(problem) or type(problem).__name__) from None
    return "".join(made)
