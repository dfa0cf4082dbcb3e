"""Public holidays by country and subdivision: the only home of the `holidays` library, imported where it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from support_policy.source.diagnostics import nearest


class UnknownPlaceError(LookupError):
    """No holidays are known for a country or subdivision; `nearest` is the right name most like it, or ""."""

    def __init__(self, place: str, name: str, expected: str, close: str) -> None:
        super().__init__(place, name, expected, close)
        self.place = place
        self.name = name
        self.nearest = close

    def __str__(self) -> str:
        place, name, expected, close = self.args
        return f"unknown {place} {name!r}: " + (f"did you mean {close!r}?" if close else f"expected {expected}")


@dataclass(frozen=True, slots=True)
class Holidays:
    """The public holidays of some years, as one version of the library knows them."""

    country: str
    subdivision: str | None
    dates: Mapping[date, str]
    """Date -> name, in order of dates; the names of holidays that share a date are joined with "; "."""
    workdays: tuple[date, ...]
    """Weekend days that are worked to make up for a holiday, where the library knows of any."""
    library: str
    """The version of the `holidays` library."""
    horizon: tuple[int, int]
    """The first and last year the library knows; outside of them `dates` holds nothing and means nothing."""
    substituted_until: int | None
    """Where the government moves days off from year to year: the last year whose moves are published."""

    def __reduce__(self) -> tuple[Any, ...]:
        place = (self.country, self.subdivision)
        return _frozen, (*place, dict(self.dates), self.workdays, self.library, self.horizon, self.substituted_until)


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str | None, years: range, category: str = "public") -> Holidays:
    """The holidays of a country (ISO 3166 code) or one of its subdivisions, in English where available.

    A country without holidays of the `category` has its public ones. Years beyond the horizon have no dates, which is
    not to say that they have no holidays. Costs some 10 to 150 ms for a hundred years; repeated calls are free. Raises
    UnknownPlaceError.
    """
    import holidays
    from holidays.version import __version__

    subdivisions = known_subdivisions(country)
    entity = _entity(country)
    if subdivision is not None and subdivision not in subdivisions:
        close = entity.subdivisions_aliases.get(subdivision) or nearest(subdivision, subdivisions)
        few = f"one of {', '.join(subdivisions[:12])}" if subdivisions else "none"
        raise UnknownPlaceError(f"subdivision of {country}", subdivision, few, close)
    english = "en_US" if "en_US" in entity.supported_languages else None
    first, last = entity.start_year, entity.end_year
    known = [year for year in years if first <= year <= last]
    categories = category if category in entity.supported_categories else "public"
    found = holidays.country_holidays(
        country, subdiv=subdivision, years=known, language=english, expand=False, categories=categories
    )
    dates = {day: name for day, name in sorted(found.items()) if day.year in years}
    workdays = tuple(sorted(found.weekend_workdays))
    return _frozen(country, subdivision, dates, workdays, __version__, (first, last), _substituted_until(entity))


def known_codes() -> tuple[str, ...]:
    """The two-letter country codes that have holidays, in order; no calendar is filled."""
    return tuple(sorted(set(_codes().values())))


def known_subdivisions(country: str) -> tuple[str, ...]:
    """The subdivision codes of a country, in order; no calendar is filled. Raises UnknownPlaceError."""
    if country not in known_codes():
        raise UnknownPlaceError("country", country, "a code of ISO 3166 such as 'GB'", _nearest_code(country))
    return tuple(sorted(_entity(country).subdivisions))


def _frozen(country: str, subdivision: str | None, dates: dict[date, str], *rest: Any) -> Holidays:
    return Holidays(country, subdivision, MappingProxyType(dates), *rest)


def _entity(country: str) -> Any:
    """The library's object for a country, with no year filled."""
    import holidays

    return holidays.country_holidays(country, expand=False)


def _substituted_until(entity: Any) -> int | None:
    """The library lists moved days by year, as (month, day, month moved from, day moved from, ...)."""
    if not entity.has_substituted_holidays:
        return None
    listed = getattr(entity, "special_public_holidays", {}).items()
    moved = [year for year, days in listed if any(len(day) > 3 for day in (days if _nested(days) else (days,)))]
    return max(moved, default=None)


def _nested(days: Any) -> bool:
    return isinstance(days[0], tuple)


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """Every name the library has for a country (codes and English name, in lower case) -> its two-letter code."""
    from holidays.registry import COUNTRIES

    return {name.lower(): names[1] for names in COUNTRIES.values() for name in names}


def _nearest_code(country: str) -> str:
    codes = _codes()
    word = country.lower().replace(" ", "").replace("_", "")
    return codes.get(word) or (codes.get(nearest(word, [name for name in codes if len(name) > 3])) or "")
