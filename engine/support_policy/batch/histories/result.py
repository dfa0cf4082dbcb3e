"""What has become of a part's tickets, as a table in `schema.result_schema`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from support_policy.batch.histories.codes import CAUSE, FIRED, LEVEL, NEVER, PLANNED, STATUS
from support_policy.batch.histories.commands import COMMANDS
from support_policy.batch.histories.part import Part
from support_policy.batch.histories.state import Bools, Clocks, Ints
from support_policy.batch.histories.times import SECOND, target_due, total
from support_policy.batch.schema import INSTANT, NOTIFICATION, flat_chains, flat_metrics, result_schema


def results(part: Part, begin: int, until: int, rows: Ints) -> pa.Table:
    """One row for each ticket of `rows` (numbers of the part's states), as of `until`."""
    state, lowered, events = part.state, part.lowered, part.events
    count = len(rows)
    life = lowered.machines[lowered.life]
    places = part.order[rows] + begin
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
        "escalation_level": pa.array(_level(part, rows)),
        "events": pa.array(part.counts[rows].astype(np.int32)),
        "refused": pa.array(state.refused[rows]),
        "left_out": pa.array(events.left_out[places]),
        "decided_by": _coded(np.zeros(count, np.int32), ("columns",)),
    }
    for metric in flat_metrics(lowered.policy):
        made |= _clock(part, metric.name, state.clocks[lowered.metric_code[metric.name]], rows, until)
    for chain in flat_chains(lowered.policy):
        made |= _chain(part, str(chain), lowered.chain_code[chain], rows)
    made["notifications"] = _notifications(part, rows)
    schema = result_schema(lowered.policy)
    columns = [made[field.name] if field.name in made else pa.nulls(count, field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _level(part: Part, rows: Ints) -> NDArray[np.int32]:
    """The highest level fired on an automatic chain, or 1 once a request was accepted."""
    made = part.state.accepted[rows].astype(np.int32)
    for runs, chain in zip(part.state.runs, part.lowered.chains, strict=True):
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


def _clock(part: Part, name: str, clocks: Clocks, rows: Ints, until: int) -> dict[str, pa.Array]:
    lowered, exists = part.lowered, clocks.exists[rows]
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
        "run": pa.array(np.ones(len(rows), np.int32), pa.int32(), mask=none),
        "set_by": _coded(np.where(aimed, clocks.source[rows], -1), tuple(lowered.promises.sources)),
    }
    return {f"{name}.{key}": array for key, array in said.items()}


def _chain(part: Part, name: str, number: int, rows: Ints) -> dict[str, pa.Array]:
    runs = part.state.runs[number]
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


def _notifications(part: Part, rows: Ints) -> pa.Array:
    """Who was told of what, a list a ticket, in order."""
    told, count = part.told, len(rows)
    place = np.full(part.state.size, -1, np.int64)
    place[rows] = np.arange(count)
    kept = [np.flatnonzero(place[batch[0]] >= 0) for batch in told.batches]
    columns: list[list[NDArray[Any]]] = [[] for _ in range(9)]
    for batch, mine in zip(told.batches, kept, strict=True):
        size = len(batch[0])
        parts = [np.broadcast_to(np.asarray(value), size)[mine] for value in batch]
        for role, name in enumerate(told.roles[batch[7]]):
            for column, values in zip(columns, (*parts[:7], _role(part, name, len(mine)), parts[8]), strict=True):
                column.append(values)
            del role
    if not columns[0]:
        return pa.array([[]] * count, pa.list_(NOTIFICATION)) if count else pa.array([], pa.list_(NOTIFICATION))
    tickets, at, command, chain, level, cycle, cause, role, customer = map(np.concatenate, columns)
    order = np.lexsort((role, cycle, level, chain, command, at, place[tickets]))
    tickets, at, command, chain = tickets[order], at[order], command[order], chain[order]
    level, cycle, cause, role, customer = level[order], cycle[order], cause[order], role[order], customer[order]
    chains = tuple(map(str, part.lowered.chain_code))
    values = pa.StructArray.from_arrays(
        [
            _instants(at),
            pa.array(np.array(COMMANDS, object)[command], pa.string()),
            pa.array(np.array([*chains, None], object)[chain], pa.string()),
            pa.array(level, pa.int32()),
            pa.array(cycle, pa.int32()),
            pa.array(np.array([None, *CAUSE[1:]], object)[cause], pa.string()),
            pa.array(np.array(part.role_names, object)[role], pa.string()),
            pa.array(_people(part, role, customer, at), pa.int32()),
        ],
        fields=list(NOTIFICATION),
    )
    offsets = np.concatenate([[0], np.cumsum(np.bincount(place[tickets], minlength=count))])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def _role(part: Part, name: str, size: int) -> NDArray[np.int64]:
    if name not in part.role_names:
        part.role_names.append(name)
    return np.full(size, part.role_names.index(name))


def _people(part: Part, role: NDArray[np.int64], customer: Ints, at: Ints) -> NDArray[np.int32]:
    """How many addresses fill each role then."""
    policy = part.lowered.policy
    names = part.customers.names
    text = policy.text
    dated = bool(text.stand_ins or text.rotas) or any(
        entry.first or entry.last
        for known in [*text.organizations.values(), *([text.unknown_organization] if text.unknown_organization else [])]
        for entries in known.roles.values()
        for entry in entries
    )
    key = np.stack([role, customer, at if dated else np.zeros_like(at)])
    kinds, which = np.unique(key, axis=1, return_inverse=True)
    made = np.empty(kinds.shape[1], np.int32)
    for place in range(kinds.shape[1]):
        name = part.role_names[int(kinds[0, place])]
        made[place] = part.lowered.people(name, names[int(kinds[1, place])], int(kinds[2, place]) if dated else None)
    return made[which.reshape(-1)]
