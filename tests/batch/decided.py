"""A short way to tell tickets in a test and to see what is decided of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from support_policy.batch.decide import decide_table
from support_policy.batch.rowwise import decide_rows
from support_policy.model.event import micros
from support_policy.policy.compiled import Policy
from tests.batch.histories import canonical
from tests.batch.stories import HOUR, MINUTE, SECOND, Happened

UNITS = {"h": HOUR, "m": MINUTE, "s": SECOND}
MONDAY = micros(datetime.fromisoformat("2026-03-02T10:00:00-08:00"))
"""Ten o'clock on a working Monday in Los Angeles."""


def after(step: str) -> int:
    """Microseconds of `+1h30m`."""
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([hms])", step))


def told(*lines: str, start: int = MONDAY) -> list[Happened]:
    """Events of `+1h priority_changed by=manager to=P1 reason=x / organization=acme product=`; empty: taken back."""
    made = []
    for line in lines:
        said, _, facts = line.partition(" / ")
        step, type, *carried = said.split()
        data = dict(word.split("=", 1) for word in carried)
        given = dict(word.split("=", 1) for word in facts.split())
        learned = data.pop("learned", None)
        made.append(
            Happened(
                start + after(step),
                type,
                data.pop("by", None),
                start + after(learned) if learned else None,
                {name: value for name, value in given.items() if value},
                [name for name, value in given.items() if not value],
                data,
            )
        )
    return made


def decided(policy: Policy, stories: Mapping[str, Sequence[Happened]], until: int, *, rows: bool = False) -> pa.Table:
    """The table of results of some stories; `rows`: by the engine itself."""
    return (decide_rows if rows else decide_table)(policy, canonical(policy, stories), until)


def row(policy: Policy, *lines: str, seen: str = "+1000h") -> dict[str, Any]:
    """What is said of one ticket, decided so long after it began; by columns and by the engine alike."""
    until = MONDAY + after(seen)
    one: dict[str, Any]
    one, other = (decided(policy, {"VS-1": told(*lines)}, until, rows=rows).to_pylist()[0] for rows in (True, False))
    by = dict.fromkeys(("decided_by", "by_rows_because"))
    assert {**one, **by} == {**other, **by}
    return one
