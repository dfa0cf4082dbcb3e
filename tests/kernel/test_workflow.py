"""Workflows: the compiled table, the step, and the law that both agree with the `transitions` library."""

from __future__ import annotations

import pickle
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transitions import Machine, MachineError

from support_policy.kernel.workflow import compile_workflow, step
from support_policy.model.workflow import Blocked, Edge, State, Table, Transition, Workflow
from support_policy.source.diagnostics import Findings
from support_policy.source.span import Span

REQUEST = Workflow(
    "request",
    "new",
    (State("new"), State("open"), State("resolved"), State("closed", final=True)),
    (
        Transition("responded", ("new",), "open", clause=("response.by-priority",), says="answered"),
        Transition("updated", ("*",), "="),
        Transition("resolved", ("new", "open"), "resolved", requires=("resolution",)),
        Transition("reopened", ("resolved", "closed"), "open", conditions=("recent", "entitled"), unless=("spam",)),
        Transition("reopened", ("closed",), "new", conditions=("entitled",)),
        Transition("closed", ("*",), "closed"),
    ),
)


def compiled(workflow: Workflow) -> Table:
    """The table of a workflow that must have no errors."""
    findings = Findings()
    table = compile_workflow(workflow, findings)
    assert table is not None, "\n".join(map(str, findings))
    return table


def holding(*names: str) -> frozenset[str]:
    """The rules that hold, all others not."""
    return frozenset(names)


@pytest.mark.parametrize(
    ("state", "trigger", "holds", "dest"),
    [
        ("new", "responded", holding(), "open"),
        ("new", "updated", holding(), "new"),
        ("closed", "updated", holding(), "closed"),
        ("open", "closed", holding(), "closed"),
        ("resolved", "reopened", holding("recent", "entitled"), "open"),
        ("closed", "reopened", holding("recent", "entitled"), "open"),
        ("closed", "reopened", holding("entitled"), "new"),
        ("closed", "reopened", holding("recent", "entitled", "spam"), "new"),
    ],
)
def test_the_first_edge_whose_guards_pass_wins(state: str, trigger: str, holds: frozenset[str], dest: str) -> None:
    """A step takes the first declared edge whose conditions hold and whose exceptions do not."""
    edge = step(compiled(REQUEST), state, trigger, holds.__contains__)
    assert isinstance(edge, Edge)
    assert edge.dest == dest


def test_a_blocked_step_names_the_guards_that_kept_it_shut() -> None:
    """A step with edges but no open one says which rules failed, each once, and which edges there were."""
    answer = step(compiled(REQUEST), "closed", "reopened", holding("spam").__contains__)
    assert isinstance(answer, Blocked)
    assert (answer.reason, answer.failed) == ("blocked", ("recent", "entitled", "spam"))
    assert [edge.dest for edge in answer.edges] == ["open", "new"]


@pytest.mark.parametrize(
    ("state", "trigger", "allowed_from"),
    [
        ("open", "reopened", ("resolved", "closed")),
        ("open", "responded", ("new",)),
        ("open", "no_such_trigger", ()),
        ("no_such_state", "updated", ("new", "open", "resolved", "closed")),
    ],
)
def test_a_step_without_a_transition_says_where_there_is_one(
    state: str, trigger: str, allowed_from: tuple[str, ...]
) -> None:
    """A trigger that the state does not know is not taken, and the answer lists the states that do know it."""
    answer = step(compiled(REQUEST), state, trigger, lambda _: True)
    assert answer == Blocked("no_transition", allowed_from=allowed_from)


def test_an_unguarded_step_asks_no_guard() -> None:
    """No rule is evaluated for an edge that names none."""

    def refuse(name: str) -> bool:
        pytest.fail(f"asked about {name}")

    assert isinstance(step(compiled(REQUEST), "new", "responded", refuse), Edge)


def test_an_edge_carries_what_was_declared() -> None:
    """Required fields, clauses and the sentence of a transition are on its edges, with its place in the text."""
    span = Span("workflows/request.yaml", 9, 5)
    workflow = Workflow(
        "w", "a", (State("a"),), (Transition("t", ("a",), "=", (), (), ("reason",), ("p1.scope",), "because", span),)
    )
    edge = compiled(workflow).moves["a", "t"][0]
    assert (edge.requires, edge.clause, edge.says, edge.span) == (("reason",), ("p1.scope",), "because", span)


def test_the_table_lists_states_triggers_and_finals_in_order_of_declaration() -> None:
    """The table keeps the author's order, and can be asked what leads out of a state and where a trigger applies."""
    table = compiled(REQUEST)
    assert (list(table.states), table.initial, table.finals) == (
        ["new", "open", "resolved", "closed"],
        "new",
        ("closed",),
    )
    assert table.triggers == ("responded", "updated", "resolved", "reopened", "closed")
    assert table.exits("closed") == ("updated", "reopened", "closed")
    assert table.sources("resolved") == ("new", "open")


def test_spans_do_not_take_part_in_equality() -> None:
    """Two texts that declare the same workflow at different places compare equal."""
    assert State("a", span=Span("x", 1)) == State("a", span=Span("y", 2))
    assert Transition("t", ("a",), "a", span=Span("x", 1)) == Transition("t", ("a",), "a", span=Span("y", 2))


def test_a_table_survives_pickling() -> None:
    """A table can be sent to another process."""
    table = compiled(REQUEST)
    assert pickle.loads(pickle.dumps(table)) == table  # noqa: S301 - our own bytes


