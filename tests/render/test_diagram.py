"""Mermaid text of a workflow: complete, deterministic, and unbreakable by names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.kernel.workflow import compile_workflow
from support_policy.model.workflow import Edge, State, Table, Transition, Workflow
from support_policy.render.diagram import mermaid
from support_policy.source.diagnostics import Findings

TEXT = r"(?:[^\W_]|[ _\-.,]|#\d+;|<br/>)+"
FORMS = [
    r"---",
    r'title: "(?:[^"\\%{}<>]|\\u[0-9a-f]{4})*"',
    r"stateDiagram-v2",
    rf'    state "{TEXT}" as s_\w+',
    r"    \[\*\] --> s_\w+",
    rf"    s_\w+ --> s_\w+ : {TEXT}",
    r"    s_\w+ --> \[\*\]",
]


def table_of(workflow: Workflow) -> Table:
    """The compiled table of a sound workflow."""
    table = compile_workflow(workflow, Findings())
    assert table is not None
    return table


def hostile(names: list[str]) -> Table:
    """A table such as no check would let pass: every name is used as state, label, trigger and guard."""
    states = {name: State(name, label=name, final=n % 2 == 1) for n, name in enumerate(names)}
    moves = {
        (name, trigger): (Edge(names[(n + m) % len(names)], conditions=(name,)), Edge(name))
        for n, name in enumerate(names)
        for m, trigger in enumerate(names)
    }
    return Table(names[0], names[0], states, tuple(names), moves)


def assert_grammar(text: str) -> None:
    """Every line is of one of the known forms."""
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        assert any(re.fullmatch(form, line) for form in FORMS), line
        assert not re.search(r"(?i)direction\s", line.removeprefix("title")) or line.startswith("title"), line


def test_mermaid_shows_states_moves_start_and_finals() -> None:
    """The whole text for a small workflow: parallel moves share an arrow, guards are spelt out."""
    workflow = Workflow(
        "request",
        "new",
        (State("new", label="New"), State("in-progress"), State("end", final=True, label="Done")),
        (
            Transition("assigned", ("new",), "in-progress"),
            Transition("responded", ("new",), "in-progress"),
            Transition("updated", ("*",), "="),
            Transition("resolved", ("in-progress",), "end", conditions=("confirmed",), unless=("disputed",)),
            Transition("resolved", ("in-progress",), "="),
        ),
    )
    assert mermaid(table_of(workflow), "A request's life") == (
        "---\n"
        'title: "A request\'s life"\n'
        "---\n"
        "stateDiagram-v2\n"
        '    state "New" as s_new\n'
        '    state "in-progress" as s_in_progress\n'
        '    state "Done" as s_end\n'
        "    [*] --> s_new\n"
        "    s_new --> s_in_progress : assigned<br/>responded\n"
        "    s_new --> s_new : updated\n"
        "    s_in_progress --> s_in_progress : updated<br/>resolved otherwise\n"
        "    s_in_progress --> s_end : resolved if confirmed and not disputed\n"
        "    s_end --> s_end : updated\n"
        "    s_end --> [*]\n"
    )


def test_a_move_that_can_never_be_taken_is_not_drawn() -> None:
    """Where a `*` only serves the other states, the named state keeps its own arrow alone."""
    workflow = Workflow(
        "w", "a", (State("a"), State("b")), (Transition("x", ("a",), "b"), Transition("x", ("*",), "="))
    )
    text = mermaid(table_of(workflow), "w")
    assert "s_a --> s_b : x" in text
    assert "s_a --> s_a" not in text
    assert "s_b --> s_b : x" in text


def test_names_that_differ_only_in_punctuation_keep_ids_of_their_own() -> None:
    """Ids made from names never collide."""
    text = mermaid(hostile(["a-b", "a_b", "a.b", "é", "è"]), "w")
    ids = re.findall(r"as (s_\w+)", text)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "name",
    [
        'a" as b', "x\n[*] --> y", "%%{init: {}}%%", "<script>alert(1)</script>", "a;b", "a:b", "{", "-->", "[*]",
        "#35;", "direction LR", "my Direction  TB", "end note", "<<fork>>", "`m`", "\\n", "\u202eabc", "state", "end",
        "\x00", "\ud800",
    ],
)  # fmt: skip
def test_hostile_names_cannot_break_the_text(name: str) -> None:
    """What means something to Mermaid is written as an entity, in titles as a YAML escape."""
    assert_grammar(mermaid(hostile([name, "ok"]), name))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4, unique=True), st.text(max_size=20))
def test_every_line_has_a_known_form_for_any_names(names: list[str], title: str) -> None:
    """Whatever the names and the title, the text keeps to the grammar, and is the same each time."""
    names = [name + "x" for name in names]
    text = mermaid(hostile(names), title)
    assert_grammar(text)
    assert text == mermaid(hostile(names), title)
