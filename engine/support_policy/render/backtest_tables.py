"""The tables of a backtest's report: cells with their text, the number they sort by, and what a change means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from support_policy.render.backtest_charts_hours import told
from support_policy.render.backtest_words import (
    NONE,
    Data,
    attained,
    by_metric,
    metric_name,
    metrics,
    month_name,
    number,
    one,
    pairs,
    percent,
    priority_name,
    signed,
    targets_of,
)
from support_policy.render.sentences import hours, plain, spaced

Cell = dict[str, Any]
FOLDED = 15
"""Longer tables are folded away."""


def _text(text: str, kind: str = "t") -> Cell:
    return {"text": text, "n": None, "kind": kind}


def _count(count: float | None, text: str = "", kind: str = "") -> Cell:
    """A number; what there is none of sorts last."""
    return {"text": text or number(count), "n": "" if count is None else f"{count:.10g}", "kind": kind}


def _change(now: float | None, before: float | None, *, worse: int = 1) -> Cell:
    """A change; `worse` is the sign of one for the worse, 0 where neither is."""
    if now is None or before is None:
        return _count(None)
    apart = now - before
    kind = ("worse" if apart * worse > 0 else "better") if apart * worse else ""
    return _count(apart, signed(apart), kind)


def _share(found: Data | None) -> Cell:
    share = attained(found)
    return _count(share, percent(share))


def _time(seconds: float | None) -> Cell:
    return _count(seconds, NONE if seconds is None else hours(round(seconds / 60) * 60))


def _table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]], texts: int = 1, **more: Any
) -> dict[str, Any]:
    """`texts`: how many columns from the left hold words."""
    made = [list(row) for row in rows]
    named = [{"text": head, "left": at < texts} for at, head in enumerate(heads)]
    sort = len(made) > 1
    return {"caption": caption, "heads": named, "rows": made, "sort": sort, "folded": len(made) > FOLDED, **more}


# -- targets -------------------------------------------------------------------------------------------------------


def priorities(summary: Data) -> dict[str, Any]:
    """A row for each priority and metric: target, verdicts, times."""
    old = summary["old"] is not None
    every = [t for p in summary["new"]["priorities"] for t in p["targets"]]
    rare = [verdict for verdict in ("open", "withdrawn", "measured") if any(t[verdict] for t in every)]
    heads = ["Priority", "Metric", "Target", "Met", "Missed", *["Change"] * old, *(r.capitalize() for r in rare)]
    heads += ["In time", *["Was"] * old, "Median", "90 %", "Worked"]
    rows = []
    for now, before in pairs(summary):
        news, olds = by_metric(now), by_metric(before)
        for metric in dict.fromkeys([*news, *olds]):
            t, o = news.get(metric), olds.get(metric)
            found = t or {}
            worked = found["worked_seconds"] / 3600 if t else None
            rows.append([
                _text(priority_name(now)),
                _text(metric_name(metric)),
                _text(targets_of(summary, now["priority"], metric) or NONE),
                *_verdicts(t, o, old=old),
                *(_count(found.get(verdict)) for verdict in rare),
                *_shares(t, o, old=old),
                *(_time(found.get(key)) for key in ("median_seconds", "p90_seconds")),
                _count(worked, "" if worked is None else f"{number(worked)} h"),
            ])  # fmt: skip
    caption = (
        "Tickets by the priority in force at the end. Times are hours and minutes that the clocks counted: business "
        "hours, where a target has them; worked: their sum. "
    )
    caption += "Measured: ended without a target." if "measured" in rare else ""
    return _table(caption.strip(), heads, rows, 3, folded=False)


def _verdicts(now: Data | None, before: Data | None, *, old: bool) -> list[Cell]:
    missed = [t["missed"] if t else None for t in (now, before)]
    return [_count(now["met"] if now else None), _count(missed[0]), *[_change(*missed)] * old]


def _shares(now: Data | None, before: Data | None, *, old: bool) -> list[Cell]:
    return [_share(now), *[_share(before)] * old]


def organizations(summary: Data) -> dict[str, Any]:
    """A row for each of the organizations with most tickets, and one for all others."""

    def name(row: Data) -> str:
        if row["organization"] is not None:
            return plain(row["organization"], 60) or "(no name)"
        return f"{row['others']:,} others" if row.get("others") else "None given"

    rows = summary["new"]["organizations"]
    if len(rows) == 1 and rows[0]["organization"] is None and not rows[0].get("others"):
        rows = []
    return _by(summary, rows, "organizations", "organization", "Organization", name)


def months(summary: Data) -> dict[str, Any]:
    """A row for each month of opening."""
    rows = summary["new"]["months"]
    return _by(summary, rows, "months", "month", "Month", lambda row: month_name(row["month"]))


def _by(summary: Data, found: Sequence[Data], key: str, field: str, head: str, name: Any) -> dict[str, Any]:
    old, each = summary["old"] is not None, metrics(summary)
    heads = [head, "Tickets"]
    for metric in each:
        heads += [f"{metric_name(metric)} missed", *["Change"] * old, "In time", *["Was"] * old]
    heads.append("Worked")
    rows = []
    for row in found:
        before = one(summary["old"][key], **{field: row[field]}) if summary["old"] else None
        # Words sort as words; months, named as people write them, as they follow each other.
        first = {**_text(name(row)), "n": row[field].replace("-", "") if field == "month" else None}
        cells = [first, _count(row["tickets"])]
        for metric in each:
            t, o = by_metric(row).get(metric), by_metric(before).get(metric)
            cells += [*_verdicts(t, o, old=old)[1:], *_shares(t, o, old=old)]
        worked = sum(t["worked_seconds"] for t in row["targets"]) / 3600
        rows.append([*cells, _count(worked, f"{number(worked)} h")])
    shown = f"{len(rows):,} rows" if len(rows) > FOLDED else ""
    return _table(f"{head}s, with the targets of their tickets{': ' * bool(shown)}{shown}", heads, rows)


# -- escalations, messages, the range of a target ------------------------------------------------------------------


def escalations(summary: Data) -> dict[str, Any]:
    """A row for each level of each chain, old and new."""
    old = summary["old"] is not None
    new, before = (summary[key]["escalations"]["levels"] if summary[key] else [] for key in ("new", "old"))
    keys = sorted({(row["chain"], row["level"]) for row in [*new, *before]})
    rows = []
    for chain, level in keys:
        now, was = (one(rows_of, chain=chain, level=level) or {"fired": 0, "tickets": 0} for rows_of in (new, before))
        cells = [_text(spaced(chain)), _count(level), _count(now["tickets"]), _count(now["fired"])]
        rows.append(cells + ([_count(was["fired"]), _change(now["fired"], was["fired"])] if old else []))
    heads = ["Chain", "Level", "Tickets", "Fired", *["Was", "Change"] * old]
    return _table("Levels of escalation that would have fired", heads, rows)


def notifications(summary: Data) -> dict[str, Any]:
    """A row for each role: how often it is told, by how many people it is filled, and of what."""
    old = summary["old"] is not None
    rows = []
    for row in told(summary):
        found = one(summary["new"]["notifications"], role=row["role"]) or {"people": None, "commands": {}}
        what = ", ".join(f"{spaced(name)} {count:,}" for name, count in sorted(found["commands"].items()))
        cells = [_text(row["name"]), _count(row["new"])]
        if old:
            grown = row["new"] / row["old"] - 1 if row["old"] else None
            share = _count(grown, NONE if grown is None else f"{signed(100 * grown)}\u00a0%")
            cells += [_count(row["old"]), _change(row["new"], row["old"], worse=0), share]
        rows.append([*cells, _count(found["people"]), _text(what or NONE, "t w")])
    heads = ["Role", "Messages", *["Was", "Change", "Growth"] * old, "Addresses", "Of what"]
    made = _table("Who would have been told", heads, rows)
    made["heads"][-1]["left"] = True
    return made


def swept(summary: Data) -> dict[str, Any]:
    """A row for each value that the target was given."""
    found = summary["sweep"]
    roles = list(dict.fromkeys(role for row in found["rows"] for role in row["notifications"]))
    rows = [
        [
            _text(plain(row["target"], 20)),
            *(_count(row[key]) for key in ("met", "missed", "open")),
            _count(row["attained"], percent(row["attained"])),
            _count(row["escalations"]),
            *(_count(row["notifications"].get(role, 0)) for role in roles),
        ]
        for row in found["rows"]
    ]
    name = f"{plain(found['priority'], 24)} {metric_name(found['metric']).lower()}"
    told_heads = [f"Messages to {spaced(role)}" for role in roles]
    heads = ["Target", "Met", "Missed", "Open", "In time", "Escalations", *told_heads]
    return _table(f"What each target for {name} would have given", heads, rows, folded=False)
