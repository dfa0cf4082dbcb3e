"""Charts drawn: specifications in, SVG and PNG out, by vl-convert: an extra, imported only here.

It draws without a network and without a browser. The first chart of a process costs about half a second (its engine
starts), every other some 30 to 100 ms; both themes are one drawing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support_policy.render.chart_svg import dressed
from support_policy.render.chart_theme import THEMES, Spec, repainted
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

SCALE = 2
"""Pixels of a PNG for one of the drawing."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart: its title, and the SVG (text) of each theme by the theme's name."""

    title: str
    svg: Mapping[str, str]


def draw(specs: Mapping[str, Spec]) -> dict[str, Drawing]:
    """Every chart in every theme; equal specifications give equal bytes. Raises `PolicyError` without vl-convert."""
    convert = _converter()
    made: dict[str, Drawing] = {}
    for name, spec in specs.items():
        drawn: str = convert.vegalite_to_svg(spec, allowed_base_urls=[])
        title = " ".join(spec["title"]["text"])
        made[name] = Drawing(title, {t: _themed(drawn, name, t, title, spec["description"]) for t in THEMES})
    return made


def _themed(drawn: str, name: str, theme: str, title: str, description: str) -> str:
    return repainted(dressed(drawn, f"{name}-{theme}", title, description), THEMES[theme])


def png(svg: str) -> bytes:
    """A drawing as PNG, twice as large in pixels."""
    made: bytes = _converter().svg_to_png(svg, scale=SCALE)
    return made


def _converter() -> Any:
    try:
        import vl_convert
    except ImportError:
        help = "pip install 'support-policy[batch]'"
        said = "charts need vl-convert, which is not installed"
        raise PolicyError([Diagnostic("M525", "error", said, Span("--report"), help)]) from None
    return vl_convert
