"""The charts of a backtest that are about a target's worth: how long things took against it, and its whole range."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from support_policy.render.backtest_words import (
    Data,
    attained,
    by_metric,
    counted,
    in_time,
    metric_name,
    metrics,
    number,
    one,
    percent,
    priority_name,
    target_of,
    targets_of,
)
from support_policy.render.chart_theme import LIGHT, PAINT, Spec, chart, empty, layer, words
from support_policy.render.sentences import plain
from support_policy.source.words import parse_duration

END = 3.0
"""The bins end at three times the target; all beyond stands in one."""
BEYOND = 0.3
"""How wide that one is drawn."""
_SHARES = f"['0', 'target', '2\u00d7'][datum.value] || '{END:g}\u00d7 +'"
PANEL = 222
MOST_PANELS = 8


# -- time against the target ---------------------------------------------------------------------------------------


def spreads(summary: Data) -> dict[str, Spec]:
    """A chart a metric: the time that ended clocks took, in shares of their target, a panel a priority."""
    made: dict[str, Spec] = {}
    for metric in metrics(summary):
        if any(row["metric"] == metric for row in summary["new"]["response"]):
            name = f"spread-{re.sub(r'[^A-Za-z0-9_-]', '-', metric)}"
            made[name if name not in made else f"{name}-{len(made)}"] = spread(summary, metric)
    return made or {"spread": empty("Time against the target", "No clock with a target has come to its end.")}


def spread(summary: Data, metric: str) -> Spec:
    """How long tickets took against the target of `metric`, old against new."""
    old = summary["old"]
    found = [row for row in summary["new"]["response"] if row["metric"] == metric]
    known = [p["priority"] for p in summary["new"]["priorities"]]
    found.sort(key=lambda row: known.index(row["priority"]) if row["priority"] in known else len(known))
    panels = []
    for row in found[:MOST_PANELS]:
        before = one(old["response"], metric=metric, priority=row["priority"]) if old else None
        panels.append(_panel(summary, row, before))
    says = (
        "Time until the clock ended, in shares of its target; right of the line is late. "
        "Heights are square roots of counts: rare long waits stay visible."
    )
    says += " Grey outline: the old policy." if old else ""
    columns = 1 if len(panels) == 1 else 2
    return chart(_late_title(summary, metric, found), says, {"concat": panels, "columns": columns, "spacing": 26})


def _late_title(summary: Data, metric: str, found: Sequence[Data]) -> str:
    """The finding: the priority whose share in time changed most, or the most frequent one."""
    old = summary["old"]

    def shares(priority: str) -> tuple[float | None, float | None, int]:
        now = one(summary["new"]["priorities"], priority=priority)
        before = one(old["priorities"], priority=priority) if old else None
        return (
            attained(by_metric(now).get(metric)),
            attained(by_metric(before).get(metric)),
            (now or {}).get("tickets", 0),
        )

    def moved(row: Data) -> tuple[float, int]:
        now, before, tickets = shares(row["priority"])
        return (abs(now - before) if now is not None and before is not None else 0.0, tickets)

    best = max(found, key=moved)["priority"]
    now, before, _ = shares(best)
    return f"{plain(best, 24)} {metric_name(metric).lower()}: {in_time(now, before)}"


def _bins(row: Data | None) -> list[dict[str, Any]]:
    """From, to and height of every bin, those that nothing fell into too; the last one is all beyond."""
    if row is None:
        return []
    counts = {round(b["from"] * 10): b["count"] for b in row["bins"]}
    last = round(END * 10)
    rest = sum(count for at, count in counts.items() if at >= last)
    made = [{"from": at / 10, "to": (at + 1) / 10, "count": counts.get(at, 0)} for at in range(last)]
    made.append({"from": END + 0.1, "to": END + 0.1 + BEYOND, "count": rest})
    return [
        {
            **b,
            "late": b["to"] > 1,
            "paint": LIGHT["missed" if b["to"] > 1 else "met"],
            "height": b["count"] ** 0.5,
            "zero": 0,
        }
        for b in made
    ]


def _panel(summary: Data, row: Data, before: Data | None) -> Spec:
    bins, outline = _bins(row), _bins(before)
    top = max([1.0, *(b["height"] for b in [*bins, *outline])])
    steps = _outline(outline) if outline and outline != bins else []
    axis = {
        "values": [0, 1, 2, END + 0.1 + BEYOND / 2],
        "domain": True,
        "labelPadding": 5,
        "labelFlush": False,
        "labelExpr": _SHARES,
    }
    scale = {"domain": [0, END + 0.1 + BEYOND], "nice": False}
    x = {"field": "from", "type": "quantitative", "scale": scale, "axis": axis}
    y = {"field": "height", "type": "quantitative", "axis": None, "scale": {"domain": [0, top * 1.16], "nice": False}}
    late = sum(b["count"] for b in bins if b["late"])
    rest = bins[-1]
    bars = layer(bars_of(bins), {"type": "rect"}, x=x, x2={"field": "to"}, y=y, y2={"field": "zero"}, color=PAINT)
    rule = [{"from": 1, "height": top, "zero": -0.0}]
    beyond = [{"from": (rest["from"] + rest["to"]) / 2, "height": rest["height"], "text": number(rest["count"])}]
    layers = [
        bars,
        layer(
            steps,
            {"type": "line", "interpolate": "step-after", "color": LIGHT["old"], "strokeWidth": 1.5},
            x=x,
            y=y,
            detail={"field": "part"},
        ),
        layer(rule, {"type": "rule", "color": LIGHT["ink"], "strokeWidth": 1.25}, x=x, y=y, y2={"field": "zero"}),
        words(
            rule_words(top, late),
            mark={"align": "left", "dx": 6, "dy": 6, "color": LIGHT["missed"], "fontWeight": 600},
            x=x,
            y=y,
        ),
        words(beyond, mark={"dy": -8, "color": LIGHT["soft"], "fontSize": 10}, x=x, y=y),
    ]
    return {"width": PANEL, "height": 84, "title": _panel_title(summary, row), "layer": layers}


def _outline(bins: Sequence[Data]) -> list[dict[str, Any]]:
    """The bins as the line around them: up to where they end, and around all beyond."""
    *within, rest = [{"from": b["from"], "height": b["height"], "part": int(b["from"] > END)} for b in bins]
    around = [
        {**rest, "height": 0},
        rest,
        {**rest, "from": bins[-1]["to"]},
        {**rest, "from": bins[-1]["to"], "height": 0},
    ]
    return [*within, {**within[-1], "from": END}, *around]


def bars_of(bins: Sequence[Data]) -> list[dict[str, Any]]:
    """The bins as bars with a little air between them."""
    return [{**b, "from": b["from"] + 0.008, "to": b["to"] - 0.008} for b in bins if b["count"]]


def rule_words(top: float, late: int) -> list[dict[str, Any]]:
    """What stands beside the target's line."""
    return [{"from": 1, "height": top, "text": f"{late:,} late"}]


