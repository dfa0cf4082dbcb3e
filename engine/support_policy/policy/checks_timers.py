"""Checks of the timers of workflows, and of what happens by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from support_policy.model.workflow import StateTimer, Table
from support_policy.policy.checks_base import Names
from support_policy.policy.names import LIFECYCLE
from support_policy.source.diagnostics import did_you_mean
from support_policy.source.shape import BAD
from support_policy.source.span import Span
from support_policy.source.words import span_of


def check_timers(names: Names) -> None:
    """Every timer by itself, and those that keep each other going."""
    seen: dict[str, Span] = {}
    for machine in names.draft.workflows.values():
        states = [state.name for state in machine.states]
        for timer in machine.timers:
            first = seen.setdefault(timer.id, timer.span)
            if first is not timer.span and timer.id is not BAD:
                said = f"the timer `{timer.id}` is declared twice"
                related = (("first declared here", first),)
                names.findings.error(
                    "P305", span_of(timer.id, timer.span), said, "rename or remove one", related=related
                )
            _timer(names, timer, machine.name, states)
    if len(names.tables) == len(names.draft.workflows):
        for table in names.tables.values():
            for some in table.timers.values():
                for timer in some:
                    _in_vain(names, timer, table)
            _without_end(names, table)


def _timer(names: Names, timer: StateTimer, workflow: str, states: Iterable[str]) -> None:
    if timer.state is not BAD and timer.state not in states and BAD not in states:
        said = f"there is no state `{timer.state}` in the workflow `{workflow}`"
        names.findings.error("P310", span_of(timer.state, timer.span), said, did_you_mean(timer.state, states))
    names.guard(timer.guard, timer.span)
    names.calendar(timer.calendar, timer.span)
    for occasion in timer.reset:
        names.occasion(occasion)
    for role in timer.notify:
        names.role(role, timer.span)
    if timer.do == "" and timer.notify == ():
        names.findings.error(
            "P355", timer.span, f"the timer `{timer.id}` does nothing", "give it `do: EVENT` or `notify: ROLE`"
        )
    act(names, timer.do, timer.carries, timer.span)


def _in_vain(names: Names, timer: StateTimer, table: Table) -> None:
    """A timer whose event is never allowed in its state, that sets itself anew, or that comes when all is over."""
    state, do = timer.state, timer.do
    if state not in table.states:
        return
    what = "the ticket" if table.name == LIFECYCLE else f"the {table.name}"
    if do and do in names.declared.names["event type"]:
        elsewhere = any(do in other.triggers for other in names.tables.values() if other is not table)
        edges = table.moves.get((state, do), ())
        if not edges and not elsewhere:
            said = f"`{do}` is never allowed while {what} is `{state}`: the timer `{timer.id}` changes nothing"
            help = "it is allowed from " + ", ".join(f"`{name}`" for name in table.sources(do))
            names.findings.warn("P380", span_of(do, timer.span), said, help)
        elif _resets(timer) and not timer.guard and (not edges or any(edge.dest == state for edge in edges)):
            said = f"`{do}` has its own timer `{timer.id}` count anew: it goes off every {timer.after}, without end"
            help = f"leave it out of `reset`; `repeat` says how often, in one stay in `{state}`"
            names.findings.warn("P381", span_of(do, timer.span), said, help)
    if table.name == LIFECYCLE and state in table.finals:
        said = f"the ticket is over in the state `{state}`; the timer `{timer.id}` goes off there all the same"
        names.findings.note("P382", span_of(state, timer.span), said)


def _resets(timer: StateTimer) -> bool:
    """Whether what a timer has happen by itself has it count anew."""
    return any(o.event == timer.do and (not o.by or "automatic" in o.by) and not o.guard for o in timer.reset)


def _without_end(names: Names, table: Table) -> None:
    """Timers that lead from state to state in a circle; each circle is told once, at the timer that closes it.

    Only what always happens counts: a timer with a guard, a move with a condition, or a shorter timer that leads away
    may end the circle.
    """
    leads = {state: step for state in table.timers if (step := _step(table, state)) is not None}
    done: set[str] = set()
    for start in leads:
        path: list[str] = []
        state = start
        while state in leads and state not in done:
            done.add(state)
            path.append(state)
            state = leads[state][1]
        if state in path:
            circle = path[path.index(state) :]
            ids = [leads[name][0].id for name in circle]
            said = f"{', '.join(f'`{id}`' for id in ids)} keep each other going: no person needs to do anything"
            ways = " to ".join(f"`{name}`" for name in [*circle, state])
            help = f"they lead from {ways}, until a ticket's timers rest after 1,000 firings"
            names.findings.warn("P381", leads[circle[-1]][0].span, said, help)


def _step(table: Table, state: str) -> tuple[StateTimer, str] | None:
    """The timer that ends a stay in a state, if nothing else happens, and the state to which it leads."""
    found: list[tuple[StateTimer, str]] = []
    for timer in table.timers[state]:
        edges = table.moves.get((state, timer.do), ())
        if edges and not timer.guard and not edges[0].conditions and not edges[0].unless and edges[0].dest != state:
            found.append((timer, edges[0].dest))
    if len({timer.after.business for timer, _ in found}) > 1:
        return None
    return min(found, key=lambda step: step[0].after.seconds, default=None)


def act(names: Names, do: str, carries: Mapping[str, str], span: Span) -> None:
    """What happens by itself: its event is known, and carries what that event needs."""
    if carries and do == "":
        said = "`with` is what an event carries, and there is none"
        names.findings.error("P355", span, said, "add `do: EVENT`")
    if not do or carries is BAD:
        return
    names.event(do, span)
    for name, value in carries.items():
        names.offered(name, names.carried, "key that an event carries, called", span)
        if name == "to" and do == "priority_changed" and value is not BAD:
            names.known(value, "priority", span)
    missing = lacking(names, do, carries)
    if missing:
        said = f"`{do}` needs {', '.join(f'`{name}`' for name in missing)}"
        names.findings.error("S206", span, said, f"`with: {{{missing[0]}: ...}}`")


def lacking(names: Names, event: str, carries: Iterable[str]) -> list[str]:
    """What an event needs and does not carry."""
    words = names.text.events.get(event)
    machines = names.draft.workflows.values()
    moves = [move for machine in machines for move in machine.transitions if move.trigger == event]
    needed = {str(name) for move in moves for name in move.requires} | set(words.requires if words else ())
    return sorted(needed - set(map(str, carries)))
