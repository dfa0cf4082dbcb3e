"""Values of a foreign row, read as a mapping says: texts, instants, facts. What cannot be read is `Unusable`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from support_policy.batch.mapping import Instants, Texts, Value
from support_policy.clock.reading import zone_named
from support_policy.kernel.facts import is_unicode
from support_policy.model.condition import FactType
from support_policy.model.event import micros
from support_policy.source.diagnostics import nearest
from support_policy.source.nodes import shorten

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:?\d{2}.*)?", re.ASCII)
_OFFSET = re.compile(r"\s+(?:(UTC|GMT|Z)|([+-]\d{2}):?(\d{2}))$", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,9})?", re.ASCII)
_PER_SECOND = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}
_YES = {"yes", "true", "on", "y", "1", "t"}
_NO = {"no", "false", "off", "n", "0", "f"}
_ABSENT = object()
LATEST = micros(datetime(9000, 1, 1, tzinfo=UTC))
"""Beyond this no calendar can count."""


class Unusable(Exception):
    """A value, and with it its row, that cannot be used: `reason` is one of `replay_rows.REASONS`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


def lookup(row: Mapping[str, Any], column: str) -> Any:
    """The value in a column, or at a dotted path into nested data; None when there is none.

    A number in a path picks from a list (`items.0`); a name is looked for in every element, which gives a list.
    """
    found = row.get(column, _ABSENT)
    if found is not _ABSENT:
        return found
    if "." not in column:
        return None
    value: Any = row
    parts = column.split(".")
    for index, part in enumerate(parts):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list | tuple) and part.isdecimal():
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, list | tuple):
            rest = ".".join(parts[index:])
            found = [lookup(item, rest) for item in value if isinstance(item, Mapping)]
            return [item for item in found if item is not None]
        else:
            return None
    return value


def plain_text(value: Any, column: str) -> str:
    """A value of a row as text, without the blanks around it."""
    if isinstance(value, str):
        text = value.strip()
        if text[:1] == "\ufeff":  # files put together keep the mark that the second began with
            text = text.strip("\ufeff").strip()
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        text = str(int(value))
    elif isinstance(value, bytes):
        text = value.decode("utf-8", "surrogateescape").strip()
    elif isinstance(value, list | tuple | Mapping):
        path = shorten(column)
        if isinstance(value, Mapping):
            inside = next((str(key) for key in value), "name")
            said = f"`{path}` is an object, not a single value: name a path into it, such as `{path}.{shorten(inside)}`"
        else:
            said = f"`{path}` is a list, not a single value: `{path}.0` is its first"
        raise Unusable("bad_value", said)
    else:
        text = str(value)
    if "\0" in text:
        raise Unusable("encoding", f"`{shorten(column)}` holds the character NUL")
    if not text.isascii() and (not is_unicode(text) or "\ufffd" in text):
        said = f"`{shorten(column)}` holds bytes that are not in the file's encoding"
        raise Unusable("encoding", f"{said}; name its `encoding` in the mapping, such as `cp1252`")
    return text


def shown(text: Any) -> str:
    """Foreign text fit for a message: on one line, and nothing in it can move a terminal's cursor."""
    line = str(text)[:200]
    if line.isprintable():
        return line
    return "".join(
        c if c.isprintable() else "\ufffd" if "\ud800" <= c <= "\udfff" else f"\\x{ord(c):02x}" for c in line
    )


class Values:
    """Reads values of rows; `missing` are the texts that mean there is none."""

    def __init__(self, missing: frozenset[str], instants: Instants) -> None:
        self.missing = missing
        self.instant_of: Callable[[str], int | str] = lru_cache(maxsize=50_000)(_Reader(instants))

    def text(self, row: Mapping[str, Any], column: str) -> str | None:
        """The text in a column; None when missing. Raises `Unusable`."""
        value = lookup(row, column)
        if value is None:
            return None
        text = plain_text(value, column)
        return None if text in self.missing else text

    def required(self, row: Mapping[str, Any], column: str) -> str:
        """The text in a column that must have one."""
        text = self.text(row, column)
        if text is None:
            raise Unusable("missing", f"`{shorten(column)}` is empty")
        return text

    def instant(self, row: Mapping[str, Any], column: str) -> int | None:
        """The instant in a column as microseconds since 1970; None when missing. Raises `Unusable`."""
        value = lookup(row, column)
        if isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, date):
            value = f"{value.isoformat()}T00:00:00"
        elif isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
            raise Unusable("bad_instant", f"`{shorten(column)}`: `{value}` is no instant")
        if value is None:
            return None
        text = plain_text(value, column)
        if text in self.missing:
            return None
        found = self.instant_of(text)
        if isinstance(found, str):
            raise Unusable("bad_instant", f"`{shorten(column)}`: `{shorten(text)}` {found}")
        return found

    def value(self, row: Mapping[str, Any], wanted: Value) -> str | None:
        """A value by its declaration; None when missing. Raises `Unusable`."""
        if wanted.constant is not None:
            return wanted.constant
        text = self.text(row, wanted.column)
        return text if text is None or wanted.values is None else translate(wanted, text)

    def fact(self, row: Mapping[str, Any], wanted: Value, kind: FactType) -> Any:
        """A value as a fact of its type; None when missing. Raises `Unusable`."""
        if kind in ("select", "select_multiple") and wanted.constant is None:
            found = lookup(row, wanted.column)
            if isinstance(found, list | tuple):
                texts = [plain_text(item, wanted.column) for item in found if item is not None]
            else:
                text = self.text(row, wanted.column)
                texts = [part.strip() for part in (text or "").split(wanted.split or None)] if text else []
                texts = texts if wanted.split or text is None else [text]
            kept = [text for text in texts if text not in self.missing]
            made = [translate(wanted, text) if wanted.values is not None else text for text in kept]
            return tuple(text for text in made if text is not None) if kept else None
        text = self.value(row, wanted)
        return None if text is None else typed(kind, text, wanted.split)

    def fits(self, row: Mapping[str, Any], when: Texts) -> bool:
        """Whether every column of `when` has one of its values; of a list, some element has."""
        for column, wanted in when.items():
            found = lookup(row, column)
            items = found if isinstance(found, list | tuple) and found else (found,)
            if not any(self._one_of(item, column, wanted) for item in items):
                return False
        return True

    def _one_of(self, value: Any, column: str, wanted: tuple[str | None, ...]) -> bool:
        text = None if value is None or value == [] else plain_text(value, column)
        if text is None or text in self.missing:
            return None in wanted
        return "*" in wanted or text.casefold() in wanted


