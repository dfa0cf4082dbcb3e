"""The answer of a backtest in words: what would this change have done, which tickets, by which line of the policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from support_policy.render.backtest_charts_hours import told
from support_policy.render.backtest_words import (
    ARROW,
    NONE,
    Data,
    attained,
    by_metric,
    counted,
    in_time,
    metric_name,
    number,
    one,
    percent,
    signed,
    summed,
    title_of,
)
from support_policy.render.sentences import listed, plain, spaced

Opens = Callable[[str], str]


MANY = 20
"""A twentieth of the rows, rejected, is told at once."""


def answer(summary: Data) -> dict[str, Any]:
    """`lead`, one sentence; `lines`, what belongs to it; `tiles`, the numbers."""
    found = _compared(summary) if summary["difference"] is not None else _alone(summary)
    return {**found, "lines": [*_lost(summary), *found["lines"]]}


def _lost(summary: Data) -> list[str]:
    """What must be known before the answer is believed: a damaged file, many rows that were of no use."""
    rows = summary["rows"]
    damaged = next((reason["count"] for reason in rows["reasons"] if reason["reason"] == "unreadable"), 0)
    said = []
    if damaged:
        said.append(f"The file is damaged: {counted(damaged, 'row')} or more could not be read.")
    if (rows["rejected"] - damaged) * MANY > rows["read"]:
        said.append(f"{counted(rows['rejected'], 'row')} of {number(rows['read'])} were rejected.")
    return said


# -- one policy ----------------------------------------------------------------------------------------------------


def _alone(summary: Data) -> dict[str, Any]:
    totals, tickets = summed(summary["new"]), summary["new"]["tickets"]
    if not tickets:
        return {"lead": "There was no ticket to evaluate.", "lines": [], "tiles": []}
    shares = [(metric, attained(found)) for metric, found in totals.items()]
    kept = [f"{metric_name(m).lower()} {percent(share)} in time" for m, share in shares if share is not None]
    lead = f"{title_of(summary['policy'])} on {counted(tickets, 'ticket')}" + (f": {listed(kept)}." if kept else ".")
    tiles = [
        {"number": number(found["missed"]), "text": f"{metric_name(m).lower()} targets missed", "kind": ""}
        for m, found in totals.items()
        if found["met"] + found["missed"]
    ]
    fired = sum(level["fired"] for level in summary["new"]["escalations"]["levels"])
    tiles.append({"number": number(fired), "text": "escalations fired", "kind": ""})
    tiles += [
        {"number": number(row["new"]), "text": f"messages to the {_role(row)}", "kind": ""} for row in _most(summary)
    ]
    return {"lead": lead, "lines": [], "tiles": tiles}


def _role(row: Data) -> str:
    return spaced(plain(row["role"], 40))


def _most(summary: Data, most: int = 2) -> list[dict[str, Any]]:
    """The roles told most; of a comparison, those whose mail changes most."""
    rows = told(summary)
    if summary["old"]:
        rows = sorted(rows, key=lambda row: -abs(row["new"] - row["old"]))
    return rows[:most]


# -- old and new ---------------------------------------------------------------------------------------------------


def _compared(summary: Data) -> dict[str, Any]:
    found = summary["difference"]
    newly, saved = (sum(row[key] for row in found["missed"]) for key in ("newly", "no_longer"))
    if not found["tickets"]:
        lead = "There was no ticket to compare."
    elif not found["changed"]:
        lead = f"The change would have changed nothing for {_these(found['tickets'])}."
    else:
        lead = _lead(found, newly, saved)
    lines = [line for line in (_mail(summary), *_details(summary)) if line]
    return {"lead": lead, "lines": lines if found["tickets"] else [], "tiles": _tiles(summary, newly, saved)}


def _these(tickets: int) -> str:
    return "this ticket" if tickets == 1 else f"these {tickets:,} tickets"


def _lead(found: Data, newly: int, saved: int) -> str:
    where = [_target(row) for row in found["missed"] if row["newly"]]
    if len(where) == 1:
        lead = f"{counted(newly, 'more ticket')} would have missed {where[0]}"
    elif newly:
        lead = f"{counted(newly, 'more target')} would have been missed"
    elif saved:
        return f"{counted(saved, 'target')} fewer would have been missed."
    else:
        return f"No more targets would have been missed; {counted(found['changed'], 'ticket')} would have changed."
    return f"{lead}; {counted(saved, 'other target')} would no longer." if saved else f"{lead}."


def _target(row: Data) -> str:
    """`P3 first response`."""
    return f"{plain(row['priority'], 24)} {metric_name(row['metric']).lower()}"


MOST = 3
"""So many targets and roles are named in the answer; all stand below."""


def _details(summary: Data) -> Iterator[str]:
    """A sentence for each target whose misses change most."""
    rows = [row for row in summary["difference"]["missed"] if row["newly"] or row["no_longer"]]
    rows.sort(key=lambda row: -row["newly"] - row["no_longer"])
    for row in rows[:MOST]:
        priorities = (one(summary[key]["priorities"], priority=row["priority"]) for key in ("new", "old"))
        now, before = (attained(by_metric(found).get(row["metric"])) for found in priorities)
        yield f"{_target(row)}: {in_time(now, before)}; {row['new']:,} missed, was {row['old']:,}."
    if len(rows) > MOST:
        yield f"{counted(len(rows) - MOST, 'other target')} would have been missed more often, or less: see below."


def _mail(summary: Data) -> str:
    """How much more those roles would be told whose mail changes most."""
    rows = told(summary)
    changed = sorted((row for row in rows if row["new"] != row["old"]), key=lambda row: -abs(row["new"] - row["old"]))
    parts = []
    for row in changed[:MOST]:
        change = row["new"] - row["old"]
        share = f", {signed(100 * change / row['old'])}\u00a0%" if row["old"] else ""
        parts.append(
            f"{counted(row['new'], 'message')} to the {_role(row)} instead of {row['old']:,} ({signed(change)}{share})"
        )
    if not parts:
        return "Everybody's mail would have stayed as it is." if rows else ""
    if len(changed) > MOST:
        return f"{listed(parts)}; other mail for {counted(len(changed) - MOST, 'more role')}."
    return f"{listed(parts)}{'; all others are told as before' if len(changed) < len(rows) else ''}."


def _tiles(summary: Data, newly: int, saved: int) -> list[dict[str, str]]:
    found = summary["difference"]
    tiles = [
        {"number": number(newly), "text": "targets newly missed", "kind": "worse" if newly else ""},
        {"number": number(saved), "text": "no longer missed", "kind": "better" if saved else ""},
        {
            "number": number(found["changed"]),
            "text": f"of {counted(found['tickets'], 'ticket')} change in some way",
            "kind": "",
        },
    ]
    fired, before = (sum(x["fired"] for x in summary[key]["escalations"]["levels"]) for key in ("new", "old"))
    tiles.append({"number": signed(fired - before), "text": f"escalations: {fired:,}, was {before:,}", "kind": ""})
    for row in _most(summary, 1):
        text = f"messages to the {_role(row)}: {row['new']:,}, was {row['old']:,}"
        tiles.append({"number": signed(row["new"] - row["old"]), "text": text, "kind": ""})
    return tiles


# -- which tickets, and why ----------------------------------------------------------------------------------------


def _names(names: Sequence[str], tickets: int) -> str:
    shown = [plain(name, 80) for name in names]
    return ", ".join(shown) + (f" and {tickets - len(shown):,} more" if shown and tickets > len(shown) else "")


def _commands(names: Sequence[str], opens: Opens | None) -> str:
    told = (plain(opens(name), 1000) for name in names) if opens else ()
    return "\n".join(command for command in told if command)


def missed(summary: Data, opens: Opens | None) -> list[dict[str, Any]]:
    """The targets newly missed, most tickets first, with tickets to open: one block, or none."""
    found = [row for row in summary["difference"]["missed"] if row["newly"]]
    rows = []
    for row in sorted(found, key=lambda row: -row["newly"]):
        saved = f"; {row['no_longer']:,} others no longer missed" if row["no_longer"] else ""
        rows.append({
            "what": f"{_target(row)}: {row['new']:,} missed in all, was {row['old']:,}{saved}",
            "tickets": number(row["newly"]),
            "names": _names(row["examples"], row["newly"]),
            "commands": _commands(row["examples"], opens),
        })  # fmt: skip
    # The commands of a single target stand open below it.
    commands = rows[0].pop("commands") if len(rows) == 1 else ""
    rows = [{"commands": "", **row} for row in rows]
    head = {"name": "", "traced": False, "says": "", "place": "", "head": "Newly missed"}
    return [{**head, "rows": rows, "commands": commands}] if rows else []


def groups(summary: Data, opens: Opens | None) -> list[dict[str, Any]]:
    """What changed, gathered by the line of the policy that did it; the line with most tickets first."""
    made: dict[tuple[Any, ...], dict[str, Any]] = {}
    for group in summary["difference"]["groups"]:
        key = tuple(group.get(name) for name in ("rule", "file", "line", "says", "former"))
        rule, file, line, says = (plain(part) if part is not None else "" for part in key[:4])
        place = (f"{file}:{line}" if file and line else file) + (" (before)" if file and key[4] else "")
        block = {
            "name": rule or "Not traced to one line",
            "traced": bool(rule),
            "says": says.replace("->", ARROW),
            "place": place,
            "head": "What changes",
            "rows": [],
            "commands": "",
        }
        made.setdefault(key, block)["rows"].append({
            "what": _what(group),
            "tickets": number(group["tickets"]),
            "names": _names(group["examples"], group["tickets"]),
            "commands": _commands(group["examples"], opens),
        })  # fmt: skip
    return list(made.values())


_LEVELS = {
    ("not fired", "fired"): "fires, did not before",
    ("fired", "not fired"): "does not fire any more",
    ("fired", "fired at another time"): "fires at another time",
}


def _what(group: Data) -> str:
    """A group in words: `First response: due after 6bh, was 8bh`, `First response: missed, was met`."""
    what, then, now = group["what"], _plainly(group["from"]), _plainly(group["to"])
    level = f"{spaced(group['chain'])}, level {group['level']}" if group.get("chain") else ""
    if what == "priority":
        return f"Priority: {now or NONE}, was {then or NONE}"
    if what == "escalation":
        return f"Escalation {level}: {_LEVELS.get((then, now)) or f'{now}, was {then}'}"
    if what == "notification":
        about = f" ({level})" if level else ""
        return f"Messages to {spaced(group['role'])}{about}: {now or 0} a ticket, was {then or 0}"
    metric = metric_name(group["metric"])
    if what == "due":
        return f"{metric}: due {_after(now)}, was {_after(then)}" if then != now else f"{metric}: due at another time"
    return f"{metric}: {now or 'not asked for'}, was {then or 'not asked for'}"


def _plainly(given: str | None) -> str:
    return plain(given or "", 60)


def _after(target: str) -> str:
    return f"after {target}" if target else "never"
