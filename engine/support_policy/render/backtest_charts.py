"""The charts of a backtest as Vega-Lite specifications, from its summary: plain data in, plain data out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from support_policy.render.backtest_charts_hours import by_hour, by_role, heat
from support_policy.render.backtest_charts_spread import spreads, sweep
from support_policy.render.backtest_words import (
    Data,
    attained,
    by_metric,
    cleaned,
    in_time,
    metric_name,
    metrics,
    number,
    pairs,
    percent,
    priority_name,
    signed,
    stretch,
    summed,
    targets_of,
    was,
)
from support_policy.render.chart_theme import LIGHT, PAINT, Spec, chart, empty, layer, words

SWEEP = "sweep"
"""The name of the chart of a target's range."""


def charts(summary: Data) -> dict[str, Spec]:
    """The charts of a summary by name, in the order of reading; those that it has no data for are left out.

    A chart whose data are empty is there and says so. Names are fit for files.
    """
    summary = cleaned(summary)
    made = {"verdicts": verdicts(summary), "attainment": attainment(summary), **spreads(summary)}
    made["escalations"] = heat(summary)
    if summary["new"]["notifications"] or (summary["old"] or {}).get("notifications"):
        made["notifications"] = by_role(summary)
        made["notification-hours"] = by_hour(summary)
    if summary["sweep"]:
        made[SWEEP] = sweep(summary)
    return made


MANY = 36
"""So many months and more are a line without points."""
FEW = 30
"""Shares of fewer tickets are drawn as hardly telling anything."""


# -- attainment over time ------------------------------------------------------------------------------------------


def attainment(summary: Data) -> Spec:
    """The share of targets met, month of opening by month, a panel a metric, old against new."""
    new, old = summary["new"], summary["old"]
    found = {m: (_line(new, m), _line(old, m) if old else []) for m in metrics(summary)}
    found = {m: lines for m, lines in found.items() if lines[0] or lines[1]}
    if not found:
        return empty("Targets met over time", "No target was met or missed in any month.")
    months = stretch(sorted({row["month"] for row in [*new["months"], *(old["months"] if old else ())]}))
    last = list(found)[-1]
    panels = [_panel(m, lines, months, axis=m == last) for m, lines in found.items()]
    counts = {row["month"]: row["tickets"] for row in new["months"]}
    says = f"Targets met, by month of opening. Hollow points: fewer than {FEW} tickets."
    says += " Grey: the old policy." if old else ""
    return chart(_headline(summary, list(found)), says, {"vconcat": [*panels, _volume(counts, months)], "spacing": 14})


def _headline(summary: Data, shown: list[str]) -> str:
    """The finding: the metric whose share changed most, or the first."""
    new, old = summed(summary["new"]), summed(summary["old"])
    shares = {m: (attained(new.get(m)), attained(old.get(m))) for m in shown}
    best = max(shown, key=lambda m: abs((shares[m][0] or 0) - (shares[m][1] or 0)) if old else 0)
    now, before = shares[best]
    return f"{metric_name(best)}: {in_time(now, before if old else None)}"


def _line(totals: Data, metric: str) -> list[dict[str, Any]]:
    rows = [(row["month"], by_metric(row).get(metric)) for row in totals["months"]]
    return [
        {"month": month, "share": attained(t), "judged": t["met"] + t["missed"]}
        for month, t in rows
        if t is not None and attained(t) is not None
    ]


def _panel(
    metric: str, lines: tuple[list[dict[str, Any]], list[dict[str, Any]]], months: list[str], *, axis: bool
) -> Spec:
    new, old = lines
    same = new == old
    low = min(row["share"] for row in [*new, *old])
    floor = max(0.0, int(low * 10 - 0.3) / 10) if low > 0.05 else 0.0
    y = {
        "field": "share",
        "type": "quantitative",
        "scale": {"domain": [floor, 1], "nice": False},
        "axis": {"format": ".0%", "tickCount": 3, "grid": True},
    }
    x = _months(months, axis=axis)
    layers = [
        layer([] if same else old, {"type": "line", "color": LIGHT["old"], "strokeWidth": 2}, x=x, y=y),
        _points([] if same else old, "old", x, y),
        layer(new, {"type": "line", "color": LIGHT["new"], "strokeWidth": 2.5}, x=x, y=y),
        _points(new, "new", x, y),
        *_ends(new, old, x, y),
    ]
    title = {"text": metric_name(metric), "fontSize": 12, "fontWeight": 600, "offset": 8, "frame": "group"}
    return {"width": 400, "height": 112, "title": title, "layer": layers}


