"""A calendar that is open whenever any of several is, such as offices that follow the sun."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from support_policy.clock.calendar import BusinessCalendar, Day, choice, cuts, exclusion
from support_policy.clock.hours import clipped
from support_policy.clock.reading import day_number, shown, zone_named
from support_policy.clock.sources import UnionSource
from support_policy.clock.zone import DAY, EPOCH_DAY, zone_year


class UnionCalendar(BusinessCalendar):
    """Open when any of its members is: every question of a `BusinessCalendar`, answered by the same bisections.

    members: calendars by name, in any zones, unions among them; they are taken as they are, with their holidays,
    breaks and exclusions. timezone: the zone in which results are shown (default: the first member's); it moves no
    opening. exclusions: pairs (start, end) of aware datetimes cut out of what is left. exact_fit: as for a
    `BusinessCalendar`; that of the members plays no part. Raises ValueError without members.
    """

    __slots__ = ()

    def __init__(
        self,
        members: Mapping[str, BusinessCalendar],
        *,
        timezone: str | ZoneInfo | None = None,
        exclusions: Iterable[tuple[datetime, datetime]] = (),
        exact_fit: Literal["closing", "next_opening"] = "closing",
    ) -> None:
        choice("exact_fit", exact_fit, ("closing", "next_opening"))
        if not members:
            raise ValueError("a union of no calendars would never open: expected at least one")
        zone = next(iter(members.values())).zone if timezone is None else zone_named(timezone)
        excluded = tuple(exclusion(pair) for pair in exclusions)
        self._fill(zone, dict(members), excluded, exact_fit == "closing")

    def _fill(self, *parts: Any) -> None:
        zone, members, excluded, closing_fits = parts
        sources = [member._table.source for member in members.values()]  # noqa: SLF001 - one table out of others
        self._become(parts, zone, UnionSource(zone, sources, cuts(excluded)), closing_fits=closing_fits)

    @classmethod
    def always(cls, timezone: str | ZoneInfo) -> Self:
        """The calendar that never closes, in a zone."""
        return cls({"always": BusinessCalendar.always(timezone)})

    @property
    def members(self) -> Mapping[str, BusinessCalendar]:
        """The calendars it is open with, by name."""
        return dict(self._parts[1])

    def day(self, day: date | str) -> Day:
        """What the union holds on a date of its own zone; exclusions, which are instants, aside.

        A day on which some member is open is `hours`, its intervals those that begin on the date, clipped to it. On any
        other, `holiday` names the holidays of the members that keep one ("London: Christmas Day"), else it is `closed`.
        """
        number = day_number(day, "day()")
        on = date.fromordinal(number)
        at = zone_year(self._zone, on.year).at
        low, high = at((number - EPOCH_DAY) * DAY), at((number + 1 - EPOCH_DAY) * DAY)
        found = clipped(self._table.source.plain().intervals(on.year), low, high)
        if found:
            walls = tuple((self._wall(a, number), self._wall(b, number)) for a, b in found)
            return Day(on, "hours", tuple(shown(wall) for wall in walls if wall[0] < wall[1]), ())
        own = ((name, member.day(on)) for name, member in self._parts[1].items())
        names = "; ".join(f"{name}: {d.name}" if d.name else name for name, d in own if d.kind == "holiday")
        return Day(on, "holiday" if names else "closed", (), (), names)

    def _wall(self, instant: int, number: int) -> int:
        """Microseconds after the midnight of a day, by the wall clock; what lies beyond it is its end."""
        local = self._local(instant).replace(tzinfo=None) - datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time
        return min(local // timedelta(microseconds=1) - (number - EPOCH_DAY) * DAY, DAY)

    def __repr__(self) -> str:
        return f"UnionCalendar({' '.join(self._parts[1])}, timezone={self.timezone!r})"
