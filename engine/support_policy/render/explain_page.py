"""A page of text of a given width: headings, paragraphs, facts in two columns; colours only where they are wanted."""

from __future__ import annotations

import re
import textwrap

_CODES = {"bold": "1", "dim": "2", "good": "32", "bad": "31", "warn": "33"}
LABEL = 10
"""The width of the words that stand before facts."""


class Page:
    """Collects lines; nothing is wider than `width`, but for single words that are."""

    def __init__(self, width: int, *, color: bool) -> None:
        self.width, self.color = max(40, width), color
        self.lines: list[str] = []

    def text(self) -> str:
        """Everything, ending in one line break."""
        return "\n".join(self.lines).strip("\n") + "\n"

    def paint(self, text: str, style: str) -> str:
        """`text` in a style, where styles are wanted."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.color and style and text else text

    def blank(self) -> None:
        """An empty line, unless there is one."""
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def heading(self, title: str, says: str = "", style: str = "") -> None:
        """A heading after an empty line, with what stands beside it."""
        self.blank()
        if not says:
            self.lines.append(self.paint(title, "bold"))
            return
        rows = wrap(f"{title}: {says}", self.width, "", "  ")
        head = f"{title}:"
        for n, row in enumerate(rows):
            if n == 0 and row.startswith(head):
                self.lines.append(self.paint(head, "bold") + self.paint(row[len(head) :], style))
            else:
                self.lines.append(self.paint(row, style))

    def say(self, text: str, *, indent: int = 2, hang: int = 0, style: str = "") -> None:
        """A paragraph; its further lines are set in by `hang` more."""
        rows = wrap(text, self.width, " " * indent, " " * (indent + hang))
        self.lines += [self.paint(row, style) for row in rows]

    def fact(self, label: str, text: str, *, style: str = "", label_style: str = "dim") -> None:
        """A word and what there is to say about it, in two columns."""
        first = f"  {label:<{LABEL}}"
        rows = wrap(text, self.width, first, " " * len(first)) if text else [first.rstrip()]
        for n, row in enumerate(rows):
            head, rest = (row[: len(first)], row[len(first) :]) if n == 0 else ("", row)
            self.lines.append((self.paint(head, label_style) if label.strip() else head) + self.paint(rest, style))

    def keep(self, line: str, style: str = "") -> None:
        """A line as it is."""
        self.lines.append(self.paint(line, style))


def wrap(text: str, width: int, first: str, others: str) -> list[str]:
    """`text` in lines no wider than `width`, broken at spaces alone: places and addresses stay whole."""
    made = textwrap.wrap(
        re.sub(r" {2,}", " ", text) if not first else text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return made or [first.rstrip()]
