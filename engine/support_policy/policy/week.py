"""The shape of weekly hours: `mon-fri: 09:00-17:00` and the like."""

from __future__ import annotations

from typing import Any

from support_policy.source.diagnostics import Findings, nearest
from support_policy.source.hints import days_hint
from support_policy.source.nodes import Mapping, Node, Scalar, shorten
from support_policy.source.shape import BAD, Field, Hours, ListOf, Schema, Shape, Text
from support_policy.source.values import any_case

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLAUSE_ID = Text("the id of a clause", r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
CLAUSES = Field(ListOf(CLAUSE_ID), "the clauses of the source document this follows from", ())


class WeekHours(Shape):
    """`mon-fri: 09:00-17:00` and the like. Gives (hours by weekday, clauses)."""

    expected = "hours by weekday, such as `mon-fri: 09:00-17:00`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Mapping):
            return self.wrong(node, findings)
        hours: dict[str, Any] = {}
        clause: Any = ()
        bad = False
        for key, value in node:
            if key.text == "clause":
                clause = CLAUSES.shape.read(value, findings)
                bad |= clause is BAD
                continue
            days = days_named(key, findings)
            found = Hours().read(value, findings)
            bad |= days is None or found is BAD
            for day in days or ():
                if day in hours:
                    findings.error("P301", key.span, f"the hours of `{day}` are given twice", "keep one of the two")
                    bad = True
                hours[day] = found
        return BAD if bad else ({day: hours[day] for day in DAYS if day in hours}, clause)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        hours = Hours().schema()
        day = "(" + "|".join(any_case(name[:3]) + f"({any_case(name[3:])})?" for name in _LONG) + ")"
        days = rf" *{day} *(- *{day} *)?"
        return {
            "type": "object",
            "properties": {
                **dict.fromkeys(("mon-fri", "sat-sun", "mon-sun", *DAYS), hours),
                "clause": CLAUSES.shape.schema(),
            },
            "patternProperties": {f"^{days}(,{days})*$": hours},
            "additionalProperties": False,
        }


def days_named(key: Scalar, findings: Findings) -> list[str] | None:
    """The weekdays that `mon`, `mon-fri`, `sat, sun` name, in order; None after a diagnostic."""
    days: list[str] = []
    for part in key.text.lower().replace(" ", "").split(","):
        ends = [end[:3] if end in _LONG else end for end in part.split("-")]
        unknown = [end for end in ends if end not in DAYS]
        if unknown or len(ends) > 2:
            near = {end: nearest(end, DAYS) for end in unknown}
            meant = days_hint(part, DAYS, near)
            help = f"did you mean `{meant}`?" if meant else "write `mon` to `sun`, or ranges such as `mon-fri`"
            findings.error("P302", key.span, f"`{shorten(key.text)}` is no weekday", help)
            return None
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        days += [DAYS[i % 7] for i in range(first, (last if last >= first else last + 7) + 1)]
    return days


_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
