"""What to write instead of a place or a zone that nobody knows."""

from __future__ import annotations

import re

_NATIONS = {"england": "GB/ENG", "scotland": "GB/SCT", "wales": "GB/WLS", "northern ireland": "GB/NIR"}


def place_hint(code: str, problem: LookupError) -> str:
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


def zone_hint(said: str) -> str:
    """What to write instead of an unknown zone, going by the calendar's own words."""
    close = said.rpartition("did you mean `")[2].partition("`")[0]
    # `MST` for `PST` is near by its letters alone; a place is not.
    if "did you mean" in said and "/" in close:
        return f"did you mean `{close}`?"
    return "a place such as `Europe/London` or `America/Los_Angeles`: abbreviations do not say when the clock changes"
