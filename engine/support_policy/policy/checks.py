"""Cross-checks of a policy's names and numbers: what plain comparison can find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise

from support_policy.clock.schedule import cron_problem
from support_policy.kernel.check import check_condition
from support_policy.model.condition import All, AnyOf, Condition, Leaf, Not, Variable
from support_policy.model.policy import Action, Chain, Metric, Priority, Rule, RuleSetText
from support_policy.model.workflow import Table
from support_policy.policy.checks_calendars import check_calendars
from support_policy.policy.checks_directory import check_directory
from support_policy.policy.citations import check_clauses
from support_policy.policy.declared import Kind
from support_policy.policy.names import ACTORS, LIFECYCLE, RULE_SETS, variables_for
from support_policy.policy.read import Draft
from support_policy.policy.settings import KNOWN, PRIORITY
from support_policy.source.diagnostics import Findings, did_you_mean, nearest
from support_policy.source.nodes import shorten
from support_policy.source.shape import BAD
from support_policy.source.span import Span
from support_policy.source.words import span_of


class Checker:
    """Checks one draft; every problem goes to `findings`."""

    def __init__(self, draft: Draft, tables: Mapping[str, Table], findings: Findings) -> None:
        self.draft, self.text, self.findings = draft, draft.text, findings
        self.tables = tables
        self.life = tables.get(LIFECYCLE)
        self.declared = draft.declared
        self.roles = self._roles_filled()
        self.assumed = [name for name in draft.declared.names.get("assumption", ()) if name not in KNOWN]

    def run(self) -> None:
        """All the checks."""
        self._lifecycle()
        check_calendars(self)
        self._priorities()
        for metric in self.text.metrics.values():
            self._metric(metric)
        for chain in self.text.chains.values():
            self._chain(chain)
        self._schedules()
        self._settings()
        self._rules()
        self._workflows()
        check_directory(self)
        check_clauses(self.draft, self.findings)

    def known(
        self, word: str, kind: Kind, otherwise: Span, names: Iterable[str] | None = None, where: str = ""
    ) -> bool:
        """Whether a name of `kind` is declared (or may be); an error with the nearest right one of `names` if not."""
        if self.declared.has(kind, word):
            return True
        names = list(self.declared.names.get(kind, ()) if names is None else names)
        help = did_you_mean(word, names) or f"no {kind} is declared"
        self.findings.error("P310", span_of(word, otherwise), f"there is no {kind} `{shorten(word)}`{where}", help)
        return False

    def offered(self, word: str, names: Iterable[str], what: str, otherwise: Span) -> bool:
        """Whether `word` is one of the names the engine offers; an error with the nearest right one if not."""
        names = list(names)
        if word is BAD or word in names:
            return True
        self.findings.error(
            "P310", span_of(word, otherwise), f"there is no {what} `{shorten(word)}`", did_you_mean(word, names)
        )
        return False

    def _roles_filled(self) -> dict[str, list[str]]:
        filled: dict[str, list[str]] = {}
        for name, organization in self.text.organizations.items():
            for role in organization.roles:
                filled.setdefault(str(role), []).append(name)
        if self.text.unknown_organization:
            for role in self.text.unknown_organization.roles:
                filled.setdefault(str(role), []).append("unknown_organization")
        for role in self.text.rotas:
            filled.setdefault(str(role), []).append("rotas")
        return filled

    def _priorities(self) -> None:
        if not self.declared.names["priority"] and "priority" not in self.declared.holes:
            self.findings.error("P311", self.text.span, "no priority is declared", "`priorities: {P1: {...}}`")
        for priority in self.text.priorities.values():
            for metric in priority.targets:
                if not self.declared.has("metric", metric):
                    keys = [*self.declared.names["metric"], "name", "escalation", "clause"]
                    span = span_of(metric, priority.span)
                    said = f"`{shorten(metric)}` is neither a metric nor a key of a priority"
                    self.findings.error("P310", span, said, did_you_mean(metric, keys))
            for chain in priority.escalation:
                self.known(chain, "escalation chain", priority.span)
        for above, below in pairwise(self.text.priorities.values()):
            self._order(above, below)

    def _order(self, above: Priority, below: Priority) -> None:
        for metric, target in above.targets.items():
            other = below.targets.get(metric)
            if BAD in (target, other) or other is None or other.business != target.business:
                continue
            if target.seconds > other.seconds:
                self.findings.warn(
                    "P312",
                    target.span,
                    f"{above.name} is more urgent than {below.name}, yet its {metric} of {target} is slower: {other}",
                    f"write at most `{other}`, or put the priorities in order, most urgent first",
                    related=((f"{below.name} is set here", other.span),),
                )

    def _event(self, word: str, otherwise: Span) -> None:
        self.known(word, "event type", otherwise, where=" in the workflows")

    def _when(self, word: str, otherwise: Span) -> None:
        if word:
            self.known(word, "assumption", otherwise, self.assumed, " of `yes` or `no`")

    def _metric(self, metric: Metric) -> None:
        self._event(metric.start, metric.span)
        for stop in metric.stop:
            self._event(stop.event, stop.span)
            self._when(stop.when, stop.span)
            for actor in stop.by:
                self.offered(actor, ACTORS, "actor", stop.span)
        for pause in metric.pause:
            self.known(pause.state, "state", pause.span, where=f" in the workflow `{LIFECYCLE}`")
            self._when(pause.when, pause.span)

    def _chain(self, chain: Chain) -> None:
        torn = BAD in (chain.counts, chain.on)
        if not torn and bool(chain.counts) == bool(chain.on):
            self.findings.error(
                "P313",
                chain.span,
                f"the chain `{chain.name}` needs either `counts` (automatic) or `on` (requested)",
                "`counts: resolution` with `levels`, or `on: escalation_requested` with `notify`",
            )
        if chain.counts:
            self.known(chain.counts, "metric", chain.span)
        for priority in chain.clause_by_priority:
            self.known(priority, "priority", chain.span)
        for event in (chain.on, chain.accept, chain.decline, *chain.until):
            if event:
                self._event(event, chain.span)
        if not torn and chain.levels == ():
            self.findings.error(
                "P313", chain.span, f"the chain `{chain.name}` tells nobody", "give it `levels` or `notify`"
            )
        for level in chain.levels:
            for role in level.notify:
                self._role(role, level.span)
            if level.then:
                self._event(level.then, level.span)
        self._level_order(chain)

    def _level_order(self, chain: Chain) -> None:
        levels = tuple(chain.levels)
        for first, second in pairwise(levels):
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
        if not self.declared.has("role", role):
            close = did_you_mean(role, self.roles)
            said = f"nobody fills the role `{role}`"
            self.findings.error(
                "P315", span_of(role, otherwise), said, close or "list it under `roles` in the directory"
            )

    def _schedules(self) -> None:
        for schedule in self.text.schedules.values():
            wrong = schedule.cron and cron_problem(schedule.cron)
            if wrong:
                span = span_of(schedule.cron, schedule.span)
                help = "such as `0 9 * * mon-fri`: at 09:00 on weekdays"
                self.findings.error("P323", span, f"`{schedule.cron[:60]}` is no cron expression: {wrong}", help)
            if schedule.office:
                self.known(schedule.office, "office", schedule.span)
            for role in schedule.notify:
                self._role(role, schedule.span)

    def _settings(self) -> None:
        metrics = self.text.metrics.values()
        used = {str(s.when) for m in metrics for s in m.stop} | {str(p.when) for m in metrics for p in m.pause}
        missing = [name for name in used if name and name not in self.assumed]
        for setting in self.text.settings.values():
            known = KNOWN.get(setting.name)
            if known is None:
                # A misspelt name was told where it is used.
                if self.draft.whole and setting.name not in used and not nearest(setting.name, missing):
                    said = f"the assumption `{setting.name}` changes nothing: no metric names it with `if:`"
                    self.findings.warn("P316", setting.span, said, did_you_mean(setting.name, {*KNOWN, *used} - {""}))
            elif PRIORITY in known.values and isinstance(setting.value, str) and setting.value:
                words = [w for w in known.values if w != PRIORITY]
                if setting.value not in words:
                    names = [*words, *self.declared.names["priority"]]
                    self.known(setting.value, "priority", setting.span, names)

    def _rules(self) -> None:
        seen: dict[str, Span] = {}
        for rule_set in self.text.rule_sets.values():
            if not self.offered(rule_set.name, RULE_SETS, "rule set that the engine asks, called", rule_set.span):
                continue
            for rule in rule_set.rules:
                first = seen.setdefault(rule.id, rule.span)
                if first is not rule.span and rule.id is not BAD:
                    related = (("first declared here", first),)
                    said = f"the rule `{rule.id}` is declared twice"
                    self.findings.error(
                        "P305", span_of(rule.id, rule.span), said, "rename or remove one", related=related
                    )
                self._rule(rule, rule_set)

    def _rule(self, rule: Rule, rule_set: RuleSetText) -> None:
        declared = self.declared.names
        options = dict.fromkeys(("stated_priority", "assessed_priority", "priority"), declared["priority"])
        options |= {"office": declared["office"], "state": tuple(self.life.states) if self.life else ()}
        variables = variables_for(rule_set.name, self.text.facts, options)
        check_condition(self._readable(rule.condition, variables), variables, self.findings)
        offered = RULE_SETS[rule_set.name]
        for action in rule.actions:
            if not offered:
                said = f"rules of `{rule_set.name}` only hold or do not: they take no actions"
                self.findings.error("P317", action.span, said, "remove `actions`")
            elif self.offered(action.name, offered, f"action in `{rule_set.name}` called", action.span):
                self._params(action, offered.get(action.name, ()))
        if offered and rule.actions == () and self.draft.whole:
            said = f"the rule `{rule.id}` does nothing"
            self.findings.error("P317", rule.span, said, f"actions here: {', '.join(f'`{name}`' for name in offered)}")

    def _readable(self, condition: Condition, variables: Mapping[str, Variable]) -> Condition:
        """The condition without leaves over facts whose declaration could not be read."""
        match condition:
            case All(items) | AnyOf(items) if items:
                return replace(condition, items=tuple(self._readable(item, variables) for item in items))
            case Not(item):
                return replace(condition, item=self._readable(item, variables))
            case Leaf(name) if name not in variables and self.declared.has("fact", name):
                return Leaf("organization", "is_missing", None, condition.span)
        return condition

    def _params(self, action: Action, wanted: tuple[str, ...]) -> None:
        if action.params is BAD:
            return
        for name, value in action.params.items():
            if not self.offered(name, wanted, f"parameter of `{action.name}` called", action.span):
                continue
            if name == "priority":
                self.known(value, "priority", action.span)
            elif name == "role":
                self._role(value, action.span)
        for name in wanted:
            if name not in action.params and not any(nearest(given, wanted) == name for given in action.params):
                help = f"`params: {{{name}: ...}}`"
                self.findings.error("S206", action.span, f"`{name}` is missing in `params`", help)

    def _lifecycle(self) -> None:
        if LIFECYCLE not in self.draft.workflows and "event type" not in self.declared.holes:
            said = f"no workflow is named `{LIFECYCLE}`"
            self.findings.error("P318", self.text.span, said, f"workflows/{LIFECYCLE}.yaml is the life of a ticket")
            self.declared.holes |= {"event type", "state"}

    def _workflows(self) -> None:
        chains = {str(chain) for p in self.text.priorities.values() for chain in p.escalation}
        in_vain = chains - set(self.declared.names["escalation chain"])
        for machine in self.draft.workflows.values():
            for move in machine.transitions:
                # A chain that a priority names in vain was told of there.
                if move.trigger is not BAD and "." in move.trigger and move.trigger.rpartition(".")[0] not in in_vain:
                    self.known(move.trigger, "escalation level", move.span)
                for guard in (*move.conditions, *move.unless):
                    self.known(guard, "rule", move.span, where=" in the set `guards`")
