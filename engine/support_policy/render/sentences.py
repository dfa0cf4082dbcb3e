"""Words for people: instants, lengths of time, reasons, verdicts. Plain ASCII, but for the names a policy gives."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from support_policy.source.span import Span

if TYPE_CHECKING:
    from support_policy.ticket.explain_sum import Part, Row
    from support_policy.ticket.explain_words import LevelWhy, Note, Reason, Saw, TargetWhy

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_REORDER = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: object, longest: int = 400) -> str:
    """Text from outside on one line: without control characters and marks that reorder what is read."""
    kept = (" " if c.isspace() else c for c in str(text) if c not in _REORDER)
    made = "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cs"} or c in "\ufffe\uffff" else c for c in kept)
    return made if len(made) <= longest else made[: longest - 3] + "..."


def spaced(name: str) -> str:
    """A name of the policy as words: `first_response` is `first response`."""
    return plain(name).replace("_", " ")


def sentence(text: str) -> str:
    """The same with a capital letter."""
    return text[:1].upper() + text[1:]


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a, b and c`."""
    *first, end = list(words) or [""]
    return f"{', '.join(first)} {last} {end}" if first else end


# -- time ----------------------------------------------------------------------------------------------------------


def day(at: datetime, *, year: bool = False) -> str:
    """`Mon 2 Mar`, or with the year."""
    return f"{DAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]}" + (f" {at.year}" if year else "")


def clock(at: datetime) -> str:
    """`09:00`, with seconds where there are any; a part of a second is for data, not for people."""
    return f"{at:%H:%M:%S}" if at.second or at.microsecond else f"{at:%H:%M}"


def moment(at: datetime, *, year: bool = False) -> str:
    """`Mon 2 Mar, 09:00`."""
    return f"{day(at, year=year)}, {clock(at)}"


def moment_there(at: datetime) -> str:
    """`Mon 2 Mar 2026, 09:00 -0800`, for those who may be anywhere."""
    return f"{moment(at.replace(microsecond=0), year=True)} {'UTC' if not at.utcoffset() else f'{at:%z}'}"


def hours(seconds: float) -> str:
    """A length as in a table: `2:00`, `96:30`, `0:00:30`."""
    whole = round(abs(seconds))
    minutes, rest = divmod(whole, 60)
    text = f"{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")
    return f"-{text}" if seconds < 0 and whole else text


def length(seconds: float, *, business: bool = False) -> str:
    """A length in words: `2 h 30 min`; business time says so: `2 business hours`, `2 h 30 min of business time`."""
    # A part of a second matters only where there is nothing else.
    whole = abs(seconds) if abs(seconds) < 1 else round(abs(seconds))
    h, rest = divmod(whole, 3600)
    m, s = divmod(rest, 60)
    if business and not rest and h:
        return f"{h:g} business hour{'' if h == 1 else 's'}"
    exact = f"{s:.6f}".rstrip("0").rstrip(".") if s % 1 else f"{s:g}"
    parts = [f"{h:g} h" if h else "", f"{m:g} min" if m else "", f"{exact} s" if s else ""]
    return (" ".join(part for part in parts if part) or "0 min") + (" of business time" if business else "")


# -- reasons -------------------------------------------------------------------------------------------------------


def value(given: Any) -> str:
    """A value of a fact as text."""
    if given is None:
        return "not known"
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, (list, tuple)):
        return listed([f"`{plain(item, 60)}`" for item in given]) if given else "an empty list"
    return f"`{plain(given, 60)}`"


def saw(seen: Saw) -> str:
    """A condition that stood in a rule's way, with the value seen: ``site_status is `down`, not `degraded` ``."""
    name = plain(seen.name, 60)
    wanted = seen.label.removeprefix("is ") if seen.label != "is" else ""
    asked = " ".join(part for part in (wanted, "" if seen.value is None else value(seen.value)) if part)
    if seen.held:
        # A condition that holds stands in the way only under `not`.
        tail = "" if seen.seen is None else f", and must not be {asked}"
        return f"{name} is {value(seen.seen)}{tail}" if seen.seen is not None else f"{name} is not known"
    if seen.seen is None:
        return f"{name} is not known" + (f" (wanted: {asked})" if seen.value is not None else "")
    if seen.operator == "is_missing":
        return f"{name} is known: {value(seen.seen)}"
    if seen.operator in ("is_true", "is_false"):
        return f"{name} is {value(seen.seen)}, not {'yes' if seen.operator == 'is_true' else 'no'}"
    if seen.label == "is":
        return f"{name} is {value(seen.seen)}, not {value(seen.value)}"
    return f"{name} is {value(seen.seen)}; wanted: {asked}"


