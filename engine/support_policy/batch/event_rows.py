"""Events, one by one, to the table of events that the bulk evaluator reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from support_policy.batch.schema import DATA, FACT, INSTANT
from support_policy.model.event import Event, micros
from support_policy.policy.compiled import Policy
from support_policy.ticket.history import carried_keys

_KINDS = {"boolean": pa.bool_(), "numeric": pa.float64(), "string": pa.string()}
_LIST = pa.list_(pa.string())


def event_table(policy: Policy, told: Iterable[tuple[str, Event]]) -> pa.Table:
    """A table of events (see `schema`) of tickets' names and events; their facts are declared by the policy."""
    rows = list(told)
    columns: dict[str, Any] = {
        "ticket": pa.array([ticket for ticket, _ in rows], pa.string()),
        "at": pa.array([micros(event.at) for _, event in rows], pa.int64()).cast(INSTANT),
        "type": pa.array([event.type for _, event in rows], pa.string()),
        "by": pa.array([event.by or None for _, event in rows], pa.string()),
    }
    if any(event.recorded_at for _, event in rows):
        learned = [None if event.recorded_at is None else micros(event.recorded_at) for _, event in rows]
        columns["recorded_at"] = pa.array(learned, pa.int64()).cast(INSTANT)
    for name in dict.fromkeys(name for _, event in rows for name in event.fields):
        kind = _KINDS.get(policy.facts[name].type, _LIST)
        values = [event.fields.get(name) for _, event in rows]
        columns[FACT + name] = pa.array(values, kind)
    cleared = [[name for name, value in event.fields.items() if value is None] or None for _, event in rows]
    if any(cleared):
        columns["cleared"] = pa.array(cleared, _LIST)
    for name in dict.fromkeys(name for _, event in rows for name in event.data):
        columns[DATA + name] = _carried([event.data.get(name) for _, event in rows])
    return pa.table(columns)


def event_schema(policy: Policy) -> pa.Schema:
    """Every column that a table of events under the policy can have."""
    facts = [(FACT + name, _KINDS.get(variable.type, _LIST)) for name, variable in policy.facts.items()]
    data = [(DATA + name, pa.string()) for name in carried_keys(policy)]
    own = [("ticket", pa.string()), ("at", INSTANT), ("type", pa.string()), ("by", pa.string())]
    return pa.schema([*own, ("recorded_at", INSTANT), *facts, ("cleared", _LIST), *data])


def conformed(events: pa.Table, schema: pa.Schema) -> pa.Table:
    """The same events with all columns of a schema, those that are absent as nulls."""
    size, there = events.num_rows, events.column_names
    columns = [_as(events[f.name], f.type) if f.name in there else pa.nulls(size, f.type) for f in schema]
    return pa.table(columns, schema=schema)


def _as(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_list(column.type) and not pa.types.is_list(kind):
        return pa.chunked_array([pa.array([_text(value) for value in column.to_pylist()], kind)])
    return column.cast(kind)


def _carried(values: list[Any]) -> pa.Array:
    """What events carry under one name: texts, truths, numbers or lists of texts; of several kinds, all as texts."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool}:
        return pa.array(values, pa.bool_() if kinds else pa.string())
    if kinds <= {int, float}:
        return pa.array(values, pa.float64())
    if kinds <= {list, tuple} and all(isinstance(text, str) for value in values for text in value or ()):
        return pa.array(values, _LIST)
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
