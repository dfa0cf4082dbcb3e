"""Workflows that must not load, and the traps of the `transitions` library that are closed at load."""

from __future__ import annotations

import pytest

from support_policy.kernel.workflow import compile_workflow
from support_policy.kernel.workflow_codes import CODES
from support_policy.model.workflow import State, Table, Transition, Workflow
from support_policy.source.diagnostics import Diagnostic, Findings
from support_policy.source.span import Span

T = Transition
STATES = (State("new"), State("open"), State("closed", final=True))
OPENED, CLOSED = T("opened", ("new",), "open"), T("closed", ("open",), "closed")


def loaded(
    *transitions: Transition, states: tuple[State, ...] = STATES, initial: str = "new"
) -> tuple[Table | None, list[Diagnostic]]:
    """The table, if any, and everything found."""
    findings = Findings()
    table = compile_workflow(Workflow("request", initial, states, transitions), findings)
    return table, list(findings)


def codes(found: list[Diagnostic], severity: str = "error") -> list[str]:
    """The codes of the findings of one severity."""
    return [d.code for d in found if d.severity == severity]


def test_a_sound_workflow_has_no_findings() -> None:
    """A workflow in which every state is reached and can end is silent."""
    table, found = loaded(OPENED, CLOSED, T("updated", ("*",), "="), T("reopened", ("closed",), "open"))
    assert table is not None
    assert found == []


@pytest.mark.parametrize(
    ("transition", "code", "message", "hint"),
    [
        (T("gone", ("new",), "opne"), "W204", "`gone` leads to unknown state `opne`", "did you mean `open`?"),
        (T("gone", ("clsed",), "open"), "W204", "`gone` leaves from unknown state `clsed`", "did you mean `closed`?"),
        (T("gone", ("new",), "*"), "W204", "`gone` leads to unknown state `*`", "`*` is a source"),
        (T("gone", ("=",), "open"), "W204", "`gone` leaves from unknown state `=`", "`=` is a destination"),
        (T("gone", (), "open"), "W208", "`gone` leaves from no state", "or `*`"),
        (T("gone", ("*", "new"), "open"), "W208", "`gone` leaves from `*` and from named states", "every state"),
        (T("gone", ("new", "new"), "open"), "W208", "`gone` lists source `new` twice", "delete one"),
        (T("opened", ("new",), "open"), "W205", "`opened` from `new` to `open` is declared twice", "delete one"),
        (T("opened", ("*",), "closed"), "", "", ""),
        (T("opened", ("new",), "closed"), "W206", "from `new` to `closed` can never be taken", "move this before"),
        (T("opened", ("new",), "closed", ("vip",)), "W206", "from `new` to `closed` can never be taken", "move this"),
        (T("opened", ("new", "open"), "closed"), "W206", "from `new` to `closed` can never be taken", "move this"),
        (T("gone", ("new",), "open", ("vip",), ("vip",)), "W207", "both needs and excludes `vip`", "keep it under"),
        (T("go now", ("new",), "open"), "W202", "trigger `go now` is not a plain word", "`go_now`"),
        (T("a.b.c", ("new",), "open"), "W202", "trigger `a.b.c` is not a plain word", "`a_b_c`"),
        (T("__init__", ("new",), "open"), "W202", "trigger `__init__` is not a plain word", "`init`"),
        (T("gone", ("new",), "open", ("os.system",)), "W202", "condition `os.system` is not", "code cannot be called"),
        (T("gone", ("new",), "open", (), ("sys.exit",)), "W202", "condition `sys.exit` is not", "name a rule"),
        (T("gone", ("new",), "open", ("f()",)), "W202", "condition `f()` is not a plain word", "name a rule"),
        (T("gone", ("new",), "open", ("",)), "W202", "condition `` is not a plain word", "name a rule"),
        (T("gone", ("new",), "open", requires=("a b",)), "W202", "required field `a b` is not", "`a_b`"),
    ],
)
def test_a_faulty_transition_is_refused_at_its_place(
    transition: Transition, code: str, message: str, hint: str
) -> None:
    """A transition that could not work is an error at its own span, with a hint; a `*` fallback is none."""
    span = Span("workflows/request.yaml", 12, 3)
    placed = Transition(
        transition.trigger, transition.source, transition.dest, transition.conditions, transition.unless,
        transition.requires, span=span,
    )  # fmt: skip
    table, found = loaded(OPENED, CLOSED, placed)
    errors = [d for d in found if d.severity == "error"]
    assert (table is None) == bool(code)
    assert [d.code for d in errors] == ([code] if code else [])
    assert all(d.span == span and message in d.message and hint in d.help for d in errors)


def test_guards_are_compared_before_a_transition_is_called_shadowed() -> None:
    """Different guards may share a trigger; a superset of an earlier transition's guards may not follow it."""
    vip, late = T("opened", ("new",), "open", ("vip",)), T("opened", ("new",), "closed", ("late",))
    table, _ = loaded(vip, late, T("opened", ("new",), "="), CLOSED)
    assert table is not None
    assert [edge.dest for edge in table.moves["new", "opened"]] == ["open", "closed", "new"]
    both = T("opened", ("new",), "closed", ("vip", "late"))
    assert codes(loaded(vip, both, CLOSED)[1]) == ["W206"]


