"""The shape of `schedules:`: what recurs, what it lists or reports, and what becomes of runs that were missed."""

from __future__ import annotations

from typing import Any

from support_policy.model.policy import Schedule, Selection
from support_policy.policy.promise_text import MESSAGE, ROLES, SAYS
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Mapping, Node
from support_policy.source.shape import (
    NAME,
    TEXT,
    Bare,
    Choice,
    Field,
    LengthOfTime,
    ListOf,
    OneOf,
    Partial,
    Shape,
    YesNo,
)
from support_policy.source.span import Span


def _names(says: str, shape: Shape = NAME) -> Field:
    return Field(ListOf(shape, least=1), says, ())


def _selection(span: Span, **v: Any) -> Selection:
    return Selection(lasting=v.pop("for"), span=span, **v)


LISTS = OneOf(
    "`open` for every open ticket, or which of them, such as `{priority: P1}`",
    scalar=Bare(Choice(("open",)), lambda word, span: Selection(span=span)),  # noqa: ARG005 - called by name
    mapping=Partial(
        _selection,
        {
            "priority": _names("only these priorities"),
            "state": _names(
                "only these states (default: those in which a ticket is worked on, not over and not to be reopened)"
            ),
            "organization": _names("only these organizations"),
            "team": _names("only the tickets that these teams have"),
            "breached": Field(YesNo(), "only those that missed a target, or only those that missed none"),
            "for": Field(LengthOfTime(), "only those that have been in their state for so long"),
            "age": Field(LengthOfTime(), "only those that began so long ago"),
        },
        title="`lists`",
    ),
)


def _schedule(span: Span, **v: Any) -> Schedule:
    return Schedule("", span=span, **v)


class _Schedule(Partial):
    """A schedule, whose every key means something beside the others."""

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        made = super().read(node, findings)
        keys = {key.text: key for key, _ in node} if isinstance(node, Mapping) else {}
        if "empty" in keys and "lists" not in keys and "reports" not in keys and all(k in self.fields for k in keys):
            help = "such as `lists: open`, or remove `empty`"
            said = "`empty` means nothing for a schedule that lists and reports nothing"
            findings.error("P325", keys["empty"].span, said, help)
        return made


SCHEDULE = _Schedule(
    _schedule,
    {
        "cron": Field(TEXT, "minute hour day-of-month month day-of-week, such as `0 9 * * mon-fri`", required=True),
        "notify": Field(ROLES, "the roles that are told", required=True),
        "office": Field(NAME, "the office, or the calendar, in whose zone and hours (default: the default office)", ""),
        "only_when_open": Field(YesNo(), "left out while that office is closed", default=False),
        "lists": Field(LISTS, "the open tickets that the message lists: `open` for all, or `{priority: P1}`"),
        "reports": Field(
            Choice(("last_run", "day", "week", "month")),
            "the period that the message sums up: since the last run, or the day, week or month before the run",
            "",
        ),
        "per": Field(
            Choice(("organization", "recipient")),
            "a message for each organization about its own tickets, or for each recipient about the tickets of every "
            "organization it looks after (default: one message about all)",
            "",
        ),
        "empty": Field(
            Choice(("send", "skip")),
            "whether a message with nothing to tell is sent (default: `skip` with `lists` alone, else `send`)",
            "",
        ),
        "missed": Field(
            Choice(("once", "skip", "each")),
            "runs that were missed while nobody worked: made up for once, not at all, or each",
            "once",
        ),
        "within": Field(
            LengthOfTime(),
            "a run later than this is given up (default: never; with `missed: skip` after `caught_up_after`)",
        ),
        "says": SAYS,
        "message": MESSAGE,
    },
    title="a schedule",
)
