"""The shape of policy.yaml: what may stand where, and the words it becomes."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any

from support_policy.model.policy import Contact, Office, Schedule, SpecialDay
from support_policy.policy.promise_text import CHAIN, MESSAGE, METRIC, PLAN, PRIORITY, ROLES, SAYS
from support_policy.policy.settings import Assumptions
from support_policy.policy.week import CLAUSES, WeekHours
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Node
from support_policy.source.shape import (
    BAD,
    NAME,
    TEXT,
    Choice,
    Day,
    Field,
    Hours,
    Instant,
    ListOf,
    MapOf,
    Partial,
    Text,
    YesNo,
)
from support_policy.source.span import Span

# Looser than what is right: what is nearly right gets the nearest right name where the places are known.
HOLIDAYS = Text("a country and subdivision such as `US/CA`, `GB/ENG` or `CN`", r"[A-Za-z][A-Za-z0-9 _/-]{0,39}")


def _office(span: Span, zone: str, holidays: tuple[str, ...], hours: Any) -> Office:
    own = BAD if hours is BAD else hours[0] if hours else {}
    return Office("", zone, own, tuple(h for h in holidays if h != "none"), span)


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


OFFICE = Partial(
    _office,
    {
        "zone": Field(
            Text("a time zone such as `Europe/London`", r"[A-Za-z0-9_+/ .-]{1,64}"), "IANA time zone", required=True
        ),
        "holidays": Field(ListOf(HOLIDAYS), "whose public holidays are kept", ()),
        "hours": Field(WeekHours(), "its own hours, instead of `business_hours`"),
    },
    title="an office",
)
SPECIAL_DAY = Partial(
    _special,
    {
        "date": Field(Day(), "the date"),
        "from": Field(Day(), "the first date of several"),
        "to": Field(Day(), "the last date of several"),
        "office": Field(NAME, "at this office only", ""),
        "hours": Field(Hours(), "the hours of that day, or `closed`"),
        "break": Field(Hours(), "closed between these times", ()),
        "why": Field(TEXT, "the reason, for explanations", ""),
    },
    title="a special day",
)
CONTACT = Partial(
    lambda span, **v: Contact(v["email"], v["clause"], span),
    {
        "email": Field(Text("an e-mail address", r"[^@\s]+@[^@\s]+"), "the support address", required=True),
        "clause": CLAUSES,
    },
    title="`contact`",
)

SCHEDULE = Partial(
    lambda span, **v: Schedule(
        "", v["cron"], v["notify"], v["office"], v["only_when_open"], v["says"], span, v["message"]
    ),
    {
        "cron": Field(TEXT, "minute hour day-of-month month day-of-week, such as `0 9 * * mon-fri`", required=True),
        "notify": Field(ROLES, "the roles that are told", required=True),
        "office": Field(NAME, "in whose zone and hours (default: the default office)", ""),
        "only_when_open": Field(YesNo(), "left out while that office is closed", default=False),
        "says": SAYS,
        "message": MESSAGE,
    },
    title="a schedule",
)

POLICY_FIELDS: Map[str, Field] = {
    "policy": Field(TEXT, "the policy's name", required=True),
    "version": Field(TEXT, "your label for this version; the digest is computed", required=True),
    "effective_from": Field(Instant(), "from when on this version applies"),
    "open_tickets": Field(
        Choice(("keep", "retarget")),
        "what happens then to tickets begun under the version before: they stay with it, or are re-aimed",
        "keep",
    ),
    "contact": Field(CONTACT, "where customers reach support"),
    "business_hours": Field(WeekHours(), "the hours of every office, unless it says otherwise"),
    "offices": Field(MapOf(OFFICE), "the offices that serve customers", required=True),
    "default_office": Field(NAME, "the office that serves unknown organizations (default: the first)", ""),
    "special_days": Field(_SpecialDays(SPECIAL_DAY, single=False), "days that differ", ()),
    "priorities": Field(MapOf(PRIORITY), "the priorities, most urgent first", required=True),
    "plans": Field(MapOf(PLAN), "what plans promise instead of the priorities' own targets and chains", {}),
    "metrics": Field(MapOf(METRIC), "what the clocks measure", required=True),
    "escalation": Field(MapOf(CHAIN), "the escalation chains", {}),
    "schedules": Field(MapOf(SCHEDULE), "what recurs: digests, reminders, reports", {}),
    "assumptions": Field(Assumptions(), "what is decided where the source document is silent", {}),
}