def _points(rows: list[dict[str, Any]], name: str, x: Spec, y: Spec) -> Spec:
    if len(rows) > MANY:
        return layer([], {"type": "point"}, x=x, y=y)
    shown = [{**row, "paint": LIGHT["page" if row["judged"] < FEW else name]} for row in rows]
    mark = {"type": "point", "stroke": LIGHT[name], "strokeWidth": 1.75, "size": 34, "opacity": 1}
    return layer(shown, mark, x=x, y=y, fill=PAINT)


def _ends(new: list[dict[str, Any]], old: list[dict[str, Any]], x: Spec, y: Spec) -> list[Spec]:
    """The names of the lines at their ends, kept apart."""
    if new == old:
        mark = {"align": "left", "dx": 9, "color": LIGHT["new"], "fontWeight": 600}
        return [words([{**new[-1], "text": f"{percent(new[-1]['share'])} both"}], mark=mark, x=x, y=y)]
    apart = 0.0
    if new and old:
        # 112 px are at most the whole range: the two names need some 14 of them.
        gap = (new[-1]["share"] - old[-1]["share"]) * 112
        apart = max(0.0, 15 - abs(gap)) / 2 * (1 if gap >= 0 else -1)
    made = []
    for rows, name, shift in ((old, "old", apart), (new, "new", -apart)):
        if rows:
            text = f"{percent(rows[-1]['share'])} {name}" if old else percent(rows[-1]["share"])
            mark = {"align": "left", "dx": 8, "dy": shift, "color": LIGHT[name], "fontWeight": 600}
            made.append(words([{**rows[-1], "text": text}], mark=mark, x=x, y=y))
    return made


def _months(months: list[str], *, axis: bool) -> Spec:
    year = "(datum.index === 0 || slice(datum.value, 5) === '01')"
    name = "monthAbbrevFormat(toNumber(slice(datum.value, 5)) - 1)"
    told = f"{year} ? [{name}, slice(datum.value, 0, 4)] : {name}" if len(months) <= 24 else "slice(datum.value, 0, 4)"
    shown = {"values": _ticks(months), "labelExpr": told, "labelAngle": 0, "labelOverlap": "greedy", "title": None}
    return {
        "field": "month",
        "type": "ordinal",
        "scale": {"domain": months, "type": "point", "padding": 0.4},
        "axis": shown if axis else None,
    }


def _ticks(months: list[str]) -> list[str]:
    """The months to name: all of them, each quarter's first, each year's first."""
    if len(months) <= 14:
        return months
    firsts = {"01"} if len(months) > 24 else {"01", "04", "07", "10"}
    return [month for month in months if month[5:] in firsts] or months[:1]


def _volume(counts: Mapping[str, int], months: list[str]) -> Spec:
    """How many tickets stand behind each point."""
    rows = [{"month": month, "tickets": count, "text": number(count)} for month, count in sorted(counts.items())]
    x = _months(months, axis=False)
    y = {"field": "tickets", "type": "quantitative", "axis": None}
    bars = layer(rows, {"type": "bar", "color": LIGHT["rule"], "width": min(26, 300 / len(months))}, x=x, y=y)
    layers = [bars]
    if len(months) <= 14:
        mark = {"dy": -7, "color": LIGHT["soft"], "fontSize": 10}
        layers.append(words(rows, mark=mark, x=x, y=y))
    title = {"text": "Tickets opened", "fontSize": 11, "fontWeight": 400, "color": LIGHT["soft"], "offset": 10}
    return {"width": 400, "height": 34, "title": {**title, "frame": "group"}, "layer": layers}


# -- targets met and missed ----------------------------------------------------------------------------------------

ROW = 40


