"""The codes of what can be used as it stands and is hardly meant so. Title and explanation."""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    "P376": ("plan that no organization has", "A plan is declared that nobody bought; nothing follows from it yet."),
    "P377": (
        "rule about a plan that nobody has",
        "A rule compares `plan` with a name that no organization has and nothing declares, so it never holds.",
    ),
    "P380": (
        "timer whose event is never allowed",
        (
            "No workflow lets the event of the timer's `do` happen in the state in which the timer counts: every time "
            "it is refused, and changes nothing."
        ),
    ),
    "P381": (
        "timers without end",
        (
            "A timer whose own event has it count anew, or timers that lead a ticket from state to state in a circle, "
            "go on without anybody doing anything. A ticket's timers rest after 1,000 firings."
        ),
    ),
    "P382": (
        "timer after the end",
        "In a final state every target and level is withdrawn; timers of that state count and go off all the same.",
    ),
    "P383": (
        "calendar of some priorities only",
        "`calendar` names one for some of the priorities that use it and has no `else`: the others use the default.",
    ),
    "P384": (
        "no event says the team",
        "A metric has a clock for each team; as long as no event says which team has the ticket, there is none.",
    ),
    "P385": (
        "target that outlasts the others",
        (
            "An event stops most metrics, and leads to a state in which nothing is left to do that would stop this "
            "one: its target runs on, and is missed there."
        ),
    ),
    "P386": (
        "choice that never counts",
        "An earlier rule wins over later ones: under the same condition the later choice is never asked.",
    ),
    "P387": (
        "one answer to two requests",
        "Two requested chains of one priority are accepted or declined by one event; it answers both.",
    ),
    "P388": (
        "change to the priority that it has",
        "A level puts in force the priority whose chain it belongs to: the ticket has it already.",
    ),
    "P389": (
        "acknowledged and ended by one event",
        "An acknowledgement holds a chain back, `until` ends it for good: one event cannot mean both.",
    ),
}
