"""Histories that the service itself keeps: the log of each ticket, read back to the facts that came in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa

from support_policy.batch.event_rows import event_table
from support_policy.batch.read import Read
from support_policy.batch.read_tell import REMARKED
from support_policy.batch.replay_rows import Reject
from support_policy.model.event import Event, micros
from support_policy.policy.compiled import Policy
from support_policy.ticket.facts import problems

STORED = pa.schema([("ticket", pa.string()), ("number", pa.int64()), ("body", pa.string())])
"""A part of a store's logs: `number` counts a ticket's records from 1, `body` is the record as JSON."""


def read_stored(policy: Policy, raw: pa.Table, until: int) -> Read:
    """The events of a part of a store's logs (`STORED`), and the records that the policy does not take.

    What came after `until` (microseconds since 1970) is rejected, too. The engine's own records are left out: they are
    decided anew. So are facts that `policy` does not declare, which were told of under another version.
    """
    rejects: list[Reject] = []
    taken = list(_taken(policy, raw, until, rejects))
    names = [ticket for ticket, _, _ in taken]
    used = pa.table({
        "ticket": pa.array(names, pa.string()),
        "row": pa.array([number for _, number, _ in taken], pa.int64()),
        "line": pa.array([0] * len(taken), pa.int64()),
    })  # fmt: skip
    known = dict.fromkeys(names)
    tickets = pa.table({"ticket": pa.array(known, pa.string()), **dict.fromkeys(REMARKED, pa.array([0] * len(known)))})
    return Read(
        events=event_table(policy, ((ticket, event) for ticket, _, event in taken)),
        used=used,
        tickets=tickets,
        rejects=rejects,
        rows=len(taken) + len(rejects),
        ignored=0,
        unusable=list(dict.fromkeys(reject.ticket for reject in rejects if reject.ticket not in known)),
        by_rows=0,
    )


def _taken(policy: Policy, raw: Any, until: int, rejects: list[Reject]) -> Iterator[tuple[str, int, Event]]:
    bodies = json.loads(f"[{','.join(raw['body'].to_pylist())}]")
    for ticket, number, body in zip(raw["ticket"].to_pylist(), raw["number"].to_pylist(), bodies, strict=True):
        event = Event.from_json(body)
        if event.engine:
            continue
        if not event.fields.keys() <= policy.facts.keys():
            event = replace(event, fields={name: v for name, v in event.fields.items() if name in policy.facts})
        last = max(event.at, event.recorded_at or event.at)
        if micros(last) > until:
            rejects.append(Reject(number, 0, ticket, "future", last.isoformat()))
            continue
        wrong = problems(policy, event)
        if wrong:
            path, _, message, help = wrong[0]
            said = f"{'.'.join(map(str, path))}: {message}" + (f"; {help}" if help else "")
            rejects.append(Reject(number, 0, ticket, "policy", said))
        else:
            yield ticket, number, event
