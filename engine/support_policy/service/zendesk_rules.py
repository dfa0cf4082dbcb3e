"""The SLA policies as rules: who gets which targets, the first policy that matches alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from support_policy.service.yaml_text import comment, flow, flow_list, scalar, sentence
from support_policy.service.zendesk_filters import Conditions, priorities
from support_policy.service.zendesk_model import PRIORITIES, Gap, Group, Leaf, Node, SlaPolicy, Target
from support_policy.source.words import parse_duration, spell

Within = dict[str, str]
"""Metric -> duration as text, or `none`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the set `targets`: a policy's targets for one priority."""

    id: str
    says: str
    conditions: tuple[Node, ...]
    within: Within


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """A policy with its rules, which may be none."""

    policy: SlaPolicy
    number: int
    rules: tuple[Rule, ...]


def duration(target: Target, gaps: list[Gap]) -> str:
    """A target as a policy writes it; seconds that business time cannot say are rounded up to a minute."""
    if not target.business or target.seconds % 60 == 0:
        return spell(target.seconds, business=target.business)
    hours, rest = divmod(target.seconds, 3600)
    exact = (f"{hours}bh" if hours else "") + f"{rest / 60:.2f}".rstrip("0").rstrip(".") + "bm"
    read = parse_duration(exact)
    if not isinstance(read, str) and read.seconds == target.seconds:
        return exact
    rounded = spell(target.seconds + 60 - target.seconds % 60, business=True)
    what = f"{target.metric} for {target.priority}: {target.seconds} seconds"
    why = "business time is written in hours and minutes"
    gaps.append(
        Gap(target.place, what, why, f"it became `{rounded}`, the next whole minute; change it if that matters")
    )
    return rounded


def table_targets(policy: SlaPolicy | None, gaps: list[Gap]) -> dict[str, Within]:
    """The targets by priority of the policy that every other ticket gets; none without such a policy."""
    made: dict[str, Within] = {priority: {} for priority in PRIORITIES}
    for target in policy.targets if policy else ():
        made[target.priority][target.metric] = duration(target, gaps)
    return made


def make_rules(
    policies: Sequence[SlaPolicy], fallback: SlaPolicy | None, names: Sequence[str], conditions: Conditions
) -> list[PolicyRules]:
    """The rules of the policies before `fallback`, in order; `names` are their names for rule ids."""
    made = []
    for index, policy in enumerate(policies):
        later = [*policies[index + 1 :], *([fallback] if fallback else [])]
        tests = policy.filter
        whole = conditions.group(tests.all, "all")
        either = conditions.group(tests.any, "any")
        shared = (*whole, *either) if len(either) < 2 else (*whole, Group("any", tuple(either)))
        let_through = [set(held) for test in tests.all if (held := priorities(test)) is not None]
        asked = [p for p in PRIORITIES if all(p in held for held in let_through)]
        rules = []
        for named, within in _alike({p: _within(policy, p, later, conditions.gaps) for p in asked}):
            leaves = [Leaf("priority", "equal_to", priority) for priority in named]
            whose = leaves[0] if len(leaves) == 1 else Group("any", tuple(leaves))
            says = f"{policy.title or names[index]}, priority {' or '.join(named)}."
            rules.append(Rule("-".join((names[index], *named)), says, (*shared, whose), within))
        made.append(PolicyRules(policy, index + 1, tuple(rules)))
    return made


def _alike(promises: dict[str, Within]) -> list[tuple[list[str], Within]]:
    """The priorities that are promised the same share a rule; those that are promised nothing have none."""
    made: list[tuple[list[str], Within]] = []
    for priority, within in promises.items():
        same = next((named for named, other in made if other == within), None)
        if same is not None:
            same.append(priority)
        elif within:
            made.append(([priority], within))
    return made


def _within(policy: SlaPolicy, priority: str, later: Sequence[SlaPolicy], gaps: list[Gap]) -> Within:
    """What a policy promises a priority; `none` for what a later one would add, since the first match is the only."""
    own = {t.metric: duration(t, gaps) for t in policy.targets if t.priority == priority}
    added = {t.metric for other in later for t in other.targets if t.priority == priority} - set(own)
    return own | dict.fromkeys(sorted(added), "none")


_HEAD = """\
# yaml-language-server: $schema=../.schema/rules.json
# Which targets a ticket has: one group of rules for each Zendesk SLA policy, in order of position. The first policy
# that matches applies, and no other: `within: none` keeps the later ones from adding a target of theirs.
"""


def targets_text(groups: Sequence[PolicyRules], fallback: SlaPolicy | None) -> str:
    """rules/targets.yaml, or an empty text where no policy is for certain tickets."""
    if not any(group.rules for group in groups):
        return ""
    lines = [_HEAD.rstrip("\n")]
    if fallback:
        lines += comment(
            f"Every other ticket has the targets that policy.yaml sets under `priorities`: {fallback.title}."
        )
    lines += ["rule_set: targets", "hit_policy: collect"]
    lines.append("rules:")
    for number, group in enumerate(groups):
        lines += [""] if number else []
        lines += _group(group)
    return "\n".join(lines) + "\n"


def _group(group: PolicyRules) -> list[str]:
    policy = group.policy
    title = f"--- {group.number}. {policy.title} "
    lines = [f"  # {title}{'-' * max(3, 78 - len(title))}"]
    lines += comment(policy.description, 2) if policy.description not in ("", policy.title) else []
    if not group.rules:
        lines += comment("It sets no target, and the policies after it add none.", 2)
    for number, rule in enumerate(group.rules):
        lines += [""] if number else []
        lines += [f"  - id: {rule.id}", f"    says: {sentence(rule.says)}", "    conditions:", "      all:"]
        lines += [line for node in rule.conditions for line in item_lines(node, 8)]
        lines.append("    actions:")
        for metric, within in rule.within.items():
            params = flow([("metric", metric), ("within", within)])
            lines.append(f"      - {flow([('name', 'set_target'), ('params', params)])}")
    return lines


def item_lines(node: Node, indent: int) -> list[str]:
    """A condition as an item of a list."""
    pad = " " * indent
    if isinstance(node, Leaf):
        return [f"{pad}- {leaf_text(node)}"]
    if isinstance(node, Group):
        return [f"{pad}- {node.how}:", *(line for item in node.items for line in item_lines(item, indent + 4))]
    if isinstance(node.item, Leaf):
        return [f"{pad}- not: {leaf_text(node.item)}"]
    inner = [line for item in node.item.items for line in item_lines(item, indent + 6)]
    return [f"{pad}- not:", f"{pad}    {node.item.how}:", *inner]


def leaf_text(leaf: Leaf) -> str:
    """`{name: x, operator: y, value: z}`."""
    pairs = [("name", leaf.name), ("operator", leaf.operator)]
    if isinstance(leaf.value, tuple):
        pairs.append(("value", flow_list(scalar(value) for value in leaf.value)))
    elif leaf.value is not None:
        number = leaf.operator.startswith(("less", "greater"))
        pairs.append(("value", leaf.value if number else scalar(leaf.value)))
    return flow(pairs)
