"""What customers may be shown of an explanation: nothing of what is promised between teams or by suppliers."""

from __future__ import annotations

from dataclasses import replace

from support_policy.model.event import Event
from support_policy.policy.compiled import Policy
from support_policy.ticket.explain_words import Explanation, Told


def published(why: Explanation, policy: Policy) -> Explanation:
    """The explanation without operational metrics (`kind: ola`, `underpinning`), their chains, and whom those tell."""
    inner = {str(name) for name, metric in policy.text.metrics.items() if metric.kind != "sla"}
    chains = {str(name) for name, chain in policy.text.chains.items() if chain.counts in inner}
    rules = tuple(f"metrics.{name}" for name in inner) + tuple(f"escalation.{name}" for name in chains)

    def shown(event: Event) -> bool:
        return event.data.get("metric") not in inner and event.data.get("chain") not in chains

    def cleaned(event: Event) -> Event:
        if not event.engine or "chains" not in event.data:
            return event
        kept = [name for name in event.data["chains"] if name not in chains]
        return replace(event, data={**event.data, "chains": kept})

    def rule_shown(rule: str) -> bool:
        whole, _, part = rule.rpartition(".")
        return not (rule in rules or whole in rules or (rule.startswith("priorities.") and part in inner))

    return replace(
        why,
        targets=tuple(target for target in why.targets if target.metric not in inner),
        levels=tuple(level for level in why.levels if level.chain not in chains),
        absent=tuple(absent for absent in why.absent if absent.chain not in chains),
        timers=tuple(timer for timer in why.timers if timer.do),
        events=tuple(cleaned(event) for event in why.events if not event.engine or shown(event)),
        told=tuple(told for told in why.told if told.about.get("chain") not in chains and not _by_timer(told)),
        others=tuple(reason for reason in why.others if rule_shown(reason.rule)),
    )


def _by_timer(told: Told) -> bool:
    """Whether somebody was told by a workflow's timer: those who work on the ticket, not its customer."""
    return told.name == "notify" and "timer" in told.about
