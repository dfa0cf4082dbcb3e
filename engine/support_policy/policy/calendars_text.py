"""The shapes of calendars in policy.yaml: offices, further calendars, special days, maintenance."""

from __future__ import annotations

from typing import Any

from support_policy.model.calendars import Joint, Office, SpecialDay, Window
from support_policy.policy.week import WeekHours
from support_policy.source.diagnostics import Findings, nearest
from support_policy.source.nodes import Mapping, Node
from support_policy.source.shape import (
    BAD,
    CLOSE,
    NAME,
    TEXT,
    Day,
    Field,
    Hours,
    Instant,
    LengthOfTime,
    ListOf,
    Partial,
    Text,
)
from support_policy.source.span import Span

# Looser than what is right: what is nearly right gets the nearest right name where the places are known.
HOLIDAYS = Text("a country and subdivision such as `US/CA`, `GB/ENG` or `CN`", r"[A-Za-z][A-Za-z0-9 _/-]{0,39}")
ZONE = Text("a time zone such as `Europe/London`", r"[A-Za-z0-9_+/ .-]{1,64}")
CALENDAR_FILE = Text("a calendar file of the policy, such as `rules/closed.ics`", r"\S(.{0,198}\S)?\.[iI][cC][sS]")


def _office(span: Span, zone: str, holidays: tuple[str, ...], hours: Any, closed_days: str, **_: Any) -> Office:
    own = BAD if hours is BAD else hours[0] if hours else {}
    return Office("", zone, own, tuple(h for h in holidays if h != "none"), closed_days, span)


def _special(span: Span, **v: Any) -> Any:
    first = v["date"] if v["date"] is not None else v["from"]
    last = first if v["date"] is not None or v["to"] is None else v["to"]
    return SpecialDay(first, last, v["hours"], v["break"], v["office"] or "", v["why"], span)


class _SpecialDays(ListOf):
    """`special_days:` with the rules that span several keys."""

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        days = super().read(node, findings)
        if days is BAD:
            return BAD
        for day in days:
            if day.first is BAD or day.last is BAD:
                continue
            if day.first is None:
                findings.error("S206", day.span, "`date` is missing here", "one date, or `from` and `to`")
            elif day.last < day.first or (day.last - day.first).days > 3660:
                findings.error(
                    "P303", day.span, f"{day.first} to {day.last} is no range of dates", "`from` comes first"
                )
            elif day.hours is None and day.breaks == ():
                findings.error("S206", day.span, "`hours` is missing here", "`closed`, `09:00-13:00`, or a `break`")
        return tuple(d for d in days if d.first and d.last and d.first <= d.last and (d.hours is not None or d.breaks))


_OWN = {
    "holidays": Field(ListOf(HOLIDAYS), "whose public holidays are kept", ()),
    "hours": Field(WeekHours(), "its own hours, instead of `business_hours`"),
    "closed_days": Field(CALENDAR_FILE, "a calendar file whose all-day entries are days off", ""),
}
OFFICE = Partial(_office, {"zone": Field(ZONE, "IANA time zone", required=True), **_OWN}, title="an office")


class _Calendar(Partial):
    """A calendar of its own, or one made of others."""

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        made = super().read(node, findings)
        if not isinstance(node, Mapping):
            return made
        written = {key.text: key for key, _ in node}
        if isinstance(made, Joint):
            for name in _OWN:
                if name in written:
                    said = f"`{name}` cannot stand beside `any_of`"
                    help = "its members have their own; give the hours a name of their own under `calendars`"
                    findings.error("P304", written[name].span, said, help)
        elif made.zone is BAD and not any(nearest(name, ("zone",), CLOSE) for name in written):
            help = "`zone: Europe/London`, or `any_of: [...]` for a calendar made of others"
            findings.error("S206", node.span, "`zone` is missing here", help)
        return made


def _calendar(span: Span, any_of: Any, **v: Any) -> Any:
    if any_of is not None:
        return Joint("", any_of, v["zone"], span)
    return _office(span, **{**v, "zone": v["zone"] or BAD})


CALENDAR = _Calendar(
    _calendar,
    {
        "any_of": Field(ListOf(NAME, least=1, most=100), "open when any of these calendars is"),
        "zone": Field(ZONE, "IANA time zone; with `any_of`: the zone in which it is shown", ""),
        **_OWN,
    },
    title="a calendar",
)
SPECIAL_DAYS = _SpecialDays(
    Partial(
        _special,
        {
            "date": Field(Day(), "the date"),
            "from": Field(Day(), "the first date of several"),
            "to": Field(Day(), "the last date of several"),
            "office": Field(NAME, "at this office, or in this calendar, only", ""),
            "hours": Field(Hours(), "the hours of that day, or `closed`"),
            "break": Field(Hours(), "closed between these times", ()),
            "why": Field(TEXT, "the reason, for explanations", ""),
        },
        title="a special day",
    ),
    single=False,
)


class _Windows(ListOf):
    """`maintenance:` with the rules that span several keys."""

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        windows = super().read(node, findings)
        if windows is BAD:
            return BAD
        for window in windows:
            if BAD in (window.first, window.last):
                continue
            if window.last <= window.first:
                said = f"the window ends at {window.last} before it begins at {window.first}"
                findings.error("P303", window.span, said, "`from` comes first")
            if window.notice and window.notice.business:
                help = f"write `{str(window.notice).replace('b', '')}`"
                findings.error("S203", window.notice.span, "notice counts on the wall clock", help)
            elif window.notice and window.announced is None:
                findings.error("S206", window.span, "`announced` is missing here", "since when is it known?")
        return tuple(w for w in windows if BAD not in (w.first, w.last, w.announced, w.notice) and w.first < w.last)


MAINTENANCE = _Windows(
    Partial(
        lambda span, **v: Window(v["from"], v["to"], v["announced"], v["notice"], v["calendars"], v["why"], span),
        {
            "from": Field(Instant(), "when it begins", required=True),
            "to": Field(Instant(), "when it ends", required=True),
            "announced": Field(Instant(), "when customers were told"),
            "notice": Field(LengthOfTime(), "announced later than this before it begins, it is void"),
            "calendars": Field(ListOf(NAME), "where it does not count (default: in every calendar but `always`)", ()),
            "why": Field(TEXT, "the reason, for explanations", ""),
        },
        title="a window of maintenance",
    ),
    single=False,
)
