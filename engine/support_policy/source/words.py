"""Values as a policy writes them: durations, wall times, dates, instants. One notation for each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

from support_policy.source.hints import duration_hint
from support_policy.source.span import NOWHERE, Span

MAX_DURATION_SECONDS = 10 * 366 * 86400
FIRST_YEAR, LAST_YEAR = 1900, 2200
FAR_AWAY = f"instants are understood from {FIRST_YEAR} to {LAST_YEAR}"
_UNITS = {"s": 1, "m": 60, "h": 3600}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(bh|bm|h|m|s)")


class Word(str):
    """A name or text read from a file; equal to plain text, and knows where it stands."""

    __slots__ = ("span",)
    span: Span

    def __new__(cls, text: str, span: Span = NOWHERE) -> Self:
        """The word `text`, written at `span`."""
        word = super().__new__(cls, text)
        word.span = span
        return word


def span_of(word: str, otherwise: Span) -> Span:
    """Where `word` was written, if it knows."""
    return word.span if isinstance(word, Word) else otherwise


@dataclass(frozen=True, slots=True)
class Duration:
    """A promised length of time: whole `seconds`, of `business` time or of the wall clock."""

    seconds: int
    business: bool
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        return self.text or spell(self.seconds, business=self.business)


def spell(seconds: float, *, business: bool = False) -> str:
    """Seconds in the notation of policies: 5400 is `1h30m`, or `1bh30bm` as business time."""
    sign, rest = ("-" if seconds < 0 else ""), abs(round(seconds))
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    b = "b" if business else ""
    parts = [f"{hours}{b}h" if hours else "", f"{minutes}{b}m" if minutes else "", f"{rest}s" if rest else ""]
    return sign + ("".join(parts) or f"0{b}h")


def parse_duration(text: str) -> Duration | str:
    """`2bh`, `2h`, `90m`, `30s`, `1h30m`; a text that says what is wrong when it is none of these."""
    word = text.strip().replace(" ", "")
    matches = list(_PART.finditer(word[:80]))
    if not matches or "".join(m.group() for m in matches) != word:
        return duration_hint(text)
    if len({m[2][-1] for m in matches}) < len(matches):
        return "each unit stands once, as in `1h30m`"
    kinds = {m[2].startswith("b") for m in matches if m[2] != "s"}
    if len(kinds) > 1:
        return "business time and wall clock cannot be added: use one of them"
    if any(len(m[1]) > 12 for m in matches):
        return f"at most {MAX_DURATION_SECONDS // 3600}h"
    seconds = sum(float(m[1]) * _UNITS[m[2][-1]] for m in matches)
    if seconds != int(seconds):
        return "a duration is a whole number of seconds"
    if seconds > MAX_DURATION_SECONDS:
        return f"at most {MAX_DURATION_SECONDS // 3600}h"
    return Duration(int(seconds), kinds == {True}, word)


def parse_time(text: str) -> int | None:
    """`9:00`, `09:00`, `17:30:15` or `24:00` as seconds after midnight; None when it is no time of day."""
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?", text.strip())
    if not match:
        return None
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3] or 0)
    total = hours * 3600 + minutes * 60 + seconds
    return total if minutes < 60 and seconds < 60 and total <= 86400 else None


def spell_time(seconds: int) -> str:
    """Seconds after midnight as `HH:MM`, or `HH:MM:SS` when there are seconds."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours:02}:{minutes:02}" + (f":{rest:02}" if rest else "")


def parse_date(text: str) -> date | None:
    """`2026-12-24`, or None."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()):
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def parse_instant(text: str) -> datetime | str:
    """ISO 8601 with an offset as an aware datetime; a text that says what is wrong otherwise."""
    word = text.strip()
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]", word):
        return "write an instant as `2026-03-02T10:00:00-08:00`"
    try:
        instant = datetime.fromisoformat(word)
    except ValueError:
        return "no such date, time or offset; write an instant as `2026-03-02T10:00:00-08:00`"
    if instant.tzinfo is None:
        return f"the offset from UTC is missing: write `{word}Z` or `{word}-08:00`"
    return instant if FIRST_YEAR <= instant.year <= LAST_YEAR else FAR_AWAY
