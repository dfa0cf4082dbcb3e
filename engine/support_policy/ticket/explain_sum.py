"""How a due time adds up: the stretches that count, and between them those that do not, each with its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Literal

from support_policy.clock.calendar import BusinessCalendar, Day
from support_policy.model.event import instant, micros
from support_policy.policy.calendars import CalendarTime, JointTime
from support_policy.ticket.state import Segments

SECOND = 1_000_000
_DAY = 86_400 * SECOND
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

PartKind = Literal[
    "before_opening", "after_hours", "break", "excluded", "weekday", "holiday", "special", "make_up", "clocks"
]
Hours = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a stretch that does not count, or a remark on one that does.

    `weekday`: a day without hours, by its name; `holiday`, `special`: a day by its name (and `hours` where it has
    any); `make_up`: a weekend day worked to make up for a holiday; `clocks`: the clocks change by `shift` seconds.
    """

    begin: datetime
    end: datetime
    kind: PartKind
    name: str = ""
    hours: Hours = ()
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A stretch of a sum; instants are in the zone it is told in, `seconds` what it adds and `total` the sum so far.

    `closed`: no open hours, `parts` say why, piece by piece; `paused` and `stopped`: the clock did not run, `name` is
    the ticket's state meanwhile; `folded`: `days` days left out, `parts` naming what was remarkable about them.
    """

    kind: Literal["counted", "closed", "paused", "stopped", "folded"]
    begin: datetime
    end: datetime
    seconds: float
    total: float
    parts: tuple[Part, ...] = ()
    name: str = ""
    days: int = 0


Gaps = Mapping[int, tuple[Literal["paused", "stopped"], str]]
"""Why a clock stands still, by the instant from which it does: the kind, and the ticket's state."""


