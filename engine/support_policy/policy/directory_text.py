"""The shapes of the directory under rules/: organizations, contracts, dated roles, stand-ins, rotas."""

from __future__ import annotations

import re
from typing import Any

from support_policy.model.directory import (
    Contract,
    Dated,
    GridEntry,
    Organization,
    Override,
    RotaText,
    StandIn,
    Team,
)
from support_policy.policy.calendars_text import CALENDAR_FILE, ZONE
from support_policy.policy.mail_text import DOMAIN, MAIL_ADDRESS
from support_policy.policy.week import DAYS, days_named
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Mapping, Node, Scalar
from support_policy.source.shape import (
    BAD,
    NAME,
    TEXT,
    Day,
    Field,
    Hours,
    Instant,
    ListOf,
    MapOf,
    OneOf,
    Partial,
    Schema,
    Shape,
    Text,
)
from support_policy.source.span import Span
from support_policy.source.values import any_case
from support_policy.source.words import parse_time

ADDRESS = Text("an address: `name@host`, or `channel:NAME`", r"\S+")
ADDRESSES = ListOf(ADDRESS, least=1)
DATES = {
    "from": Field(Day(), "from this date on (default: always)"),
    "until": Field(Day(), "until the end of this date (default: for ever)"),
}


class _Role(ListOf):
    """Who fills a role: addresses, each perhaps with dates. Gives a tuple of `Dated`."""

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        found = super().read(node, findings)
        if found is BAD:
            return BAD
        return tuple(one if isinstance(one, Dated) else Dated((one,), span=one.span) for one in found)


ROLE = _Role(
    OneOf(
        "an address, or `{to, from, until}`",
        scalar=ADDRESS,
        mapping=Partial(
            lambda span, **v: Dated(v["to"], v["from"], v["until"], span),
            {"to": Field(ADDRESSES, "who fills the role", required=True), **DATES},
            title="a dated entry of a role",
        ),
    ),
    least=1,
)
CONTRACT = Partial(
    lambda span, **v: Contract(v["plan"], v["from"], v["until"], span),
    {"plan": Field(NAME, "the plan it bought", required=True), **DATES},
    title="a contract",
)


class _Organization(Partial):
    """An organization with the rule that spans two keys."""

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        made = super().read(node, findings)
        written = {key.text: key for key, _ in node} if isinstance(node, Mapping) else {}
        if "plan" in written and "contracts" in written:
            help = "give each of the `contracts` its `plan`"
            findings.error("P304", written["plan"].span, "`plan` cannot stand beside `contracts`", help)
        return made


ORGANIZATION = _Organization(
    lambda span, **v: Organization("", v.pop("name"), **v, span=span),
    {
        "name": Field(TEXT, "its full name", ""),
        "office": Field(NAME, "the office that serves it", ""),
        "plan": Field(NAME, "the plan it bought", ""),
        "contracts": Field(ListOf(CONTRACT, single=False, least=1), "the plans it bought, with their dates", ()),
        "roles": Field(MapOf(ROLE), "who fills which role for it", {}),
        "domains": Field(ListOf(DOMAIN), "whoever writes from these, or from below them, is of this organization", ()),
        "addresses": Field(ListOf(MAIL_ADDRESS), "and whoever writes from these", ()),
    },
    title="an organization",
)
TEAM = Partial(
    lambda span, **v: Team("", v["name"], v["roles"], span),
    {
        "name": Field(TEXT, "its full name", ""),
        "roles": Field(MapOf(ROLE), "who fills which role for the tickets that it has", {}),
    },
    title="a team",
)
STAND_IN = Partial(
    lambda span, **v: StandIn(v["for"], v["by"], v["from"], v["until"], span),
    {
        "for": Field(ADDRESS, "who is away", required=True),
        "by": Field(ADDRESSES, "who is told instead", required=True),
        **DATES,
    },
    title="a stand-in",
)


