"""What a ticket is promised: targets and chains of its priority, as its plan and rules of `targets` change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from support_policy.model.event import Because
from support_policy.model.policy import Plan, PlanEntry, Target
from support_policy.ticket.draft import Draft


@dataclass(frozen=True, slots=True)
class Promise:
    """The targets by metric, and the names of the chains, in order."""

    targets: Mapping[str, Target]
    chains: tuple[str, ...]


def plan_entry(draft: Draft) -> tuple[Plan | None, PlanEntry | None]:
    """What the organization's plan promises for the ticket's priority."""
    plan = draft.policy.text.plans.get(draft.known().get("plan") or "") if draft.policy.text.plans else None
    return plan, plan.entries.get(draft.state.priority) if plan else None


def plan_reason(plan: Plan, entry: PlanEntry, priority: str) -> Because:
    """A plan's line as a reason."""
    says = plan.says or f"What the plan {plan.label} promises for {priority}."
    return Because(f"plans.{plan.name}.{priority}", entry.span, plan.clause, says)


def promised(draft: Draft) -> Promise:
    """The promise for a ticket as it stands; the rules that made it become reasons."""
    policy = draft.policy
    priority = policy.text.priorities.get(draft.state.priority)
    if priority is None:
        return Promise({}, ())
    targets, chains = dict(priority.targets), list(priority.escalation)
    plan, entry = plan_entry(draft)
    if plan is not None and entry is not None:
        draft.because(plan_reason(plan, entry, draft.state.priority))
        for metric, target in entry.targets.items():
            targets.pop(metric, None)
            if target is not None:
                targets[metric] = target
        if entry.escalation is not None:
            chains = list(entry.escalation)
    chosen: set[str] = set()
    dropped: set[str] = set()
    for index in draft.ask("targets"):
        for choice in policy.choices[index]:
            if choice.metric and choice.metric not in chosen:
                # The earlier rule wins.
                chosen.add(choice.metric)
                targets.pop(choice.metric, None)
                if choice.target is not None:
                    targets[choice.metric] = choice.target
            elif choice.chain and choice.use:
                chains.append(choice.chain)
            elif choice.chain:
                dropped.add(choice.chain)
    return Promise(targets, tuple(name for name in dict.fromkeys(map(str, chains)) if name not in dropped))
