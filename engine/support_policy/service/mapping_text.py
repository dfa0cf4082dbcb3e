"""The shape of a mapping file: what may stand where, and the words it becomes."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any

from support_policy.service.mapping import (
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
from support_policy.source.diagnostics import Findings, PolicyError
from support_policy.source.nodes import Mapping, Node, Scalar
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
    Schema,
    Shape,
    Text,
    Whole,
    YesNo,
)
from support_policy.source.span import Span
from support_policy.source.words import Duration, Word
from support_policy.source.yaml import read_yaml

SHAPES = ("events", "snapshots", "tickets")
FORMATS = ("csv", "ndjson", "json", "parquet")
CARRIED = ("to", "reason", "via", "team", "into", "text")
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400, "h:m:s": 0}
"""Units of a length of time in a column; `h:m:s` is written as 12:30 or 12:30:00."""
COLUMN = Text("the name of a column")
BLANK = Text("a text, or nothing", blank=True)


class _Fold(Shape):
    """A text to compare with, without regard to case; nothing (`~`) is a missing value. Gives a str or None."""

    expected = "a value"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Scalar):
            return self.wrong(node, findings)
        return None if node.empty else Word(node.text.strip().casefold(), node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"type": ["string", "number", "boolean", "null"]}


class _Table(Shape):
    """A mapping from their texts to ours; keys are compared without regard to case."""

    expected = "a mapping (`their value: ours`)"

    def __init__(self, value: Shape) -> None:
        self.value = value

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Mapping):
            return self.wrong(node, findings)
        made: dict[str, Any] = {}
        bad = False
        for key, value in node:
            folded = Word(key.text.strip().casefold(), key.span)
            if folded in made:
                findings.error("M505", key.span, f"`{key.text[:60]}` differs from an entry above only in case", "keep one")
                bad = True
            made[folded] = self.value.read(value, findings)
            bad |= made[folded] is BAD
        return BAD if bad else made

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"type": "object", "additionalProperties": self.value.schema()}


class _Ours(Shape):
    """One of our values, or nothing (`~`) for no value. Gives a `Word` or None."""

    expected = "a value, or `~` for none"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Scalar):
            return self.wrong(node, findings)
        return None if node.empty else Word(node.text, node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"type": ["string", "number", "boolean", "null"]}


class _Plain(Shape):
    """A plain word where a record may stand; `make` builds the same thing from it."""

    def __init__(self, shape: Shape, make: Any) -> None:
        self.shape, self.make, self.expected = shape, make, shape.expected

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        word = self.shape.read(node, findings)
        return BAD if word is BAD else self.make(word, node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return self.shape.schema()


def _value(span: Span, **v: Any) -> Value:
    return Value(v["column"], v["constant"], v["values"], v["otherwise"], v["split"], v["follow"], span)


class _ValueRecord(Record):
    """A value's record, with the rule that spans its keys."""

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        value = super().read(node, findings)
        if value is not BAD and bool(value.column) == (value.constant is not None):
            said = "a value comes from a `column`, or is a `constant`"
            findings.error("M508", node.span, said, "write one of the two")
            return BAD
        return value


VALUE_FIELDS: Map[str, Field] = {
    "column": Field(COLUMN, "the column that holds it; `a.b` is a path into nested JSON", ""),
    "constant": Field(TEXT, "the value itself, the same for every row"),
    "values": Field(_Table(_Ours()), "their values: ours; `~` for no value; compared without regard to case"),
    "otherwise": Field(
        TEXT, "for a value not listed: `reject` the row, `keep` it, take it as `missing`, or the value to take", "reject"
    ),
    "split": Field(Text("a separator", r"[\s\S]{1,5}"), "what parts the elements of a list, such as `,`", ""),
    "follow": Field(YesNo(), "a fact only: whether later rows change it", default=False),
}
VALUE = OneOf(
    "a column, or `{column, values, otherwise}`, or `{constant}`",
    scalar=_Plain(COLUMN, lambda word, span: Value(word, span=span)),
    mapping=_ValueRecord(_value, VALUE_FIELDS, title="a value"),
)
BY = OneOf(
    "a role, or `{column, values}`",
    scalar=_Plain(NAME, lambda word, span: Value(constant=word, span=span)),
    mapping=_ValueRecord(_value, VALUE_FIELDS, title="`by`"),
)
SAY_FIELDS: Map[str, Field] = {
    "by": Field(BY, "who did it: a role, or `{column, values}`"),
    **{name: Field(VALUE, f"what the event carries as `{name}`: a column, or `{{constant: ...}}`") for name in CARRIED},
}


def _say(event: str, span: Span, v: Map[str, Any]) -> Say:
    return Say(event, v.get("by"), {name: v[name] for name in CARRIED if v.get(name)}, span)


SAY = OneOf(
    "an event type, or `{event, by, ...}`",
    scalar=_Plain(NAME, lambda word, span: Say(word, span=span)),
    mapping=Record(
        lambda span, **v: _say(v["event"], span, v),
        {"event": Field(NAME, "the event type, one of the policy's", required=True), **SAY_FIELDS},
        title="an event",
    ),
)


