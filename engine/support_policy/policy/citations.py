"""Clauses and what cites them: every cited clause exists, every clause that binds is cited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from support_policy.model.policy import PolicyText
from support_policy.model.promise import Chain
from support_policy.model.workflow import Workflow
from support_policy.policy.read import Draft
from support_policy.source.diagnostics import Findings, did_you_mean, nearest
from support_policy.source.span import Span
from support_policy.source.words import span_of

Citing = tuple[str, str, Span]
"""(clause, what cites it, where)."""


def citing(text: PolicyText, workflows: Mapping[str, Workflow]) -> Iterator[Citing]:
    """Everything that cites a clause, in the order of the policy."""
    yield from ((c, "business_hours", span_of(c, text.span)) for c in text.hours_clause)
    if text.contact:
        yield from _each(text.contact.clause, "contact", text.contact.span)
    for priority in text.priorities.values():
        yield from _each(priority.clause, f"priority {priority.name}", priority.span)
    for plan in text.plans.values():
        yield from _each(plan.clause, f"plan {plan.name}", plan.span)
    for metric in text.metrics.values():
        yield from _each(metric.clause, f"metric {metric.name}", metric.span)
    for chain in text.chains.values():
        yield from _chain(chain)
    yield from _rules(text)
    for machine in workflows.values():
        for move in machine.transitions:
            yield from _each(move.clause, f"{machine.name}: {move.trigger}", move.span)
        for timer in machine.timers:
            yield from _each(timer.clause, f"timer {timer.id}", timer.span)


def _each(clauses: tuple[str, ...], what: str, span: Span) -> Iterator[Citing]:
    return ((clause, what, span) for clause in clauses)


def _chain(chain: Chain) -> Iterator[Citing]:
    yield from _each(chain.clause, f"chain {chain.name}", chain.span)
    for name, clauses in chain.clause_by_priority.items():
        yield from _each(clauses, f"chain {chain.name} of {name}", chain.span)
    for level in chain.levels:
        # The request itself follows from what the chain does.
        if level.kind != "request":
            yield from _each(level.clause, f"level {level.number} of {chain.name}", level.span)


def _rules(text: PolicyText) -> Iterator[Citing]:
    for name, clauses in text.fact_clauses.items():
        yield from _each(clauses, f"fact {name}", text.facts[name].span)
    for words in text.events.values():
        yield from _each(words.clause, f"event {words.name}", words.span)
    for rule_set in text.rule_sets.values():
        for rule in rule_set.rules:
            yield from _each(rule.clause, f"rule {rule.id}", rule.span)


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
