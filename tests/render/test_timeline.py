"""Time lines: what is drawn where, in characters and as SVG."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.cli import main
from support_policy.render.timeline import Lane, Mark, Stretch, Timeline, timeline
from support_policy.render.timeline_scale import Room, Scale, labels, ticks
from support_policy.render.timeline_svg import LEFT, RIGHT, WIDTH, svg
from support_policy.render.timeline_text import ASCII, GUTTER, UNICODE, drawing
from support_policy.ticket.evaluate import Run
from tests.render import explained
from tests.render.explained import EVERY, ROOT, decided, submitted, utc

SVG = "{http://www.w3.org/2000/svg}"
every = pytest.mark.parametrize("case", EVERY)


def parsed(text: str | bytes) -> ET.Element:
    """The root of a drawing of our own making."""
    return ET.fromstring(text)  # noqa: S314


def lane_of(told: Timeline, name: str) -> Lane:
    """The lane whose name begins so."""
    return next(lane for lane in told.lanes if lane.name.startswith(name))


def marks(told: Timeline, name: str) -> list[tuple[str, str]]:
    """A lane's marks as (kind, local time)."""
    return [(mark.kind, f"{mark.at:%m-%d %H:%M}") for mark in lane_of(told, name).marks]


DRAWN: list[tuple[Callable[[], Run], str, list[tuple[str, str]]]] = [
    (explained.emergency, "First response", [("due", "12-29 10:15"), ("met", "12-24 12:40")]),
    (explained.emergency, "Automatic, level 1", [("fired", "12-29 10:15")]),
    (explained.emergency, "Automatic, level 2", [("fired", "12-29 11:15")]),
    (explained.answered_late, "First response", [("missed", "03-03 15:00"), ("late", "03-03 16:10")]),
    (explained.requested, "Requested, level 1", [("fired", "03-03 13:00"), ("event", "03-03 15:00")]),
    (explained.reopened, "Automatic, level 2", [("fired", "03-04 09:45")]),
    (explained.waiting, "First response", [("paused", "03-03 10:00")]),
    (
        explained.upgraded,
        "First response",
        [("due", "03-02 12:00"), ("missed", "03-02 15:30"), ("late", "03-03 11:40")],
    ),
    (explained.learned_late, "Automatic, level 1", [("refused", "03-02 12:00")]),
    (explained.learned_late, "Automatic, level 2", [("withdrawn", "03-02 11:50")]),
]


@pytest.mark.parametrize(("case", "name", "expected"), DRAWN)
def test_marks_stand_where_things_happen(case: Callable[[], Run], name: str, expected: list[tuple[str, str]]) -> None:
    """Each milestone has its marks, each of its kind, at its local time."""
    assert marks(timeline(case()), name) == expected


def test_pauses_are_drawn_apart() -> None:
    """A clock that stands still while the ticket is resolved is not drawn as running."""
    lines = lane_of(timeline(explained.reopened()), "Resolution").stretches
    assert [line.kind for line in lines] == ["run", "still", "run"]


def test_met_and_missed_differ_without_colour() -> None:
    """Met and missed targets differ in their words, their signs and their shapes."""
    met, missed = timeline(explained.emergency()), timeline(explained.answered_late())
    assert lane_of(met, "First").status != lane_of(missed, "First").status
    for signs in (UNICODE, ASCII):
        assert len({signs[kind] for kind in ("met", "missed", "late", "due", "fired", "planned", "withdrawn")}) == 7
    assert "s-met" in svg(met).split("</style>")[1]
    assert "s-missed" in svg(missed).split("</style>")[1]


@every
def test_open_hours_are_inside_the_view(case: Callable[[], Run]) -> None:
    """Shaded stretches lie in view, in order, apart from one another; so does everything that is drawn."""
    told = timeline(case())
    assert told.first is not None
    assert told.last is not None
    ends = [utc(at) for pair in told.open for at in pair]
    assert ends == sorted(ends)
    shown = [*ends, *(utc(m.at) for lane in told.lanes for m in lane.marks)]
    shown += [utc(at) for lane in told.lanes for s in lane.stretches for at in (s.begin, s.end)]
    assert utc(told.first) <= min(shown)
    assert max(shown) <= utc(told.last)


