"""What is wrong with text that is no YAML, in the words of someone who writes policies rather than parsers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from support_policy.source.nodes import shorten


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the text stops being YAML (from 1), what is wrong there, and what to do."""

    line: int
    column: int
    message: str
    help: str


def fault(problem: Any, text: str) -> Fault:
    """The fault behind an error of the parser."""
    lines = re.split("\r\n|\r|\n", text)
    at = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    said = str(getattr(problem, "problem", None) or getattr(problem, "reason", None) or "")
    context = str(getattr(problem, "context", None) or "")
    line, column = (at.line, at.column) if at is not None else (0, 0)
    line = min(line, len(lines) - 1)
    column = min(column, len(lines[line]))
    opened = getattr(problem, "context_mark", None)
    if lines[line][: column + 1].strip(" ").startswith("\t") or (lines[line][column : column + 1] == "\t"):
        tab = lines[line].index("\t")
        return Fault(line + 1, tab + 1, "this line is indented with a tab", "use spaces")
    if opened is not None and opened.line < len(lines):
        found = _opened(said, context, lines, (opened.line, opened.column), (line, column))
        if found:
            return found
    message, help = _here(said, context, lines[line], column)
    return Fault(line + 1, column + 1, message, help)


def _opened(said: str, context: str, lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> Fault | None:
    """What began at `start` and went wrong at `end` is best told where it began."""
    line, column = start
    rest = lines[line][column:].split(" #")[0].rstrip()
    stopped = f"it goes wrong at line {end[0] + 1}, column {end[1] + 1}"
    if "simple key" in context and "':'" in said:
        key, _, value = rest.partition(":") if ":" in rest else rest.partition(" ")
        hint = f": `{key}: {value.strip()}`" if key and value and " " not in key else ""
        message = f"`{shorten(rest)}` is not `key: value`"
        return Fault(line + 1, column + 1, message, "a key needs a colon and a space after it" + shorten(hint, 80))
    if "quoted scalar" in context and "end of stream" in said:
        return Fault(
            line + 1,
            column + 1,
            "the quote that opens here is never closed",
            "close it, or double a `'` that belongs to the text",
        )
    if "alias" in context or "anchor" in context:
        message = f"a value cannot begin with `{rest[:1]}`"
        return Fault(line + 1, column + 1, message, 'put quotes around it, as in `"*"`')
    if "flow" in context and rest[:1] in ("{", "["):
        bracket = rest[0]
        closing = "}" if bracket == "{" else "]"
        help = f"{stopped}: look for a missing `,` or `{closing}`, an open quote, a `#` or `: ` inside a text"
        return Fault(line + 1, column + 1, f"the `{bracket}` that opens here is not closed as it should be", help)
    return None


def _here(said: str, context: str, line: str, column: int) -> tuple[str, str]:
    character = line[column : column + 1]
    if "cannot start any token" in said:
        return f"a value cannot begin with `{character}`", "put quotes around it"
    for phrase, message, help in _SAID:
        if phrase in said or phrase in context:
            return message, help
    if line[:column].strip():
        return _beside(line, column, character)
    for phrase, message, help in _LINE:
        if phrase in said or phrase in context:
            return message, help
    return "this is not YAML: " + ", ".join(part for part in (context, said) if part), ""


_SAID = (
    (
        "mapping values are not allowed",
        "a second `: ` cannot stand here",
        "put quotes around a text that holds `: `; else check the indentation",
    ),
    ("escape", "an unknown `\\` in a text in double quotes", "use single quotes, or write `\\\\`"),
    ("block sequence entries", "a list cannot begin here", "begin it on a line of its own, with `- `"),
    ("mapping keys are not allowed", "`? ` cannot stand here", "put quotes around the text"),
    ("document start", "the text above has ended, and this belongs to nothing", "check the indentation"),
    ("block scalar", "nothing but a line break follows `|` or `>`", "put quotes around a text that begins so"),
    ("tag", "`!` at the beginning of a value means something else in YAML", "put quotes around it"),
)
_LINE = (
    ("flow", "the text ends where a value is expected", "finish the list or mapping"),
    (
        "sequence",
        "this line is not an item `- ...` of the list above",
        "line it up with the other items, by spaces",
    ),
    (
        "block",
        "this line is not `key: value`, or its indentation fits nothing above",
        "line it up with its neighbours, by spaces",
    ),
)
"""What the parser says, or says it was doing, and what that means to whoever wrote the text."""


def _beside(line: str, column: int, character: str) -> tuple[str, str]:
    """What stands behind a value that has ended."""
    if character and character in "]}":
        return f"there is a `{character}` too many", "remove it, or put quotes around the text"
    said = f"`{shorten(line[column:], 30)}` does not belong to what stands before it"
    return said, "put quotes around the whole text; a `'` inside is doubled"
