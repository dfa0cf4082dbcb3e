"""Cross-checks of a policy's names and numbers: what plain comparison can find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from support_policy.clock.schedule import cron_problem
from support_policy.kernel.check import check_condition
from support_policy.model.policy import Chain, Metric, PolicyText, Priority, Rule, RuleSetText
from support_policy.model.workflow import Table
from support_policy.policy.names import ACTORS, LIFECYCLE, RULE_SETS, variables_for
from support_policy.policy.read import Draft
from support_policy.policy.settings import KNOWN, PRIORITY
from support_policy.source.diagnostics import Findings, did_you_mean
from support_policy.source.span import NOWHERE, Span
from support_policy.source.words import Word


def span_of(word: str, otherwise: Span) -> Span:
    """Where `word` was written, if it knows."""
    return word.span if isinstance(word, Word) else otherwise


class Checker:
    """Checks one draft; every problem goes to `findings`."""

    def __init__(self, draft: Draft, tables: Mapping[str, Table], findings: Findings) -> None:
        self.draft, self.text, self.findings = draft, draft.text, findings
        self.tables = tables
        self.life = tables.get(LIFECYCLE)
        # A workflow with errors has no table, but its triggers are known all the same.
        declared = (t.trigger for w in draft.workflows.values() for t in w.transitions)
        self.triggers = tuple(dict.fromkeys(t for t in declared if "." not in t))
        self.roles = self._roles_filled()

    def run(self) -> None:
        """All the checks."""
        self._offices()
        self._priorities()
        for metric in self.text.metrics.values():
            self._metric(metric)
        for chain in self.text.chains.values():
            self._chain(chain)
        self._schedules()
        self._settings()
        self._rules()
        self._workflows()
        self._directory()
        check_clauses(self.draft, self.findings)

    def known(self, word: str, names: Iterable[str], what: str, otherwise: Span) -> bool:
        """Whether `word` is one of `names`; an error with the nearest right one if not."""
        names = list(names)
        if word in names:
            return True
        help = did_you_mean(word, names) or f"no {what} is declared"
        self.findings.error("P310", span_of(word, otherwise), f"there is no {what} `{word[:60]}`", help)
        return False

    def _roles_filled(self) -> dict[str, list[str]]:
        filled: dict[str, list[str]] = {}
        for name, organization in self.text.organizations.items():
            for role in organization.roles:
                filled.setdefault(str(role), []).append(name)
        if self.text.unknown_organization:
            for role in self.text.unknown_organization.roles:
                filled.setdefault(str(role), []).append("unknown_organization")
        return filled

    def _offices(self) -> None:
        if not self.text.offices:
            self.findings.error("P311", self.text.span, "no office is declared", "`offices: {main: {zone: Europe/London}}`")
            return
        self.known(self.text.default_office, self.text.offices, "office", self.text.span)
        for day in self.text.special_days:
            if day.office:
                self.known(day.office, self.text.offices, "office", day.span)

    def _priorities(self) -> None:
        if not self.text.priorities:
            self.findings.error("P311", self.text.span, "no priority is declared", "`priorities: {P1: {...}}`")
        for priority in self.text.priorities.values():
            for metric in priority.targets:
                if metric not in self.text.metrics:
                    keys = [*self.text.metrics, "name", "escalation", "clause"]
                    span = span_of(metric, priority.span)
                    said = f"`{metric}` is neither a metric nor a key of a priority"
                    self.findings.error("P310", span, said, did_you_mean(metric, keys))
            for chain in priority.escalation:
                self.known(chain, self.text.chains, "escalation chain", priority.span)
        for above, below in pairwise(self.text.priorities.values()):
            self._order(above, below)

    def _order(self, above: Priority, below: Priority) -> None:
        for metric, target in above.targets.items():
            other = below.targets.get(metric)
            if other and other.business == target.business and target.seconds > other.seconds:
                self.findings.warn(
                    "P312",
                    target.span,
                    f"{above.name} is more urgent than {below.name}, yet its {metric} of {target} is slower than {other}",
                    f"write at most `{other}`, or put the priorities in order, most urgent first",
                    related=((f"{below.name} is set here", other.span),),
                )

    def _event(self, word: str, otherwise: Span) -> bool:
        return self.known(word, self.triggers, "event type in the workflows", otherwise)

    def _when(self, word: str, otherwise: Span) -> None:
        if not word:
            return
        own = {name: s for name, s in self.text.settings.items() if isinstance(s.value, bool)}
        self.known(word, own, "yes/no assumption", otherwise)

    def _metric(self, metric: Metric) -> None:
        self._event(metric.start, metric.span)
        for stop in metric.stop:
            self._event(stop.event, stop.span)
            self._when(stop.when, stop.span)
            for actor in stop.by:
                self.known(actor, ACTORS, "such actor:", stop.span)
        states = self.life.states if self.life else ()
        for pause in metric.pause:
            if self.life:
                self.known(pause.state, states, f"state of the workflow `{LIFECYCLE}`", pause.span)
            self._when(pause.when, pause.span)

    def _chain(self, chain: Chain) -> None:
        if bool(chain.counts) == bool(chain.on):
            self.findings.error(
                "P313",
                chain.span,
                f"the chain `{chain.name}` needs either `counts` (automatic) or `on` (requested)",
                "`counts: resolution` with `levels`, or `on: escalation_requested` with `notify`",
            )
        if chain.counts:
            self.known(chain.counts, self.text.metrics, "metric", chain.span)
        for priority in chain.clause_by_priority:
            self.known(priority, self.text.priorities, "priority", chain.span)
        for event in (chain.on, chain.accept, chain.decline, *chain.until):
            if event:
                self._event(event, chain.span)
        if not chain.levels:
            self.findings.error("P313", chain.span, f"the chain `{chain.name}` tells nobody", "give it `levels` or `notify`")
        for level in chain.levels:
            for role in level.notify:
                self._role(role, level.span)
            if level.then:
                self._event(level.then, level.span)
        for first, second in pairwise(chain.levels):
            a, b = first.after, second.after
            if a and b and a.business == b.business and b.seconds <= a.seconds:
                self.findings.error(
                    "P314",
                    b.span,
                    f"level {second.number} comes at {b}, not after level {first.number} at {a}",
                    "every level counts from the start of the chain: later levels need longer times",
                    related=((f"level {first.number}", a.span),),
                )

    def _role(self, role: str, otherwise: Span) -> None:
        if role not in self.roles:
            close = did_you_mean(role, self.roles)
            said = f"nobody fills the role `{role}`"
            self.findings.error("P315", span_of(role, otherwise), said, close or "list it under `roles` in the directory")

    def _schedules(self) -> None:
        for schedule in self.text.schedules.values():
            wrong = cron_problem(schedule.cron)
            if wrong:
                span = span_of(schedule.cron, schedule.span)
                help = "such as `0 9 * * mon-fri`: at 09:00 on weekdays"
                self.findings.error("P323", span, f"`{schedule.cron[:60]}` is no cron expression: {wrong}", help)
            if schedule.office:
                self.known(schedule.office, self.text.offices, "office", schedule.span)
            for role in schedule.notify:
                self._role(role, schedule.span)

    def _settings(self) -> None:
        used = {s.when for m in self.text.metrics.values() for s in (*m.stop, *m.pause)}
        for setting in self.text.settings.values():
            known = KNOWN.get(setting.name)
            if known is None:
                if setting.name not in used:
                    said = f"the assumption `{setting.name}` changes nothing: no metric names it with `if:`"
                    self.findings.warn("P316", setting.span, said, did_you_mean(setting.name, {*KNOWN, *used} - {""}))
            elif PRIORITY in known.values:
                words = [w for w in known.values if w != PRIORITY]
                self.known(str(setting.value), [*words, *self.text.priorities], "priority", setting.span)

    def _rules(self) -> None:
        seen: dict[str, Span] = {}
        for rule_set in self.text.rule_sets.values():
            if not self.known(rule_set.name, RULE_SETS, "rule set that the engine asks:", rule_set.span):
                continue
            for rule in rule_set.rules:
                first = seen.setdefault(rule.id, rule.span)
                if first is not rule.span:
                    related = (("first declared here", first),)
                    self.findings.error("P305", rule.span, f"the rule `{rule.id}` is declared twice", related=related)
                self._rule(rule, rule_set)

    def _rule(self, rule: Rule, rule_set: RuleSetText) -> None:
        options = {"stated_priority": tuple(self.text.priorities), "office": tuple(self.text.offices)}
        options |= {name: options["stated_priority"] for name in ("assessed_priority", "priority")}
        options["state"] = tuple(self.life.states) if self.life else ()
        variables = variables_for(rule_set.name, self.text.facts, options)
        check_condition(rule.condition, variables, self.findings)
        offered = RULE_SETS[rule_set.name]
        for action in rule.actions:
            if not offered:
                said = f"rules of `{rule_set.name}` only hold or do not: they take no actions"
                self.findings.error("P317", action.span, said, "remove `actions`")
            elif self.known(action.name, offered, f"action in `{rule_set.name}`", action.span):
                self._params(action.params, offered[action.name], action.span)
        if offered and not rule.actions:
            said = f"the rule `{rule.id}` does nothing"
            self.findings.error("P317", rule.span, said, f"actions here: {', '.join(offered)}")

    def _params(self, given: Mapping[str, str], wanted: tuple[str, ...], span: Span) -> None:
        for name, value in given.items():
            if not self.known(name, wanted, "parameter of this action:", span):
                continue
            if name == "priority":
                self.known(value, self.text.priorities, "priority", span)
            elif name == "role":
                self._role(value, span)
        for name in wanted:
            if name not in given:
                self.findings.error("S206", span, f"`{name}` is missing in `params`", f"`params: {{{name}: ...}}`")

    def _workflows(self) -> None:
        if LIFECYCLE not in self.draft.workflows:
            said = f"no workflow is named `{LIFECYCLE}`"
            self.findings.error("P318", self.text.span, said, f"workflows/{LIFECYCLE}.yaml is the life of a ticket")
        guards = self.text.rule_sets.get("guards")
        names = [rule.id for rule in guards.rules] if guards else []
        levels = {f"{c.name}.{level.number}" for c in self.text.chains.values() for level in c.levels}
        for machine in self.draft.workflows.values():
            for move in machine.transitions:
                if "." in move.trigger:
                    self.known(move.trigger, sorted(levels), "escalation level", move.span)
                for guard in (*move.conditions, *move.unless):
                    self.known(guard, names, "rule in the set `guards`", move.span)

    def _directory(self) -> None:
        told = {role for c in self.text.chains.values() for level in c.levels for role in level.notify}
        for organization in self.text.organizations.values():
            if organization.office:
                self.known(organization.office, self.text.offices, "office", organization.span)
            for role in sorted(told & set(self.roles) - {str(r) for r in organization.roles}):
                said = f"nobody fills the role `{role}` for `{organization.name}`"
                self.findings.warn("P315", organization.span, said, f"add `{role}:` to its `roles`")
        if self.text.organizations and not self.text.unknown_organization:
            said = "no `unknown_organization` in the directory: nobody is told of tickets of unknown organizations"
            self.findings.note("P319", next(iter(self.text.organizations.values())).span, said)


def citations(draft: Draft) -> Iterator[tuple[str, Span]]:
    """Every (clause, where) that something in the policy cites."""
    text = draft.text
    yield from draft.clause_uses
    if text.contact:
        yield from ((c, text.contact.span) for c in text.contact.clause)
    for thing in (*text.metrics.values(), *text.priorities.values(), *text.chains.values()):
        yield from ((c, thing.span) for c in thing.clause)
    for chain in text.chains.values():
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
    for clause, span in citations(draft):
        cited.add(str(clause))
        if clause not in clauses:
            help = did_you_mean(clause, clauses) or "declare it under `clauses:` in rules/"
            findings.error("P320", span_of(clause, span), f"there is no clause `{clause}`", help)
    for clause in clauses.values():
        if clause.binds and clause.id not in cited:
            span = clause.span if clause.span != NOWHERE else draft.text.span
            findings.warn("P321", span, f"nothing follows from the clause `{clause.id}`", "cite it with `clause:`, or say `binds: no`")
        if not clause.binds and clause.id in cited:
            findings.warn("P322", clause.span, f"the clause `{clause.id}` does not bind, yet something cites it")