class _Says(Shape):
    """No event (`~`), one, or several. Gives a tuple of `Say`."""

    expected = "an event type, a list of them, or `~` for no event"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if isinstance(node, Scalar) and node.empty:
            return ()
        return ListOf(SAY).read(node, findings)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"anyOf": [ListOf(SAY).schema(), {"type": "null"}]}


SAYS_FIELD = Field(_Says(), "the event it says, or several; `~` for none", required=True)
STATES_LIST = ListOf(_Fold())


def _said(v: Map[str, Any]) -> tuple[Say, ...]:
    """The events of an entry, with what stands beside `event` given to each that does not say it itself."""
    shared = _say("", Span(""), v)
    return tuple(Say(s.event, s.by or shared.by, {**shared.data, **s.data}, s.span) for s in v["event"])


WHEN = MapOf(ListOf(_Fold()), COLUMN, "columns and the values that fit (`column: value`)")
CASE = Record(
    lambda span, **v: Case(v["when"], _said(v), span),
    {"when": Field(WHEN, "columns and their values; `*` is any value, `~` none", required=True), "event": SAYS_FIELD, **SAY_FIELDS},
    title="a case",
)
MOVE = Record(
    lambda span, **v: Move(v["from"], v["to"], _said(v), span),
    {
        "from": Field(STATES_LIST, "the state before; any when absent", ()),
        "to": Field(STATES_LIST, "the state after; any when absent", ()),
        "event": SAYS_FIELD,
        **SAY_FIELDS,
    },
    title="a change of state",
)
STATE = Record(
    lambda span, **v: States(v["column"], v["enter"], v["change"], span),
    {
        "column": Field(COLUMN, "the column that holds the state", required=True),
        "enter": Field(_Table(_Says()), "every state: the event that coming into it says; `~` for none", required=True),
        "change": Field(ListOf(MOVE, single=False), "changes that say something else; the first that fits", ()),
    },
    title="`state`",
)


def _change(span: Span, **v: Any) -> Change:
    value = Value(v["column"], None, v["values"], v["otherwise"], span=span)
    return Change(value, _said(v)[0], v["carry"], v["when"], span)


CHANGE = Record(
    _change,
    {
        "column": Field(COLUMN, "the column that is watched", required=True),
        "event": Field(_Plain(SAY, lambda say, _: (say,)), "the event that a new value says", required=True),
        "values": VALUE_FIELDS["values"],
        "otherwise": VALUE_FIELDS["otherwise"],
        "carry": Field(Choice((*CARRIED, "nothing")), "what the event carries the new value as", "to"),
        "when": Field(Choice(("changes", "increases", "appears")), "which change of the value counts", "changes"),
        **{name: f for name, f in SAY_FIELDS.items() if name != "to"},
    },
    title="a change",
)
MILESTONE = Record(
    lambda span, **v: Milestone(_said(v), v["at"], v["after"], v["unit"], span),
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
    scalar=_Plain(COLUMN, lambda word, span: Submission(word, Say(Word("submitted", span), span=span), span)),
    mapping=Record(
        lambda span, **v: Submission(v["at"], _say(v["event"] or Word("submitted", span), span, v), span),
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
    scalar=_Plain(COLUMN, lambda word, span: Comparison(word, span=span)),
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
    lambda span, **v: Instants(v["formats"], v["zone"], v["epoch"], v["earliest"] or Instants().earliest),
    {
        "formats": Field(ListOf(TEXT), "how instants are written beside ISO 8601: `%d/%m/%Y %H:%M`; the first that fits", ()),
        "zone": Field(Text("a time zone such as `Europe/London`"), "the zone of instants written without an offset", ""),
        "epoch": Field(Choice(("seconds", "milliseconds", "microseconds")), "numbers count these since 1970", ""),
        "earliest": Field(Day(), "an instant before this day is a mistake (default 1990-01-01)"),
    },
    title="`instants`",
)
DELIMITER = Text("one character, or `tab`", r"tab|\\t|[\s\S]")

FIELDS: Map[str, Field] = {
    "mapping": Field(TEXT, "what this mapping reads, for people", ""),
    "shape": Field(Choice(SHAPES), "one row is an event, a snapshot of the ticket after a change, or a ticket", required=True),
    "format": Field(Choice(FORMATS), "guessed from the file when absent; gzip is recognised by itself", ""),
    "encoding": Field(TEXT, "of CSV and JSON; `utf-8` when absent, UTF-16 is recognised by its mark", ""),
    "delimiter": Field(DELIMITER, "of CSV; guessed from the header when absent", ""),
    "records": Field(TEXT, "in a JSON object: the path to the list that holds the rows", ""),
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
    "compare": Field(MapOf(COMPARISON), "snapshots, tickets: by metric, what others say of it (a ticket's last row)", {}),
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
    from support_policy.service.mapping_checks import check_mapping

    findings = Findings()
    node = read_yaml(data, file, findings)
    made = MAPPING.read(node, findings) if node is not None else BAD
    if made is BAD:
        raise PolicyError(findings.sorted())
    check_mapping(made, {key.text: key.span for key, _ in node}, findings)  # type: ignore[union-attr]
    findings.raise_errors()
    return made  # type: ignore[no-any-return]
