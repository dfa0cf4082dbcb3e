"""What a ticket is promised: targets and chains of its priority, as its plan and rules of `targets` change them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from support_policy.model.event import Because
from support_policy.model.promise import Plan, PlanEntry, Target
from support_policy.policy.compiled import Policy
from support_policy.ticket.draft import Draft


@dataclass(frozen=True, slots=True)
class Promise:
    """The targets by metric, and the names of the chains in order; `teams` holds the targets of other teams' clocks."""

    targets: Mapping[str, Target]
    chains: tuple[str, ...]
    teams: Mapping[str, Mapping[str, Target]] = field(default_factory=dict)

    def target(self, metric: str, team: str = "") -> Target | None:
        """The target of a metric, of a team's own clock where each team has one."""
        return self.teams.get(team, self.targets).get(metric)


def entry_of(policy: Policy, plan: str | None, priority: str) -> tuple[Plan | None, PlanEntry | None]:
    """A plan by its name, and what it promises for a priority."""
    found = policy.text.plans.get(plan or "") if policy.text.plans else None
    return found, found.entries.get(priority) if found else None


def plan_entry(draft: Draft) -> tuple[Plan | None, PlanEntry | None]:
    """What the organization's plan promises for the ticket's priority."""
    plan = draft.known().get("plan") if draft.policy.text.plans else None
    return entry_of(draft.policy, plan, draft.state.priority)


def plan_reason(plan: Plan, entry: PlanEntry, priority: str) -> Because:
    """A plan's line as a reason."""
    says = plan.says or f"What the plan {plan.label} promises for {priority}."
    return Because(f"plans.{plan.name}.{priority}", entry.span, plan.clause, says)


def table_promise(policy: Policy, priority: str, plan: str | None) -> tuple[dict[str, Target], list[str]]:
    """The targets by metric and the chains that the table of priorities and a plan promise, before any rule."""
    words = policy.text.priorities[priority]
    targets, chains = dict(words.targets), list(words.escalation)
    _, entry = entry_of(policy, plan, priority)
    if entry is not None:
        for metric, target in entry.targets.items():
            targets.pop(metric, None)
            if target is not None:
                targets[metric] = target
        if entry.escalation is not None:
            chains = list(entry.escalation)
    return targets, [str(chain) for chain in chains]


def promised(draft: Draft) -> Promise:
    """The promise for a ticket as it stands; the rules that made it become reasons."""
    policy = draft.policy
    if draft.state.priority not in policy.text.priorities:
        return Promise({}, ())
    plan, entry = plan_entry(draft)
    if plan is not None and entry is not None:
        draft.because(plan_reason(plan, entry, draft.state.priority))
    targets, chains = table_promise(policy, draft.state.priority, plan.name if plan else None)
    if not policy.choices:
        return Promise(targets, tuple(dict.fromkeys(chains)))
    rest = {clock.team for clock in draft.state.clocks.values()} - {"", draft.state.team}
    # Another team's clock keeps what the rules promise for that team.
    teams = {team: chosen_targets(policy, targets, _firing(draft, team)) for team in sorted(rest)}
    fired = draft.ask("targets")
    return Promise(chosen_targets(policy, targets, fired), chosen_chains(policy, chains, fired), teams)


def _firing(draft: Draft, team: str) -> Iterable[int]:
    fired: Iterable[int] = draft.policy.rules["targets"].compiled.decide({**draft.known(), "team": team})
    return fired


def chosen_targets(policy: Policy, targets: Mapping[str, Target], fired: Iterable[int]) -> Mapping[str, Target]:
    """The targets as the rules that fired set them; the earlier rule wins."""
    made, chosen = dict(targets), set()
    for choice in (choice for index in fired for choice in policy.choices[index]):
        if choice.metric and choice.metric not in chosen:
            chosen.add(choice.metric)
            made.pop(choice.metric, None)
            if choice.target is not None:
                made[choice.metric] = choice.target
    return made


def chosen_chains(policy: Policy, chains: Iterable[str], fired: Iterable[int]) -> tuple[str, ...]:
    """The chains as the rules that fired add and drop them; the earlier rule wins."""
    made, chosen = list(chains), set()
    for choice in (choice for index in fired for choice in policy.choices[index]):
        if choice.chain and choice.chain not in chosen:
            chosen.add(choice.chain)
            made = [*made, choice.chain] if choice.use else [name for name in made if name != choice.chain]
    return tuple(dict.fromkeys(made))