def verdicts(summary: Data) -> Spec:
    """What became of the targets of each priority: met and missed as shares, old above new, a panel a metric."""
    panels = []
    for metric in metrics(summary):
        rows = [row for row in _verdict_rows(summary, metric) if row["share"] is not None or row["before"] is not None]
        if rows:
            panels.append(_verdict_panel(metric, rows, old=bool(summary["old"])))
    if not panels:
        return empty("Targets met and missed", "No target was met or missed.")
    says = "Targets met and missed, by priority; those still open or withdrawn are left out."
    says += " The thin bar is the old policy." if summary["old"] else ""
    return chart(_missed_title(summary), says, {"vconcat": panels})


def _missed_title(summary: Data) -> str:
    new, old = summed(summary["new"]), summed(summary["old"])
    missed, before = (sum(int(found["missed"]) for found in totals.values()) for totals in (new, old))
    if not summary["old"]:
        return f"{missed:,} targets missed"
    if missed == before:
        return f"As many targets missed as before: {missed:,}"
    return (
        f"{abs(missed - before):,} {'more' if missed > before else 'fewer'} targets missed: {missed:,}, was {before:,}"
    )


def _verdict_rows(summary: Data, metric: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for now, before in pairs(summary):
        t, o = by_metric(now).get(metric), by_metric(before).get(metric)
        text = targets_of(summary, now["priority"], metric)
        missed = f"{t['missed']:,} missed" if t else ""
        if t and o and t["missed"] != o["missed"]:
            missed += f", {signed(t['missed'] - o['missed'])}"
        share = was(percent(attained(t)), percent(attained(o)) if o else None)
        made.append({
            "name": priority_name(now), "target": text, "share": attained(t), "before": attained(o),
            "text": share, "missed": missed, "y": len(made),
        })  # fmt: skip
    return made


def _verdict_panel(metric: str, rows: list[dict[str, Any]], *, old: bool) -> Spec:
    rows = [{**row, "y": index} for index, row in enumerate(rows)]
    scale = {"domain": [0, len(rows)], "reverse": True, "nice": False}
    y = {"field": "y", "type": "quantitative", "scale": scale, "axis": None}
    x = {"field": "x", "type": "quantitative", "scale": {"domain": [0, 1], "nice": False}, "axis": None}
    bars = [bar for row in rows for bar in _bars(row, old=old)]
    shapes = layer(bars, {"type": "rect"}, x=x, x2={"field": "x2"}, y=y, y2={"field": "y2"}, color=PAINT)
    left, right = {"align": "right", "x": -12}, {"align": "left", "x": 252}
    strong, soft = {"fontWeight": 600, "dy": 12}, {"color": LIGHT["soft"], "dy": 27, "fontSize": 11}
    layers = [
        shapes,
        words(_named(rows[0], old=old), mark={"color": LIGHT["page"], "fontSize": 11}, x=x, y=y),
        words(rows, "name", mark={**left, **strong}, y=y),
        words(rows, "target", mark={**left, **soft}, y=y),
        words(rows, "text", mark={**right, **strong}, y=y),
        words(rows, "missed", mark={**right, **soft}, y=y),
    ]
    title = {"text": metric_name(metric), "fontSize": 12, "fontWeight": 600, "offset": 4, "frame": "bounds"}
    return {"width": 240, "height": ROW * len(rows), "title": title, "layer": layers}


def _named(row: dict[str, Any], *, old: bool) -> list[dict[str, Any]]:
    """What the two parts of a bar are, written into the first one where there is room."""
    share, middle = row["share"] or 0, (23 if old else 20) / ROW
    parts = ((0.0, share, "met"), (share, 1.0, "missed")) if row["share"] is not None else ()
    return [{"x": (a + b) / 2, "y": middle, "text": text} for a, b, text in parts if b - a > 0.2]


def _bars(row: dict[str, Any], *, old: bool) -> list[dict[str, Any]]:
    made = []
    thick = (("before", 5, 11, "_old"), ("share", 13, 33, "")) if old else (("share", 9, 31, ""),)
    for key, top, bottom, paint in thick:
        share = row[key]
        if share is not None:
            place = {"y": row["y"] + top / ROW, "y2": row["y"] + bottom / ROW}
            made.append({"x": 0, "x2": share, "paint": LIGHT[f"met{paint}"], **place})
            made.append({"x": share, "x2": 1, "paint": LIGHT[f"missed{paint}"], **place})
    return made