def _panel_title(summary: Data, row: Data) -> Spec:
    name = priority_name(one(summary["new"]["priorities"], priority=row["priority"]) or row)
    told = targets_of(summary, row["priority"], row["metric"])
    text = f"{name}, {told}" if told else name
    return {"text": text, "fontSize": 12, "fontWeight": 600, "offset": 6, "frame": "group"}


# -- the whole range of a target -----------------------------------------------------------------------------------


def sweep(summary: Data) -> Spec:
    """What each value of a target would have given: the share attained, and how often it escalates."""
    found = summary["sweep"]
    priority, metric = plain(found["priority"], 24), metric_name(found["metric"]).lower()
    name = f"{priority} {metric}"
    rows = [
        {**row, "share": percent(row["attained"]), "fired": number(row["escalations"]), "at": f"{row['target']}"}
        for row in found["rows"]
    ]
    if not rows:
        return empty(f"{name}: no target was tried", "The range is empty.")
    order = [row["at"] for row in rows]
    x = {
        "field": "at",
        "type": "ordinal",
        "scale": {"domain": order, "type": "point", "padding": 0.5},
        "axis": {"labelAngle": 0, "labelFontSize": 12, "labelColor": LIGHT["ink"]},
    }
    says = "Top: targets met of those met or missed, by target. Bottom: escalations that would have fired."
    marked = _marked(summary, found)
    if marked:
        says += f" Dashed: {' and '.join(f'the {key} target' for key in dict.fromkeys(m['name'] for m in marked))}."
    return chart(_sweep_title(name, rows), says, {"vconcat": _sweep_panels(rows, x, marked), "spacing": 14})


