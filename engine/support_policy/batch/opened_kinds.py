"""Kinds of tickets: which of them are all the same to a policy, so that few stand for all.

Rules ask things of one fact at a time: two values of which the same things are true lead to the same decision. And of
what facts say together only that matters which some rule makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from support_policy.batch.columns.calendar import CalendarColumns
from support_policy.batch.opened_codes import Codes, Column, Instants, Lookup, Numbers, distinct, examples
from support_policy.batch.schema import FACT
from support_policy.kernel.rows import compile_rules
from support_policy.model.condition import All, AnyOf, Condition, Leaf, Not, leaves
from support_policy.model.event import instant, micros
from support_policy.model.policy import Rule
from support_policy.policy.compiled import Policy

_ASKED = ("priority", "targets", "advice", "guards")
_OWN = ("organization", "stated_priority")
"""Facts that mean something to the engine itself."""
_MINUTE = 60_000_000
_AROUND = 27 * 60 * _MINUTE
"""No office is further than this from UTC."""


def numbers(policy: Policy, names: Iterable[str]) -> Numbers:
    """The numbers of tickets with columns of those names: the same for tickets that are all the same to a policy."""
    versions = policy.line.versions or (policy,)
    own: list[Column] = []
    plain: list[Column] = []
    for name in names:
        fact = name.removeprefix(FACT)
        if name.startswith(FACT):
            column = Column(name, _together([_kind(version, fact) for version in versions]))
            (own if fact in _OWN else plain).append(column)
        else:
            own.append(Column(name, lambda value: value))
    moments = Moments(versions)
    others = [Facts(versions, plain)] if plain else []
    return Numbers(own, [*others, moments] if moments.matter else others)


def _together(kinds: Sequence[Callable[[Any], Hashable]]) -> Callable[[Any], Hashable]:
    return lambda value: tuple(kind(value) for kind in kinds)


def _kind(policy: Policy, fact: str) -> Callable[[Any], Hashable]:
    """What there is to know of a value: whether it fits, what rules ask of it, what the engine itself makes of it."""
    variable = policy.facts.get(fact)
    if variable is None:
        return lambda value: value is None
    asked = [leaf for rule in _rules(policy) for leaf in leaves(rule.condition) if leaf.name == fact]
    rules = compile_rules([(str(number), leaf) for number, leaf in enumerate(asked)], {fact: variable}, "collect")

    def kind(value: Any) -> Hashable:
        if policy.check_fact(fact, value) is not None:
            return "unfit"
        own = value if fact == "stated_priority" else _customer(policy, value) if fact == "organization" else None
        return value is None, rules.decide({fact: value}), own

    return kind


def _rules(policy: Policy) -> Iterator[Rule]:
    return (rule for name in _ASKED if name in policy.rules for rule in policy.rules[name].words)


def _customer(policy: Policy, name: str | None) -> Hashable:
    """What the directory says of an organization that a decision may hang on."""
    known = policy.text.organizations.get(name or "")
    if known is None:
        return None
    return str(known.office), str(known.plan), tuple((str(c.plan), c.first, c.last) for c in known.contracts)


class Facts:
    """What rules make of facts together: those parts of their conditions that ask of nothing else."""

    def __init__(self, versions: Sequence[Policy], columns: Sequence[Column]) -> None:
        self.place = 0
        self._columns = columns
        self._numbers = Numbers(columns)
        self._made = [_Made(version, {column.name.removeprefix(FACT) for column in columns}) for version in versions]
        self._kinds: dict[Hashable, int] = {}
        self._lookup = Lookup(-1)

    def __len__(self) -> int:
        return len(self._kinds)

    def codes(self, tickets: pa.RecordBatch, at: Instants) -> Codes:
        """See `Part.codes`."""
        number, same = self._numbers.of(tickets, at)
        if not same:
            self._lookup.forget(self._numbers.bits)
        found = self._lookup.of(number)
        if found.min(initial=0) < 0:
            self._lookup.learn({one: self._kind(one) for one in distinct(number[found < 0])[0]})
            found = self._lookup.of(number)
        found <<= self.place
        return found

    def _kind(self, number: int) -> int:
        values = {name.removeprefix(FACT): value for name, value in examples(self._columns, number).items()}
        return self._kinds.setdefault(tuple(made(values) for made in self._made), len(self._kinds))


class _Made:
    """What the rules of one policy make of facts."""

    def __init__(self, policy: Policy, facts: Collection[str]) -> None:
        self._policy = policy
        self._facts = policy.facts.keys() & facts
        sets = (policy.rules[name] for name in _ASKED if name in policy.rules)
        self._sets = [_Parts(rules.words, self._facts, first=rules.hit == "first") for rules in sets]
        self._rules = [compile_rules(parts.conditions, policy.facts, "collect") for parts in self._sets]

    def __call__(self, values: Mapping[str, Any]) -> Hashable:
        if any(self._policy.check_fact(name, values[name]) for name in self._facts):
            return "unfit"
        unknown = any(value is not None for name, value in values.items() if name not in self._policy.facts)
        held = (parts.told(rules.decide(values)) for parts, rules in zip(self._sets, self._rules, strict=True))
        return "unknown" if unknown else tuple(held)


class _Parts:
    """The parts of rules' conditions that ask of some facts alone."""

    def __init__(self, rules: Sequence[Rule], facts: Collection[str], *, first: bool) -> None:
        self.conditions: list[tuple[str, Condition]] = []
        self._deciding: set[int] = set()
        for rule in rules:
            found = list(_alone(rule.condition, facts))
            if first and found == [rule.condition]:
                self._deciding.add(len(self.conditions))
            self.conditions += [(f"{rule.id} {number}", part) for number, part in enumerate(found)]

    def told(self, held: Sequence[int]) -> tuple[int, ...]:
        """Those of the parts that hold; where the first rule decides, none after one that certainly holds."""
        end = next((place for place, part in enumerate(held, 1) if part in self._deciding), len(held))
        return tuple(held[:end])


