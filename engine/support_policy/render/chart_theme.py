"""The look of charts: one palette a theme, one accent a meaning, quiet axes. Light is drawn; dark is light repainted.

A chart is drawn once, in the colours of LIGHT, and `repainted` puts those of another theme in their place: no two names
of LIGHT share a colour, so that each can be found again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from support_policy.render import timeline_marks

Spec = dict[str, Any]
"""A Vega-Lite specification as plain data."""

WIDTH = 520
"""About how many px wide a chart is, all in all: read as it is on a wide screen in two columns, and on a phone."""
FONT = '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif'

_GROUND = ("page", "ink", "soft", "rule", "grid")
LIGHT: Mapping[str, str] = {
    **{name: timeline_marks.LIGHT[name] for name in _GROUND},
    "old": "#8693a1", "new": "#2b66c4", "met": "#12876f", "missed": "#d4562a", "met_old": "#a5cfc5",
    "missed_old": "#efbba6", "heat0": "#f2f5f8", "heat1": "#d3e2f6", "heat2": "#a9c8ef", "heat3": "#74a3e2",
    "heat4": "#437bcf", "heat5": "#1f4f9d", "fewer1": "#b9ddd4", "fewer2": "#62b09d", "fewer3": "#0e7560",
    "more1": "#f5cfbf", "more2": "#e6946f", "more3": "#bf4218",
}  # fmt: skip
DARK: Mapping[str, str] = {
    **{name: timeline_marks.DARK[name] for name in _GROUND},
    "old": "#8795a3", "new": "#6ea6f5", "met": "#3fb99c", "missed": "#f08a5f", "met_old": "#27594e",
    "missed_old": "#6f4230", "heat0": "#1c2229", "heat1": "#1b334f", "heat2": "#20497b", "heat3": "#2b66b0",
    "heat4": "#4a8ae0", "heat5": "#9cc4fa", "fewer1": "#1d4038", "fewer2": "#2b7f6b", "fewer3": "#58d6b8",
    "more1": "#4c2e22", "more2": "#a35230", "more3": "#ff9d70",
}  # fmt: skip
THEMES: Mapping[str, Mapping[str, str]] = {"light": LIGHT, "dark": DARK}
"""Colours that people who confuse red and green tell apart: blue-green for met, vermilion for missed."""

HEAT = tuple(f"heat{step}" for step in range(6))
CHANGE = ("fewer3", "fewer2", "fewer1", "heat0", "more1", "more2", "more3")

_TAG = re.compile(r"<[^>]*>")
_PAINT = re.compile(r'(?<==")#[0-9a-f]{6}(?=")')


def config() -> Spec:
    """The Vega-Lite `config` of every chart, in the colours of LIGHT."""
    c = LIGHT
    quiet = {
        "domain": False,
        "ticks": False,
        "grid": False,
        "labelColor": c["soft"],
        "labelFontSize": 11,
        "title": None,
    }
    return {
        "background": c["page"],
        # What a chart says stands in its title and description: one word a mark would be thousands.
        "aria": False,
        "font": FONT,
        "padding": {"left": 14, "top": 14, "right": 14, "bottom": 12},
        "view": {"stroke": None},
        "axis": {**quiet, "gridColor": c["grid"], "domainColor": c["rule"], "labelPadding": 6},
        "title": {
            "anchor": "start",
            "color": c["ink"],
            "fontSize": 15,
            "fontWeight": 600,
            "offset": 14,
            "frame": "bounds",
            "subtitleColor": c["soft"],
            "subtitleFontSize": 12,
            "subtitlePadding": 5,
            "lineHeight": 19,
            "subtitleLineHeight": 16,
        },
        "text": {"color": c["ink"], "fontSize": 11.5, "baseline": "middle"},
        "concat": {"spacing": 18},
    }


def chart(title: str, says: str, body: Spec) -> Spec:
    """A whole chart below its title, the finding in a sentence; `says` tells how to read it."""
    head = {"text": balanced(title, 64) or [""], "subtitle": balanced(says, 86)}
    description = f"{title}. {says}".strip(". ") + "."
    return {"title": head, "description": description, "config": config(), **body}


def balanced(text: str, width: int) -> list[str]:
    """`text` in as few lines of `width` letters as it needs, about equally long."""
    lines = wrap(text, width)
    while len(lines) > 1 and width > 20 and len(tighter := wrap(text, width - 2)) == len(lines):
        lines, width = tighter, width - 2
    return lines


def empty(title: str, why: str) -> Spec:
    """A chart of nothing: says so in the place of one."""
    mark = {"type": "text", "align": "left", "x": 0, "y": 12, "text": why, "color": LIGHT["soft"], "fontSize": 13}
    return chart(title, "", {"data": {"values": [{}]}, "width": WIDTH - 60, "height": 24, "mark": mark})


def layer(values: Sequence[Mapping[str, Any]], mark: Mapping[str, Any], **encoding: Any) -> Spec:
    """One layer over its own rows; a channel given as text is a field, a quantity."""
    named = {
        channel: {"field": told, "type": "quantitative"} if isinstance(told, str) else told
        for channel, told in encoding.items()
    }
    return {"data": {"values": list(values)}, "mark": dict(mark), "encoding": named}


def words(
    values: Sequence[Mapping[str, Any]], field: str = "text", *, mark: Mapping[str, Any], **encoding: Any
) -> Spec:
    """A layer of text: the field `text` of its rows."""
    told = {"field": field, "type": "nominal"}
    return layer(values, {"type": "text", **mark}, text=told, **encoding)


PAINT: Spec = {"field": "paint", "type": "nominal", "scale": None, "legend": None}
"""The colour channel of rows whose `paint` is the colour itself."""


def repainted(svg: str, theme: Mapping[str, str]) -> str:
    """An SVG drawn in the colours of LIGHT, in those of `theme`; what its texts say is left alone."""
    other = {colour: theme[name] for name, colour in LIGHT.items()}

    def tag(found: re.Match[str]) -> str:
        return _PAINT.sub(lambda paint: other.get(paint[0], paint[0]), found[0])

    return _TAG.sub(tag, svg)
