"""What became of the rows of a backtest and of the tickets they tell of: counts that add up, from any process."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from support_policy.batch.replay_report import EXAMPLES, WHY
from support_policy.batch.replay_rows import REASONS, REMARKS, Reject

REJECTS = pa.schema([
    ("row", pa.int64()),
    ("line", pa.int64()),
    ("ticket", pa.string()),
    ("reason", pa.string()),
    ("detail", pa.string()),
])  # fmt: skip
"""Rows that were not used: `line` is 0 in a file that has none, `ticket` empty where the row names none."""
MOST_DETAILS = 10_000
"""So many different details of one reason are counted apart, by process."""


def rejects_table(rejects: Iterable[Reject]) -> pa.Table:
    """Rejected rows as a table (`REJECTS`), in order of their rows."""
    rows = sorted(rejects, key=lambda reject: reject.number)
    columns = [
        [reject.number for reject in rows],
        [reject.line for reject in rows],
        [reject.ticket for reject in rows],
        [reject.reason for reject in rows],
        [reject.detail for reject in rows],
    ]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, REJECTS, strict=True)], schema=REJECTS)


def rejects_of(tables: Sequence[pa.Table]) -> Iterator[Reject]:
    """Rejected rows of many tables (`REJECTS`), in order of their rows."""
    if tables:
        for batch in pa.concat_tables(tables).sort_by("row").to_batches(max_chunksize=10_000):
            for row in batch.to_pylist():
                yield Reject(row["row"], row["line"], row["ticket"], row["reason"], row["detail"])


@dataclass(slots=True)
class _Reason:
    """The rows of one reason: how many, and by detail how many and the first of them."""

    count: int = 0
    alike: dict[str, tuple[int, Reject]] = field(default_factory=dict)

    def add(self, detail: str, count: int, first: Reject) -> None:
        self.count += count
        before = self.alike.get(detail)
        if before is not None:
            first = min(before[1], first, key=lambda reject: reject.number)
            self.alike[detail] = (before[0] + count, first)
        elif len(self.alike) < MOST_DETAILS:
            self.alike[detail] = (count, first)

    def merge(self, other: _Reason) -> None:
        counted = sum(count for count, _ in other.alike.values())
        self.count += other.count - counted
        for detail, (count, first) in other.alike.items():
            self.add(detail, count, first)

    def data(self, name: str) -> dict[str, Any]:
        most = sorted(self.alike.items(), key=lambda item: (-item[1][0], item[1][1].number))[:EXAMPLES]
        rows = [
            {"row": r.number, "line": r.line or None, "ticket": r.ticket or None, "detail": detail, "count": count}
            for detail, (count, r) in most
        ]
        return {"reason": name, "count": self.count, "says": REASONS[name], "rows": rows}


@dataclass(slots=True)
class Rows:
    """Rows used and rejected, and tickets rejected with all their rows."""

    used: int = 0
    reasons: dict[str, _Reason] = field(default_factory=lambda: defaultdict(_Reason))
    remarks: Counter[str] = field(default_factory=Counter)
    remarked: Counter[str] = field(default_factory=Counter)
    """Remark -> tickets of whose rows it is made."""
    lost: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Why a ticket is rejected -> the first of those, by name."""
    lost_counts: Counter[str] = field(default_factory=Counter)

    def count(self, used: int, remarks: Counter[str], remarked: Counter[str]) -> None:
        """Count rows that were used, and what is to be said of them: by rows, and by tickets."""
        self.used += used
        self.remarks.update(remarks)
        self.remarked.update(remarked)

    def reject(self, rejects: Iterable[Reject]) -> None:
        """Count rejected rows."""
        for reject in rejects:
            self.reasons[reject.reason].add(reject.detail, 1, reject)

    def lose(self, why: str, tickets: Iterable[str]) -> None:
        """Count tickets that were rejected for one reason."""
        names = list(tickets)
        if not names:
            return
        self.lost_counts[why] += len(names)
        self.lost[why] = sorted([*self.lost[why], *names])[:EXAMPLES]

    @property
    def read(self) -> int:
        """How many rows were read."""
        return self.used + self.rejected

    @property
    def rejected(self) -> int:
        """How many rows were rejected."""
        return sum(reason.count for reason in self.reasons.values())

    @property
    def first(self) -> Reject | None:
        """The first row that was rejected."""
        firsts = (reject for reason in self.reasons.values() for _, reject in reason.alike.values())
        return min(firsts, key=lambda reject: reject.number, default=None)

    def merge(self, other: Rows) -> None:
        """Add what another has counted."""
        self.count(other.used, other.remarks, other.remarked)
        for name, reason in other.reasons.items():
            self.reasons[name].merge(reason)
        for why, names in other.lost.items():
            self.lose(why, names)
            self.lost_counts[why] += other.lost_counts[why] - len(names)

    def data(self) -> dict[str, Any]:
        """The counts of rows as plain JSON data, as `replay` has them."""
        return {
            "read": self.read,
            "used": self.used,
            "rejected": self.rejected,
            "reasons": [self.reasons[name].data(name) for name in REASONS if name in self.reasons],
            "remarks": [
                {"remark": name, "count": self.remarks[name], "tickets": self.remarked[name], "says": says}
                for name, says in REMARKS.items()
                if self.remarks[name]
            ],
        }

    def tickets(self, evaluated: int, more: Mapping[str, int]) -> dict[str, Any]:
        """The counts of tickets as plain JSON data; `more` are counts of those that were evaluated."""
        rejected = self.lost_counts.total()
        return {
            "read": evaluated + rejected,
            "evaluated": evaluated,
            "rejected": rejected,
            "reasons": [
                {"reason": why, "count": self.lost_counts[why], "says": WHY[why], "tickets": names}
                for why, names in sorted(self.lost.items())
            ],
            **more,
        }
