"""Stories as tables of events, in the canonical form of `batch.schema`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from support_policy.batch.schema import CODED, DATA, FACT, INSTANT
from support_policy.model.event import Event, micros
from support_policy.policy.compiled import Policy
from tests.batch.stories import DAY, Happened, Stories, dice_of

KINDS = {
    "boolean": pa.bool_(),
    "numeric": pa.float64(),
    "select": pa.list_(pa.string()),
    "select_multiple": pa.list_(pa.string()),
}
"""How the facts of each type stand in a table; those that are texts, as texts do."""


def canonical(
    policy: Policy, stories: Mapping[str, Sequence[Happened]], dice: Random | None = None, *, plain: bool = False
) -> pa.Table:
    """The table of some tickets' events, which `dice` deals out among one another; `plain`: without dictionaries.

    Columns in which nothing stands are left out.
    """
    rows = [(ticket, event) for ticket, story in stories.items() for event in story]
    if dice is not None:
        left = {ticket: iter(story) for ticket, story in stories.items()}
        order = [ticket for ticket, _ in rows]
        dice.shuffle(order)
        rows = [(ticket, next(left[ticket])) for ticket in order]
    events = [event for _, event in rows]
    text = pa.string() if plain else CODED
    facts = {name: text if v.type == "string" else KINDS[v.type] for name, v in policy.facts.items()}
    columns = {
        "ticket": pa.array([ticket for ticket, _ in rows], pa.string()),
        "at": pa.array([event.at for event in events], INSTANT),
        "type": pa.array([event.type for event in events], text),
        "by": pa.array([event.by for event in events], text),
        "recorded_at": pa.array([event.recorded for event in events], INSTANT),
        "cleared": pa.array([event.cleared or None for event in events], pa.list_(pa.string())),
    }
    for name, kind in facts.items():
        columns[FACT + name] = pa.array([event.facts.get(name) for event in events], kind)
    for name in dict.fromkeys(name for event in events for name in event.data):
        columns[DATA + name] = pa.array([event.data.get(name) for event in events], text)
    needed = ("ticket", "at", "type")
    return pa.table({n: column for n, column in columns.items() if n in needed or column.null_count < len(column)})


def invented(policy: Policy, tickets: int, seed: int, *, odd: int = 8) -> tuple[pa.Table, int]:
    """Many tickets' events, and an instant to decide them at: mostly late among them, or about one of the tickets."""
    dice, stories = dice_of(seed), Stories(policy, odd)
    made = {f"T-{number}": stories.story(dice) for number in range(tickets)}
    ends = sorted(max(event.at for event in story) for story in made.values())
    about = stories.until(dice, dice.choice(list(made.values())))
    until = dice.choice((ends[-1], ends[-1] + 90 * DAY, ends[len(ends) * 7 // 10], ends[len(ends) * 9 // 10], about))
    return canonical(policy, made, dice), until


def happened(event: Event) -> Happened:
    """An event of the engine's as one of a story."""
    given = {name: list(v) if isinstance(v, tuple) else v for name, v in event.fields.items() if v is not None}
    cleared = [name for name, value in event.fields.items() if value is None]
    recorded = micros(event.recorded_at) if event.recorded_at else None
    return Happened(micros(event.at), event.type, event.by or None, recorded, given, cleared, dict(event.data))


@st.composite
def tables(draw: st.DrawFn, policy: Policy, most: int = 3) -> tuple[pa.Table, int]:
    """A few tickets' events, and an instant to decide them at."""
    dice = draw(st.randoms(use_true_random=False))
    stories = Stories(policy)
    made = {f"T-{number}": stories.story(dice) for number in range(draw(st.integers(1, most)))}
    until = stories.until(dice, made["T-0"])
    return canonical(policy, made, dice, plain=draw(st.booleans())), until


def as_history(ticket: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows of a table of events as the JSON that `evaluate` reads."""
    events = []
    for row in rows:
        given = {name: value for name, value in row.items() if value is not None}
        event = {"at": row["at"].isoformat(), "type": row["type"]}
        event |= {"by": given["by"]} if given.get("by") else {}
        event |= {"recorded_at": given["recorded_at"].isoformat()} if "recorded_at" in given else {}
        fields = dict.fromkeys(given.get("cleared", ()))
        fields |= {name.removeprefix(FACT): value for name, value in given.items() if name.startswith(FACT)}
        event |= {name.removeprefix(DATA): value for name, value in given.items() if name.startswith(DATA)}
        events.append({**event, "fields": fields} if fields else event)
    return {"ticket": ticket, "events": events}


def told_apart(events: pa.Table) -> dict[str, list[dict[str, Any]]]:
    """The rows of each ticket of a table of events, in the order in which the tickets first appear."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in events.to_pylist():
        found.setdefault(row.pop("ticket"), []).append(row)
    return found