class _Moment(Shape):
    """A moment of the week, such as `mon 09:00`. Gives (weekday from 0, second of the day)."""

    expected = "a weekday and a time of day, such as `mon 09:00`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        found = re.fullmatch(r"\s*(\S+)\s+(\S+)\s*", node.text) if isinstance(node, Scalar) else None
        seconds = parse_time(found[2]) if found else None
        if not found or seconds is None or not isinstance(node, Scalar):
            return self.wrong(node, findings)
        days = days_named(_piece(node, *found.span(1)), findings)
        if days is None:
            return BAD
        return (DAYS.index(days[0]), seconds) if len(days) == 1 else self.wrong(node, findings, "one day alone")

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"type": "string", "pattern": rf"^\s*{_DAY}\s+{_TIME}\s*$", "examples": ["mon 09:00"]}


class _Grid(Shape):
    """Hours of the week to people: `mon-fri 07:00-15:00: early@x.example`. Gives a tuple of `GridEntry`."""

    expected = "hours of the week with who is on duty, such as `mon-fri 07:00-15:00: early@x.example`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Mapping) or not node.entries:
            return self.wrong(node, findings)
        entries = [self._entry(key, value, findings) for key, value in node]
        return BAD if any(entry is BAD for entry in entries) else tuple(entries)

    def _entry(self, key: Scalar, value: Node, findings: Findings) -> Any:
        who = ADDRESSES.read(value, findings)
        found = re.fullmatch(r"\s*([^0-9]*[^0-9\s])\s+([0-9].*)", key.text)
        if not found:
            said = f"`{key.text[:60]}` does not say days and hours"
            findings.error("P302", key.span, said, "such as `mon-fri 07:00-15:00`")
            return BAD
        days = days_named(_piece(key, *found.span(1)), findings)
        hours = Hours().read(_piece(key, *found.span(2)), findings)
        if days is None or hours is BAD or who is BAD:
            return BAD
        return GridEntry({day: hours for day in DAYS if day in days}, who, key.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        times = rf"{_TIME}\s*[-\u2013]\s*{_TIME}"
        keys = {"pattern": rf"^\s*{_DAY}[^0-9]*\s+{times}(\s*,\s*{times})*\s*$"}
        return {"type": "object", "propertyNames": keys, "additionalProperties": ADDRESSES.schema(), "minProperties": 1}


_TIME = r"([01]?[0-9]|2[0-4]):[0-5][0-9](:[0-5][0-9])?"
_DAY = "(" + "|".join(f"{any_case(day)}[a-zA-Z]*" for day in DAYS) + ")"


def _piece(node: Scalar, start: int, end: int) -> Scalar:
    """Part of a text, with its own place where that can be told."""
    span = node.span
    if node.plain and span.line == span.end_line:
        span = Span(span.file, span.line, span.column + start, span.line, span.column + end)
    return Scalar(node.text[start:end], span, node.plain)


def _rota(span: Span, **v: Any) -> RotaText:
    return RotaText("", **v, span=span)


ROTA = Partial(
    _rota,
    {
        "zone": Field(ZONE, "IANA time zone (default: the default office's)", ""),
        "rotate": Field(ListOf(ADDRESSES, single=False, least=1, most=1000), "who takes turns, a week each", ()),
        "handover": Field(_Moment(), "the moment of the week at which the next takes over"),
        "starts": Field(Day(), "the week in which the first begins"),
        "weekly": Field(_Grid(), "who is on duty at which hours of the week", ()),
        "ics": Field(CALENDAR_FILE, "a calendar file: who is on duty is its entries' SUMMARY or ATTENDEE", ""),
        "overrides": Field(
            ListOf(
                Partial(
                    lambda span, **v: Override(v["from"], v["to"], v["who"], span),
                    {
                        "from": Field(Instant(), "when it begins", required=True),
                        "to": Field(Instant(), "when it ends", required=True),
                        "who": Field(ADDRESSES, "who is on duty", required=True),
                    },
                    title="an override",
                ),
                single=False,
            ),
            "who is on duty at certain times, whatever the rota says",
            (),
        ),
        "otherwise": Field(ADDRESSES, "who is on duty when nobody else is", ()),
    },
    title="a rota",
)
