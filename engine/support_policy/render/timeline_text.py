"""A time line drawn in characters: open hours shaded, one lane a milestone, every time written out below."""

from __future__ import annotations

from collections.abc import Mapping

from support_policy.render.explain_page import Page
from support_policy.render.sentences import moment, plain
from support_policy.render.timeline import WORDS, Lane, MarkKind, Timeline
from support_policy.render.timeline_scale import Label, Room, Scale, labels, ticks

GUTTER = 24
UNICODE: Mapping[str, str] = {
    "event": "●", "refused": "⊗", "due": "◇", "met": "✓", "missed": "✗", "late": "□", "fired": "▲", "planned": "△",
    "withdrawn": "∅", "stopped": "■", "paused": "‖", "run": "─", "still": "┄", "ahead": "·", "late_line": "═",
    "open": "░", "now": "│", "tick": "┬", "axis": "─", "leader": "╵",
}  # fmt: skip
ASCII: Mapping[str, str] = {
    "event": "o", "refused": "r", "due": "D", "met": "+", "missed": "X", "late": "L", "fired": "!", "planned": "^",
    "withdrawn": "w", "stopped": "#", "paused": "p", "run": "-", "still": "~", "ahead": ".", "late_line": "=",
    "open": ":", "now": "|", "tick": "+", "axis": "-", "leader": "'",
}  # fmt: skip
_TONES = {"good": "good", "bad": "bad", "warn": "warn", "plain": ""}
_LEGEND: tuple[MarkKind, ...] = tuple(WORDS)


def drawing(told: Timeline, *, width: int = 80, color: bool = False, unicode: bool = True) -> str:
    """The time line in lines of at most `width` columns (at least 60); plain ASCII where not `unicode`."""
    signs = UNICODE if unicode else ASCII
    width = max(60, width)
    page = Page(width, color=color)
    page.keep(f"{page.paint(told.ticket, 'bold')}  {told.says}")
    page.say(f"as of {moment(told.at, year=True)}; times are those of {told.zone} (UTC{told.at.isoformat()[-6:]})")
    if told.first is None or told.last is None:
        page.blank()
        page.say("Nothing has happened to this ticket yet.")
        return page.text()
    scale = Scale(told.first, told.last, width - GUTTER - 1)
    canvas = _Canvas(told, scale, signs, page)
    page.blank()
    canvas.axis()
    for lane in told.lanes:
        canvas.lane(lane)
    page.blank()
    _written(page, told)
    _legend(page, told, signs)
    return page.text()


