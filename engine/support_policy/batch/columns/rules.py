"""Rules over columns of facts: what `kernel/rows.py` makes of one ticket, for many at once.

Each distinct value of a fact is looked at once, by the very functions that decide rows. All that rules can make of a
value is its *signature*: whether each thing they ask of that fact alone is true of it. Signatures are few, so a ticket
is a number in mixed radix, one digit a fact, and what rules make of each such number is looked up in a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, nextafter, prod
from typing import Any

import numpy as np
import numpy.typing as npt

from support_policy.kernel.emit import Emitter
from support_policy.kernel.lower import lower
from support_policy.kernel.nodes import And, Compare, Matches, Members, Missing, Node, Not, Or, TextTest, Truth
from support_policy.kernel.rows import RuleSet

Flags = npt.NDArray[np.bool_]
Indexes = npt.NDArray[np.int16]
_Digit = np.uint32
_Digits = npt.NDArray[_Digit]
_Truths = Mapping[str, Flags]
"""By fact: what holds of it, a row for each thing asked."""
_Holds = Callable[[_Truths], Flags]
_Leaf = Missing | Truth | Compare | TextTest | Matches | Members

_TABLE = 65_536
"""The most combinations of signatures that one table holds."""
_REMEMBERED = 16
"""How many dictionaries of a fact are remembered; chunks of one table share theirs."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A fact of many tickets, dictionary-coded: `values[codes[i]]`, missing where the code is -1.

    `values` are as rules over rows see them, and fit for the declared type (`facts.check_fact`). Pass the same tuple
    object with every chunk that shares it: what rules make of its values is then found once.
    """

    codes: npt.NDArray[np.int32]
    values: tuple[Any, ...]

    def which(self, test: Callable[[Any], bool]) -> Flags:
        """The tickets whose value passes a test, which sees each value once; those without a value do not."""
        return self.translated([test(value) for value in self.values], False, bool)

    def translated(self, values: Iterable[Any], missing: Any, kind: Any) -> npt.NDArray[Any]:
        """What stands for each value (and for none), by ticket, as an array of a `kind`."""
        return np.array([*values, missing], kind)[self.codes]


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A numeric fact of many tickets, float64 or int64 (compared exactly), with whether each is missing."""

    values: npt.NDArray[np.float64] | npt.NDArray[np.int64]
    missing: Flags


Columns = Mapping[str, Column | Numbers]
"""Facts by name, of one length; a fact without a column is missing everywhere."""