def test_a_star_covers_states_declared_in_any_place() -> None:
    """`*` means every state of the workflow, the last declared one too; no `to_x` trigger is added."""
    table = compiled(REQUEST)
    assert table.sources("closed") == tuple(table.states)
    assert not [trigger for trigger in table.triggers if trigger.startswith("to_")]


@pytest.mark.parametrize("name", ["state", "trigger", "to_open", "is_new", "may_trigger", "on_enter_open", "self"])
def test_names_that_mean_something_to_the_library_are_plain_names_here(name: str) -> None:
    """A trigger or state named like one of the library's attributes is a name like any other."""
    workflow = Workflow("w", name, (State(name), State("end", final=True)), (Transition(name, (name,), "end"),))
    assert compiled(workflow).moves[name, name] == (Edge("end"),)


def test_a_trigger_named_like_a_function_is_only_a_name() -> None:
    """A dotted trigger such as `os.system` is data: it is neither imported nor called."""
    workflow = Workflow("w", "a", (State("a"), State("b", final=True)), (Transition("os.system", ("a",), "b"),))
    assert compiled(workflow).moves == {("a", "os.system"): (Edge("b"),)}


# -- the law: the table agrees with the library -------------------------------------------------------------------

STATES, TRIGGERS, GUARDS = ("s0", "s1", "s2", "s3"), ("go", "back", "level.1"), ("g0", "g1", "g2")


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    """A small workflow with sound names, guarded or not, `*` and `=` included; shadowed moves are dropped."""
    states = STATES[: draw(st.integers(1, len(STATES)))]
    some = st.lists(st.sampled_from(GUARDS), unique=True, max_size=2).map(tuple)
    source = st.one_of(st.just(("*",)), st.lists(st.sampled_from(states), min_size=1, unique=True).map(tuple))
    move = st.builds(
        Transition, st.sampled_from(TRIGGERS), source, st.sampled_from((*states, "=")), conditions=some, unless=some
    )
    kept: list[Transition] = []
    declared = tuple(State(name, final=draw(st.booleans())) for name in states)
    for transition in draw(st.lists(move, min_size=1, max_size=10)):
        findings = Findings()
        compile_workflow(Workflow("w", states[0], declared, (*kept, transition)), findings)
        if not findings.errors:
            kept.append(transition)
    return Workflow("w", draw(st.sampled_from(states)), declared, tuple(kept or [Transition("go", ("*",), "=")]))


def powerset(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Every choice of names."""
    return [chosen for size in range(len(names) + 1) for chosen in combinations(names, size)]


class Ticket:
    """A model for the library: its guards are methods that read the rules that hold."""

    state: str

    def __init__(self) -> None:
        self.holds: frozenset[str] = frozenset()


def library(workflow: Workflow, ticket: Ticket) -> Machine:
    """The workflow as the library itself runs it on a live model, guards as callables."""

    def guard(name: str) -> object:
        return lambda: name in ticket.holds

    transitions = [
        {
            "trigger": t.trigger,
            "source": "*" if t.source == ("*",) else list(t.source),
            "dest": t.dest,
            "conditions": [guard(name) for name in t.conditions],
            "unless": [guard(name) for name in t.unless],
        }
        for t in workflow.transitions
    ]
    return Machine(
        model=ticket,
        states=[s.name for s in workflow.states],
        initial=workflow.initial,
        transitions=transitions,
        auto_transitions=False,
    )


@settings(max_examples=60, deadline=None)
@given(
    workflows(),
    st.lists(st.tuples(st.sampled_from(TRIGGERS), st.frozensets(st.sampled_from(GUARDS))), max_size=25),
)
def test_a_walk_through_the_table_is_a_walk_of_the_library(
    workflow: Workflow, walk: list[tuple[str, frozenset[str]]]
) -> None:
    """Whatever the workflow and the events, table and library are in the same state after each event."""
    table, ticket = compiled(workflow), Ticket()
    library(workflow, ticket)
    state = workflow.initial
    for trigger, holds in walk:
        ticket.holds = holds
        answer = step(table, state, trigger, holds.__contains__)
        try:
            taken = ticket.trigger(trigger)  # type: ignore[attr-defined]
        except (MachineError, AttributeError):
            assert isinstance(answer, Blocked)
            assert answer.reason == "no_transition"
        else:
            assert taken == isinstance(answer, Edge)
        state = answer.dest if isinstance(answer, Edge) else state
        assert ticket.state == state


@settings(max_examples=60, deadline=None)
@given(workflows())
def test_the_table_agrees_with_the_library_in_every_state_and_for_every_trigger(workflow: Workflow) -> None:
    """For each (state, trigger) and each set of rules that hold, table and library go to the same state."""
    table, ticket = compiled(workflow), Ticket()
    machine = library(workflow, ticket)
    for state, trigger, chosen in product(table.states, table.triggers, powerset(GUARDS)):
        ticket.holds = frozenset(chosen)
        machine.set_state(state, ticket)
        answer = step(table, state, trigger, ticket.holds.__contains__)
        if (state, trigger) in table.moves:
            ticket.trigger(trigger)  # type: ignore[attr-defined]
        else:
            assert trigger not in machine.get_triggers(state)
        assert ticket.state == (answer.dest if isinstance(answer, Edge) else state)