# -- scale ---------------------------------------------------------------------------------------------------------

SPANS = st.tuples(st.integers(0, 86_400 * 400), st.integers(600, 86_400 * 500), st.integers(20, 1200))


def scale_of(span: tuple[int, int, int]) -> Scale:
    """A scale from numbers of seconds, in a zone with changes of the clocks."""
    local = explained.policy().offices["london"].always.roll_forward(datetime(2025, 12, 1, tzinfo=UTC))
    assert local is not None
    first = datetime.fromtimestamp(local.timestamp() + span[0], local.tzinfo)
    return Scale(first, datetime.fromtimestamp(first.timestamp() + span[1], local.tzinfo), span[2])


@given(SPANS, st.floats(0, 1))
def test_a_place_maps_back_to_its_time(span: tuple[int, int, int], share: float) -> None:
    """What is drawn at a place is what happens at its time."""
    scale = scale_of(span)
    at = scale.time(share * scale.width)
    assert scale.x(at) == pytest.approx(share * scale.width, abs=1e-3)


@given(SPANS)
def test_ticks_are_few_round_and_in_order(span: tuple[int, int, int]) -> None:
    """The names of the axis stand in view, in order, with room between them."""
    scale = scale_of(span)
    named = ticks(scale, scale.width / 10)
    for row in (0, 1):
        places = [scale.x(tick.at) for tick in named if tick.row == row]
        assert places == sorted(set(places))
        assert all(0 <= x <= scale.width for x in places)
        assert len(places) <= 14


MOMENTS = st.lists(st.tuples(st.floats(0, 1), st.text("abcdefg ", max_size=30)), max_size=12)


@given(SPANS, MOMENTS, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=2), st.booleans())
def test_labels_never_overlap(
    span: tuple[int, int, int], moments: list[tuple[float, str]], lines: list[tuple[float, float]], now: bool
) -> None:
    """No label lies on another, on a line, or outside the drawing."""
    scale = scale_of(span)
    made = tuple(Mark(scale.time(share * scale.width), "event", word) for share, word in moments)
    ends = [sorted(pair) for pair in lines]
    drawn = tuple(Stretch(scale.time(a * scale.width), scale.time(b * scale.width), "run") for a, b in ends)
    room = Room(half=7, gap=7, each=6.9)
    placed, rows = labels(scale, Lane("", "", "", "plain", drawn, made), room, scale.last if now else None)
    for a, b in combinations(placed, 2):
        assert a.row != b.row or a.end <= b.begin or b.end <= a.begin
    for label in placed:
        assert label.begin >= 0
        assert label.end <= scale.width
        assert label.row <= rows
        if label.row == 0:
            for line in drawn:
                assert label.end <= scale.x(line.begin) or scale.x(line.end) <= label.begin


# -- in characters -------------------------------------------------------------------------------------------------


@every
@pytest.mark.parametrize("width", [60, 80, 130])
def test_drawing_fits_and_says_every_time(case: Callable[[], Run], width: int) -> None:
    """No line is wider than asked for, and every time is written out in full."""
    told = timeline(case())
    text = drawing(told, width=width)
    assert all(len(line) <= width for line in text.splitlines()[2:])
    flat = re.sub(r"\s+", " ", text)
    for lane in told.lanes:
        for mark in lane.marks:
            assert f"{mark.at.year}, {mark.at:%H:%M}" in flat


@every
def test_plain_terminals_get_ascii(case: Callable[[], Run]) -> None:
    """Where the encoding has no signs, the drawing's own are ASCII."""
    text = drawing(timeline(case()), unicode=False)
    own = text if case is not explained.hostile else "\n".join(text.splitlines()[1:])
    assert own.isascii()


def test_signs_stand_in_their_columns() -> None:
    """A sign's column maps back to its time, to within a column."""
    told = timeline(explained.emergency())
    assert told.first is not None
    assert told.last is not None
    scale = Scale(told.first, told.last, 120 - GUTTER - 1)
    row = next(line for line in drawing(told, width=120).splitlines() if line.startswith("Automatic, level 1"))
    at = scale.time(row.index(UNICODE["fired"]) - GUTTER)
    assert abs(utc(at) - utc(lane_of(told, "Automatic, level 1").marks[0].at)) <= scale.seconds / scale.width


