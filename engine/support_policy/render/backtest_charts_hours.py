"""The charts of a backtest that are about hours and people: escalations by hour of the week, messages by role."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from support_policy.render.backtest_words import Data, counted, number, one, signed
from support_policy.render.chart_theme import CHANGE, HEAT, LIGHT, PAINT, WIDTH, Spec, chart, empty, layer, words
from support_policy.render.sentences import DAYS, plain, sentence, spaced

MOST_ROLES = 8
CELL = 17
ROW = 34


# -- escalations by hour of the week -------------------------------------------------------------------------------


def heat(summary: Data) -> Spec:
    """Escalations by the office's hour of the week: old, new, and what the change adds or takes away."""
    new = summary["new"]["escalations"]["hours"]
    old = summary["old"]["escalations"]["hours"] if summary["old"] else None
    if not any(new) and not any(old or ()):
        return empty("No escalations", "No level of any chain fired.")
    bounds = _bounds(max([*new, *(old or ())]))
    moved = old is not None and list(old) != list(new)
    panels = [_week("New" if moved else "", new, bounds, HEAT, axis=not moved)]
    if moved and old is not None:
        change = [b - a for a, b in zip(old, new, strict=True)]
        steps = _bounds(max(map(abs, change)), 3)
        around = [-step + 1e-9 for step in reversed(steps)] + list(steps)
        panels.insert(0, _week("Old", old, bounds, HEAT, axis=False))
        panels.append(_week("Change", change, around, CHANGE, axis=True))
    says = "Escalations by day and hour, in the office's own time."
    says += " The old policy escalates at the same hours." if old is not None and not moved else ""
    return chart(_escalation_title(new, old), says, {"vconcat": panels, "spacing": 16})


