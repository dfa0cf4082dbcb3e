"""What may be wrong with a Zendesk export. A code is stable: it never gets a new meaning."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, tuple[str, str]] = {
    "Z601": ("an export that is not known", "Read are SLA policies, group SLA policies, schedules and holidays."),
    "Z602": ("a value of another type", "The API's reference gives each key one type; anything else is damage."),
    "Z603": ("a missing key", "Without it nobody can say what the promise is."),
    "Z604": ("not one of the words", "The API knows a few words here; the help names the nearest."),
    "Z605": ("an impossible target", "A target is at least a second long, and its minutes and seconds must agree."),
    "Z606": ("given twice", "Two policies at one position, or two targets for one metric: one of them would be lost."),
    "Z607": ("impossible hours", "Intervals are minutes from Sunday 00:00, 0 to 10,080, and do not overlap."),
    "Z608": (
        "an unknown time zone",
        "Zones are IANA names, or the names Zendesk shows, as `Eastern Time (US & Canada)`.",
    ),
    "Z609": ("impossible dates", "A holiday begins on or before the day it ends, and lasts at most ten years."),
    "Z610": ("nothing to import", "A policy is made of SLA policies; schedules and holidays alone make none."),
    "Z611": ("too many", "So many entries are no configuration that a person keeps; there is a limit."),
}
"""Code -> (title, why it matters)."""
