"""What is found of many tickets, added up: parts of the results in any order, from any process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from support_policy.batch.cells import Cells
from support_policy.batch.clock_columns import KINDS, Clocks, clocks_of
from support_policy.batch.coded import NONE, Coded, Ints, Zones, coded, months, numbers
from support_policy.batch.counters import GRAINS, counted
from support_policy.batch.policy_lines import target_of
from support_policy.batch.told import Told
from support_policy.clock.zone import SECOND
from support_policy.policy.compiled import Policy

MOST_ORGANIZATIONS = 50
BINS = 31
"""Shares of the target: thirty of a tenth each, then the rest."""
_MISSED = KINDS.index("missed")


class Summary:
    """Adds up results of one policy. One that comes from another process is there to be merged."""

    def __init__(self, policy: Policy) -> None:
        self.policy: Policy | None = policy
        metrics = list(policy.text.metrics)
        self.errors: Counter[str] = Counter()
        """Tickets that were not evaluated, by why."""
        self.priorities, self.organizations, self.months = Cells(metrics), Cells(metrics), Cells(metrics)
        self.told = Told(policy)
        self.lines: Counter[tuple[str, str, str]] = Counter()
        """(metric, priority, line that the target follows from) -> clocks."""
        self.shares: Ints = np.zeros((len(metrics), len(policy.text.priorities), BINS), np.int64)

    def __getstate__(self) -> dict[str, Any]:
        """All but the policy: whoever merges it has that."""
        return {**self.__dict__, "policy": None}

    def add(self, results: pa.Table) -> None:
        """Add a part of the results (`schema.result_schema` of the policy), each ticket in one part alone."""
        policy = self._policy()
        failed = coded(results["error"])
        counts = np.bincount(failed.codes, minlength=len(failed.names)).tolist()
        why = {name: n for name, n in zip(failed.names, counts, strict=True) if name}
        if why:
            self.errors.update(why)
            results = results.filter(results["error"].is_null())
        if not results.num_rows:
            return
        zones, offices = Zones(policy), coded(results["office"])
        priority = coded(results["priority"])
        groups = {
            "priorities": priority,
            "organizations": coded(results["organization"]),
            "months": months(zones.local(_instants(results["opened_at"]), offices)),
        }
        for name, group in groups.items():
            getattr(self, name).add_tickets(group)
        for clocks in clocks_of(policy, results):
            self._clocks(clocks, groups)
        self.told.add(results["notifications"], priority, offices, zones)

    def _clocks(self, clocks: Clocks, groups: Mapping[str, Coded]) -> None:
        verdicts, worked, ended = clocks.verdicts, clocks.worked, clocks.ended
        for name, group in groups.items():
            getattr(self, name).add_clocks(clocks, verdicts, worked, ended, group.take(clocks.rows))
        priority, lines = groups["priorities"].take(clocks.rows), clocks.set_by
        pairs = counted(priority.codes * len(lines.names) + lines.codes, (len(priority.names), len(lines.names)))
        for (of, by), n in np.ndenumerate(pairs):
            if n and lines.names[by]:
                self.lines[clocks.metric, priority.names[of], lines.names[by]] += int(n)
        target = clocks.target
        told = ended & (target > 0)
        # A clock that took its target to the second is in time: a share belongs to the tenth that ends with it.
        tenths = -(-worked[told] * 10 // (target[told] * SECOND)) - 1
        bins = np.clip(tenths, 0, BINS - 1)
        metrics, priorities = list(self._policy().text.metrics), list(self._policy().text.priorities)
        of = priority.renamed({name: place for place, name in enumerate(priorities)})[told]
        self.shares[metrics.index(clocks.metric)] += counted((of * BINS + bins)[of >= 0], (len(priorities), BINS))

    def merge(self, other: Summary) -> None:
        """Add what another one of the same policy has added up."""
        self.errors.update(other.errors)
        self.lines.update(other.lines)
        self.priorities.merge(other.priorities)
        self.organizations.merge(other.organizations)
        self.months.merge(other.months)
        self.told.merge(other.told)
        self.shares += other.shares

    @property
    def tickets(self) -> int:
        """How many tickets were evaluated."""
        return int(self.priorities.tickets.sum())

    @property
    def unknown_organizations(self) -> Counter[str]:
        """Tickets of organizations that the directory does not know, by the name they go by."""
        known, found = self._policy().text.organizations, self.organizations
        strangers = {n or "none given": int(found.tickets[i]) for n, i in found.groups.places.items() if n not in known}
        return Counter(strangers if known else {})

    @property
    def notes(self) -> list[str]:
        """What the numbers leave out."""
        kinds = {"priority": self.priorities, "organization": self.organizations, "month": self.months}
        said = {f"are {words}": grain for grain, words in GRAINS.items() if words} | {"are left out": 0}
        found: dict[str, list[str]] = {}
        for name, cells in kinds.items():
            grain = 0 if cells.worked.given_up else cells.worked.grain
            for words, of in said.items():
                if grain == of:
                    found.setdefault(words, []).append(name)
        many = "there are many distinct times: medians and ninetieths by"
        return [f"{many} {', '.join(names)} {words}" for words, names in found.items()]

    def data(self) -> dict[str, Any]:
        """Everything added up, as plain JSON data."""
        policy = self._policy()
        return {
            "tickets": self.tickets,
            "priorities": [self._priority(str(name)) for name in policy.text.priorities],
            "organizations": list(self._organizations()),
            "months": list(self._months()),
            "notifications": self.told.roles(),
            "escalations": {"hours": self.told.escalation_hours(), "levels": self.told.levels()},
            "response": list(self._shares()),
        }

    def _priority(self, name: str) -> dict[str, Any]:
        tickets, targets = self.priorities.of(name)
        made = {"priority": name, "label": str(self._policy().text.priorities[name].label), "tickets": tickets}
        targets = [{**row, "target": self._target(row["metric"], name)} for row in targets]
        return {**made, "targets": targets, "escalations": self.told.levels(name)}

    def _target(self, metric: str, priority: str) -> str | None:
        """The target that tickets of a priority are given; None where that differs, or there is none.

        One that a ticket kept from another priority is none of this one's.
        """
        own = (f"priorities.{priority}.", "targets.")
        found = [line for of, at, line in self.lines if (of, at) == (metric, priority)]
        lines = [line for line in found if line.startswith(own) or line.endswith(f".{priority}")]
        texts = {target_of(self._policy(), line, metric).text for line in lines}
        return texts.pop() if len(texts) == 1 else None

    def _organizations(self) -> Iterator[dict[str, Any]]:
        most, others = self.organizations.most(MOST_ORGANIZATIONS)
        for name in most:
            tickets, targets = self.organizations.of(name)
            yield {"organization": name, "tickets": tickets, "targets": targets}
        if others:
            tickets, targets = self.organizations.of(*others)
            yield {"organization": None, "others": len(others), "tickets": tickets, "targets": targets}

    def _months(self) -> Iterator[dict[str, Any]]:
        for name in sorted(self.months.groups):
            tickets, targets = self.months.of(name)
            yield {"month": name, "tickets": tickets, "targets": targets}

    def _shares(self) -> Iterator[dict[str, Any]]:
        policy = self._policy()
        for m, metric in enumerate(policy.text.metrics):
            for p, (name, priority) in enumerate(policy.text.priorities.items()):
                counts = self.shares[m, p].tolist()
                if sum(counts):
                    own = priority.targets.get(metric)
                    bins = [
                        {"from": i / 10, "to": (i + 1) / 10 if i < BINS - 1 else None, "count": count}
                        for i, count in enumerate(counts)
                    ]
                    yield {
                        "metric": str(metric),
                        "priority": str(name),
                        "target": str(own) if own else None,
                        "target_seconds": own.seconds if own else None,
                        "bins": bins,
                    }

    def _policy(self) -> Policy:
        if self.policy is None:
            raise RuntimeError("a summary of another process is there to be merged")
        return self.policy


def _instants(column: Any) -> Ints:
    found = numbers(column)
    return np.where(found == NONE, 0, found)
