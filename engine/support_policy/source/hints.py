"""What the writer of a text that could not be read probably meant: hours, durations, weekdays."""

from __future__ import annotations

import re

_CLOCK = r"(\d{1,2})(?:[:.h](\d{2}))?\s{0,3}([ap]\.?m\.?)?"
_HOURS = re.compile(rf"{_CLOCK}\s{{0,3}}(?:-|\u2013|\u2014|to|until|till)\s{{0,3}}{_CLOCK}", re.IGNORECASE)
_DAYS = "days differ in length: write `24h` for a day on the wall clock, `8bh` for a working day of 8 hours"
_LONG = re.compile(
    r"([0-9.]{1,12})\s?(business|working|office|b)?[\s-]?"
    r"(d|days?|w|weeks?|mo|months?|y|years?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)",
    re.IGNORECASE,
)
_SPANS = {
    "weekday": "mon-fri",
    "weekdays": "mon-fri",
    "workdays": "mon-fri",
    "workingdays": "mon-fri",
    "weekend": "sat-sun",
    "weekends": "sat-sun",
    "daily": "mon-sun",
    "everyday": "mon-sun",
    "all": "mon-sun",
    "always": "mon-sun",
}


def hours_hint(text: str) -> str:
    """What to write instead of `text` where opening hours are expected."""
    found = _HOURS.fullmatch(text[:80].strip())
    if found:
        opening, closing = _clock(*found.groups()[:3]), _clock(*found.groups()[3:])
        if opening and closing:
            return f"did you mean `{opening}-{closing}`?"
    if re.fullmatch(r"\d{1,2}:\d{2}", text.strip()):
        return "write both an opening and a closing time, as in `09:00-17:30`"
    return "times run from 00:00 to 24:00, as in `09:00-17:00`; over midnight is `22:00-06:00`"


def _clock(hour: str, minute: str | None, half: str | None) -> str:
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return ""
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    good = (hours < 24 and int(minute or 0) < 60) or (hours == 24 and not int(minute or 0))
    return f"{hours:02}:{minute or '00'}" if good else ""


def duration_hint(text: str) -> str:
    """What to write instead of `text` where a duration is expected."""
    word = text[:80].strip()
    found = _LONG.fullmatch(word)
    if found:
        number, business, unit = found[1], found[2], found[3].lower()
        if unit[0] in "dwy" or unit.startswith("mo"):
            return _DAYS
        if business:
            return (
                f"did you mean `{number}b{unit[0]}`?"
                if unit[0] in "hm"
                else "seconds are wall clock or business alike: `30s`"
            )
        return f"did you mean `{number}{unit[0]}` (wall clock)" + (
            f" or `{number}b{unit[0]}` (business time)?" if unit[0] in "hm" else "?"
        )
    if re.fullmatch(r"[0-9.]{1,12}", word):
        return f"the unit is missing: `{word}bh` (business hours), `{word}h` (wall clock) or `{word}m`"
    if word.startswith("-"):
        return "a duration is longer than nothing; `-` is not written"
    return "write `2bh` (business hours), `2h` (wall clock), `90m` or `30s`"


def days_hint(text: str, days: tuple[str, ...], near: dict[str, str]) -> str:
    """The weekdays that `text` may mean, or an empty text; `near` maps what is no weekday to the day most like it."""
    word = re.sub(r"(to|until|through)(?=mon|tue|wed|thu|fri|sat|sun)", "-", text[:60].lower().replace(" ", ""))
    if word in _SPANS:
        return _SPANS[word]
    ends = [near.get(end, end[:3]) for end in word.split("-")]
    return "-".join(ends) if all(end in days for end in ends) and len(ends) <= 2 else ""
