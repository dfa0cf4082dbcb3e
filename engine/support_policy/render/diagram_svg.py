"""A workflow as one self-contained SVG: no scripts, no fonts to fetch, light and dark by the reader's scheme."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from html import escape
from itertools import pairwise

from support_policy.model.workflow import Table
from support_policy.render.diagram_graph import Arrow, Box, Picture, harmless, picture
from support_policy.render.diagram_layout import Item, Layout, lay_out

MARGIN = 28.0
PAD = 14.0
NAME_ROW = 20.0
SMALL_ROW = 15.0
LABEL_ROW = 16.0
WRAP = 26
LONGEST = 44
PORT_GAP = 22.0
TIP = 9.0
"""The straight piece at either end of a line: room for an arrow's head."""
NARROW = frozenset("fijlrt.,:;'|!()[] I-")
WIDE = frozenset("mwMW@%")

LIGHT = {
    "page": "#fff",
    "box": "#f6f8fa",
    "done": "#edf4ef",
    "edge": "#c3ccd6",
    "ink": "#1f2a36",
    "soft": "#5b6876",
    "line": "#8c99a8",
}
DARK = {
    "page": "#14181d",
    "box": "#1e242b",
    "done": "#1c2b25",
    "edge": "#424d59",
    "ink": "#e3e8ed",
    "soft": "#a3afbb",
    "line": "#75828f",
}
FORM = """.wf text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.wf .inner,.wf .several,.wf .line{fill:none}
.wf .several{stroke-dasharray:4 3}
.wf .mid{text-anchor:middle}
.wf .head{font-size:15px;font-weight:600}
.wf .name{font-weight:600}
.wf .label,.wf .small{font-size:12px}
"""
PAINT = """.wf text{{fill:{ink}}}
.wf .small{{fill:{soft}}}
.wf .page,.wf .back{{fill:{page}}}
.wf .box{{fill:{box}}}
.wf .final{{fill:{done}}}
.wf .box,.wf .inner,.wf .several{{stroke:{edge}}}
.wf .line{{stroke:{line}}}
.wf .tip,.wf .dot{{fill:{line}}}
"""
# Colours are spelt out in both schemes, without variables: many viewers of SVG know no `var()`.
STYLE = f"{FORM}{PAINT.format(**LIGHT)}@media (prefers-color-scheme:dark){{\n{PAINT.format(**DARK)}}}\n"


def svg(table: Table, title: str) -> str:
    """`table` as an SVG document (UTF-8 text), well formed whatever the names; the same table gives the same text."""
    seen = picture(table)
    texts = {box.key: _box_rows(box) for box in seen.boxes}
    sizes = {box.key: _box_size(box, texts[box.key]) for box in seen.boxes}
    links = [(a.source, a.dest, _label_size(a)) for a in seen.arrows]
    last = frozenset(table.finals)
    layout = lay_out(sizes, links, table.initial, last)
    heading, notes = _short(harmless(title), 80), _notes(seen)
    head = MARGIN + 54.0
    width = 2 * MARGIN + max(layout.width, _width(heading, 15), *(_width(n, 12) for n in notes))
    height = head + layout.height + len(notes) * 18 + MARGIN + (14 if notes else 0)
    shift = (width - layout.width) / 2
    body = [
        f'<rect class="page" width="{width:.0f}" height="{height:.0f}"/>',
        f'<text class="head" x="{MARGIN:g}" y="{MARGIN + 8:g}">{escape(heading)}</text>',
        f'<g transform="translate({shift:.1f} {head:g})">',
        *_start(layout.boxes[table.initial]),
        *_lines(layout),
        *(_label(line.label, arrow) for line, arrow in zip(layout.lines, seen.arrows, strict=True)),
        *(_box(box, layout.boxes[box.key], texts[box.key]) for box in seen.boxes),
        "</g>",
    ]
    for n, note in enumerate(notes):
        y = head + layout.height + 32 + n * 18
        body.append(f'<text class="small" x="{MARGIN:g}" y="{y:.1f}">{escape(note)}</text>')
    return _document(table, harmless(title), seen, body, (width, height))


