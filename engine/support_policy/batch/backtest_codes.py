"""What may be wrong with a backtest's own options. A code is stable: it never gets a new meaning."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, tuple[str, str]] = {
    "B701": (
        "a sweep that cannot be read",
        "Write `--sweep METRIC.PRIORITY=TARGET,TARGET`: `first_response.P1=1h,2h`.",
    ),
    "B702": ("a sweep of an unknown metric or priority", "Both are names of the policy that is backtested."),
    "B703": (
        "a sweep of a target that is not there",
        "A sweep replaces the target that stands in the policy: a metric the priority has none for yet has no place.",
    ),
    "B704": (
        "a sweep of a target that is shared",
        "An alias of YAML lets one text stand for several targets; a sweep moves one alone: write it out.",
    ),
    "B705": ("a target that is not a duration", "Targets are durations such as `2bh`, `90m`; each is tried once."),
}
"""Code -> (title, why it matters)."""
