"""The summary under every policy there is: what it counts is what the engine itself records, ticket by ticket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from support_policy.batch.decide import decide_table
from support_policy.batch.difference import Difference
from support_policy.batch.replay_ticket import VERDICTS
from support_policy.batch.rowwise import histories
from support_policy.batch.summary import Summary
from support_policy.model.event import instant
from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import PolicyError
from support_policy.ticket.evaluate import Run, run
from tests.batch.histories import invented
from tests.batch.varied import FOLDERS, named


def counted(runs: Iterable[Run]) -> tuple[Counter[tuple[str, str, str]], Counter[tuple[str, str, int]]]:
    """By priority: verdicts of every clock, those of teams among them, and firings of every level."""
    verdicts, fired = Counter[tuple[str, str, str]](), Counter[tuple[str, str, int]]()
    for made in runs:
        of = made.state.priority
        verdicts.update((of, clock.metric, VERDICTS[clock.status]) for clock in made.state.clocks.values())
        records = [event for event in made.state.log if event.engine and event.type == "level_fired"]
        fired.update((of, event.data["chain"], event.data["level"]) for event in records)
    return verdicts, fired


def evaluated(policy: Policy, events: object, until: int) -> Iterable[Run]:
    """The tickets that the engine can decide, decided."""
    for history in histories(events):
        try:
            made = run(policy, history, instant(until))
        except (PolicyError, OverflowError, ValueError):
            continue
        if made.state.priority and made.state.clocks:
            yield made


@pytest.mark.parametrize("name", FOLDERS)
def test_the_summary_counts_what_the_engine_records(name: str) -> None:
    """Verdicts of every clock and firings of every level, by the priority in the end."""
    policy = named(name)
    for seed in range(3):
        events, until = invented(policy, 60, seed)
        summary = Summary(policy)
        summary.add(decide_table(policy, events, until))
        data = summary.data()
        verdicts, fired = counted(evaluated(policy, events, until))
        kinds = set(VERDICTS.values())
        assert verdicts == Counter(
            {
                (row["priority"], target["metric"], kind): target[kind]
                for row in data["priorities"]
                for target in row["targets"]
                for kind in kinds
                if target[kind]
            }
        )
        assert fired == Counter(
            {(r["priority"], e["chain"], e["level"]): e["fired"] for r in data["priorities"] for e in r["escalations"]}
        )


def test_clocks_of_teams_are_compared_team_by_team() -> None:
    """A target between teams that changes moves the clocks of each team, and its line is named."""
    from tests.batch.results import edited

    old, new = named("global_desk"), edited(FOLDERS["global_desk"], ("team_work: 2bh", "team_work: 1bh"))
    events, until = invented(old, 120, 5)
    before, after = decide_table(old, events, until), decide_table(new, events, until)
    made = Difference(old, new)
    listed = made.changed(before, after).to_pylist()
    dues = [
        {(row["ticket"], clock["team"]): clock["due_at"] for row in side.to_pylist() for clock in row["teams"] or ()
         if clock["metric"] == "team_work"}
        for side in (before, after)
    ]  # fmt: skip
    moved = sorted(key for key in dues[0].keys() | dues[1].keys() if dues[0].get(key) != dues[1].get(key))
    assert moved
    assert sorted(r["ticket"] for r in listed if r["what"] == "due" and r["of"] == "team_work") == [t for t, _ in moved]
    (group,) = [g for g in made.data()["groups"] if g["what"] == "due" and g["from"] == "2bh"]
    assert (group["metric"], group["rule"], group["says"]) == ("team_work", "priorities.P1.team_work", "2bh -> 1bh")
    assert group["tickets"] <= len({ticket for ticket, _ in moved})