def translate(wanted: Value, text: str) -> str | None:
    """Their text in our words; None for no value. Raises `Unusable` when it is not listed."""
    values = wanted.values or {}
    folded = text.casefold()
    if folded in values:
        return values[folded]
    if wanted.otherwise == "keep":
        return text
    if wanted.otherwise == "missing":
        return None
    if wanted.otherwise != "reject":
        return wanted.otherwise
    raise unlisted(wanted.column, text, values)


def unlisted(column: str, text: str, known: Mapping[str, Any]) -> Unusable:
    """The refusal of a value that the mapping does not list."""
    close = nearest(text, known)
    hint = f"; did you mean `{close}`?" if close else ""
    return Unusable("unknown_value", f"`{shorten(column)}`: `{shorten(text)}` is not listed{hint}")


def typed(kind: FactType, text: str, split: str = "") -> Any:
    """A text as a fact of a type. Raises `Unusable`."""
    if kind == "boolean":
        word = text.casefold()
        if word not in _YES | _NO:
            raise Unusable("bad_value", f"`{shorten(text)}` is neither yes nor no")
        return word in _YES
    if kind == "numeric":
        try:
            number = float(text) if not re.fullmatch(r"-?[0-9]{1,17}", text) else int(text)
        except ValueError:
            raise Unusable("bad_value", f"`{shorten(text)}` is no number") from None
        if not math.isfinite(number):
            raise Unusable("bad_value", f"`{shorten(text)}` is no finite number")
        return number
    if kind in ("select", "select_multiple"):
        return tuple(part.strip() for part in text.split(split)) if split else (text,)
    return text


class _Reader:
    """Texts to microseconds since 1970, or to what is wrong with them."""

    def __init__(self, instants: Instants) -> None:
        self.formats, self.epoch = instants.formats, instants.epoch
        self.zone = zone_named(instants.zone) if instants.zone else None
        self.earliest = datetime.combine(instants.earliest, time(0), UTC)

    def __call__(self, text: str) -> int | str:
        """The instant, or a message."""
        try:
            read = self._read(text)
        except (ValueError, OverflowError, OSError):
            return "is no instant: the calendar has no such day or time"
        if isinstance(read, str):
            return read
        us = read if isinstance(read, int) else micros(read)
        if us < micros(self.earliest):
            return f"lies before {self.earliest.date()}, the mapping's `earliest`"
        return us if us < LATEST else "lies too far in the future"

    def _read(self, text: str) -> datetime | int | str:
        for pattern in self.formats:
            try:
                return self._placed(datetime.strptime(text, pattern))  # noqa: DTZ007 - placed right there
            except ValueError:
                continue
        if _NUMBER.fullmatch(text):
            if not self.epoch:
                return "is a number: say what it counts, `instants: {epoch: seconds}`"
            return round(float(text) * 1_000_000 / _PER_SECOND[self.epoch]) if "." in text else self._whole(int(text))
        if _ISO.fullmatch(text):
            return self._placed(datetime.fromisoformat(_OFFSET.sub(_joined, text)))
        if self.formats:
            return "is written in none of the mapping's `formats`"
        return "is not ISO 8601: name its `formats`"

    def _whole(self, number: int) -> int:
        return number * (1_000_000 // _PER_SECOND[self.epoch])

    def _placed(self, read: datetime) -> datetime | str:
        if read.tzinfo is not None:
            return read.astimezone(UTC)
        if self.zone is None:
            return "has no offset from UTC: name the `zone` it is meant in"
        # An hour that the clock shows twice is taken the first time; one it skips, as if it had not.
        return read.replace(tzinfo=self.zone).astimezone(UTC)


def _joined(found: re.Match[str]) -> str:
    return "+00:00" if found[1] else f"{found[2]}:{found[3]}"


def seconds_of(text: str, unit: int) -> int:
    """A length of time: a number of units of `unit` seconds, or `h:m:s` (unit 0). Raises `Unusable`."""
    if unit == 0:
        found = re.fullmatch(r"(\d{1,6}):([0-5]?\d)(?::([0-5]?\d))?", text, re.ASCII)
        if found:
            return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
    elif re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
        return round(float(text) * unit)
    raise Unusable("bad_value", f"`{shorten(text)}` is no length of time")
