"""Tickets that have only just been submitted: at awkward instants, of all kinds; and what the engine says of each."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pyarrow as pa

from support_policy.batch.opened import promise_table
from support_policy.batch.rowwise import decide_row
from support_policy.batch.schema import DATA, FACT, INSTANT
from support_policy.model.condition import Variable
from support_policy.model.event import Event, instant, listless, micros
from support_policy.policy.compiled import Policy
from support_policy.ticket.history import History
from tests.batch.stories import dice_of

DAY = 86_400_000_000
HOUR = DAY // 24
START = micros(instant(0).replace(year=2026))
NEAR = (-HOUR, -1_000_000, -1, 0, 0, 0, 1, 1_000_000, HOUR // 2, HOUR)


def boundaries(policy: Policy, first: int, last: int) -> list[int]:
    """Where any calendar opens or closes, and so long before that as targets and levels take."""
    hours = {seconds for text in policy.text.priorities.values() for seconds in _lengths(text.targets.values())}
    hours |= {s for c in policy.text.chains.values() for s in _lengths(level.length for level in c.levels)}
    found: set[int] = set()
    for time in policy.calendars.values():
        opens, closes, _ = time.business.columns_us(first, last)
        ends = [end for end in (*opens, *closes) if first <= end <= last]
        found.update(ends)
        for end in ends[:: max(1, len(ends) // 60)]:
            found.update(b for s in hours if (b := time.business.before_us(end, s * 1_000_000)) is not None)
    return sorted(found)


def _lengths(given: Any) -> list[int]:
    return [one.seconds for one in given if one is not None]


def instants(policy: Policy, n: int, dice: Random, first: int = START, days: int = 800) -> list[int]:
    """Instants at, just before and just after the boundaries, and anywhere."""
    edges = boundaries(policy, first, first + days * DAY)
    anywhere = [first + dice.randrange(days * DAY) for _ in range(n)]
    return [dice.choice(edges) + dice.choice(NEAR) if edges and dice.random() < 0.7 else at for at in anywhere]


def values(policy: Policy, variable: Variable, dice: Random, n: int) -> pa.Array:
    """A column of a fact: of all that it may be, and now and then of what it may not."""
    if variable.name == "organization":
        words: Sequence[Any] = (*map(str, policy.text.organizations), "nobody", None)
    elif variable.type == "boolean":
        return pa.array([dice.choice((True, False, None)) for _ in range(n)])
    elif variable.type == "numeric":
        return pa.array([dice.choice((0, 1, 2.5, 3, 4, 10, 1e9, None)) for _ in range(n)], pa.float64())
    elif variable.type == "string":
        words = (*variable.options, "something", None) if variable.options else ("urgent", "vip", "", None)
    else:
        lists = [list(variable.options[:1]), list(variable.options[:2]), [], None]
        return pa.array([dice.choice(lists) for _ in range(n)], pa.list_(pa.string()))
    # What does not fit is rare, lest nothing else is decided.
    told = [dice.choice(words) for _ in range(n)]
    coded = pa.array([None if w == "something" and dice.random() < 0.9 else w for w in told], pa.string())
    return coded.dictionary_encode() if dice.random() < 0.7 else coded


def submitted(policy: Policy, n: int, seed: int, *, more: bool = False) -> pa.Table:
    """Tickets of all kinds; with `more` also told what began them, by whom, and what else that carried."""
    dice = dice_of(seed)
    columns: dict[str, pa.Array] = {"ticket": pa.array([f"VS-{number}" for number in range(n)])}
    columns["at"] = pa.array(instants(policy, n, dice), INSTANT)
    columns |= {f"{FACT}{name}": values(policy, variable, dice, n) for name, variable in policy.facts.items()}
    if more:
        types = ("submitted", "submitted", "submitted", None, *policy.event_types[:3], "no_such_event")
        earlier = ("2026-01-05T10:00:00+00:00", "yesterday", None, None)
        told = {
            "type": types,
            "by": ("customer", "customer", None, "engineer", "nobody"),
            f"{DATA}team": ("network", "storage", None),
            f"{DATA}from_submitted_at": earlier,
        }
        columns |= {name: pa.array([dice.choice(some) for _ in range(n)], pa.string()) for name, some in told.items()}
    return pa.table(columns)


def engine(policy: Policy, tickets: pa.Table, begins: tuple[str, str]) -> list[dict[str, Any]]:
    """What the engine says of each ticket, as of its submission."""
    rows = tickets.set_column(1, "at", tickets["at"].cast(pa.int64())).to_pylist()
    return [decide_row(policy, History(row["ticket"], (_event(row, begins),)), row["at"]) for row in rows]


def _event(row: dict[str, Any], begins: tuple[str, str]) -> Event:
    fields = {name.removeprefix(FACT): v for name, v in row.items() if name.startswith(FACT) and v is not None}
    data = {name.removeprefix(DATA): v for name, v in row.items() if name.startswith(DATA) and v is not None}
    type, by = row.get("type") or begins[0], row.get("by") or begins[1]
    return Event(type, instant(row["at"]), by=by, fields=listless(fields), data=listless(data))


def assert_promised(policy: Policy, tickets: pa.Table, begins: tuple[str, str] = ("submitted", "")) -> pa.Table:
    """Every ticket is promised what the engine promises it; the table of promises."""
    found = promise_table(policy, tickets)
    plain = found
    for place, field in enumerate(found.schema):
        if field.type == INSTANT:
            plain = plain.set_column(place, field.name, found[field.name].cast(pa.int64()))
    for given, wanted, row in zip(tickets.to_pylist(), engine(policy, tickets, begins), plain.to_pylist(), strict=True):
        assert row == {name: wanted.get(name) for name in found.schema.names}, given
    return found
