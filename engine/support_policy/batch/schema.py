"""The two tables of the bulk evaluator: events of many tickets in, one row a ticket out.

Events (any number of columns may be absent; the rows of a ticket need not stand together, and keep their order among
those of one instant):

    ticket         text                 its name
    at             timestamp[us, UTC]   when it happened
    type           text                 an event type of the policy
    by             text or null         who did it: a role
    recorded_at    timestamp or null    when it was learned (null: at once)
    fact.NAME      by the fact's type   what it sets the fact to; null: it says nothing of it
    cleared        list of text         the facts that it takes back
    data.NAME      text or null         what else it carries: to, reason, via, team, ...; what the policy declares
                                        of an event may be a number, a truth or a list of texts

Texts may be plain, large or dictionaries. What comes out is `result_schema`.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from support_policy.model.promise import Metric
from support_policy.policy.compiled import Policy

INSTANT = pa.timestamp("us", tz="UTC")
CODED = pa.dictionary(pa.int32(), pa.string())
FACT, DATA = "fact.", "data."

NOTIFICATION = pa.struct([
    ("at", INSTANT),
    ("command", pa.string()),
    ("chain", pa.string()),
    ("level", pa.int32()),
    ("cycle", pa.int32()),
    ("cause", pa.string()),
    ("role", pa.string()),
    ("people", pa.int32()),
])  # fmt: skip
"""One role told of one thing, in order of `at`, then of the names beside it.

`people` is how many addresses fill the role (0: nobody does); `level` is 0 and `chain` empty where it is about none.
`command` is one of those of `model.event.Command`; what a customer is told has the role `customer`.
"""

CLOCK = (
    ("status", CODED),
    ("target_seconds", pa.int64()),
    ("calendar", CODED),
    ("started_at", INSTANT),
    ("due_at", INSTANT),
    ("stopped_at", INSTANT),
    ("worked_seconds", pa.float64()),
    ("run", pa.int32()),
    ("set_by", CODED),
)
"""What is said of a metric: as in `evaluate`; `set_by` is the line of the policy that its target follows from:
`priorities.P3.first_response`, `plans.gold.P1`, `targets.RULE`; null without a target."""

LEVEL = (("status", CODED), ("due_at", INSTANT), ("fired_at", INSTANT), ("cause", CODED))
"""What is said of a level of a chain, in its present cycle; all null for a ticket that never had the chain."""


def _plain(columns: tuple[tuple[str, Any], ...]) -> list[tuple[str, Any]]:
    """The same within a list, where texts are not coded."""
    return [(name, pa.string() if kind == CODED else kind) for name, kind in columns]


TEAM_CLOCK = pa.struct([("metric", pa.string()), ("team", pa.string()), *_plain(CLOCK)])
TEAM_LEVEL = pa.struct([
    ("chain", pa.string()),
    ("team", pa.string()),
    ("cycle", pa.int32()),
    ("level", pa.int32()),
    *_plain(LEVEL),
])  # fmt: skip

TICKET = (
    ("ticket", pa.string()),
    ("organization", CODED),
    ("office", CODED),
    ("opened_at", INSTANT),
    ("state", CODED),
    ("priority", CODED),
    ("stated_priority", CODED),
    ("assessed_priority", CODED),
    ("assessed_by", CODED),
    ("clarification_advised", pa.bool_()),
    ("escalation_level", pa.int32()),
    ("events", pa.int32()),
    ("refused", pa.int32()),
    ("left_out", pa.int32()),
    ("decided_by", CODED),
    ("by_rows_because", CODED),
    ("error", CODED),
    ("detail", pa.string()),
)
"""What is said of a ticket.

`assessed_by`: the rule of the set `priority` that assessed it last. `events`: how many it has up to the instant of
evaluation, `refused` those of them that the workflow did not allow, `left_out` later ones. `decided_by`: `columns`, or
`rows` and why the columns left it to them. `error`: null, or `never_began` or `not_decided` with a `detail`; then all
else but the name and the counts is null.
"""


def flat_metrics(policy: Policy) -> tuple[Metric, ...]:
    """The metrics with one clock a ticket, in the policy's order; the others are in `teams`."""
    return tuple(metric for metric in policy.text.metrics.values() if not metric.per_team)


def flat_chains(policy: Policy) -> tuple[str, ...]:
    """The chains with one run a ticket, in the policy's order; the others are in `team_levels`."""
    metrics = policy.text.metrics
    return tuple(name for name, c in policy.text.chains.items() if not (c.counts and metrics[c.counts].per_team))


def result_schema(policy: Policy) -> pa.Schema:
    """The columns of what is found of tickets under a policy, one row a ticket.

    `METRIC.status` and so on for every metric (`CLOCK`), `CHAIN.cycle`, and `CHAIN.N.status` and so on for every level
    (`LEVEL`). Where a metric is per team, `teams` and `team_levels` hold the clocks and levels of each team's own.
    `notifications` says who was told of what, in order.
    """
    fields: list[tuple[str, Any]] = list(TICKET)
    for metric in flat_metrics(policy):
        fields += [(f"{metric.name}.{name}", kind) for name, kind in CLOCK]
    for chain in flat_chains(policy):
        fields.append((f"{chain}.cycle", pa.int32()))
        for level in policy.text.chains[chain].levels:
            fields += [(f"{chain}.{level.number}.{name}", kind) for name, kind in LEVEL]
    if any(metric.per_team for metric in policy.text.metrics.values()):
        fields += [("teams", pa.list_(TEAM_CLOCK)), ("team_levels", pa.list_(TEAM_LEVEL))]
    return pa.schema([*fields, ("notifications", pa.list_(NOTIFICATION))])
