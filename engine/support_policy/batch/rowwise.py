"""Tickets decided one by one by the engine itself: what columns cannot express, and what columns are held to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pyarrow as pa

from support_policy.batch.schema import DATA, FACT, flat_chains, flat_metrics, result_schema
from support_policy.batch.set_by import Lines, set_by
from support_policy.clock import sla
from support_policy.model.event import Command, Event, instant, listless, micros
from support_policy.policy.compiled import Policy
from support_policy.policy.names import LIFECYCLE
from support_policy.source.diagnostics import PolicyError
from support_policy.ticket.agenda import SECOND, level_due
from support_policy.ticket.evaluate import Run, clarification_advised, escalation_level, in_order, run, shown_due
from support_policy.ticket.explain_tale import told
from support_policy.ticket.history import History
from support_policy.ticket.state import ChainState, Clock, key_of

Row = dict[str, Any]
LONGEST_DETAIL = 200
"""Letters of an error that are kept."""


def decide_rows(policy: Policy, events: pa.Table, until: int) -> pa.Table:
    """One row (`schema.result_schema`) for each ticket of a table of events, in the order in which they first appear.

    Decided as of `until` (microseconds since 1970): each is what `evaluate` makes of its history.
    """
    schema = result_schema(policy)
    columns: dict[str, list[Any]] = {name: [] for name in schema.names}
    for history in histories(events):
        row = decide_row(policy, history, until)
        for name, column in columns.items():
            column.append(row.get(name))
    return pa.table([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def histories(events: pa.Table) -> Iterator[History]:
    """The history of each ticket of a table of events, in the order in which they first appear."""
    found: dict[str, list[Event]] = {}
    for ticket, event in zip(events["ticket"].to_pylist(), _events(events), strict=True):
        found.setdefault(ticket, []).append(event)
    return (History(ticket, tuple(mine)) for ticket, mine in found.items())


def _events(events: pa.Table) -> Iterator[Event]:
    nothing = [None] * events.num_rows
    given = {name: events[name].to_pylist() for name in events.column_names if name not in ("at", "recorded_at")}
    at, recorded = _instants(events, "at"), _instants(events, "recorded_at")
    facts = [(name.removeprefix(FACT), given[name]) for name in given if name.startswith(FACT)]
    data = [(name.removeprefix(DATA), given[name]) for name in given if name.startswith(DATA)]
    by, cleared = given.get("by", nothing), given.get("cleared", nothing)
    for row, type in enumerate(given["type"]):
        learned = recorded[row]
        says = {name: column[row] for name, column in facts if column[row] is not None}
        yield Event(
            type,
            instant(at[row] or 0),
            None if learned is None else instant(learned),
            by=by[row] or "",
            fields=listless({**dict.fromkeys(cleared[row] or ()), **says}),
            data=listless({name: column[row] for name, column in data if column[row] is not None}),
        )


def _instants(events: pa.Table, name: str) -> list[int | None]:
    if name not in events.column_names:
        return [None] * events.num_rows
    found: list[int | None] = events[name].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_pylist()
    return found


def decide_row(policy: Policy, history: History, until: int) -> Row:
    """What is said of one ticket, by the names of `schema.result_schema`; what is left out is null."""
    later = sum(micros(max(event.at, event.recorded_at or event.at)) > until for event in history.events)
    row: Row = {"ticket": history.ticket, "events": len(history.events) - later, "refused": 0, "left_out": later}
    row["decided_by"] = "rows"
    try:
        made = run(policy, history, instant(until))
    except (PolicyError, OverflowError, ValueError) as problem:
        return row | {"error": "not_decided", "detail": str(problem)[:LONGEST_DETAIL]}
    refused = [event for event in made.state.log if event.outcome == "refused" and not event.engine]
    row["refused"] = len(refused)
    initial, state = policy.life.initial, made.state
    # What is allowed from any state, the first included, begins no ticket.
    if not state.priority or (not state.clocks and state.machines.get(LIFECYCLE) == initial):
        why = refused[0].why if refused else f"it never left the state {initial}"
        return row | {"error": "never_began", "detail": why}
    return row | _decided(policy, made, until)


def _decided(policy: Policy, made: Run, until: int) -> Row:
    governing, state = made.governing, made.state
    row: Row = {
        "organization": state.facts.get("organization"),
        "office": state.office or None,
        "opened_at": state.begun,
        "state": state.machines.get(LIFECYCLE, governing.life.initial),
        "priority": state.priority,
        "stated_priority": state.stated or None,
        "assessed_priority": state.assessed or None,
        "assessed_by": _assessed_by(made),
        "clarification_advised": clarification_advised(governing, state),
        "escalation_level": escalation_level(governing, state),
        "notifications": sorted(_notifications(made.commands), key=_in_order),
    }
    lines = set_by(made)
    flat = {metric.name for metric in flat_metrics(policy)}
    for clock in in_order(governing, state.clocks.values()):
        said = _clock(governing, clock, lines, until)
        if clock.metric in flat:
            row |= {f"{clock.metric}.{name}": value for name, value in said.items()}
        else:
            row.setdefault("teams", []).append({"metric": clock.metric, "team": clock.team, **said})
    chains = flat_chains(policy)
    for key, chain in state.chains.items():
        levels = _levels(made, chain)
        if key in chains:
            row[f"{key}.cycle"] = chain.cycle
            row |= {f"{key}.{number}.{name}": value for number, said in levels.items() for name, value in said.items()}
        else:
            named = {"chain": chain.chain, "team": chain.team, "cycle": chain.cycle}
            row.setdefault("team_levels", []).extend({**named, "level": n, **said} for n, said in levels.items())
    return row


def _assessed_by(made: Run) -> str | None:
    """The rule by which the priority was last assessed; a record of a telling that was told anew does not count."""
    rules = [event.data["rule"] for event in told(made.state.log) if event.engine and event.type == "priority_assessed"]
    return str(rules[-1]) if rules and rules[-1] else None


def _clock(policy: Policy, clock: Clock, lines: Lines, until: int) -> Row:
    calendar = policy.calendar(clock.calendar, business=clock.business)
    return {
        "status": clock.status,
        "target_seconds": clock.target,
        "calendar": clock.calendar if clock.business else "always",
        "started_at": clock.started,
        "due_at": shown_due(policy, clock),
        "stopped_at": clock.stopped,
        "worked_seconds": sla.worked(calendar, clock.running, until) / SECOND,
        "run": clock.run,
        "set_by": lines.get(key_of(clock.metric, clock.team)),
    }


def _levels(made: Run, run: ChainState) -> dict[int, Row]:
    policy, state = made.governing, made.state
    chain = policy.text.chains.get(run.chain)
    found = {}
    for number, level in run.levels.items():
        due = level.due
        if level.status == "planned" and chain is not None:
            due = level_due(policy, state, chain, chain.levels[number - 1], run)
        found[number] = {
            "status": level.status,
            "due_at": due,
            "fired_at": level.fired,
            "cause": level.cause or None,
        }
    return found


def _in_order(told: Row) -> tuple[Any, ...]:
    return tuple(told[name] for name in ("at", "command", "chain", "level", "cycle", "role"))


def _notifications(commands: list[Command]) -> Iterator[Row]:
    for command in commands:
        about = command.about
        told = {
            "at": micros(command.at),
            "command": command.name,
            "chain": about.get("chain", ""),
            "level": about.get("level", 0),
            "cycle": about.get("cycle", 0),
            "cause": about.get("cause", ""),
        }
        if command.name == "tell_customer":
            yield {**told, "role": "customer", "people": 1}
        for role, people in groupby(command.notify, key=lambda pair: pair[0]):
            yield {**told, "role": role, "people": sum(bool(address) for _, address in people)}
