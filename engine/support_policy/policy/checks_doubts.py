"""What can be used as it stands and is hardly meant so: parts of a promise that do not go together."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from support_policy.model.calendars import LOCAL
from support_policy.model.condition import Condition, leaves
from support_policy.model.policy import RuleSetText
from support_policy.model.promise import CalendarChoice, Chain, Metric
from support_policy.model.workflow import Table
from support_policy.policy.checks_base import Names
from support_policy.policy.checks_promise import targets_of
from support_policy.policy.names import PRIORITY_CHANGED
from support_policy.source.diagnostics import did_you_mean, nearest
from support_policy.source.nodes import shorten
from support_policy.source.shape import BAD
from support_policy.source.span import Span
from support_policy.source.words import span_of


def check_doubts(names: Names) -> None:
    """All of them; what could not be read, or is wrong otherwise, is told of first."""
    if not names.draft.whole:
        return
    for metric in names.text.metrics.values():
        _calendar(names, metric.calendar, metric.span, _counting(names, metric), f"`{LOCAL}`")
        _teams(names, metric)
    if names.life is not None:
        _outlasting(names, names.life)
    for chain in names.text.chains.values():
        _chain(names, chain)
    _answers(names)
    _plans(names)
    for rule_set in names.text.rule_sets.values():
        if rule_set.name == "targets":
            _hidden(names, rule_set)
        for rule in rule_set.rules:
            _asked_plans(names, rule.condition)


def _list(words: Iterable[str]) -> str:
    *most, last = [f"`{shorten(word)}`" for word in words]
    return f"{', '.join(most)} and {last}" if most else last


def _counting(names: Names, metric: Metric) -> list[str]:
    """The priorities whose target counts by the metric's calendar."""
    targets = [(str(p.name), p.targets.get(metric.name)) for p in names.text.priorities.values()]
    return [name for name, target in targets if target and target.business and not target.calendar]


def _calendar(names: Names, choice: CalendarChoice, span: Span, users: Iterable[str], otherwise: str) -> None:
    left = [name for name in users if name not in choice]
    if choice and "else" not in choice and left:
        said = f"`calendar` says nothing of {_list(left)}: they count by {otherwise}"
        names.findings.note("P383", span_of(next(iter(choice)), span), said, "`else: CALENDAR` says it of all others")


def _teams(names: Names, metric: Metric) -> None:
    if not metric.per_team:
        return
    told = {str(name) for words in names.text.events.values() for name in (*words.carries, *words.requires)}
    moves = [move for machine in names.draft.workflows.values() for move in machine.transitions]
    if "team" not in told | {str(name) for move in moves for name in move.requires}:
        said = f"`{metric.name}` is counted for each team, yet no event has to say which `team` has the ticket"
        help = "declare under rules/ the event that does: `events: {assigned: {requires: team}}`"
        names.findings.note("P384", metric.span, said, help)


def _outlasting(names: Names, life: Table) -> None:
    """Metrics that go on where others have come to their end; each is told once."""
    metrics = names.text.metrics
    stopping: dict[str, list[str]] = {}
    for metric in metrics.values():
        for event in dict.fromkeys(str(occasion.event) for occasion in metric.stop):
            stopping.setdefault(event, []).append(metric.name)
    common = [(event, stopped) for event, stopped in stopping.items() if 2 * len(stopped) >= len(metrics)]
    for metric in metrics.values():
        if metric.recurs or next(targets_of(names, metric.name), None) is None:
            continue
        for event, stopped in common:
            state = "" if metric.name in stopped else _left_in(life, event, metric)
            if state:
                said = f"`{event}` stops {_list(stopped)}, but not `{metric.name}`"
                help = (
                    f"in the state `{state}` its target can still be missed: add `{event}` to its `stop`, or pause it"
                )
                names.findings.note("P385", metric.span, said, help)
                break


def _left_in(life: Table, event: str, metric: Metric) -> str:
    """A state to which an event leads, and in which nothing that leads on stops the metric; empty where there is none.

    In a final state the metric is withdrawn.
    """
    paused = {str(pause.state) for pause in metric.pause}
    for (source, trigger), edges in life.moves.items():
        for edge in edges if trigger == event else ():
            state = edge.dest
            if state in (source, *life.finals) or state in paused:
                continue
            onward = (e.dest for stop in metric.stop for e in life.moves.get((state, str(stop.event)), ()))
            if all(dest == state for dest in onward):
                return state
    return ""


