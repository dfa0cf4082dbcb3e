"""The business calendars of a policy's offices: weekly hours, public holidays, special days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from support_policy.clock.calendar import BusinessCalendar
from support_policy.clock.holidays import Holidays
from support_policy.model.event import instant
from support_policy.model.policy import Office, PolicyText
from support_policy.source.diagnostics import Findings

YEARS = range(2000, 2100)
"""The years whose public holidays are resolved with a policy (and are part of its digest)."""

HolidaySource = Callable[[str, str | None, str], Holidays]
"""(country, subdivision, category) -> the holidays of `YEARS`; raises LookupError for an unknown place."""


@dataclass(frozen=True, slots=True)
class OfficeTime:
    """An office's calendars (`business` hours, and the wall clock in its zone) and the names of its days off."""

    business: BusinessCalendar
    always: BusinessCalendar
    holidays: Mapping[date, str]
    special: Mapping[date, str]
    known_until: int | None
    """The last year whose public holidays are known; None where no public holidays are kept."""
    moved_until: int | None = None
    """Where days off are moved from year to year: the last year whose moves are published."""


@dataclass(slots=True)
class Calendars:
    """The offices' time, and the version of the holidays library it came from."""

    offices: dict[str, OfficeTime] = field(default_factory=dict)
    library: str = ""


def make_calendars(text: PolicyText, holidays: HolidaySource, findings: Findings) -> Calendars:
    """The calendars of every office that can be made; what is wrong with the others is in `findings`."""
    made = Calendars()
    for office in text.offices.values():
        time = _office(text, office, holidays, made, findings)
        if time is not None:
            made.offices[office.name] = time
            _check_open(text, office, time, findings)
            _note_horizon(office, time, findings)
    return made


def _office(
    text: PolicyText, office: Office, source: HolidaySource, made: Calendars, findings: Findings
) -> OfficeTime | None:
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
            close = getattr(problem, "nearest", "")
            help = f"did you mean `{close}`?" if close else str(problem)
            findings.error("P330", getattr(code, "span", office.span), f"no holidays are known for `{code}`", help)
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
        always = BusinessCalendar.always(office.zone)
    except ValueError as problem:
        findings.error("P331", getattr(office.zone, "span", office.span), str(problem), "an IANA name such as `Europe/London`")
        return None
    business = BusinessCalendar(
        timezone=office.zone,
        hours={day: list(pairs) for day, pairs in office.hours.items()},
        holidays=off,
        shifts=dict(shifts),
        breaks={day: pairs for day, pairs in breaks.items() if pairs},
        exact_fit="next_opening" if text.settings["due_at_closing_time"].value == "next_opening" else "closing",
    )
    return OfficeTime(business, always, off, special, min(until, default=None), min(moved, default=None))


def _check_open(text: PolicyText, office: Office, time: OfficeTime, findings: Findings) -> None:
    if time.business.next_open(instant(0)) is None:
        findings.error(
            "P332",
            office.span,
            f"the calendar of `{office.name}` never opens",
            "give it `hours`, or the policy `business_hours`, such as `{mon-fri: 09:00-17:00}`",
        )


def _note_horizon(office: Office, time: OfficeTime, findings: Findings) -> None:
    if time.known_until is not None and time.known_until < YEARS[-1]:
        said = f"the public holidays of `{office.name}` are known until {time.known_until}; after that they are unknown"
        findings.note("P333", office.span, said)
    if time.moved_until is not None:
        said = f"`{office.name}`: days off that are moved from year to year are published until {time.moved_until}"
        findings.note("P334", office.span, said, "later years get new dates when the holidays library is updated")

