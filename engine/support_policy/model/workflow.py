"""Workflows: a state machine as a policy writes it, and the table it compiles to.

Conditions are names of rules, evaluated elsewhere; nothing here can be called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from support_policy.model.promise import Occasion
from support_policy.source.record import record
from support_policy.source.span import NOWHERE, Span
from support_policy.source.words import Duration

ANY_STATE = "*"
"""As the only source of a transition: every state of the workflow, wherever it is declared."""

SAME_STATE = "="
"""As the destination of a transition: the state it starts from."""


@record
class State:
    """One state. `label` is its name for people (empty: the name); `final` states may still be left."""

    name: str
    final: bool = False
    label: str = ""
    span: Span = field(default=NOWHERE, compare=False)


@record
class Transition:
    """One declared move: `trigger` (an event type) leads from any of `source` to `dest`.

    `source` is state names or `("*",)`; `dest` a state name or `=`. Every rule of `conditions` must hold and
    none of `unless`. `requires` lists the event fields that must be given; `clause` cites the source document.
    """

    trigger: str
    source: tuple[str, ...]
    dest: str
    conditions: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    clause: tuple[str, ...] = ()
    says: str = ""
    span: Span = field(default=NOWHERE, compare=False)


@record
class StateTimer:
    """What happens when a ticket has been in a state (`while`) for so long (`after`).

    `do` is an event that then happens by itself, carrying `carries`; `notify` roles that are told. Counted from the
    moment the state was entered, or from the last event of `reset` since; armed while the rule `guard` holds; `repeat`
    times in one stay.
    """

    id: str
    state: str
    after: Duration
    do: str = ""
    carries: Mapping[str, str] = field(default_factory=dict)
    notify: tuple[str, ...] = ()
    message: str = ""
    guard: str = ""
    reset: tuple[Occasion, ...] = ()
    repeat: int = 1
    calendar: str = ""
    says: str = ""
    clause: tuple[str, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@record
class Workflow:
    """A whole machine, as declared. Order matters: of two moves that both apply, the earlier one is taken."""

    name: str
    initial: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    timers: tuple[StateTimer, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@record
class Edge:
    """One compiled move out of one state; the fields mean what they mean on `Transition`."""

    dest: str
    conditions: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    clause: tuple[str, ...] = ()
    says: str = ""
    span: Span = field(default=NOWHERE, compare=False)


@record
class Table:
    """A checked workflow with `*` and `=` expanded: a dictionary lookup answers every step.

    `moves` maps (state, trigger) to its edges in order of declaration; a pair with no edge is absent.
    `states` maps each name to its state, in order of declaration; `triggers` are in order of first use.
    """

    name: str
    initial: str
    states: Mapping[str, State]
    triggers: tuple[str, ...]
    moves: Mapping[tuple[str, str], tuple[Edge, ...]]
    timers: Mapping[str, tuple[StateTimer, ...]] = field(default_factory=dict)
    """The timers of each state that has some."""

    @property
    def finals(self) -> tuple[str, ...]:
        """The names of the final states, in order of declaration."""
        return tuple(name for name, state in self.states.items() if state.final)

    def sources(self, trigger: str) -> tuple[str, ...]:
        """The states that `trigger` may leave (guards aside); empty for an unknown trigger."""
        return tuple(state for state in self.states if (state, trigger) in self.moves)

    def exits(self, state: str) -> tuple[str, ...]:
        """The triggers that may be given in `state` (guards aside); empty for an unknown state."""
        return tuple(trigger for trigger in self.triggers if (state, trigger) in self.moves)


@record
class Blocked:
    """A step that is not taken, and why.

    `no_transition`: the trigger has no move from this state; `allowed_from` lists the states where it has one.
    `blocked`: `edges` are the moves there are, and `failed` the rules that kept all of them shut (a condition
    that does not hold, or an `unless` that does), each once, in order of declaration.
    """

    reason: Literal["no_transition", "blocked"]
    failed: tuple[str, ...] = ()
    allowed_from: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
