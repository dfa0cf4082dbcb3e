"""The shapes of the files under rules/ (facts, rule sets, directory, clauses) and workflows/."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any

from support_policy.model.condition import Variable
from support_policy.model.policy import Action, Clause
from support_policy.model.workflow import State, Transition, Workflow
from support_policy.policy.directory_text import ORGANIZATION, ROTA, STAND_IN
from support_policy.policy.text import SAYS, _Bare
from support_policy.policy.week import CLAUSE_ID, CLAUSES
from support_policy.source.nodes import Node
from support_policy.source.record import record
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
    Partial,
    Raw,
    Schema,
    Text,
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
    scalar=_Bare(
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
            Raw(CONDITIONS_SCHEMA), "when the rule holds: `all`, `any`, `not`, `{name, operator, value}`"
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
    "facts": Field(MapOf(FACT), "what may be known about a ticket", {}),
    "organizations": Field(MapOf(ORGANIZATION), "the directory of customers", {}),
    "unknown_organization": Field(ORGANIZATION, "who looks after a ticket of an unknown organization"),
    "stand_ins": Field(
        ListOf(STAND_IN, single=False, most=2_000), "who is told in place of somebody else, and when", ()
    ),
    "rotas": Field(MapOf(ROTA), "roles that are filled in turns, by the name of the role", {}),
    "clauses": Field(
        MapOf(CLAUSE, CLAUSE_ID),
        "the source document, statement by statement",
        {},
    ),
}

STATE_NAMES = ListOf(Text("a state, or `*` for any", r"[A-Za-z][A-Za-z0-9_-]{0,63}|\*"), least=1)
STATE = OneOf(
    "a state's name, or `{name, label, final}`",
    scalar=_Bare(NAME, lambda word, span: State(word, span=span)),
    mapping=Partial(
        lambda span, **v: State(v["name"], v["final"], v["label"], span),
        {
            "name": Field(NAME, "the state's name", required=True),
            "label": Field(TEXT, "what people call it", ""),
            "final": Field(YesNo(), "whether what is still open is withdrawn on entering it", default=False),
        },
        title="a state",
    ),
)


def _transition(span: Span, **v: Any) -> Transition:
    return Transition(
        v["trigger"],
        v["source"],
        v["dest"],
        v["conditions"],
        v["unless"],
        v["requires"],
        v["clause"],
        v["says"],
        span,
    )


TRANSITION = Partial(
    _transition,
    {
        "trigger": Field(TRIGGER, "the event (or `chain.level`) that makes the move", required=True),
        "source": Field(STATE_NAMES, "from which states; `*` for any", required=True),
        "dest": Field(
            Text("a state, or `=` for the same", r"[A-Za-z][A-Za-z0-9_-]{0,63}|="), "to which state", required=True
        ),
        "conditions": Field(ListOf(NAME), "rules of the set `guards` that must hold", ()),
        "unless": Field(ListOf(NAME), "rules of the set `guards` that must not hold", ()),
        "requires": Field(ListOf(NAME), "what the event must carry, such as `reason`", ()),
        "clause": CLAUSES,
        "says": SAYS,
    },
    title="a transition",
)
WORKFLOW_FIELDS: Map[str, Field] = {
    "workflow": Field(NAME, "the workflow's name; `request` is the life of a ticket", required=True),
    "initial": Field(NAME, "the state in which it begins", required=True),
    "states": Field(ListOf(STATE, single=False, least=1), "its states", required=True),
    "transitions": Field(ListOf(TRANSITION, single=False, least=1), "its moves", required=True),
}


def workflow(span: Span, **v: Any) -> Workflow:
    """A workflow from its fields."""
    return Workflow(v["workflow"], v["initial"], v["states"], v["transitions"], span)