def _sweep_panels(rows: list[dict[str, Any]], x: Spec, marked: list[dict[str, Any]]) -> list[Spec]:
    width = 430
    judged = [row for row in rows if row["attained"] is not None]
    low = min((row["attained"] for row in judged), default=0.0)
    floor = max(0.0, int(low * 10 - 0.5) / 10)
    share = {
        "field": "attained",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [floor, 1.04], "nice": False},
    }
    fired = {"field": "escalations", "type": "quantitative", "axis": None}
    above = {"dy": -13, "fontWeight": 600}
    bare = {**x, "axis": None}
    dash = {"type": "rule", "strokeDash": [4, 3], "color": LIGHT["soft"]}
    names = {"align": "left", "dx": 5, "y": 116, "color": LIGHT["soft"], "fontSize": 11}
    top = [
        layer(marked, dash, x=bare, y=share, y2={"datum": floor}),
        words(marked, "name", mark=names, x=bare),
        layer(judged, {"type": "line", "color": LIGHT["met"], "strokeWidth": 2.5}, x=bare, y=share),
        layer(
            judged, {"type": "point", "filled": True, "color": LIGHT["met"], "size": 45, "opacity": 1}, x=bare, y=share
        ),
        words(judged, "share", mark={**above, "color": LIGHT["met"]}, x=bare, y=share),
    ]
    bottom = [
        layer(rows, {"type": "bar", "color": LIGHT["missed"], "width": min(30, 250 / len(rows))}, x=x, y=fired),
        words(rows, "fired", mark={"dy": -8, "color": LIGHT["missed"], "fontWeight": 600}, x=x, y=fired),
    ]
    title = {"fontSize": 12, "fontWeight": 600, "offset": 10, "frame": "group"}
    return [
        {"width": width, "height": 124, "title": {"text": "In time", **title}, "layer": top},
        {"width": width, "height": 64, "title": {"text": "Escalations", **title}, "layer": bottom},
    ]


def _marked(summary: Data, found: Data) -> list[dict[str, Any]]:
    """Where the targets of the two policies stand in the range."""
    made: list[dict[str, Any]] = []
    lengths = {_seconds(row["target"]): row for row in found["rows"]}
    for key in ("old", "new"):
        row = lengths.get(_seconds(target_of(summary[key], found["priority"], found["metric"])))
        if row:
            name = key if summary["old"] else "present"
            made.append({"at": row["target"], "name": name, "attained": row["attained"]})
    return made


def _seconds(target: str) -> int | str:
    """What tells whether two targets are as long."""
    read = parse_duration(target.replace(" min", "m").replace(" business hours", "bh").replace(" ", ""))
    return target if isinstance(read, str) else read.seconds


def _sweep_title(name: str, rows: Sequence[Data]) -> str:
    first, last = rows[0], rows[-1]
    if len(rows) == 1:
        return f"{name}, {first['target']}: {first['share']} in time, {counted(first['escalations'], 'escalation')}"
    return (
        f"{name}: {first['share']} in time at {first['target']} with {counted(first['escalations'], 'escalation')}, "
        f"{last['share']} at {last['target']} with {last['escalations']:,}"
    )
