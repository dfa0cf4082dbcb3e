"""The shapes of what is promised: priorities with targets, metrics, escalation chains; and the words they become."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from support_policy.model.promise import (
    Acknowledge,
    Chain,
    Level,
    Metric,
    Occasion,
    Pause,
    Plan,
    PlanEntry,
    Priority,
    Target,
)
from support_policy.policy.week import CLAUSES
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Mapping, Node, Scalar, Sequence
from support_policy.source.shape import (
    BAD,
    NAME,
    TEXT,
    TRIGGER,
    Bare,
    Choice,
    Field,
    LengthOfTime,
    ListOf,
    MapOf,
    OneOf,
    Partial,
    Percent,
    Record,
    Schema,
    Shape,
    Whole,
    YesNo,
)
from support_policy.source.span import Span

SAYS = Field(TEXT, "the same in a sentence, for explanations", "")
ROLES = ListOf(NAME, least=1)
IF = Field(NAME, "only when this assumption holds", "")
WHEN = Field(NAME, "only when this rule of the set `guards` holds", "")
DO = Field(TRIGGER, "the event that then happens by itself", "")
WITH = Field(MapOf(TEXT), "what that event carries, such as `{to: P2, reason: ...}`", {})
MESSAGE = Field(NAME, "the template of what they are told (`templates:` under rules/)", "")


class _Calendar(OneOf):
    """The name of a calendar, or one by priority. Gives a `CalendarChoice`."""

    def __init__(self) -> None:
        super().__init__(
            "the name of a calendar, or one by priority: `{P1: always, else: local}`",
            scalar=Bare(NAME, lambda word, span: {"else": word}),  # noqa: ARG005 - called by name
            mapping=MapOf(NAME),
        )


CALENDAR = Field(
    _Calendar(),
    "by which business time counts: an office, a calendar, `always`, or `local`, the office that serves the ticket",
    {},
)


def _occasion(span: Span, **v: Any) -> Occasion:
    own = BAD if v["team"] is BAD else v["team"] == "own"
    return Occasion(v["event"], v["by"], v["if"], v["when"], own, span)


def occasions(what: str) -> OneOf:
    """An event that does something (`what`), on conditions. Gives an `Occasion`."""
    return OneOf(
        "an event type, or `{event, by, if, when}`",
        scalar=Bare(TRIGGER, lambda word, span: Occasion(word, span=span)),
        mapping=Partial(
            _occasion,
            {
                "event": Field(TRIGGER, f"the event that {what}", required=True),
                "by": Field(ListOf(NAME), "only when one of these roles does it", ()),
                "if": IF,
                "when": WHEN,
                "team": Field(
                    Choice(("all", "own")),
                    "where each team has a clock: those of all teams, or of the one that has the ticket",
                    "all",
                ),
            },
            title="an event",
        ),
    )


PAUSE = OneOf(
    "a state, or `{while, if, when, max}`",
    scalar=Bare(NAME, lambda word, span: Pause(word, span=span)),
    mapping=Partial(
        lambda span, **v: Pause(v["while"], v["if"], v["when"], v["max"], span),
        {
            "while": Field(NAME, "the state in which the clock is paused", required=True),
            "if": IF,
            "when": WHEN,
            "max": Field(LengthOfTime(), "the longest that one stay in the state pauses the clock"),
        },
        title="`pause`",
    ),
)


def _metric(span: Span, **v: Any) -> Metric:
    made = {name: v[name] for name in ("start", "stop", "pause", "reopen", "recurs", "kind", "says", "clause")}
    per_team = BAD if v["per"] is BAD else v["per"] == "team"
    return Metric(
        "", per_team=per_team, priority_change=v["priority_change"], calendar=v["calendar"], span=span, **made
    )


METRIC = Partial(
    _metric,
    {
        "says": SAYS,
        "clause": CLAUSES,
        "kind": Field(
            Choice(("sla", "ola", "underpinning")),
            "whom it is promised to: customers, another team, or us by a supplier (the last two are never published)",
            "sla",
        ),
        "start": Field(
            ListOf(occasions("starts the clock"), least=1), "the events that start the clock", required=True
        ),
        "stop": Field(ListOf(occasions("stops the clock"), least=1), "the events that stop it", required=True),
        "recurs": Field(YesNo(), "whether a start after a stop begins another run", default=False),
        "per": Field(Choice(("ticket", "team")), "one clock, or one for each team that has the ticket", "ticket"),
        "pause": Field(ListOf(PAUSE), "the states in which it is paused", ()),
        "reopen": Field(
            Choice(("resume", "restart", "ignore")),
            "what reopening does to a stopped clock (default: the assumption `reopened_clock`; with `recurs`: ignore)",
        ),
        "priority_change": Field(
            Choice(("from_submission", "from_change", "keep")),
            "what a change of priority does to an open target (default: the assumption `priority_change_open_target`)",
        ),
        "calendar": CALENDAR,
    },
    title="a metric",
)
TARGET = OneOf(
    "a duration such as `2bh`, or `{within, calendar}`",
    scalar=Bare(LengthOfTime(), lambda word, span: Target(word, "", span)),
    mapping=Record(
        lambda span, **v: Target(v["within"], v["calendar"], span),
        {
            "within": Field(LengthOfTime(), "the promised time, such as `2bh`", required=True),
            "calendar": Field(NAME, "by which business time counts, instead of the metric's", ""),
        },
        title="a target",
    ),
)
PRIORITY = Partial(
    lambda span, rest, **v: Priority("", v["name"] or "", rest, v["escalation"], v["clause"], span),
    {
        "name": Field(TEXT, "what people call it", ""),
        "escalation": Field(ListOf(NAME), "its escalation chains", ()),
        "clause": CLAUSES,
    },
    title="a priority",
    rest=Field(TARGET, "the target of a metric, such as `first_response: 2bh`"),
)


class _PlanTarget(Shape):
    """A target, or `none`. Gives a `Target` or None."""

    expected = f"{TARGET.expected}, or `none`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        return None if isinstance(node, Scalar) and node.text == "none" else TARGET.read(node, findings)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"anyOf": [{"const": "none"}, TARGET.schema()]}

    def within(self) -> Iterator[tuple[str, Shape]]:
        """See `Shape.within`."""
        yield "", TARGET


PLAN = Partial(
    lambda span, rest, **v: Plan("", v["name"] or "", rest, v["says"], v["clause"], span),
    {"name": Field(TEXT, "what people call it", ""), "says": SAYS, "clause": CLAUSES},
    title="a plan",
    rest=Field(
        Partial(
            lambda span, rest, **v: PlanEntry(rest, v["escalation"], span),
            {"escalation": Field(ListOf(NAME), "its escalation chains, instead of the priority's")},
            title="what a plan promises for a priority",
            rest=Field(_PlanTarget(), "the target of a metric, instead of the priority's, or `none`"),
        ),
        "what it promises for a priority, such as `P1: {first_response: 1h}`",
    ),
)


class _Share(Shape):
    """`80%`, or `due` for all of it. Gives hundredths of a per cent."""

    expected = "a part of the target such as `80%`, or `due`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if isinstance(node, Scalar) and node.text.strip().lower() == "due":
            return 10_000
        return Percent(self.expected).read(node, findings)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"anyOf": [{"const": "due"}, Percent().schema()]}


_KINDS = ("after", "before", "at", "past_due")


def _level(span: Span, **v: Any) -> Level:
    given = [kind for kind in _KINDS if v[kind] is not None]
    kind: Any = given[0] if len(given) == 1 else BAD
    length = None if kind is BAD or kind == "at" else v[kind]
    share = v["at"] if kind == "at" else 0
    rest = {name: v[name] for name in ("notify", "calendar", "then", "do", "message", "says", "clause")}
    return Level(0, kind, length, share=share, carries=v["with"], span=span, **rest)


class _Levels(ListOf):
    """`levels:`, each with exactly one way of saying when."""

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        levels = super().read(node, findings)
        items = node.items if isinstance(node, Sequence) else ()
        for item in items:
            given = [key.text for key, _ in item if key.text in _KINDS] if isinstance(item, Mapping) else []
            if isinstance(item, Mapping) and len(given) != 1:
                help = "one of `after: 2bh`, `before: 30bm`, `at: 80%`, `at: due`, `past_due: 1bh`"
                if given:
                    said = f"`{given[0]}` and `{given[1]}` cannot stand together"
                    findings.error("P304", item.span, said, help)
                elif not any(key.text not in LEVEL.fields for key, _ in item):
                    # A misspelt key was told of; it is what is missing.
                    findings.error("S206", item.span, "`after` is missing here", help)
        return levels


LEVEL = Partial(
    _level,
    {
        "after": Field(
            LengthOfTime(least=0),
            "how long after the start of the chain; a level has one of `after`, `before`, `at`, `past_due`",
        ),
        "before": Field(LengthOfTime(), "how long before the target is due, in the target's kind of time"),
        "at": Field(_Share(), "with how much of the target used up, such as `80%`, or `due`"),
        "past_due": Field(LengthOfTime(), "how long after the target was due, in the target's kind of time"),
        "calendar": Field(NAME, "by which business time counts, instead of the chain's", ""),
        "notify": Field(ROLES, "the roles that are told", required=True),
        "message": MESSAGE,
        "then": Field(TRIGGER, "the event that is expected of them", ""),
        "do": DO,
        "with": WITH,
        "says": SAYS,
        "clause": CLAUSES,
    },
    title="a level",
)


def _chain(span: Span, **v: Any) -> Chain:
    levels = v["levels"]
    clause, by = ((), v["clause"]) if isinstance(v["clause"], dict) else (v["clause"], {})
    rest = {name: v[name] for name in ("on", "accept", "decline", "until", "repeat", "acknowledge", "calendar", "says")}
    if v["on"] and v["notify"]:
        told: dict[str, Any] = {"then": v["accept"], "message": v["message"], "span": span}
        first = Level(1, "request", None, v["notify"], says=v["says"], clause=clause, **told)
        again: tuple[Level, ...] = ()
        if v["remind"]:
            told["message"] = v["remind_message"] or v["message"]
            again = (Level(2, "after", v["remind"], v["notify"], says="The request is still unanswered.", **told),)
        levels = (first, *again)
    if levels is BAD or v["notify"] is BAD:
        levels = BAD
    else:
        levels = tuple(
            replace(
                level, number=number, message=level.message if level.message is BAD else level.message or v["message"]
            )
            for number, level in enumerate(levels, 1)
        )
    return Chain("", v["counts"], levels, guard=v["when"], clause=clause, clause_by_priority=by, span=span, **rest)


CHAIN = Partial(
    _chain,
    {
        "counts": Field(NAME, "the metric whose time it counts; what stops that clock stops the chain", ""),
        "levels": Field(_Levels(LEVEL, single=False), "who is told, and when", ()),
        "repeat": Field(Whole(1, 100), "how many rounds in all; the next counts from the last level", 1),
        "acknowledge": Field(
            OneOf(
                "an event type, or `{event, lasts}`",
                scalar=Bare(TRIGGER, lambda word, span: Acknowledge(word, span=span)),
                mapping=Partial(
                    lambda span, **v: Acknowledge(v["event"], v["lasts"], span),
                    {
                        "event": Field(TRIGGER, "the event that keeps the chain from going on", required=True),
                        "lasts": Field(LengthOfTime(), "for so long; then the chain begins anew"),
                    },
                    title="`acknowledge`",
                ),
            ),
            "the event that keeps it from going on, for good or for a time",
        ),
        "calendar": CALENDAR,
        "on": Field(TRIGGER, "the event that requests it, instead of `counts`", ""),
        "when": Field(NAME, "the rule of the set `guards` without which a request is refused", ""),
        "accept": Field(TRIGGER, "the event that accepts a request", ""),
        "decline": Field(TRIGGER, "the event that declines it", ""),
        "until": Field(ListOf(TRIGGER), "events that end it before its time", ()),
        "notify": Field(ListOf(NAME), "the roles told of a request", ()),
        "message": Field(NAME, "the template of a request's message, or of levels that name none", ""),
        "remind": Field(LengthOfTime(), "how long until they are reminded of an unanswered request"),
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