def seen_values(reason: Reason) -> str:
    """The values that a rule which fired saw: first those known, then the names of those that are not."""
    found = {s.name: s.seen for s in reason.saw}
    known = [f"{plain(name, 60)} is {value(given)}" for name, given in found.items() if given is not None]
    missing = [plain(name, 60) for name, given in found.items() if given is None]
    unknown = [f"not known: {', '.join(missing)}"] if missing else []
    return "; ".join([", ".join(known)] * bool(known) + unknown)


def cited(place: Span, clause: Iterable[str], clauses: Mapping[str, str]) -> str:
    """Where something is written, and the clause it follows from in our words."""
    words = [f"clause {c}: {plain(clauses[c])}" if c in clauses else f"clause {c}" for c in clause]
    return plain(" | ".join([str(place), *words]), 2000)


# -- sums ----------------------------------------------------------------------------------------------------------

_REMARKS = ("special", "make_up", "clocks")
_SHOULDERS = ("before_opening", "after_hours")


def off_hours(row: Row) -> str:
    """Why a stretch does not count, in words: `closed: Saturday, Christmas Day (public holiday)`."""
    if row.kind in ("paused", "stopped"):
        state = f": {spaced(row.name)}" if row.name else ""
        return f"{row.kind} {moment(row.begin)} - {moment(row.end)}{state}"
    named = [part for part in row.parts if part.kind not in _SHOULDERS or part.name]
    if not named:
        kinds = {part.kind for part in row.parts}
        return (
            "closed: overnight" if len(kinds) == 2 else f"closed: {spaced(kinds.pop()) if kinds else ''}".rstrip(": ")
        )
    return f"closed: {'; '.join(_off(parts) for parts in _alike(named))}"


def _alike(parts: Iterable[Part]) -> list[list[Part]]:
    """Parts that follow one another and have one name, together."""
    found: list[list[Part]] = []
    for part in parts:
        if found and part.name and (part.kind, part.name) == (found[-1][-1].kind, found[-1][-1].name):
            found[-1].append(part)
        else:
            found.append([part])
    return found


def _off(parts: list[Part]) -> str:
    part, name = parts[0], plain(parts[0].name)
    until = f" to {day(parts[-1].begin)}" if len(parts) > 1 else ""
    if part.kind == "holiday":
        return f"{name or 'a holiday'}, {day(part.begin)}{until} (public holiday)"
    if part.kind in _SHOULDERS:
        when = "before opening" if part.kind == "before_opening" else "after hours"
        return f"{when} on {name}, {spelt(part)}"
    if part.kind == "special":
        return f"{name or 'closed that day'}, {day(part.begin)}{until} (special day)"
    if part.kind == "weekday":
        return f"{part.name} {part.begin.day} {MONTHS[part.begin.month - 1]}"
    if part.kind == "break":
        return f"break {clock(part.begin)}-{clock(part.end)}" + (f" ({name})" if name else "")
    return "announced closure" + (f" ({name})" if name else "")


def spelt(part: Part) -> str:
    """The hours of a special day: `09:00-13:00`."""
    return " ".join(f"{opens}-{closes}" for opens, closes in part.hours)


def remark(part: Part, *, business: bool) -> str:
    """What is remarkable about a stretch that counts."""
    if part.kind == "clocks":
        way = "forward" if part.shift > 0 else "back"
        told = f"the clocks go {way} by {hours(abs(part.shift))}"
        return told if business else f"{told}: a {hours_of_day(part.shift)}-hour day"
    if part.kind == "make_up":
        return f"make-up working day: {spelt(part)}"
    return f"{plain(part.name) or 'special hours'}: {spelt(part)} (special day)"


def hours_of_day(shift: int) -> str:
    """How many hours a day has whose clocks change by `shift` seconds."""
    return f"{24 - shift / 3600:g}"


