"""The business calendars of a policy's offices: weekly hours, public holidays, special days."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from support_policy.clock.reading import zone_named
from support_policy.model.policy import Office, PolicyText
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import shorten
from support_policy.source.shape import BAD

if TYPE_CHECKING:
    from support_policy.clock.calendar import BusinessCalendar
    from support_policy.clock.holidays import Holidays

YEARS = range(2000, 2100)
"""The years whose public holidays are resolved with a policy (and are part of its digest)."""

HolidaySource = Callable[[str, str | None, str], "Holidays"]
"""(country, subdivision, category) -> the holidays of `YEARS`; raises LookupError for an unknown place."""


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

    @cached_property
    def business(self) -> BusinessCalendar:
        """The office's business hours."""
        from support_policy.clock.calendar import BusinessCalendar

        return BusinessCalendar(timezone=self.zone, holidays=self.holidays, **self.parts)

    @cached_property
    def always(self) -> BusinessCalendar:
        """The wall clock in the office's zone."""
        from support_policy.clock.calendar import BusinessCalendar

        return BusinessCalendar.always(self.zone)


@dataclass(slots=True)
class Calendars:
    """The offices' time, and the version of the holidays library it came from."""

    offices: dict[str, OfficeTime] = field(default_factory=dict)
    library: str = ""


def make_calendars(text: PolicyText, holidays: HolidaySource, findings: Findings) -> Calendars:
    """The calendars of every office that can be made; what is wrong with the others is in `findings`."""
    made = Calendars()
    if _too_much(text, findings):
        return made
    for office in text.offices.values():
        time = _office(text, office, holidays, made, findings)
        if time is not None:
            made.offices[office.name] = time
            _check_open(office, time, findings)
            _note_horizon(office, time, findings)
    return made


def _office(
    text: PolicyText, office: Office, source: HolidaySource, made: Calendars, findings: Findings
) -> OfficeTime | None:
    if office.zone is BAD or office.hours is BAD:
        return None
    off: dict[date, str] = {}
    worked: set[date] = set()
    until: list[int] = []
    moved: list[int] = []
    category = str(text.settings["holiday_category"].value)
    for code in office.holidays:
        country, _, part = code.partition("/")
        try:
            found = source(country, part or None, category)
        except LookupError as problem:
            span = getattr(code, "span", office.span)
            findings.error("P330", span, f"no holidays are known for `{code}`", _place_hint(code, problem))
            return None
        made.library = found.library
        off.update(found.dates)
        worked.update(found.workdays)
        until.append(min(found.horizon[1], YEARS[-1]))
        if found.substituted_until:
            moved.append(found.substituted_until)
    shifts: dict[date, list[tuple[str, str]]] = {}
    if text.settings["make_up_weekends"].value == "open":
        shifts = {day: list(office.hours.get("mon", ())) for day in sorted(worked)}
    breaks: dict[date, list[tuple[str, str]]] = {}
    special: dict[date, str] = {}
    for entry in text.special_days:
        if entry.office not in ("", office.name):
            continue
        for n in range((entry.last - entry.first).days + 1):
            day = entry.first + timedelta(days=n)
            special[day] = entry.why
            if entry.hours is not None:
                # Special hours overrule a holiday, which would otherwise beat them.
                off.pop(day, None)
                shifts[day] = list(entry.hours)
            breaks.setdefault(day, []).extend(entry.breaks)
    try:
        zone_named(office.zone)
    except ValueError as problem:
        span = getattr(office.zone, "span", office.span)
        findings.error("P331", span, f"there is no time zone `{shorten(office.zone)}`", _zone_hint(str(problem)))
        return None
    parts = {
        "hours": office.hours,
        "shifts": shifts,
        "breaks": {day: pairs for day, pairs in breaks.items() if pairs},
        "exact_fit": "next_opening" if text.settings["due_at_closing_time"].value == "next_opening" else "closing",
    }
    known = min(until, default=None), min(moved, default=None)
    return OfficeTime(str(office.zone), parts, off, special, *known)


MAX_OFFICES = 200
MAX_SPECIAL_DATES = 20_000
MAX_PLACES = 100


def _too_much(text: PolicyText, findings: Findings) -> bool:
    """Whether there is more than any real policy has; filling its calendars would take very long."""
    places = {code for office in text.offices.values() for code in office.holidays}
    dates = sum((day.last - day.first).days + 1 for day in text.special_days)
    for number, most, what in (
        (len(text.offices), MAX_OFFICES, "offices"),
        (len(places), MAX_PLACES, "places whose holidays are kept"),
        (dates, MAX_SPECIAL_DATES, "special dates"),
    ):
        if number > most:
            findings.error("P335", text.span, f"there are {number:,} {what}", f"at most {most:,} are read")
            return True
    return False


_NATIONS = {"england": "GB/ENG", "scotland": "GB/SCT", "wales": "GB/WLS", "northern ireland": "GB/NIR"}


def _place_hint(code: str, problem: LookupError) -> str:
    """What to write instead of a place without holidays."""
    split = re.fullmatch(r"([A-Za-z]{2})\s?[-_/ ]\s?([A-Za-z0-9-]{1,12})", code)
    if (split and "/" not in code) or (code != code.upper() and split):
        return f"did you mean `{split[1].upper()}/{split[2].upper()}`?"
    if code.lower() in _NATIONS:
        return f"did you mean `{_NATIONS[code.lower()]}`?"
    close = str(getattr(problem, "nearest", ""))
    if close:
        country, slash, _ = code.partition("/")
        return (
            f"did you mean `{country + slash + close if slash and getattr(problem, 'name', '') != country else close}`?"
        )
    return "a country's code of two letters (ISO 3166), or with a subdivision, such as `GB`, `US/CA`"


def _zone_hint(said: str) -> str:
    """What to write instead of an unknown zone, going by the calendar's own words."""
    close = said.rpartition("did you mean `")[2].partition("`")[0]
    # `MST` for `PST` is near by its letters alone; a place is not.
    if "did you mean" in said and "/" in close:
        return f"did you mean `{close}`?"
    return "a place such as `Europe/London` or `America/Los_Angeles`: abbreviations do not say when the clock changes"


def _check_open(office: Office, time: OfficeTime, findings: Findings) -> None:
    # Weekly hours come round again; only special days may all lie closed.
    if not any(office.hours.values()) and time.business.next_open(datetime(1970, 1, 1, tzinfo=UTC)) is None:
        findings.error(
            "P332",
            office.span,
            f"the calendar of `{office.name}` never opens",
            "give the office `hours`, or the policy `business_hours`, such as `{mon-fri: 09:00-17:00}`",
        )


def _note_horizon(office: Office, time: OfficeTime, findings: Findings) -> None:
    if time.known_until is not None and time.known_until < YEARS[-1]:
        said = f"the public holidays of `{office.name}` are known until {time.known_until}; after that they are unknown"
        findings.note("P333", office.span, said)
    if time.moved_until is not None:
        said = f"`{office.name}`: days off that are moved from year to year are published until {time.moved_until}"
        findings.note("P334", office.span, said, "later years get new dates when the holidays library is updated")
