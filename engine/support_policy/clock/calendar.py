"""The business calendar: when an office is open, and what that makes of a deadline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite
from typing import Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from support_policy.clock.hours import Hours, Stretch, merged
from support_policy.clock.reading import WEEKDAYS, by_day, day_number, shown, week, zone_named
from support_policy.clock.sources import Source, WallSource
from support_policy.clock.table import IntervalTable
from support_policy.clock.zone import SECOND
from support_policy.source.diagnostics import did_you_mean

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_from_timestamp = datetime.fromtimestamp

Pairs = Iterable[tuple[str | time, str | time]]
"""Intervals of a day as ("HH:MM", "HH:MM"): "24:00" may close; a close at or before its opening is on the next day."""

ByDate = Mapping[date, Pairs] | Mapping[str, Pairs] | Mapping[date | str, Pairs]
"""Intervals by local date, a `datetime.date` or "YYYY-MM-DD"."""


@dataclass(frozen=True, slots=True)
class Day:
    """What a calendar holds on one local date: `special` is a date with shifts of its own (perhaps none)."""

    date: date
    kind: Literal["hours", "holiday", "special", "closed"]
    intervals: tuple[tuple[str, str], ...]
    """The intervals that begin on the date, in wall time, before breaks; an overnight one ends on the next date."""
    breaks: tuple[tuple[str, str], ...]
    name: str = ""
    """The holiday's name, where holidays were given as a mapping."""


