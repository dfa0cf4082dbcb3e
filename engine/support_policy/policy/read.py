"""The files of a policy folder to words. Names are checked against one another in `checks.py`, not here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from support_policy.model.condition import AnyOf, Leaf, Not, Variable
from support_policy.model.policy import (
    Chain,
    Clause,
    Metric,
    Office,
    Organization,
    PolicyText,
    Priority,
    Rule,
    RuleSetText,
)
from support_policy.model.workflow import Workflow
from support_policy.policy.conditions import read_condition
from support_policy.policy.names import variables_for
from support_policy.policy.rules_text import RULES_FIELDS, WORKFLOW_FIELDS, FactText, RuleText, workflow
from support_policy.policy.settings import defaults
from support_policy.policy.text import POLICY_FIELDS
from support_policy.source.diagnostics import Findings
from support_policy.source.shape import BAD, Record
from support_policy.source.span import Span
from support_policy.source.yaml import read_yaml

T = TypeVar("T")


def _fields(span: Span, **values: Any) -> dict[str, Any]:
    return {**values, "span": span}


def _lenient(fields: Mapping[str, Any], title: str) -> Record:
    return _Lenient(_fields, fields, title=title)


class _Lenient(Record):
    """A top level that gives what could be read even when some of it could not, so that all problems show at once."""

    def read(self, node: Any, findings: Findings) -> Any:
        """See `Shape.read`."""
        made = super().read(node, findings)
        if made is not BAD:
            return made
        values: dict[str, Any] = {name: f.default for name, f in self.fields.items()}
        values["span"] = node.span
        for key, value in getattr(node, "entries", ()):
            if key.text in self.fields:
                # Read again only for the value: what is wrong with it was said above.
                found = self.fields[key.text].shape.read(value, Findings())
                values[key.text] = self.fields[key.text].default if found is BAD else found
        return values


POLICY = _lenient(POLICY_FIELDS, "policy.yaml")
RULES = _lenient(RULES_FIELDS, "a file under rules/")
WORKFLOW = Record(workflow, WORKFLOW_FIELDS, title="a workflow")


@dataclass(slots=True)
class Draft:
    """What the files say, and whether all of it could be read."""

    text: PolicyText
    workflows: dict[str, Workflow]
    clause_uses: list[tuple[str, Span]] = field(default_factory=list)


def read_policy(files: Mapping[str, bytes], findings: Findings) -> Draft | None:
    """Read `files` (name relative to the policy's folder, `policy.yaml` among them); None when nothing can be made."""
    main: dict[str, Any] | None = None
    rules: list[dict[str, Any]] = []
    workflows: dict[str, Workflow] = {}
    for name in sorted(files):
        node = read_yaml(files[name], name, findings)
        if node is None:
            continue
        if name.rpartition("/")[2] in ("policy.yaml", "policy.yml") and "/" not in name:
            found = POLICY.read(node, findings)
            main = None if found is BAD else found
        elif "workflows/" in name:
            machine = WORKFLOW.read(node, findings)
            if machine is not BAD:
                _once(workflows, machine.name, machine, machine.span, "workflow", findings)
        else:
            found = RULES.read(node, findings)
            if found is not BAD:
                rules.append(found)
    return None if main is None else _combine(main, rules, workflows, findings)


def _once(into: dict[str, Any], name: str, value: Any, span: Span, what: str, findings: Findings) -> None:
    first = into.setdefault(name, value)
    if first is not value:
        related = (("first declared here", first.span),)
        findings.error("P305", span, f"the {what} `{name}` is declared twice", "rename or remove one", related=related)


def _named(table: Mapping[str, Any] | None, make: Callable[[str, Any], T]) -> dict[str, T]:
    return {str(name): make(name, value) for name, value in (table or {}).items() if value is not BAD}


def _combine(
    main: dict[str, Any], rules: list[dict[str, Any]], workflows: dict[str, Workflow], findings: Findings
) -> Draft:
    facts: dict[str, FactText] = {}
    organizations: dict[str, Organization] = {}
    clauses: dict[str, Clause] = {}
    sets: dict[str, dict[str, Any]] = {}
    unknown: Organization | None = None
    for part in rules:
        for name, fact in _named(part["facts"], _fact).items():
            _once(facts, name, fact, fact.variable.span, "fact", findings)
        for name, organization in _named(part["organizations"], lambda n, v: replace(v, name=str(n))).items():
            _once(organizations, name, organization, organization.span, "organization", findings)
        for name, clause in _named(part["clauses"], lambda n, v: replace(v, id=str(n))).items():
            _once(clauses, name, clause, clause.span, "clause", findings)
        if part["rule_set"]:
            if part["rule_set"] in sets:
                findings.error("P305", part["rule_set"].span, f"the rule set `{part['rule_set']}` is declared twice")
            sets.setdefault(part["rule_set"], part)
        elif part["rules"]:
            findings.error("S206", part["span"], "`rule_set` is missing here", "name the set these rules belong to")
        unknown = part["unknown_organization"] or unknown
    priorities = _named(main["priorities"], _priority)
    priorities = {name: replace(p, rank=i) for i, (name, p) in enumerate(priorities.items())}
    offices = _named(main["offices"], lambda n, v: _office(n, v, main["business_hours"]))
    variables = {name: fact.variable for name, fact in facts.items()}
    options = _options(main, workflows)
    hours_clause = (main["business_hours"] or ({}, ()))[1]
    text = PolicyText(
        name=str(main["policy"] or ""),
        version=str(main["version"] or ""),
        effective_from=main["effective_from"],
        contact=main["contact"],
        default_office=main["default_office"] or next(iter(offices), ""),
        hours_clause=hours_clause,
        offices=offices,
        special_days=main["special_days"] or (),
        priorities=priorities,
        metrics=_named(main["metrics"], lambda n, v: replace(v, name=str(n))),
        chains=_named(main["escalation"], _chain),
        schedules=_named(main["schedules"], lambda n, v: replace(v, name=str(n))),
        settings={**defaults(tuple(priorities)), **(main["assumptions"] or {})},
        facts=variables,
        rule_sets={
            str(name): _rule_set(str(name), part, variables_for(str(name), variables, options), findings)
            for name, part in sets.items()
        },
        organizations=organizations,
        unknown_organization=unknown,
        clauses=clauses,
        span=main["span"],
    )
    uses = [(clause, fact.variable.span) for fact in facts.values() for clause in fact.clause]
    uses += [(clause, main["span"]) for clause in hours_clause]
    return Draft(text, workflows, uses)


def _fact(name: str, fact: FactText) -> FactText:
    return FactText(replace(fact.variable, name=str(name)), fact.clause)


def _priority(name: str, priority: Priority) -> Priority:
    return replace(priority, name=str(name), label=priority.label or str(name))


def _office(name: str, office: Office, hours: Any) -> Office:
    return replace(office, name=str(name), hours=office.hours or (hours[0] if hours else {}))


def _chain(name: str, chain: Chain) -> Chain:
    return replace(chain, name=str(name))


def _options(main: dict[str, Any], workflows: Mapping[str, Workflow]) -> dict[str, tuple[str, ...]]:
    """The closed lists of values of built-in variables, from the names declared (broken entries included)."""
    priorities = tuple(map(str, main["priorities"] or ()))
    life = workflows.get("request")
    return {
        "stated_priority": priorities,
        "assessed_priority": priorities,
        "priority": priorities,
        "office": tuple(map(str, main["offices"] or ())),
        "state": tuple(state.name for state in life.states) if life else (),
    }


def _rule_set(name: str, part: dict[str, Any], variables: Mapping[str, Variable], findings: Findings) -> RuleSetText:
    made: list[Rule] = []
    for rule in part["rules"]:
        condition = _condition(rule, variables, findings)
        if condition is not None:
            made.append(Rule(rule.id, rule.says, condition, rule.actions, rule.clause, rule.span))
    hit = str(part["hit_policy"])
    if name == "priority" and hit != "first":
        findings.error("P306", part["span"], "the rule set `priority` needs `hit_policy: first`", "one priority results")
    return RuleSetText(name, "first" if hit == "first" else "collect", tuple(made), part["rule_set"].span)


def _condition(rule: RuleText, variables: Mapping[str, Variable], findings: Findings) -> Any:
    if rule.otherwise and rule.conditions is None:
        # Always true, in the words every interpreter already knows.
        known = Leaf("organization", "is_missing", None, rule.span)
        return AnyOf((known, Not(known, rule.span)), rule.span)
    if rule.conditions is None:
        findings.error("S206", rule.span, "`conditions` is missing here", "or `otherwise: yes`, for a rule that always holds")
        return None
    if rule.otherwise:
        findings.error("P304", rule.span, "`otherwise` cannot stand beside `conditions`", "remove one of the two")
        return None
    return read_condition(rule.conditions, variables, findings)


