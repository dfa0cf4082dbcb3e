"""What has become of a cohort's tickets, as a table in `schema.result_schema`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from support_policy.batch.columns.calendar import NEVER
from support_policy.batch.histories.codes import CAUSE, FIRED, LEVEL, PLANNED, STATUS
from support_policy.batch.histories.cohort import Cohort
from support_policy.batch.histories.commands import COMMANDS
from support_policy.batch.histories.kinds import kinds
from support_policy.batch.histories.state import Bools, Clocks, Ints
from support_policy.batch.histories.times import target_due, total
from support_policy.batch.schema import INSTANT, NOTIFICATION, flat_chains, flat_metrics, result_schema
from support_policy.clock.zone import SECOND


def results(cohort: Cohort, begin: int, until: int, rows: Ints) -> pa.Table:
    """One row for each ticket of `rows` (numbers of the cohort's states), as of `until`."""
    state, lowered, events = cohort.state, cohort.lowered, cohort.events
    count = len(rows)
    life = lowered.machines[lowered.life]
    places = cohort.order[rows] + begin
    advised = np.zeros(count, bool)
    if "advice" in lowered.rules:
        for index, rule in enumerate(lowered.policy.rules["advice"].words):
            if any(action.name == "advise_clarification" for action in rule.actions):
                advised |= state.advice[index, rows]
    organization = events.facts.get("organization")
    rule_ids = (
        tuple(str(rule.id) for rule in lowered.policy.rules["priority"].words) if "priority" in lowered.rules else ()
    )
    made: dict[str, Any] = {
        "ticket": events.names.take(pa.array(places)),
        "organization": _coded(
            state.facts["organization"][rows], tuple(map(str, organization.values)) if organization else ()
        ),
        "office": _coded(state.office[rows], lowered.calendar_names),
        "opened_at": _instants(state.begun[rows]),
        "state": _coded(state.machines[lowered.life][rows], life.states),
        "priority": _coded(state.priority[rows], lowered.priorities),
        "stated_priority": _coded(state.stated[rows], lowered.priorities),
        "assessed_priority": _coded(state.assessed[rows], lowered.priorities),
        "assessed_by": _coded(state.assessed_by[rows], rule_ids),
        "clarification_advised": pa.array(advised),
        "escalation_level": pa.array(_level(cohort, rows)),
        "events": pa.array(cohort.counts[rows].astype(np.int32)),
        "refused": pa.array(state.refused[rows]),
        "left_out": pa.array(events.left_out[places]),
        "decided_by": _coded(np.zeros(count, np.int32), ("columns",)),
    }
    for metric in flat_metrics(lowered.policy):
        made |= _clock(cohort, metric.name, state.clocks[lowered.metric_code[metric.name]], rows, until)
    for chain in flat_chains(lowered.policy):
        made |= _chain(cohort, str(chain), lowered.chain_code[chain], rows)
    made["notifications"] = _notifications(cohort, rows)
    schema = result_schema(lowered.policy)
    columns = [made[field.name] if field.name in made else pa.nulls(count, field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _level(cohort: Cohort, rows: Ints) -> NDArray[np.int32]:
    """The highest level fired on an automatic chain, or 1 once a request was accepted."""
    made = cohort.state.accepted[rows].astype(np.int32)
    for runs, chain in zip(cohort.state.runs, cohort.lowered.chains, strict=True):
        if not chain.requested:
            made = np.maximum(made, runs.reached[rows])
    return made


def _coded(codes: NDArray[Any], values: tuple[str, ...]) -> pa.Array:
    """Numbers (negative: none) as a dictionary column."""
    codes = codes.astype(np.int32)
    indices = pa.array(codes, pa.int32(), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(values, pa.string()))


def _named(codes: NDArray[np.int8], values: tuple[str, ...]) -> pa.Array:
    """Numbers whose 0 means none, as a dictionary column."""
    return _coded(codes.astype(np.int32) - 1, values[1:])


def _instants(us: Ints) -> pa.Array:
    return pa.array(us, pa.int64(), mask=us == NEVER).cast(INSTANT)


def _clock(cohort: Cohort, name: str, clocks: Clocks, rows: Ints, until: int) -> dict[str, pa.Array]:
    lowered, exists = cohort.lowered, clocks.exists[rows]
    mine = rows[exists]
    due = np.full(len(rows), NEVER)
    due[exists] = target_due(lowered, clocks, mine, going_on=True)
    worked = np.zeros(len(rows), np.int64)
    worked[exists] = total(lowered, clocks, mine, until)
    none = ~exists
    target = clocks.target[rows]
    aimed = exists & (target >= 0)
    calendar = np.where(clocks.business[rows], clocks.calendar[rows], len(lowered.calendar_names))
    said = {
        "status": _named(np.where(exists, clocks.status[rows], 0), STATUS),
        "target_seconds": pa.array(target, pa.int64(), mask=~aimed),
        "calendar": _coded(np.where(exists, calendar, -1), (*lowered.calendar_names, "always")),
        "started_at": _instants(np.where(exists, clocks.started[rows], NEVER)),
        "due_at": _instants(due),
        "stopped_at": _instants(np.where(exists, clocks.stopped[rows], NEVER)),
        "worked_seconds": pa.array(worked / SECOND, pa.float64(), mask=none),
        "run": pa.array(clocks.run_number[rows], pa.int32(), mask=none),
        "set_by": _coded(np.where(aimed, clocks.source[rows], -1), tuple(lowered.promises.sources)),
    }
    return {f"{name}.{key}": array for key, array in said.items()}


def _chain(cohort: Cohort, name: str, number: int, rows: Ints) -> dict[str, pa.Array]:
    runs = cohort.state.runs[number]
    cycle = runs.cycle[rows]
    made = {f"{name}.cycle": pa.array(cycle, pa.int32(), mask=cycle == 0)}
    for level in range(runs.levels):
        status = runs.status[level, rows]
        fired: Bools = status == FIRED
        planned = np.where(status == PLANNED, runs.pending[level, rows], NEVER)
        made[f"{name}.{level + 1}.status"] = _named(status, LEVEL)
        made[f"{name}.{level + 1}.due_at"] = _instants(np.where(fired, runs.due[level, rows], planned))
        made[f"{name}.{level + 1}.fired_at"] = _instants(np.where(fired, runs.fired[level, rows], NEVER))
        made[f"{name}.{level + 1}.cause"] = _named(np.where(fired, runs.cause[level, rows], 0), CAUSE)
    return made


def _notifications(cohort: Cohort, rows: Ints) -> pa.Array:
    """Who was told of what, a list a ticket, in order."""
    count = len(rows)
    place = np.full(cohort.state.size, -1, np.int64)
    place[rows] = np.arange(count)
    told, roles = _flat(cohort, place)
    if not told:
        empty = pa.array([], pa.int64())
        nothing = [empty.cast(field.type) for field in NOTIFICATION]
        values = pa.StructArray.from_arrays(nothing, fields=list(NOTIFICATION))
        return pa.ListArray.from_arrays(pa.array(np.zeros(count + 1, np.int32)), values)
    chains = (*map(str, cohort.lowered.chain_code), "")
    texts = {"command": COMMANDS, "chain": chains, "cause": CAUSE, "role": roles}
    order = np.lexsort((_minor(told, texts), told["at"], told["place"]))
    told = {name: column[order] for name, column in told.items()}
    made = {name: _text(told[name], words) for name, words in texts.items()}
    made["at"] = _instants(told["at"])
    made["level"], made["cycle"] = pa.array(told["level"], pa.int32()), pa.array(told["cycle"], pa.int32())
    made["people"] = pa.array(_people(cohort, told, roles), pa.int32())
    values = pa.StructArray.from_arrays([made[field.name] for field in NOTIFICATION], fields=list(NOTIFICATION))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(told["place"], minlength=count))])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def _minor(told: dict[str, NDArray[Any]], texts: dict[str, tuple[str, ...]]) -> Ints:
    """The order of what is told at one instant: by command, chain, level, cycle, role."""
    made = np.zeros(len(told["at"]), np.int64)
    for name in ("command", "chain", "level", "cycle", "role"):
        column = told[name]
        if name in texts:
            column = np.argsort(np.argsort(np.array(texts[name], object)))[column]
        made = made * (int(column.max(initial=0)) + 1) + column
    return made


