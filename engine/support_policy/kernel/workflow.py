"""Workflow -> table, through the `transitions` library; and the step, which is a dictionary lookup.

The library is handed triggers, sources and destinations only, and no model: conditions stay beside it, matched to
what it built by order of declaration, so that no name a policy writes is ever looked up as a callback.
"""

from __future__ import annotations

from collections.abc import Callable

from support_policy.kernel.workflow_checks import check_workflow
from support_policy.model.workflow import ANY_STATE, Blocked, Edge, Table, Transition, Workflow
from support_policy.source.diagnostics import Findings


def compile_workflow(workflow: Workflow, findings: Findings) -> Table | None:
    """Check `workflow` and compile it; None when an error was found. Findings carry the W2xx codes."""
    before = len(findings.errors)
    check_workflow(workflow, findings)
    return _load(workflow) if len(findings.errors) == before else None


def step(table: Table, state: str, trigger: str, guards: Callable[[str], bool]) -> Edge | Blocked:
    """The first move for `trigger` in `state` whose conditions hold, or why there is none.

    `guards` tells whether the rule of a given name holds; it is asked only about rules that matter here. Event
    fields an edge `requires` are for the caller to check. Raises nothing of its own: unknown names are blocked.
    """
    edges = table.moves.get((state, trigger))
    if edges is None:
        return Blocked("no_transition", allowed_from=table.sources(trigger))
    failed: dict[str, None] = {}
    for edge in edges:
        if not (edge.conditions or edge.unless):
            return edge
        shut = [name for name in edge.conditions if not guards(name)]
        shut += [name for name in edge.unless if guards(name)]
        if not shut:
            return edge
        failed.update(dict.fromkeys(shut))
    return Blocked("blocked", failed=tuple(failed), edges=edges)


def _load(workflow: Workflow) -> Table:
    from transitions import Machine  # imported here: 30 ms that only loading a policy should pay

    names = [state.name for state in workflow.states]
    machine = Machine(
        model=None,
        states=names,
        initial=workflow.initial,
        transitions=[
            {"trigger": t.trigger, "source": ANY_STATE if t.source == (ANY_STATE,) else list(t.source), "dest": t.dest}
            for t in workflow.transitions
        ],
        auto_transitions=False,
        # The library forbids a trigger named like this attribute; a space keeps every plain word allowed.
        model_attribute="current state",
    )
    moves: dict[tuple[str, str], tuple[Edge, ...]] = {}
    for trigger, event in machine.events.items():
        declared = [t for t in workflow.transitions if t.trigger == trigger]
        for state, built in event.transitions.items():
            ours = [t for t in declared if t.source == (ANY_STATE,) or state in t.source]
            moves[state, trigger] = tuple(_edge(t, b.dest or state) for t, b in zip(ours, built, strict=True))
    return Table(
        name=workflow.name,
        initial=workflow.initial,
        states={state.name: state for state in workflow.states},
        triggers=tuple(machine.events),
        moves=moves,
        timers={
            state: tuple(t for t in workflow.timers if t.state == state)
            for state in dict.fromkeys(t.state for t in workflow.timers)
        },
    )


def _edge(declared: Transition, dest: str) -> Edge:
    return Edge(
        dest=dest,
        conditions=declared.conditions,
        unless=declared.unless,
        requires=declared.requires,
        clause=declared.clause,
        says=declared.says,
        span=declared.span,
    )
