"""The shape of a mapping file: what may stand where, and the words it becomes."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any

from support_policy.batch.mapping import (
    Case,
    Change,
    Comparison,
    Instants,
    Milestone,
    Move,
    Say,
    States,
    Submission,
    TableMapping,
    Value,
)
from support_policy.batch.mapping_checks import check_mapping
from support_policy.batch.mapping_words import (
    BY,
    CARRIED,
    COLUMN,
    SAY,
    SAY_FIELDS,
    SAYS_FIELD,
    STATES_LIST,
    VALUE,
    VALUE_FIELDS,
    WHEN,
    Plain,
    Says,
    Translation,
    said_by,
    say_of,
)
from support_policy.source.diagnostics import Findings, PolicyError
from support_policy.source.shape import (
    BAD,
    NAME,
    TEXT,
    Choice,
    Day,
    Field,
    LengthOfTime,
    ListOf,
    MapOf,
    OneOf,
    Record,
    Text,
)
from support_policy.source.span import Span
from support_policy.source.words import Duration, Word
from support_policy.source.yaml import read_yaml

SHAPES = ("events", "snapshots", "tickets")
FORMATS = ("csv", "ndjson", "json", "parquet")
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400, "h:m:s": 0}
"""Units of a length of time in a column; `h:m:s` is written as 12:30 or 12:30:00."""
BLANK = Text("a text, or nothing", blank=True)


CASE = Record(
    lambda span, **v: Case(v["when"], said_by(v), span),
    {
        "when": Field(WHEN, "columns and their values; `*` is any value, `~` none", required=True),
        "event": SAYS_FIELD,
        **SAY_FIELDS,
    },
    title="a case",
)
MOVE = Record(
    # `to` is a state here; an event that carries one says so itself: `event: {event: assigned, to: group}`.
    lambda span, **v: Move(v["from"], v["to"], said_by({**v, "to": None}), span),
    {
        **SAY_FIELDS,
        "from": Field(STATES_LIST, "the state before; any when absent", ()),
        "to": Field(STATES_LIST, "the state after; any when absent", ()),
        "event": SAYS_FIELD,
    },
    title="a change of state",
)
STATE = Record(
    lambda span, **v: States(v["column"], v["enter"], v["change"], span),
    {
        "column": Field(COLUMN, "the column that holds the state", required=True),
        "enter": Field(
            Translation(Says()), "every state: the event that coming into it says; `~` for none", required=True
        ),
        "change": Field(ListOf(MOVE, single=False), "changes that say something else; the first that fits", ()),
    },
    title="`state`",
)


def _change(span: Span, **v: Any) -> Change:
    value = Value(v["column"], None, v["values"], v["otherwise"], span=span)
    return Change(value, said_by(v)[0], v["carry"], v["when"], span)


CHANGE = Record(
    _change,
    {
        "column": Field(COLUMN, "the column that is watched", required=True),
        "event": Field(Plain(SAY, lambda say, _: (say,)), "the event that a new value says", required=True),
        "values": VALUE_FIELDS["values"],
        "otherwise": VALUE_FIELDS["otherwise"],
        "carry": Field(Choice((*CARRIED, "nothing")), "what the event carries the new value as", "to"),
        "when": Field(Choice(("changes", "increases", "appears")), "which change of the value counts", "changes"),
        **{name: f for name, f in SAY_FIELDS.items() if name != "to"},
    },
    title="a change",
)
MILESTONE = Record(
    lambda span, **v: Milestone(said_by(v), v["at"], v["after"], v["unit"], span),
    {
        "event": SAYS_FIELD,
        "at": Field(COLUMN, "the column with its instant", ""),
        "after": Field(COLUMN, "instead of `at`: the column with the time since the submission", ""),
        "unit": Field(Choice(tuple(UNITS)), "the unit of `after`", "minutes"),
        **SAY_FIELDS,
    },
    title="a milestone",
)
SUBMITTED = OneOf(
    "the column with the instant of submission, or `{at, event, by}`",
    scalar=Plain(COLUMN, lambda word, span: Submission(word, Say(Word("submitted", span), span=span), span)),
    mapping=Record(
        lambda span, **v: Submission(v["at"], say_of(v["event"] or Word("submitted", span), span, v), span),
        {
            "at": Field(COLUMN, "the column with the instant of submission; absent: the first row's own instant", ""),
            "event": Field(NAME, "the event that begins a ticket", "submitted"),
            **SAY_FIELDS,
        },
        title="`submitted`",
    ),
)


def _comparison(span: Span, **v: Any) -> Comparison:
    within: Duration | None = v["within"]
    return Comparison(v["due"], v["verdict"], within.seconds if within else 60, span)


COMPARISON = OneOf(
    "the column with their due time, or `{due, verdict, within}`",
    scalar=Plain(COLUMN, lambda word, span: Comparison(word, span=span)),
    mapping=Record(
        _comparison,
        {
            "due": Field(COLUMN, "the column with the due time others gave", ""),
            "verdict": Field(VALUE, "what they made of it: `met` or `missed`, by `values`"),
            "within": Field(LengthOfTime(), "due times this close agree", None),
        },
        title="a comparison",
    ),
)
INSTANTS = Record(
    lambda span, **v: Instants(  # noqa: ARG005 - a record hands every builder its place
        v["formats"], v["zone"], v["epoch"], v["earliest"] or Instants().earliest
    ),
    {
        "formats": Field(
            ListOf(TEXT), "how instants are written beside ISO 8601: `%d/%m/%Y %H:%M`; the first that fits", ()
        ),
        "zone": Field(
            Text("a time zone such as `Europe/London`"), "the zone of instants written without an offset", ""
        ),
        "epoch": Field(Choice(("seconds", "milliseconds", "microseconds")), "numbers count these since 1970", ""),
        "earliest": Field(Day(), "an instant before this day is a mistake (default 1990-01-01)"),
    },
    title="`instants`",
)
DELIMITER = Text("one character, or `tab`", r"tab|\\t|[\s\S]")

FIELDS: Map[str, Field] = {
    "mapping": Field(TEXT, "what this mapping reads, for people", ""),
    "shape": Field(
        Choice(SHAPES), "one row is an event, a snapshot of the ticket after a change, or a ticket", required=True
    ),
    "format": Field(Choice(FORMATS), "guessed from the file when absent; gzip is recognised by itself", ""),
    "encoding": Field(TEXT, "of CSV and JSON; `utf-8` when absent, UTF-16 is recognised by its mark", ""),
    "delimiter": Field(DELIMITER, "of CSV; guessed from the header when absent", ""),
    "records": Field(TEXT, "in a JSON object: the path to the list that holds the rows", ""),
    "each": Field(
        ListOf(COLUMN), "events, snapshots: a list inside the row; each of its elements is a row of its own", ()
    ),
    "missing": Field(ListOf(BLANK), "texts that mean no value, such as `?` or `N/A`; nothing at all always does", ()),
    "only": Field(WHEN, "rows that do not fit these columns and values are ignored", {}),
    "ticket": Field(COLUMN, "the column that names the ticket", required=True),
    "id": Field(COLUMN, "the column that tells the rows of a ticket apart; a second one alike is a duplicate", ""),
    "sequence": Field(COLUMN, "the same, where it counts the changes of a ticket: gaps are reported", ""),
    "order": Field(Choice(("at", "file")), "rows of a ticket go by their instant, or stand in the file's order", "at"),
    "instants": Field(INSTANTS, "how instants are written", Instants()),
    "at": Field(COLUMN, "events, snapshots: the column with the row's instant", ""),
    "submitted": Field(SUBMITTED, "how a ticket begins"),
    "by": Field(BY, "who did what a row says, unless the event says so itself: a role, or `{column, values}`"),
    "facts": Field(MapOf(VALUE), "facts of the ticket, as its first row has them", {}),
    "updated_as": Field(NAME, "the event that reports new values of facts to `follow`", "updated"),
    "type": Field(VALUE, "events: the event's type, by `values`; `~` there ignores the row"),
    "events": Field(ListOf(CASE, single=False), "events: what rows say, case by case; the first that fits", ()),
    "unmatched": Field(Choice(("reject", "ignore")), "events: what becomes of rows that no case fits", "reject"),
    "state": Field(STATE, "snapshots: the column of the state, and what its changes say"),
    "changes": Field(ListOf(CHANGE, single=False), "snapshots: other columns whose changes say something", ()),
    "milestones": Field(ListOf(MILESTONE, single=False), "tickets: columns with instants, in the order of life", ()),
    "compare": Field(
        MapOf(COMPARISON), "snapshots, tickets: by metric, what others say of it (a ticket's last row)", {}
    ),
}
_RENAMED = {"mapping": "name", "events": "cases"}


def _mapping(span: Span, **v: Any) -> TableMapping:
    if v["delimiter"] in ("tab", "\\t"):
        v["delimiter"] = "\t"
    v["missing"] = frozenset(text.strip() for text in ("", *v["missing"]))
    for name in ("only", "facts", "compare"):
        v[name] = {key: value for key, value in v[name].items() if value is not BAD}
    return TableMapping(span=span, **{_RENAMED.get(name, name): value for name, value in v.items()})


MAPPING = Record(_mapping, FIELDS, title="a mapping")


def read_mapping(data: bytes | str, file: str) -> TableMapping:
    """The mapping a file says. Raises `PolicyError` with every problem found."""
    findings = Findings()
    node = read_yaml(data, file, findings)
    made: Any = MAPPING.read(node, findings) if node is not None else BAD
    if made is BAD:
        raise PolicyError(findings.sorted())
    findings.raise_errors()
    check_mapping(made, {key.text: key.span for key, _ in getattr(node, "entries", ())}, findings)
    findings.raise_errors()
    mapping: TableMapping = made
    return mapping
