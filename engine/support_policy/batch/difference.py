"""Two policies on the same tickets: what changes, for how many and which, and the line of the policy that did it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from heapq import nsmallest
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from support_policy.batch.causes import Causes
from support_policy.batch.causes_parts import Former
from support_policy.batch.changes import changes_of, table_of
from support_policy.batch.clock_columns import KINDS
from support_policy.batch.coded import Ints, coded, distinct, rows_within
from support_policy.batch.sides import Changes, Group, Sides
from support_policy.policy.compiled import Policy
from support_policy.source.span import NOWHERE

EXAMPLES = 5
_MISSED = KINDS.index("missed")


class Found:
    """So many tickets, and the first few of them by name."""

    def __init__(self) -> None:
        self.tickets = 0
        self.examples: list[str] = []

    def add(self, tickets: int, names: Iterable[str]) -> None:
        """Add other tickets."""
        self.tickets += tickets
        self.examples = nsmallest(EXAMPLES, [*self.examples, *names])


class Missed:
    """What becomes of a metric's misses."""

    def __init__(self) -> None:
        self.newly = Found()
        self.counts = Counter[str]()


class Difference:
    """Adds up what changes from the old policy's results to the new one's, in parts and in any order.

    One that comes from another process is there to be merged.
    """

    def __init__(self, old: Policy, new: Policy) -> None:
        self.causes: Causes | None = Causes(old, new)
        self.tickets = self.not_compared = self.changed_tickets = 0
        self.groups: dict[Group, Found] = {}
        self.missed: dict[tuple[str, str], Missed] = {}
        self.told: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self.metrics = tuple(dict.fromkeys((*map(str, new.text.metrics), *map(str, old.text.metrics))))
        self.priorities = tuple(map(str, new.text.priorities))

    def __getstate__(self) -> dict[str, Any]:
        """All but the policies."""
        return {**self.__dict__, "causes": None}

    def add(self, old: pa.Table, new: pa.Table) -> None:
        """Add the results of the same tickets, in the same order, under both policies."""
        self._count(old, new, tabled=False)

    def changed(self, old: pa.Table, new: pa.Table) -> pa.Table:
        """Add them, and give every change of theirs (`changes.CHANGED`), those of a ticket together."""
        return self._count(old, new, tabled=True)

    def _count(self, old: pa.Table, new: pa.Table, *, tabled: bool) -> pa.Table:
        if self.causes is None:
            raise RuntimeError("a difference of another process is there to be merged")
        if old["ticket"] != new["ticket"]:
            raise ValueError("the two results are not of the same tickets in the same order")
        both = pc.and_(old["error"].is_null(), new["error"].is_null())
        if not pc.all(both).as_py():
            old, new = old.filter(both), new.filter(both)
        self.not_compared += len(both) - old.num_rows
        self.tickets += old.num_rows
        tickets = new["ticket"].combine_chunks()
        if isinstance(tickets, pa.ChunkedArray):
            tickets = pa.concat_arrays(tickets.chunks) if tickets.num_chunks else pa.array([], pa.string())
        if not old.num_rows:
            return table_of(tickets, [])
        sides = Sides(self.causes, old, new)
        found = list(changes_of(sides))
        touched = np.zeros(old.num_rows, np.bool_)
        for changes in found:
            touched[changes.rows] = True
            self._groups(changes, tickets)
        self.changed_tickets += int(touched.sum())
        self._verdicts(sides, tickets)
        for counts, side in zip(self.told, sides.both, strict=True):
            _, structs = rows_within(side.results["notifications"])
            role = coded(structs.field("role"))
            totals = np.bincount(role.codes, minlength=len(role.names)).tolist()
            counts.update(dict(zip(role.names, totals, strict=True)))
        return table_of(tickets, found if tabled else [])

    def _groups(self, changes: Changes, tickets: Any) -> None:
        # A ticket whose teams each have a clock may be in a group more than once.
        wide = len(tickets)
        pairs = distinct(changes.codes * wide + changes.rows)
        bounds = np.searchsorted(pairs, np.arange(len(changes.groups) + 1) * wide)
        for code, group in enumerate(changes.groups):
            mine = pairs[bounds[code] : bounds[code + 1]] - code * wide
            self.groups.setdefault(group, Found()).add(len(mine), first_names(tickets, mine))

    def _verdicts(self, sides: Sides, tickets: Any) -> None:
        for metric, pair in sides.pairs.items():
            was, now = (side == _MISSED for side in pair.verdicts)
            priority = sides.new.priority.take(pair.rows)
            for code, name in enumerate(priority.names):
                mine = priority.codes == code
                found = self.missed.setdefault((metric, name), Missed())
                newly = distinct(pair.rows[mine & now & ~was])
                found.newly.add(int((mine & now & ~was).sum()), first_names(tickets, newly))
                found.counts.update(
                    old=int((mine & was).sum()), new=int((mine & now).sum()), no_longer=int((mine & was & ~now).sum())
                )

    def merge(self, other: Difference) -> None:
        """Add what another one of the same two policies has added up."""
        self.tickets += other.tickets
        self.not_compared += other.not_compared
        self.changed_tickets += other.changed_tickets
        for group, found in other.groups.items():
            self.groups.setdefault(group, Found()).add(found.tickets, found.examples)
        for key, missed in other.missed.items():
            mine = self.missed.setdefault(key, Missed())
            mine.newly.add(missed.newly.tickets, missed.newly.examples)
            mine.counts.update(missed.counts)
        for counts, theirs in zip(self.told, other.told, strict=True):
            counts.update(theirs)

    def data(self) -> dict[str, Any]:
        """Everything added up, as plain JSON data: the groups with most tickets first."""
        groups = sorted(self.groups.items(), key=lambda item: (-item[1].tickets, item[0]))
        keys = [(metric, priority) for metric in self.metrics for priority in self.priorities]
        roles = sorted({*self.told[0], *self.told[1]})
        counts = [(role, self.told[0][role], self.told[1][role]) for role in roles]
        return {
            "tickets": self.tickets,
            "not_compared": self.not_compared,
            "changed": self.changed_tickets,
            "groups": [_group(group, found) for group, found in groups],
            "missed": [_missed(*key, self.missed[key]) for key in keys if key in self.missed],
            "notifications": [{"role": r, "old": old, "new": new, "change": new - old} for r, old, new in counts],
        }


def first_names(tickets: Any, rows: Ints) -> list[str]:
    """The first few names by order of some rows."""
    names = tickets.take(pa.array(rows))
    if len(rows) > 20 * EXAMPLES:
        names = names.take(pc.select_k_unstable(names, EXAMPLES, [("", "ascending")]))
    found: list[str] = sorted(names.to_pylist())[:EXAMPLES]
    return found


def _group(group: Group, found: Found) -> dict[str, Any]:
    subject, cause = group.subject, group.cause
    of = {name: value for name, value in subject._asdict().items() if name != "what" and value}
    known = cause.span != NOWHERE
    return {
        "what": subject.what,
        **of,
        "from": group.old or None,
        "to": group.new or None,
        "rule": cause.rule or None,
        "file": cause.span.file if known else None,
        "line": cause.span.line if known else None,
        "former": isinstance(cause.span, Former),
        "says": cause.says,
        "tickets": found.tickets,
        "examples": found.examples,
    }


def _missed(metric: str, priority: str, found: Missed) -> dict[str, Any]:
    return {
        "metric": metric,
        "priority": priority,
        "newly": found.newly.tickets,
        "no_longer": found.counts["no_longer"],
        "old": found.counts["old"],
        "new": found.counts["new"],
        "examples": found.newly.examples,
    }