def test_nothing_to_draw() -> None:
    """An empty history gives a sentence, in both forms."""
    told = timeline(decided("2026-03-02T10:00:00Z"))
    assert "Nothing has happened" in drawing(told)
    assert "Nothing has happened" in svg(told)
    parsed(svg(told))


# -- as SVG --------------------------------------------------------------------------------------------------------


@every
def test_svg_is_whole_and_alone(case: Callable[[], Run]) -> None:
    """The SVG is well formed, names itself for those who cannot see it, and needs nothing from anywhere."""
    text = svg(timeline(case()))
    root = parsed(text.encode())
    assert root.find(f"{SVG}title") is not None
    assert (root.findtext(f"{SVG}desc") or "").count(":") >= 3
    assert not list(root.iter(f"{SVG}script"))
    outside = text.replace("http://www.w3.org/2000/svg", "")
    for word in ("var(", "url(", "href", "@import", "http", "<script>"):
        assert word not in outside
    assert "prefers-color-scheme:dark" in text


@every
def test_svg_marks_stand_at_their_times(case: Callable[[], Run]) -> None:
    """Every mark's place maps back to the time in its title."""
    told = timeline(case())
    assert told.first is not None
    assert told.last is not None
    scale = Scale(told.first, told.last, WIDTH - LEFT - RIGHT)
    drawn = []
    plot = next(g for g in parsed(svg(told).encode()).iter(f"{SVG}g"))
    for group in plot.iter(f"{SVG}g"):
        title = group.findtext(f"{SVG}title")
        if title:
            x = float(group.attrib["transform"].split("(")[1].split()[0])
            drawn.append(round(utc(scale.time(x)) / scale.seconds * scale.width))
    asked = [round(utc(m.at) / scale.seconds * scale.width) for lane in told.lanes for m in lane.marks]
    assert len(drawn) == len(asked)
    assert all(min(abs(a - b) for b in drawn) <= 1 for a in asked)


@every
def test_drawing_twice_gives_the_same(case: Callable[[], Run]) -> None:
    """The same history gives the same drawing, and its data is JSON."""
    assert svg(timeline(case())) == svg(timeline(case()))
    assert drawing(timeline(case())) == drawing(timeline(case()))
    json.dumps(timeline(case()).as_json())


def test_every_class_has_a_colour_in_both_schemes() -> None:
    """Both schemes paint the same things."""
    style = svg(timeline(explained.emergency())).split("<style>")[1].split("</style>")[0]
    light, dark = style.split("@media")
    painted = re.findall(r"^(\.tl [^{]*)\{(?:fill|stroke):#", light, re.MULTILINE)
    assert painted == re.findall(r"^(\.tl [^{]*)\{(?:fill|stroke):#", dark, re.MULTILINE)


def test_long_times_shade_whole_days() -> None:
    """Over months, days rather than hours are shaded, and holidays stay unshaded."""
    told = timeline(explained.months())
    assert told.whole_days
    spring = datetime.fromisoformat("2026-03-31T12:00:00-07:00")  # Cesar Chavez Day
    assert not any(utc(opens) <= utc(spring) < utc(closes) for opens, closes in told.open)
    assert any(utc(a) <= utc(spring + timedelta(days=1)) < utc(b) for a, b in told.open)


# -- the command ---------------------------------------------------------------------------------------------------


def test_command_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`timeline` prints the drawing, writes the SVG, and gives the data."""
    path, picture = tmp_path / "history.json", tmp_path / "ticket.svg"
    events = [submitted("2026-03-02T10:00:00-08:00", "acme", "P1", explained.DOWN)]
    path.write_text(json.dumps({"ticket": "VS-1", "events": events}), encoding="utf-8")
    words = ["timeline", str(path), "--at", "2026-03-02T14:00:00-08:00", "--policy", str(ROOT)]
    assert main(words) == 0
    assert "Automatic, level 2" in capsys.readouterr().out
    assert main([*words, "--svg", str(picture)]) == 0
    parsed(picture.read_bytes())
    assert capsys.readouterr().out.strip() == str(picture)
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lanes"][0]["name"] == "What happened"
