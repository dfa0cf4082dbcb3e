"""The engine against the simulation, on policies and histories that nobody chose."""

from __future__ import annotations

from functools import lru_cache

from hypothesis import given, note
from hypothesis import strategies as st

from support_policy.bootstrap import compile_files
from support_policy.policy.compiled import Policy as Compiled
from support_policy.ticket.evaluate import evaluate
from tests.whole.compare import Evaluated, simulated
from tests.whole.described import Fact, Policy, history
from tests.whole.policies import files, policies
from tests.whole.search import SLOW
from tests.whole.simulator import Simulation
from tests.whole.stories import ends, histories


@lru_cache(maxsize=64)
def compiled(policy: Policy) -> Compiled:
    """A described policy as the engine reads it."""
    return compile_files(files(policy))


@st.composite
def cases(draw: st.DrawFn, *, whole: bool = True) -> tuple[Policy, tuple[Fact, ...], int]:
    """A policy, what happens under it, and when it is looked at."""
    policy = draw(policies(whole=whole))
    facts = draw(histories(policy))
    return policy, facts, draw(ends(facts))


def disagreements(policy: Policy, facts: tuple[Fact, ...], until: int) -> list[str]:
    """What the simulation says, and the engine does not."""
    slow = Simulation(policy)
    slow.run(facts, until)
    fast = evaluate(compiled(policy), history(policy, facts), policy.instant(until))
    return simulated(slow).differences(Evaluated(policy, fast).outcome())


def agree(policy: Policy, facts: tuple[Fact, ...], until: int) -> None:
    """The engine says what the simulation says."""
    note(files(policy)["policy.yaml"].decode())
    note("\n".join((*map(str, policy.timers), *map(str, facts), f"until {until}")))
    found = disagreements(policy, facts, until)
    assert not found, "\n".join(["the simulation says, not the engine:", *found])


@SLOW
@given(cases(whole=False))
def test_the_plain_language(case: tuple[Policy, tuple[Fact, ...], int]) -> None:
    """What a policy could say from the beginning is lived second by second as the engine decides it."""
    agree(*case)


@SLOW
@given(cases())
def test_the_whole_language(case: tuple[Policy, tuple[Fact, ...], int]) -> None:
    """Everything a policy can say is lived second by second as the engine decides it."""
    agree(*case)
