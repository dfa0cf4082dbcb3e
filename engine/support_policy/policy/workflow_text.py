"""The shape of the files under workflows/: states, transitions, timers."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any

from support_policy.model.workflow import State, StateTimer, Transition, Workflow
from support_policy.policy.promise_text import DO, MESSAGE, SAYS, WHEN, WITH, occasions
from support_policy.policy.week import CLAUSES
from support_policy.source.shape import (
    NAME,
    TEXT,
    TRIGGER,
    Bare,
    Field,
    LengthOfTime,
    ListOf,
    OneOf,
    Partial,
    Text,
    Whole,
    YesNo,
)
from support_policy.source.span import Span

STATE_NAMES = ListOf(Text("a state, or `*` for any", r"[A-Za-z][A-Za-z0-9_-]{0,63}|\*"), least=1)
STATE = OneOf(
    "a state's name, or `{name, label, final}`",
    scalar=Bare(NAME, lambda word, span: State(word, span=span)),
    mapping=Partial(
        lambda span, **v: State(v["name"], v["final"], v["label"], span),
        {
            "name": Field(NAME, "the state's name", required=True),
            "label": Field(TEXT, "what people call it", ""),
            "final": Field(YesNo(), "whether what is still open is withdrawn on entering it", default=False),
        },
        title="a state",
    ),
)


def _transition(span: Span, **v: Any) -> Transition:
    return Transition(
        v["trigger"],
        v["source"],
        v["dest"],
        v["conditions"],
        v["unless"],
        v["requires"],
        v["clause"],
        v["says"],
        span,
    )


TRANSITION = Partial(
    _transition,
    {
        "trigger": Field(TRIGGER, "the event (or `chain.level`) that makes the move", required=True),
        "source": Field(STATE_NAMES, "from which states; `*` for any", required=True),
        "dest": Field(
            Text("a state, or `=` for the same", r"[A-Za-z][A-Za-z0-9_-]{0,63}|="), "to which state", required=True
        ),
        "conditions": Field(ListOf(NAME), "rules of the set `guards` that must hold", ()),
        "unless": Field(ListOf(NAME), "rules of the set `guards` that must not hold", ()),
        "requires": Field(ListOf(NAME), "what the event must carry, such as `reason`", ()),
        "clause": CLAUSES,
        "says": SAYS,
    },
    title="a transition",
)


def _timer(span: Span, **v: Any) -> StateTimer:
    rest = {name: v[name] for name in ("notify", "message", "reset", "repeat", "calendar", "says", "clause")}
    return StateTimer(
        v["id"], v["while"], v["after"], do=v["do"], carries=v["with"], guard=v["when"], span=span, **rest
    )


TIMER = Partial(
    _timer,
    {
        "id": Field(NAME, "the timer's name; it has `do`, `notify` or both", required=True),
        "while": Field(NAME, "the state in which it counts", required=True),
        "after": Field(LengthOfTime(), "for how long, such as `40bh`", required=True),
        "when": WHEN,
        "reset": Field(ListOf(occasions("has the timer count anew")), "events that have it count anew", ()),
        "repeat": Field(Whole(1, 100), "how often in one stay in the state: after so long, twice as long, ...", 1),
        "calendar": Field(NAME, "by which business time counts (default: `local`)", ""),
        "do": DO,
        "with": WITH,
        "notify": Field(ListOf(NAME), "the roles that are told", ()),
        "message": MESSAGE,
        "says": SAYS,
        "clause": CLAUSES,
    },
    title="a timer",
)
WORKFLOW_FIELDS: Map[str, Field] = {
    "workflow": Field(NAME, "the workflow's name; `request` is the life of a ticket", required=True),
    "initial": Field(NAME, "the state in which it begins", required=True),
    "states": Field(ListOf(STATE, single=False, least=1), "its states", required=True),
    "transitions": Field(ListOf(TRANSITION, single=False, least=1), "its moves", required=True),
    "timers": Field(ListOf(TIMER, single=False), "what happens when a state lasts", ()),
}


def workflow(span: Span, **v: Any) -> Workflow:
    """A workflow from its fields."""
    return Workflow(v["workflow"], v["initial"], v["states"], v["transitions"], v["timers"], span)
