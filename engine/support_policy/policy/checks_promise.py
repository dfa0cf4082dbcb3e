"""Checks of what is promised: priorities with their targets, metrics, escalation chains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from support_policy.model.promise import CalendarChoice, Chain, Level, Metric, Priority, Target
from support_policy.policy.checks_base import Names
from support_policy.policy.checks_timers import act
from support_policy.policy.choices import within
from support_policy.policy.names import LIFECYCLE
from support_policy.source.diagnostics import did_you_mean
from support_policy.source.nodes import shorten
from support_policy.source.shape import BAD
from support_policy.source.span import Span
from support_policy.source.words import span_of


def check_promise(names: Names) -> None:
    """All of them."""
    _priorities(names)
    for metric in names.text.metrics.values():
        _metric(names, metric)
    for chain in names.text.chains.values():
        _chain(names, chain)


def _priorities(names: Names) -> None:
    if not names.declared.names["priority"] and "priority" not in names.declared.holes:
        names.findings.error("P311", names.text.span, "no priority is declared", "`priorities: {P1: {...}}`")
    for priority in names.text.priorities.values():
        _targets(names, priority.targets, priority.span, "priority", ("name", "escalation", "clause"))
        for chain in priority.escalation:
            names.known(chain, "escalation chain", priority.span)
    for plan in names.text.plans.values():
        for name, entry in plan.entries.items():
            keys = [*names.declared.names["priority"], "name", "says", "clause"]
            names.known(name, "priority", plan.span, keys)
            if entry is not BAD:
                _targets(names, entry.targets, entry.span, "plan's promise", ("escalation",))
                for chain in entry.escalation or ():
                    names.known(chain, "escalation chain", entry.span)
    for above, below in pairwise(names.text.priorities.values()):
        _order(names, above, below)


def _targets(
    names: Names, targets: Mapping[str, Target | None], span: Span, where: str, others: tuple[str, ...]
) -> None:
    for metric, target in targets.items():
        if not names.declared.has("metric", metric):
            said = f"`{shorten(metric)}` is neither a metric nor a key of a {where}"
            help = did_you_mean(metric, [*names.declared.names["metric"], *others])
            names.findings.error("P310", span_of(metric, span), said, help)
        if target is not BAD and target is not None:
            names.calendar(target.calendar, target.span)


def _order(names: Names, above: Priority, below: Priority) -> None:
    for metric, target in above.targets.items():
        other = below.targets.get(metric)
        if BAD in (target, other) or other is None or other.business != target.business:
            continue
        if target.seconds > other.seconds and target.calendar == other.calendar:
            names.findings.warn(
                "P312",
                target.span,
                f"{above.name} is more urgent than {below.name}, yet its {metric} of {target} is slower: {other}",
                f"write at most `{other}`, or put the priorities in order, most urgent first",
                related=((f"{below.name} is set here", other.span),),
            )


def _choice(names: Names, choice: CalendarChoice, span: Span) -> None:
    if choice is BAD:
        return
    for priority, calendar in choice.items():
        if priority != "else":
            known = [*names.declared.names["priority"], "else"]
            names.known(priority, "priority", span, known)
        if calendar is not BAD:
            names.calendar(calendar, span_of(calendar, span))


def _metric(names: Names, metric: Metric) -> None:
    for occasion in (*metric.start, *metric.stop):
        names.occasion(occasion)
    for pause in metric.pause:
        names.known(pause.state, "state", pause.span, where=f" in the workflow `{LIFECYCLE}`")
        names.assumption(pause.assumption, pause.span)
        names.guard(pause.guard, pause.span)
    _choice(names, metric.calendar, metric.span)


def _chain(names: Names, chain: Chain) -> None:
    torn = BAD in (chain.counts, chain.on)
    if not torn and bool(chain.counts) == bool(chain.on):
        names.findings.error(
            "P313",
            chain.span,
            f"the chain `{chain.name}` needs either `counts` (automatic) or `on` (requested)",
            "`counts: resolution` with `levels`, or `on: escalation_requested` with `notify`",
        )
    if chain.counts:
        names.known(chain.counts, "metric", chain.span)
    for priority in chain.clause_by_priority:
        names.known(priority, "priority", chain.span)
    for event in (chain.on, chain.accept, chain.decline, *chain.until):
        if event:
            names.event(event, chain.span)
    names.guard(chain.guard, chain.span)
    _choice(names, chain.calendar, chain.span)
    if chain.acknowledge:
        event = chain.acknowledge.event
        names.event(event, chain.acknowledge.span)
        if event in chain.until and chain.counts and not chain.on:
            word = next(word for word in chain.until if word == event)
            said = f"`{event}` is to acknowledge the chain `{chain.name}` and to end it"
            related = (("acknowledged here", span_of(event, chain.acknowledge.span)),)
            help = "keep one of the two: without `lasts` an acknowledgement is for good"
            names.findings.error("P389", span_of(word, chain.span), said, help, related=related)
    if not torn and chain.levels == ():
        names.findings.error(
            "P313", chain.span, f"the chain `{chain.name}` tells nobody", "give it `levels` or `notify`"
        )
    for level in chain.levels:
        for role in level.notify:
            names.role(role, level.span)
        if level.then:
            names.event(level.then, level.span)
        act(names, level.do, level.carries, level.span)
        names.calendar(level.calendar, level.span)
        _threshold(names, chain, level)
    _level_order(names, chain)
    _kind_of_chain(names, chain, torn=torn)


def _kind_of_chain(names: Names, chain: Chain, *, torn: bool) -> None:
    """What only one kind of chain can have."""
    if torn or bool(chain.counts) == bool(chain.on):
        return
    only_requested = [("when", chain.guard), ("accept", chain.accept), ("decline", chain.decline)]
    only_automatic = [("repeat", chain.repeat not in (1, BAD)), ("acknowledge", chain.acknowledge)]
    for key, given in only_requested if chain.counts else only_automatic:
        if given:
            kind = "automatic" if chain.counts else "requested"
            said = f"`{key}` means nothing for the {kind} chain `{chain.name}`"
            help = "it is for chains that begin `on:` a request" if chain.counts else "it is for chains with `counts:`"
            names.findings.error("P313", chain.span, said, help)
    if chain.counts and chain.repeat not in (1, BAD) and any(level.of_target for level in chain.levels):
        said = f"the chain `{chain.name}` repeats, yet some of its levels are counted from the target"
        help = "give every level `after:`, or put those into a chain of their own"
        names.findings.error("P314", chain.span, said, help)


def _level_order(names: Names, chain: Chain) -> None:
    levels = tuple(chain.levels)
    for first, second in pairwise(levels):
        a, b = first.after, second.after
        # A reminder, whose place is that of the chain, may come together with a level.
        together = a == b and chain.span in (first.span, second.span)
        if a and b and a.business == b.business and b.seconds <= a.seconds and not together:
            names.findings.error(
                "P314",
                b.span,
                f"level {second.number} comes at {b}, not after level {first.number} at {a}",
                "every level counts from the start of the chain: later levels need longer times",
                related=((f"level {first.number}", a.span),),
            )
        if BAD in (first.share, second.share):
            continue
        if first.kind == second.kind == "at" and second.share <= first.share:
            said = f"level {second.number} comes {second.when}, not after level {first.number} {first.when}"
            names.findings.error("P314", second.span, said, "list the levels in the order in which they come")


def _threshold(names: Names, chain: Chain, level: Level) -> None:
    """A level that is counted from the target needs one, in its own kind of time."""
    if not level.of_target or BAD in (level.kind, level.share, level.length) or not names.draft.whole:
        return
    if chain.requested and not chain.counts:
        said = f"`{level.when}` is counted from a target, and a request has none"
        names.findings.error("P353", level.span, said, "write `after: 2bh`: counted from the request")
    if chain.requested or not chain.counts:
        return
    targets = [target for name, target in targets_of(names, chain.counts)]
    if not targets:
        said = f"`{level.when}` is counted from a target, yet `{chain.counts}` has none"
        help = f"give a priority `{chain.counts}: 8bh`, or write `after: 2bh`"
        names.findings.error("P353", level.span, said, help)
    for target in targets:
        if level.kind == "before" and level.length and level.length.business != target.business:
            said = f"`{level.when}` and the target of {target} do not count the same time"
            letter = "b" if target.business else ""
            help = f"write it as the target is, such as `30{letter}m`, or use `at: 80%`"
            related = (("the target", target.span),)
            names.findings.error("P353", level.length.span, said, help, related=related)
            return
        if level.kind == "before" and level.length and level.length.seconds >= target.seconds:
            said = f"`{level.when}` is not within the target of {target}: it comes at the start"
            names.findings.warn("P354", level.length.span, said, "", related=(("the target", target.span),))
            return


def targets_of(names: Names, metric: str) -> Iterator[tuple[str, Target]]:
    """The targets that a metric may have: (the priority or plan that sets it, or empty for a rule, the target)."""
    for priority in names.text.priorities.values():
        target = priority.targets.get(metric)
        if target is not None and target is not BAD:
            yield str(priority.name), target
    for plan in names.text.plans.values():
        for entry in plan.entries.values():
            target = None if entry is BAD else entry.targets.get(metric)
            if target is not None and target is not BAD:
                yield str(plan.name), target
    rules = names.text.rule_sets.get("targets")
    for rule in rules.rules if rules else ():
        for action in rule.actions:
            if action.name == "set_target" and action.params is not BAD and action.params.get("metric") == metric:
                chosen = within(action)
                if chosen is not None:
                    yield "", chosen
