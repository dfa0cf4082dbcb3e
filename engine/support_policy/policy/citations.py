"""Clauses and what cites them: every cited clause exists, every clause that binds is cited."""

from __future__ import annotations

from collections.abc import Iterator

from support_policy.policy.read import Draft
from support_policy.source.diagnostics import Findings, did_you_mean, nearest
from support_policy.source.span import Span
from support_policy.source.words import span_of


def citations(draft: Draft) -> Iterator[tuple[str, Span]]:
    """Every (clause, where) that something in the policy cites."""
    text = draft.text
    yield from draft.clause_uses
    if text.contact:
        yield from ((c, text.contact.span) for c in text.contact.clause)
    for metric in text.metrics.values():
        yield from ((c, metric.span) for c in metric.clause)
    for priority in text.priorities.values():
        yield from ((c, priority.span) for c in priority.clause)
    for chain in text.chains.values():
        yield from ((c, chain.span) for c in chain.clause)
        yield from ((c, chain.span) for clauses in chain.clause_by_priority.values() for c in clauses)
        yield from ((c, level.span) for level in chain.levels for c in level.clause)
    for rule_set in text.rule_sets.values():
        yield from ((c, rule.span) for rule in rule_set.rules for c in rule.clause)
    for machine in draft.workflows.values():
        yield from ((c, move.span) for move in machine.transitions for c in move.clause)


def check_clauses(draft: Draft, findings: Findings) -> None:
    """Every cited clause exists; every clause that binds is cited."""
    clauses = draft.text.clauses
    cited = set()
    for name, span in citations(draft):
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
