"""Every change that another policy makes for tickets: of priorities, due times, verdicts, escalations, mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from support_policy.batch.causes import Aim, Case
from support_policy.batch.clock_columns import KINDS
from support_policy.batch.coded import NONE, Ints, coded, combined, numbers, rows_within
from support_policy.batch.schema import CODED, INSTANT, flat_chains
from support_policy.batch.sides import (
    MOST_TEAMS,
    Changes,
    Column,
    Group,
    Pair,
    Side,
    Sides,
    Subject,
    aligned,
    found_at,
    picked,
)

FIRED, NOT_FIRED, ANOTHER_TIME = "fired", "not fired", "fired at another time"


def changes_of(sides: Sides) -> Iterator[Changes]:
    """Every change, kind by kind."""
    causes = sides.causes

    def priority(_: int, was: Case, now: Case) -> Group:
        return Group(Subject("priority"), was.priority, now.priority, causes.priority(was, now))

    yield from sides.grouped(np.flatnonzero(sides.moved), [], priority)
    for pair in sides.pairs.values():
        yield from _due(sides, pair)
        yield from _verdicts(sides, pair)
    yield from _levels(sides)
    yield from _told(sides)


def _due(sides: Sides, pair: Pair) -> Iterator[Changes]:
    causes, metric = sides.causes, pair.metric
    at = np.flatnonzero(pair.due[0] != pair.due[1])

    def group(place: int, was: Case, now: Case) -> Group:
        old, new = pair.aims(at[place])
        texts = causes.said(causes.old, old, metric), causes.said(causes.new, new, metric)
        return Group(Subject("due", metric), *texts, causes.target(metric, old, new, was, now))

    instants = pair.due[0][at], pair.due[1][at]
    yield from sides.grouped(pair.rows[at], pair.columns(at), group, instants)


def _verdicts(sides: Sides, pair: Pair) -> Iterator[Changes]:
    old, new = pair.verdicts
    at = np.flatnonzero(old != new)

    def group(place: int, was: Case, now: Case) -> Group:
        before, after = (KINDS[side[at[place]]] if side[at[place]] >= 0 else "" for side in (old, new))
        cause = sides.causes.target(pair.metric, *pair.aims(at[place]), was, now)
        return Group(Subject("missed" if after == "missed" else "met", pair.metric), before, after, cause)

    columns = [*pair.columns(at), *((side[at] + 1, len(KINDS) + 1) for side in (old, new))]
    yield from sides.grouped(pair.rows[at], columns, group)


class _Counted:
    """The clocks that the levels of a chain count, for some tickets or teams: what their aims differ in."""

    def __init__(self, sides: Sides, chain: str, keys: Ints) -> None:
        found = [policy.text.chains.get(chain) for policy in (sides.causes.new, sides.causes.old)]
        metric = next((str(one.counts) for one in found if one and one.counts), "")
        self.pair = sides.pairs.get(metric)
        self.at = found_at(self.pair.keys, keys) if self.pair else keys

    def columns(self) -> list[Column]:
        return self.pair.columns(self.at) if self.pair else []

    def aims(self, place: int) -> tuple[Aim, Aim]:
        at = int(self.at[place])
        return self.pair.aims(at) if self.pair and at >= 0 else (Aim(), Aim())


def _levels(sides: Sides) -> Iterator[Changes]:
    chains = [side.policy.text.chains for side in (sides.new, sides.old)]
    every = dict.fromkeys((str(name), one.number) for some in chains for name, c in some.items() for one in c.levels)
    for chain, number in every:
        keys, *places = aligned(*(_fired(side, chain, number)[0] for side in sides.both))
        old, new = (
            picked(_fired(side, chain, number)[1], place, NONE) for side, place in zip(sides.both, places, strict=True)
        )
        at = np.flatnonzero(old != new)
        if len(at):
            yield from _level(sides, Subject("escalation", chain=chain, level=number), keys[at], (old[at], new[at]))


def _level(sides: Sides, subject: Subject, keys: Ints, fired: tuple[Ints, Ints]) -> Iterator[Changes]:
    counted = _Counted(sides, subject.chain, keys)
    old, new = fired

    def group(place: int, was: Case, now: Case) -> Group:
        before, after = (FIRED if side[place] != NONE else NOT_FIRED for side in fired)
        cause = sides.causes.level(subject.chain, subject.level, counted.aims(place), was, now)
        return Group(subject, before, ANOTHER_TIME if before == after else after, cause)

    columns: list[Column] = [((side != NONE).astype(np.int64), 2) for side in fired]
    yield from sides.grouped(keys // MOST_TEAMS, [*counted.columns(), *columns], group, (old, new))


def _fired(side: Side, chain: str, number: int) -> tuple[Ints, Ints]:
    """When a level fired for each ticket or team (`NONE`: not), by its key."""
    if chain in flat_chains(side.policy):
        column = f"{chain}.{number}.fired_at"
        if column in side.results.column_names:
            return np.arange(side.results.num_rows) * MOST_TEAMS, numbers(side.results[column])
    elif chain in side.policy.text.chains:
        rows, structs = rows_within(side.results["team_levels"])
        mine = (coded(structs.field("chain")).renamed({chain: 0}) == 0) & (numbers(structs.field("level")) == number)
        chosen = structs.filter(pa.array(mine))
        return side.keys(rows[mine], coded(chosen.field("team"))), numbers(chosen.field("fired_at"))
    return np.zeros(0, np.int64), np.zeros(0, np.int64)


def _told(sides: Sides) -> Iterator[Changes]:
    """Roles told more often or less, by the level that they are told of."""
    kinds: dict[tuple[str, str, int, str], int] = {}
    keys, counts = zip(*(_notifications(side, kinds) for side in sides.both), strict=True)
    wide = len(kinds) or 1
    sorts = list(kinds)
    every, *places = aligned(*(rows * wide + codes for rows, codes in keys))
    old, new = (picked(side, place, 0) for side, place in zip(counts, places, strict=True))
    changed = np.flatnonzero(old != new)
    for code, (role, chain, number, _) in enumerate(sorts):
        at = changed[every[changed] % wide == code]
        if len(at):
            subject = Subject("notification", chain=chain, level=number, role=role)
            yield from _mail(sides, subject, every[at] // wide, (old[at], new[at]))


def _mail(sides: Sides, subject: Subject, rows: Ints, counts: tuple[Ints, Ints]) -> Iterator[Changes]:
    counted = _Counted(sides, subject.chain, rows * MOST_TEAMS)

    def group(place: int, was: Case, now: Case) -> Group:
        before, after = (str(side[place]) for side in counts)
        cause = sides.causes.notification(subject.chain, subject.level, counted.aims(place), was, now)
        return Group(subject, before, after, cause)

    columns = [(side, int(side.max()) + 1) for side in counts]
    yield from sides.grouped(rows, [*counted.columns(), *columns], group)


def _notifications(side: Side, kinds: dict[tuple[str, str, int, str], int]) -> tuple[tuple[Ints, Ints], Ints]:
    """How often each ticket tells each kind of thing: (rows, codes of `kinds`), and the counts."""
    rows, structs = rows_within(side.results["notifications"])
    if not len(rows):
        return (rows, rows), rows
    role, chain, command = (coded(structs.field(name)) for name in ("role", "chain", "command"))
    level = np.maximum(numbers(structs.field("level")), 0)
    texts = [(column.codes, len(column.names)) for column in (role, chain, command)]
    codes, first = combined([(level, int(level.max()) + 1), *texts])
    named = [
        (role.names[role.codes[i]], chain.names[chain.codes[i]], int(level[i]), command.names[command.codes[i]])
        for i in first.tolist()
    ]
    ours = np.array([kinds.setdefault(name, len(kinds)) for name in named], np.int64)[codes]
    wide = int(ours.max()) + 1
    each, counts = np.unique(rows * wide + ours, return_counts=True)
    return (each // wide, each % wide), counts.astype(np.int64)


CHANGED = pa.schema([
    ("ticket", pa.string()),
    ("what", CODED),
    ("of", CODED),
    ("from", CODED),
    ("to", CODED),
    ("rule", CODED),
    ("file", CODED),
    ("line", pa.int32()),
    ("says", CODED),
    ("from_at", INSTANT),
    ("to_at", INSTANT),
])  # fmt: skip
"""What is written of each change. `of`: the metric, the level (`major.2`) or the role; `from` and `to`: priorities,
targets, verdicts, counts of notifications; `from_at` and `to_at`: when it was and is due, or fired. Null for none."""


def table_of(tickets: Any, found: list[Changes]) -> pa.Table:
    """One row (`CHANGED`) for each change, those of a ticket together; `tickets` are the names of the rows."""
    parts = [_table(tickets, one) for one in found]
    if not parts:
        return CHANGED.empty_table()
    order = np.argsort(np.concatenate([one.rows for one in found]), kind="stable")
    return pa.concat_tables(parts).unify_dictionaries().combine_chunks().take(pa.array(order))


def _table(tickets: Any, found: Changes) -> pa.Table:
    groups = found.groups
    texts = {
        "what": [g.subject.what for g in groups],
        "of": [subject_text(g.subject) for g in groups],
        "from": [g.old for g in groups],
        "to": [g.new for g in groups],
        "rule": [g.cause.rule for g in groups],
        "file": [g.cause.span.file if g.cause.rule else "" for g in groups],
        "says": [g.cause.says for g in groups],
    }
    codes = pa.array(found.codes)
    columns = {name: _coded(values, found.codes) for name, values in texts.items()}
    lines = pa.array([g.cause.span.line if g.cause.rule else None for g in groups], pa.int32())
    old, new = found.instants or 2 * (np.full(len(codes), NONE),)
    columns |= {
        "ticket": tickets.take(pa.array(found.rows)),
        "line": lines.take(codes),
        "from_at": pa.array(old, mask=old == NONE).cast(INSTANT),
        "to_at": pa.array(new, mask=new == NONE).cast(INSTANT),
    }
    return pa.table([columns[name] for name in CHANGED.names], schema=CHANGED)


def _coded(values: list[str], codes: Ints) -> Any:
    """The text of each code, as a dictionary; null for an empty one."""
    names = {name: place for place, name in enumerate(dict.fromkeys(values))}
    places = np.array([names[name] for name in values], np.int32)[codes]
    mask = np.array([not name for name in values], np.bool_)[codes]
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=mask), pa.array(list(names), pa.string()))


def subject_text(subject: Subject) -> str:
    """What a change is of: a metric, a level, a role and the level that it is told of; nothing for priorities."""
    level = f"{subject.chain}.{subject.level}" if subject.chain else ""
    return subject.metric or ": ".join(filter(None, (subject.role, level)))
