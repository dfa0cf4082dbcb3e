"""The marks of a drawn time line, each with a shape of its own, and the colours of both schemes.

Colours are written out in both schemes rather than kept in variables: many viewers of SVG know no `var()`.
"""

from __future__ import annotations

from collections.abc import Mapping

from support_policy.render.timeline import MarkKind

LIGHT = {
    "page": "#ffffff", "ink": "#1b2733", "soft": "#5a6875", "rule": "#e1e6eb", "grid": "#eef1f4", "open": "#e3f3fb",
    "plain": "#3f74d1", "good": "#1f8a5b", "bad": "#c0392f", "warn": "#a8690a", "event": "#5f6f80", "now": "#1b2733",
}  # fmt: skip
DARK = {
    "page": "#14181d", "ink": "#e4e9ee", "soft": "#a2adb8", "rule": "#2a323b", "grid": "#20262d", "open": "#17303d",
    "plain": "#78a5f0", "good": "#56c596", "bad": "#f2847a", "warn": "#e0ab52", "event": "#9aa8b6", "now": "#e4e9ee",
}  # fmt: skip
FORM = """.tl text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.tl .head{font-size:18px;font-weight:600}
.tl .head .soft{font-size:13px;font-weight:400}
.tl .name,.tl .day,.tl .strong,.tl .nowword{font-weight:600}
.tl .mid{text-anchor:middle}
.tl .end{text-anchor:end}
.tl path{fill:none}
.tl .line{stroke-width:3}
.tl .still{stroke-dasharray:3 7}
.tl .ahead{stroke-width:1.25;stroke-opacity:.75}
.tl .late{stroke-width:5;stroke-dasharray:9 3}
.tl .now{stroke-width:1.25;stroke-dasharray:4 3}
.tl .sign{stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
"""
PAINT = """.tl text{{fill:{ink}}}
.tl .small,.tl .tick,.tl .head .soft{{fill:{soft}}}
.tl .page{{fill:{page}}}
.tl .open{{fill:{open}}}
.tl .rule{{stroke:{rule}}}
.tl .grid{{stroke:{grid}}}
.tl .leader{{stroke:{event}}}
.tl .now{{stroke:{now}}}
.tl text.good{{fill:{good}}}
.tl text.bad{{fill:{bad}}}
.tl text.warn{{fill:{warn}}}
.tl .line{{stroke:{plain}}}
.tl .line.good{{stroke:{good}}}
.tl .line.bad{{stroke:{bad}}}
.tl .line.warn{{stroke:{warn}}}
.tl .s-event{{fill:{event};stroke:{page}}}
.tl .s-refused,.tl .s-withdrawn{{fill:{page};stroke:{event}}}
.tl .s-due,.tl .s-planned{{fill:{page};stroke:{plain}}}
.tl .s-met{{fill:{good};stroke:{page}}}
.tl .s-missed{{fill:{bad};stroke:{page}}}
.tl .s-late{{fill:{page};stroke:{bad}}}
.tl .s-stopped{{fill:{event};stroke:{page}}}
.tl .s-paused,.tl .s-fired{{fill:{warn};stroke:{page}}}
.tl .i-page{{stroke:{page}}}
.tl .i-bad{{stroke:{bad}}}
.tl .i-event{{stroke:{event}}}
"""

_SHAPES: Mapping[MarkKind, str] = {
    "event": '<circle class="sign s-event" r="5"/>',
    "refused": '<circle class="sign s-refused" r="5.5"/>'
    '<path class="sign i-event" d="M-2.4-2.4 2.4 2.4M2.4-2.4-2.4 2.4"/>',
    "due": '<path class="sign s-due" d="M0-6 6 0 0 6-6 0Z"/>',
    "met": '<circle class="sign s-met" r="7.5"/><path class="sign i-page" d="M-3.2.2-.9 2.6 3.4-2.4"/>',
    "missed": '<path class="sign s-missed" d="M0-8.5 8.5 0 0 8.5-8.5 0Z"/>'
    '<path class="sign i-page" d="M-2.3-2.3 2.3 2.3M2.3-2.3-2.3 2.3"/>',
    "late": '<circle class="sign s-late" r="7"/><path class="sign i-bad" d="M-3.2.2-.9 2.6 3.4-2.4"/>',
    "fired": '<path class="sign s-fired" d="M0-8 8 6.5H-8Z"/>',
    "planned": '<path class="sign s-planned" d="M0-7 7 5.5H-7Z"/>',
    "withdrawn": '<circle class="sign s-withdrawn" r="5.5"/><path class="sign i-event" d="M-3.6 3.6 3.6-3.6"/>',
    "stopped": '<rect class="sign s-stopped" x="-5.5" y="-5.5" width="11" height="11" rx="1"/>',
    "paused": '<rect class="sign s-paused" x="-7" y="-7" width="14" height="14" rx="3"/>'
    '<path class="sign i-page" d="M-2.2-2.8V2.8M2.2-2.8V2.8"/>',
}


def shape(kind: MarkKind) -> str:
    """A mark around (0, 0), some 14 units wide."""
    return _SHAPES[kind]


def style() -> str:
    """The style sheet, for light and for dark."""
    return f"{FORM}{PAINT.format(**LIGHT)}@media (prefers-color-scheme:dark){{\n{PAINT.format(**DARK)}}}\n"
