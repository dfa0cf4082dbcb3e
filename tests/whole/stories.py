"""Hypothesis strategies for what happens to a ticket under a described policy: at whole seconds, mostly round ones."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.whole.described import MOVES, Fact, Policy

GAPS = (0, 0, 30, 30, 60, 60, 60, 120, 120, 180, 300, 600)
TYPES = (
    *("responded", "responded", "waiting_on_customer", "waiting_on_customer", "customer_replied", "customer_replied"),
    *("assigned", "assigned", "priority_changed", "priority_changed", "priority_changed", "acknowledged"),
    *("acknowledged", "resolved", "resolved", "reopened", "reopened", "closed", "updated", "updated", "updated"),
    *("escalation_requested", "escalation_requested", "escalation_accepted", "escalation_declined"),
)
ROLES = {"customer_replied": "customer", "reopened": "customer", "escalation_requested": "customer"}
MOST = 2400
"""Seconds that a story's facts take at most."""


@st.composite
def histories(draw: st.DrawFn, policy: Policy) -> tuple[Fact, ...]:
    """A submission and up to ten further events within some forty minutes."""
    priorities = st.sampled_from([p.name for p in policy.priorities])
    organization = draw(st.sampled_from(("acme", "acme", "globex")))
    first = policy.begins + draw(st.sampled_from((0, 0, 300, 1170, 1200)))
    team = draw(st.sampled_from(("", "", "blue")))
    stated = (("organization", organization), ("stated_priority", draw(priorities)))
    made, at, state = [Fact(first, "submitted", "customer", team=team, fields=stated)], first, "open"
    for _ in range(draw(st.sampled_from((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 8, 9, 10)))):
        at = min(at + draw(st.sampled_from(GAPS)) + draw(st.sampled_from((0, 0, 0, 0, 1, 17))), first + MOST)
        made.append(draw(facts(at, priorities, state)))
        state = after(state, made[-1].type) or state
    return tuple(made)


def after(state: str, event: str) -> str:
    """The state that an event leads to; empty where the workflow does not allow it."""
    moves = [to for name, source, to in MOVES if name == event and state in source]
    return (state if moves[0] == "=" else moves[0]) if moves else ""


@st.composite
def facts(draw: st.DrawFn, at: int, priorities: st.SearchStrategy[str], state: str) -> Fact:
    """One event at a second, mostly one that the workflow allows."""
    types = TYPES if draw(st.integers(0, 9)) == 0 else tuple(name for name in TYPES if after(state, name))
    type = draw(st.sampled_from(types))
    by = draw(st.sampled_from((ROLES.get(type, "engineer"), ROLES.get(type, "engineer"), "manager", "automatic")))
    match type:
        case "priority_changed":
            return Fact(at, type, by, draw(priorities))
        case "assigned":
            team = draw(st.sampled_from(("blue", "green")))
            return Fact(at, type, by, to="someone", team=team)
        case "updated":
            fields = (("organization", "globex"), ("note", "more"), ("vip", "yes"), ("vip", "yes"), ("vip", "no"))
            return Fact(at, type, by, fields=(draw(st.sampled_from(fields)),))
    return Fact(at, type, by)


@st.composite
def ends(draw: st.DrawFn, facts: tuple[Fact, ...]) -> int:
    """The second at which a story is looked at: at its last fact or some time after."""
    return facts[-1].at + draw(st.sampled_from((0, 1, 30, 60, 120, 300, 600, 1200, 1800)))
