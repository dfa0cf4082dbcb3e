"""Calendar files (iCalendar): the only home of `icalendar` and `recurring-ical-events`, imported when used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from support_policy.clock.zone import DAY, EPOCH_DAY, zone_year

Calendar = Any
Component = Any
"""The libraries' objects; what they say of their types is of no help here."""

FIRST, BEYOND = date(2000, 1, 1), date(2100, 1, 1)
"""The dates between which recurrences are expanded."""
MAX_ENTRIES = 40_000
"""So many entries a file may have, those of its recurrences included: one a day for a hundred years."""
MAX_BYTES = 1024 * 1024

_LINE = re.compile(r"([A-Za-z0-9-]+)(?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?:(.*)", re.DOTALL)
_TAG = "X-LINE-IN-FILE"
_TIMES_A_YEAR = {"DAILY": 366, "WEEKLY": 53, "MONTHLY": 12, "YEARLY": 1}
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# What the two libraries raise over content they cannot read.
_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


class IcsError(ValueError):
    """A calendar file that cannot be used: what is wrong at `line` (from 1), and `help`: what to do instead."""

    def __init__(self, line: int, said: str, help: str = "") -> None:
        super().__init__(said)
        self.line, self.help = line, help


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, or one recurrence of one; instants are microseconds of UTC since 1970, `end` not included."""

    start: int
    end: int
    first: date | None
    """For an all-day entry its first and last date (inclusive); None where it has times of day."""
    last: date | None
    summary: str
    attendees: tuple[str, ...]
    """Addresses, without `mailto:`."""
    line: int
    """Where the event begins in the file."""


@dataclass(slots=True)
class _Written:
    """A VEVENT as written: its line, and the first line of each of its properties."""

    line: int
    properties: dict[str, int]

    def at(self, name: str) -> int:
        return self.properties.get(name.upper(), self.line)


def read_ics(data: bytes, zone: ZoneInfo) -> tuple[Entry, ...]:
    """The entries of a calendar file that touch the years 2000 to 2099, in order of time, recurrences expanded.

    Times without a zone of their own, and all-day entries, are read in `zone`. Cancelled entries and those without
    any duration are left out. Equal bytes give equal entries. Raises IcsError.
    """
    written = _scan(_text(data))
    calendar = _parsed(data)
    events = calendar.walk("VEVENT")
    if len(events) != len(written):
        raise IcsError(1, "events stand inside of other events", "export the calendar anew")
    number = 0
    for event, where in zip(events, written, strict=True):
        event[_TAG] = str(where.line)
        with _blamed(event):
            _check(event, where)
            number += _estimate(event)
    if number > MAX_ENTRIES:
        said = f"the file has some {number:,} entries up to {BEYOND.year - 1}; at most {MAX_ENTRIES:,} are read"
        raise IcsError(1, said, "give recurrences an end (`UNTIL` or `COUNT`)")
    entries = [entry for occurrence in _expanded(calendar) for entry in _entry(occurrence, zone)]
    return tuple(sorted(entries, key=lambda e: (e.start, e.end, e.line, e.summary, e.attendees)))


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise IcsError(1, f"the file has more than {MAX_BYTES:,} bytes", "leave out what has long passed")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise IcsError(line, "the file is not UTF-8", "save it as UTF-8") from None


def _scan(text: str) -> list[_Written]:
    """The events as written. Raises IcsError at the first line that cannot stand where it does."""
    events: list[_Written] = []
    within: list[tuple[str, int]] = []
    for line, content in _unfolded(text):
        found = _LINE.fullmatch(content)
        if not found:
            raise IcsError(line, "this is no line of a calendar file", "expected `NAME:value`")
        name, value = found[1].upper(), found[2].strip().upper()
        if not within and (name, value) != ("BEGIN", "VCALENDAR"):
            raise IcsError(line, "`BEGIN:VCALENDAR` is missing before this line", "export the calendar as .ics")
        if name == "BEGIN":
            within.append((value, line))
            if value == "VEVENT":
                events.append(_Written(line, {}))
        elif name == "END":
            opened, begun = within.pop()
            if value != opened:
                raise IcsError(line, f"`END:{value[:40]}` ends what `BEGIN:{opened[:40]}` in line {begun} began")
        elif within[-1][0] == "VEVENT":
            events[-1].properties.setdefault(name, line)
    if within:
        raise IcsError(within[-1][1], f"`BEGIN:{within[-1][0][:40]}` has no end", "the file may have been cut off")
    if not text.strip():
        raise IcsError(1, "the file is empty", "export the calendar as .ics")
    return events


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Content lines with the number of the line they begin in; a line that begins with a blank goes on."""
    begun, content = 0, ""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if line[:1] in (" ", "\t") and content:
            content += line[1:]
        else:
            if content.strip():
                yield begun, content
            begun, content = number, line
    if content.strip():
        yield begun, content


def _parsed(data: bytes) -> Calendar:
    from icalendar import Calendar

    try:
        found = Calendar.from_ical(data.removeprefix(b"\xef\xbb\xbf"), multiple=True)
    except _UNREADABLE as problem:
        raise IcsError(1, f"this is no calendar file: {_plain(problem)}", "export the calendar anew") from None
    if len(found) != 1:
        raise IcsError(1, f"the file holds {len(found)} calendars", "one file, one calendar")
    return found[0]


@contextmanager
def _blamed(event: Component) -> Iterator[None]:
    """Whatever the libraries stumble over is the fault of this event."""
    try:
        yield
    except IcsError:
        raise
    except _UNREADABLE as problem:
        raise IcsError(int(event[_TAG]), f"the event cannot be read: {_plain(problem)}") from None


