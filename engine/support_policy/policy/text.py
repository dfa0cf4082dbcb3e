"""The shape of policy.yaml: what may stand where, and the words it becomes."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any

from support_policy.model.policy import (
    Chain,
    Contact,
    Level,
    Metric,
    Pause,
    Priority,
    Schedule,
    Stop,
)
from support_policy.policy.calendars_text import CALENDAR, MAINTENANCE, OFFICE, SPECIAL_DAYS
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
    Field,
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
ROLES = ListOf(NAME, least=1)


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
    return Level(0, v["after"], v["notify"], v["then"], v["says"], v["clause"], span)


LEVEL = Partial(
    _level,
    {
        "after": Field(LengthOfTime(), "how long after the start, such as `2bh`", required=True),
        "notify": Field(ROLES, "the roles that are told", required=True),
        "then": Field(TRIGGER, "the event that is expected of them", ""),
        "says": SAYS,
        "clause": CLAUSES,
    },
    title="a level",
)


def _chain(span: Span, **v: Any) -> Chain:
    levels = v["levels"]
    clause, by = ((), v["clause"]) if isinstance(v["clause"], dict) else (v["clause"], {})
    if v["on"] and v["notify"]:
        first = Level(1, None, v["notify"], v["accept"], v["says"], clause, span)
        reminder = "The request is still unanswered."
        again = (Level(2, v["remind"], v["notify"], v["accept"], reminder, (), span),) if v["remind"] else ()
        levels = (first, *again)
    if levels is BAD or v["notify"] is BAD:
        return Chain("", v["counts"], BAD, v["on"], v["accept"], v["decline"], v["until"], v["says"], clause, by, span)
    numbered = tuple(
        Level(i, level.after, level.notify, level.then, level.says, level.clause, level.span)
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
CONTACT = Partial(
    lambda span, **v: Contact(v["email"], v["clause"], span),
    {
        "email": Field(Text("an e-mail address", r"[^@\s]+@[^@\s]+"), "the support address", required=True),
        "clause": CLAUSES,
    },
    title="`contact`",
)

SCHEDULE = Partial(
    lambda span, **v: Schedule("", v["cron"], v["notify"], v["office"], v["only_when_open"], v["says"], span),
    {
        "cron": Field(TEXT, "minute hour day-of-month month day-of-week, such as `0 9 * * mon-fri`", required=True),
        "notify": Field(ROLES, "the roles that are told", required=True),
        "office": Field(NAME, "in whose zone and hours (default: the default office)", ""),
        "only_when_open": Field(YesNo(), "left out while that office is closed", default=False),
        "says": SAYS,
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
    "calendars": Field(MapOf(CALENDAR), "further calendars, by name; each office is one too", {}),
    "default_office": Field(NAME, "the office that serves unknown organizations (default: the first)", ""),
    "special_days": Field(SPECIAL_DAYS, "days that differ", ()),
    "maintenance": Field(MAINTENANCE, "announced windows whose open time does not count", ()),
    "priorities": Field(MapOf(PRIORITY), "the priorities, most urgent first", required=True),
    "metrics": Field(MapOf(METRIC), "what the clocks measure", required=True),
    "escalation": Field(MapOf(CHAIN), "the escalation chains", {}),
    "schedules": Field(MapOf(SCHEDULE), "what recurs: digests, reminders, reports", {}),
    "assumptions": Field(Assumptions(), "what is decided where the source document is silent", {}),
}
