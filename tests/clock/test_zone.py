"""Where wall times fall on the time line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from support_policy.clock.zone import DAY, EPOCH_DAY, SECOND, first_day, zone_year

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Africa/Freetown",
    "Pacific/Apia",
    "America/Juneau",
    "Antarctica/Troll",
]
YEARS = [1867, 1883, 1939, 1945, 1994, 2011, 2026, 2054, 2087, 2101, 2400]


def microseconds(t: datetime) -> int:
    return (t - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", YEARS)
def test_a_year_agrees_with_the_zone_hour_by_hour(zone: str, year: int) -> None:
    """What the clock shows at an hour is found at that hour, or earlier where it shows it for the second time."""
    found = zone_year(ZoneInfo(zone), year)
    start = datetime(year, 1, 1, tzinfo=UTC) - timedelta(days=1)
    for hour in range(368 * 24):
        instant = start + timedelta(hours=hour)
        shown = instant.astimezone(ZoneInfo(zone))
        if shown.year == year:
            at = found.at(microseconds(shown.replace(tzinfo=UTC)))
            assert at < microseconds(instant) if shown.fold else at == microseconds(instant)


@pytest.mark.parametrize("zone", ZONES)
def test_years_meet(zone: str) -> None:
    """The end of each year is the start of the next, the last one that a date can hold included."""
    tz = ZoneInfo(zone)
    for year in [1, 2, 1582, *range(1890, 2130), 9998, 9999]:
        end = (first_day(year + 1) - EPOCH_DAY) * DAY
        assert zone_year(tz, year).at(end) == zone_year(tz, year + 1).start
        assert zone_year(tz, year).at(end - SECOND) < zone_year(tz, year + 1).start
