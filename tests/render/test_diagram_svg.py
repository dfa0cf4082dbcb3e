"""The SVG of a workflow: well formed, self-contained, deterministic, and with nothing on top of anything."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.kernel.workflow import compile_workflow
from support_policy.model.workflow import Edge, State, Table, Transition, Workflow
from support_policy.render.diagram_graph import picture
from support_policy.render.diagram_layout import Item, lay_out
from support_policy.render.diagram_svg import svg
from support_policy.source.diagnostics import Findings

NS = "{http://www.w3.org/2000/svg}"
OPEN = ("new", "open", "waiting", "resolved")
T = Transition
REQUEST = Workflow(
    "request",
    "new",
    (
        State("new", label="New"),
        State("open", label="Open"),
        State("waiting", label="Waiting on customer"),
        State("resolved", label="Resolved"),
        State("closed", final=True, label="Closed"),
        State("withdrawn", final=True, label="Withdrawn"),
        State("merged", final=True, label="Merged"),
    ),
    (
        T("submitted", ("new",), "="),
        T("assigned", ("new",), "open"),
        T("assigned", ("open", "waiting"), "="),
        T("responded", ("new",), "open"),
        T("responded", ("open", "waiting"), "="),
        T("clarification_requested", ("new", "open"), "waiting"),
        T("waiting_on_customer", ("open",), "waiting"),
        T("clarified", ("waiting",), "open"),
        T("customer_replied", ("waiting",), "open"),
        T("customer_replied", ("resolved",), "open", conditions=("not_thanks",)),
        T("customer_replied", ("*",), "="),
        T("updated", ("*",), "="),
        T("priority_changed", OPEN, "="),
        T("workaround_given", ("open", "waiting"), "="),
        T("resolved", ("new", "open", "waiting"), "resolved"),
        T("reopened", ("resolved", "closed"), "open"),
        T("merged", OPEN, "merged"),
        T("closed", OPEN, "closed"),
        T("withdrawn", OPEN, "withdrawn"),
    ),
)


def request() -> Table:
    """The lifecycle of a ticket."""
    table = compile_workflow(REQUEST, Findings())
    assert table is not None
    return table


def texts(document: str) -> list[str]:
    """The text on the drawing."""
    return [element.text or "" for element in ET.fromstring(document).iter(f"{NS}text")]  # noqa: S314 - our own text


def test_every_state_and_every_trigger_is_on_the_drawing() -> None:
    """No state and no event of the workflow is left out, wherever it is told."""
    shown = " ".join(texts(svg(request(), "Life of a request")))
    for word in [*(state.label for state in REQUEST.states), *request().triggers]:
        assert word in shown


def test_the_drawing_is_self_contained_and_accessible() -> None:
    """One file: nothing is fetched or run; it has a title, a description and both colour schemes."""
    document = svg(request(), "Life & <death>")
    root = ET.fromstring(document)  # noqa: S314 - our own text
    assert root.findtext(f"{NS}title") == "Life & <death>"
    assert "New to Open: assigned, responded" in (root.findtext(f"{NS}desc") or "")
    assert root.get("role") == "img"
    labelled = (root.get("aria-labelledby") or "").split()
    assert labelled == [element.get("id") for element in (root[0], root[1])]
    assert "prefers-color-scheme:dark" in document
    assert not re.search(r"<script|@import|href|url\((?!#)|https?://(?!www\.w3\.org/2000/svg)", document)


def test_an_event_from_many_states_to_one_is_drawn_once() -> None:
    """Four lines to `withdrawn` become one, from a box that stands for the unfinished states."""
    seen = picture(request())
    several = [box for box in seen.boxes if box.several]
    assert [box.title for box in several] == ["any unfinished state"]
    assert [(a.dest, a.labels) for a in seen.arrows if a.source == several[0].key] == [
        ("merged", ("merged",)),
        ("closed", ("closed",)),
        ("withdrawn", ("withdrawn",)),
    ]


def test_what_changes_nothing_nearly_everywhere_is_told_in_a_sentence() -> None:
    """Events that leave states as they are stand below the drawing when common, else in the box of their state."""
    seen = picture(request())
    assert seen.notes == (
        "In every state but “Waiting on customer” and “Resolved”, without leaving it: customer_replied",
        "In every state, without leaving it: updated",
        "In every unfinished state, without leaving it: priority_changed",
    )
    stays = {box.key: box.stays for box in seen.boxes}
    assert stays["new"] == ("submitted",)
    assert stays["resolved"] == ("customer_replied otherwise",)


def test_a_workflow_of_one_state_can_be_drawn() -> None:
    """The smallest workflow is a box with its note."""
    table = compile_workflow(Workflow("one", "a", (State("a"),), (T("tick", ("*",), "="),)), Findings())
    assert table is not None
    assert {"a", "stays: tick"} <= set(texts(svg(table, "One")))


@pytest.mark.parametrize("seed", ["", "\x00", "\ufffe", "]]>", "</style>", '"', "&amp;", "\ud800", "処理" * 40])
def test_hostile_names_leave_the_document_well_formed(seed: str) -> None:
    """Names that XML forbids or reads as markup are shown as text or replaced."""
    names = [f"{seed}{n}" for n in range(3)]
    states = {name: State(name, label=seed) for name in names}
    table = Table(seed, names[0], states, (seed,), {(names[0], seed): (Edge(names[1], (seed,)),)})
    document = svg(table, seed)
    assert len(ET.fromstring(document.encode())) > 0  # noqa: S314 - our own text


NAMES = st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=7, unique=True)


@settings(max_examples=40, deadline=None)
@given(NAMES, st.data())
def test_any_table_gives_a_well_formed_document(names: list[str], data: st.DataObject) -> None:
    """Whatever the names and moves, the SVG parses as XML and is the same each time."""
    states = {name: State(name, data.draw(st.booleans()), data.draw(st.text(max_size=6))) for name in names}
    edge = st.builds(Edge, st.sampled_from(names), st.lists(st.text(max_size=4), max_size=2).map(tuple))
    keys = st.tuples(st.sampled_from(names), st.sampled_from(names))
    moves = data.draw(st.dictionaries(keys, st.lists(edge, min_size=1, max_size=3).map(tuple), max_size=14))
    table = Table("w", names[0], states, tuple(names), moves)
    document = svg(table, names[0])
    ET.fromstring(document.encode())  # noqa: S314 - our own text
    assert document == svg(table, names[0])


def _overlap(a: Item, b: Item) -> bool:
    across = abs(a.x - b.x) < (a.width + b.width) / 2 - 0.01
    return across and a.y < b.y + b.height - 0.01 and b.y < a.y + a.height - 0.01


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 9), st.data())
def test_boxes_and_labels_never_overlap_and_lines_keep_clear_of_boxes(count: int, data: st.DataObject) -> None:
    """In every layout boxes, labels and the columns of passing lines are apart; lines pass layers in order."""
    keys = [f"s{n}" for n in range(count)]
    size = st.tuples(st.floats(10, 200), st.floats(10, 90))
    pairs = [(a, b) for a in keys for b in keys if a != b]
    chosen = data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=16)) if pairs else []
    last = data.draw(st.frozensets(st.sampled_from(keys)))
    layout = lay_out({k: data.draw(size) for k in keys}, [(a, b, data.draw(size)) for a, b in chosen], keys[0], last)
    items = {id(item): item for line in layout.lines for item in line.chain} | {
        id(item): item for item in layout.boxes.values()
    }
    for a, b in combinations(items.values(), 2):
        assert not _overlap(a, b)
    for (source, dest), line in zip(chosen, layout.lines, strict=True):
        assert (line.chain[0], line.chain[-1]) == (layout.boxes[source], layout.boxes[dest])
        step = 1 if line.chain[0].layer < line.chain[-1].layer else -1
        assert all(b.layer - a.layer == step for a, b in zip(line.chain, line.chain[1:], strict=False))
        assert line.label in line.chain[1:-1]
    assert all(i.x - i.width / 2 >= -0.01 and i.x + i.width / 2 <= layout.width + 0.01 for i in items.values())
    assert layout.boxes[keys[0]].layer == 0
