"""The shape of policy.yaml: what may stand where, and the words it becomes."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import replace
from typing import Any

from support_policy.model.policy import (
    Chain,
    Contact,
    Level,
    Metric,
    Office,
    Pause,
    Priority,
    Schedule,
    SpecialDay,
    Stop,
)
from support_policy.policy.settings import Assumptions
from support_policy.policy.week import CLAUSES, WeekHours
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Node
from support_policy.source.shape import (
    BAD,
    NAME,
    TEXT,
    TRIGGER,
    Choice,
    Day,
    Field,
    Hours,
    Instant,
    LengthOfTime,
    ListOf,
    MapOf,
    OneOf,
    Partial,
    Schema,
    Shape,
    Text,
    YesNo,
)
from support_policy.source.span import Span

SAYS = Field(TEXT, "the same in a sentence, for explanations", "")
MESSAGE = Field(NAME, "the template of what they are told (`templates:` under rules/)", "")
ROLES = ListOf(NAME, least=1)
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


def _stop(span: Span, **v: Any) -> Stop:
    return Stop(v["event"], v["by"], v["if"], span)


def _pause(span: Span, **v: Any) -> Pause:
    return Pause(v["while"], v["if"], span)


class _Bare(Shape):
    """A single name where a record may stand: `resolved` for `{event: resolved}`."""

    def __init__(self, name: Shape, build: Any) -> None:
        self.name, self.build, self.expected = name, build, name.expected

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        word = self.name.read(node, findings)
        return BAD if word is BAD else self.build(word, span=node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return self.name.schema()


IF = Field(NAME, "only when this assumption holds", "")
STOP = OneOf(
    "an event type, or `{event, by, if}`",
    scalar=_Bare(TRIGGER, Stop),
    mapping=Partial(
        _stop,
        {
            "event": Field(TRIGGER, "the event that stops the clock", required=True),
            "by": Field(ListOf(NAME), "only when one of these roles does it", ()),
            "if": IF,
        },
        title="`stop`",
    ),
)
PAUSE = OneOf(
    "a state, or `{while, if}`",
    scalar=_Bare(NAME, Pause),
    mapping=Partial(
        _pause,
        {"while": Field(NAME, "the state in which the clock is paused", required=True), "if": IF},
        title="`pause`",
    ),
)
METRIC = Partial(
    lambda span, **v: Metric("", v["start"], v["stop"], v["pause"], v["reopen"], v["says"], v["clause"], span),
    {
        "says": SAYS,
        "clause": CLAUSES,
        "start": Field(TRIGGER, "the event that starts the clock", required=True),
        "stop": Field(ListOf(STOP, least=1), "the events that stop it", required=True),
        "pause": Field(ListOf(PAUSE), "the states in which it is paused", ()),
        "reopen": Field(Choice(("resume", "restart", "ignore")), "what a reopening does to a stopped clock"),
    },
    title="a metric",
)
PRIORITY = Partial(
    lambda span, rest, **v: Priority("", v["name"] or "", rest, v["escalation"], v["clause"], span),
    {
        "name": Field(TEXT, "what people call it", ""),
        "escalation": Field(ListOf(NAME), "its escalation chains", ()),
        "clause": CLAUSES,
    },
    title="a priority",
    rest=Field(LengthOfTime(), "the target of a metric, such as `first_response: 2bh`"),
)


def _level(span: Span, **v: Any) -> Level:
    return Level(0, v["after"], v["notify"], v["then"], v["says"], v["clause"], span, v["message"])


LEVEL = Partial(
    _level,
    {
        "after": Field(LengthOfTime(), "how long after the start, such as `2bh`", required=True),
        "notify": Field(ROLES, "the roles that are told", required=True),
        "then": Field(TRIGGER, "the event that is expected of them", ""),
        "says": SAYS,
        "message": MESSAGE,
        "clause": CLAUSES,
    },
    title="a level",
)


def _chain(span: Span, **v: Any) -> Chain:
    levels = v["levels"]
    clause, by = ((), v["clause"]) if isinstance(v["clause"], dict) else (v["clause"], {})
    if v["on"] and v["notify"]:
        first = Level(1, None, v["notify"], v["accept"], v["says"], clause, span, v["message"])
        reminder, text = "The request is still unanswered.", v["remind_message"] or v["message"]
        again = (Level(2, v["remind"], v["notify"], v["accept"], reminder, (), span, text),) if v["remind"] else ()
        levels = (first, *again)
    if levels is BAD or v["notify"] is BAD:
        return Chain("", v["counts"], BAD, v["on"], v["accept"], v["decline"], v["until"], v["says"], clause, by, span)
    numbered = tuple(
        replace(level, number=i, message=level.message if level.message is BAD else level.message or v["message"])
        for i, level in enumerate(levels, 1)
    )
    return Chain("", v["counts"], numbered, v["on"], v["accept"], v["decline"], v["until"], v["says"], clause, by, span)


CHAIN = Partial(
    _chain,
    {
        "counts": Field(NAME, "the metric whose time it counts; what stops that clock stops the chain", ""),
        "levels": Field(ListOf(LEVEL, single=False), "who is told, and when", ()),
        "on": Field(TRIGGER, "the event that requests it, instead of `counts`", ""),
        "accept": Field(TRIGGER, "the event that accepts a request", ""),
        "decline": Field(TRIGGER, "the event that declines it", ""),
        "until": Field(ListOf(TRIGGER), "events that end an unanswered request", ()),
        "notify": Field(ListOf(NAME), "the roles told of a request", ()),
        "remind": Field(LengthOfTime(), "how long until they are reminded of an unanswered request"),
        "message": Field(NAME, "the template of a request's message, or of levels that name none", ""),
        "remind_message": Field(NAME, "the template of the reminder (default: that of the request)", ""),
        "says": SAYS,
        "clause": Field(
            OneOf(
                "a clause, or clauses by priority",
                scalar=CLAUSES.shape,
                sequence=CLAUSES.shape,
                mapping=MapOf(CLAUSES.shape),
            ),
            "the clauses it follows from, for every priority or `{P2: p2.requested, ...}`",
            (),
        ),
    },
    title="an escalation chain",
)
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
    "contact": Field(CONTACT, "where customers reach support"),
    "business_hours": Field(WeekHours(), "the hours of every office, unless it says otherwise"),
    "offices": Field(MapOf(OFFICE), "the offices that serve customers", required=True),
    "default_office": Field(NAME, "the office that serves unknown organizations (default: the first)", ""),
    "special_days": Field(_SpecialDays(SPECIAL_DAY, single=False), "days that differ", ()),
    "priorities": Field(MapOf(PRIORITY), "the priorities, most urgent first", required=True),
    "metrics": Field(MapOf(METRIC), "what the clocks measure", required=True),
    "escalation": Field(MapOf(CHAIN), "the escalation chains", {}),
    "schedules": Field(MapOf(SCHEDULE), "what recurs: digests, reminders, reports", {}),
    "assumptions": Field(Assumptions(), "what is decided where the source document is silent", {}),
}