def _holders(names: Names, chain: str) -> list[str]:
    """The priorities that have a chain, by their own table or by a plan's."""
    text = names.text
    tables = [(str(priority.name), priority.escalation) for priority in text.priorities.values()]
    entries = [item for plan in text.plans.values() for item in plan.entries.items()]
    tables += [(str(name), entry.escalation or ()) for name, entry in entries if entry is not BAD]
    return list(dict.fromkeys(name for name, chains in tables if chain in chains))


def _chain(names: Names, chain: Chain) -> None:
    holders = _holders(names, chain.name)
    used = (rule.actions for s in names.text.rule_sets.values() for rule in s.rules)
    if any(action.params.get("chain") == chain.name for actions in used for action in actions):
        return
    if any(level.length and level.length.business and not level.calendar for level in chain.levels):
        own = f"that of `{chain.counts}`" if chain.counts else f"`{LOCAL}`"
        _calendar(names, chain.calendar, chain.span, holders, own)
    for level in chain.levels:
        to = level.carries.get("to") if level.do == PRIORITY_CHANGED else None
        if to and holders == [to]:
            said = f"only `{to}` has the chain `{chain.name}`: a change to `{to}` changes nothing"
            names.findings.note("P388", span_of(to, level.span), said)


def _answers(names: Names) -> None:
    """Requested chains of one priority that one event answers."""
    asked = [(chain, set(_holders(names, chain.name))) for chain in names.text.chains.values() if chain.requested]
    for (first, mine), (second, others) in combinations(asked, 2):
        for word in (second.accept, second.decline):
            if word and word in (first.accept, first.decline) and mine & others:
                said = f"`{word}` answers requests of both `{first.name}` and `{second.name}`"
                related = (("the other chain", first.span),)
                names.findings.note("P387", span_of(word, second.span), said, related=related)
                break


def _hidden(names: Names, rule_set: RuleSetText) -> None:
    """What an earlier rule under the same condition has chosen already."""
    seen: list[tuple[Condition, str, str, Span]] = []
    for rule in rule_set.rules:
        for action in rule.actions:
            kind = "metric" if action.name == "set_target" else "chain"
            name = action.params.get(kind)
            if not name:
                continue
            first = next((s for c, k, n, s in seen if (c, k, n) == (rule.condition, kind, name)), None)
            if first is None:
                seen.append((rule.condition, kind, name, action.span))
                continue
            said = f"under the same condition something is chosen for `{name}` already: this never counts"
            related = (("chosen here", first),)
            names.findings.warn("P386", action.span, said, "keep one of the two", related=related)


def _held(names: Names) -> list[str]:
    """The plans that organizations have, each once, as written."""
    organizations = names.text.organizations.values()
    plans = [plan for o in organizations for plan in (o.plan, *(contract.plan for contract in o.contracts))]
    return list(dict.fromkeys(plan for plan in plans if plan))


def _plans(names: Names) -> None:
    """Declared plans that no organization has; one whose name was misspelt there was told of."""
    held = _held(names)
    strange = [plan for plan in held if plan not in names.text.plans]
    for plan in names.text.plans.values():
        if names.text.organizations and plan.name not in held and not nearest(plan.name, strange):
            names.findings.note("P376", plan.span, f"no organization has the plan `{plan.name}`")


def _asked_plans(names: Names, condition: Condition) -> None:
    """Plans that a rule compares with and nobody has; where plans are declared, those are all that may be named."""
    if names.text.plans or not names.text.organizations:
        return
    held = _held(names)
    for leaf in leaves(condition):
        if leaf.name != "plan" or leaf.operator not in ("equal_to", "equal_to_case_insensitive"):
            continue
        known = {plan.lower() for plan in held} if leaf.operator != "equal_to" else set(held)
        value = leaf.value.lower() if isinstance(leaf.value, str) and leaf.operator != "equal_to" else leaf.value
        if isinstance(value, str) and value and value not in known:
            help = did_you_mean(value, held) or "give it to an organization, or declare it under `plans`"
            names.findings.warn("P377", leaf.span, f"no organization has the plan `{shorten(value)}`", help)
