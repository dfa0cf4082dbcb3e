"""The names a policy has for scenarios to use, and the check that a scenario uses no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from support_policy.clock.reading import zone_named
from support_policy.kernel.facts import describe, from_text
from support_policy.model.condition import Variable
from support_policy.model.event import Event
from support_policy.policy.compiled import Policy
from support_policy.service.scenario import Claim, Happening, Scenario, ScenarioFile, Told, When
from support_policy.service.scenario_mail import Post
from support_policy.service.scenario_text import EVENT_TEXTS, NONE
from support_policy.source.diagnostics import Findings, did_you_mean
from support_policy.source.nodes import Mapping as MappingNode
from support_policy.source.nodes import Node, Scalar, Sequence, kind_of, shorten
from support_policy.source.span import Span
from support_policy.source.words import Word, span_of
from support_policy.ticket.history import HistoryError, carried_keys, read_event
from support_policy.ticket.intake import NO_MAIL

ASKED = ("priority", "advice", "targets")
"""The rule sets whose rules an expectation may name as holding."""
_TEAM = re.compile(r"/[^.]*")
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)


def without_team(name: str) -> str:
    """A metric, a chain or a level without the team whose it is."""
    return _TEAM.sub("", name)


class Names:
    """What a policy's scenarios may name, by kind."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.versions = policy.line.versions or (policy,)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric."""
        return self._every(lambda policy: policy.text.metrics)

    @property
    def priorities(self) -> tuple[str, ...]:
        """Every priority."""
        return self._every(lambda policy: policy.text.priorities)

    @property
    def states(self) -> tuple[str, ...]:
        """Every state of a ticket's life."""
        return self._every(lambda policy: policy.life.states)

    @property
    def event_types(self) -> tuple[str, ...]:
        """Every event type."""
        return self._every(lambda policy: policy.event_types)

    def _every(self, names: Callable[[Policy], Iterable[str]]) -> tuple[str, ...]:
        """Names of a policy, and of the versions before it that were loaded with it."""
        return tuple(dict.fromkeys(str(name) for policy in reversed(self.versions) for name in names(policy)))

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """Every level, as `chain.number`."""
        return self._every(
            lambda policy: (f"{c.name}.{level.number}" for c in policy.text.chains.values() for level in c.levels)
        )

    @cached_property
    def timers(self) -> tuple[str, ...]:
        """Every timer of a state, as `timer.id`."""
        return self._every(lambda policy: (f"timer.{timer}" for timer in policy.timers))

    @property
    def firing(self) -> tuple[str, ...]:
        """Everything that may fire."""
        return (*self.levels, *self.timers)

    @property
    def pending(self) -> tuple[str, ...]:
        """Everything that may fall due."""
        return (*self.metrics, *self.firing)

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """Everyone who may be told: the directory's roles, those that the policy tells, and the customer."""
        # Whom the engine itself tells: of a change, of an organization that nobody knows.
        return (*self._every(_roles), "customer", "support_engineer")

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """Every rule that decides something by itself."""
        return self._every(
            lambda policy: (r.id for name in ASKED if name in policy.rules for r in policy.rules[name].words)
        )

    @cached_property
    def reasons(self) -> Mapping[str, tuple[str, ...]]:
        """What may be written of a reason -> the names that decisions give to it."""
        found = dict[str, list[str]]()
        for name, *short in dict.fromkeys(names for policy in self.versions for names in _reasons(policy)):
            for word in (name, *short):
                found.setdefault(word, []).append(name)
        return {word: tuple(names) for word, names in found.items()}

    @cached_property
    def carried(self) -> tuple[str, ...]:
        """What events carry, beside facts."""
        return tuple(carried_keys(self.policy))


def _roles(policy: Policy) -> Iterator[str]:
    text = policy.text
    for someone in (*text.organizations.values(), *filter(None, [text.unknown_organization])):
        yield from someone.roles
    yield from (role for chain in text.chains.values() for level in chain.levels for role in level.notify)
    for rules in policy.rules.values():
        yield from (a.params["role"] for rule in rules.words for a in rule.actions if "role" in a.params)
    for _, timer in policy.timers.values():
        yield from timer.notify


