"""YAML as a person writes it: short mappings and lists on one line, quotes only where they are needed, comments."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable

WIDTH = 120
_PLAIN = re.compile(r"[^\W\d_](?:[\w ()/+.@-]*[\w)+])?|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SPECIAL = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "closed"}


def scalar(text: str) -> str:
    """`text` as one scalar, which also stands inside `{...}` and `[...]`; quoted where another reader could err."""
    if _PLAIN.fullmatch(text) and text.lower() not in _SPECIAL:
        return text
    return json.dumps(text, ensure_ascii=False)


def sentence(text: str) -> str:
    """`text` as the value of a key in a line of its own, where a comma or a full stop needs no quotes."""
    if re.match(r"[^\W\d_]", text) and ": " not in text and " #" not in text and not text.endswith(":"):
        return text
    return json.dumps(text, ensure_ascii=False)


def flow(pairs: Iterable[tuple[str, str]]) -> str:
    """`{key: value, ...}`; keys and values are written as they are."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"


def flow_list(items: Iterable[str]) -> str:
    """`[item, ...]`; items are written as they are."""
    return "[" + ", ".join(items) + "]"


def comment(text: str, indent: int = 0) -> list[str]:
    """`text` as lines of comment."""
    pad = " " * indent + "# "
    return textwrap.wrap(text, WIDTH, initial_indent=pad, subsequent_indent=pad, break_on_hyphens=False)


def noted(line: str, note: str, column: int = 40) -> str:
    """A line with a comment behind it, or above it where it would be too long."""
    if not note:
        return line
    beside = f"{line.ljust(column - 1)} # {note}"
    if len(beside) <= WIDTH:
        return beside
    return "\n".join([*comment(note, len(line) - len(line.lstrip())), line])
