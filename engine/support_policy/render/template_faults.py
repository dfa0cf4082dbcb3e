"""What is wrong with a template, in words: what Jinja cannot read, and what messages have no use for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError

from support_policy.render.templates import tokens
from support_policy.source.diagnostics import did_you_mean

TAGS = ("if", "elif", "else", "endif", "for", "endfor", "set")
_CLOSED = ("if", "for", "set", "macro", "filter", "call", "with", "block", "autoescape")
_ENDS = {"variable_begin": ("{{", "}}"), "block_begin": ("{%", "%}"), "comment_begin": ("{#", "#}")}


def spoken(problem: TemplateSyntaxError, source: str) -> tuple[str, int, str]:
    """(message, index in the template, help) for a text that Jinja cannot read."""
    said = problem.message or "the template cannot be read"
    index: int = getattr(problem.lineno, "index", 0)
    unknown = re.search(r"unknown tag '(\w+)'", said)
    open_tags, open_brace = _still_open(source, index if unknown else len(source))
    if unknown and unknown[1] in TAGS:
        inside = f"`{{% {open_tags[-1][0]} %}}` is still open here" if open_tags else "no tag is open here"
        return f"`{{% {unknown[1]} %}}` does not belong here", index, inside
    if unknown:
        return f"there is no tag `{unknown[1]}`", index, did_you_mean(unknown[1], TAGS)
    if open_brace and ("end of template" in said or "end of comment" in said):
        begin, end = _ENDS[open_brace[0]]
        return f"`{begin}` is never closed", open_brace[1], f"write `{end}` where it ends"
    if said.startswith("Unexpected end of template") and open_tags:
        name, begun = open_tags[-1]
        return f"`{{% {name} %}}` is never closed", begun, f"write `{{% end{name} %}}` where it ends"
    if said.startswith("unexpected char") and source[index : index + 1] in ("'", '"'):
        return (
            f"the text that begins with `{source[index]}` is never closed",
            index,
            f"write `{source[index]}` after it",
        )
    return _plain(said), index, ""


def _plain(said: str) -> str:
    """A message of the library in the form of ours."""
    first = re.sub(r" at \d+$", "", said.strip().rstrip("."))
    first = re.sub(r"'([^']*)'", r"`\1`", first)
    return first[:1].lower() + first[1:]


def _still_open(source: str, until: int) -> tuple[list[tuple[str, int]], tuple[str, int] | None]:
    """The tags that are still open at `until`, or where reading ends, as (name, index); the brace, as (kind, index)."""
    tags: list[tuple[str, int]] = []
    brace: tuple[str, int] | None = None
    fresh = False
    for place, kind, value in tokens(source):
        if place.index >= until:
            break
        if kind in _ENDS:
            brace, fresh = (kind, place.index), kind == "block_begin"
        elif kind in ("variable_end", "block_end", "comment_end"):
            brace = None
        elif kind == "name" and fresh:
            fresh = False
            if value in _CLOSED and (value != "set" or "=" not in source[place.index :].partition("%}")[0]):
                tags.append((value, place.index))
            elif value.startswith("end") and tags:
                tags.pop()
    return tags, brace


_SUMS: Mapping[type[nodes.Node], str] = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.Pow: "**",
    nodes.Neg: "-",
    nodes.Pos: "+",
}
_FILES = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
_BLOCKS: Mapping[type[nodes.Node], str] = {
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.Block: "block",
    nodes.FilterBlock: "filter",
    nodes.With: "with",
    nodes.AssignBlock: "set ... endset",
    nodes.Scope: "autoescape",
}


def refused(node: nodes.Node) -> tuple[str, str]:
    """(message, help) for a part of a template that messages have no use for."""
    sign = _SUMS.get(type(node))
    if sign == "-" and isinstance(node, nodes.Sub):
        return (
            "`-` is not for messages: they say what is, and add nothing up",
            "a name with `-` is written `group['a-b']`",
        )
    if sign:
        return f"`{sign}` is not for messages: they say what is, and add nothing up", "have the policy say it"
    if isinstance(node, nodes.Call):
        return "nothing can be called in a message", "filters change what is printed: `{{ due_at|date }}`"
    if isinstance(node, nodes.Concat):
        return "`~` is not for messages", "print the two beside each other: `{{ a }}{{ b }}`"
    if isinstance(node, _FILES):
        return "a template cannot bring in another one", "write the text out"
    tag = _BLOCKS.get(type(node))
    if tag:
        return f"`{{% {tag} %}}` is not for messages", "the tags are `if`, `for` and `set`"
    return f"this ({type(node).__name__.lower()}) is not for messages", "the tags are `if`, `for` and `set`"
