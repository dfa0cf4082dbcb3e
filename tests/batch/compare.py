"""What two ways of deciding tickets say of them, compared; the first difference is shown with its history."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pyarrow as pa

from support_policy import PolicyError, evaluate
from support_policy.batch.decide import decide_table
from support_policy.batch.rowwise import decide_rows
from support_policy.batch.schema import result_schema
from support_policy.model.event import instant, micros
from support_policy.policy.compiled import Policy
from tests.batch.histories import as_history, told_apart


def differing(mine: pa.Table, theirs: pa.Table) -> list[tuple[int, str, Any, Any]]:
    """(row, column, mine, theirs) where two tables of results differ; who decided is nobody's business."""
    assert mine.schema.equals(theirs.schema), f"{mine.schema}\n    not {theirs.schema}"
    assert mine.num_rows == theirs.num_rows, f"{mine.num_rows} tickets, not {theirs.num_rows}"
    found = []
    for name in mine.column_names:
        if name in ("decided_by", "by_rows_because") or mine[name].equals(theirs[name]):
            continue
        pairs = zip(mine[name].to_pylist(), theirs[name].to_pylist(), strict=True)
        found += [(row, name, one, other) for row, (one, other) in enumerate(pairs) if one != other]
    return found


def assert_same(policy: Policy, events: pa.Table, until: int) -> float:
    """Hold `decide_table` to `decide_rows`; gives the share of the tickets that columns decided."""
    mine, reference = decide_table(policy, events, until), decide_rows(policy, events, until)
    found = differing(mine, reference)
    if found:
        first = min(row for row, *_ in found)
        ticket = reference["ticket"][first].as_py()
        lines = [f"{name}: {one}\n    not {other}" for row, name, one, other in found if row == first]
        tickets, history = len({row for row, *_ in found}), as_history(ticket, told_apart(events)[ticket])
        said = [f"{tickets} of {mine.num_rows} tickets differ", *lines, f"as of {instant(until).isoformat()}:"]
        raise AssertionError("\n".join([*said, json.dumps(history, indent=1)]))
    by: list[str] = mine["decided_by"].to_pylist()
    return by.count("columns") / max(len(by), 1)


def assert_evaluated(policy: Policy, events: pa.Table, until: int) -> None:
    """Hold `decide_rows` to `evaluate`, whose JSON is read here by other code than the engine's."""
    rows = {row["ticket"]: row for row in decide_rows(policy, events, until).to_pylist()}
    apart = told_apart(events)
    assert list(rows) == list(apart)
    for ticket, mine in apart.items():
        history = as_history(ticket, mine)
        said, found = evaluated(policy, history, until), rows[ticket]
        # Whose line a target is, `evaluate` does not say: that is held by a law of its own.
        found["teams"] = found.get("teams") and [{**clock, "set_by": None} for clock in found["teams"]]
        wrong = {name: (found.get(name), value) for name, value in said.items() if found.get(name) != value}
        assert not wrong, "\n".join([f"{wrong}", f"as of {instant(until).isoformat()}", json.dumps(history, indent=1)])


def _time(text: str | None) -> Any:
    return instant(micros(datetime.fromisoformat(text))) if text else None


def evaluated(policy: Policy, history: dict[str, Any], until: int) -> dict[str, Any]:
    """The row of a ticket, as far as the JSON of `evaluate` tells it."""
    arrived = [
        e for e in history["events"] if max(map(_time, (e["at"], e.get("recorded_at", e["at"])))) <= instant(until)
    ]
    counted = {"events": len(arrived), "left_out": len(history["events"]) - len(arrived)}
    try:
        # What is still to come may be unusable; `evaluate` would not read the history then.
        said: Any = evaluate(policy, {**history, "events": arrived}, instant(until))
    except PolicyError:
        return {**counted, "error": "not_decided", "refused": 0, "state": None, "teams": None, "notifications": None}
    refused = [e for e in said["events"] if e.get("outcome") == "refused" and not e.get("engine")]
    counted["refused"] = len(refused)
    if not said["priority"] or (not said["targets"] and said["state"] == policy.life.initial):
        return {**counted, "error": "never_began", "state": None, "priority": None, "notifications": None}
    row: dict[str, Any] = {name: None for name in result_schema(policy).names if name.count(".")}
    row |= {"error": None, "detail": None, "teams": None, "team_levels": None, **counted}
    for name in ("state", "priority", "stated_priority", "assessed_priority", "clarification_advised"):
        row[name] = said[name]
    row["escalation_level"] = said["escalation_level"]
    for target in said["targets"]:
        told = _target(target)
        if "team" in target:
            row["teams"] = [*(row["teams"] or ()), {"metric": target["metric"], "team": target["team"], **told}]
        else:
            row |= {f"{target['metric']}.{name}": value for name, value in told.items()}
    for level in said["escalations"]:
        told = {"status": level["status"], "due_at": _time(level["due_at"]), "fired_at": _time(level["fired_at"])}
        told["cause"] = level["cause"]
        named = {"chain": level["chain"], "team": level.get("team"), "cycle": level.get("cycle", 1)}
        if "team" in level:
            row["team_levels"] = [*(row["team_levels"] or ()), {**named, "level": level["level"], **told}]
        else:
            row[f"{level['chain']}.cycle"] = named["cycle"]
            row |= {f"{level['chain']}.{level['level']}.{name}": value for name, value in told.items()}
    names = ("at", "command", "chain", "level", "cycle", "role")
    notified = [told for command in said["commands"] for told in _told(command)]
    row["notifications"] = sorted(notified, key=lambda told: [told[name] for name in names])
    # A chain may have begun with nothing left to plan: then `evaluate` has no row that tells its cycle.
    return {n: value for n, value in row.items() if not n.endswith(".set_by") and (value or not n.endswith(".cycle"))}


def _target(target: dict[str, Any]) -> dict[str, Any]:
    told = {name: target[name] for name in ("status", "target_seconds", "calendar")}
    told |= {name: _time(target[name]) for name in ("started_at", "due_at", "stopped_at")}
    return {**told, "worked_seconds": float(target["worked_seconds"]), "run": target.get("run", 1), "set_by": None}


def _told(command: dict[str, Any]) -> list[dict[str, Any]]:
    """One item for each role that a command tells."""
    people: dict[str, int] = {"customer": 1} if command["command"] == "tell_customer" else {}
    for told in command["notify"]:
        people[told["role"]] = people.get(told["role"], 0) + (told["to"] is not None)
    about = {"chain": "", "level": 0, "cycle": 0, "cause": ""}
    about = {name: command.get(name, value) for name, value in about.items()}
    first = {"at": _time(command["at"]), "command": command["command"], **about}
    return [{**first, "role": role, "people": count} for role, count in people.items()]