class BusinessCalendar:
    """Opening hours in a time zone, and business time counted by them. Immutable; safe to share between threads.

    timezone: an IANA name. hours: weekday ("mon" to "sun") -> intervals. holidays: dates, or a mapping of dates to
    names; they beat everything. shifts: date -> intervals in place of the weekly hours (an empty list closes the day).
    breaks: date -> intervals cut out. Dates are `datetime.date` or "YYYY-MM-DD". exclusions: pairs (start, end) of
    aware datetimes cut out of open time. exact_fit: whether a duration used up exactly at a closing is due then or at
    the next opening (mirrored by `before`). overnight_holiday: whether a holiday also closes the tail of the night
    before. Raises ValueError for values it cannot read.

    Intervals are half open; those that touch or overlap are one opening. A boundary inside a DST gap happens at the
    jump; inside an overlap, once, on the first pass. Durations are elapsed seconds (whole, fractional or negative), to
    the microsecond. Instants are aware datetimes (ValueError otherwise), results are in the calendar's zone, None where
    the calendar never opens (again). Whatever lies outside the years 1 to 9999 raises OverflowError.
    """

    __slots__ = ("__weakref__", "_parts", "_table", "_zone")
    _parts: tuple[Any, ...]
    """What it is made of: its zone, hours, names of holidays, exclusions, and whether a closing fits exactly."""
    _zone: ZoneInfo
    _table: IntervalTable

    def __init__(
        self,
        *,
        timezone: str | ZoneInfo,
        hours: Mapping[str, Pairs],
        holidays: Iterable[date | str] | Mapping[date | str, str] = (),
        shifts: ByDate | None = None,
        breaks: ByDate | None = None,
        exclusions: Iterable[tuple[datetime, datetime]] = (),
        exact_fit: Literal["closing", "next_opening"] = "closing",
        overnight_holiday: Literal["masked", "owned"] = "masked",
    ) -> None:
        choice("exact_fit", exact_fit, ("closing", "next_opening"))
        choice("overnight_holiday", overnight_holiday, ("masked", "owned"))
        names = {day_number(day, "holidays"): name for day, name in _named(holidays)}
        wall = Hours(
            weekly=week(hours),
            holidays=frozenset(names),
            shifts=by_day(shifts or {}, "shifts"),
            breaks=by_day(breaks or {}, "breaks"),
            masked=overnight_holiday == "masked",
        )
        excluded = tuple(exclusion(pair) for pair in exclusions)
        self._fill(zone_named(timezone), wall, names, excluded, exact_fit == "closing")

    def _fill(self, *parts: Any) -> None:
        zone, wall, _, excluded, closing_fits = parts
        self._become(parts, zone, WallSource(zone, wall, cuts(excluded)), closing_fits=closing_fits)

    def _become(self, parts: tuple[Any, ...], zone: ZoneInfo, source: Source, *, closing_fits: bool) -> None:
        object.__setattr__(self, "_parts", parts)
        object.__setattr__(self, "_zone", zone)
        object.__setattr__(self, "_table", IntervalTable(source, closing_fits=closing_fits))

    @classmethod
    def always(cls, timezone: str | ZoneInfo) -> Self:
        """The calendar that never closes, in a zone."""
        return cls(timezone=timezone, hours={day: [("00:00", "24:00")] for day in WEEKDAYS})

    @property
    def timezone(self) -> str:
        """The IANA name of the calendar's zone."""
        return self._zone.key

    @property
    def zone(self) -> ZoneInfo:
        """The calendar's zone."""
        return self._zone

    @property
    def closing_fits(self) -> bool:
        """Whether a duration used up exactly at a closing is due then (`exact_fit`), not at the next opening."""
        return bool(self._parts[-1])

    # -- business time: datetimes and seconds --

    def due(self, start: datetime, seconds: float) -> datetime | None:
        """The earliest instant with `seconds` of open time after `start`; 0 rolls forward, less than 0 looks back."""
        try:  # spelt out, for this is the question most often asked: `_microseconds` and `_duration`
            delta = start - _EPOCH
            instant = (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds
        except (TypeError, AttributeError):
            raise _not_an_instant(start) from None
        end = self._table.due(instant, seconds * SECOND if seconds.__class__ is int else _duration(seconds))
        return None if end is None else self._local(end)

    def before(self, end: datetime, seconds: float) -> datetime | None:
        """The latest instant with `seconds` of open time before `end`; 0 rolls back, less than 0 looks ahead."""
        start = self._table.before(_microseconds(end), _duration(seconds))
        return None if start is None else self._local(start)

    def worked(self, start: datetime, end: datetime) -> float:
        """Open seconds from `start` to `end`, an int when whole; negative when they are reversed."""
        worked = self._table.worked(_microseconds(start), _microseconds(end))
        return worked / SECOND if worked % SECOND else worked // SECOND

    def is_open(self, t: datetime) -> bool:
        """Whether `t` lies in an interval: openings do, closings do not."""
        return self._table.is_open(_microseconds(t))

    def next_open(self, t: datetime) -> datetime | None:
        """The first opening strictly after `t`."""
        return self._local_or_none(self._table.next_open(_microseconds(t)))

    def next_close(self, t: datetime) -> datetime | None:
        """The first closing strictly after `t`."""
        return self._local_or_none(self._table.next_close(_microseconds(t)))

    def previous_open(self, t: datetime) -> datetime | None:
        """The last opening at or before `t`."""
        return self._local_or_none(self._table.previous_open(_microseconds(t)))

    def previous_close(self, t: datetime) -> datetime | None:
        """The last closing at or before `t`."""
        return self._local_or_none(self._table.previous_close(_microseconds(t)))

    def roll_forward(self, t: datetime) -> datetime | None:
        """`t` itself when open, else the next opening."""
        return self._local_or_none(self._table.roll_forward(_microseconds(t)))

    def roll_back(self, t: datetime) -> datetime | None:
        """`t` itself when open time runs right up to it, else the closing before it."""
        return self._local_or_none(self._table.roll_back(_microseconds(t)))

    def intervals(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The (open, close) intervals between two instants, in order, clipped to them."""
        for a, b in self._table.intervals(_microseconds(start), _microseconds(end)):
            yield self._local(a), self._local(b)

    def day(self, day: date | str) -> Day:
        """What the calendar holds on a local date (exclusions, which are instants, aside)."""
        number = day_number(day, "day()")
        hours: Hours = self._parts[1]
        names: Mapping[int, str] = self._parts[2]
        breaks = tuple(shown(stretch) for stretch in hours.breaks.get(number, ()))
        on = date.fromordinal(number)
        if number in hours.holidays:
            return Day(on, "holiday", (), breaks, names[number])
        own = hours.shifts.get(number)
        if own is not None:
            return Day(on, "special", tuple(shown(stretch) for stretch in own), breaks)
        own = hours.weekly[on.weekday()]
        return Day(on, "hours" if own else "closed", tuple(shown(stretch) for stretch in own), breaks)

    # -- business time: integer microseconds since 1970-01-01T00:00 UTC --

    def due_us(self, start_us: int, duration_us: int) -> int | None:
        """`due` in integer microseconds."""
        return self._table.due(start_us, duration_us)

    def before_us(self, end_us: int, duration_us: int) -> int | None:
        """`before` in integer microseconds."""
        return self._table.before(end_us, duration_us)

    def worked_us(self, start_us: int, end_us: int) -> int:
        """`worked` in integer microseconds."""
        return self._table.worked(start_us, end_us)

    def columns_us(self, start_us: int, end_us: int) -> tuple[list[int], list[int], list[int]]:
        """Openings, closings and running sums of the whole local years that hold two instants, for searchsorted.

        With i = bisect_right(opens, t) - 1 the sum at t is min(t, closes[i]) - opens[i] + sums[i]; a sum s > 0 is
        reached with i = bisect_left(sums, s) - 1 at opens[i] + s - sums[i]. Some intervals are empty or touch.
        """
        return self._table.columns(start_us, end_us)

    # -- the object --

    def _local(self, instant: int) -> datetime:
        seconds, rest = divmod(instant, SECOND)
        try:
            local = _from_timestamp(seconds, self._zone)
        except (ValueError, OSError):  # beyond what the platform's own clock can hold, or any datetime
            local = (_EPOCH + timedelta(seconds=seconds)).astimezone(self._zone)
        return local.replace(microsecond=rest) if rest else local

    def _local_or_none(self, instant: int | None) -> datetime | None:
        return None if instant is None else self._local(instant)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a BusinessCalendar is immutable: cannot set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a BusinessCalendar is immutable: cannot delete {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self._parts)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __repr__(self) -> str:
        open_days = [day for day, own in zip(WEEKDAYS, self._parts[1].weekly, strict=True) if own]
        return f"BusinessCalendar(timezone={self.timezone!r}, open on {' '.join(open_days) or 'no weekday'})"


def _restored(cls: type[BusinessCalendar], parts: tuple[Any, ...]) -> BusinessCalendar:
    calendar = cls.__new__(cls)
    calendar._fill(*parts)  # noqa: SLF001 - a pickle is filled as the constructor fills
    return calendar


def _microseconds(t: datetime) -> int:
    try:
        delta = t - _EPOCH
        return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds
    except (TypeError, AttributeError):
        raise _not_an_instant(t) from None


def _not_an_instant(t: object) -> ValueError:
    return ValueError(f"not an instant: {t!r}; expected a datetime with a time zone or offset")


def _duration(seconds: float) -> int:
    if seconds.__class__ is int:
        return seconds * SECOND
    try:
        if isfinite(seconds):
            whole = int(seconds // 1)
            return whole * SECOND + round((seconds - whole) * SECOND)
    except TypeError:
        pass
    raise ValueError(f"bad duration {seconds!r}: expected a finite number of seconds")


def _named(holidays: Iterable[date | str] | Mapping[date | str, str]) -> Iterable[tuple[date | str, str]]:
    if isinstance(holidays, str) or not isinstance(holidays, Iterable):
        raise ValueError(  # noqa: TRY004 - one error for every bad value
            f"bad holidays {holidays!r}: expected dates, or a mapping of dates to names"
        )
    return holidays.items() if isinstance(holidays, Mapping) else ((day, "") for day in holidays)


def cuts(excluded: Iterable[Stretch]) -> list[Stretch]:
    """Exclusions as an interval table wants them: in order, merged, none of them empty."""
    return merged(cut for cut in excluded if cut[0] < cut[1])


def exclusion(pair: tuple[datetime, datetime]) -> Stretch:
    """A (start, end) pair of aware datetimes in microseconds. Raises ValueError."""
    try:
        start, end = pair
    except (TypeError, ValueError):
        raise ValueError(f"bad exclusion {pair!r}: expected a (start, end) pair of aware datetimes") from None
    a, b = _microseconds(start), _microseconds(end)
    if b < a:
        raise ValueError(f"bad exclusion: it ends at {end} before it starts at {start}")
    return a, b


def choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raise ValueError with the nearest word for a value that is none of a few."""
    if value not in allowed:
        raise ValueError(f"bad {name} {value!r}: {did_you_mean(str(value), allowed)}")
