"""Clauses and what cites them: every cited clause exists, every clause that binds is cited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from support_policy.model.policy import PolicyText
from support_policy.model.workflow import Workflow
from support_policy.policy.read import Draft
from support_policy.source.diagnostics import Findings, did_you_mean, nearest
from support_policy.source.span import Span
from support_policy.source.words import span_of


def citing(text: PolicyText, workflows: Mapping[str, Workflow]) -> Iterator[tuple[str, str, Span]]:
    """Every (clause, what cites it, where), in the order of the policy."""
    yield from ((c, "business_hours", span_of(c, text.span)) for c in text.hours_clause)
    if text.contact:
        yield from ((c, "contact", text.contact.span) for c in text.contact.clause)
    for metric in text.metrics.values():
        yield from ((c, f"metric {metric.name}", metric.span) for c in metric.clause)
    for priority in text.priorities.values():
        yield from ((c, f"priority {priority.name}", priority.span) for c in priority.clause)
    for chain in text.chains.values():
        yield from ((c, f"chain {chain.name}", chain.span) for c in chain.clause)
        for name, clauses in chain.clause_by_priority.items():
            yield from ((c, f"chain {chain.name} of {name}", chain.span) for c in clauses)
        # The first level of a requested chain is the request itself.
        for level in () if chain.requested else chain.levels:
            yield from ((c, f"level {level.number} of {chain.name}", level.span) for c in level.clause)
    for name, clauses in text.fact_clauses.items():
        yield from ((c, f"fact {name}", text.facts[name].span) for c in clauses)
    for rule_set in text.rule_sets.values():
        yield from ((c, f"rule {rule.id}", rule.span) for rule in rule_set.rules for c in rule.clause)
    for machine in workflows.values():
        for move in machine.transitions:
            yield from ((c, f"{machine.name}: {move.trigger}", move.span) for c in move.clause)


def clause_uses(text: PolicyText, workflows: Mapping[str, Workflow]) -> dict[str, list[str]]:
    """Clause id -> what cites it, as `name (file:line:col)`."""
    found: dict[str, list[str]] = {}
    for clause, what, span in citing(text, workflows):
        found.setdefault(str(clause), []).append(f"{what} ({span})")
    return found


def check_clauses(draft: Draft, findings: Findings) -> None:
    """Every cited clause exists; every clause that binds is cited."""
    clauses = draft.text.clauses
    cited = set()
    for name, _, span in citing(draft.text, draft.workflows):
        cited.add(str(name))
        if not draft.declared.has("clause", name):
            cited.add(nearest(name, clauses))
            help = did_you_mean(name, clauses) or "declare it under `clauses:` in rules/"
            findings.error("P320", span_of(name, span), f"there is no clause `{name}`", help)
    if not draft.whole:
        return  # what is cited by text that could not be read is not known
    for clause in clauses.values():
        if clause.binds and clause.id not in cited:
            help = "cite it with `clause:`, or say `binds: no`"
            findings.warn("P321", clause.span, f"nothing follows from the clause `{clause.id}`", help)
        if not clause.binds and clause.id in cited:
            help = "remove `binds: no`, or what cites it"
            findings.warn("P322", clause.span, f"the clause `{clause.id}` does not bind, yet something cites it", help)