def _reasons(policy: Policy) -> Iterator[tuple[str, ...]]:
    """Every reason's name, with what else may be written for it."""
    text = policy.text
    levels = [f"{c.name}.{level.number}" for c in text.chains.values() for level in c.levels]
    yield from ((str(rule.id),) for name, rules in policy.rules.items() if name != "intake" for rule in rules.words)
    yield from ((f"metrics.{metric}", metric) for metric in text.metrics)
    yield from ((f"priorities.{p}.{metric}", f"priorities.{p}") for p in text.priorities for metric in text.metrics)
    yield from ((f"plans.{p.name}.{entry}", f"plans.{p.name}") for p in text.plans.values() for entry in p.entries)
    yield from ((f"escalation.{name}", name) for name in (*text.chains, *levels))
    yield from ((f"{table.name}.{timer.id}", f"timer.{timer.id}") for table, timer in policy.timers.values())
    yield from ((f"offices.{office}", office) for office in text.offices)
    yield from ((f"assumptions.{setting}", setting) for setting in text.settings)
    yield from ((f"{name}.{trigger}",) for name, table in policy.tables.items() for trigger in table.triggers)


def _by_length(names: Names) -> Iterable[str]:
    """The reasons, short names first: those are what people write."""
    return sorted(names.reasons, key=lambda name: name.count("."))


_KINDS: Mapping[str, tuple[str, Callable[[Names], Iterable[str]]]] = {
    "targets": ("metric", lambda names: names.metrics),
    "due": ("target, level or timer", lambda names: names.pending),
    "fired": ("level or timer", lambda names: names.firing),
    "because": ("reason", _by_length),
    "not_because": ("reason", _by_length),
    "rules": ("rule for priority, advice or targets", lambda names: names.rules),
    "refused": ("event type", lambda names: names.event_types),
}