def _text(codes: NDArray[Any], values: tuple[str, ...]) -> pa.Array:
    """Numbers as texts; a negative one counts from the end."""
    made = pa.DictionaryArray.from_arrays(
        pa.array(np.where(codes < 0, len(values) - 1, codes), pa.int32()), pa.array(values)
    )
    return made.cast(pa.string())


def _flat(cohort: Cohort, place: Ints) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """What was told, one entry a role, and the roles; `place` is where each ticket's list stands (below 0: nowhere)."""
    found: dict[str, list[NDArray[Any]]] = {}
    roles: dict[str, int] = {}
    for notice in cohort.notices.given:
        mine = np.flatnonzero(place[notice.tickets] >= 0)
        for role in notice.roles if mine.size else ():
            said = {
                "place": place[notice.tickets[mine]],
                "at": notice.at[mine],
                "command": np.full(len(mine), notice.command),
                "chain": np.full(len(mine), notice.chain),
                "level": np.full(len(mine), notice.level),
                "cycle": notice.cycle[mine],
                "cause": np.full(len(mine), notice.cause),
                "role": np.full(len(mine), roles.setdefault(role, len(roles))),
                "customer": notice.customer[mine],
                "team": notice.team[mine],
            }
            for name, column in said.items():
                found.setdefault(name, []).append(column)
    return {name: np.concatenate(columns) for name, columns in found.items()}, tuple(roles)


def _people(cohort: Cohort, told: dict[str, NDArray[Any]], roles: tuple[str, ...]) -> NDArray[np.int32]:
    """How many addresses fill each role then."""
    names, teams, dated = cohort.customers.names, (*cohort.teams, ""), cohort.lowered.dated
    keyed = (told["role"] * (len(names) + 1) + told["customer"] + 1) * (len(teams) + 1) + told["team"] + 1
    if dated:
        _, moment = np.unique(told["at"], return_inverse=True)
        keyed = keyed * (len(keyed) + 1) + moment.reshape(-1)
    first, which = kinds(keyed)
    made = np.empty(len(first), np.int32)
    for kind, row in enumerate(first):
        name, of, team = (
            roles[int(told["role"][row])],
            names[int(told["customer"][row])],
            teams[int(told["team"][row])],
        )
        made[kind] = cohort.lowered.people(name, of, team, int(told["at"][row]) if dated else None)
    return made[which]
