"""Rotas: who is on duty at an instant. Pure; wall times are read exactly as the business calendar reads them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from support_policy.clock.calendar import BusinessCalendar, Pairs
from support_policy.clock.zone import DAY, EPOCH_DAY, SECOND, zone_year

People = tuple[str, ...]
"""Addresses, in the order in which they are told."""

_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Duty(Protocol):
    """One way to say who is on duty."""

    def at(self, instant: int) -> People:
        """Who is on duty at an instant (microseconds of UTC since 1970); nobody is the empty tuple."""
        ...


class Rotation:
    """People who take turns, a week each, from one moment of the week to the same moment of the next.

    zone: whose wall clock the moment is read from. weekday: 0 (Monday) to 6. seconds: of the day. starts: any date of
    the week (Monday to Sunday) in which the first turn begins; before that moment nobody is on duty.
    """

    def __init__(self, zone: ZoneInfo, turns: Sequence[People], weekday: int, seconds: int, starts: date) -> None:
        self.zone, self.turns, self.seconds = zone, tuple(turns), seconds
        self.first = starts.toordinal() - starts.weekday() + weekday

    def handover(self, number: int) -> int:
        """The instant at which turn `number` (from 0) begins."""
        day = self.first + 7 * number
        wall = (day - EPOCH_DAY) * DAY + self.seconds * SECOND
        return zone_year(self.zone, date.fromordinal(day).year).at(wall)

    def at(self, instant: int) -> People:
        """See `Duty.at`."""
        number = (instant // DAY + EPOCH_DAY - self.first) // 7
        # The wall is at most a day or so ahead of UTC or behind it.
        while instant < self.handover(number):
            number -= 1
        while instant >= self.handover(number + 1):
            number += 1
        return self.turns[number % len(self.turns)] if number >= 0 and self.turns else ()


class WeekGrid:
    """Who is on duty at which hours of the week; where entries overlap, all of them are, in order.

    entries: (hours by weekday as a `BusinessCalendar` reads them, people).
    """

    def __init__(self, zone: ZoneInfo, entries: Iterable[tuple[Mapping[str, Pairs], People]]) -> None:
        self.entries = tuple((BusinessCalendar(timezone=zone, hours=hours), people) for hours, people in entries)

    def at(self, instant: int) -> People:
        """See `Duty.at`."""
        on = (people for calendar, people in self.entries if calendar.worked_us(instant, instant + 1))
        return tuple(dict.fromkeys(person for people in on for person in people))


class Roster:
    """Who is on duty in which stretches of time (start, end, people), such as the events of a calendar file.

    Where stretches overlap all of them are, in order of their beginnings.
    """

    def __init__(self, stretches: Iterable[tuple[int, int, People]]) -> None:
        ordered = sorted(enumerate(stretches), key=lambda item: (item[1][0], item[0]))
        changes: dict[int, tuple[list[int], list[int]]] = {}
        for index, (_, (start, end, _)) in enumerate(ordered):
            if start < end:
                changes.setdefault(start, ([], []))[0].append(index)
                changes.setdefault(end, ([], []))[1].append(index)
        self._starts = sorted(changes)
        self._people: list[People] = [()]
        running: dict[int, People] = {}
        for instant in self._starts:
            begun, ended = changes[instant]
            for index in ended:
                del running[index]
            running |= {index: ordered[index][1][2] for index in begun}
            on = (person for index in sorted(running) for person in running[index])
            self._people.append(tuple(dict.fromkeys(on)))

    def at(self, instant: int) -> People:
        """See `Duty.at`."""
        return self._people[bisect_right(self._starts, instant)]


@dataclass(frozen=True, slots=True)
class Rota:
    """Who fills a role: overrides beat the duty, and where neither names anybody, `otherwise` is on duty."""

    duty: Duty
    overrides: Duty
    otherwise: People = ()

    def on_duty(self, at: datetime) -> People:
        """Who is on duty at an aware instant; nobody is the empty tuple."""
        instant = (at - _ZERO) // _MICROSECOND
        return self.overrides.at(instant) or self.duty.at(instant) or self.otherwise