class Check:
    """Finds what a scenario file names and the policy does not have; every problem goes to `findings`."""

    def __init__(self, policy: Policy, findings: Findings) -> None:
        self.policy, self.findings, self.names = policy, findings, Names(policy)

    def file(self, file: ScenarioFile) -> None:
        """Check everything but instants and events."""
        self._zone(file.zone)
        for scenario in file.scenarios:
            self._zone(scenario.zone)
            for clause in scenario.clauses:
                self._known("clause", clause, self.policy.text.clauses)
            for expectation in scenario.expect:
                self._when(expectation.at)
                for name, claim in expectation.claims.items():
                    self._claim(name, claim)
            for happening in scenario.events:
                self._when(happening.at)
                if happening.recorded:
                    self._when(happening.recorded)

    def _zone(self, zone: Word | None) -> None:
        try:
            zone_named(zone or "UTC")
        except ValueError as problem:
            help = str(problem).rpartition("; ")[2]
            self.findings.error(
                "T615", span_of(zone or "", Span("")), f"there is no time zone `{shorten(zone or '')}`", help
            )

    def _known(self, kind: str, word: str, names: Iterable[str], span: Span | None = None) -> None:
        # Teams are not declared: `resolution/second_line` is the clock of one, `page/second_line.1` a level of it.
        declared = without_team(word)
        if declared not in (known := tuple(map(str, names))):
            help = did_you_mean(declared, known) or f"the policy has no {kind} at all"
            self.findings.error("T606", span or span_of(word, Span("")), f"there is no {kind} `{shorten(word)}`", help)

    def _when(self, when: When) -> None:
        if when.base == "due":
            self._known("target, level or timer", when.name, self.names.pending, when.span)

    def _claim(self, name: str, claim: Claim) -> None:
        value = claim.value
        if name == "state":
            self._known("state", value, self.names.states)
        elif name.endswith("priority"):
            self._known("priority", value, (*self.names.priorities, NONE))
        elif name == "notified":
            told: tuple[Told, ...] = value
            self._each("role", [someone.role for someone in told], self.names.roles)
        elif name in _KINDS:
            kind, names = _KINDS[name]
            self._each(kind, value, names(self.names))
        if name == "due":
            for when in value.values():
                self._when(when)

    def _each(self, kind: str, words: Iterable[str], names: Iterable[str]) -> None:
        known = tuple(map(str, names))
        for word in words:
            self._known(kind, word, known)

    # -- events ----------------------------------------------------------------------------------------------------

    def events(self, scenario: Scenario) -> list[Event | Post]:
        """The events of a scenario, as yet without their instants, and its mails; fewer after a finding."""
        made = (self._mail(one, one.mail) if one.mail else self._event(one) for one in scenario.events)
        return [event for event in made if event is not None]

    def _mail(self, happening: Happening, mail: Post) -> Post:
        if self.policy.text.mail is None:
            help = "`mail: {new_ticket: EVENT, customer_reply: EVENT, staff_reply: EVENT}`"
            self.findings.error("T618", happening.span, NO_MAIL, help)
        return mail

    def _event(self, happening: Happening) -> Event | None:
        before = len(self.findings.errors)
        data: dict[str, Any] = {"type": str(happening.type), "at": _UNDATED}
        data |= {name: str(word) for name, word in happening.texts.items()}
        places: dict[tuple[str | int, ...], Span] = {("type",): happening.type.span}
        places |= {(name,): word.span for name, word in happening.texts.items()}
        fields: dict[str, Any] = {}
        for key, node in happening.rest.items():
            if key in self.names.carried:
                data[str(key)] = self._carried(str(happening.type), key, node)
                places[str(key),] = node.span
            elif key in self.policy.facts:
                self._fact(key, node, fields, places)
            else:
                self._unknown(key, node)
        for name, node in self._below(happening.fields):
            word = Word(name.text, name.span)
            if word in fields:
                self.findings.error("T608", word.span, f"`{word}` is set already", "keep one of the two")
            elif word in self.policy.facts:
                self._fact(word, node, fields, places)
            else:
                self._known("fact", word, self.policy.facts)
        if len(self.findings.errors) > before:
            return None
        try:
            return read_event(self.policy, {**data, "fields": fields})
        except HistoryError as problem:
            for found, (path, *_) in zip(problem.diagnostics, problem.problems, strict=True):
                message = found.message.partition(": ")[2] or found.message
                self.findings.add(replace(found, message=message, span=places.get(path, happening.span)))
            return None

    def _below(self, node: Node | None) -> Iterable[tuple[Scalar, Node]]:
        if node is None or isinstance(node, MappingNode):
            return node or ()
        self.findings.error("S201", node.span, f"expected facts (`name: value`), found {kind_of(node)}")
        return ()

    def _unknown(self, key: Word, node: Node) -> None:
        if isinstance(node, Scalar) and node.empty and node.span.line == key.span.line:
            said = f"`{shorten(key)}` has no value"
            help = "a comma within braces ends a text: a text that holds one needs quotes"
            self.findings.error("T609", key.span, said, help)
            return
        known = (*EVENT_TEXTS, "at", "type", "recorded", "fields", *self.names.carried, *self.policy.facts)
        said = f"`{shorten(key)}` is neither a fact nor a key of an event"
        self.findings.error("T609", key.span, said, did_you_mean(key, known))

    def _carried(self, type: str, key: str, node: Node) -> Any:
        """What an event carries: typed where the policy says of what type it is, else a text."""
        words = self.policy.text.events.get(type)
        if words is not None and key in words.carries:
            return typed(words.carries[key], node)
        if isinstance(node, Scalar):
            return None if node.empty else node.text
        self.findings.error("S201", node.span, f"expected a text, found {kind_of(node)}")
        return None

    def _fact(self, name: Word, node: Node, fields: dict[str, Any], places: dict[tuple[str | int, ...], Span]) -> None:
        variable = self.policy.facts[str(name)]
        value = typed(variable, node)
        wrong = self.policy.check_fact(str(name), value)
        if wrong:
            self.findings.error("E405", node.span, wrong)
        fields[str(name)] = value
        places["fields", str(name)] = node.span


def typed(variable: Variable, node: Node) -> Any:
    """What a value written for a fact is, by the fact's type; as text where it is none of its type."""
    if isinstance(node, Sequence):
        return tuple(item.text if isinstance(item, Scalar) else describe(item) for item in node.items)
    if not isinstance(node, Scalar):
        return {}
    if node.empty:
        return None
    return from_text(variable, node.text)


def organization_of(events: Iterable[Event]) -> str | None:
    """The organization whose office a ticket begins with."""
    named = (event.fields["organization"] for event in events if event.fields.get("organization"))
    return next(named, None)