def _document(table: Table, title: str, seen: Picture, body: list[str], size: tuple[float, float]) -> str:
    key = "wf-" + re.sub(r"[^A-Za-z0-9]+", "-", table.name).strip("-").lower()
    says = ". ".join(f"{a.source} to {a.dest}: {', '.join(a.labels)}" for a in _spoken(seen))
    w, h = size
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" class="wf" role="img" viewBox="0 0 {w:.0f} {h:.0f}"',
        f'width="{w:.0f}" height="{h:.0f}" aria-labelledby="{key}-title {key}-desc">',
        f'<title id="{key}-title">{escape(title)}</title>',
        f'<desc id="{key}-desc">{escape(says)}</desc>',
        f"<style>{STYLE}</style>",
        f'<defs><marker id="{key}-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"',
        'markerUnits="userSpaceOnUse" orient="auto"><path class="tip" d="M0 .8 8 4 0 7.2Z"/></marker></defs>',
        *(line.replace("#tip", f"#{key}-tip") if line.startswith("<path") else line for line in body),
        "</svg>",
        "",
    ])  # fmt: skip


def _spoken(seen: Picture) -> Iterator[Arrow]:
    names = {box.key: box.title for box in seen.boxes}
    for arrow in seen.arrows:
        yield Arrow(names[arrow.source], names[arrow.dest], arrow.labels)


def _notes(seen: Picture) -> list[str]:
    notes = list(seen.notes)
    if any(box.final for box in seen.boxes):
        notes.append("Double outline: a final state")
    return [row for note in notes for row in _wrap(note.split(" "), " ", 110)]


# -- boxes ---------------------------------------------------------------------------------------------------------


def _box_rows(box: Box) -> list[str]:
    """The small rows of a box: under a state its stays; for a gathering the states it stands for."""
    if box.several:
        return _wrap(box.title.split(", "), ", ", WRAP)
    return _wrap([f"stays: {box.stays[0]}", *box.stays[1:]], ", ", WRAP) if box.stays else []


def _box_size(box: Box, rows: list[str]) -> tuple[float, float]:
    name = 0.0 if box.several else _width(_short(box.title, LONGEST), 13.5)
    width = max(64.0, name, *(_width(row, 12) for row in rows), 0.0) + 2 * PAD
    return width, len(rows) * SMALL_ROW + (10 if box.several else NAME_ROW + 14 + (2 if rows else 0))


def _box(box: Box, item: Item, rows: list[str]) -> str:
    x, y, w, h = item.x - item.width / 2, item.y, item.width, item.height
    parts = [f"<g><title>{escape(box.title)}</title>"]
    if box.several:
        parts.append(_rect("several", (x, y), (w, h), h / 2 if len(rows) == 1 else 12))
        top = y + 4
    else:
        parts.append(_rect("box final" if box.final else "box", (x, y), (w, h), 8))
        if box.final:
            parts.append(_rect("inner", (x + 3, y + 3), (w - 6, h - 6), 5.5))
        parts.append(_text("name mid", item.x, y + 22, _short(box.title, LONGEST)))
        top = y + NAME_ROW + 8
    parts += [_text("small mid", item.x, top + 12 + n * SMALL_ROW, row) for n, row in enumerate(rows)]
    return "".join([*parts, "</g>"])


def _start(item: Item) -> list[str]:
    x, y = item.x, item.y
    return [
        f'<circle class="dot" cx="{x:.1f}" cy="{y - 30:.1f}" r="4.5"/>',
        f'<path class="line" marker-end="url(#tip)" d="M{x:.1f} {y - 25:.1f}V{y - 1:.1f}"/>',
    ]


# -- lines ---------------------------------------------------------------------------------------------------------