def folded(row: Row, *, business: bool) -> str:
    """The words for days left out of a long sum."""
    told = [
        remark(p, business=business) if p.kind in _REMARKS and (p.hours or p.shift) else _off([p]) for p in row.parts
    ]
    stood = [f"paused or stopped: {spaced(row.name)}"] if row.name else []
    among = "; ".join(dict.fromkeys([*told, *stood]))
    days = f"{row.days} more day{'' if row.days == 1 else 's'}, {hours(row.seconds)} hours"
    return f"... {days}" + (f" (among them {among})" if among else "")


# -- verdicts ------------------------------------------------------------------------------------------------------


def verdict(target: TargetWhy) -> str:
    """How a target stands, in words."""
    if target.promise is None or target.left is None:
        return _measured(target)
    business = target.promise.business
    left = length(target.left, business=business)
    if target.status == "met":
        return f"met, with {left} to spare" if target.left > 0 else "met, at the very last moment"
    if target.status == "missed_then_met":
        return f"missed: done {left} late" if target.left < 0 else "missed, and done since"
    if target.status == "breached":
        over = f"overdue by {left}" if target.left < 0 else "it fell due just now"
        if target.paused_since:
            return f"missed, still open: {over}; the clock is paused ({spaced(target.paused_state)}), the miss stands"
        if target.stopped_at:
            return f"missed, and never done: {over} when it ended"
        return f"missed, still open: {over}"
    if target.status == "paused":
        reached = "" if target.left > 0 else "; all of its time is used up"
        return f"paused ({spaced(target.paused_state)}): {left} still to count{reached}"
    if target.status == "withdrawn":
        return f"withdrawn: {left} was left" if target.left > 0 else "withdrawn"
    return f"running: {left} left"


def _measured(target: TargetWhy) -> str:
    worked = hours(target.worked)
    if target.stopped_at:
        return f"measured, no target: {worked} h when it stopped"
    return f"measured, no target: {worked} h so far" + (", paused" if target.paused_since else "")


def level_verdict(level: LevelWhy) -> str:
    """How a level of escalation stands, in words."""
    if level.voided and level.voided_fired_at:
        return f"told {moment(level.voided_fired_at, year=True)}, then undone: {plain(level.voided_because)}"
    if level.status == "fired" and level.fired_at:
        ways = {
            "due": "when it fell due",
            "requested": "at once, when it was asked for",
            "changed": "at the change that made it overdue",
            "caught_up": "late, caught up after downtime",
        }
        return f"told {moment(level.fired_at, year=True)}, {ways.get(level.cause, level.cause)}"
    if level.status == "withdrawn":
        return f"withdrawn ({spaced(level.withdrawn_because)})" if level.withdrawn_because else "withdrawn"
    if level.due_at is None:
        return "planned, while its clock stands still"
    return f"planned for {moment(level.due_at, year=True)}"


# -- notes ---------------------------------------------------------------------------------------------------------


def note(told: Note) -> str:
    """A note as a sentence."""
    d: dict[str, Any] = {key: plain(item) if isinstance(item, str) else item for key, item in told.data.items()}
    match told.kind:
        case "not_submitted":
            return "Nothing has happened to this ticket yet, so there is nothing to decide."
        case "before_effective":
            since = f"{moment(d['at'], year=True)}) before this version ({d['version']}) took effect"
            return f"The ticket was submitted ({since}, on {moment(d['effective'], year=True)}."
        case "unknown_organization":
            return (
                f"The organization `{d['name']}` is not in the directory: the office {d['office']} serves it meanwhile."
            )
        case "no_organization":
            return f"The organization is not known: the office {d['office']} serves the ticket meanwhile."
        case "holidays_unknown":
            known = f"from {d['from']} to {d['until']} only"
            return f"The public holidays of {d['office']} are known {known}; beyond, none are kept."
        case "holidays_may_move":
            return f"Days off that are moved from year to year are published for {d['office']} until {d['until']} only."
        case "late":
            when = f"happened {moment(d['at'], year=True)} but was learned {moment(d['learned'], year=True)}"
            return f"`{d['type']}` {when}: everything since was told anew; what had been sent stays sent."
        case "left_out":
            lies = (
                "1 event lies after this instant and is"
                if d["count"] == 1
                else f"{d['count']} events lie after this instant and are"
            )
            return f"{lies} left out."
    return spaced(told.kind)
