"""Laws of what is learned late, and of versions that follow one another, over policies that nobody chose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from support_policy.bootstrap import compile_files
from support_policy.policy.compiled import Policy as Compiled
from support_policy.ticket.evaluate import evaluate
from tests.whole.compare import Evaluated, Outcome
from tests.whole.described import Fact, Length, Policy, history
from tests.whole.policies import assumptions, files
from tests.whole.search import SLOW
from tests.whole.test_whole import cases, compiled

Case = tuple[Policy, tuple[Fact, ...], int]
DELAYS = st.lists(st.sampled_from((0, 0, 1, 60, 300, 900)), min_size=12, max_size=12)
LATEST = 900
"""Seconds after which every fact is known."""


def told(case: Case, under: Compiled, delays: list[int]) -> Any:
    """The evaluation, each fact learned so many seconds after it happened."""
    policy, facts, until = case
    made = history(policy, facts)
    for event, fact, delay in zip(made["events"], facts, delays, strict=False):  # type: ignore[call-overload]
        event["recorded_at"] = policy.instant(fact.at + delay).isoformat()
    return evaluate(under, made, policy.instant(until))


@SLOW
@given(cases(), DELAYS)
def test_learned_in_any_order_it_comes_to_the_same(case: Case, delays: list[int]) -> None:
    """However late facts are learned: state, priority and verdicts are those of the history in order."""
    policy, facts, until = case
    until = max(until, facts[-1].at + LATEST)
    # Facts of one instant happen in the order in which they are learned.
    pairs = sorted(zip(facts, delays, strict=False), key=lambda pair: (pair[0].at, pair[1]))
    facts, delays = tuple(fact for fact, _ in pairs), [delay for _, delay in pairs]
    late, known = (told((policy, facts, until), compiled(policy), d) for d in (delays, [0] * len(delays)))
    mine, wanted = (Evaluated(policy, made).outcome() for made in (late, known))
    assert (mine.state, mine.priority, mine.rows) == (wanted.state, wanted.priority, wanted.rows)


@SLOW
@given(cases(), DELAYS)
def test_what_fired_stays_in_the_log(case: Case, delays: list[int]) -> None:
    """A firing that was told before a fact was learned late is told unchanged, in its place, ever after."""
    policy, facts, until = case
    until = max(until, facts[-1].at + LATEST)
    ends = sorted({fact.at + delay for fact, delay in zip(facts, delays, strict=False)} | {until})
    fired: list[dict[str, Any]] = []
    for end in ends:
        known = [(f, d) for f, d in zip(facts, delays, strict=False) if f.at + d <= end]
        if known:
            made = told((policy, tuple(f for f, _ in known), end), compiled(policy), [d for _, d in known])
            now = [moment(e) for e in made["events"] if e["type"] == "level_fired"]
            assert [e for e in fired if e not in now] == []
            fired = now


def moment(record: dict[str, Any]) -> dict[str, Any]:
    """What a firing was, whatever zone it is shown in."""
    return {key: record[key] for key in ("chain", "level", "cycle", "cause")}


@st.composite
def versions(draw: st.DrawFn) -> tuple[Case, Policy]:
    """A case, and the version that follows: other lengths, other chains, other assumptions, from some second on."""
    policy, facts, until = draw(cases())
    factor = draw(st.sampled_from((1, 2, 3)))
    rows = [
        replace(
            row,
            targets=tuple((name, Length(n.seconds * factor, n.business), by) for name, n, by in row.targets),
            chains=row.chains if draw(st.booleans()) else other.chains,
        )
        for row, other in zip(policy.priorities, reversed(policy.priorities), strict=True)
    ]
    begins = facts[0].at + draw(st.sampled_from((0, 1, 60, 100, 300, 900)))
    following = replace(
        policy, priorities=tuple(rows), assumptions=draw(assumptions()), effective=begins, open_tickets="keep"
    )
    return (policy, facts, until), following


def outcome(policy: Policy, under: Compiled, facts: tuple[Fact, ...], until: int) -> Outcome:
    return Evaluated(policy, evaluate(under, history(policy, facts), policy.instant(until))).outcome()


@SLOW
@given(versions())
def test_a_version_keeps_the_tickets_begun_under_it(case: tuple[Case, Policy]) -> None:
    """Where open tickets are kept, each is decided as if the version that it began under were the only one."""
    (policy, facts, until), following = case
    after = compile_files(files(following)).after([compiled(policy)])
    governing = policy if facts[0].at < (following.effective or 0) else following
    alone = compiled(policy) if governing is policy else compile_files(files(following))
    found = outcome(policy, after, facts, until).differences(outcome(policy, alone, facts, until))
    assert not found, "\n".join(found)


@SLOW
@given(versions())
def test_until_a_version_takes_over_the_old_one_decides(case: tuple[Case, Policy]) -> None:
    """A version that takes over open tickets changes nothing of what was decided before it began."""
    (policy, facts, until), following = case
    after = compile_files(files(replace(following, open_tickets="retarget"))).after([compiled(policy)])
    end = min(until, (following.effective or 0) - 1)
    if facts[0].at <= end:
        known = tuple(fact for fact in facts if fact.at <= end)
        found = outcome(policy, after, known, end).differences(outcome(policy, compiled(policy), known, end))
        assert not found, "\n".join(found)
