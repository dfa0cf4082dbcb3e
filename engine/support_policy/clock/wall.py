"""Wall times of a zone as instants, and back: none in a gap, two where the clocks go back."""

from __future__ import annotations

from datetime import UTC, datetime

from support_policy.clock.reading import zone_named


def instants_of(zone: str, wall: datetime) -> tuple[datetime, ...]:
    """Every instant (in UTC) at which an IANA zone's clocks show `wall` (naive). Raises ValueError for the zone."""
    place = zone_named(zone)
    found = []
    for fold in (0, 1):
        instant = wall.replace(tzinfo=place, fold=fold).astimezone(UTC)
        if instant.astimezone(place).replace(tzinfo=None) == wall and instant not in found:
            found.append(instant)
    return tuple(found)


def local_of(zone: str, instant: datetime) -> datetime:
    """An aware instant as the clocks of an IANA zone show it, with its offset. Raises ValueError for the zone."""
    return instant.astimezone(zone_named(zone))