def test_a_star_after_particular_states_is_their_fallback() -> None:
    """`*` behind a named state is fine as long as some state is left to it, and refused when none is."""
    table, found = loaded(OPENED, CLOSED, T("opened", ("*",), "="))
    assert table is not None
    assert codes(found) == []
    assert [edge.dest for edge in table.moves["new", "opened"]] == ["open", "new"]
    assert codes(loaded(OPENED, CLOSED, T("x", ("*",), "="), T("x", ("*",), "open"))[1]) == ["W206"]


def test_an_equal_sign_and_the_state_itself_are_the_same_destination() -> None:
    """`dest: =` duplicates a transition that names its own source as destination."""
    assert codes(loaded(OPENED, CLOSED, T("x", ("new",), "="), T("x", ("new",), "new"))[1]) == ["W205"]


def test_a_misspelt_initial_state_is_an_error_and_no_new_state() -> None:
    """The library would create the misspelt state; here it is refused with the nearest right name."""
    table, found = loaded(OPENED, CLOSED, initial="nwe")
    assert table is None
    assert [(d.code, d.help) for d in found] == [("W204", "did you mean `new`?")]


def test_duplicate_states_point_at_the_first_declaration() -> None:
    """A state declared twice is reported at the second place, with the first one beside it."""
    first, second = Span("w.yaml", 3, 1), Span("w.yaml", 5, 1)
    states = (State("new", span=first), State("open"), State("new", final=True, span=second))
    table, found = loaded(OPENED, states=states)
    assert table is None
    assert [(d.code, d.span, d.related) for d in found] == [("W203", second, (("first declared here", first),))]


@pytest.mark.parametrize(
    ("states", "transitions", "count"), [((), (), 2), (STATES, (), 1), ((), (T("x", ("*",), "="),), 1)]
)
def test_an_empty_workflow_is_refused(
    states: tuple[State, ...], transitions: tuple[Transition, ...], count: int
) -> None:
    """A workflow without states or without transitions is an error for each that is missing."""
    table, found = loaded(*transitions, states=states)
    assert table is None
    assert codes(found).count("W201") == count


@pytest.mark.parametrize(
    "name", ["*", "=", "", " ", "in progress", "os.system", "a\nb", "new\n", "-x", "_x", "x;y", "a/b"]
)
def test_a_state_name_that_is_not_a_plain_word_is_refused(name: str) -> None:
    """State names are letters, digits, `_` and `-`, whatever the library or a diagram would make of others."""
    table, found = loaded(OPENED, CLOSED, T("x", ("new",), name), states=(*STATES, State(name)))
    assert table is None
    assert "W202" in codes(found)


@pytest.mark.parametrize("name", ["x", "level-1", "in_progress", "2nd", "geprüft", "処理中"])
def test_plain_words_of_any_script_are_allowed(name: str) -> None:
    """Letters are letters in any script."""
    assert loaded(T("x", ("new",), name), T("y.1", (name,), "closed"), states=(*STATES, State(name)))[0] is not None


def test_all_problems_are_reported_at_once() -> None:
    """One run reports every independent problem."""
    found = loaded(
        T("a b", ("new",), "opne"), T("x", ("new",), "open", ("os.system",)), T("x", ("new",), "open"),
        T("x", ("new",), "closed"), initial="nwe",
    )[1]  # fmt: skip
    assert sorted(codes(found)) == ["W202", "W202", "W204", "W204", "W206"]


def test_states_out_of_reach_and_states_without_an_end_are_warned_about() -> None:
    """An unreachable state and one from which nothing ends are warnings at these states; the table still loads."""
    lost, trap = Span("w.yaml", 7, 1), Span("w.yaml", 8, 1)
    states = (*STATES, State("lost", span=lost), State("trap", span=trap))
    table, found = loaded(OPENED, CLOSED, T("stuck", ("open",), "trap"), T("x", ("trap",), "="), states=states)
    assert table is not None
    assert [(d.code, d.severity, d.span) for d in found] == [("W209", "warning", lost), ("W210", "warning", trap)]


def test_a_workflow_that_never_ends_is_only_noted() -> None:
    """Without any final state there is one note, and no warning for each state."""
    table, found = loaded(T("x", ("a",), "b"), T("y", ("b",), "a"), states=(State("a"), State("b")), initial="a")
    assert table is not None
    assert [(d.code, d.severity) for d in found] == [("W211", "note")]


def test_a_final_state_may_be_left_again() -> None:
    """`reopened` from a closed state is ordinary."""
    assert loaded(OPENED, CLOSED, T("reopened", ("closed",), "open"))[1] == []


def test_errors_found_before_do_not_stop_a_sound_workflow() -> None:
    """Only a workflow's own errors keep it from being compiled."""
    findings = Findings()
    findings.error("X999", Span("policy.yaml"), "something else")
    assert compile_workflow(Workflow("request", "new", STATES, (OPENED, CLOSED)), findings) is not None


def test_every_code_is_explained() -> None:
    """Each code has a short title and an explanation in sentences."""
    assert all(code.startswith("W2") and title and text.endswith(".") for code, (title, text) in CODES.items())
