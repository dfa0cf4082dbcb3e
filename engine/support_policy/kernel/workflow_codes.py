"""The codes of everything that can be wrong with a workflow: title and explanation."""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    "W201": (
        "empty workflow",
        "A workflow needs at least one state and at least one transition; without them no event could change a ticket.",
    ),
    "W202": (
        "name is not a plain word",
        (
            "Names of states, triggers, rules and event fields are plain words: letters, digits, `_` and `-`, "
            "beginning with a letter or a digit. A trigger may hold one dot, as in `automatic.1`. Nothing that "
            "looks like a call or a path into a program is accepted: a workflow names rules of the policy, never "
            "code."
        ),
    ),
    "W203": (
        "duplicate state",
        "Each state is declared once. Two declarations of one name could disagree about whether it is final.",
    ),
    "W204": (
        "unknown state",
        (
            "The initial state and both ends of every transition must be declared under `states`. `*` (every "
            "state) is a source only, `=` (the same state) a destination only."
        ),
    ),
    "W205": (
        "duplicate transition",
        "The same move is declared twice: same trigger, same state, same destination, same conditions. Delete one.",
    ),
    "W206": (
        "transition can never be taken",
        (
            "Of several transitions for one trigger in one state the first that applies is taken. An earlier one "
            "applies whenever this one would (it has no conditions, or only conditions that this one has too), so "
            "this one is never reached. Put the more specific transition first. A `*` after transitions for "
            "particular states is a fallback for the others, and fine."
        ),
    ),
    "W207": (
        "condition contradicts itself",
        "The same rule stands under `conditions` and under `unless`: the transition can never be taken.",
    ),
    "W208": (
        "sources are not clear",
        "A transition leaves from a list of different states, each named once, or from `*` alone.",
    ),
    "W209": (
        "state cannot be reached",
        "No chain of transitions leads from the initial state to this one, so no ticket will ever be in it.",
    ),
    "W210": (
        "state leads nowhere",
        "No chain of transitions leads from this state to a final one: a ticket that gets here can never be finished.",
    ),
    "W211": (
        "no final state",
        (
            "No state is marked `final: true`. That is right for a machine that never ends, such as a cycle of "
            "escalations, and an oversight in a ticket's lifecycle."
        ),
    ),
}