def _escalation_title(new: Sequence[int], old: Sequence[int] | None) -> str:
    total, busiest = sum(new), max(range(168), key=lambda hour: new[hour])
    day, hour = DAYS[busiest // 24], busiest % 24
    most = f"most on {day} after {hour:02}:00" if total else "none any more"
    if old is None or sum(old) == total:
        return f"{counted(total, 'escalation')}, {most}"
    apart = f"{abs(total - sum(old)):,} {'more' if total > sum(old) else 'fewer'}"
    return f"{counted(total, 'escalation')}, {apart} than before; {most}"


def _bounds(most: float, steps: int = 5) -> list[float]:
    """Where the next colour begins: from 1, in round steps up to the greatest count."""
    made, size = [1.0], 10 ** max(0, len(str(int(most))) - 2)
    for step in range(1, steps):
        reached = most * step / steps
        bound = float(max(made[-1] + 1, -(-reached // size) * size))
        if bound > most:
            break
        made.append(bound)
    return made


def _week(name: str, counts: Sequence[float], bounds: Sequence[float], paints: Sequence[str], *, axis: bool) -> Spec:
    used = _used(bounds, paints)
    rows = [
        {"day": DAYS[at // 24], "hour": at % 24, "count": count, "paint": LIGHT[used[sum(count >= b for b in bounds)]]}
        for at, count in enumerate(counts)
    ]
    hours = {"values": list(range(0, 24, 3)), "labelExpr": "(datum.value < 10 ? '0' : '') + datum.value + ':00'"}
    x = {
        "field": "hour",
        "type": "ordinal",
        "scale": {"paddingInner": 0.08},
        "axis": {**hours, "labelAngle": 0, "labelAlign": "left", "labelOffset": -CELL / 2} if axis else None,
    }
    y = {"field": "day", "type": "ordinal", "sort": list(DAYS), "scale": {"paddingInner": 0.08}, "axis": {}}
    cells = layer(rows, {"type": "rect"}, x=x, y=y, color=PAINT)
    title = {"text": name, "fontSize": 12, "fontWeight": 600, "offset": 6, "frame": "group"}
    body: Spec = {"width": CELL * 24, "height": 15 * 7, "layer": [cells, *_key(bounds, used)]}
    return {**body, "title": title} if name else body


def _used(bounds: Sequence[float], paints: Sequence[str]) -> list[str]:
    """As many colours as there are steps, spread over all; of a change, the same number on both sides."""
    if bounds[0] < 0:
        half = len(bounds) // 2
        return [*paints[3 - half : 3], paints[3], *paints[4 : 4 + half]]
    steps = len(bounds)
    return [paints[0], *(paints[round(1 + (len(paints) - 2) * (n / max(1, steps - 1)))] for n in range(steps))]


def _key(bounds: Sequence[float], used: Sequence[str]) -> list[Spec]:
    """What the colours say, at the right, from few to many."""
    names = ["0", *_spans(bounds)] if bounds[0] > 0 else _change_names(bounds)
    x, gap = CELL * 24 + 14, 15
    rows = [
        {"text": name, "paint": LIGHT[paint], "top": row * gap, "end": row * gap + 11, "middle": row * gap + 6}
        for row, (name, paint) in enumerate(zip(names, used, strict=True))
    ]
    place = {"scale": None, "axis": None, "type": "quantitative"}
    top, end, middle = ({"field": key, **place} for key in ("top", "end", "middle"))
    return [
        layer(rows, {"type": "rect", "x": x, "x2": x + 11}, y=top, y2=end, color=PAINT),
        words(rows, mark={"align": "left", "x": x + 17, "fontSize": 10.5, "color": LIGHT["soft"]}, y=middle),
    ]


def _spans(bounds: Sequence[float]) -> list[str]:
    """`1-79`, `80-159`, then all from there."""
    within = [f"{a:,.0f}" if b - a <= 1 else f"{a:,.0f}\u2013{b - 1:,.0f}" for a, b in pairwise(bounds)]
    return [*within, f"\u2265 {bounds[-1]:,.0f}"]


def _change_names(bounds: Sequence[float]) -> list[str]:
    spans = _spans([bound for bound in bounds if bound > 0])
    return [*(f"{span} fewer" for span in reversed(spans)), "same", *(f"{span} more" for span in spans)]


# -- messages by role ----------------------------------------------------------------------------------------------


def told(summary: Data) -> list[dict[str, Any]]:
    """The roles with what each is told under both policies, those told most first."""
    new, old = summary["new"]["notifications"], summary["old"]["notifications"] if summary["old"] else None
    roles = list(dict.fromkeys(row["role"] for row in [*new, *(old or ())]))
    nothing: Data = {"told": 0, "people": 0, "hours": [0] * 168}
    made = []
    for role in roles:
        now, before = one(new, role=role) or nothing, (one(old, role=role) or nothing) if old is not None else None
        made.append({
            "role": role, "name": sentence(spaced(plain(role, 40))), "new": now["told"], "hours": now["hours"],
            "old": before["told"] if before else None, "hours_old": before["hours"] if before else None,
        })  # fmt: skip
    return sorted(made, key=lambda row: (-row["new"], -(row["old"] or 0)))


def _told_title(rows: Sequence[Data], before: bool) -> str:
    if before:
        most = max(rows, key=lambda row: (abs(row["new"] - row["old"]), row["new"]))
        if most["new"] != most["old"]:
            grown = f" ({signed(100 * (most['new'] / most['old'] - 1))}\u00a0%)" if most["old"] else ""
            verb = "more" if most["new"] > most["old"] else "fewer"
            apart = counted(abs(most["new"] - most["old"]), f"{verb} message", f"{verb} messages")
            return f"{most['name']}: {apart}{grown}"
        return "Every role is told as much as before"
    return f"{rows[0]['name']} is told most: {counted(rows[0]['new'], 'message')}"


def by_role(summary: Data) -> Spec:
    """How much each role is told, old against new."""
    every, old = told(summary), bool(summary["old"])
    rows = [{**row, "y": index, "more": _more(row)} for index, row in enumerate(every[:MOST_ROLES])]
    most = max([1, *(max(row["new"], row["old"] or 0) for row in rows)])
    y = {
        "field": "y",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, len(rows)], "reverse": True, "nice": False},
    }
    scale = {"domain": [0, most], "nice": False}
    thick = (("old", 5, 11), ("new", 13, 29)) if old else (("new", 8, 28),)
    bars = [
        {"x": 0, "x2": row[key], "y": row["y"] + top / ROW, "y2": row["y"] + bottom / ROW, "paint": LIGHT[key]}
        for row in rows
        for key, top, bottom in thick
    ]
    x = {"field": "x", "type": "quantitative", "axis": None, "scale": scale}
    end = {"field": "new", "type": "quantitative", "axis": None, "scale": scale}
    layers = [
        layer(bars, {"type": "rect"}, x=x, x2={"field": "x2"}, y=y, y2={"field": "y2"}, color=PAINT),
        words(rows, "name", mark={"align": "right", "x": -12, "dy": 18, "fontWeight": 600, "limit": 170}, y=y),
        words(rows, "more", mark={"align": "left", "dx": 8, "dy": 21}, x=end, y=y),
    ]
    says = "Messages to each role over the whole time." + (" Grey, thin: the old policy." if old else "")
    if len(every) > MOST_ROLES:
        says += f" {counted(len(every) - MOST_ROLES, 'more role')} in the table."
    return chart(_told_title(every, old), says, {"width": 230, "height": ROW * len(rows), "layer": layers})


def _more(row: Data) -> str:
    if row["old"] is None or row["old"] == row["new"]:
        return number(row["new"])
    return f"{row['new']:,} ({signed(row['new'] - row['old'])})"


def by_hour(summary: Data) -> Spec:
    """When in the day each role is told, old against new, a panel a role."""
    every, old = told(summary), bool(summary["old"])
    shown = [row for row in every if row["new"] or row["old"]][:MOST_ROLES]
    if not shown:
        return empty("Messages by hour of the day", "Nobody was told of anything.")
    panels = [_day(row, axis=row is shown[-1]) for row in shown]
    says = "Messages by hour of the day, in the office's own time." + (" Grey line: the old policy." if old else "")
    return chart(_peak_title(shown[0]), says, {"vconcat": panels, "spacing": 12})


def _peak_title(row: Data) -> str:
    new, old = _by_day(row["hours"]), _by_day(row["hours_old"])
    peak, before = (max(range(24), key=lambda hour: h[hour]) if any(h) else None for h in (new, old))
    if peak is None:
        return f"{row['name']}: no messages any more"
    moved = f", was {before:02}:00" if before not in {None, peak} else ""
    return f"{row['name']}: most messages come after {peak:02}:00{moved}"


def _by_day(hours: Sequence[int] | None) -> list[int]:
    """Counts by hour of the week as those by hour of the day."""
    return [sum(hours[hour::24]) for hour in range(24)] if hours else []


def _day(row: Data, *, axis: bool) -> Spec:
    new, old = _by_day(row["hours"]), _by_day(row["hours_old"])
    hours = {"values": list(range(0, 25, 3)), "labelExpr": "(datum.value < 10 ? '0' : '') + datum.value + ':00'"}
    x = {
        "field": "hour",
        "type": "quantitative",
        "scale": {"domain": [0, 24], "nice": False},
        "axis": hours if axis else None,
    }
    y = {"field": "count", "type": "quantitative", "axis": {"tickCount": 2, "grid": True, "format": ",d"}}
    bars = [{"hour": hour + 0.08, "end": hour + 0.92, "count": count, "zero": 0} for hour, count in enumerate(new)]
    steps = [{"hour": hour, "count": count} for hour, count in enumerate([*old, *old[-1:]]) if old != new]
    layers = [
        layer(bars, {"type": "rect", "color": LIGHT["new"]}, x=x, x2={"field": "end"}, y=y, y2={"field": "zero"}),
        layer(steps, {"type": "line", "interpolate": "step-after", "color": LIGHT["old"], "strokeWidth": 2}, x=x, y=y),
    ]
    title = {"text": row["name"], "fontSize": 12, "fontWeight": 600, "offset": 6, "frame": "group"}
    return {"width": WIDTH - 80, "height": 60, "title": title, "layer": layers}
