"""Letters that a dead worker had claimed come free within a minute; those of a living one stay its own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from support_policy.model.event import micros
from support_policy.service.watch.orphans import Orphans
from support_policy.service.watch.writing import write
from tests.watch.house import NINE, House, house

LEASE = 300.0


@pytest.mark.parametrize(
    ("beat", "looks", "free"),
    [
        (0, 20, 0),  # it may only be late with its heartbeat
        (0, 31, 3),
        (25, 40, 0),  # it lives
        (None, 20, 0),  # it has only just begun
        (None, 31, 3),
    ],
)
def test_what_a_silent_worker_had_claimed_comes_free(store_url: str, beat: int | None, looks: int, free: int) -> None:
    """A worker is taken for dead half a minute after its last heartbeat, not after its lease."""
    with house(store_url) as desk:
        desk.submit()
        desk.until(NINE + timedelta(hours=3))
        now = desk.clock.now()
        write(
            desk.store, lambda work: work.letters.claim(micros(now), micros(now + timedelta(seconds=LEASE)), "w1", 50)
        )
        if beat is not None:
            at = micros(now + timedelta(seconds=beat))
            write(desk.store, lambda work: work.register.beat("w1", at, {}))
        later = now + timedelta(seconds=looks)
        Orphans(desk.store, desk.ears, LEASE).step(later)
        assert _claimable(desk, micros(later)) == free
        assert bool(desk.ears.said) == bool(free)


def _claimable(desk: House, now: int) -> int:
    return write(desk.store, lambda work: len(work.letters.claim(now, now + 1, "w2", 50)))
