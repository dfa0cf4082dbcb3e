"""Checks of rules: names are declared once, conditions and actions fit their set; what events carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from support_policy.kernel.check import check_condition
from support_policy.model.condition import All, AnyOf, Condition, Leaf, Not, Variable
from support_policy.model.policy import Action, Rule, RuleSetText
from support_policy.policy.checks_base import Names
from support_policy.policy.checks_mail import check_fact_set, check_given
from support_policy.policy.choices import NO_TARGET
from support_policy.policy.names import ACTORS, RULE_SETS, TAKEN, variables_for
from support_policy.source.diagnostics import nearest
from support_policy.source.shape import BAD
from support_policy.source.span import Span
from support_policy.source.words import parse_duration, span_of


def check_rules(names: Names) -> None:
    """Every rule of every set, and every declared event type."""
    seen: dict[str, Span] = {}
    for rule_set in names.text.rule_sets.values():
        if not names.offered(rule_set.name, RULE_SETS, "rule set that the engine asks, called", rule_set.span):
            continue
        for rule in rule_set.rules:
            first = seen.setdefault(rule.id, rule.span)
            if first is not rule.span and rule.id is not BAD:
                related = (("first declared here", first),)
                said = f"the rule `{rule.id}` is declared twice"
                names.findings.error("P305", span_of(rule.id, rule.span), said, "rename or remove one", related=related)
            _rule(names, rule, rule_set)
    _events(names)


def _rule(names: Names, rule: Rule, rule_set: RuleSetText) -> None:
    declared = names.declared.names
    options = dict.fromkeys(("stated_priority", "assessed_priority", "priority"), declared["priority"])
    options |= {"office": declared["office"], "state": tuple(names.life.states) if names.life else ()}
    if names.draft.whole and names.text.plans:
        held = (plan for o in names.text.organizations.values() for plan in (o.plan, *(c.plan for c in o.contracts)))
        options["plan"] = tuple(dict.fromkeys([*names.text.plans, *map(str, filter(None, held))]))
    variables = variables_for(
        rule_set.name, names.text.facts, options, declared["metric"], names.text.events.values(), names.text.requested
    )
    # Rules of `intake` ask no facts: there is nothing that could not be read.
    condition = rule.condition if rule_set.name == "intake" else _readable(names, rule.condition, variables)
    check_condition(condition, variables, names.findings)
    offered = RULE_SETS[rule_set.name]
    for action in rule.actions:
        if not offered:
            said = f"rules of `{rule_set.name}` only hold or do not: they take no actions"
            names.findings.error("P317", action.span, said, "remove `actions`")
        elif names.offered(action.name, offered, f"action in `{rule_set.name}` called", action.span):
            _params(names, action, offered.get(action.name, ()))
    if offered and rule.actions == () and names.draft.whole:
        said = f"the rule `{rule.id}` does nothing"
        help = f"actions here: {', '.join(f'`{name}`' for name in offered)}"
        names.findings.error("P317", rule.span, said, help)


def _readable(names: Names, condition: Condition, variables: Mapping[str, Variable]) -> Condition:
    """The condition without leaves over facts whose declaration could not be read."""
    match condition:
        case All(items) | AnyOf(items) if items:
            return replace(condition, items=tuple(_readable(names, item, variables) for item in items))
        case Not(item):
            return replace(condition, item=_readable(names, item, variables))
        case Leaf(name) if name not in variables and names.declared.has("fact", name):
            return Leaf("organization", "is_missing", None, condition.span)
    return condition


def _params(names: Names, action: Action, wanted: tuple[str, ...]) -> None:
    if action.params is BAD:
        return
    every = [name.rstrip("?") for name in wanted]
    if action.name == "give":
        every += [name for name in names.carried if name not in every]
    for name, value in action.params.items():
        if names.offered(name, every, f"parameter of `{action.name}` called", action.span) and value is not BAD:
            _param(names, action, name, value)
    for name in wanted:
        if name.endswith("?") or name in action.params:
            continue
        if not any(nearest(given, every) == name for given in action.params):
            help = f"`params: {{{name}: ...}}`"
            names.findings.error("S206", action.span, f"`{name}` is missing in `params`", help)
    if action.name == "set_fact":
        check_fact_set(names, action)
    elif action.name == "give":
        check_given(names, action)


def _param(names: Names, action: Action, name: str, value: str) -> None:
    if name == "priority":
        names.known(value, "priority", action.span)
    elif name == "role":
        names.role(value, action.span)
    elif name == "metric":
        names.known(value, "metric", action.span)
    elif name == "chain":
        names.known(value, "escalation chain", action.span)
    elif name == "calendar":
        names.calendar(value, action.span)
    elif name == "within" and value != NO_TARGET:
        found = parse_duration(value)
        if isinstance(found, str):
            names.findings.error("S203", span_of(value, action.span), f"`{value[:60]}` is not a duration", found)


def _events(names: Names) -> None:
    kinds: dict[str, Variable] = {}
    for words in names.text.events.values():
        names.event(words.name, words.span)
        for actor in words.by:
            names.offered(actor, ACTORS, "actor", words.span)
        for name in words.requires:
            names.offered(name, [*words.carries, *names.carried], "key that it carries, called", words.span)
        for name, variable in words.carries.items():
            if variable is BAD:
                continue
            if name in TAKEN:
                said = f"every event says `{name}` of itself"
                names.findings.error("P356", variable.span, said, "name what it carries differently")
            first = kinds.setdefault(name, variable)
            if (first.type, first.options) != (variable.type, variable.options):
                said = f"`{name}` is carried in two ways"
                related = (("first declared here", first.span),)
                help = "one name has one type and one list of values, so that rules can ask for it"
                names.findings.error("P305", variable.span, said, help, related=related)
