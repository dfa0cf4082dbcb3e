"""The files of a policy folder to words. Names are checked against one another in `checks.py`, not here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from support_policy.model.calendars import Joint, Office
from support_policy.model.condition import AnyOf, Leaf, Not, Variable
from support_policy.model.directory import Organization, RotaText, StandIn, Team
from support_policy.model.policy import Clause, EventWords, PolicyText, Rule, RuleSetText, Template
from support_policy.model.promise import Chain, Priority
from support_policy.model.workflow import Workflow
from support_policy.policy.conditions import read_condition
from support_policy.policy.declared import Declared, declared_names
from support_policy.policy.matrix import matrix_rules
from support_policy.policy.names import LIFECYCLE, RULE_SETS, variables_for
from support_policy.policy.rules_text import RULES_FIELDS, FactText, RuleText
from support_policy.policy.settings import defaults
from support_policy.policy.text import POLICY_FIELDS
from support_policy.policy.workflow_text import WORKFLOW_FIELDS, workflow
from support_policy.source.diagnostics import Findings
from support_policy.source.shape import BAD, Partial
from support_policy.source.span import Span
from support_policy.source.yaml import read_yaml

T = TypeVar("T")
MAIN = "policy.yaml"


def _fields(span: Span, **values: Any) -> dict[str, Any]:
    return {**values, "span": span}


POLICY = Partial(_fields, POLICY_FIELDS, title="policy.yaml")
RULES = Partial(_fields, RULES_FIELDS, title="a file under rules/")
WORKFLOW = Partial(workflow, WORKFLOW_FIELDS, title="a workflow")


@dataclass(slots=True)
class Draft:
    """What the files say, so far as they could be read.

    `declared` knows also the names of what could not be read; `torn` are the workflows with something unreadable in
    them; `whole` is whether everything could be read; `calendar_files` are the .ics files, unread;
    `offices` and `calendars` are the names of both as written.
    """

    text: PolicyText
    workflows: dict[str, Workflow]
    declared: Declared
    torn: frozenset[str] = frozenset()
    whole: bool = True
    calendar_files: Mapping[str, bytes] = field(default_factory=dict)
    offices: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()


def read_policy(files: Mapping[str, bytes], findings: Findings) -> Draft | None:
    """Read `files` (name relative to the policy's folder, `policy.yaml` among them); None when nothing can be made."""
    main: dict[str, Any] | None = None
    rules: list[dict[str, Any]] = []
    workflows: dict[str, Workflow] = {}
    unread: list[str] = []
    torn: set[str] = set()
    calendar_files = {name: files[name] for name in sorted(files) if name.lower().endswith(".ics")}
    for name in sorted(files.keys() - calendar_files.keys()):
        before = len(findings.errors)
        node = read_yaml(files[name], name, findings)
        found = BAD if node is None else _shape(name).read(node, findings)
        if found is BAD:
            unread.append(name)
        elif name == MAIN:
            main = found
        elif isinstance(found, Workflow):
            if found.name is BAD:
                unread.append(name)
                continue
            _once(workflows, found.name, found, found.span, "workflow", findings)
            if len(findings.errors) > before:
                torn.add(found.name)
        else:
            rules.append(found)
    if main is None:
        return None
    declared = declared_names(main, rules, workflows.values(), unread)
    draft = _combine(main, rules, workflows, declared, findings)
    draft.torn, draft.whole, draft.calendar_files = frozenset(torn), not findings.errors, calendar_files
    return draft


def _shape(name: str) -> Partial:
    if name == MAIN:
        return POLICY
    return WORKFLOW if name.startswith("workflows/") else RULES


def _once(into: dict[str, Any], name: str, value: Any, span: Span, what: str, findings: Findings) -> None:
    first = into.setdefault(name, value)
    if first is not value:
        related = (("first declared here", first.span),)
        findings.error("P305", span, f"the {what} `{name}` is declared twice", "rename or remove one", related=related)


def _named(table: Mapping[str, Any] | None, make: Callable[[str, Any], T]) -> dict[str, T]:
    return {str(name): make(name, value) for name, value in (table or {}).items() if value is not BAD}


@dataclass(slots=True)
class _Gathered:
    """What the files under rules/ say together."""

    facts: dict[str, FactText] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    clauses: dict[str, Clause] = field(default_factory=dict)
    events: dict[str, EventWords] = field(default_factory=dict)
    sets: dict[str, dict[str, Any]] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    unknown: Organization | None = None
    stand_ins: list[StandIn] = field(default_factory=list)
    rotas: dict[str, RotaText] = field(default_factory=dict)


_PARTS = {
    "organizations": "organization",
    "teams": "team",
    "clauses": "clause",
    "rotas": "rota",
    "events": "event type",
    "templates": "template",
}
"""What files under rules/ declare by name, and what one of each is called."""


def _with_name(name: str, value: Any) -> Any:
    if isinstance(value, Clause):
        return replace(value, id=str(name))
    # An event type knows where it stands: it is checked against the workflows.
    return replace(value, name=name if isinstance(value, EventWords) else str(name))


def _gather(rules: list[dict[str, Any]], findings: Findings) -> _Gathered:
    made = _Gathered()
    for part in rules:
        for name, fact in _named(part["facts"], _fact).items():
            _once(made.facts, name, fact, fact.variable.span, "fact", findings)
        for key, what in _PARTS.items():
            for name, value in _named(part[key], _with_name).items():
                _once(getattr(made, key), name, value, value.span, what, findings)
        made.stand_ins += part["stand_ins"]
        name, other = part["rule_set"], part["unknown_organization"]
        if name:
            first = made.sets.setdefault(name, part)
            if first is not part:
                related = (("first declared here", first["rule_set"].span),)
                help = "put the rules into one file, or name another set"
                findings.error("P305", name.span, f"the rule set `{name}` is declared twice", help, related=related)
        elif (part["rules"] or part["matrix"]) and name is not BAD:
            findings.error("S206", part["span"], "`rule_set` is missing here", "name the set these rules belong to")
        if other and made.unknown:
            related = (("first declared here", made.unknown.span),)
            said = "`unknown_organization` is declared twice"
            findings.error("P305", other.span, said, "keep one of the two", related=related)
        made.unknown = made.unknown or other or None
    return made


def _combine(
    main: dict[str, Any],
    rules: list[dict[str, Any]],
    workflows: dict[str, Workflow],
    declared: Declared,
    findings: Findings,
) -> Draft:
    said = _gather(rules, findings)
    priorities = _named(main["priorities"], _priority)
    offices = _named(main["offices"], lambda n, v: _office(n, v, main["business_hours"]))
    variables = {name: fact.variable for name, fact in said.facts.items()}
    options = _options(main, workflows)
    hours_clause = (main["business_hours"] or ({}, ()))[1]
    requested = [str(name) for name, chain in (main["escalation"] or {}).items() if chain is not BAD and chain.on]
    text = PolicyText(
        name=str(main["policy"] or ""),
        version=str(main["version"] or ""),
        effective_from=main["effective_from"],
        open_tickets=main["open_tickets"],
        contact=main["contact"],
        default_office=main["default_office"] or next(iter(offices), ""),
        hours_clause=hours_clause,
        offices=offices,
        special_days=main["special_days"] or (),
        priorities=priorities,
        plans=_named(main["plans"], lambda n, v: replace(v, name=str(n), label=v.label or str(n))),
        metrics=_named(main["metrics"], lambda n, v: replace(v, name=str(n))),
        chains=_named(main["escalation"], _chain),
        schedules=_named(main["schedules"], lambda n, v: replace(v, name=str(n))),
        events=said.events,
        settings={**defaults(tuple(priorities)), **(main["assumptions"] or {})},
        facts=variables,
        fact_clauses={name: fact.clause for name, fact in said.facts.items()},
        rule_sets={
            str(name): _rule_set(
                str(name),
                part,
                variables_for(str(name), variables, options, main["metrics"] or (), said.events.values(), requested),
                findings,
            )
            for name, part in said.sets.items()
        },
        organizations=said.organizations,
        teams=said.teams,
        unknown_organization=said.unknown,
        clauses=said.clauses,
        calendars=_named(main["calendars"], lambda n, v: _calendar(n, v, main["business_hours"])),
        maintenance=main["maintenance"] or (),
        stand_ins=tuple(said.stand_ins),
        rotas=said.rotas,
        span=main["span"],
        templates=said.templates,
        mail=main["mail"] or None,
    )
    names = tuple(tuple(main[key] or ()) for key in ("offices", "calendars"))
    return Draft(text, workflows, declared, offices=names[0], calendars=names[1])


def _fact(name: str, fact: FactText) -> FactText:
    return FactText(replace(fact.variable, name=str(name)), fact.clause)


def _priority(name: str, priority: Priority) -> Priority:
    return replace(priority, name=str(name), label=priority.label or str(name))


def _office(name: str, office: Office, hours: Any) -> Office:
    if office.hours is BAD or office.hours:
        return replace(office, name=str(name))
    return replace(office, name=str(name), hours=BAD if hours is BAD else hours[0] if hours else {})


def _calendar(name: str, calendar: Office | Joint, hours: Any) -> Office | Joint:
    return replace(calendar, name=str(name)) if isinstance(calendar, Joint) else _office(name, calendar, hours)


def _chain(name: str, chain: Chain) -> Chain:
    return replace(chain, name=str(name))


def _options(main: dict[str, Any], workflows: Mapping[str, Workflow]) -> dict[str, tuple[str, ...]]:
    """The closed lists of values of built-in variables, from the names declared (broken entries included)."""
    priorities = tuple(map(str, main["priorities"] or ()))
    life = workflows.get(LIFECYCLE)
    return {
        "stated_priority": priorities,
        "assessed_priority": priorities,
        "priority": priorities,
        "office": tuple(map(str, main["offices"] or ())),
        "state": tuple(state.name for state in life.states if state.name is not BAD) if life else (),
    }


def _rule_set(name: str, part: dict[str, Any], variables: Mapping[str, Variable], findings: Findings) -> RuleSetText:
    made: list[Rule] = []
    for rule in part["rules"]:
        condition = _condition(rule, variables, findings)
        if condition is not None:
            made.append(Rule(rule.id, rule.says, condition, rule.actions, rule.clause, rule.span))
    matrix = part["matrix"]
    if matrix and name != "priority" and name in RULE_SETS:
        help = "the cells of a matrix are priorities: use it in the rule set `priority`"
        findings.error("P351", matrix.span, "a matrix cannot stand here", help)
    elif matrix and name == "priority":
        made += matrix_rules(matrix, variables, findings)
    hit = str(part["hit_policy"])
    if name == "priority" and hit != "first" and part["hit_policy"] is not BAD:
        help = "a ticket has one priority, so the first rule that holds decides"
        findings.error("P306", part["rule_set"].span, "the rule set `priority` needs `hit_policy: first`", help)
    return RuleSetText(name, "first" if hit == "first" else "collect", tuple(made), part["rule_set"].span)


def _condition(rule: RuleText, variables: Mapping[str, Variable], findings: Findings) -> Any:
    if rule.otherwise and rule.conditions is None:
        # Always true, in the words every interpreter already knows.
        known = Leaf("organization", "is_missing", None, rule.span)
        return AnyOf((known, Not(known, rule.span)), rule.span)
    if rule.otherwise is BAD:
        return None
    if rule.conditions is None:
        findings.error(
            "S206", rule.span, "`conditions` is missing here", "or `otherwise: yes`, for a rule that always holds"
        )
        return None
    if rule.otherwise:
        findings.error("P304", rule.span, "`otherwise` cannot stand beside `conditions`", "remove one of the two")
        return None
    return read_condition(rule.conditions, variables, findings)
