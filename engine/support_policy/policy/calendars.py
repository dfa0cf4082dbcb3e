"""The calendars of a policy, compiled: of offices, of their own, and of others together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from support_policy.clock.reading import WEEKDAYS

if TYPE_CHECKING:
    from support_policy.clock.calendar import BusinessCalendar
    from support_policy.clock.holidays import Holidays

YEARS = range(2000, 2100)
"""The years whose public holidays are resolved with a policy (and are part of its digest)."""

HolidaySource = Callable[[str, str | None, str], "Holidays"]
"""(country, subdivision, category) -> the holidays of `YEARS`; raises LookupError for an unknown place."""


Stretches = tuple[tuple[datetime, datetime], ...]
Closures = tuple[tuple[datetime, datetime, str], ...]
"""Announced maintenance: when it begins and ends, and why (empty: not said)."""


@dataclass(frozen=True)
class OfficeTime:
    """An office's calendars (`business` hours, and the wall clock in its zone) and the names of its days off."""

    zone: str
    parts: Mapping[str, Any]
    """What else the business calendar is made of; made when first asked for, since most uses need one office's."""
    holidays: Mapping[date, str]
    special: Mapping[date, str]
    known_until: int | None
    """The last year whose public holidays are known; None where no public holidays are kept."""
    moved_until: int | None = None
    """Where days off are moved from year to year: the last year whose moves are published."""
    stopped: Stretches = ()
    """Maintenance that stops the wall clock too."""
    closures: Closures = ()
    """All maintenance, with its reasons."""

    @cached_property
    def business(self) -> BusinessCalendar:
        """The office's business hours."""
        from support_policy.clock.calendar import BusinessCalendar

        return BusinessCalendar(timezone=self.zone, holidays=self.holidays, **self.parts)

    @cached_property
    def always(self) -> BusinessCalendar:
        """The wall clock in the office's zone."""
        return _wall_clock(self.zone, self.stopped)


@dataclass(frozen=True)
class JointTime:
    """A calendar that is open when any of its members is, with what is known of the members' days off."""

    zone: str
    members: Mapping[str, CalendarTime]
    windows: Stretches
    """Maintenance of its own, beside that of its members."""
    exact_fit: Literal["closing", "next_opening"]
    stopped: Stretches = ()
    own_closures: Closures = ()
    holidays: Mapping[date, str] = field(default_factory=dict)
    special: Mapping[date, str] = field(default_factory=dict)

    @property
    def closures(self) -> Closures:
        """All maintenance, its own first and then that of its members, with its reasons."""
        inner = (closure for member in self.members.values() for closure in member.closures)
        return tuple(dict.fromkeys((*self.own_closures, *inner)))

    @property
    def known_until(self) -> int | None:
        """The last year for which the public holidays of every member that keeps any are known."""
        return min((m.known_until for m in self.members.values() if m.known_until is not None), default=None)

    @property
    def moved_until(self) -> int | None:
        """The last year for which the moves of days off are published for every member that has any."""
        return min((m.moved_until for m in self.members.values() if m.moved_until is not None), default=None)

    @cached_property
    def business(self) -> BusinessCalendar:
        """The open hours."""
        from support_policy.clock.union import UnionCalendar

        members = {name: member.business for name, member in self.members.items()}
        return UnionCalendar(members, timezone=self.zone, exclusions=self.windows, exact_fit=self.exact_fit)

    @cached_property
    def always(self) -> BusinessCalendar:
        """The wall clock in its zone."""
        return _wall_clock(self.zone, self.stopped)


CalendarTime = OfficeTime | JointTime

WHOLE_WEEK = dict.fromkeys(WEEKDAYS, (("00:00", "24:00"),))


def _wall_clock(zone: str, stopped: Stretches) -> BusinessCalendar:
    from support_policy.clock.calendar import BusinessCalendar

    return BusinessCalendar(timezone=zone, hours=WHOLE_WEEK, exclusions=stopped)


@dataclass(slots=True)
class Calendars:
    """The time of offices, and of every calendar by name (offices and `always` among them); the holidays library."""

    offices: dict[str, OfficeTime] = field(default_factory=dict)
    named: dict[str, CalendarTime] = field(default_factory=dict)
    library: str = ""
    """The version of the holidays library."""
