"""The assumptions the engine knows: what a policy decides where its source document is silent.

A policy may add assumptions of its own, `yes` or `no`, for metrics to name with `if:`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from support_policy.model.policy import Setting
from support_policy.source.diagnostics import Findings, nearest
from support_policy.source.nodes import Mapping as MappingNode
from support_policy.source.nodes import Node, Scalar, shorten
from support_policy.source.record import record
from support_policy.source.shape import BAD, NAME, Choice, LengthOfTime, Schema, Shape, YesNo
from support_policy.source.values import NO, YES
from support_policy.source.words import Duration, Word

PRIORITY = "a priority"


@record
class Known:
    """An assumption the engine acts on: its values (a priority's name where `PRIORITY` is listed) and meanings."""

    says: str
    default: str
    values: Mapping[str, str]

    @property
    def duration(self) -> bool:
        """Whether the value is a duration rather than a word."""
        return not self.values


KNOWN: Mapping[str, Known] = {
    "priority_in_force": Known(
        "Stated and assessed priority differ",
        "stated",
        {"stated": "the stated one is in force", "assessed": "the assessed one is in force"},
    ),
    "nothing_stated": Known(
        "The customer states no priority",
        "assessed",
        {"assessed": "the assessed one is in force", PRIORITY: "this one is in force"},
    ),
    "nothing_assessable": Known(
        "Nothing is stated and no rule applies",
        "",
        {PRIORITY: "this one is in force, and the ticket is flagged; by default the least urgent"},
    ),
    "due_at_closing_time": Known(
        "A duration ends exactly at closing",
        "at_closing",
        {"at_closing": "due at that closing", "next_opening": "due at the next opening"},
    ),
    "priority_change_open_target": Known(
        "The priority changes while a target is open",
        "from_submission",
        {
            "from_submission": "re-aimed from the original start; time worked counts",
            "from_change": "aimed from the change",
            "keep": "the target it had stays",
        },
    ),
    "priority_change_past_result": Known(
        "The priority changes after a target was met or missed",
        "keep",
        {"keep": "the verdict stays", "judge_again": "judged again by the new target"},
    ),
    "priority_change_chain": Known(
        "An escalation chain begins by a change of priority",
        "from_change",
        {"from_change": "counts from the change", "from_submission": "counts from the original start"},
    ),
    "reopened_clock": Known(
        "A resolved ticket is reopened",
        "resume",
        {
            "resume": "the clock goes on where it stopped",
            "restart": "the clock starts anew",
            "ignore": "the clock stays stopped",
        },
    ),
    "reopened_told_before": Known(
        "A ticket is reopened after levels were reached",
        "tell_again",
        {"tell_again": "those already told are told again", "tell_nobody": "nobody is told again"},
    ),
    "merged_clock": Known(
        "Another ticket is merged into this one",
        "earliest",
        {"earliest": "open clocks count from the earlier submission", "own": "the clocks stay what they are"},
    ),
    "split_clock": Known(
        "A ticket is split off another",
        "own",
        {"own": "its clocks start when it is split off", "earliest": "they count from the other's submission"},
    ),
    "unknown_organization": Known(
        "The organization is not in the directory",
        "triage",
        {
            "triage": "a person decides; the default office's clock runs",
            "serve": "served as any other, by the default office",
        },
    ),
    "holiday_category": Known(
        "Which public holidays are kept",
        "public",
        {"public": "the public ones", "bank": "bank holidays", "government": "those of the government"},
    ),
    "make_up_weekends": Known(
        "A weekend day makes up for a holiday",
        "closed",
        {"closed": "not worked", "open": "worked, at the hours of a Monday"},
    ),
    "caught_up_after": Known("A level fired later than this is marked as caught up", "60s", {}),
    "late_events_up_to": Known("How far back an event may claim to have happened", "2160h", {}),
}


class Assumptions(Shape):
    """The `assumptions:` block. Gives a dict of name to `Setting`."""

    expected = "a mapping (`assumption: value`)"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, MappingNode):
            return self.wrong(node, findings)
        made = (self._one(key, value, findings) for key, value in node)
        return {setting.name: setting for setting in made if setting is not None}

    def _one(self, key: Scalar, value: Node, findings: Findings) -> Setting | None:
        known = KNOWN.get(key.text)
        if known is None:
            word = value.text.lower() if isinstance(value, Scalar) else ""
            close = "" if word in YES | NO else nearest(key.text, KNOWN)
            if close:
                help = f"did you mean `{close}`?"
                findings.error("S205", key.span, f"the assumption `{shorten(key.text)}` is not known", help)
                return None
            read = YesNo("`yes` or `no` for an assumption of your own").read(value, findings)
            return Setting(key.text, read, f"The policy's own assumption `{key.text}`", key.span)
        if known.duration:
            shape: Shape = LengthOfTime()
        elif PRIORITY in known.values and isinstance(value, Scalar):
            return Setting(key.text, Word(value.text, value.span), known.says, key.span)
        else:
            shape = Choice(tuple(known.values))
        read = shape.read(value, findings)
        return None if read is BAD else Setting(key.text, read, known.says, key.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        properties: Schema = {}
        for name, known in KNOWN.items():
            words = [w for w in known.values if w != PRIORITY]
            if known.duration:
                shape: Schema = LengthOfTime().schema()
            elif PRIORITY in known.values:
                shape = {**NAME.schema(), "examples": words} if words else NAME.schema()
            else:
                shape = {"oneOf": [{"const": value, "description": known.values[value]} for value in words]}
            properties[name] = {"description": known.says, **shape}
        return {"type": "object", "properties": properties, "additionalProperties": YesNo().schema()}


def defaults(priorities: tuple[str, ...]) -> dict[str, Setting]:
    """Every known assumption at its default; `priorities` from most to least urgent."""
    made = {}
    for name, known in KNOWN.items():
        value: str | Duration = known.default
        if known.duration:
            found = LengthOfTime().read(Scalar(known.default, Word("").span), Findings())
            value = found if isinstance(found, Duration) else ""
        elif name == "nothing_assessable":
            value = priorities[-1] if priorities else ""
        made[name] = Setting(name, value, known.says)
    return made


def meaning(setting: Setting) -> str:
    """What the value of a setting says, in words."""
    known = KNOWN.get(setting.name)
    if known is None:
        return "yes" if setting.value else "no"
    return known.values.get(str(setting.value)) or known.values.get(PRIORITY) or str(setting.value)
