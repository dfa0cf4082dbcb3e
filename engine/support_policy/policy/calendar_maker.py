"""The calendars of a policy made: weekly hours, public holidays, special days, maintenance; and unions of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from support_policy.clock.reading import Zone, zone_named
from support_policy.model.calendars import ALWAYS, Joint, Office
from support_policy.model.policy import PolicyText
from support_policy.policy.calendar_files import CalendarFiles
from support_policy.policy.calendars import (
    WHOLE_WEEK,
    YEARS,
    Calendars,
    CalendarTime,
    Closures,
    HolidaySource,
    JointTime,
    OfficeTime,
    Stretches,
)
from support_policy.policy.place_hints import place_hint, zone_hint
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import shorten
from support_policy.source.shape import BAD
from support_policy.source.span import Span
from support_policy.source.words import span_of

MAX_OFFICES = 200
MAX_SPECIAL_DATES = 20_000
MAX_PLACES = 100
MAX_WINDOWS = 2_000


@dataclass(slots=True)
class _Off:
    """The days off of one calendar, from every source."""

    dates: dict[date, str] = field(default_factory=dict)
    worked: set[date] = field(default_factory=set)
    """Weekend days that make up for a holiday."""
    until: list[int] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)

    def add(self, day: date, why: str) -> None:
        self.dates[day] = "; ".join(dict.fromkeys(filter(None, (self.dates.get(day, ""), why))))


class CalendarMaker:
    """Makes the calendars of one policy; what is wrong with those that cannot be made is in `findings`."""

    def __init__(self, text: PolicyText, holidays: HolidaySource, files: CalendarFiles, findings: Findings) -> None:
        self.text, self.holidays, self.files, self.findings = text, holidays, files, findings
        self.made = Calendars()
        self._begun: set[str] = set()
        self.exact_fit: Literal["closing", "next_opening"] = (
            "next_opening" if text.settings["due_at_closing_time"].value == "next_opening" else "closing"
        )

    def make(self) -> Calendars:
        """Every calendar that can be made."""
        made, text = self.made, self.text
        plain = self._plain()
        if self._too_much(plain):
            return made
        for office in plain:
            if office.name in made.named:
                continue  # the name is in use twice, and the checks say so
            time = self._office(office)
            if time is not None:
                made.named[office.name] = time
                if office.name in text.offices:
                    made.offices[office.name] = time
                self._check_open(office, time)
                self._note_horizon(office, time)
        for calendar in text.calendars.values():
            if isinstance(calendar, Joint):
                self._joint(calendar)
        first = made.offices.get(text.default_office) or next(iter(made.offices.values()), None)
        if first is not None:
            stopped = self._windows(ALWAYS)
            hours = {"hours": WHOLE_WEEK, "exclusions": stopped}
            closures = self._closures(ALWAYS)
            made.named[ALWAYS] = OfficeTime(first.zone, hours, {}, {}, None, stopped=stopped, closures=closures)
        return made

    def _plain(self) -> list[Office]:
        own = (calendar for calendar in self.text.calendars.values() if isinstance(calendar, Office))
        return [*self.text.offices.values(), *own]

    def _too_much(self, plain: list[Office]) -> bool:
        """Whether there is more than any real policy has; filling its calendars would take very long."""
        text = self.text
        places = {code for office in plain for code in office.holidays}
        dates = sum((day.last - day.first).days + 1 for day in text.special_days)
        for number, most, what in (
            (len(text.offices) + len(text.calendars), MAX_OFFICES, "offices and calendars"),
            (len(text.maintenance), MAX_WINDOWS, "windows of maintenance"),
            (len(places), MAX_PLACES, "places whose holidays are kept"),
            (dates, MAX_SPECIAL_DATES, "special dates"),
        ):
            if number > most:
                self.findings.error("P335", text.span, f"there are {number:,} {what}", f"at most {most:,} are read")
                return True
        return False

    def _office(self, office: Office) -> OfficeTime | None:
        if BAD in (office.zone, office.hours, office.closed_days):
            return None
        zone = zone_of(office.zone, office.span, self.findings)
        off = self._days_off(office)
        if zone is None or off is None:
            return None
        if office.closed_days:
            for day, why in self.files.closed_days(office.closed_days, zone, office.span).items():
                off.add(day, why)
        shifts: dict[date, list[tuple[str, str]]] = {}
        if self.text.settings["make_up_weekends"].value == "open":
            shifts = {day: list(office.hours.get("mon", ())) for day in sorted(off.worked)}
        breaks: dict[date, list[tuple[str, str]]] = {}
        special: dict[date, str] = {}
        for entry in self.text.special_days:
            if entry.office not in ("", office.name):
                continue
            for n in range((entry.last - entry.first).days + 1):
                day = entry.first + timedelta(days=n)
                special[day] = entry.why
                if entry.hours is not None:
                    # Special hours overrule a holiday, which would otherwise beat them.
                    off.dates.pop(day, None)
                    shifts[day] = list(entry.hours)
                breaks.setdefault(day, []).extend(entry.breaks)
        parts: dict[str, Any] = {
            "hours": office.hours,
            "shifts": shifts,
            "breaks": {day: pairs for day, pairs in breaks.items() if pairs},
            "exclusions": self._windows(office.name),
            "exact_fit": self.exact_fit,
        }
        known = min(off.until, default=None), min(off.moved, default=None)
        closures = (*self._closures(office.name), *self._closures(ALWAYS))
        return OfficeTime(str(office.zone), parts, off.dates, special, *known, self._windows(ALWAYS), closures)

    def _days_off(self, office: Office) -> _Off | None:
        """The public holidays an office keeps; None when a place is unknown."""
        off = _Off()
        category = str(self.text.settings["holiday_category"].value)
        for code in office.holidays:
            country, _, part = code.partition("/")
            try:
                found = self.holidays(country, part or None, category)
            except LookupError as problem:
                said = f"no holidays are known for `{code}`"
                self.findings.error("P330", span_of(code, office.span), said, place_hint(code, problem))
                return None
            self.made.library = found.library
            off.dates.update(found.dates)
            off.worked.update(found.workdays)
            off.until.append(min(found.horizon[1], YEARS[-1]))
            if found.substituted_until:
                off.moved.append(found.substituted_until)
        return off

    def _joint(self, calendar: Joint) -> CalendarTime | None:
        """A calendar made of others, and before it those of them that are; None where one cannot be made."""
        made, known = self.made.named, self.text.calendars
        if calendar.name in made or calendar.name in self._begun:
            return made.get(calendar.name)
        self._begun.add(calendar.name)
        members: dict[str, CalendarTime] = {}
        for name in calendar.any_of:
            other = known.get(name)
            time = self._joint(other) if isinstance(other, Joint) else made.get(name)
            if time is None:
                return None
            members[str(name)] = time
        zone = zone_of(calendar.zone, calendar.span, self.findings) if calendar.zone != "" else None
        if not members or (zone is None and calendar.zone != ""):
            return None
        shown = zone.key if zone else next(iter(members.values())).zone
        windows, stopped = self._windows(calendar.name), self._windows(ALWAYS)
        closures = self._closures(calendar.name)
        made[calendar.name] = JointTime(shown, members, windows, self.exact_fit, stopped, closures)
        return made[calendar.name]

    def _windows(self, name: str) -> Stretches:
        """The announced maintenance of a calendar."""
        return tuple((first, last) for first, last, _ in self._closures(name))

    def _closures(self, name: str) -> Closures:
        """The same with its reasons."""
        return tuple(
            (w.first, w.last, str(w.why))
            for w in self.text.maintenance
            if not w.void and (name in w.calendars if w.calendars else name != ALWAYS)
        )

    def _check_open(self, office: Office, time: OfficeTime) -> None:
        # Weekly hours come round again; only special days may all lie closed.
        if not any(office.hours.values()) and time.business.next_open(datetime(1970, 1, 1, tzinfo=UTC)) is None:
            help = "give it `hours`, or the policy `business_hours`, such as `{mon-fri: 09:00-17:00}`"
            self.findings.error("P332", office.span, f"the calendar of `{office.name}` never opens", help)

    def _note_horizon(self, office: Office, time: OfficeTime) -> None:
        if time.known_until is not None and time.known_until < YEARS[-1]:
            said = (
                f"the public holidays of `{office.name}` are known until {time.known_until}; "
                "after that they are unknown"
            )
            self.findings.note("P333", office.span, said)
        if time.moved_until is not None:
            said = f"`{office.name}`: days off that are moved from year to year are published until {time.moved_until}"
            help = "later years get new dates when the holidays library is updated"
            self.findings.note("P334", office.span, said, help)


def zone_of(name: str, otherwise: Span, findings: Findings) -> Zone | None:
    """The zone of a name, or None after a finding."""
    if name is BAD:
        return None
    try:
        return zone_named(name)
    except ValueError as problem:
        said = f"there is no time zone `{shorten(name)}`"
        findings.error("P331", span_of(name, otherwise), said, zone_hint(str(problem)))
        return None
