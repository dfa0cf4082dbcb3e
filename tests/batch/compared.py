"""Tickets under two policies, in a few words: shared by the tests of differences."""

from __future__ import annotations

from typing import Any

from support_policy.batch.difference import Difference
from support_policy.policy.compiled import Policy
from tests.batch.results import ROOT, Row, at, clock, table, ticket

FIRST = "first_response"
DESK = "examples/incidents"


def line_of(policy_file: str, text: str, folder: str = ".") -> int:
    """The line on which a text stands in a file of the project."""
    lines = (ROOT / folder / policy_file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def difference(old: Policy, new: Policy, rows: list[tuple[Row, Row]]) -> dict[str, Any]:
    """What is found of pairs of rows."""
    made = Difference(old, new)
    made.add(table(old, [row for row, _ in rows]), table(new, [row for _, row in rows]))
    return made.data()


def aimed(name: str, status: str, due: str, seconds: int, **more: Any) -> Row:
    """A P3 ticket with a first response due at an instant."""
    said = {"target_seconds": seconds, "due_at": at(due), "set_by": f"priorities.P3.{FIRST}", "calendar": "los_angeles"}
    return ticket(name, "P3", clock(FIRST, status, 7.0, **(said | more)))


TIGHTER = (f"{FIRST}: 8bh,", f"{FIRST}: 6bh,")


def only(made: dict[str, Any], what: str) -> tuple[str | None, str | None, str, str | None, int | None, str]:
    """The one group of a kind: from, to, rule, file, line, says."""
    (group,) = [group for group in made["groups"] if group["what"] == what]
    return tuple(group[key] for key in ("from", "to", "rule", "file", "line", "says"))
