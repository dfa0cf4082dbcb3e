"""Reading a scenario file: text to words, every problem with its place. What the policy must know is checked later."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Map
from typing import Any, get_args

from support_policy.service.scenario import Claim, Expectation, Happening, Scenario, ScenarioFile, Told
from support_policy.service.scenario_mail import POST
from support_policy.service.scenario_when import Instants
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Mapping, Node
from support_policy.source.shape import (
    BAD,
    NAME,
    TEXT,
    TRIGGER,
    Choice,
    Field,
    ListOf,
    MapOf,
    OneOf,
    Raw,
    Record,
    Schema,
    Shape,
    Text,
    Whole,
    YesNo,
)
from support_policy.source.span import Span
from support_policy.source.words import Word
from support_policy.source.yaml import read_yaml
from support_policy.ticket.state import TargetStatus

WHEN = Instants()
NONE = "none"
"""Stands for a priority that is not there."""
ITEM = Text(
    "a metric, a level such as `automatic.1`, or a timer such as `timer.auto-close`",
    r"[A-Za-z][A-Za-z0-9_-]{0,63}(/[^\s{}\[\],.:#]{1,64})?(\.[A-Za-z0-9_-]{1,64})?",
)
REASON = Text("the name of a rule, a metric, a chain, a level or an assumption", r"[A-Za-z0-9_.-]{1,200}")
CLAUSE = Text("the id of a clause", r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class _Kept(Record):
    """A record that hands its node on, so that every key can be found again in the text."""

    def made(self, node: Node, values: dict[str, Any]) -> Any:
        """See `Record.made`."""
        return self.build(node, values)


class _Someone(Shape):
    """A role alone. Gives a `Told`."""

    expected = "a role"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        word = NAME.read(node, findings)
        return BAD if word is BAD else Told(word, span=node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return NAME.schema()


TOLD = OneOf(
    "a role, or `{role, to, message}`",
    scalar=_Someone(),
    mapping=Record(
        lambda span, role, to, message: Told(role, to, message, span),
        {
            "role": Field(NAME, "who is told", required=True),
            "to": Field(TEXT, "the address that fills the role"),
            "message": Field(TEXT, "what stands in the subject or in the body"),
        },
        title="someone told",
    ),
)
CLAIMS: Map[str, Field] = {
    "state": Field(NAME, "the state of the ticket"),
    "priority": Field(NAME, "the priority in force; `none` before there is one"),
    "stated_priority": Field(NAME, "what the customer stated, or `none`"),
    "assessed_priority": Field(NAME, "what the rules make of the facts, or `none`"),
    "escalation_level": Field(Whole(0, 999), "the highest level fired; 1 once a request was accepted; else 0"),
    "clarification_advised": Field(YesNo(), "whether the engineer is advised to ask about the priority"),
    "targets": Field(MapOf(Choice(get_args(TargetStatus)), ITEM), "every metric that has a clock, and how it stands"),
    "due": Field(MapOf(WHEN, ITEM), "everything that is pending (targets, levels, timers), and when it falls due"),
    "fired": Field(ListOf(ITEM), "every level and timer that has fired until then; `[]`: none"),
    "notified": Field(ListOf(TOLD), "everyone told since the expectation before, and no one else"),
    "because": Field(ListOf(REASON, least=1), "rules, metrics, levels, assumptions that are among the reasons"),
    "not_because": Field(ListOf(REASON, least=1), "and those that are not"),
    "rules": Field(ListOf(REASON), "every rule that holds then, of those that decide priority, advice and targets"),
    "refused": Field(ListOf(TRIGGER), "every event refused until then"),
}
"""What may be expected of a ticket at an instant."""


def _expectation(node: Node, values: dict[str, Any]) -> Expectation:
    entries = node.entries if isinstance(node, Mapping) else ()
    claims = {key.text: Claim(key, value, values[key.text]) for key, value in entries if key.text in CLAIMS}
    return Expectation(values["at"], claims, node.span)


EXPECTATION = _Kept(
    _expectation,
    {"at": Field(WHEN, "when it is looked at; what is due at that very instant has happened", required=True), **CLAIMS},
    title="an expectation",
)
EVENT_TEXTS = ("by", "actor", "on_behalf_of", "id")


def _happening(span: Span, **v: Any) -> Happening:
    texts = {name: v[name] for name in EVENT_TEXTS if v[name] is not None}
    return Happening(v["type"], v["at"], v["recorded"], texts, v["rest"], v["fields"], span)


EVENT = Record(
    _happening,
    {
        "at": Field(WHEN, "when it happens", required=True),
        "type": Field(TRIGGER, "the event's type", required=True),
        "recorded": Field(WHEN, "when it becomes known, if later"),
        "by": Field(TEXT, "who does it: customer, engineer, manager, director or automatic"),
        "actor": Field(TEXT, "the authenticated principal"),
        "on_behalf_of": Field(TEXT, "whom the actor acts for"),
        "id": Field(TEXT, "makes sending it twice harmless"),
        "fields": Field(Raw({"type": "object"}), "facts of the ticket that it sets; they may also stand beside"),
    },
    title="an event",
    rest=Field(Raw(), "a fact, or what the event carries (`to`, `reason`, `via`, ...)"),
)
MAIL = Record(
    lambda span, at, recorded, mail: Happening(Word("mail", span), at, recorded, {}, {}, None, span, mail),
    {
        "at": Field(WHEN, "when it comes in", required=True),
        "recorded": EVENT.fields["recorded"],
        "mail": Field(POST, "what comes in: the rules `intake` say which events it is", required=True),
    },
    title="a mail that comes in",
)


class _Happens(Shape):
    """An event, or a mail that comes in."""

    expected = EVENT.expected

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        # A policy may have a fact called `mail`; what comes in is no single value.
        mail = node.get("mail") if isinstance(node, Mapping) else None
        return (MAIL if isinstance(mail, Mapping) else EVENT).read(node, findings)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"anyOf": [EVENT.schema(), MAIL.schema()]}

    def within(self) -> Iterator[tuple[str, Shape]]:
        """See `Shape.within`."""
        yield from (("", shape) for shape in (EVENT, MAIL))


ZONE = Text("a time zone such as `Europe/London`")
_ZONE_SAYS = "the zone of wall times; when absent, that of the office that serves the ticket"
SCENARIO = Record(
    lambda span, **v: Scenario(v.pop("scenario"), span=span, **v),
    {
        "scenario": Field(
            TEXT, "what the ticket shows, in a few words; no other in the file has this name", required=True
        ),
        "clauses": Field(ListOf(CLAUSE), "the clauses of the policy that it shows", ()),
        "start": Field(Instants(whole=True), "when the ticket begins; `+2h` counts from it", required=True),
        "ticket": Field(TEXT, "the ticket's number", "VS-1"),
        "zone": Field(ZONE, _ZONE_SAYS),
        "events": Field(
            ListOf(_Happens(), single=False, least=1),
            "what happens, in the order in which it becomes known",
            required=True,
        ),
        "expect": Field(
            ListOf(EXPECTATION, single=False, least=1), "what is expected, in the order of time", required=True
        ),
    },
    title="a scenario",
)
FIELDS: Map[str, Field] = {
    "zone": Field(ZONE, _ZONE_SAYS),
    "previous": Field(
        ListOf(TEXT, least=1),
        "the policy's versions before it, the oldest first: folders, as seen from this file (default: `--previous`)",
        (),
    ),
    "scenarios": Field(ListOf(SCENARIO, single=False, least=1), "the stories of this file", required=True),
}
SCENARIO_FILE = Record(
    lambda span, **v: ScenarioFile(v["scenarios"], v["zone"], span, v["previous"]), FIELDS, title="a scenario file"
)


def read_scenarios(data: bytes | str, file: str) -> ScenarioFile:
    """The scenarios that a file says. Raises `PolicyError` with every problem of the text itself."""
    findings = Findings()
    node = read_yaml(data, file, findings)
    made: Any = SCENARIO_FILE.read(node, findings) if node is not None else BAD
    if made is not BAD:
        _check(made, findings)
    findings.raise_errors()
    read: ScenarioFile = made
    return read


def _check(file: ScenarioFile, findings: Findings) -> None:
    _twice([scenario.name for scenario in file.scenarios], "a scenario of this file", findings)
    for scenario in file.scenarios:
        _twice(scenario.clauses, "a clause", findings)
        for expectation in scenario.expect:
            if not expectation.claims:
                said = "nothing is expected here: this could never fail"
                findings.error("T607", expectation.span, said, "say for example `state: open`, or remove it")
            for name, claim in expectation.claims.items():
                if isinstance(claim.value, tuple) and name != "notified":
                    _twice(claim.value, f"an entry of `{name}`", findings)


def _twice(words: Any, what: str, findings: Findings) -> None:
    first: dict[str, Word] = {}
    for word in words:
        before = first.setdefault(str(word), word)
        if before is not word:
            related = (("first written here", before.span),)
            findings.error("T608", word.span, f"`{word}` is {what} already", "keep one of the two", related=related)