def _check(event: Component, where: _Written) -> None:
    """Raises IcsError for what the libraries would pass over, guess at, or stumble over without a line."""
    for name, message in event.errors:
        raise IcsError(where.at(str(name)), f"`{name}` cannot be read: {_plain(message)}")
    start, end = event.get("DTSTART"), event.get("DTEND")
    if start is None:
        raise IcsError(where.line, "the event has no beginning", "`DTSTART` is missing")
    for name, value in (("DTSTART", start), ("DTEND", end)):
        if isinstance(value, list):
            raise IcsError(where.at(name), f"`{name}` stands twice in one event", "keep one of the two")
        zone = value.params.get("TZID") if value is not None else None
        if zone and isinstance(value.dt, datetime) and value.dt.tzinfo is None:
            help = "a name such as `Europe/London`, or a `VTIMEZONE` in the file"
            raise IcsError(where.at(name), f"there is no time zone `{str(zone)[:60]}`", help)
    if end is not None:
        first, last = start.dt, end.dt
        if isinstance(first, datetime) != isinstance(last, datetime):
            raise IcsError(where.at("DTEND"), "the event begins with a date and ends with a time, or the reverse")
        if _order(last) < _order(first):
            raise IcsError(where.at("DTEND"), f"the event ends at {last} before it begins at {first}")
    for rule in _rules(event):
        frequency = str(_first(rule, "FREQ", "")).upper()
        if frequency not in _TIMES_A_YEAR:
            help = "expected " + ", ".join(f"`{name}`" for name in _TIMES_A_YEAR)
            raise IcsError(where.at("RRULE"), f"a recurrence cannot be `{frequency[:20]}` here", help)


def _order(value: date) -> tuple[int, int]:
    """A key by which two dates, or two times, are in order; a time without a zone is taken as it stands."""
    if not isinstance(value, datetime):
        return value.toordinal(), 0
    plain = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
    return plain.toordinal(), (plain - datetime.combine(plain.date(), datetime.min.time())) // _MICROSECOND


def _rules(event: Component) -> list[Mapping[str, Any]]:
    found = event.get("RRULE")
    return found if isinstance(found, list) else [found] if found is not None else []


def _first(rule: Mapping[str, Any], key: str, default: Any) -> Any:
    values = rule.get(key, default)
    return values[0] if isinstance(values, list) and values else values


def _estimate(event: Component) -> int:
    """No fewer than the entries an event has within the years that are expanded."""
    dates = event.get("RDATE")
    number = 1 + sum(len(part.dts) for part in (dates if isinstance(dates, list) else [dates] if dates else []))
    begins = event["DTSTART"].dt.year
    for rule in _rules(event):
        until = _first(rule, "UNTIL", BEYOND)
        years = max(min(until.year, BEYOND.year - 1) - max(begins, FIRST.year) + 1, 0)
        yearly = _TIMES_A_YEAR[str(_first(rule, "FREQ", "")).upper()] / max(int(_first(rule, "INTERVAL", 1)), 1)
        for key, values in rule.items():
            if key.startswith("BY") and key != "BYSETPOS":
                yearly *= len(values) * (5 if key == "BYDAY" and str(rule["FREQ"][0]).upper() == "MONTHLY" else 1)
                yearly *= 53 if key == "BYDAY" and str(rule["FREQ"][0]).upper() == "YEARLY" else 1
        clocked = 1
        for key in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            clocked *= len(rule.get(key, [0]))
        count = int(_first(rule, "COUNT", 10**9))
        number += int(min(min(yearly, 366 * clocked) * years + 1, count))
    return number


def _expanded(calendar: Calendar) -> list[Component]:
    """Every occurrence. Raises IcsError at the event that cannot be expanded."""
    import recurring_ical_events

    def between(one: Calendar) -> list[Component]:
        return list(recurring_ical_events.of(one).between(FIRST, BEYOND))

    try:
        return between(calendar)
    except _UNREADABLE as problem:
        why, line = _plain(problem), 1
    zones = [part for part in calendar.subcomponents if part.name == "VTIMEZONE"]
    for event in calendar.walk("VEVENT"):
        alone = calendar.copy()
        alone.subcomponents = [*zones, event]
        try:
            between(alone)
        except _UNREADABLE as problem:
            why, line = _plain(problem), int(event[_TAG])
            break
    raise IcsError(line, f"the event's recurrence cannot be worked out: {why}", "export the calendar anew")


def _entry(event: Component, zone: ZoneInfo) -> Iterator[Entry]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    with _blamed(event):
        first, beyond = event.start, event.end
        start, end = _instant(first, zone), _instant(beyond, zone)
        whole = not isinstance(first, datetime)
        days = (first, beyond - timedelta(days=1)) if whole else (None, None)
        summary, attendees = str(event.get("SUMMARY", "")).strip(), _attendees(event)
    if end > start:
        yield Entry(start, end, days[0], days[1], summary, attendees, int(event[_TAG]))


def _instant(value: date, zone: ZoneInfo) -> int:
    """Microseconds of UTC; what carries no zone is read on the wall of `zone`, as all wall times of a calendar are."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return (value - _ZERO) // _MICROSECOND
    wall = (value.toordinal() - EPOCH_DAY) * DAY
    if isinstance(value, datetime):
        wall += (value - datetime.combine(value.date(), datetime.min.time())) // _MICROSECOND
    return zone_year(zone, value.year).at(wall)


def _attendees(event: Component) -> tuple[str, ...]:
    found = event.get("ATTENDEE")
    people = found if isinstance(found, list) else [found] if found is not None else []
    return tuple(dict.fromkeys(re.sub("(?i)^mailto:", "", str(one).strip()) for one in people))


def _plain(problem: object) -> str:
    """A library's words on one short line."""
    return " ".join(str(problem).split())[:120].rstrip(".") or type(problem).__name__
