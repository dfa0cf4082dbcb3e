"""The shapes of escalation chains: their levels, requests, acknowledgements; and the words they become."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from support_policy.model.promise import Acknowledge, Chain, Level
from support_policy.policy.promise_text import CALENDAR, DO, MESSAGE, ROLES, SAYS, WITH
from support_policy.policy.week import CLAUSES
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Mapping, Node, Scalar, Sequence
from support_policy.source.shape import (
    BAD,
    NAME,
    TRIGGER,
    Bare,
    Field,
    LengthOfTime,
    ListOf,
    MapOf,
    OneOf,
    Partial,
    Percent,
    Schema,
    Shape,
    Whole,
)
from support_policy.source.span import Span
from support_policy.source.words import Duration


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
    clause, by = ((), v["clause"]) if isinstance(v["clause"], dict) else (v["clause"], {})
    rest = {name: v[name] for name in ("on", "accept", "decline", "until", "repeat", "acknowledge", "calendar", "says")}
    levels = v["levels"]
    if levels is BAD or v["notify"] is BAD:
        levels = BAD
    else:
        if v["on"] and v["notify"]:
            levels = _of_request(levels, span, v, clause)
        levels = tuple(
            replace(
                level, number=number, message=level.message if level.message is BAD else level.message or v["message"]
            )
            for number, level in enumerate(levels, 1)
        )
    return Chain("", v["counts"], levels, guard=v["when"], clause=clause, clause_by_priority=by, span=span, **rest)


def _of_request(levels: tuple[Level, ...], span: Span, v: dict[str, Any], clause: tuple[str, ...]) -> list[Level]:
    """The levels of a request: at once, then those written, the reminder among them by its time."""
    told: dict[str, Any] = {"then": v["accept"], "message": v["message"], "span": span}
    made = [Level(1, "request", None, v["notify"], says=v["says"], clause=clause, **told), *levels]
    remind = v["remind"]
    if remind:
        told["message"] = v["remind_message"] or v["message"]
        reminder = Level(2, "after", remind, v["notify"], says="The request is still unanswered.", **told)
        later = (place for place, level in enumerate(made) if _earlier(remind, level.after))
        made.insert(next(later, len(made)), reminder)
    return made


def _earlier(remind: Duration, after: Duration | None) -> bool:
    """Whether the reminder comes before a level; business time and the wall clock cannot be compared."""
    return (
        after is not None and after is not BAD and after.business == remind.business and remind.seconds < after.seconds
    )


class _Chain(Partial):
    """A chain, whose every key means something beside the others."""

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        made = super().read(node, findings)
        keys = {key.text: key for key, _ in node} if isinstance(node, Mapping) else {}
        if "counts" in keys and "on" not in keys:
            idle = next((name for name in ("notify", "remind", "remind_message") if name in keys), "")
            said, help = f"`{idle}` means nothing for a chain with `counts`", "its `levels` say who is told, and when"
        elif "on" in keys and "notify" not in keys and "levels" in keys:
            idle = next((name for name in ("remind", "remind_message") if name in keys), "")
            said, help = f"`{idle}` is for those whom `notify` names, and there are none", "add `notify: ROLE`"
        else:
            idle = "remind_message" if "remind_message" in keys and "remind" not in keys else ""
            said, help = "`remind_message` means nothing without `remind`", "such as `remind: 1bh`"
        if idle and all(key in self.fields for key in keys):
            # A misspelt key was told of, and may be the one that is missing.
            findings.error("P313", keys[idle].span, said, help)
        return made


CHAIN = _Chain(
    _chain,
    {
        "counts": Field(NAME, "the metric whose time it counts; what stops that clock stops the chain", ""),
        "levels": Field(_Levels(LEVEL, single=False), "who is told, and when; of a request: later", ()),
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
        "notify": Field(ListOf(NAME), "the roles told of a request at once", ()),
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
