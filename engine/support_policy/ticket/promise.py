"""What a ticket is promised: the targets and chains of its priority, as rules of the set `targets` change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from support_policy.model.policy import Target
from support_policy.ticket.draft import Draft


@dataclass(frozen=True, slots=True)
class Promise:
    """The targets by metric, and the names of the chains, in order."""

    targets: Mapping[str, Target]
    chains: tuple[str, ...]


def promised(draft: Draft) -> Promise:
    """The promise for a ticket as it stands; the rules that made it become reasons."""
    policy = draft.policy
    priority = policy.text.priorities.get(draft.state.priority)
    if priority is None:
        return Promise({}, ())
    targets, chains = dict(priority.targets), list(priority.escalation)
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
