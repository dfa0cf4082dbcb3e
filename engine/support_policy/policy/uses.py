"""Which lines of a policy follow from which clause of its source document."""

from __future__ import annotations

from collections.abc import Iterator

from support_policy.policy.compiled import Policy
from support_policy.source.span import Span


def clause_uses(policy: Policy) -> dict[str, list[str]]:
    """Clause id -> what cites it, as `name (file:line:col)`, in the order of the policy."""
    found: dict[str, list[str]] = {}
    for clause, name, span in _citing(policy):
        found.setdefault(str(clause), []).append(f"{name} ({span})")
    return found


def _citing(policy: Policy) -> Iterator[tuple[str, str, Span]]:
    text = policy.text
    for clause, span in policy.clause_uses:
        yield clause, "a fact" if span.file.startswith("rules/") else "business_hours", span
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
        if not chain.requested:
            yield from (
                (c, f"level {level.number} of {chain.name}", level.span) for level in chain.levels for c in level.clause
            )
    for rule_set in text.rule_sets.values():
        yield from ((c, f"rule {rule.id}", rule.span) for rule in rule_set.rules for c in rule.clause)
    for machine in policy.workflows.values():
        yield from (
            (c, f"{machine.name}: {move.trigger}", move.span) for move in machine.transitions for c in move.clause
        )
