"""A summary of a backtest made by hand, small enough to add up in one's head, and ways to change it."""

from __future__ import annotations

from typing import Any

HOUR = 3600


def target(metric: str, met: int, missed: int, text: str | None = None) -> dict[str, Any]:
    """What became of a metric: so many met and missed, an hour worked for each."""
    ended = met + missed
    return {
        "metric": metric,
        "target": text,
        "met": met,
        "missed": missed,
        "open": 0,
        "withdrawn": 0,
        "measured": 0,
        "ended": ended,
        "median_seconds": HOUR if ended else None,
        "p90_seconds": HOUR if ended else None,
        "worked_seconds": HOUR * ended,
    }


def hours(**counts: int) -> list[int]:
    """168 counts: `h10=3` is three on Monday from 10 to 11."""
    made = [0] * 168
    for hour, count in counts.items():
        made[int(hour[1:])] = count
    return made


def totals(missed: int, text: str) -> dict[str, Any]:
    """The side of one policy: a hundred tickets, so many of the eighty of P3 late; each of them tells a manager."""
    first = [target("first_response", 80 - missed, missed, text)]
    return {
        "tickets": 100,
        "priorities": [
            {
                "priority": "P1",
                "label": "Critical",
                "tickets": 20,
                "targets": [target("first_response", 20, 0, "2bh")],
                "escalations": [],
            },
            {
                "priority": "P3",
                "label": "Other",
                "tickets": 80,
                "targets": first,
                "escalations": [{"chain": "late", "level": 1, "fired": missed, "tickets": missed}],
            },
        ],
        "organizations": [
            {"organization": "acme", "tickets": 60, "targets": [target("first_response", 60 - missed, missed)]},
            {"organization": None, "others": 3, "tickets": 40, "targets": [target("first_response", 40, 0)]},
        ],
        "months": [
            {"month": "2025-12", "tickets": 10, "targets": [target("first_response", 10, 0)]},
            {"month": "2026-02", "tickets": 90, "targets": [target("first_response", 90 - missed, missed)]},
        ],
        "notifications": [
            {
                "role": "manager",
                "told": missed,
                "people": missed,
                "commands": {"notify": missed},
                "hours": hours(h10=missed),
            }
        ],
        "escalations": {
            "hours": hours(h10=missed),
            "levels": [{"chain": "late", "level": 1, "fired": missed, "tickets": missed}],
        },
        "response": [
            {
                "metric": "first_response",
                "priority": "P3",
                "target_seconds": 8 * HOUR,
                "bins": [
                    {"from": 0.0, "to": 0.1, "count": 80 - missed},
                    {"from": 1.0, "to": 1.1, "count": missed - 1},
                    {"from": 3.0, "to": None, "count": 1},
                ],
            }
        ],
    }


def difference(newly: int) -> dict[str, Any]:
    """What lies between sixteen late tickets and `newly` more."""
    names = [f"T-{number}" for number in range(1, 1 + min(newly, 5))]
    line = {"rule": "priorities.P3.first_response", "file": "policy.yaml", "line": 18, "says": "8bh -> 6bh"}
    return {
        "tickets": 100,
        "not_compared": 0,
        "changed": 80,
        "groups": [
            {
                "what": "due",
                "metric": "first_response",
                "from": "8bh",
                "to": "6bh",
                **line,
                "tickets": 80,
                "examples": names,
            },
            {
                "what": "missed",
                "metric": "first_response",
                "from": "met",
                "to": "missed",
                **line,
                "tickets": newly,
                "examples": names,
            },
            {
                "what": "escalation",
                "chain": "late",
                "level": 1,
                "from": "not fired",
                "to": "fired",
                **line,
                "tickets": newly,
                "examples": names,
            },
            {
                "what": "notification",
                "chain": "late",
                "level": 1,
                "role": "manager",
                "from": "0",
                "to": "1",
                "rule": None,
                "file": None,
                "line": None,
                "says": "",
                "tickets": newly,
                "examples": names,
            },
        ],
        "missed": [
            {
                "metric": "first_response",
                "priority": "P3",
                "newly": newly,
                "no_longer": 0,
                "old": 16,
                "new": 16 + newly,
                "examples": names,
            }
        ],
        "notifications": [{"role": "manager", "old": 16, "new": 16 + newly, "change": newly}],
    }


