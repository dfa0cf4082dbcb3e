"""What columns decide is what the engine decides, ticket by ticket and in every column, whatever the policy."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pyarrow as pa
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from support_policy.batch.decide import decide_table
from support_policy.batch.schema import result_schema
from support_policy.bootstrap import compile_files
from support_policy.source.diagnostics import PolicyError
from tests.batch.compare import assert_same
from tests.batch.decided import decided
from tests.batch.histories import canonical, invented, tables
from tests.batch.log import UNTIL, stories
from tests.batch.stories import dice_of
from tests.batch.varied import FOLDERS, VARIANTS, named
from tests.whole.described import Policy
from tests.whole.policies import files, policies
from tests.whole.search import SLOW

FLOORS: Mapping[str, float] = {
    "shipped": 0.85,
    "data_company": 0.85,
    "global_desk": 0.3,  # its teams have clocks of their own, which are for the rows
    "help_desk": 0.7,
    "on_call": 0.7,
    "incidents": 0.65,
}
"""The least share of invented tickets that columns must be able to decide; many of these never begin."""
LOG_FLOOR = 0.99
"""The same of the incident log."""


@pytest.mark.parametrize("name", FOLDERS)
def test_many_invented_tickets(name: str) -> None:
    """Of hundreds of tickets under a policy each is what the engine makes of it, and most are decided by columns."""
    shares = [assert_same(named(name), *invented(named(name), 150, seed)) for seed in range(4)]
    assert sum(shares) / len(shares) >= FLOORS[name]


@SLOW
@given(st.data())
@pytest.mark.parametrize("name", FOLDERS)
def test_a_few_tickets_at_an_awkward_instant(name: str, data: st.DataObject) -> None:
    """However few tickets there are, and whenever they are decided, columns and the engine agree."""
    assert_same(named(name), *data.draw(tables(named(name))))


@pytest.mark.parametrize("name", VARIANTS)
def test_every_line_of_a_policy(name: str) -> None:
    """With any line of the shipped policy changed, columns and the engine agree."""
    policy = VARIANTS[name]()
    assert_same(policy, *invented(policy, 60, len(name)))


@SLOW
@given(policies(), st.integers(0, 2**32))
def test_policies_that_nobody_wrote(described: Policy, seed: int) -> None:
    """Whatever a policy says, columns and the engine agree."""
    written = files(described)
    note("\n".join(f"--- {name}\n{text.decode()}" for name, text in written.items()))
    policy = compile_files(written)
    assert_same(policy, *invented(policy, 20, seed))


def test_no_tickets_at_all() -> None:
    """A table without events gives a table of results without rows, with all its columns."""
    policy = named("shipped")
    made = decided(policy, {}, UNTIL)
    assert (made.num_rows, made.schema) == (0, result_schema(policy))


def test_tickets_of_the_real_log() -> None:
    """Two thousand incidents of a real log are what the engine makes of them."""
    every = stories()
    some = sorted(dice_of(1).sample(sorted(every), 2000))
    events = canonical(named("incidents"), {ticket: every[ticket] for ticket in some}, dice_of(2))
    assert assert_same(named("incidents"), events, UNTIL) >= LOG_FLOOR


@pytest.mark.skipif(not os.environ.get("CI"), reason="the whole log takes half a minute; CI reads it")
def test_every_ticket_of_the_real_log() -> None:
    """Every incident of a real log is what the engine makes of it."""
    policy = named("incidents")
    assert assert_same(policy, canonical(policy, stories()), UNTIL) >= LOG_FLOOR


WRONG = {
    "no type": ({"type": None}, "there is no column `type`"),
    "a naive instant": ({"at": pa.array([0], pa.timestamp("us"))}, "no instant with its offset"),
    "a number for an instant": ({"at": pa.array([0])}, "no instant with its offset"),
    "no name": ({"ticket": pa.array([None], pa.string())}, "`ticket` is empty in 1 row"),
    "no instant": ({"at": pa.array([None], pa.timestamp("us", "UTC"))}, "`at` is empty in 1 row"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_table_that_is_none_of_events_says_so(fault: str) -> None:
    """What is wrong with a table as a whole is told in words, before anything is decided."""
    change, said = WRONG[fault]
    sound = {"ticket": ["VS-1"], "at": pa.array([0], pa.timestamp("us", "UTC")), "type": ["submitted"]}
    table = pa.table({name: column for name, column in {**sound, **change}.items() if column is not None})
    with pytest.raises(PolicyError, match=said):
        decide_table(named("shipped"), table, 0)


def test_a_fact_that_is_only_ever_taken_back() -> None:
    """Taking back what nobody has stated changes nothing, though the column of the fact holds no value at all."""
    at = pa.array([UNTIL - 2, UNTIL - 1], pa.timestamp("us", "UTC"))
    table = pa.table({
        "ticket": ["VS-1", "VS-1"],
        "at": at,
        "type": ["submitted", "updated"],
        "fact.stated_priority": pa.array([None, None], pa.string()),
        "cleared": [None, ["stated_priority"]],
    })  # fmt: skip
    assert_same(named("shipped"), table, UNTIL)
