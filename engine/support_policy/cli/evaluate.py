"""Decide one ticket's history: its priority, targets, escalations, commands, and the reasons."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from support_policy.bootstrap import load_policy
from support_policy.cli.common import (
    add_history,
    add_json,
    add_policy,
    instant_given,
    load_run,
    paint,
    print_json,
)
from support_policy.cli.terminal import printable
from support_policy.render.sentences_runs import runs
from support_policy.source.words import spell
from support_policy.ticket.crosscheck import opinions
from support_policy.ticket.evaluate import Evaluation, report

HELP = "decide one ticket's history"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    add_history(parser)
    add_policy(parser)
    add_json(parser)
    parser.add_argument(
        "--reference",
        action="store_true",
        help="have the rules decided by the business-rules library too; 1 if it differs",
    )
    parser.add_argument("--scenario", metavar="OUT.yaml", help="write the history to a new file as a scenario to test")


def run(args: argparse.Namespace) -> int:
    """0: a decision was reached, breached or not; 1: the reference that was asked for decides otherwise."""
    if args.scenario:
        return _write(args)
    made = load_run(args)
    result = report(made)
    second = opinions(made) if args.reference else ()
    if args.json:
        told = [{"rule_set": o.rule_set, "ours": o.ours, "reference": o.reference} for o in second]
        print_json({**result, "reference": told} if args.reference else result)
    else:
        print("\n".join(summary(result)))
        for opinion in second:
            said = "agrees" if opinion.agrees else f"differs: {', '.join(opinion.reference) or 'no rule'}"
            held = ", ".join(opinion.ours) or "no rule"
            print(f"  reference    {opinion.rule_set}: {held}; business-rules {said}")
    return 0 if all(opinion.agrees for opinion in second) else 1


def _write(args: argparse.Namespace) -> int:
    """Write the history as a scenario; 0 when written."""
    from support_policy.adapters.histories import load_history
    from support_policy.adapters.scenarios import new_file
    from support_policy.service.scenario_write import as_scenario

    policy = load_policy(args.policy)
    history = load_history(policy, args.history)
    text = as_scenario(policy, history, instant_given(args.at, "--at"), to_the_end=args.at is not None)
    new_file(Path(args.scenario), text.encode("utf-8"))
    if args.json:
        print_json({"written": args.scenario})
    else:
        print(printable(args.scenario))
    return 0


def when(text: str | None) -> str:
    """An instant as people read it, in its own zone."""
    return f"{datetime.fromisoformat(text):%a %d %b %Y %H:%M}" if text else "-"


_GOOD, _BAD = ("met",), ("breached", "missed_then_met")


def summary(result: Evaluation) -> list[str]:
    """A decision in a few lines of text."""
    stated, assessed = result["stated_priority"], result["assessed_priority"]
    at = f"{when(result['at'])} ({datetime.fromisoformat(result['at']):%z})"
    now = f"{result['priority'] or 'no priority yet'}, {result['state']}"
    lines = [
        f"{paint(printable(result['ticket']), 'bold')}  {now}   as of {at}",
        f"  priority     stated {stated or '-'}, assessed {assessed or '-'}, in force {result['priority'] or '-'}"
        + ("; clarification is advised" if result["clarification_advised"] else ""),
    ]
    lines += [_target(row) for row in result["targets"]]
    lines += [_level(row) for row in result["escalations"]]
    lines += [_timer(row) for row in result["timers"]]
    refused = [e for e in result["events"] if e.get("outcome") == "refused"]
    lines += [printable(f"  not allowed  {e['type']} at {when(e['at'])}: {e['why']}") for e in refused]
    if result["events_left_out"]:
        lines.append(f"  left out     {result['events_left_out']} later events")
    return [*lines, "  because", *_reasons(result["because"])]


def _reasons(rows: list[dict[str, Any]]) -> list[str]:
    """One line a reason; rows that differ only in their clause stand together."""
    together: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        place = f"{row['file']}:{row['line']}:{row['column']}"
        together.setdefault((place, row["says"] or row["rule"]), []).extend([row["clause"]] if row["clause"] else [])
    lines = []
    for (place, says), clauses in together.items():
        cited = f" [{', '.join(dict.fromkeys(clauses))}]" if clauses else ""
        lines.append(printable(f"    {place}{cited}  {says}"))
    return lines


def _target(row: dict[str, Any]) -> str:
    status = row["status"].replace("_", " ")
    color = "good" if row["status"] in _GOOD else "error" if row["status"] in _BAD else "note"
    business = row["calendar"] != "always"
    if row["target_seconds"] is None:
        says = (
            f"no target; {spell(row['worked_seconds'])} of open time so far"
            if business
            else f"no target; {spell(row['worked_seconds'])} so far"
        )
    else:
        says = f"{spell(row['target_seconds'], business=business)}, due {when(row['due_at'])}"
        if row["stopped_at"]:
            says += f", done {when(row['stopped_at'])}"
    if "earlier" in row:
        says += f"; {runs(row['earlier'], row['status'])}"
    name = row["metric"].replace("_", " ") + (f" {row['team']}" if "team" in row else "")
    name += f" #{row['run']}" if "run" in row else ""
    return f"  {name:<16} {paint(f'{status:<15}', color)} {says}"


def _timer(row: dict[str, Any]) -> str:
    at = (
        f"{when(row['fired_at'])} ({row['cause'].replace('_', ' ')})"
        if row["fired_at"]
        else f"due {when(row['due_at'])}"
    )
    return printable(f"  {row['timer']:<16} {row['status']:<15} {at}")


def _level(row: dict[str, Any]) -> str:
    told = ", ".join(f"{n['role'].replace('_', ' ')} <{n['to'] or 'nobody'}>" for n in row["notify"])
    at = f"{when(row['fired_at'])} ({row['cause'].replace('_', ' ')})" if row["fired_at"] else ""
    at = at or (f"due {when(row['due_at'])}" if row["due_at"] else "")
    name = " ".join(str(part) for part in (row["chain"], row.get("team"), row["level"]) if part)
    if "run" in row or "round" in row:
        numbers = [f"{what} {row[what]}" for what in ("run", "round") if what in row]
        at = f"{at} ({', '.join(numbers)})".lstrip()
    return printable(f"  {name:<16} {row['status']:<15} {at}".rstrip() + (f" -> {told}" if told else ""))
