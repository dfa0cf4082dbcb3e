"""Clocks of machines and of whole countries that go wrong: each instant fires once, at its time in business hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.watch.house import DIRECTORS, MANAGER, P1, House, house

ANGELES, LONDON = ZoneInfo("America/Los_Angeles"), ZoneInfo("Europe/London")


def at(text: str, zone: ZoneInfo, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def fired(desk: House, ticket: str) -> list[tuple[int, datetime]]:
    """Its levels, and when each was due."""
    return [
        (e.data["level"], datetime.fromisoformat(e.data["due_at"])) for e in desk.log(ticket) if e.type == "level_fired"
    ]


@pytest.mark.parametrize("jumps", [(5, -3), (-2, 5), (3, -3, 3, -3, 3), (0.5, -2, 4)], ids=str)
def test_a_clock_that_jumps_fires_each_level_once(jumps: tuple[float, ...], store_url: str) -> None:
    """Set ahead and back by hours, with facts coming in meanwhile, a machine's clock makes nothing fire twice."""
    with house(store_url) as desk:
        begun, name = desk.clock.at, desk.submit()
        for number, hours in enumerate(jumps):
            desk.clock.tick(hours=hours)
            desk.work()
            desk.event(name, "updated", by="engineer", fields={"subject": f"part {number}"})
        desk.clock.at = begun + timedelta(hours=8)
        desk.work()
        assert fired(desk, name) == [(1, begun + timedelta(hours=2)), (2, begun + timedelta(hours=3))]
        assert [letter.recipient for letter in desk.letters(command="notify")] == [MANAGER, *DIRECTORS]
        learned = [e.recorded_at for e in desk.log(name) if e.recorded_at]
        assert learned == sorted(learned)


WEEKENDS = [
    # The office opens on Monday after the hour that happens twice, and after the one that does not exist.
    ("2026-10-30 16:30", "2026-11-02 10:30", ANGELES, "acme"),
    ("2026-03-06 16:30", "2026-03-09 10:30", ANGELES, "acme"),
    ("2026-10-23 16:30", "2026-10-26 10:30", LONDON, "globex"),
    ("2026-03-27 16:30", "2026-03-30 10:30", LONDON, "globex"),
    # Thanksgiving is no day of business, and the day after neither, in California.
    ("2026-11-25 16:30", "2026-11-30 10:30", ANGELES, "acme"),
    ("2026-12-31 16:30", "2027-01-04 10:30", ANGELES, "acme"),
    # Easter in England: Good Friday and Monday.
    ("2026-04-02 16:30", "2026-04-07 10:30", LONDON, "globex"),
]


@pytest.mark.parametrize("down", [False, True], ids=["up", "down"])
@pytest.mark.parametrize(("begun", "due", "zone", "organization"), WEEKENDS)
def test_a_weekend_in_which_the_clocks_change(
    begun: str, due: str, zone: ZoneInfo, organization: str, *, down: bool
) -> None:
    """Two business hours from half an hour before closing end on the next day of business, also after downtime."""
    with house() as desk:
        desk.clock.at = at(begun, zone)
        name = desk.submit({**P1, "organization": organization})
        first = at(due, zone)
        if down:
            desk.clock.at = first - timedelta(hours=1)
            desk.work()
            assert not fired(desk, name)
            desk.clock.at = first + timedelta(days=2)
            desk.work()
        else:
            desk.until(first + timedelta(hours=3))
        levels = fired(desk, name)
        assert [level for level, _ in levels] == [1, 2]
        assert [when.timestamp() for _, when in levels] == [first.timestamp(), first.timestamp() + 3600]
        assert not desk.work()


@pytest.mark.parametrize("fold", [0, 1])
def test_an_hour_that_happens_twice_is_told_apart(fold: int) -> None:
    """A ticket of either half past one keeps its instant, and its day of business is the same Monday."""
    with house() as desk:
        desk.clock.at = at("2026-11-01 01:30", ANGELES, fold)
        moment = desk.clock.at.timestamp()
        name = desk.submit()
        assert desk.log(name)[0].at.timestamp() == moment
        desk.until(at("2026-11-02 13:00", ANGELES))
        assert [when.timestamp() for _, when in fired(desk, name)] == [
            at(f"2026-11-02 {hour}:00", ANGELES).timestamp() for hour in (11, 12)
        ]
