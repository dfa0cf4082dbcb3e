"""The check of templates: every word known, every filter fitting, nothing that a message has no use for.

What passes here can be rendered for any ticket: only its length and its rounds of loops are left to be watched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError

from support_policy.model.policy import PolicyText, Template
from support_policy.policy.declared import Declared
from support_policy.policy.templates_use import TO_CUSTOMERS
from support_policy.render import template_faults as faults
from support_policy.render.template_kinds import Kinds, Scope
from support_policy.render.template_words import words
from support_policy.render.templates import normal, parse
from support_policy.source.diagnostics import Findings
from support_policy.source.passage import Passage
from support_policy.source.shape import BAD

MAX_TAGS = 10
"""How deep tags stand in one another."""


def check_templates(text: PolicyText, declared: Declared, findings: Findings) -> None:
    """Everything that is wrong with the templates of a policy, at its place in the file, goes to `findings`."""
    known = words(text)
    recurring = {str(schedule.message) for schedule in text.schedules.values() if schedule.message}
    receipt = text.mail.receipt if text.mail else ""
    inside = frozenset(name for name, metric in text.metrics.items() if metric.kind != "sla")
    for template in text.templates.values():
        hidden = inside if template.name in (*TO_CUSTOMERS, receipt) else frozenset()
        for part in _parts(template):
            scope = Scope(known, declared, hidden, recurs=template.name in recurring)
            _Check(part, scope, findings).run()


def _parts(template: Template) -> Iterator[Passage]:
    for part in (template.subject, template.body):
        if part is not BAD:
            yield part if isinstance(part, Passage) else Passage(part, template.span)


class _Check:
    """The check of one text."""

    def __init__(self, passage: Passage, scope: Scope, findings: Findings) -> None:
        self.passage, self.findings = passage, findings
        self.kinds = Kinds(scope, self._error, normal(passage))

    def run(self) -> None:
        """See `check_templates`."""
        try:
            tree = parse(self.passage)
        except TemplateSyntaxError as problem:
            said, index, help = faults.spoken(problem, self.passage)
            self.findings.error("N601", self._span(index), said, help)
            return
        except (RecursionError, ValueError, OverflowError):
            self._error("N608", 0, "this text cannot be read: it is nested too deeply", "say it more simply")
            return
        self._body(tree.body, 0)

    def _span(self, index: int) -> Any:
        # Jinja counts `\n` alone; a carriage return before it is a letter more in the file, though a blank one.
        returns = self.passage.count("\r\n") and _returns_before(self.passage, index)
        return self.passage.place(index + returns)

    def _error(self, code: str, index: int, message: str, help: str = "") -> None:
        self.findings.error(code, self._span(index), message, help)

    def _body(self, body: list[nodes.Node], depth: int) -> None:
        handlers: dict[type[nodes.Node], Callable[[Any, int], None]] = {
            nodes.Output: self._output,
            nodes.If: self._if,
            nodes.For: self._for,
            nodes.Assign: self._set,
        }
        for node in body:
            index = getattr(node.lineno, "index", 0)
            if depth > MAX_TAGS:
                self._error("N608", index, f"more than {MAX_TAGS} tags stand in one another", "say it more simply")
                return
            handler = handlers.get(type(node))
            if handler is None:
                self._error("N604", index, *faults.refused(node))
            else:
                handler(node, depth)

    def _output(self, node: nodes.Output, _depth: int) -> None:
        for part in node.nodes:
            if not isinstance(part, nodes.TemplateData):
                self.kinds.printed(part)

    def _if(self, node: nodes.If, depth: int) -> None:
        for branch in (node, *node.elif_):
            self.kinds.of(branch.test)
            with self.kinds.inner():
                self._body(branch.body, depth + 1)
        with self.kinds.inner():
            self._body(node.else_, depth + 1)

    def _for(self, node: nodes.For, depth: int) -> None:
        item = self.kinds.looped(node)
        with self.kinds.inner():
            self.kinds.bind(node.target, item)
            if node.test is not None:
                self.kinds.of(node.test)
            self.kinds.loop()
            self._body(node.body, depth + 1)
        with self.kinds.inner():
            self._body(node.else_, depth + 1)

    def _set(self, node: nodes.Assign, _depth: int) -> None:
        self.kinds.bind(node.target, self.kinds.of(node.node))


def _returns_before(text: str, index: int) -> int:
    """How many carriage returns stand before the letter at `index` of the text without them."""
    seen = 0
    for position, letter in enumerate(text):
        if position - seen >= index and letter != "\r":
            return seen
        seen += letter == "\r" and text[position + 1 : position + 2] == "\n"
    return seen
