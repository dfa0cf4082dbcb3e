"""Condition text to words: `all`, `any`, `not`, or `{name, operator, value}`; values typed by fact and operator."""

from __future__ import annotations

import math
from collections.abc import Mapping as Map
from typing import Any

from support_policy.kernel.catalogue import OPERATORS, ValueKind
from support_policy.model.condition import All, AnyOf, Condition, Leaf, Not, Value, Variable
from support_policy.source.diagnostics import Findings, did_you_mean
from support_policy.source.nodes import Mapping, Node, Scalar, Sequence, kind_of, shorten
from support_policy.source.shape import BAD

_GRAMMAR = "`all: [...]`, `any: [...]`, `not: ...` or `{name, operator, value}`"
_LEAF = ("name", "operator", "value")


def read_condition(node: Node, variables: Map[str, Variable], findings: Findings) -> Condition | None:
    """The condition `node` says, or None after a diagnostic. Names and operators are checked later."""
    if not isinstance(node, Mapping):
        findings.error("S201", node.span, f"expected {_GRAMMAR}, found {kind_of(node)}")
        return None
    keys = [key.text for key, _ in node]
    branch = [key for key in keys if key in ("all", "any", "not")]
    if branch and len(keys) > 1:
        other = next(key for key, _ in node if key.text != branch[0])
        findings.error(
            "P304",
            other.span,
            f"`{shorten(other.text)}` cannot stand beside `{branch[0]}`",
            f"put it inside the list of `{branch[0]}`, or nest it",
        )
        return None
    if not branch:
        return _leaf(node, variables, findings)
    inner = node.entries[0][1]
    if branch[0] == "not":
        item = read_condition(inner, variables, findings)
        return None if item is None else Not(item, node.span)
    if not isinstance(inner, Sequence):
        findings.error(
            "S201", inner.span, f"expected a list of conditions, found {kind_of(inner)}", "start items with `- `"
        )
        return None
    items = [read_condition(item, variables, findings) for item in inner.items]
    known = tuple(item for item in items if item is not None)
    if len(known) < len(items):
        return None
    return (All if branch[0] == "all" else AnyOf)(known, node.span)


def _leaf(node: Mapping, variables: Map[str, Variable], findings: Findings) -> Condition | None:
    bad = False
    for key, _ in node:
        if key.text not in _LEAF:
            findings.error(
                "S205",
                key.span,
                f"the key `{shorten(key.text)}` is not known in a condition",
                did_you_mean(key.text, (*_LEAF, "all", "any", "not")),
            )
            bad = True
    texts: dict[str, str] = {}
    missing: list[str] = []
    for part in ("name", "operator"):
        value = node.get(part)
        if value is None:
            missing.append(f"`{part}`")
        elif not isinstance(value, Scalar) or value.empty:
            findings.error("S201", value.span, f"expected a name, found {kind_of(value)}")
            bad = True
        else:
            texts[part] = value.text
    if missing and not bad:
        said = "is" if len(missing) == 1 else "are"
        findings.error("S206", node.span, f"{', '.join(missing)} {said} missing here", f"a condition is {_GRAMMAR}")
    if bad or missing:
        return None
    variable = variables.get(texts["name"])
    operator = OPERATORS[variable.type].get(texts["operator"]) if variable else None
    written = node.get("value")
    value = _value(written, operator.value if operator else "text", findings) if written else None
    return None if value is BAD else Leaf(texts["name"], texts["operator"], value, node.span)


def _value(node: Node, kind: ValueKind, findings: Findings) -> Any:
    """The value of a condition, or BAD after a diagnostic."""
    if isinstance(node, Sequence):
        texts = [_text(item, findings) for item in node.items]
        return BAD if any(text is None for text in texts) else tuple(texts)
    if not isinstance(node, Scalar):
        findings.error("S201", node.span, f"expected a value, found {kind_of(node)}")
        return BAD
    if node.empty:
        return None
    if kind == "number" and node.plain:
        return _number(node.text)
    return node.text


def _text(node: Node, findings: Findings) -> str | None:
    if not isinstance(node, Scalar) or node.empty:
        findings.error("S201", node.span, f"expected a text, found {kind_of(node)}")
        return None
    return node.text


def _number(text: str) -> Value:
    """A number where one is due; other text stays text, for the check of conditions to speak of."""
    try:
        return int(text) if len(text) <= 17 else float(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) or text.lower().lstrip("+-.") in ("nan", "inf", "infinity") else text
