"""What the shipped policy says of opened tickets, in words that any engine understands; see `batch_peers.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.synthetic import DAY, FIRST, YEARS

REPOSITORY = Path(__file__).parents[1]
HOUR = 3_600_000_000
END = FIRST + 365 * YEARS * DAY
OFFICES = {"acme": "los_angeles", "globex": "london", "initech": "shanghai"}
TARGETS = {"P1": 2, "P2": 4, "P3": 8, "P4": 16}
LEVELS = {1: 2, 2: 3}
ASSESS = {
    "production-down": "P1",
    "launch-emergency": "P1",
    "production-degraded": "P2",
    "development-schedule": "P2",
    "enhancement": "P4",
    "everything-else": "P3",
}
COMPRESSION = "lz4"
COMPARED = (
    "ticket",
    "priority",
    "assessed_priority",
    "assessed_by",
    "office",
    "first_response.due_at",
    "automatic.1.due_at",
    "automatic.2.due_at",
)

Run = Callable[[Path, Path], object]


def policy() -> Any:
    """The shipped policy."""
    from support_policy import load_policy

    return load_policy(REPOSITORY)


def calendar_table() -> dict[str, list[Any]]:
    """Every interval of every office: `office`, `open`, `close`, `sum` (open time before it), in microseconds."""
    shipped = policy()
    table: dict[str, list[Any]] = {"office": [], "open": [], "close": [], "sum": []}
    for office in shipped.offices:
        opens, closes, sums = shipped.calendar(office, business=True).columns_us(FIRST - 30 * DAY, END + 90 * DAY)
        for a, b, s in zip(opens, closes, sums, strict=True):
            if b > a:
                for name, value in zip(table, (office, a, b, s), strict=True):
                    table[name].append(value)
    return table