class ColumnRules:
    """A rule set over columns. It remembers what it has seen of values: not to be shared between threads."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.hit = rule_set.hit
        self.variables = rule_set.variables
        self._nodes = [lower(condition, rule_set.declared) for _, condition in rule_set.rules]
        self._all = _Group(self._nodes, 0, first=self.hit == "first")
        self._single: dict[int, _Group] = {}

    def fired(self, columns: Columns, n: int) -> Indexes | Flags:
        """What fired for each of `n` tickets.

        Under `first`: int16 (n,), the index of the rule, -1 for none; under `collect`: bool (rules, n).
        """
        return self._all.decide(columns, n)

    def holds(self, index: int, columns: Columns, n: int) -> Flags:
        """Whether the condition of one rule holds for each of `n` tickets, whatever the other rules and `hit`."""
        group = self._single.get(index)
        if group is None:
            group = self._single[index] = _Group([self._nodes[index]], 0, first=False)
        flags: Flags = group.decide(columns, n)[0]
        return flags


class _Group:
    """Neighbouring rules, the first of them number `offset`, decided by one table, if need be in two halves."""

    def __init__(self, nodes: Sequence[Node], offset: int, *, first: bool) -> None:
        self._nodes, self._offset, self._first = nodes, offset, first
        self._halves: tuple[_Group, _Group] | None = None
        atoms = _Atoms()
        self._holds = [atoms.function(node) for node in nodes]
        self._facts = [_Fact(name, asked) for name, asked in atoms.asked.items()]
        self._table: npt.NDArray[Any] | None = None
        self._lay_out()

    def decide(self, columns: Columns, n: int) -> npt.NDArray[Any]:
        """See `ColumnRules.fired`."""
        if self._halves is not None:
            one, two = (half.decide(columns, n) for half in self._halves)
            return np.where(one >= 0, one, two) if self._first else np.concatenate((one, two))
        if self._table is None:
            return self._without_table(columns, n)
        total: _Digits | None = None
        for fact in self._facts:
            column = columns.get(fact.name)
            if column is None:
                continue
            part = fact.digits(column)
            if part is None:
                self._learn(columns)
                return self.decide(columns, n)
            if total is None:
                total = part
            else:
                total += part
        if total is None:
            total = np.zeros(n, _Digit)
        return self._table.take(total, axis=-1)

    def _learn(self, columns: Columns) -> None:
        """Look at all values that were not seen before; if some are of a new kind, the table is another."""
        before = [len(fact.signatures) for fact in self._facts]
        for fact in self._facts:
            column = columns.get(fact.name)
            if column is not None:
                fact.learn(column)
        if before != [len(fact.signatures) for fact in self._facts]:
            self._lay_out()

    def _lay_out(self) -> None:
        """Give each fact its place in the number of a ticket, and decide every number there is."""
        sizes = [len(fact.signatures) for fact in self._facts]
        size = prod(sizes)
        if size > _TABLE:
            self._table = None
            for fact in self._facts:
                fact.scale(1)
            middle = len(self._nodes) // 2
            if middle:
                one = _Group(self._nodes[:middle], self._offset, first=self._first)
                two = _Group(self._nodes[middle:], self._offset + middle, first=self._first)
                self._halves = one, two
            return
        numbers, stride, truths = np.arange(size), 1, dict[str, Flags]()
        for fact, count in zip(self._facts, sizes, strict=True):
            fact.scale(stride)
            truths[fact.name] = fact.truths[:, numbers // stride % count]
            stride *= count
        self._table = self._outcome(truths, size)

    def _without_table(self, columns: Columns, n: int) -> npt.NDArray[Any]:
        """One rule over so many kinds of values that no table holds them: it is combined anew for the tickets given."""
        truths = {}
        for fact in self._facts:
            column = columns.get(fact.name)
            if column is None:
                digits: _Digits | None = np.zeros(n, _Digit)
            else:
                digits = fact.digits(column)
                if digits is None:
                    fact.learn(column)
                    fact.scale(1)
                    digits = fact.digits(column)
            truths[fact.name] = fact.truths[:, digits]
        return self._outcome(truths, n)

    def _outcome(self, truths: _Truths, n: int) -> npt.NDArray[Any]:
        """What fires, from what holds of each fact in each of `n` cases."""
        if not self._first:
            flags = np.empty((len(self._holds), n), np.bool_)
            for row, holds in zip(flags, self._holds, strict=True):
                row[:] = holds(truths)
            return flags
        found = np.full(n, -1, np.int16)
        for index in reversed(range(len(self._holds))):
            found[self._holds[index](truths)] = self._offset + index
        return found


class _Atoms:
    """Conditions taken apart into what they ask of one fact alone, each such thing as large as can be."""

    def __init__(self) -> None:
        self.asked: dict[str, dict[Node, int]] = {}

    def function(self, node: Node) -> _Holds:
        """Whether a node holds, from what holds of each fact."""
        names = set(_names(node))
        if len(names) == 1:
            return self._atom(names.pop(), node)
        match node:
            case Not(item):
                inner = self.function(item)
                return lambda truths: ~inner(truths)
            case And(items):
                every = self._parts(items, And)
                return lambda truths: np.logical_and.reduce([part(truths) for part in every])
            case Or(items):
                some = self._parts(items, Or)
                return lambda truths: np.logical_or.reduce([part(truths) for part in some])
            case leaf:
                return self._atom(leaf.name, leaf)

    def _parts(self, items: Sequence[Node], kind: type[And | Or]) -> list[_Holds]:
        """The items, those that ask of one and the same fact made into one."""
        alike: dict[frozenset[str], list[Node]] = {}
        for item in items:
            alike.setdefault(frozenset(_names(item)), []).append(item)
        found: list[_Holds] = []
        for names, same in alike.items():
            if len(names) == 1:
                found.append(self.function(kind(tuple(same))))
            else:
                found.extend(map(self.function, same))
        return found

    def _atom(self, name: str, node: Node) -> _Holds:
        asked = self.asked.setdefault(name, {})
        row = asked.setdefault(node, len(asked))
        return lambda truths: truths[name][row]


class _Fact:
    """What rules ask of one fact, and the signatures of its values: 0 is that of the missing one."""

    def __init__(self, name: str, asked: Mapping[Node, int]) -> None:
        self.name = name
        emitter = Emitter()
        emitter.load([name])
        emitter.line(f"return ({''.join(f'{emitter.expression(node)}, ' for node in asked)})")
        self._ask: Callable[[Mapping[str, Any]], tuple[bool, ...]] = emitter.function()
        self.signatures: dict[tuple[bool, ...], int] = {self._ask({}): 0}
        self.truths: Flags = np.empty((0, 0), np.bool_)
        self._compared = [leaf for node in asked for leaf in _leaves(node) if isinstance(leaf, Compare)]
        self._stride = 1
        # By the identity of a dictionary, or the kind of a number: the dictionary (held, so that the identity stays
        # its own) or the cuts, and the signature of each value or rank, plain and times the stride.
        self._known: dict[int | str, tuple[Any, _Digits, _Digits]] = {}

    def digits(self, column: Column | Numbers) -> _Digits | None:
        """Each ticket's signature, times the stride; None when the column must be learned first."""
        if isinstance(column, Column):
            known = self._known.get(id(column.values))
            return None if known is None else known[2].take(column.codes)
        known = self._known.get(column.values.dtype.kind)
        if known is None:
            return None
        cuts, _, digits = known
        found: _Digits = digits.take(cuts.searchsorted(column.values, "right"))
        found[column.missing] = 0
        return found

    def learn(self, column: Column | Numbers) -> None:
        """Look at the values of a column, unless it is known."""
        key = id(column.values) if isinstance(column, Column) else column.values.dtype.kind
        if key in self._known:
            return
        held: Any
        if isinstance(column, Column):
            held = column.values
            numbers = [self._signature(value) for value in column.values]
        else:
            held = self._cuts(whole=key == "i")
            below = held[:1] - 1 if len(held) else np.zeros(1, held.dtype)
            numbers = [self._signature(value) for value in np.concatenate((below, held)).tolist()]
        if len(self._known) >= _REMEMBERED:
            del self._known[next(iter(self._known))]
        # The last item is what code -1 finds.
        found = np.array([*numbers, 0], _Digit)
        self._known[key] = held, found, found * _Digit(self._stride)

    def scale(self, stride: int) -> None:
        """Give digits another place in the number of a ticket; bring `truths` up to date."""
        for key, (held, numbers, _) in self._known.items():
            self._known[key] = held, numbers, numbers * _Digit(stride)
        self._stride = stride
        self.truths = np.array(list(self.signatures), np.bool_).T

    def _signature(self, value: object) -> int:
        found = self._ask({self.name: value})
        return self.signatures.setdefault(found, len(self.signatures))

    def _cuts(self, *, whole: bool) -> npt.NDArray[Any]:
        """The numbers, in order, each the least for which something that is asked turns: doubles or whole numbers."""
        found: set[float] = set()
        for leaf in self._compared:
            low, high = leaf.interval.doubles()
            if low > -inf:
                found.add(ceil(low) if whole else low)
            if high < inf:
                found.add(floor(high) + 1 if whole else nextafter(high, inf))
        return np.array(sorted(found), np.int64 if whole else np.float64)


def _leaves(node: Node) -> Iterator[_Leaf]:
    match node:
        case And(items) | Or(items):
            for item in items:
                yield from _leaves(item)
        case Not(item):
            yield from _leaves(item)
        case _:
            yield node


def _names(node: Node) -> Iterator[str]:
    return (leaf.name for leaf in _leaves(node))
