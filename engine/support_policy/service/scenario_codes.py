"""What may be wrong with scenario files. A code is stable: it never gets a new meaning."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, tuple[str, str]] = {
    "T601": (
        "not an instant of a scenario",
        (
            "Instants are `start`, `+2h` and `+2bh` from the start, a wall time such as `2026-03-02 10:00`, or what "
            "falls due, such as `first_response.due`; each may be followed by `+30m` or `-1s`."
        ),
    ),
    "T602": ("a wall time that never was", "When the clocks go forward, an hour is left out."),
    "T603": (
        "a wall time that came twice",
        "When the clocks go back, an hour comes twice: the offset tells them apart.",
    ),
    "T604": ("before the start", "Nothing of a ticket happens, and nothing is expected of it, before it starts."),
    "T605": (
        "out of order",
        "Events stand in the order in which they become known, expectations in the order of time: as it is read.",
    ),
    "T606": (
        "a name the policy does not have",
        "An expectation about a misspelt name could never fail, or never hold; the help names the nearest right one.",
    ),
    "T607": ("nothing is expected", "A test that asserts nothing passes whatever the policy says."),
    "T608": ("a name that stands twice", "Scenarios are found by their name; in a list one entry says it all."),
    "T609": (
        "an unknown key of an event",
        "An event sets facts that the policy declares, and carries what it may carry.",
    ),
    "T610": ("no scenarios", "Nothing was tested, which must not look like a success."),
    "T611": (
        "a scenario file that cannot be read",
        "The operating system does not let us read it; the message says why.",
    ),
    "T612": (
        "a file that cannot be written",
        "The folder does not exist, or may not be written to; nothing was changed.",
    ),
    "T613": ("clauses without a scenario", "Nobody would notice if the policy stopped keeping them."),
    "T614": ("scenario files that cannot be used", "`support-policy test` says what is wrong with them."),
    "T615": ("an unknown time zone", "Wall times are placed by an IANA zone such as `Europe/London`."),
    "T617": ("no such version", "`previous` names the folders of earlier versions, as seen from the scenario file."),
    "T618": ("a mail where none is taken", "Only a policy with `mail:` says what a mail becomes."),
    "T616": ("a file that is there already", "What somebody wrote is never overwritten."),
}
"""Code -> (title, why it matters)."""
