"""A time line as one self-contained SVG: no scripts, no fonts to fetch, light and dark by the reader's scheme."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from unicodedata import east_asian_width

from support_policy.render.sentences import moment, plain
from support_policy.render.timeline import WORDS, Lane, Mark, Timeline
from support_policy.render.timeline_marks import shape, style
from support_policy.render.timeline_scale import Label, Room, Scale, Tick, labels, ticks

WIDTH = 1080.0
LEFT = 212.0
RIGHT = 28.0
TOP = 96.0
LANE = 44.0
ROW = 17.0
LETTER = 6.9
"""About how wide a letter of 12 px is, on the wide side: no font can be asked here."""


def svg(told: Timeline) -> str:
    """`told` as an SVG document (UTF-8 text), well formed whatever the names; the same input gives the same text."""
    as_of = f"As of {moment(told.at, year=True)}. Times are those of {told.zone} (UTC{told.at.isoformat()[-6:]})."
    says = f'<tspan class="soft" dx="12">{escape(_short(told.says, 560.0))}</tspan>'
    head = [
        f'<text class="head" x="24" y="36">{escape(_short(told.ticket, 250.0))}{says}</text>',
        f'<text class="small" x="24" y="57">{escape(as_of)}</text>',
    ]
    if told.first is None or told.last is None:
        body = [*head, '<text x="24" y="92">Nothing has happened to this ticket yet.</text>']
        return _document(told, body, 120.0)
    scale = Scale(told.first, told.last, WIDTH - LEFT - RIGHT)
    lanes, bottom = _lanes(told, scale)
    named = ticks(scale, 66.0)
    written, height = _written(told, bottom + 60)
    body = [
        *head,
        f'<g transform="translate({LEFT:g} 0)">',
        *_bands(told, scale, bottom),
        *_grid(named, scale, bottom),
        *lanes,
        *_axis(named, scale, bottom),
        *_now(told, scale, bottom),
        "</g>",
        *written,
        *_legend(told, height),
    ]
    return _document(told, body, height + 40)


def _document(told: Timeline, body: list[str], height: float) -> str:
    says = " ".join(_sentence(lane) for lane in told.lanes) or "Nothing has happened to this ticket yet."
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" class="tl" role="img" viewBox="0 0 {WIDTH:.0f} {height:.0f}"',
        f'width="{WIDTH:.0f}" height="{height:.0f}" aria-labelledby="tl-title tl-desc">',
        f'<title id="tl-title">{escape(f"Time line of {told.ticket}: {told.says}")}</title>',
        f'<desc id="tl-desc">{escape(says)}</desc>',
        f"<style>{style()}</style>",
        f'<rect class="page" width="{WIDTH:.0f}" height="{height:.0f}"/>',
        *body,
        "</svg>",
        "",
    ])  # fmt: skip


def _sentence(lane: Lane) -> str:
    marks = [f"{mark.word} {moment(mark.at, year=True)}" for mark in lane.marks]
    return f"{lane.name}: {'; '.join([lane.says] * bool(lane.says) + marks)}."


# -- the ground ----------------------------------------------------------------------------------------------------


def _bands(told: Timeline, scale: Scale, bottom: float) -> Iterator[str]:
    for opens, closes in told.open:
        x, end = scale.x(opens), scale.x(closes)
        yield f'<rect class="open" x="{x:.1f}" y="{TOP:g}" width="{end - x:.1f}" height="{bottom - TOP:.1f}"/>'


def _grid(named: list[Tick], scale: Scale, bottom: float) -> Iterator[str]:
    for tick in named:
        if tick.row == 0:
            yield f'<path class="grid" d="M{scale.x(tick.at):.1f} {TOP:g}V{bottom + 5:.1f}"/>'


def _axis(named: list[Tick], scale: Scale, bottom: float) -> Iterator[str]:
    yield f'<path class="rule" d="M0 {bottom:.1f}H{scale.width:.1f}"/>'
    dated = any(tick.row == 1 for tick in named)
    for tick in named:
        x = scale.x(tick.at)
        wide = len(tick.label) * LETTER
        if tick.row == 1:
            # Beside its midnight, not around it: the date belongs to what follows.
            if x + wide <= scale.width + RIGHT:
                yield f'<text class="day" x="{x:.1f}" y="{bottom + 38:.1f}">{escape(tick.label)}</text>'
        elif x - wide / 2 >= -LEFT and x + wide / 2 <= scale.width + RIGHT:
            kind = "tick mid" if dated else "day mid"
            yield f'<text class="{kind}" x="{x:.1f}" y="{bottom + 20:.1f}">{escape(tick.label)}</text>'


def _now(told: Timeline, scale: Scale, bottom: float) -> Iterator[str]:
    if told.now is not None:
        x = scale.x(told.now)
        yield f'<path class="now" d="M{x:.1f} {TOP - 6:g}V{bottom:.1f}"/>'
        yield f'<text class="nowword mid" x="{x:.1f}" y="{TOP - 11:g}">now</text>'


# -- lanes ---------------------------------------------------------------------------------------------------------


def _lanes(told: Timeline, scale: Scale) -> tuple[list[str], float]:
    """The lanes one below the other, and where they end."""
    made: list[str] = []
    top = TOP
    for lane in told.lanes:
        placed, rows = labels(scale, lane, Room(half=7.0, gap=7.0, each=LETTER), told.now)
        height = LANE + rows * ROW
        made += _lane(lane, placed, scale, top)
        top += height
    return made, top


def _lane(lane: Lane, placed: list[Label], scale: Scale, top: float) -> Iterator[str]:
    y = top + LANE / 2
    yield f'<path class="rule" d="M{-LEFT + 24:g} {top:.1f}H{scale.width:.1f}"/>'
    name = f"<title>{escape(lane.says or lane.name)}</title>{escape(_title(lane))}"
    yield f'<text class="name end" x="-16" y="{y - 3:.1f}">{name}</text>'
    status = escape(_short(lane.status, LEFT - 24))
    yield f'<text class="small end {lane.tone}" x="-16" y="{y + 13:.1f}">{status}</text>'
    for stretch in lane.stretches:
        x, end = scale.x(stretch.begin), scale.x(stretch.end)
        yield f'<path class="line {stretch.kind} {lane.tone}" d="M{x:.1f} {y:.1f}H{max(end, x + 0.5):.1f}"/>'
    for label in placed:
        if label.row > 1:
            yield f'<path class="leader" d="M{label.x:.1f} {y + 9:.1f}V{y + 4 + ROW * label.row - 10:.1f}"/>'
    # What matters more is drawn later, above what merely happened at the same instant.
    order = list(WORDS)
    for mark in sorted(lane.marks, key=lambda m: (m.at.timestamp(), order.index(m.kind))):
        yield _mark(mark, scale.x(mark.at), y)
    for label in placed:
        base = y + 4 if label.row == 0 else y + 7 + ROW * label.row
        kind = "label strong" if label.mark.kind in ("missed", "late", "fired", "met") else "label"
        yield f'<text class="{kind}" x="{label.begin:.1f}" y="{base:.1f}">{escape(label.text)}</text>'


def _mark(mark: Mark, x: float, y: float) -> str:
    words = f"{mark.word}, {moment(mark.at, year=True)}"
    return f'<g transform="translate({x:.1f} {y:.1f})"><title>{escape(words)}</title>{shape(mark.kind)}</g>'


# -- in words ------------------------------------------------------------------------------------------------------


def _written(told: Timeline, top: float) -> tuple[list[str], float]:
    """Each lane's verdict and times again as text, and where that ends."""
    made: list[str] = []
    y = top + 14
    for lane in told.lanes:
        marks = lane.times()
        shown = marks if len(marks) <= 8 else [*marks[:5], f"{len(marks) - 7} more", *marks[-2:]]
        rows = _wrap("; ".join([plain(lane.says)] * bool(lane.says) + shown), 840.0) or [""]
        made.append(f'<text class="name" x="24" y="{y:.1f}">{escape(_title(lane))}</text>')
        for row in rows:
            made.append(f'<text class="label" x="{LEFT:g}" y="{y:.1f}">{escape(row)}</text>')
            y += 18
        y += 4
    return made, y


