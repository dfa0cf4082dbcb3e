"""How single values are written, kind by kind: for people, beside the shapes that read them."""

from __future__ import annotations

from collections.abc import Mapping

NOTATIONS: Mapping[str, str] = {
    "a text": "Anything on one line. Quotes are needed only where YAML needs them: before `#`, after `: `, around `{`.",
    "a name": "A letter, then letters, digits, `_` or `-`; at most 64.",
    "an event type": "A name; in workflows also `CHAIN.LEVEL`, a level that fires.",
    "yes or no": "`yes`, `true`, `on`, `y`; `no`, `false`, `off`, `n`; capitals or not.",
    "a duration": (
        "`2bh`, `30bm`: hours and minutes of business time. `2h`, `90m`, `30s`: of the wall clock. `1.5bh`, `1h 30m` "
        "are fine. Days are refused: they differ in length."
    ),
    "a part of the target": "`80%`, to two places; `due` is all of it.",
    "a date": "`2026-12-24`.",
    "an instant": "`2026-04-01T00:00:00-07:00`, or with `Z`: always with its offset from UTC.",
    "hours": "`09:00-17:00`; several with commas or as a list; `closed`. `22:00-06:00` ends on the next day.",
    "hours by weekday": "`mon-fri: 09:00-17:00`. Days are `mon` to `sun`, ranges, or lists with commas.",
    "a time zone": "A name of the IANA data, such as `Europe/London`.",
    "a state": "The name of a state; `*` stands for any, `=` for the same as before.",
}
"""Each notation by what messages call it, with how it is written."""