class Sum:
    """Adds up open time over the stretches in which a clock ran, up to an instant; `rows` is the result.

    `office` gives names to days off; a `business` sum leaves closed hours out, any other counts every hour, by days.
    `zone` is the zone to tell it in (default: the calendar's own); the names of days off are those of the calendar.
    """

    def __init__(self, office: CalendarTime, *, business: bool, gaps: Gaps, zone: tzinfo | None = None) -> None:
        self.office, self.business, self.gaps = office, business, gaps
        self.calendar: BusinessCalendar = office.business if business else office.always
        self.zone: tzinfo = zone or self.calendar.zone
        self.rows: list[Row] = []
        self.total = 0

    def add(self, segments: Segments, until: int) -> tuple[Row, ...]:
        """The rows of `segments` (microseconds) before `until`; a pause that still lasts then is the last row."""
        stopped: int | None = None
        for begin, stop in segments:
            if stopped is not None and stopped < min(begin, until):
                self._still(stopped, min(begin, until))
            if begin >= until:
                return tuple(self.rows)
            stopped = stop
            self._run(begin, until if stop is None else min(stop, until))
        if stopped is not None and stopped < until:
            self._still(stopped, until)
        return tuple(self.rows)

    def _still(self, begin: int, end: int) -> None:
        kind, name = self.gaps.get(begin, ("stopped", ""))
        self._row(kind, begin, end, name=name)

    def _run(self, begin: int, end: int) -> None:
        reached = begin
        for opens, closes in self._intervals(begin, end):
            if opens > reached:
                self._closed(reached, opens)
            self.total += closes - opens
            self._row("counted", opens, closes, seconds=closes - opens, parts=self._remarks(opens, closes))
            reached = closes
        if reached < end:
            self._closed(reached, end)

    def _intervals(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """Open stretches; those longer than a day are cut at every midnight."""
        for opens, closes in self.calendar.intervals(instant(begin), instant(end)):
            a, b = micros(opens), micros(closes)
            if self.business and b - a <= _DAY:
                yield a, b
            else:
                yield from _days(a, b, self.zone)

    def _closed(self, begin: int, end: int) -> None:
        parts = [part for a, b in _days(begin, end, self.calendar.zone) for part in self._day_off(a, b)]
        self._row("closed", begin, end, parts=tuple(parts))

    def _day_off(self, begin: int, end: int) -> Iterator[Part]:
        """Why one local day, or a piece of it, is closed."""
        first, last = self._local(begin), self._local(end)
        day = self.calendar.day(first.date())
        special = self.office.special.get(day.date)
        if day.kind == "holiday":
            yield Part(first, last, "holiday", day.name)
        elif not day.intervals:
            named = day.kind == "special" and special is not None
            yield Part(first, last, "special" if named else "weekday", (special or "") if named else _weekday(first))
        else:
            own = day.kind == "special"
            for a, b in self._cut(begin, end, day):
                kind = _shut(self._local(a), self._local(b), day)
                if kind == "break" and isinstance(self.office, JointTime):
                    kind = "after_hours"  # between the hours of its members
                name = (special or "") if own or kind == "break" else ""
                if kind == "excluded":
                    name = self._why_closed(a, b)
                # Days off have the names that the calendar gives them; a break is told by the reader's clock.
                local = self._shown if kind == "break" else self._local
                yield Part(local(a), local(b), kind, name, day.intervals if own else ())

    def _why_closed(self, begin: int, end: int) -> str:
        """The reason of the maintenance between two instants."""
        first, last = instant(begin), instant(end)
        return next((why for a, b, why in self.office.closures if a < last and first < b and why), "")

    def _cut(self, begin: int, end: int, day: Day) -> Iterator[tuple[int, int]]:
        """A piece of a day cut where a break begins or ends."""
        edges = {begin, end}
        for pair in day.breaks:
            edges |= {us for us in (self._at(day, text) for text in pair) if begin < us < end}
        ordered = sorted(edges)
        yield from pairwise(ordered)

    def _at(self, day: Day, text: str) -> int:
        midnight = datetime(day.date.year, day.date.month, day.date.day, tzinfo=self._local(0).tzinfo)
        return micros(midnight + timedelta(seconds=_seconds(text)))

    def _remarks(self, begin: int, end: int) -> tuple[Part, ...]:
        """What is remarkable about a day that counts."""
        first, last = self._local(begin), self._local(end)
        found = []
        if self.business and self.calendar.day(first.date()).kind == "special":
            day = self.calendar.day(first.date())
            name = self.office.special.get(day.date)
            found.append(Part(first, last, "make_up" if name is None else "special", name or "", day.intervals))
        first, last = self._shown(begin), self._shown(end)
        shift = (last.utcoffset() or timedelta()) - (first.utcoffset() or timedelta())
        if shift:
            found.append(Part(first, last, "clocks", shift=int(shift.total_seconds())))
        return tuple(found)

    def _row(
        self,
        kind: Literal["counted", "closed", "paused", "stopped"],
        begin: int,
        end: int,
        *,
        seconds: int = 0,
        parts: tuple[Part, ...] = (),
        name: str = "",
    ) -> None:
        total = in_seconds(self.total)
        self.rows.append(Row(kind, self._shown(begin), self._shown(end), in_seconds(seconds), total, parts, name))

    def _local(self, us: int) -> datetime:
        """An instant by the calendar's clock."""
        return instant(us).astimezone(self.calendar.zone)

    def _shown(self, us: int) -> datetime:
        """An instant by the reader's clock."""
        return instant(us).astimezone(self.zone)


def _days(begin: int, end: int, zone: tzinfo) -> Iterator[tuple[int, int]]:
    """A stretch cut at every midnight of a zone."""
    while begin < end:
        local = instant(begin).astimezone(zone)
        tomorrow = datetime(local.year, local.month, local.day, tzinfo=zone) + timedelta(days=1)
        stop = min(end, micros(tomorrow))
        yield begin, stop
        begin = stop


def in_seconds(us: int) -> float:
    """Microseconds as seconds, whole where they are."""
    return us // SECOND if us % SECOND == 0 else us / SECOND


def fold(rows: Sequence[Row], first: int = 6, last: int = 5) -> tuple[Row, ...]:
    """The same sum with its middle folded into one row when it is long; `first` and `last` are rows kept."""
    if len(rows) <= first + last + 2:
        return tuple(rows)
    # What is folded begins and ends with a stretch that counts, so that what stays reads on without a break.
    while rows[first].kind != "counted" and first < len(rows):
        first += 1
    end = len(rows) - last
    while rows[end - 1].kind != "counted" and end > first:
        end -= 1
    middle = rows[first:end]
    if len(middle) < 3:
        return tuple(rows)
    counted = [row for row in middle if row.kind == "counted"]
    days = len({row.begin.date() for row in counted})
    remarkable = [
        part for row in middle for part in row.parts if part.kind in ("holiday", "special", "make_up", "clocks")
    ]
    named = {(part.begin.date(), part.kind): part for part in remarkable}
    stands = [row for row in middle if row.kind in ("paused", "stopped")]
    folded = Row(
        "folded",
        middle[0].begin,
        middle[-1].end,
        sum(row.seconds for row in counted),
        middle[-1].total,
        tuple(named[key] for key in sorted(named)),
        ", ".join(dict.fromkeys(row.name for row in stands if row.name)),
        days,
    )
    return (*rows[:first], folded, *rows[end:])


def _weekday(at: datetime) -> str:
    return WEEKDAYS[at.weekday()]


def _seconds(text: str) -> int:
    parts = [int(part) for part in text.split(":")]
    return parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0)


def _wall(at: datetime) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def _shut(first: datetime, last: datetime, day: Day) -> PartKind:
    """Why a piece of a day with hours is closed, by where it lies among them."""
    begin = _wall(first)
    end = _wall(last) if last.date() == first.date() else 86_400
    for opens, closes in day.breaks:
        if _seconds(opens) <= begin and end <= _ending(opens, closes):
            return "break"
    spans = [(_seconds(opens), _ending(opens, closes)) for opens, closes in day.intervals]
    if any(opens < end and begin < closes for opens, closes in spans):
        return "excluded"
    if begin < min(opens for opens, _ in spans):
        return "before_opening"
    return "after_hours" if begin >= max(closes for _, closes in spans) else "break"


def _ending(opens: str, closes: str) -> int:
    """A closing at or before its opening is on the next day."""
    end = _seconds(closes)
    return end if end > _seconds(opens) else end + 86_400