def _lines(layout: Layout) -> Iterator[str]:
    """Each line from port to port; between layers a curve, through a layer straight down (or up)."""
    ports = _ports(layout)
    for n, line in enumerate(layout.lines):
        source, dest = line.chain[0], line.chain[-1]
        down = source.layer < dest.layer
        back = -1.0 if down else 1.0
        box, edge = _exit(source, layout, down=down)
        stops = [(ports[n, 0], box, edge - back * TIP)]
        for item in line.chain[1:-1]:
            top, bottom = layout.bands[item.layer]
            stops.append((item.x, *((top, bottom) if down else (bottom, top))))
        box, edge = _exit(dest, layout, down=not down)
        stops.append((ports[n, 1], edge + back * TIP, box + back))
        yield f'<path class="line" marker-end="url(#tip)" d="{_curve(stops)}"/>'


def _exit(item: Item, layout: Layout, *, down: bool) -> tuple[float, float]:
    """From the edge of a box to the edge of its layer."""
    top, bottom = layout.bands[item.layer]
    return (item.y + item.height, bottom) if down else (item.y, top)


def _curve(stops: list[tuple[float, float, float]]) -> str:
    x, start, end = stops[0]
    path = [f"M{x:.1f} {start:.1f}V{end:.1f}"]
    for (x0, _, y0), (x1, y1, y2) in pairwise(stops):
        middle = (y0 + y1) / 2
        path.append(f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}V{y2:.1f}")
    return "".join(path)


def _ports(layout: Layout) -> dict[tuple[int, int], float]:
    """Where line `n` leaves its source (`n`, 0) and enters its destination (`n`, 1): spread along the side used."""
    sides: defaultdict[tuple[str, bool], list[tuple[float, int, int]]] = defaultdict(list)
    keys = {id(item): key for key, item in layout.boxes.items()}
    for n, line in enumerate(layout.lines):
        for end, (box, beside) in enumerate(((line.chain[0], line.chain[1]), (line.chain[-1], line.chain[-2]))):
            sides[keys[id(box)], beside.layer > box.layer].append((beside.x, n, end))
    ports = {}
    for (key, _), used in sides.items():
        box = layout.boxes[key]
        gap = min(PORT_GAP, (box.width - 24) / max(1, len(used) - 1))
        for place, (_, n, end) in enumerate(sorted(used)):
            ports[n, end] = box.x + (place - (len(used) - 1) / 2) * gap
    return ports


def _label_size(arrow: Arrow) -> tuple[float, float]:
    return max(_width(_short(label, LONGEST), 12) for label in arrow.labels) + 8, len(arrow.labels) * LABEL_ROW + 2


def _label(item: Item, arrow: Arrow) -> str:
    parts = [f"<g><title>{escape(', '.join(arrow.labels))}</title>"]
    parts.append(_rect("back", (item.x - item.width / 2, item.y), (item.width, item.height), 3))
    for n, label in enumerate(arrow.labels):
        parts.append(_text("label mid", item.x, item.y + 13 + n * LABEL_ROW, _short(label, LONGEST)))
    return "".join([*parts, "</g>"])


# -- text ----------------------------------------------------------------------------------------------------------


def _rect(kind: str, corner: tuple[float, float], size: tuple[float, float], r: float) -> str:
    (x, y), (w, h) = corner, size
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{r:g}"/>'


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _width(text: str, size: float) -> float:
    """About how wide `text` is in a system font of `size` px (no font can be asked here); errs on the wide side."""
    return sum(_share(c) for c in text) * size


def _share(c: str) -> float:
    if unicodedata.east_asian_width(c) in "WF":
        return 1.05
    if c in NARROW:
        return 0.38
    return 0.92 if c in WIDE else 0.72 if c.isupper() else 0.6


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "\u2026"


def _wrap(words: list[str], joint: str, longest: int) -> list[str]:
    rows: list[str] = []
    for word in words:
        if rows and len(rows[-1]) + len(joint) + len(word) <= longest:
            rows[-1] += joint + word
        else:
            if rows:
                rows[-1] += joint.rstrip()
            rows.append(_short(word, LONGEST))
    return rows
