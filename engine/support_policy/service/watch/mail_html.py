"""HTML of a mail to the text a person would read: blocks are lines, quotes are quoted, links are told.

A small reading of our own: the stdlib's parser takes quadratic time on tags without an end. This one looks at every
character once, runs nothing, fetches nothing, and is content with whatever it gets.
"""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"(/?)([A-Za-z][A-Za-z0-9]*)")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,2000}))""", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]{0,500})"|'([^']{0,500})')""", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_UNREAD = ("script", "style", "title", "template", "noscript")
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form"),
        *("header", "hr", "main", "nav", "ol", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul", "li"),
        "blockquote",
    )
)
_SPACED = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6"))


class _Page:
    """The text that is being made: lines, and how deep a quote they stand in."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.now: list[str] = []
        self.quote = 0
        self.href = ""
        self.linked: list[str] = []
        self.kept = 0
        self.closes = -1

    def text(self, raw: str) -> None:
        read = html.unescape(raw)
        said = read if self.kept else _SPACE.sub(" ", read).replace("\xa0", " ")
        parts = said.replace("\r\n", "\n").split("\n") if self.kept else [said]
        for number, part in enumerate(parts):
            if number:
                self.end()
            self.now.append(part)
        if self.href:
            self.linked.append(said)

    def end(self, *, blank: bool = False) -> None:
        """End the line; a `blank` one follows, but never two."""
        whole = "".join(self.now)
        self.now.clear()
        said = whole.rstrip() if self.kept else whole.strip()
        mark = "> " * min(self.quote, 5)
        if said:
            self.lines.append(mark + said)
        if blank and self.lines and self.lines[-1].strip("> "):
            self.lines.append(mark.rstrip())

    def link(self, tag: str) -> None:
        self.unlink()
        found = _HREF.search(tag)
        href = html.unescape(next(filter(None, found.groups()), "")).strip() if found else ""
        if href.lower().startswith(("http://", "https://", "mailto:")):
            self.href, self.linked = href, []

    def unlink(self) -> None:
        """Tell where a link leads, unless its text does."""
        shown = "".join(self.linked).strip()
        target = self.href.removeprefix("mailto:")
        if self.href and shown.rstrip("/") != target.rstrip("/"):
            self.now.append(f" <{target}>" if shown else f"<{target}>")
        self.href, self.linked = "", []


def text_of_html(source: str) -> str:
    """What HTML says, as text."""
    page, at, size = _Page(), 0, len(source)
    while at < size:
        start = source.find("<", at)
        if start < 0:
            break
        if start > at:
            page.text(source[at:start])
        at = _tag(page, source, start)
        if at < 0:
            at = start
            break
    page.text(source[at:])
    page.unlink()
    page.end()
    return "\n".join(page.lines).strip("\n")


def _tag(page: _Page, source: str, start: int) -> int:
    """Read the tag at `start`; where it ends, or -1 when nothing after it ends a tag."""
    if source.startswith("<!--", start):
        end = source.find("-->", start + 4)
        return len(source) if end < 0 else end + 3
    if page.closes < start:  # asked once for many signs that are no tags
        page.closes = source.find(">", start)
    end = page.closes
    if end < 0:
        return -1
    found = _TAG.match(source, start + 1, end)
    if found is None:
        if source[start + 1] in "!?/":
            return end + 1
        page.text("<")  # no tag, a sign
        return start + 1
    name, closing = found[2].lower(), bool(found[1])
    if name in _UNREAD and not closing:
        closes = re.compile(f"</{name}", re.IGNORECASE).search(source, end)
        return len(source) if closes is None else closes.start()
    _meant(page, name, source[start : min(end, start + 5000)], closing=closing)
    return end + 1


def _meant(page: _Page, name: str, tag: str, *, closing: bool) -> None:
    if name == "a":
        (page.unlink if closing else lambda: page.link(tag))()
    elif name == "img":
        alt = _ALT.search(tag)
        if alt and (alt[1] or alt[2]):
            page.text(f"[{alt[1] or alt[2]}]")
    elif name == "br":
        _break(page)
    elif name in ("td", "th"):
        page.now.append(" ")
    elif name in _SPACED:
        page.end(blank=True)
    elif name in _BLOCKS:
        page.end()
        if name == "li" and not closing:
            page.now.append("- ")
        elif name == "pre":
            page.kept = 0 if closing else 1
        elif name == "blockquote":
            page.quote = max(page.quote + (-1 if closing else 1), 0)


def _break(page: _Page) -> None:
    """A `<br>` ends a line, and on an empty line leaves it empty."""
    if "".join(page.now).strip():
        page.end()
    elif page.lines and page.lines[-1].strip("> "):
        page.now.clear()
        page.lines.append(("> " * min(page.quote, 5)).rstrip())
