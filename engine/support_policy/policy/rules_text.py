"""The shapes of the files under rules/: facts, events, rule sets, directory, clauses."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import replace
from typing import Any

from support_policy.model.condition import Variable
from support_policy.model.policy import Action, Clause, EventWords
from support_policy.policy.directory_text import ORGANIZATION, ROTA, STAND_IN, TEAM
from support_policy.policy.matrix import MATRIX
from support_policy.policy.promise_text import SAYS
from support_policy.policy.templates_text import TEMPLATES
from support_policy.policy.week import CLAUSE_ID, CLAUSES
from support_policy.source.nodes import Node
from support_policy.source.record import record
from support_policy.source.shape import (
    BAD,
    NAME,
    TEXT,
    TRIGGER,
    Bare,
    Choice,
    Field,
    ListOf,
    MapOf,
    OneOf,
    Partial,
    Raw,
    Schema,
    YesNo,
)
from support_policy.source.span import Span

FACT_TYPES = {"boolean": "boolean", "number": "numeric", "text": "string", "list": "select_multiple", "tags": "select"}


@record
class FactText:
    """A declared fact with the clauses that ask for it."""

    variable: Variable
    clause: tuple[str, ...]


@record
class RuleText:
    """A rule whose conditions are not read yet: their values depend on the facts."""

    id: str
    says: str
    clause: tuple[str, ...]
    conditions: Node | None
    otherwise: bool
    actions: tuple[Action, ...]
    span: Span


def _fact(span: Span, **v: Any) -> Any:
    if v["type"] is BAD:
        return BAD
    kind = FACT_TYPES[v["type"]]
    return FactText(Variable("", kind, v["one_of"], span), v["clause"])  # type: ignore[arg-type]


FACT = OneOf(
    "`boolean`, `number`, `text`, `list`, `tags`, or `{one_of: [...]}`",
    scalar=Bare(
        Choice(tuple(FACT_TYPES)),
        lambda word, span: FactText(Variable("", FACT_TYPES[word], (), span), ()),  # type: ignore[arg-type]
    ),
    mapping=Partial(
        _fact,
        {
            "type": Field(Choice(tuple(FACT_TYPES)), "what kind of value it has", "text"),
            "one_of": Field(ListOf(TEXT, single=False, least=1, most=500), "the values it may take", ()),
            "says": SAYS,
            "clause": CLAUSES,
        },
        title="a fact",
    ),
)


def _event(span: Span, **v: Any) -> EventWords:
    carries = {
        str(name): fact if fact is BAD else replace(fact.variable, name=str(name))
        for name, fact in (v["carries"] or {}).items()
    }
    return EventWords("", v["says"], v["by"], carries, v["requires"], v["clause"], span)


EVENT = Partial(
    _event,
    {
        "says": SAYS,
        "by": Field(ListOf(NAME), "the roles that may give it (default: anyone)", ()),
        "carries": Field(MapOf(FACT), "what it carries, typed as facts are", {}),
        "requires": Field(ListOf(NAME), "what it must carry, or it is refused", ()),
        "clause": CLAUSES,
    },
    title="an event type",
)
CONDITIONS_SCHEMA: Schema = {
    "$ref": "#/$defs/condition",
}
CONDITION_DEFS: Schema = {
    "condition": {
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "a fact"},
                    "operator": {"type": "string", "description": "how it is compared"},
                    "value": {"description": "with what"},
                },
                "required": ["name", "operator"],
                "additionalProperties": False,
            },
            *(
                {
                    "type": "object",
                    "properties": {key: {"type": "array", "items": {"$ref": "#/$defs/condition"}}},
                    "required": [key],
                    "additionalProperties": False,
                }
                for key in ("all", "any")
            ),
            {
                "type": "object",
                "properties": {"not": {"$ref": "#/$defs/condition"}},
                "required": ["not"],
                "additionalProperties": False,
            },
        ]
    }
}
ACTION = Partial(
    lambda span, **v: Action(v["name"], v["params"], span),
    {
        "name": Field(NAME, "what is done", required=True),
        "params": Field(MapOf(TEXT), "with what", {}),
    },
    title="an action",
)
RULE = Partial(
    RuleText,
    {
        "id": Field(NAME, "the rule's name, cited by every decision", required=True),
        "says": SAYS,
        "clause": CLAUSES,
        "conditions": Field(
            Raw(CONDITIONS_SCHEMA),
            "when the rule holds (or `otherwise`): `all`, `any`, `not`, `{name, operator, value}`",
        ),
        "otherwise": Field(YesNo(), "the rule always holds (the last of a `first` set)", default=False),
        "actions": Field(ListOf(ACTION, single=False), "what follows", ()),
    },
    title="a rule",
)
CLAUSE = Partial(
    lambda span, **v: Clause("", v["says"], v["binds"], span),
    {
        "says": Field(TEXT, "the statement, in our words", required=True),
        "binds": Field(YesNo(), "`no` where no rule can follow from it", default=True),
    },
    title="a clause",
)
RULES_FIELDS: Map[str, Field] = {
    "rule_set": Field(NAME, "the name of the rules below"),
    "hit_policy": Field(
        Choice(("first", "collect")), "`first`: the first that holds; `collect`: all that hold", "collect"
    ),
    "rules": Field(ListOf(RULE, single=False), "the rules", ()),
    "matrix": Field(MATRIX, "rules as a table of two facts, after those of `rules`"),
    "events": Field(MapOf(EVENT, TRIGGER), "what event types carry, and who may give them", {}),
    "facts": Field(MapOf(FACT), "what may be known about a ticket", {}),
    "organizations": Field(MapOf(ORGANIZATION), "the directory of customers", {}),
    "unknown_organization": Field(ORGANIZATION, "who looks after a ticket of an unknown organization"),
    "stand_ins": Field(
        ListOf(STAND_IN, single=False, most=2_000), "who is told in place of somebody else, and when", ()
    ),
    "teams": Field(MapOf(TEAM), "the teams that tickets are handed to (`team` of an event)", {}),
    "rotas": Field(MapOf(ROTA), "roles that are filled in turns, by the name of the role", {}),
    "clauses": Field(
        MapOf(CLAUSE, CLAUSE_ID),
        "the source document, statement by statement",
        {},
    ),
    "templates": TEMPLATES,
}