def sweep() -> dict[str, Any]:
    """Three targets of P3."""
    rows = [("4bh", 50, 30), ("6bh", 60, 20), ("8bh", 64, 16)]
    return {
        "metric": "first_response",
        "priority": "P3",
        "rows": [
            {
                "target": text,
                "met": met,
                "missed": missed,
                "open": 0,
                "attained": met / 80,
                "escalations": missed,
                "notifications": {"manager": missed},
            }
            for text, met, missed in rows
        ],
    }


def summary(**changes: Any) -> dict[str, Any]:
    """P3 answered within 6 business hours instead of 8: four tickets more are late, and a manager hears of each."""
    made = {
        "file": "log.csv",
        "mapping": "Log",
        "shape": "events",
        "at": "2026-03-01T00:00:00+00:00",
        "policy": {"name": "Desk", "version": "2", "digest": "b" * 64},
        "against": {"name": "Desk", "version": "1", "digest": "a" * 64},
        "rows": {
            "read": 301,
            "used": 300,
            "rejected": 1,
            "reasons": [
                {
                    "reason": "bad_instant",
                    "count": 1,
                    "says": "an instant that cannot be read",
                    "rows": [{"row": 7, "line": 8, "ticket": "T-9", "detail": "`soon`", "count": 1}],
                }
            ],
            "remarks": [],
        },
        "tickets": {
            "read": 100,
            "evaluated": 100,
            "rejected": 0,
            "reasons": [],
            "unknown_organization": 0,
            "by_columns": 99,
            "by_rows": 1,
        },
        "new": totals(20, "6bh"),
        "old": totals(16, "8bh"),
        "difference": difference(4),
        "sweep": None,
        "notes": ["instants without a zone are read as UTC"],
    }
    return {**made, **changes}


def alone(**changes: Any) -> dict[str, Any]:
    """The same without another policy."""
    return summary(against=None, old=None, difference=None, **changes)


def nothing() -> dict[str, Any]:
    """A summary of a file without rows."""
    empty = {
        "tickets": 0,
        "organizations": [],
        "months": [],
        "notifications": [],
        "response": [],
        "priorities": [{"priority": "P1", "label": "Critical", "tickets": 0, "targets": [], "escalations": []}],
        "escalations": {"hours": [0] * 168, "levels": []},
    }
    rows = {"read": 0, "used": 0, "rejected": 0, "reasons": [], "remarks": []}
    tickets = {"read": 0, "evaluated": 0, "rejected": 0, "reasons": [], "unknown_organization": 0}
    return summary(
        new=empty,
        old=empty,
        difference={"tickets": 0, "changed": 0, "groups": [], "missed": [], "notifications": []},
        rows=rows,
        tickets={**tickets, "by_columns": 0, "by_rows": 0},
        notes=[],
    )


def single() -> dict[str, Any]:
    """One ticket, late under both policies."""
    late = [target("first_response", 0, 1, "2bh")]
    side = {
        "tickets": 1,
        "priorities": [{"priority": "P1", "label": "P1", "tickets": 1, "targets": late, "escalations": []}],
        "organizations": [{"organization": "", "tickets": 1, "targets": late}],
        "months": [{"month": "2026-02", "tickets": 1, "targets": late}],
        "notifications": [],
        "escalations": {"hours": [0] * 168, "levels": []},
        "response": [
            {
                "metric": "first_response",
                "priority": "P1",
                "target_seconds": None,
                "bins": [{"from": 3.0, "to": None, "count": 1}],
            }
        ],
    }
    same = {"tickets": 1, "changed": 0, "groups": [], "missed": [], "notifications": []}
    return summary(new=side, old=side, difference=same)