def _legend(told: Timeline, top: float) -> Iterator[str]:
    kinds = {mark.kind for lane in told.lanes for mark in lane.marks}
    lines = {stretch.kind for lane in told.lanes for stretch in lane.stretches}
    x, y = 24.0, top + 12
    for kind in WORDS:
        if kind in kinds:
            words = WORDS[kind]
            yield f'<g transform="translate({x + 7:.1f} {y - 4:.1f})">{shape(kind)}</g>'
            yield f'<text class="small" x="{x + 20:.1f}" y="{y:.1f}">{words}</text>'
            x += 20 + len(words) * LETTER + 16
    named = (("run", "clock runs"), ("still", "stands still"), ("ahead", "time left"), ("late", "past its due time"))
    for line, words in named:
        if line in lines:
            tone = " bad" if line == "late" else " plain"
            yield f'<path class="line {line}{tone}" d="M{x:.1f} {y - 4:.1f}h22"/>'
            yield f'<text class="small" x="{x + 28:.1f}" y="{y:.1f}">{words}</text>'
            x += 28 + len(words) * LETTER + 16
    if told.open:
        words = "days with open hours" if told.whole_days else "open hours"
        yield f'<rect class="open key" x="{x:.1f}" y="{y - 10:.1f}" width="22" height="12"/>'
        yield f'<text class="small" x="{x + 28:.1f}" y="{y:.1f}">{words}</text>'


def _wide(text: str) -> float:
    """About how many px of 12 px text, on the wide side."""
    return sum(LETTER * (1.9 if east_asian_width(letter) in "WF" else 1.0) for letter in text)


def _title(lane: Lane) -> str:
    """A lane's name, cut where there is no room, but for the number of its level or run."""
    if _wide(lane.name) <= LEFT - 24:
        return lane.name
    name, number = lane.short
    return _short(name, LEFT - 24 - _wide(number)) + number


def _short(text: str, width: float) -> str:
    """`text`, cut to fit `width` px."""
    if _wide(text) <= width:
        return text
    while text and _wide(text) > width - LETTER:
        text = text[:-1]
    return f"{text}\u2026"


def _wrap(text: str, width: float) -> list[str]:
    rows: list[str] = []
    for word in text.split():
        if rows and _wide(f"{rows[-1]} {word}") <= width:
            rows[-1] += f" {word}"
        else:
            rows.append(_short(word, width))
    return rows
