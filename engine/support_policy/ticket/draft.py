"""A decision in the making: records are emitted, and the state follows each of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from support_policy.kernel.workflow import step
from support_policy.model.event import Because, Command, Decision, Event, Seen, instant
from support_policy.model.workflow import Blocked, Edge, Table
from support_policy.policy.compiled import Policy
from support_policy.policy.settings import meaning
from support_policy.source.span import NOWHERE
from support_policy.ticket.agenda import Timer, agenda
from support_policy.ticket.evolve import evolve
from support_policy.ticket.known import holds, known
from support_policy.ticket.past import Past
from support_policy.ticket.state import TicketState

if TYPE_CHECKING:
    from support_policy.kernel.trace import LeafTrace
    from support_policy.model.policy import Rule
    from support_policy.model.promise import Occasion

MAX_WHY_NOT = 3
"""How many of the rules that did not fire, the nearest first, a decision lists."""


class Draft:
    """Collects the events, commands and reasons of one decision; `state` is always up to date with them."""

    def __init__(self, policy: Policy, state: TicketState, now: datetime, past: Past | None = None) -> None:
        self.policy, self.state, self.now = policy, state, now
        self.past = past or Past()
        """When a ticket is told anew: what was recorded before."""
        self.events: list[Event] = []
        self.commands: list[Command] = []
        self.reasons: dict[tuple[str, bool, str], Because] = {}
        self.at = now
        self._timers: tuple[Policy, TicketState, Sequence[Timer]] | None = None

    def timers(self) -> Sequence[Timer]:
        """The agenda as things stand; worked out once for each state."""
        known = self._timers
        if known is None or known[0] is not self.policy or known[1] is not self.state:
            known = self._timers = (self.policy, self.state, agenda(self.policy, self.state))
        return known[2]

    def decision(self) -> Decision:
        """What has been collected."""
        return Decision(
            tuple(self.events),
            tuple(self.commands),
            tuple(self.reasons.values()),
            self.policy.digest,
            self.policy.versions,
        )

    def fact(self, event: Event) -> None:
        """Record the fact itself, or what happens by itself as if it were one."""
        self.at = event.at
        self.events.append(event)
        self.state = evolve(self.state, event)

    def emit(self, type: str, at: datetime | None = None, /, **data: Any) -> Event:
        """Record something of the engine's own, at the instant being decided unless `at` is given."""
        event = Event(type, at or self.at, self.now, data=data, engine=True)
        self.events.append(event)
        self.state = evolve(self.state, event)
        return event

    def command(self, name: str, key: str, roles: Iterable[str] = (), **about: Any) -> None:
        """Ask for an effect; the directory resolves the roles, for the team it is about or that has the ticket."""
        notify = self.policy.recipients(
            self.state.facts.get("organization"), tuple(roles), self.at, about.get("team") or self.state.team
        )
        self.commands.append(Command(name, f"{self.state.ticket}/{key}", self.at, notify, about))

    def because(self, reason: Because) -> None:
        """Name a reason; one that is known already is not repeated."""
        self.reasons.setdefault((reason.rule, reason.held, reason.says), reason)

    def setting(self, name: str) -> Any:
        """The value of an assumption, which thereby becomes a reason."""
        setting = self.policy.text.settings[name]
        says = f"{setting.says}: {meaning(setting)}."
        self.because(Because(f"assumptions.{name}", _where(setting.span, self.policy), (), says))
        return setting.value

    def ask(self, rule_set: str) -> list[int]:
        """The indexes of the rules of a set that fire; they and the nearest that do not become reasons."""
        rules = self.policy.rules.get(rule_set)
        if rules is None:
            return []
        trace = rules.compiled.trace(self.known())
        for index in trace.fired:
            self.because(reason(rules.words[index], trace.rules[index].leaves, held=True))
        if rules.compiled.hit == "first":
            for missed in trace.why_not()[:MAX_WHY_NOT]:
                self.because(reason(rules.words[missed.position], missed.blocking(), held=False))
        return list(trace.fired)

    def known(self, fact: Event | None = None) -> Mapping[str, Any]:
        """Every variable's value: the facts, and what is derived from the state and the present event."""
        return known(self.policy, self.state, self.at, fact)

    def holds(self, rule: str, fact: Event | None = None) -> bool:
        """Whether a rule of the set `guards` holds; the empty name always does."""
        return holds(self.policy, rule, self.known(fact)) if rule else True

    def happens(self, occasions: Iterable[Occasion], fact: Event) -> Occasion | None:
        """The first of these occasions that a fact is; the assumption that makes it one is named as a reason."""
        for occasion in occasions:
            by = not occasion.by or not fact.by or fact.by in occasion.by
            if occasion.event != fact.type or not by:
                continue
            if occasion.assumption:
                self.setting(occasion.assumption)
            if self.policy.holds(occasion.assumption) and self.holds(occasion.guard, fact):
                return occasion
        return None

    def try_step(self, table: Table, trigger: str, fact: Event | None = None) -> Edge | Blocked:
        """The move `trigger` makes in a workflow from its present state, or why it makes none."""
        state = self.state.machines.get(table.name, table.initial)
        return step(table, state, trigger, lambda rule: self.holds(rule, fact))

    def move(self, table: Table, edge: Edge, trigger: str) -> None:
        """Record a move."""
        old = self.state.machines.get(table.name, table.initial)
        if edge.dest != old or table.name not in self.state.machines:
            self.emit("state_changed", workflow=table.name, **{"from": old, "to": edge.dest})
        if edge.clause:
            says = edge.says or _spoken(self.policy, edge.clause)
            self.because(Because(f"{table.name}.{trigger}", edge.span, edge.clause, says))


def reason(rule: Rule, leaves: tuple[LeafTrace, ...], *, held: bool) -> Because:
    """A rule as a reason, with what was seen where it looked."""
    seen = tuple(Seen(t.leaf.name, t.leaf.operator, t.leaf.value, t.value, t.outcome, t.span) for t in leaves)
    return Because(rule.id, rule.span, rule.clause, rule.says, held, seen)


def _where(span: Any, policy: Policy) -> Any:
    return policy.text.span if span == NOWHERE else span


def _spoken(policy: Policy, clauses: tuple[str, ...]) -> str:
    return " ".join(policy.text.clauses[c].says for c in clauses if c in policy.text.clauses)


def iso(us: int) -> str:
    """Microseconds since 1970 in the form records carry: ISO 8601 in UTC."""
    return instant(us).isoformat()
