"""Hypothesis strategies for what happens to a ticket under a described policy: at whole seconds, mostly round ones."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.whole.described import MOVES, Fact, Policy

GAPS = (0, 0, 30, 30, 60, 60, 60, 120, 120, 180, 300, 600)
WEIGHTS = {
    "responded": 4,
    "waiting_on_customer": 3,
    "customer_replied": 4,
    "assigned": 2,
    "priority_changed": 6,
    "acknowledged": 4,
    "resolved": 3,
    "reopened": 8,
    "closed": 1,
    "updated": 3,
    "escalation_requested": 2,
    "escalation_accepted": 1,
    "escalation_declined": 1,
    "complained": 2,
    "complaint_accepted": 1,
    "complaint_declined": 1,
}
TYPES = tuple(name for name, weight in WEIGHTS.items() for _ in range(weight))
ROLES = {
    "customer_replied": "customer",
    "reopened": "customer",
    "escalation_requested": "customer",
    "complained": "customer",
}
MOST = 2400
"""Seconds that a story's facts take at most."""


@st.composite
def histories(draw: st.DrawFn, policy: Policy) -> tuple[Fact, ...]:
    """A submission and up to ten further events within some forty minutes."""
    names = [p.name for p in policy.priorities]
    organization = draw(st.sampled_from(("acme", "acme", "globex")))
    first = policy.begins + draw(st.sampled_from((0, 0, 300, 1170, 1200)))
    team = draw(st.sampled_from(("", "", "blue")))
    stated = (("organization", organization), ("stated_priority", draw(st.sampled_from(names))))
    made, at, state = [Fact(first, "submitted", "customer", team=team, fields=stated)], first, "open"
    for _ in range(draw(st.sampled_from((6, 8, 10, 10, 4, 3, 2, 1, 0)))):
        at = min(at + draw(st.sampled_from(GAPS)) + draw(st.sampled_from((0, 0, 0, 0, 1, 17))), first + MOST)
        made.append(draw(facts(at, names, state)))
        if made[-1].type == "priority_changed":
            # Mostly to another one than is in force.
            names.sort(key=lambda name: name == made[-1].to)
        state = after(state, made[-1].type) or state
    return tuple(made)


def after(state: str, event: str) -> str:
    """The state that an event leads to; empty where the workflow does not allow it."""
    moves = [to for name, source, to in MOVES if name == event and state in source]
    return (state if moves[0] == "=" else moves[0]) if moves else ""


@st.composite
def facts(draw: st.DrawFn, at: int, names: list[str], state: str) -> Fact:
    """One event at a second, mostly one that the workflow allows."""
    types = TYPES if draw(st.integers(0, 9)) == 0 else tuple(name for name in TYPES if after(state, name))
    type = draw(st.sampled_from(types))
    by = draw(st.sampled_from((ROLES.get(type, "engineer"), ROLES.get(type, "engineer"), "manager", "automatic")))
    match type:
        case "priority_changed":
            return Fact(at, type, by, draw(st.sampled_from((names[0], names[0], *names))))
        case "assigned":
            team = draw(st.sampled_from(("blue", "green")))
            return Fact(at, type, by, to="someone", team=team)
        case "updated":
            fields = (("organization", "globex"), ("note", "more"), ("vip", "yes"), ("vip", "yes"), ("vip", "no"))
            return Fact(at, type, by, fields=(draw(st.sampled_from(fields)),))
        case "responded":
            return Fact(at, type, by, via=draw(st.sampled_from(("email", "email", ""))))
    return Fact(at, type, by)


@st.composite
def ends(draw: st.DrawFn, facts: tuple[Fact, ...]) -> int:
    """The second at which a story is looked at: at its last fact or some time after."""
    return facts[-1].at + draw(st.sampled_from((0, 1, 30, 60, 120, 300, 600, 1200, 1800)))
