"""The shapes of what is promised: priorities with targets, plans, metrics; and the words they become."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support_policy.model.promise import Metric, Occasion, Pause, Plan, PlanEntry, Priority, Target
from support_policy.policy.week import CLAUSES
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Node, Scalar
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
    Record,
    Schema,
    Shape,
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