def _alone(condition: Condition, facts: Collection[str]) -> Iterator[Condition]:
    """The largest parts of a condition that ask of some facts alone."""
    if all(leaf.name in facts for leaf in leaves(condition)):
        yield condition
        return
    match condition:
        case Not(item):
            yield from _alone(item, facts)
        case All(items) | AnyOf(items):
            mine = tuple(item for item in items if all(leaf.name in facts for leaf in leaves(item)))
            if mine:
                yield All(mine) if isinstance(condition, All) else AnyOf(mine)
            for item in items:
                if item not in mine:
                    yield from _alone(item, facts)
        case Leaf():
            pass


class Moments:
    """What the instant of submission itself decides: the version of the policy, contracts, whether offices are open."""

    def __init__(self, versions: Sequence[Policy]) -> None:
        self.place = 0
        line = len(versions) > 1
        self._turns = np.array(sorted({turn for one in versions for turn in _turns(one, line=line)}), np.int64)
        asks = any(version.asks("office_open") for version in versions)
        offices = {id(time.business): time.business for version in versions for time in version.offices.values()}
        self._offices = [CalendarColumns(office) for office in offices.values()] if asks else []
        self._kinds: dict[int, int] = {}

    @property
    def matter(self) -> bool:
        """Whether it decides anything."""
        return bool(len(self._turns) or self._offices)

    def __len__(self) -> int:
        return len(self._kinds)

    def codes(self, tickets: pa.RecordBatch, at: Instants) -> Codes:  # noqa: ARG002 - as every part
        """See `Part.codes`."""
        number = self._turns.searchsorted(at, "right")
        for office in self._offices:
            number = 2 * number + office.is_open(at)
        kinds = distinct(number)[0]
        found = [self._kinds.setdefault(kind, len(self._kinds)) for kind in kinds]
        codes: Codes = (np.array(found, np.intp) << self.place).take(np.array(kinds, np.intp).searchsorted(number))
        return codes


def _turns(policy: Policy, *, line: bool) -> Iterator[int]:
    """The instants from which on another version governs new tickets, or another contract may hold."""
    if line and policy.text.effective_from is not None:
        yield micros(policy.text.effective_from)
    for known in policy.text.organizations.values():
        for contract in known.contracts:
            days = [contract.first, contract.last and contract.last + timedelta(days=1)]
            yield from (turn for day in days if day for turn in _midnights(policy, known.office, day))


def _midnights(policy: Policy, office: str, day: date) -> Iterator[int]:
    """The instants at which a date begins at an office, or is left once more because the clock is put back."""
    midnight = micros(datetime.combine(day, datetime.min.time(), UTC))
    before, come = midnight - _AROUND, False
    for minute in range(midnight - _AROUND, midnight + _AROUND, _MINUTE):
        now = policy.directory.date_at(office, instant(minute)) >= day
        if now != come:
            low, high = before, minute
            while high - low > 1:
                middle = (low + high) // 2
                if (policy.directory.date_at(office, instant(middle)) >= day) == now:
                    high = middle
                else:
                    low = middle
            yield high
        before, come = minute, now
