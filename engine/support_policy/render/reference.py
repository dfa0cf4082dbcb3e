"""The reference as pages of sections and tables; and its text in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from support_policy.source.record import record


@record
class Section:
    """A part of a page: a heading, a paragraph or none, and a table or none. `level` counts from 1, the page's own."""

    title: str
    says: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    level: int = 2


@record
class Page:
    """A page: `name` is its file without the suffix, `says` what stands below its title."""

    name: str
    title: str
    says: str
    sections: tuple[Section, ...]

    def as_json(self) -> dict[str, Any]:
        """The page as plain JSON data: every row as an object, by the names of its columns."""
        return {
            "page": self.name,
            "title": self.title,
            "says": self.says,
            "sections": [
                {
                    "title": plain(section.title),
                    "says": section.says,
                    "rows": [dict(zip(section.columns, map(plain, row), strict=True)) for row in section.rows],
                }
                for section in self.sections
            ],
        }


def code(text: str) -> str:
    """A word of the language, set apart; nothing stays nothing."""
    return f"`{text}`" if text else ""


def plain(text: str) -> str:
    """A cell without what only Markdown needs: the places that links lead to, and marks around a whole cell."""
    bare = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return bare[1:-1] if re.fullmatch(r"`[^`]*`", bare) else bare


def anchor(title: str) -> str:
    """The place of a heading, as those who show Markdown name it."""
    return "#" + re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-")


def markdown(page: Page) -> str:
    """A page as Markdown."""
    parts = [f"# {page.title}", page.says, *(part for section in page.sections for part in _section(section))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"{'#' * section.level} {section.title}"
    yield section.says
    if section.columns:
        yield "\n".join(_table(section.columns, section.rows))


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(columns)
    yield _row(["---"] * len(columns))
    yield from map(_row, rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """What would end a cell, or begin a tag, is said otherwise; within code only the first matters."""
    parts = re.split(r"(`[^`]*`)", text.replace("|", "\\|"))
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in parts)