class _Canvas:
    """Draws rows of cells: shading below, lines, marks and labels above."""

    def __init__(self, told: Timeline, scale: Scale, signs: Mapping[str, str], page: Page) -> None:
        self.told, self.scale, self.signs, self.page = told, scale, signs, page
        self.columns = int(scale.width)
        self.ground = self._shades()
        self.now = None if told.now is None else min(self.columns - 1, int(scale.x(told.now)))

    def _shades(self) -> list[str]:
        """Each column's shade: a quarter of its time open is enough to show."""
        shares = [0.0] * self.columns
        for opens, closes in self.told.open:
            begin, end = self.scale.x(opens), self.scale.x(closes)
            for column in range(int(begin), min(self.columns, int(end) + 1)):
                shares[column] += max(0.0, min(end, column + 1) - max(begin, column))
        return [self.signs["open"] if share >= 0.25 else " " for share in shares]

    def row(self) -> list[str]:
        """A row of nothing but shade (and now)."""
        cells = list(self.ground)
        if self.now is not None:
            cells[self.now] = self.signs["now"]
        return cells

    def put(self, cells: list[str], at: float, text: str) -> None:
        """Write `text` from a column on, where it is in view."""
        for n, letter in enumerate(text):
            if 0 <= int(at) + n < len(cells):
                cells[int(at) + n] = letter

    def emit(self, name: str, cells: list[str], style: str = "") -> None:
        """A finished row, with its name in the gutter."""
        self.page.keep(f"{self.page.paint(f'{name:<{GUTTER}}', style)}{''.join(cells).rstrip()}".rstrip())

    def axis(self) -> None:
        """The dates, the times, and a rule with a notch at each."""
        named = ticks(self.scale, 11)
        for number in (1, 0):
            cells = [" "] * self.columns
            free = -1
            for tick in (t for t in named if t.row == number):
                at = int(self.scale.x(tick.at))
                if at > free and at + len(tick.label) <= self.columns:
                    self.put(cells, at, tick.label)
                    free = at + len(tick.label)
            if any(cell != " " for cell in cells):
                self.emit("", cells, "dim")
        rule = [self.signs["axis"]] * self.columns
        for tick in named:
            if tick.row == 0:
                rule[min(self.columns - 1, int(self.scale.x(tick.at)))] = self.signs["tick"]
        if self.now is not None:
            said = "now"
            self.put(rule, min(self.now, self.columns - len(said)), said)
        self.emit("", rule, "dim")

    def lane(self, lane: Lane) -> None:
        """A lane: its line with marks, then rows of labels that found no room beside theirs."""
        placed, rows = labels(self.scale, lane, Room(half=0.5, gap=1.0, each=1.0), self.told.now)
        cells = self.row()
        for stretch in lane.stretches:
            begin, end = int(self.scale.x(stretch.begin)), int(self.scale.x(stretch.end))
            sign = self.signs["late_line" if stretch.kind == "late" else stretch.kind]
            self.put(cells, begin, sign * (end - begin + 1))
        for mark in lane.marks:
            self.put(cells, self.scale.x(mark.at), self.signs[mark.kind])
        self._labels(cells, placed, 0)
        self.emit(_title(lane, GUTTER - 1), cells, "bold")
        status = f"  {lane.status}"
        for row in range(1, max(1, rows) + 1):
            cells = self.row()
            for label in placed:
                if 1 <= row < label.row:
                    self.put(cells, label.x, self.signs["leader"])
            self._labels(cells, placed, row)
            self.emit(status, cells, _TONES[lane.tone])
            status = ""

    def _labels(self, cells: list[str], placed: list[Label], row: int) -> None:
        for label in placed:
            if label.row != row:
                continue
            at = int(label.begin + (0.5 if row == 0 else 0))
            for beside in (at - 1, at + len(label.text)):
                if 0 <= beside < len(cells) and cells[beside] == self.ground[beside]:
                    cells[beside] = " "
            self.put(cells, at, label.text)


def _title(lane: Lane, longest: int) -> str:
    """A lane's name in so many letters; the number of a level or of a run is not what is cut."""
    if len(lane.name) <= longest:
        return lane.name
    name, number = lane.short
    room = longest - len(number)
    return (name if len(name) <= room else f"{name[: max(room - 3, 0)].rstrip()}...") + number


def _written(page: Page, told: Timeline) -> None:
    """Every time again, in full."""
    for lane in told.lanes:
        said = lane.times()
        shown = said if len(said) <= 12 else [*said[:8], f"{len(said) - 10} more", *said[-2:]]
        verdict = f" {plain(lane.says)}." if lane.says else ""
        page.say(f"{lane.name}:{verdict}" + (f" {sentence_of(shown)}" if shown else ""), hang=4)


def sentence_of(said: list[str]) -> str:
    """Times in one sentence."""
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}."


def _legend(page: Page, told: Timeline, signs: Mapping[str, str]) -> None:
    """What the signs in view mean."""
    kinds = {mark.kind for lane in told.lanes for mark in lane.marks}
    lines = {stretch.kind for lane in told.lanes for stretch in lane.stretches}
    words = [f"{signs[kind]} {WORDS[kind]}" for kind in _LEGEND if kind in kinds]
    names = (("run", "clock runs"), ("still", "stands still"), ("ahead", "time left"))
    words += [f"{signs[kind] * 2} {says}" for kind, says in names if kind in lines]
    words += [f"{signs['late_line'] * 2} past its due time"] if "late" in lines else []
    if told.open:
        words.append(f"{signs['open'] * 2} {'days with open hours' if told.whole_days else 'open hours'}")
    page.blank()
    page.say(", ".join(words), indent=0, style="dim")
