"""Public holidays as the `holidays` library has them, with what it does not know said aloud."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import date
from importlib.metadata import version

import pytest

from support_policy.clock.calendar import BusinessCalendar
from support_policy.clock.holidays import UnknownPlaceError, known_codes, known_subdivisions, public_holidays

YEARS = range(2026, 2028)


@pytest.mark.parametrize(
    ("country", "subdivision", "day", "name"),
    [
        ("US", "CA", date(2026, 3, 31), "Cesar Chavez Day"),
        ("US", None, date(2026, 7, 4), "Independence Day"),
        ("GB", "ENG", date(2026, 4, 6), "Easter Monday"),
        ("CN", None, date(2026, 10, 1), "National Day"),
        ("DE", "BY", date(2026, 1, 6), "Epiphany"),
    ],
)
def test_days_have_english_names(country: str, subdivision: str | None, day: date, name: str) -> None:
    """Names are English where the library has them."""
    assert name in public_holidays(country, subdivision, YEARS).dates[day]


def test_only_the_years_asked_for_come_back() -> None:
    """Dates are in order and within the years; the library's version is told."""
    found = public_holidays("GB", "ENG", YEARS)
    assert list(found.dates) == sorted(found.dates)
    assert {day.year for day in found.dates} == {2026, 2027}
    assert found.library == version("holidays")


def test_subdivisions_differ() -> None:
    """Scotland works on Easter Monday, England does not."""
    assert date(2026, 4, 6) in public_holidays("GB", "ENG", YEARS).dates
    assert date(2026, 4, 6) not in public_holidays("GB", "SCT", YEARS).dates


def test_the_horizon_is_told() -> None:
    """Years that the library does not know have no dates, and the horizon says so."""
    found = public_holidays("US", "CA", range(2099, 2110))
    assert found.horizon[1] == 2100
    assert max(found.dates).year == 2100
    assert public_holidays("US", "CA", range(2150, 2160)).dates == {}


def test_the_last_year_with_moved_days_off_is_told() -> None:
    """Where the government moves days off, the last year that is published is told; elsewhere None."""
    assert public_holidays("CN", None, YEARS).substituted_until == 2026
    assert public_holidays("GB", None, YEARS).substituted_until is None


def test_working_weekends_are_not_holidays() -> None:
    """A Sunday worked to make up for a day off is told apart; an office's week decides whether it is worked."""
    found = public_holidays("CN", None, YEARS)
    assert date(2026, 1, 4) in found.workdays
    assert date(2026, 1, 4) not in found.dates


@pytest.mark.parametrize(
    ("country", "subdivision", "close"),
    [
        ("UK", None, "GB"),
        ("gb", None, "GB"),
        ("Germny", None, "DE"),
        ("United Kingdom", None, "GB"),
        ("ZZ", None, ""),
        ("", None, ""),
        ("US", "California", "CA"),
        ("US", "CAL", "CA"),
        ("JP", "X", ""),
    ],
)
def test_an_unknown_place_carries_the_nearest_name(country: str, subdivision: str | None, close: str) -> None:
    """A place without holidays is a LookupError that names it and the right name most like it."""
    with pytest.raises(UnknownPlaceError) as caught:
        public_holidays(country, subdivision, YEARS)
    assert caught.value.nearest == close
    assert repr(subdivision or country) in str(caught.value)
    assert isinstance(caught.value, LookupError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301


def test_codes_are_known_without_filling_a_calendar() -> None:
    """Countries and subdivisions are listed in order."""
    assert {"US", "GB", "CN", "DE"} <= set(known_codes())
    assert list(known_codes()) == sorted(known_codes())
    assert known_subdivisions("GB") == ("ENG", "NIR", "SCT", "WLS")


def test_holidays_are_frozen() -> None:
    """What is shared between callers cannot be changed, and can be pickled."""
    found = public_holidays("GB", "ENG", YEARS)
    with pytest.raises(TypeError):
        found.dates[date(2026, 1, 2)] = "a day off"  # type: ignore[index]
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301
    assert public_holidays("GB", "ENG", YEARS) is found


def test_holidays_name_the_days_of_a_calendar() -> None:
    """The dates with their names can be given to a calendar as they are."""
    found = public_holidays("GB", "ENG", YEARS)
    calendar = BusinessCalendar(timezone="Europe/London", hours={"fri": [("09:00", "17:00")]}, holidays=found.dates)
    assert calendar.day("2026-12-25").name == "Christmas Day"


def test_the_library_is_loaded_only_when_asked() -> None:
    """Importing the clock does not import `holidays`."""
    code = (
        "import sys, support_policy.clock.holidays, support_policy.clock.calendar; sys.exit('holidays' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
