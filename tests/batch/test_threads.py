"""Tables may be decided by several threads at once, as workers of a cluster do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support_policy import load_policy
from support_policy.batch.decide import decide_table
from tests.batch.histories import invented

HELP_DESK = Path(__file__).parents[1] / "policies" / "help_desk"


def test_threads_share_a_policy() -> None:
    """What several threads make of tables under one policy is what one makes of them, one after the other."""
    policy = load_policy(HELP_DESK)
    tables = [invented(policy, 60, seed) for seed in range(4)]
    alone = [decide_table(policy, *table) for table in tables]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda table: decide_table(policy, *table), tables))
    assert [table.to_pylist() for table in together] == [table.to_pylist() for table in alone]
